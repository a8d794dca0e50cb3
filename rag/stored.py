"""Turns of the log in; exchanges as they can be shown again, with their citations, out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memory import Turn

from .answer import Citation
from .language import words

__all__ = ["Piece", "StoredAnswer", "StoredExchange", "stored_exchanges"]

_UNSUPPORTED = tuple(f"[{words(of, 'unsupported')}]" for of in ("en", "zh"))
_REFUSALS = tuple(words(of, "refusal") for of in ("en", "zh"))
_MARK = re.compile(rf"((?:\[\d{{1,3}}\])+|{'|'.join(map(re.escape, _UNSUPPORTED))})")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an answer.

    Attributes:
        text: as shown, with its marker.
        supported: False where the answer says that no passage supports it.
    """

    text: str
    supported: bool


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it stands in the log.

    Attributes:
        turn: the assistant's.
        pieces: whose texts together are the turn's.
        citations: by number; what an older version did not store of them is left empty.
        refused: whether it says that the documents do not hold the answer.
    """

    turn: Turn
    pieces: tuple[Piece, ...]
    citations: tuple[Citation, ...]
    refused: bool


@dataclass(frozen=True, slots=True)
class StoredExchange:
    """A question with its answer.

    Attributes:
        question: the user's turn.
        answer: None where it was forgotten.
    """

    question: Turn
    answer: StoredAnswer | None


def stored_exchanges(turns: Sequence[Turn]) -> list[StoredExchange]:
    """The exchanges of a session, oldest first; an answer whose question is gone is left out.

    Args:
        turns: of one session, oldest first.
    """
    found: list[StoredExchange] = []
    for turn in turns:
        if turn.role == "user":
            found.append(StoredExchange(turn, None))
        elif found and found[-1].answer is None and found[-1].question.number < turn.number:
            found[-1] = StoredExchange(found[-1].question, _answer(turn))
    return found


def _answer(turn: Turn) -> StoredAnswer:
    citations = tuple(_citation(record) for record in turn.passages if "source" in record)
    refused = not citations and turn.text.strip().endswith(_REFUSALS)
    return StoredAnswer(turn, tuple(_pieces(turn.text)), citations, refused)


def _pieces(text: str) -> list[Piece]:
    """Runs of supported and of unsupported words; a marker ends the stretch that it is about."""
    found: list[Piece] = []
    parts = _MARK.split(text)
    for stretch, mark in zip(parts[::2], [*parts[1::2], ""], strict=True):
        supported = mark not in _UNSUPPORTED
        if not stretch and not mark:
            continue
        if found and found[-1].supported == supported:
            found[-1] = Piece(found[-1].text + stretch + mark, supported)
        else:
            found.append(Piece(stretch + mark, supported))
    return found


def _citation(record: Mapping[str, object]) -> Citation:
    def number(key: str) -> int:
        value = record.get(key)
        return value if isinstance(value, int) else 0

    headings = record.get("heading_path")
    return Citation(
        number("number"),
        str(record.get("source", "")),
        str(record.get("title", "")),
        number("page"),
        number("start"),
        number("end"),
        tuple(map(str, headings)) if isinstance(headings, list) else (),
        str(record.get("quote", "")),
        number("chunk_id"),
    )
