"""Conversations as files: JSONL that can be imported again, Markdown to read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from .errors import OptionError, TranscriptError
from .log import ConversationLog
from .notes import Note, Notes
from .turn import Draft, NoteRecord, SessionInfo, Turn

__all__ = ["export_jsonl", "export_markdown", "import_jsonl"]

_HEAD = {"type": "conversations", "version": 2}
_VERSIONS = (1, 2)  # without and with notes
_SPEAKERS = {"user": "User", "assistant": "Assistant"}

_Restored = dict[str, tuple[str | None, list[tuple[int, Draft]]]]


def export_jsonl(log: ConversationLog, *, user: str, session: str | None = None) -> str:
    """One JSON object a line: a head, each session followed by its turns, then pinned notes.

    The user's id is not part of it: whoever imports the file becomes the owner.
    """
    lines: list[dict[str, Any]] = [_HEAD]
    for info, turns in _selected(log, user, session):
        # A title made of the first question is left out: it must go when that turn is forgotten.
        title = info.title if info.named else ""
        lines.append({"type": "session", "session": info.session, "title": title})
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
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def export_markdown(log: ConversationLog, *, user: str, session: str | None = None) -> str:
    """A heading for each session, each turn under its speaker and time (UTC), and pinned notes."""
    parts: list[str] = []
    for info, turns in _selected(log, user, session):
        parts.append(f"# {info.title or info.session}\n")
        parts += [
            f"**{_SPEAKERS[turn.role]}**, {turn.time:%Y-%m-%d %H:%M} UTC\n\n{turn.text}\n"
            for turn in turns
        ]
    notes = _notes(log, user, session)
    if notes:
        lines = [f"- {' '.join(note.text.split())} ({note.time:%Y-%m-%d})\n" for note in notes]
        parts.append(f"# Pinned notes\n\n{''.join(lines)}")
    return "\n".join(parts)


def import_jsonl(log: ConversationLog, text: str, *, user: str) -> int:
    """Store an exported file as this user's, all of it or nothing; how many turns were new.

    Turns and notes that stand there already are passed over, so importing twice changes nothing.
    What the file holds is plain data, whatever it looks like; a note needs a turn that the user
    said himself.

    Raises:
        TranscriptError: a line is not of the exported form, or contradicts a stored turn.
    """
    restored: _Restored = {}
    notes: list[NoteRecord] = []
    # Only "\n" ends a line: a text may hold other line separators unescaped.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            _take(json.loads(line), restored, notes)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise TranscriptError(
                f"Line {number} of the conversation file cannot be read "
                f"({type(error).__name__}: {error}); export it again or remove that line."
            ) from error
    try:
        return log.restore(restored, user=user, notes=notes)
    except OptionError as error:
        raise TranscriptError(
            f"The conversation file holds something that cannot be stored: {error}"
        ) from error


def _selected(
    log: ConversationLog, user: str, session: str | None
) -> Iterator[tuple[SessionInfo, Iterable[Turn]]]:
    for info in reversed(log.sessions(user=user)):
        if session is None or info.session == session:
            yield info, log.history(user=user, session=info.session)


def _notes(log: ConversationLog, user: str, session: str | None) -> list[Note]:
    found = Notes(log).list(user=user)
    return [note for note in found if session is None or note.session == session]


def _take(line: dict[str, Any], restored: _Restored, notes: list[NoteRecord]) -> None:
    if line["type"] == "conversations":
        if line["version"] not in _VERSIONS:
            raise ValueError(f"version {line['version']!r} is not known, update the program")
        return
    if line["type"] == "note":
        notes.append(_note(line))
        return
    title, drafts = restored.setdefault(_text(line["session"]), (None, []))
    if line["type"] == "session":
        restored[line["session"]] = (_text(line["title"]) or title, drafts)
    elif line["type"] == "turn":
        drafts.append((_count(line["number"]), _draft(line)))
    else:
        raise ValueError(f"type {line['type']!r} is not known")


def _draft(line: dict[str, Any]) -> Draft:
    time = datetime.fromisoformat(_text(line["time"]))
    tokens = None if line["tokens"] is None else _count(line["tokens"], least=0)
    passages = tuple(dict(passage.items()) for passage in line["passages"])
    return Draft(line["role"], _text(line["text"]), passages, tokens, time)


def _note(line: dict[str, Any]) -> NoteRecord:
    text = _text(line["text"])
    if not 1 <= len(text) <= Notes.longest:
        raise ValueError(f"a note of {len(text)} characters cannot be pinned")
    return NoteRecord(_text(line["session"]), _count(line["number"]), text, _text(line["subject"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _count(value: object, *, least: int = 1) -> int:
    # 2**53: beyond it JSON readers disagree about integers.
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= 1 << 53:
        raise ValueError(f"{value!r} is not a count of {least} or more")
    return value
