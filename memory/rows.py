"""Rows of the log and back: drafts checked before they are stored, turns checked when read."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from .errors import LogDamagedError, OptionError
from .turn import Draft, Turn

__all__ = ["Scope", "StoredRow", "check_id", "clean", "digest", "in_utc", "read_turn", "to_row"]

_SURROGATE = re.compile("[\ud800-\udfff]")
_DIGEST_BYTES = 16  # against accidents of a disk, not against an attacker


class Scope(NamedTuple):
    """One session of one user, by name and by the log's keys."""

    user: str
    session: str
    user_key: int
    session_key: int


class StoredRow(NamedTuple):
    """What one turn becomes in the table, without id and number."""

    time: str
    role: str
    text: str
    passages: str
    tokens: int | None


def check_id(what: str, value: str) -> str:
    """Return `value` if it can name a user or a session; every non-empty text can.

    Raises:
        OptionError: it is empty, no string, or holds a lone surrogate, which no file can hold.
    """
    if not isinstance(value, str) or not value or _SURROGATE.search(value):
        raise OptionError(
            f"The {what} id {value!r} cannot be used; give a non-empty string of valid Unicode."
        )
    return value


def clean(text: str) -> str:
    """`text` with U+FFFD for lone surrogates, which UTF-8 cannot hold."""
    return _SURROGATE.sub("\ufffd", text)


def to_row(draft: Draft, now: datetime) -> StoredRow:
    """Check a draft and turn it into columns.

    Raises:
        OptionError: a role the log does not take, a time that is naive or of no year in UTC,
            negative tokens, or passages that are not JSON objects.
    """
    if draft.role not in ("user", "assistant"):
        raise OptionError(f"Role {draft.role!r} cannot be logged; use 'user' or 'assistant'.")
    if not isinstance(draft.text, str):
        raise OptionError(f"The text of a turn is {draft.text!r}; give a string.")
    if draft.tokens is not None and (not isinstance(draft.tokens, int) or draft.tokens < 0):
        raise OptionError(f"tokens is {draft.tokens!r}; give a count of 0 or more, or None.")
    time = now if draft.time is None else draft.time
    if time.tzinfo is None:
        raise OptionError(f"Time {time!r} has no zone; use datetime.now(UTC) or add its zone.")
    return StoredRow(
        in_utc(time),
        draft.role,
        clean(draft.text),
        _dump(draft.passages),
        draft.tokens,
    )


def in_utc(time: datetime) -> str:
    """An aware time as it is stored.

    Raises:
        OptionError: its year in UTC would be 0 or 10000.
    """
    try:
        return time.astimezone(UTC).isoformat(timespec="microseconds")
    except OverflowError as error:
        raise OptionError(
            f"Time {time.isoformat()!r} cannot be stored; give one of the years 1 to 9999 in UTC."
        ) from error


def read_turn(scope: Scope, columns: tuple[Any, ...]) -> Turn:
    """The turn of one row: id, number, the columns of `StoredRow`, digest.

    Raises:
        LogDamagedError: the row is not what was written.
    """
    turn_id, number, time, role, text, passages, tokens, stored = columns
    try:
        intact = stored == digest(scope, number, StoredRow(time, role, text, passages, tokens))
    except TypeError:  # a flipped bit can make a blob of a text
        intact = False
    if not intact:
        raise LogDamagedError(
            f"Turn {turn_id} of session {scope.session!r} is damaged; restore a backup or forget "
            "that turn."
        )
    return Turn(
        turn_id,
        scope.user,
        scope.session,
        number,
        datetime.fromisoformat(time),
        role,
        text,
        tuple(json.loads(passages)),
        tokens,
    )


def digest(scope: Scope, number: int, row: StoredRow) -> bytes:
    """Fingerprint of everything a turn says; 16 bytes."""
    content = json.dumps([scope.user, scope.session, number, *row])
    return hashlib.blake2b(content.encode(), digest_size=_DIGEST_BYTES).digest()


def _dump(passages: tuple[Mapping[str, Any], ...]) -> str:
    try:
        plain = [dict(passage) for passage in passages]
        text = json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise OptionError(
            f"The passages of a turn are not JSON objects ({error}); give mappings of strings, "
            "numbers, lists and the like."
        ) from error
    return clean(text)
