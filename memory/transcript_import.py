"""Conversations in: an exported JSONL file, checked line by line, stored whole or not at all."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from .errors import OptionError, TranscriptError
from .log import ConversationLog
from .notes import Notes
from .turn import Draft, NoteRecord, RatingRecord, SessionRecord

__all__ = ["import_jsonl"]

_VERSIONS = (1, 2, 3)  # 2 brought notes, 3 feedback and options of sessions


@dataclass(slots=True)
class _Taken:
    """What the lines so far said; sessions without their turns, these by their session."""

    sessions: dict[str, SessionRecord] = field(default_factory=dict)
    turns: defaultdict[str, list[tuple[int, Draft]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    notes: list[NoteRecord] = field(default_factory=list)
    ratings: list[RatingRecord] = field(default_factory=list)

    def whole(self) -> dict[str, SessionRecord]:
        """The sessions with their turns."""
        return {
            session: replace(record, turns=self.turns[session])
            for session, record in self.sessions.items()
        }


def import_jsonl(log: ConversationLog, text: str, *, user: str) -> int:
    """Store an exported file as this user's, all of it or nothing; how many turns were new.

    What stands there already is passed over, so importing twice changes nothing. What the file
    holds is plain data, whatever it looks like; a note needs a turn that the user said himself, a
    rating an answer to him.

    Raises:
        TranscriptError: a line is not of the exported form, or contradicts a stored turn.
    """
    taken = _Taken()
    # Only "\n" ends a line: a text may hold other line separators unescaped.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            _take(json.loads(line), taken)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise TranscriptError(
                f"Line {number} of the conversation file cannot be read "
                f"({type(error).__name__}: {error}); export it again or remove that line."
            ) from error
    try:
        return log.restore(taken.whole(), user=user, notes=taken.notes, ratings=taken.ratings)
    except OptionError as error:
        raise TranscriptError(
            f"The conversation file holds something that cannot be stored: {error}"
        ) from error


def _take(line: dict[str, Any], taken: _Taken) -> None:
    kind = line["type"]
    if kind == "conversations":
        if line["version"] not in _VERSIONS:
            raise ValueError(f"version {line['version']!r} is not known, update the program")
    elif kind == "note":
        taken.notes.append(_note(line))
    elif kind == "feedback":
        taken.ratings.append(_rating(line))
    elif kind in ("session", "turn"):
        session = _text(line["session"])
        known = taken.sessions.setdefault(session, SessionRecord())
        if kind == "turn":
            taken.turns[session].append((_count(line["number"]), _draft(line)))
        else:
            options = dict(line.get("options", {}).items())
            taken.sessions[session] = SessionRecord(
                _text(line["title"]) or known.title, options or known.options
            )
    else:
        raise ValueError(f"type {kind!r} is not known")


def _draft(line: dict[str, Any]) -> Draft:
    tokens = None if line["tokens"] is None else _count(line["tokens"], least=0)
    passages = tuple(dict(passage.items()) for passage in line["passages"])
    return Draft(line["role"], _text(line["text"]), passages, tokens, _time(line["time"]))


def _note(line: dict[str, Any]) -> NoteRecord:
    text = _text(line["text"])
    if not 1 <= len(text) <= Notes.longest:
        raise ValueError(f"a note of {len(text)} characters cannot be pinned")
    return NoteRecord(_text(line["session"]), _count(line["number"]), text, _text(line["subject"]))


def _rating(line: dict[str, Any]) -> RatingRecord:
    place = _text(line["session"]), _count(line["number"])
    return RatingRecord(*place, line["rating"], line["note"], _time(line["time"]))


def _time(value: object) -> datetime:
    time = datetime.fromisoformat(_text(value))
    if time.tzinfo is None:
        raise ValueError(f"time {value!r} has no zone")
    return time


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _count(value: object, *, least: int = 1) -> int:
    # 2**53: beyond it JSON readers disagree about integers.
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= 1 << 53:
        raise ValueError(f"{value!r} is not a count of {least} or more")
    return value
