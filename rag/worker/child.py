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
from pathlib import Path

import llama_cpp

from .contexts import common_start, make_context
from .decoder import Decoder
from .halts import Halts
from .protocol import (
    Count,
    Generate,
    Held,
    Load,
    Prompt,
    Ready,
    Reply,
    Sleep,
    Tokens,
    Wake,
    Weigh,
    Weights,
)
from .requantise import requantised
from .serve import EngineFault, serve
from .states import read_state, write_state
from .template import CHATML_STOP, ChatTemplate, TemplateFault
from .text import AnswerText
from .tokens import Vocabulary
from .weigher import CONTEXT, OUTPUTS, TRACKS, Weigher

__all__ = ["LlamaEngine", "main"]

_CANARY = 16  # tokens: more than one is what makes a faulty matrix unit show itself
_WORTH_KEEPING = 64  # tokens: fewer are read again sooner than from a file
_KEYS = {"f16": llama_cpp.GGML_TYPE_F16, "q8_0": llama_cpp.GGML_TYPE_Q8_0}
_MOST_THREADS = 8  # more gain nothing on one answer: memory is the limit


def _engine() -> str:
    """Library, version and the processor features it was compiled for."""
    said = llama_cpp.llama_print_system_info().decode("utf-8", "replace")
    features = [name.split(":")[-1].strip() for name in re.findall(r"([^|]+?) = 1", said)]
    return f"llama_cpp {llama_cpp.__version__} ({', '.join(features)})"


