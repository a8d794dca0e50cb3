"""The model process: `python -m rag.worker.child`, the one file that imports llama_cpp.

It speaks to llama.cpp's C interface: the library's `Llama` class offers neither the repacking
switch nor a way to stop in the middle of a prompt.
"""

from __future__ import annotations

import ctypes
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Sequence

import llama_cpp
import numpy as np

from .contexts import BATCH, common_start, make_context
from .protocol import (
    Count,
    Done,
    FinishReason,
    Generate,
    Load,
    Prompt,
    Ready,
    Tokens,
    Weigh,
    Weights,
)
from .sampler import sampler_chain
from .serve import EngineFault, Halt, serve
from .template import CHATML_STOP, ChatTemplate, TemplateFault
from .text import AnswerText, is_repeating
from .tokens import Vocabulary
from .weigher import CONTEXT, OUTPUTS, TRACKS, Weigher

__all__ = ["LlamaEngine", "main"]

_CANARY = 16  # tokens: more than one is what makes a faulty matrix unit show itself
_MOST_THREADS = 8  # more gain nothing on one answer: memory is the limit
_ABORTED = 2  # what llama_decode returns when the abort callback said so


def _engine() -> str:
    """Library, version and the processor features it was compiled for."""
    said = llama_cpp.llama_print_system_info().decode("utf-8", "replace")
    features = [name.split(":")[-1].strip() for name in re.findall(r"([^|]+?) = 1", said)]
    return f"llama_cpp {llama_cpp.__version__} ({', '.join(features)})"


