"""The values an answer is made of: quotes, citations, sentences, and the answer itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from ingest import Passage

from .budget import Budget
from .language import Language
from .seen import Seen
from .workings import Workings

__all__ = ["Answer", "Citation", "Said", "Sentence", "Strategy"]

Strategy = Literal["free", "short", "quote", "refusal", "note", "memory", "courtesy"]
"""How the words came about: "free" are the model's own, "short" a quote with the model's short
wording that occurs in it, "quote" the best sentences alone, "refusal" says nothing was found,
"note" confirms what the user asked to remember, without a search, "memory" quotes a pinned note or
what was said earlier, "courtesy" returns a greeting, thanks and the like."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a document, with its words.

    Attributes:
        number: as it stands in the answer, from 1.
        source: path or URL of the document.
        title: the document's title.
        page: number of the page, from 1.
        start: first character of the quote in the page's text.
        end: one past the last character; `page.text[start:end] == quote`.
        heading_path: headings open at `start`, outermost first.
        quote: the words.
        chunk_id: the chunk that was retrieved.
    """

    number: int
    source: str
    title: str
    page: int
    start: int
    end: int
    heading_path: tuple[str, ...]
    quote: str
    chunk_id: int

    def as_dict(self) -> dict[str, object]:
        """JSON-able values."""
        return {
            "number": self.number,
            "source": self.source,
            "title": self.title,
            "page": self.page,
            "start": self.start,
            "end": self.end,
            "heading_path": list(self.heading_path),
            "quote": self.quote,
            "chunk_id": self.chunk_id,
        }


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said earlier, as an answer quotes it; no document says so.

    Attributes:
        turn: the log's id of that turn.
        session: the conversation it belongs to.
        number: of the turn, in its conversation.
        role: "user" or "assistant".
        time: when it was said, aware, in UTC.
        quote: the words, on one line.
        note: id of the pinned note that holds them, None when the turn itself was quoted.
        edited: whether the note's words are no longer the turn's.
    """

    turn: int
    session: str
    number: int
    role: Literal["user", "assistant"]
    time: datetime
    quote: str
    note: int | None = None
    edited: bool = False

    def as_dict(self) -> dict[str, object]:
        """JSON-able values."""
        return {
            "turn": self.turn,
            "session": self.session,
            "number": self.number,
            "role": self.role,
            "time": self.time.isoformat(),
            "quote": self.quote,
            "note": self.note,
            "edited": self.edited,
        }

    def as_record(self) -> dict[str, object]:
        """What is kept with the answer's turn, so that forgetting the quoted one reaches it."""
        return {"said": {"session": self.session, "number": self.number}, "quote": self.quote}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and what holds it up.

    Attributes:
        text: the sentence, without markers.
        citations: numbers of the citations that support it; empty means unsupported.
    """

    text: str
    citations: tuple[int, ...] = ()

    @property
    def supported(self) -> bool:
        """Whether a passage holds this sentence up."""
        return bool(self.citations)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer.

    Attributes:
        question: as asked.
        text: as shown, with markers such as "[1]".
        sentences: the same, sentence by sentence.
        citations: by number, from 1.
        strategy: how the words came about.
        language: of the question.
        passages: what was read, best first; for a refusal the nearest ones.
        searched: every wording that was searched for, the question first; the model's own, if
            there is one, last.
        support: probability in [0, 1] that the passages hold an answer.
        model: id of the language model that took part, or "".
        tokens: "prompt" (read, "reused" of them without work) and "answer" (written), summed over
            all "calls"; empty when no model took part.
        seconds: wall time by step, such as "search" and "generate".
        said: what was quoted from notes and earlier turns.
        budget: where the tokens of the prompt went and what was left out; None where the model
            got no prompt of passages.
        workings: the answer strategy, with what it kept of its work.
        seen: what the model was shown; in no JSON.
        turn: the log's id of the answer's turn; 0 before it is recorded.
    """

    question: str
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    strategy: Strategy
    language: Language
    passages: tuple[Passage, ...]
    searched: tuple[str, ...]
    support: float
    model: str = ""
    tokens: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    seconds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    said: tuple[Said, ...] = ()
    budget: Budget | None = None
    workings: Workings = field(default_factory=Workings)
    seen: Seen = field(default_factory=Seen, repr=False)
    turn: int = 0

    @property
    def method(self) -> str:
        """The answer strategy that wrote it; "" for the documents' or the program's words."""
        return self.workings.method

    @property
    def rewrite(self) -> str:
        """The model's own wording of the question, which was searched for, too; "" for none."""
        return self.workings.rewrite

    @property
    def remarks(self) -> tuple[str, ...]:
        """Why it is not what was asked for, in its language."""
        return self.workings.remarks

    @property
    def meant(self) -> str:
        """A refused question as it may have been meant, which the documents answer; "" for none."""
        return self.workings.meant

    @property
    def pages(self) -> tuple[str, ...]:
        """Addresses of the pages of the internet that were read for it."""
        return self.workings.pages

    @property
    def refused(self) -> bool:
        """Whether the program says that the documents do not hold the answer."""
        return self.strategy == "refusal"

    def as_dict(self) -> dict[str, object]:
        """JSON-able values."""
        return {
            "question": self.question,
            "answer": self.text,
            "refused": self.refused,
            "strategy": self.strategy,
            **self.workings.as_dict(),
            "language": self.language,
            "support": round(self.support, 4),
            "model": self.model,
            "searched": list(self.searched),
            "sentences": [
                {"text": s.text, "citations": list(s.citations), "supported": s.supported}
                for s in self.sentences
            ],
            "citations": [citation.as_dict() for citation in self.citations],
            "said": [said.as_dict() for said in self.said],
            "passages": [
                {
                    "source": p.source,
                    "title": p.title,
                    "page": p.page,
                    "start": p.start,
                    "end": p.end,
                    "score": round(p.score, 4),
                    "signals": {name: round(value, 4) for name, value in p.signals.items()},
                    "text": p.text,
                }
                for p in self.passages
            ],
            "tokens": dict(self.tokens),
            "budget": self.budget.as_dict() if self.budget else None,
            "seconds": {name: round(value, 4) for name, value in self.seconds.items()},
        }
