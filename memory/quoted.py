"""Turns that are about to be forgotten in; the replies that quote them lose those words.

A reply quotes a turn in two ways. It confirms what the turn before it stated for keeping. Or one
of its passage records says so: `{"said": {"session": …, "number": …}, "quote": …}`, where number 0
is the turn right before the reply. Session and number survive an export, an id would not.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from .ratings import LONGEST_NOTE
from .rows import Scope, StoredRow, digest
from .statements import find_statements
from .tables import insert_turn
from .terms import TermFunction

__all__ = ["BLANK", "blank_quotes"]

BLANK = "[…]"
"""What stands for forgotten words."""

_Place = tuple[str, int]  # a session's id, a turn's number

_COLUMNS = (
    "SELECT t.id, users.user, s.session, t.session_key, t.number, t.time, t.role, t.text,"
    " t.passages, t.tokens, t.digest FROM turns AS t JOIN users ON users.key = t.user_key"
    " JOIN sessions AS s ON s.key = t.session_key WHERE t.user_key = ?"
)


class _Row(NamedTuple):
    """A turn as it stands in the file, damaged or not."""

    id: int
    scope: Scope
    number: int
    stored: StoredRow
    digest: bytes

    @property
    def place(self) -> _Place:
        return self.scope.session, self.number


def blank_quotes(
    connection: sqlite3.Connection, user_key: int, gone: Sequence[int], index_terms: TermFunction
) -> None:
    """Take the words of the turns `gone` out of the replies that stay, and out of all derived.

    A reply keeps its id, its number and its rating, without these words; its vectors, and summaries
    that cover it, are deleted. What quotes such a reply loses the same words. The caller holds the
    transaction.
    """
    lost: defaultdict[_Place, set[str]] = defaultdict(set)
    forgotten: set[_Place] = set()
    for turn_id in gone:
        (row,) = _rows(connection, user_key, "t.id = ?", turn_id)
        forgotten.add(row.place)
        if row.stored.role == "user" and isinstance(row.stored.text, str):
            stated = {statement.text for statement in find_statements(row.stored.text).statements}
            for reply in _replies(connection, user_key, row) if stated else ():
                lost[reply.place] |= stated
    rows = {row.id: row for place in lost for row in _at(connection, user_key, place)}
    rows.update({r.id: r for r in _rows(connection, user_key, "t.passages LIKE ?", '%"said":%')})
    left = set(gone)
    staying = [row for turn_id, row in rows.items() if turn_id not in left]
    _spread(staying, forgotten, lost)
    for row in staying:
        if words := sorted(lost[row.place] - {""}, key=len, reverse=True):
            records = _records(row.stored.passages)
            kept = [record for record in records if _quoted(row, record) not in forgotten]
            rated = _rating(connection, row, words)
            _rewrite(connection, row, _without(row.stored, kept, words), index_terms)
            # It went with the row that was stored anew.
            connection.executemany("INSERT INTO feedback VALUES (?, ?, ?, ?, ?)", rated)


def _spread(rows: Sequence[_Row], forgotten: set[_Place], lost: dict[_Place, set[str]]) -> None:
    """Add what each reply quotes of a forgotten turn, or of a reply that loses words."""
    before = -1
    while before != (before := sum(map(len, lost.values()))):
        for row in rows:
            for record in _records(row.stored.passages):
                of = _quoted(row, record)
                if of in forgotten:
                    lost[row.place].add(str(record.get("quote", "")))
                elif of in lost:
                    lost[row.place] |= lost[of]


def _rows(
    connection: sqlite3.Connection, user_key: int, condition: str, *values: object
) -> list[_Row]:
    found = connection.execute(f"{_COLUMNS} AND {condition} ORDER BY t.id", (user_key, *values))
    return [
        _Row(turn_id, Scope(user, session, user_key, key), number, StoredRow(*stored), mark)
        for turn_id, user, session, key, number, *stored, mark in found.fetchall()
    ]


def _at(connection: sqlite3.Connection, user_key: int, place: _Place) -> list[_Row]:
    return _rows(connection, user_key, "s.session = ? AND t.number = ?", *place)


def _replies(connection: sqlite3.Connection, user_key: int, asked: _Row) -> Iterable[_Row]:
    """The assistant's turns until the user speaks again."""
    later = _rows(
        connection,
        user_key,
        "t.session_key = ? AND t.number > ? AND t.number < coalesce((SELECT min(n.number)"
        " FROM turns AS n WHERE n.user_key = t.user_key AND n.session_key = t.session_key"
        " AND n.number > ? AND n.role = 'user'), 1 << 60)",
        *(asked.scope.session_key, asked.number, asked.number),
    )
    return [row for row in later if row.stored.role == "assistant"]


def _records(passages: object) -> list[dict[str, Any]]:
    """The passage records of a turn; none where they are damaged."""
    try:
        found = json.loads(passages) if isinstance(passages, str) else []
    except ValueError:
        return []
    return [record for record in found if isinstance(record, dict)]


def _quoted(row: _Row, record: dict[str, Any]) -> _Place | None:
    """Which turn a record quotes."""
    said = record.get("said")
    if not isinstance(said, dict) or not isinstance(said.get("number"), int):
        return None
    return str(said.get("session")), said["number"] or row.number - 1


def _without(stored: StoredRow, records: list[dict[str, Any]], words: list[str]) -> StoredRow:
    """The turn without these words; longer ones first, since one may hold another."""
    for record in records:
        if isinstance(record.get("quote"), str):
            record["quote"] = _blanked(record["quote"], words)
    passages = json.dumps(records, ensure_ascii=False, separators=(",", ":"))
    return stored._replace(text=_blanked(str(stored.text), words), passages=passages, tokens=None)


def _blanked(text: str, words: list[str]) -> str:
    for word in words:
        # Within other words it is no quote: "no" must not spoil "know".
        alone = re.compile(_edge(word[0], "(?<!{})") + re.escape(word) + _edge(word[-1], "(?!{})"))
        text = alone.sub(lambda _: BLANK, text)
    return text


def _edge(character: str, condition: str) -> str:
    """The condition that a word ends at this character, where words have ends: not in Chinese."""
    return condition.format("[A-Za-z0-9]") if character.isascii() and character.isalnum() else ""


def _rating(
    connection: sqlite3.Connection, row: _Row, words: list[str]
) -> list[tuple[int, int, str, str, str]]:
    """The row that rates this turn, if one does, its note without these words."""
    rated = connection.execute(
        "SELECT turn_id, user_key, rating, note, time FROM feedback WHERE turn_id = ?", (row.id,)
    ).fetchall()
    # What stands for a word may be longer than it.
    return [(*head, _blanked(str(note), words)[:LONGEST_NOTE], time) for *head, note, time in rated]


def _rewrite(
    connection: sqlite3.Connection, row: _Row, stored: StoredRow, index_terms: TermFunction
) -> None:
    """Store the turn anew under its id; a damaged one stays damaged."""
    intact = row.digest == digest(row.scope, row.number, row.stored)
    connection.execute("DELETE FROM turn_terms WHERE rowid = ?", (row.id,))
    connection.execute("DELETE FROM turns WHERE id = ?", (row.id,))
    insert_turn(connection, row.scope, row.number, stored, index_terms(stored.text), row.id)
    if not intact:
        connection.execute("UPDATE turns SET digest = ? WHERE id = ?", (row.digest, row.id))