class LlamaEngine:
    """A model, one context and the tokens that lie in it.

    The tokens of the last prompt and answer stay in the context; a prompt that begins with them
    is read from where it differs.
    """

    def __init__(self, halt: Halt) -> None:
        self._halt = halt
        self._abort = ctypes.create_string_buffer(b"0", 2)
        halt.on_change = self._set_abort
        self._held: list[int] = []
        self._model: ctypes.c_void_p | None = None

    def _set_abort(self, halted: bool) -> None:
        self._abort[0] = b"1" if halted else b"0"

    def load(self, request: Load) -> Ready:
        """Load the model and make a context for it."""
        if self._model is not None:
            raise EngineFault("protocol", "A model is loaded; start another process for another.")
        started = time.perf_counter()
        params = llama_cpp.llama_model_default_params()
        params.use_extra_bufts = request.use_extra_bufts
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(request.path), params)
        if not self._model:
            raise EngineFault(
                "model",
                f"llama.cpp {llama_cpp.__version__} cannot load {request.path!r}; "
                "it may be of an architecture newer than the library.",
            )
        self._threads = request.n_threads or min(len(os.sched_getaffinity(0)), _MOST_THREADS)
        self._context = self._make_context(n_ctx=request.n_ctx, n_outputs_max=1)
        if not self._context:
            raise EngineFault(
                "model",
                f"There is not enough memory for {request.n_ctx} tokens of context with "
                f"{request.path!r}; set a smaller n_ctx.",
            )
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._n_ctx = int(llama_cpp.llama_n_ctx(self._context))
        self._vocab = Vocabulary(llama_cpp, llama_cpp.llama_model_get_vocab(self._model))
        source = llama_cpp.llama_model_chat_template(self._model, None)
        self._source = source.decode("utf-8", "replace") if source else ""
        self._template: ChatTemplate | None = None
        self._weigher: Weigher | None = None
        if request.canary:
            self._read([self._vocab.any_token] * min(_CANARY, self._n_ctx))
            self._forget(0)
        description = ctypes.create_string_buffer(256)
        llama_cpp.llama_model_desc(self._model, description, len(description))
        return Ready(
            request.id,
            n_ctx=self._n_ctx,
            n_ctx_train=int(llama_cpp.llama_model_n_ctx_train(self._model)),
            n_vocab=self._vocab.size,
            description=description.value.decode("utf-8", "replace"),
            engine=_engine(),
            chat_template=bool(self._source),
            load_seconds=time.perf_counter() - started,
        )

    def _make_context(self, **sizes: int) -> ctypes.c_void_p | None:
        return make_context(llama_cpp, self._model, self._threads, self._abort, **sizes)

    def count(self, request: Count) -> Tokens:
        """Count tokens as they would be read."""
        found = [self._vocab.plain(text) for text in request.texts]
        if request.prompt is not None:
            found.append(self._tokenize(request.prompt))
        return Tokens(
            request.id,
            counts=tuple(len(tokens) for tokens in found),
            ids=tuple(tuple(tokens) for tokens in found) if request.with_ids else (),
        )

    def _tokenize(self, prompt: Prompt) -> list[int]:
        segments = list(prompt.segments)
        if prompt.turns:
            try:
                if self._template is None:
                    self._template = ChatTemplate(
                        self._source, bos=self._vocab.bos_text, eos=self._vocab.eos_text
                    )
                segments = self._template.render(prompt.turns)
            except TemplateFault as fault:
                raise EngineFault(
                    "template",
                    f"The chat template of this model cannot be used: {fault}; "
                    "use a GGUF from the model's own publisher.",
                ) from fault
        return self._vocab.prompt(segments) + self._vocab.plain(prompt.answer_prefix)

    def generate(self, request: Generate, say: Callable[[str], None]) -> Done:
        """Read the prompt from where it differs from the last one, then answer."""
        started = time.perf_counter()
        tokens = self._tokenize(request.prompt)
        if not tokens:
            raise EngineFault("empty", "The prompt is empty; ask something.")
        if len(tokens) >= self._n_ctx:
            raise EngineFault(
                "too_long",
                f"The prompt has {len(tokens)} tokens and the context holds {self._n_ctx}, the "
                "answer included; send fewer passages or set a larger n_ctx.",
            )
        reason: FinishReason | None = None
        drawn: list[int] = []
        logprobs: list[float] = []
        with sampler_chain(llama_cpp, self._vocab, request.sampling) as sampler:
            reused = self._forget(common_start(self._held, tokens[:-1]))
            complete = self._read(tokens[reused:])
            read = time.perf_counter()
            if complete:
                reason = self._draw(sampler, request, say, drawn, logprobs)
        return Done(
            request.id,
            reason=reason or self._halt.reason or "cancelled",
            prompt_tokens=len(tokens),
            reused_tokens=reused,
            answer_tokens=len(drawn),
            prompt_seconds=read - started,
            answer_seconds=time.perf_counter() - read,
            logprobs=tuple(logprobs),
            mean_logprob=sum(logprobs) / len(logprobs) if logprobs else None,
        )

    def weigh(self, request: Weigh) -> Weights:
        """Read the prompt, then the likeliest of the texts side by side."""
        started = time.perf_counter()
        tokens = self._tokenize(request.prompt)
        texts = [self._vocab.plain(text)[: request.track_tokens] for text in request.texts]
        room = CONTEXT - min(request.tracks, TRACKS) * request.track_tokens
        if not 0 < len(tokens) <= room:
            raise EngineFault(
                "too_long" if tokens else "empty",
                f"The prompt has {len(tokens)} tokens, and texts are weighed after 1 to "
                f"{max(0, room)}; send another text.",
            )
        weigher = self._weigher or self._make_weigher()
        reused = weigher.read(tokens)
        tracks = weigher.weigh(texts, request.tracks) if reused is not None else None
        halted = self._halt.reason or "cancelled"
        return Weights(
            request.id,
            reason="stop" if tracks is not None else halted,
            tracks=tuple(tracks or ()),
            prompt_tokens=len(tokens),
            reused_tokens=reused or 0,
            read_tokens=sum(len(track.sizes) for track in tracks or ()),
            seconds=time.perf_counter() - started,
        )

    def _make_weigher(self) -> Weigher:
        """A second, small context, made when it is first needed."""
        context = self._make_context(
            n_ctx=CONTEXT, n_seq_max=TRACKS + 1, n_outputs_max=OUTPUTS, kv_unified=True
        )
        if not context:
            raise EngineFault("model", "There is not enough memory to weigh texts; free some.")
        self._weigher = Weigher(llama_cpp, context, self._vocab)
        return self._weigher

    def _draw(
        self,
        sampler: ctypes.c_void_p,
        request: Generate,
        say: Callable[[str], None],
        drawn: list[int],
        logprobs: list[float],
    ) -> FinishReason | None:
        """Draw tokens until something ends the answer; None when it was halted."""
        sampling, prompt = request.sampling, request.prompt
        own_stop = () if self._source or not prompt.turns else (CHATML_STOP,)
        text = AnswerText((*sampling.stop, *own_stop), strip_start=not prompt.answer_prefix)
        reason: FinishReason | None = "length"
        while len(drawn) < sampling.max_tokens:
            token = llama_cpp.llama_sampler_sample(sampler, self._context, -1)
            if self._vocab.is_end(token):
                reason = "stop"
                break
            if sampling.logprobs:
                logprobs.append(self._logprob(token))
            drawn.append(token)
            if piece := text.feed(self._vocab.piece(token)):
                say(piece)
            if text.stopped:
                return "stop"
            if is_repeating(drawn):
                reason = "repetition"
                break
            if len(self._held) == self._n_ctx or len(drawn) == sampling.max_tokens:
                break
            if not self._read([token]):
                reason = None
                break
        if rest := text.finish():
            say(rest)
        return reason

    def _logprob(self, token: int) -> float:
        """Natural logarithm of the model's own probability of `token`, before any sampling."""
        pointer = llama_cpp.llama_get_logits_ith(self._context, -1)
        logits = np.ctypeslib.as_array(pointer, (self._vocab.size,)).astype(np.float64)
        highest = logits.max()
        return float(logits[token] - highest - np.log(np.exp(logits - highest).sum()))

    def _forget(self, keep: int) -> int:
        """Drop all but the first `keep` tokens of the context; returns how many are left."""
        if not llama_cpp.llama_memory_seq_rm(self._memory, 0, keep, -1):
            llama_cpp.llama_memory_clear(self._memory, True)  # recurrent models keep no past
            keep = 0
        del self._held[keep:]
        return keep

    def _read(self, tokens: Sequence[int]) -> bool:
        """Append tokens to the context; False when halted, after which whole batches remain."""
        for start in range(0, len(tokens), BATCH):
            part = tokens[start : start + BATCH]
            array = (llama_cpp.llama_token * len(part))(*part)
            batch = llama_cpp.llama_batch_get_one(array, len(part))
            status = llama_cpp.llama_decode(self._context, batch)
            if status == _ABORTED or self._halt.reason:
                self._forget(len(self._held))
                return False
            if status:
                self._forget(0)
                raise EngineFault("model", f"llama.cpp could not read the prompt (code {status}).")
            self._held += part
        return True


def main() -> None:
    """Serve the parent whose process id is the last argument."""
    logging.getLogger("llama-cpp-python").setLevel(logging.ERROR)
    serve(LlamaEngine, parent=int(sys.argv[-1]) if sys.argv[-1].isdigit() else 0)


if __name__ == "__main__":
    main()
