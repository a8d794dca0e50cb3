"""llama.cpp in this very process, nothing between: what the model process is measured against."""

from __future__ import annotations

import logging
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# As in the model process; the threading library reads it when it is loaded.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

import llama_cpp

__all__ = ["Context", "Model", "Timing", "sequences_rate"]

logging.getLogger("llama-cpp-python").setLevel(logging.ERROR)
BATCH = 512


@dataclass(frozen=True)
class Timing:
    """Seconds from the question to the first token, and tokens a second after it."""

    first: float
    rate: float


class Model:
    """A loaded model."""

    def __init__(self, path: Path, repack: bool) -> None:
        params = llama_cpp.llama_model_default_params()
        params.use_extra_bufts = repack
        self.handle = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
        assert self.handle, f"{path} cannot be loaded"
        self.vocab = llama_cpp.llama_model_get_vocab(self.handle)

    def tokens(self, text: str) -> list[int]:
        """Of plain text."""
        data = text.encode()
        array = (llama_cpp.llama_token * (len(data) + 8))()
        count = llama_cpp.llama_tokenize(
            self.vocab, data, len(data), array, len(array), False, False
        )
        return list(array[:count])

    def close(self) -> None:
        """Give its memory back."""
        llama_cpp.llama_model_free(self.handle)


class Context:
    """A context of a model, and greedy decoding in it.

    Args:
        model: loaded.
        n_ctx: tokens.
        threads: that read and decode.
        flash: "auto", "on" or "off".
        keys: "f16" or "q8_0".
    """

    def __init__(
        self, model: Model, n_ctx: int, threads: int, flash: str = "off", keys: str = "f16"
    ) -> None:
        self._model = model
        params = llama_cpp.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch = n_ctx, BATCH, BATCH
        params.n_threads = params.n_threads_batch = threads
        params.no_perf = True
        kinds: dict[str, Any] = {
            "auto": llama_cpp.LLAMA_FLASH_ATTN_TYPE_AUTO,
            "on": llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED,
            "off": llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED,
        }
        params.flash_attn_type = kinds[flash]
        params.type_k = llama_cpp.GGML_TYPE_Q8_0 if keys == "q8_0" else llama_cpp.GGML_TYPE_F16
        self._handle = llama_cpp.llama_init_from_model(model.handle, params)
        assert self._handle, "there is not enough memory"
        self._memory = llama_cpp.llama_get_memory(self._handle)
        self._greedy = llama_cpp.llama_sampler_init_greedy()

    def forget(self, keep: int = 0) -> None:
        """All but the first tokens."""
        llama_cpp.llama_memory_seq_rm(self._memory, 0, keep, -1)

    def read(self, tokens: Sequence[int]) -> None:
        """Append tokens."""
        for start in range(0, len(tokens), BATCH):
            part = tokens[start : start + BATCH]
            array = (llama_cpp.llama_token * len(part))(*part)
            batch = llama_cpp.llama_batch_get_one(array, len(part))
            assert llama_cpp.llama_decode(self._handle, batch) == 0

    def answer(self, text: str, most: int) -> Timing:
        """Read the text anew and answer it, as the model process does without its talking."""
        began = time.perf_counter()
        self.forget()
        self.read(self._model.tokens(text))
        return self.decode(most, began)

    def decode(self, most: int, began: float = 0.0) -> Timing:
        """Draw tokens until there are `most`, or the model ends."""
        piece = llama_cpp.ctypes.create_string_buffer(256)
        drawn, first = 0, 0.0
        while drawn < most:
            token = llama_cpp.llama_sampler_sample(self._greedy, self._handle, -1)
            if llama_cpp.llama_vocab_is_eog(self._model.vocab, token):
                break
            llama_cpp.llama_token_to_piece(self._model.vocab, token, piece, 256, 0, False)
            drawn += 1
            first = first or time.perf_counter()
            if drawn < most:
                self.read([token])
        seconds = time.perf_counter() - first
        return Timing(first - began, max(drawn - 1, 0) / seconds)

    def close(self) -> None:
        """Give its memory back."""
        llama_cpp.llama_sampler_free(self._greedy)
        llama_cpp.llama_free(self._handle)


def sequences_rate(model: Model, count: int, held: int, steps: int, threads: int) -> float:
    """Tokens a second of `count` sequences that a batch brings on by a token each, all together.

    Args:
        model: loaded.
        count: sequences, at least 1.
        held: tokens that each holds before, below 512.
        steps: batches; the rate is that of their median.
        threads: that decode.
    """
    params = llama_cpp.llama_context_default_params()
    params.n_ctx, params.n_seq_max = count * 1024, count
    params.n_batch = params.n_ubatch = BATCH
    params.n_threads = params.n_threads_batch = threads
    params.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.no_perf = True
    context = llama_cpp.llama_init_from_model(model.handle, params)
    assert context, "there is not enough memory"
    batch = llama_cpp.llama_batch_init(BATCH, 0, 1)

    def read(items: Sequence[tuple[int, int]]) -> float:
        batch.n_tokens = len(items)
        for at, (sequence, position) in enumerate(items):
            batch.token[at], batch.pos[at] = 1000 + position, position
            batch.n_seq_id[at], batch.seq_id[at][0] = 1, sequence
            batch.logits[at] = 1
        began = time.perf_counter()
        assert llama_cpp.llama_decode(context, batch) == 0
        return time.perf_counter() - began

    for sequence in range(count):
        read([(sequence, position) for position in range(held)])
    taken = [read([(s, held + step) for s in range(count)]) for step in range(steps)]
    llama_cpp.llama_batch_free(batch)
    llama_cpp.llama_free(context)
    return count / statistics.median(taken)
