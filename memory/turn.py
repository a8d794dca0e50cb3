"""The values that flow through memory: drafts, turns, exchanges, recalled turns, sessions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

__all__ = [
    "Draft",
    "Exchange",
    "NoteRecord",
    "PassageRecord",
    "RatingRecord",
    "RecalledTurn",
    "Role",
    "SessionInfo",
    "SessionRecord",
    "Thumb",
    "Turn",
    "group_exchanges",
]

Role = Literal["user", "assistant", "summary"]
Thumb = Literal["up", "down"]
PassageRecord = Mapping[str, Any]

_SHOWN = 60


def _shorten(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


@dataclass(frozen=True, slots=True)
class Draft:
    """A turn that is not in the log yet.

    Attributes:
        role: "user" or "assistant"; the log takes no other.
        text: the words, whole; lone surrogates are stored as U+FFFD.
        passages: what was shown beside it; JSON objects, kept as plain data.
        tokens: length in the model's tokens, or None when nobody counted.
        time: aware; None means the moment of storing.
    """

    role: Role
    text: str
    passages: tuple[PassageRecord, ...] = ()
    tokens: int | None = None
    time: datetime | None = None

    def __repr__(self) -> str:
        return f"Draft({self.role!r}, {_shorten(self.text)}, passages={len(self.passages)})"


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """A pinned note as a transcript carries it: its turn is named by session and number.

    Attributes:
        session: of the turn that it came from.
        number: that turn's.
        text: the words.
        subject: what it tells, "" if that is not known.
    """

    session: str
    number: int
    text: str
    subject: str


@dataclass(frozen=True, slots=True)
class RatingRecord:
    """A rating as a transcript carries it: its turn is named by session and number.

    Attributes:
        session: of the answer.
        number: that turn's.
        rating: "up" or "down".
        note: why; "" if nobody said.
        time: when it was given, aware.
    """

    session: str
    number: int
    rating: Thumb
    note: str
    time: datetime


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session as a transcript carries it.

    Attributes:
        title: the name given to it, or None.
        options: its small settings.
        turns: with their numbers.
    """

    title: str | None = None
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    turns: Sequence[tuple[int, Draft]] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that was said, as it stands in the log.

    Attributes:
        id: the log's id, never reused; 0 for a derived text that is not in the log.
        user: who the conversation belongs to.
        session: the conversation's id, unique within the user.
        number: from 1 in its session, without gaps as written; a forgotten number stays unused.
            0 for a derived text.
        time: when it was said, aware, in UTC. Numbers decide the order, never times.
        role: "user" or "assistant"; "summary" only for a derived text.
        text: the words, whole.
        passages: the passages shown with it; never part of what is recalled.
        tokens: length in the model's tokens, or None when nobody counted.
    """

    id: int
    user: str
    session: str
    number: int
    time: datetime
    role: Role
    text: str
    passages: tuple[PassageRecord, ...] = field(default=(), hash=False)
    tokens: int | None = None

    def __repr__(self) -> str:
        return (
            f"Turn({self.id}, user={self.user!r}, session={self.session!r}, "
            f"number={self.number}, {self.role}: {_shorten(self.text)})"
        )


@dataclass(frozen=True, slots=True)
class RecalledTurn:
    """A turn that a memory wants in the prompt, or that a search found.

    Attributes:
        turn: the turn itself.
        score: higher is more wanted; comparable within one call of one kind only.
        why: one phrase for the reader, such as "exchange 2 of the last 5".
        excerpt: the part to print instead of the whole text, or None for the whole.
    """

    turn: Turn
    score: float
    why: str
    excerpt: str | None = None

    @property
    def text(self) -> str:
        """What is printed: the excerpt if there is one, otherwise the whole turn."""
        return self.turn.text if self.excerpt is None else self.excerpt

    def __repr__(self) -> str:
        return f"RecalledTurn({self.turn!r}, score={self.score:.3f}, why={self.why!r})"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A user's turn with everything said until the user's next turn.

    Attributes:
        turns: at least one, numbers ascending; only the first exchange of a session may begin
            with an assistant's turn.
    """

    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A line in the list of conversations.

    Attributes:
        session: its id.
        title: the name given to it, otherwise its first question shortened, otherwise "".
        started: time of its first turn, or None when every turn was forgotten.
        last: time of its latest turn, or None when every turn was forgotten.
        turns: how many it holds.
        named: whether the title was given to it by `rename`.
    """

    session: str
    title: str
    started: datetime | None
    last: datetime | None
    turns: int
    named: bool = False


def group_exchanges(turns: Iterable[Turn]) -> list[Exchange]:
    """Cut turns of one session, numbers ascending, into exchanges; nothing is left out."""
    groups: list[list[Turn]] = []
    for turn in turns:
        if turn.role == "user" or not groups:
            groups.append([])
        groups[-1].append(turn)
    return [Exchange(tuple(group)) for group in groups]
