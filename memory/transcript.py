"""Conversations out as text: JSONL that can be imported again, Markdown to read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from .feedback import Feedback, Rating
from .log import ConversationLog
from .notes import Note, Notes
from .turn import SessionInfo, Turn

__all__ = ["export_jsonl", "export_markdown"]

_HEAD = {"type": "conversations", "version": 3}
_SPEAKERS = {"user": "User", "assistant": "Assistant"}


def export_jsonl(log: ConversationLog, *, user: str, session: str | None = None) -> str:
    """One JSON object a line: a head, each session followed by its turns, then notes and feedback.

    The user's id is not part of it: whoever imports the file becomes the owner.
    """
    lines: list[dict[str, Any]] = [_HEAD]
    for info, turns in _selected(log, user, session):
        # A title made of the first question is left out: it must go when that turn is forgotten.
        title = info.title if info.named else ""
        options = dict(log.options(user=user, session=info.session))
        head = {"type": "session", "session": info.session, "title": title, "options": options}
        lines.append(head)
        lines += [
            {
                "type": "turn",
                "session": turn.session,
                "number": turn.number,
                "time": turn.time.isoformat(timespec="microseconds"),
                "role": turn.role,
                "text": turn.text,
                "passages": [dict(passage) for passage in turn.passages],
                "tokens": turn.tokens,
            }
            for turn in turns
        ]
    lines += [
        {
            "type": "note",
            "session": note.session,
            "number": note.number,
            "text": note.text,
            "subject": note.subject,
        }
        for note in _notes(log, user, session)
    ]
    lines += [
        {
            "type": "feedback",
            "session": rating.session,
            "number": rating.number,
            "rating": rating.rating,
            "note": rating.note,
            "time": rating.time.isoformat(timespec="microseconds"),
        }
        for rating in Feedback(log).list(user=user)
        if session is None or rating.session == session
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def export_markdown(log: ConversationLog, *, user: str, session: str | None = None) -> str:
    """A heading for each session, each turn under its speaker and time (UTC), and pinned notes.

    Under an answer stands how it was rated.
    """
    parts: list[str] = []
    for info, turns in _selected(log, user, session):
        parts.append(f"# {info.title or info.session}\n")
        rated = Feedback(log).of(info.session, user=user)
        for turn in turns:
            speaker = f"**{_SPEAKERS[turn.role]}**, {turn.time:%Y-%m-%d %H:%M} UTC"
            parts.append(f"{speaker}\n\n{turn.text}\n{_rated(rated.get(turn.id))}")
    notes = _notes(log, user, session)
    if notes:
        lines = [f"- {' '.join(note.text.split())} ({note.time:%Y-%m-%d})\n" for note in notes]
        parts.append(f"# Pinned notes\n\n{''.join(lines)}")
    return "\n".join(parts)


def _selected(
    log: ConversationLog, user: str, session: str | None
) -> Iterator[tuple[SessionInfo, Iterable[Turn]]]:
    for info in reversed(log.sessions(user=user)):
        if session is None or info.session == session:
            yield info, log.history(user=user, session=info.session)


def _notes(log: ConversationLog, user: str, session: str | None) -> list[Note]:
    found = Notes(log).list(user=user)
    return [note for note in found if session is None or note.session == session]


def _rated(rating: Rating | None) -> str:
    if rating is None:
        return ""
    note = " ".join(rating.note.split())
    return f"\n*Rated {rating.rating}*{': ' if note else ''}{note}\n"
