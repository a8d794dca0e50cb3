"""One answer under way is watched: its stage while it runs, what the model saw when it is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, cast

from memory import RecalledTurn

from .errors import RagError
from .language_model import LanguageModel, TextStream, UnderWay
from .seen import Seen
from .stage import Stage
from .worker import Done, Prompt, Sampling, Weights

__all__ = ["Watch"]


class Watch:
    """Sees what goes to a model and what comes back, and changes nothing of it.

    One thread answers, any other may ask for the `stage`.
    """

    def __init__(self) -> None:
        self._stage = Stage()
        self._prompts: dict[Prompt, None] = {}
        self._recalled: tuple[RecalledTurn, ...] = ()
        self._notes = ""
        self._under_way: list[UnderWay] = []
        self._first = self._last = 0.0  # pieces, on the monotonic clock; pauses not counted
        self._stopped = False

    @property
    def stage(self) -> Stage:
        """What is being done at this moment."""
        stage = self._stage
        if stage.name not in {"read", "rewrite"}:
            return stage
        ahead = [getattr(one, "position", 0) for one in self._under_way]
        before = min(ahead, default=0)
        return replace(stage, name="wait", position=before) if before > 0 else stage

    @property
    def rewrites(self) -> bool:
        """Whether the model is rewording the question."""
        return self._stage.name == "rewrite"

    @property
    def seen(self) -> Seen:
        """What the model was shown so far."""
        return Seen(tuple(self._prompts), self._recalled, self._notes)

    @contextmanager
    def rewriting(self) -> Iterator[None]:
        """Inside the block the model rewords the question, which counts for no answer.

        Raises:
            RagError: it was stopped.
        """
        self.check()
        self._stage = Stage("rewrite")
        try:
            yield
        finally:
            self._stage, self._under_way = Stage(), []
        self.check()

    def found(self, searched: Sequence[str], passages: int) -> None:
        """The search is over; what was found is read now.

        Raises:
            RagError: it was stopped.
        """
        self.check()
        self._stage = Stage("read", tuple(searched), passages)

    def looking_up(self, asked: Sequence[str]) -> None:
        """The internet is asked: for the question first, then for pages.

        Raises:
            RagError: it was stopped.
        """
        self.check()
        self._stage = Stage("web", tuple(asked))

    def recalling(
        self, recall: Callable[[], Sequence[RecalledTurn]]
    ) -> Callable[[], Sequence[RecalledTurn]]:
        """The same function; what it returns is seen."""

        def watched() -> Sequence[RecalledTurn]:
            self.check()  # counting their tokens may load the model
            turns = recall()
            self._recalled = tuple(turns)
            return turns

        return watched

    def noting(self, notes: Callable[[], str]) -> Callable[[], str]:
        """The same function; what it returns is seen."""

        def watched() -> str:
            self.check()
            self._notes = notes()
            return self._notes

        return watched

    def over(self, model: LanguageModel | None) -> LanguageModel | None:
        """The same model; its prompts are seen and its pieces counted."""
        return None if model is None else cast(LanguageModel, _WatchedModel(model, self))

    def asked(self, prompt: Prompt) -> None:
        """The model gets a prompt; what it wrote before has been read to its end.

        Raises:
            RagError: it was stopped.
        """
        self.check()
        self._prompts[prompt] = None
        if self._stage.name == "write":
            self._stage, self._under_way = replace(self._stage, name="read"), []

    def begun(self, one: UnderWay) -> None:
        """The model begins to answer, now or when it is done with others."""
        self._under_way = [*self._under_way, one]
        if self._stopped:
            one.cancel()

    def stop(self) -> None:
        """Nobody wants the answer any more: the model stops within a token. Any thread may ask."""
        self._stopped = True
        for one in self._under_way:
            one.cancel()

    def check(self) -> None:
        """Return unless it was stopped; what was said until then must not pass for an answer.

        Raises:
            RagError: it was stopped.
        """
        if self._stopped:
            raise RagError("The answer was stopped; ask again.")

    def heard(self) -> None:
        """The model wrote a piece."""
        now, tokens = time.monotonic(), self._stage.tokens + 1
        if self._stage.name != "write":  # it read, or waited
            self._first += now - self._last
        self._last = now
        passed = now - self._first
        rate = (tokens - 1) / passed if passed > 0 else 0.0
        self._stage = replace(self._stage, name="write", tokens=tokens, rate=rate)


class _WatchedModel:
    """A language model that tells a `Watch` what is asked of it."""

    def __init__(self, model: LanguageModel, watch: Watch) -> None:
        self._model, self._watch = model, watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def generate(self, prompt: Prompt, sampling: Sampling) -> TextStream:
        self._watch.asked(prompt)
        stream = self._model.generate(prompt, sampling)
        self._watch.begun(stream)
        return _WatchedStream(stream, self._watch, counted=not self._watch.rewrites)

    def weigh(
        self,
        prompt: Prompt,
        texts: Sequence[str],
        *,
        tracks: int,
        track_tokens: int,
        begun: Callable[[UnderWay], object] | None = None,
    ) -> Weights:
        self._watch.asked(prompt)
        weights = self._model.weigh(
            prompt,
            texts,
            tracks=tracks,
            track_tokens=track_tokens,
            begun=begun or self._watch.begun,
        )
        self._watch.check()
        return weights


class _WatchedStream:
    """An answer under way whose pieces are counted, unless they are no part of the answer."""

    def __init__(self, stream: TextStream, watch: Watch, *, counted: bool) -> None:
        self._stream, self._watch, self._counted = stream, watch, counted

    def __iter__(self) -> Iterator[str]:
        for piece in self._stream:
            self._watch.check()
            if self._counted:
                self._watch.heard()
            yield piece
        self._watch.check()

    def __enter__(self) -> Self:
        self._stream.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.__exit__(kind, error, trace)

    @property
    def text(self) -> str:
        return self._stream.text

    @property
    def done(self) -> Done:
        return self._stream.done

    def cancel(self) -> None:
        self._stream.cancel()