class LlamaEngine:
    """A model with a context for its answers, and a small one to weigh texts in."""

    def __init__(self, halts: Halts) -> None:
        self._halts = halts
        self._abort = ctypes.create_string_buffer(b"0", 2)
        self._abort_weighing = ctypes.create_string_buffer(b"0", 2)
        self._weighing = -1
        self._model: ctypes.c_void_p | None = None

    @property
    def patience(self) -> float | None:
        """Nothing is to be done before a model is loaded."""
        return None if self._model is None else self._decoder.patience

    def interrupt(self, request: int) -> None:
        """Leave a native call early; called by any thread."""
        buffer = self._abort_weighing if request == self._weighing else self._abort
        buffer[0] = b"1"

    def load(self, request: Load) -> Ready:
        """Load the model and make a context for it."""
        if self._model is not None:
            raise EngineFault("protocol", "A model is loaded; start another process for another.")
        started = time.perf_counter()
        params = llama_cpp.llama_model_default_params()
        params.use_extra_bufts = request.use_extra_bufts
        path = Path(request.path)
        if request.weights == "q8_0" and request.copies:
            path = requantised(llama_cpp, path, request.identity, Path(request.copies))
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
        if not self._model:
            raise EngineFault(
                "model",
                f"llama.cpp {llama_cpp.__version__} cannot load {request.path!r}; "
                "it may be of an architecture newer than the library.",
            )
        self._threads = request.n_threads or min(len(os.sched_getaffinity(0)), _MOST_THREADS)
        context = self._make_context(request)
        self._n_ctx = int(llama_cpp.llama_n_ctx_seq(context))
        self._vocab = Vocabulary(llama_cpp, llama_cpp.llama_model_get_vocab(self._model))
        source = llama_cpp.llama_model_chat_template(self._model, None)
        self._source = source.decode("utf-8", "replace") if source else ""
        self._template: ChatTemplate | None = None
        self._weigher: Weigher | None = None
        self._made_by = {
            "model": request.identity,
            "engine": _engine(),
            "keys": request.keys,
            "weights": path.name,
            "slots": str(request.slots),  # llama.cpp reads no state of a context divided otherwise
            "flash_attention": str(request.flash_attention),
            "use_extra_bufts": str(request.use_extra_bufts),
        }
        self._decoder = Decoder(
            llama_cpp,
            context,
            self._vocab,
            slots=request.slots,
            n_ctx=self._n_ctx,
            halts=self._halts,
            abort=self._abort,
        )
        if request.canary:
            self._decoder.warm_up(_CANARY)
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
            slots=request.slots,
        )

    def _make_context(self, request: Load) -> ctypes.c_void_p:
        n_ctx = request.n_ctx or int(llama_cpp.llama_model_n_ctx_train(self._model))
        context = make_context(
            llama_cpp,
            self._model,
            self._threads,
            self._abort,
            n_ctx=n_ctx * request.slots,
            n_seq_max=request.slots,
            n_outputs_max=request.slots,
            flash_attn_type=int(request.flash_attention),
            type_k=_KEYS[request.keys],
        )
        if not context:
            raise EngineFault(
                "model",
                f"There is not enough memory for {request.slots} times {n_ctx} tokens of context "
                f"with {request.path!r}; set a smaller n_ctx.",
            )
        return context

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

    def begin(self, request: Generate) -> None:
        """Take an answer up; its prompt is read from where it differs from what is held."""
        tokens = self._tokenize(request.prompt)
        if not tokens:
            raise EngineFault("empty", "The prompt is empty; ask something.")
        if len(tokens) >= self._n_ctx:
            raise EngineFault(
                "too_long",
                f"The prompt has {len(tokens)} tokens and the context holds {self._n_ctx}, the "
                "answer included; send fewer passages or set a larger n_ctx.",
            )
        own_stop = () if self._source or not request.prompt.turns else (CHATML_STOP,)
        stop = (*request.sampling.stop, *own_stop)
        text = AnswerText(stop, strip_start=not request.prompt.answer_prefix)
        self._decoder.begin(request, tokens, text)

    def sleep(self, request: Sleep) -> Held:
        """Write what was read of a prompt."""
        tokens, state = self._decoder.save(self._tokenize(request.prompt))
        if len(tokens) < _WORTH_KEEPING:
            return Held(request.id, 0)
        try:
            write_state(Path(request.path), self._made_by, tokens, state)
        except OSError:  # the prompt is read again, that is all
            return Held(request.id, 0)
        return Held(request.id, len(tokens))

    def wake(self, request: Wake) -> Held:
        """Hold again what was written of a prompt."""
        wanted = self._tokenize(request.prompt)
        found = read_state(Path(request.path), self._made_by)
        if found is not None:
            tokens, state = found
            fits = len(tokens) < self._n_ctx
            if fits and common_start(tokens, wanted) > self._decoder.held(wanted):
                self._decoder.restore(tokens, state)
        return Held(request.id, self._decoder.held(wanted))

    def step(self) -> list[Reply]:
        """Bring every answer on by at most a token."""
        return self._decoder.step()

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
        self._abort_weighing[0], self._weighing = b"0", request.id
        reused = None if self._halts.reason(request.id) else weigher.read(tokens)
        tracks = weigher.weigh(texts, request.tracks) if reused is not None else None
        self._weighing = -1
        return Weights(
            request.id,
            reason="stop" if tracks is not None else self._halts.reason(request.id) or "cancelled",
            tracks=tuple(tracks or ()),
            prompt_tokens=len(tokens),
            reused_tokens=reused or 0,
            read_tokens=sum(len(track.sizes) for track in tracks or ()),
            seconds=time.perf_counter() - started,
        )

    def _make_weigher(self) -> Weigher:
        """A second, small context, made when it is first needed."""
        context = make_context(
            llama_cpp,
            self._model,
            self._threads,
            self._abort_weighing,
            n_ctx=CONTEXT,
            n_seq_max=TRACKS + 1,
            n_outputs_max=OUTPUTS,
            kv_unified=True,
        )
        if not context:
            raise EngineFault("model", "There is not enough memory to weigh texts; free some.")
        self._weigher = Weigher(llama_cpp, context, self._vocab)
        return self._weigher


def main() -> None:
    """Serve the parent whose process id is the last argument."""
    logging.getLogger("llama-cpp-python").setLevel(logging.ERROR)
    serve(LlamaEngine, parent=int(sys.argv[-1]) if sys.argv[-1].isdigit() else 0)


if __name__ == "__main__":
    main()
