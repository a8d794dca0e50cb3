"""A language model that says what a test has written down, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

from ingest import Index
from memory import make_memory
from rag import Assistant, ModelCard, Settings
from rag.conversations import open_log
from rag.errors import ModelError
from rag.language_model import UnderWay
from rag.worker import Done, Prompt, Ready, Sampling, Weights

__all__ = ["BRIDGE", "Scripted", "ScriptedStream", "assistant_with"]

BRIDGE = (
    "The bridge over the Arl was opened in May 1932 by the engineer Mary Ash. "
    "It is 411 metres long and carries two railway tracks. "
    "阿尔河上的大桥于1932年5月由工程师玛丽通车，全长411米。\n"
)
Line = str | Exception | Callable[[Prompt, Sampling], str]


class ScriptedStream:
    """One of its answers, a word at a time."""

    def __init__(self, model: Scripted, line: Line, prompt: Prompt, sampling: Sampling) -> None:
        self._model, self._line, self._prompt, self._sampling = model, line, prompt, sampling
        self.text, self.cancelled, self.over = "", False, False
        self._done: Done | None = None

    def __iter__(self) -> Iterator[str]:
        line = self._line
        if isinstance(line, Exception):
            raise line
        words = line if isinstance(line, str) else line(self._prompt, self._sampling)
        for at in range(0, len(words), 7):
            if self.cancelled:  # by another thread, while this one reads
                return
            self.text += words[at : at + 7]
            yield words[at : at + 7]
        read, told = self._model.count(self._prompt), self._model.count_text(words)
        self._done, self.over = Done(1, "stop", read, read // 2, told), True

    def __enter__(self) -> ScriptedStream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cancel()

    @property
    def done(self) -> Done:
        if self._done is None:
            raise ModelError("not over")
        return self._done

    def cancel(self) -> None:
        self.cancelled = True


class Scripted:
    """See `LanguageModel`; a token is a character.

    Args:
        lines: what it says, one after the other; an exception is raised, a function is called.
        capability: of its card.
        languages: of its card.
        n_ctx: tokens that it reads and writes together.
        **card: more of its card.
    """

    repacks = True

    def __init__(
        self,
        *lines: Line,
        capability: str = "capable",
        languages: Mapping[str, int] = MappingProxyType({"en": 2, "zh": 2}),
        n_ctx: int = 100_000,
        **card: Any,
    ) -> None:
        self.lines = list(lines)
        self.n_ctx = n_ctx
        self.asked: list[tuple[Prompt, Sampling]] = []
        self.streams: list[ScriptedStream] = []
        self.card = ModelCard(
            "scripted",
            "none",
            "Scripted",
            "none",
            "",
            n_ctx,
            capability,  # type: ignore[arg-type]
            languages,
            **card,
        )

    def __enter__(self) -> Scripted:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> Ready:
        return Ready(1, self.n_ctx, self.n_ctx, 1, "scripted", "none", True, 0.0)

    def count(self, prompt: Prompt) -> int:
        turns = sum(4 + self.count_text(turn.content) for turn in prompt.turns)
        return turns + self.count_text(prompt.answer_prefix)

    def count_text(self, text: str) -> int:
        return len(text)

    def generate(self, prompt: Prompt, sampling: Sampling) -> ScriptedStream:
        assert self.count(prompt) + sampling.max_tokens <= self.n_ctx, "more than the model reads"
        self.asked.append((prompt, sampling))
        self.streams.append(ScriptedStream(self, self.lines.pop(0), prompt, sampling))
        return self.streams[-1]

    def weigh(
        self,
        prompt: Prompt,
        texts: Sequence[str],
        *,
        tracks: int,
        track_tokens: int,
        begun: Callable[[UnderWay], object] | None = None,
    ) -> Weights:
        return Weights(1, "stop")

    def sleep(self, prompt: Prompt, path: Path) -> int:
        return 0

    def wake(self, prompt: Prompt, path: Path) -> int:
        return 0

    def close(self) -> None:
        """Nothing is open."""

    def user_turn(self, call: int = -1) -> str:
        """The last turn of the prompt of a call."""
        return self.asked[call][0].turns[-1].content


def assistant_with(folder: Path, model: Scripted | None, **settings: Any) -> Assistant:
    """An assistant over one short document about a bridge."""
    (folder / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    index = Index(folder / "kb", embedder="hashing")
    log = open_log(folder / "log.sqlite")
    chosen = Settings(**{"refuse_below": 0.0, "answer_tokens": 200, **settings})
    made = Assistant(index, make_memory("window", log), model, chosen, "me")
    if not index.documents():
        made.ingest(folder / "bridge.txt")
    return made
