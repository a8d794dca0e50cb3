"""The word index over turns: BM25 of every turn of one user, with that user's statistics only."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from .terms import TermFunction

__all__ = [
    "Found",
    "add_terms",
    "encode_terms",
    "find_terms",
    "keep_current",
    "rebuild",
    "score_terms",
]

# FTS5's "ascii" tokenizer splits at every ASCII character that is neither letter nor digit and
# takes all others as they are. Such characters are moved to a private area, which leaves the space
# as the only separator: a term comes out of the index exactly as it went in, also "c++".
_PRIVATE = {code: 0xE000 + code for code in range(128) if not chr(code).isalnum()}
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_TABLE = _PRIVATE | _LOWER
_LONGEST = 64  # characters of a term; what is longer is a key or a hash, its head identifies it

# Words of several kinds: if two tokenizations agree on these, they are taken for the same.
_PROBE = (
    "The cats' running, isn't organised 2.0 (c++), a_b@c.de ÄÖ café 我们在北京吃饭。カタカナ 한국어"
)

# Robertson's usual constants, the same that FTS5 uses.
_K1 = 1.2
_B = 0.75

# Occurrences read for one question, about a microsecond each. Terms are read from the rarest on, so
# what a long log leaves out are words said all the time, whose weight is next to nothing.
_POSTINGS = 10_000


class Found(NamedTuple):
    """A term of a question among the turns of one user.

    Attributes:
        term: as it was asked for.
        rarity: inverse document frequency, above 0: ln(1 + (N - n + .5) / (n + .5)).
        turn_ids: the turns that hold it, each once; [] if none does.
    """

    term: str
    rarity: float
    turn_ids: list[int]


def encode_terms(terms: Iterable[str], user_key: int) -> list[str]:
    """Terms as the index holds them: each bears its user, so no user ever meets another's."""
    prefix = f"{user_key}\ue000"
    return [prefix + term.translate(_TABLE)[:_LONGEST] for term in terms if term]


def add_terms(connection: sqlite3.Connection, turn_id: int, encoded: list[str]) -> None:
    """Index one turn; the caller holds the transaction."""
    connection.execute(
        "INSERT INTO turn_terms (rowid, terms) VALUES (?, ?)", (turn_id, " ".join(encoded))
    )


def score_terms(
    connection: sqlite3.Connection, terms: list[str], user_key: int, session_key: int | None
) -> dict[int, float]:
    """BM25 by turn id of the turns that hold one of `terms`, each > 0, in no order.

    FTS5's own bm25() would count the turns of all users; one user's scores must not depend on what
    another user says, so the counts are taken here from the index's postings.
    """
    turns, total = connection.execute(
        "SELECT turns, terms FROM users WHERE key = ?", (user_key,)
    ).fetchone()
    mean_length = max(total / turns, 1.0) if turns else 1.0
    repeats = Counter(encode_terms(terms, user_key))
    scores: defaultdict[int, float] = defaultdict(float)
    for term, found in _affordable(connection, repeats):
        weight = repeats[term] * _rarity(turns, found)
        postings = connection.execute(
            "SELECT doc, count(*), turns.terms, turns.session_key"
            " FROM term_instances CROSS JOIN turns INDEXED BY turn_lengths"
            " ON turns.user_key = ? AND turns.id = doc WHERE term = ? GROUP BY doc",
            (user_key, term),
        )
        for turn_id, count, length, where in postings:
            if session_key is None or where == session_key:
                norm = _K1 * (1.0 - _B + _B * length / mean_length)
                scores[turn_id] += weight * count * (_K1 + 1.0) / (count + norm)
    return dict(scores)


def find_terms(connection: sqlite3.Connection, terms: Iterable[str], user_key: int) -> list[Found]:
    """Where each of `terms` was said by one user; commonest terms are passed over in a long log."""
    row = connection.execute("SELECT turns FROM users WHERE key = ?", (user_key,)).fetchone()
    total = row[0] if row else 0
    # An encoded term bears its user, so its postings are that user's alone.
    encoded = {encode_terms([term], user_key)[0]: term for term in terms if term}
    found: list[Found] = []
    for code, held in _affordable(connection, encoded):
        # By rowid alone FTS5 reads neither positions nor texts.
        rows = connection.execute(
            "SELECT rowid FROM turn_terms WHERE turn_terms MATCH ?", (f'"{code}"',)
        )
        turn_ids = [doc for (doc,) in rows]
        found.append(Found(encoded.pop(code), _rarity(total, held), turn_ids))
    for code, term in encoded.items():
        known = connection.execute("SELECT 1 FROM term_counts WHERE term = ?", (code,)).fetchone()
        if known is None:
            found.append(Found(term, _rarity(total, 0), []))
    return found


def _rarity(turns: int, held: int) -> float:
    return math.log(1.0 + (turns - held + 0.5) / (held + 0.5))


def _affordable(connection: sqlite3.Connection, terms: Iterable[str]) -> list[tuple[str, int]]:
    """The rarest terms within the limit of postings, at least one, with their turn counts."""
    found: list[tuple[int, int, str]] = []
    for term in terms:
        row = connection.execute(
            "SELECT cnt, doc FROM term_counts WHERE term = ?", (term,)
        ).fetchone()
        if row is not None:
            found.append((*row, term))
    chosen: list[tuple[str, int]] = []
    spent = 0
    for count, turns, term in sorted(found):
        spent += count
        if chosen and spent > _POSTINGS:
            break
        chosen.append((term, turns))
    return chosen


def keep_current(connection: sqlite3.Connection, index_terms: TermFunction) -> None:
    """Index every turn anew if the terms were made by another tokenization.

    The caller holds the transaction, here and in `rebuild`.
    """
    found = hashlib.sha256(json.dumps(index_terms(_PROBE)).encode()).hexdigest()
    row = connection.execute("SELECT value FROM settings WHERE name = 'terms'").fetchone()
    if row != (found,):
        connection.execute("INSERT OR REPLACE INTO settings VALUES ('terms', ?)", (found,))
        rebuild(connection, index_terms)


def rebuild(connection: sqlite3.Connection, index_terms: TermFunction) -> None:
    """Make the word index anew from the turns, even if it is damaged."""
    (create,) = connection.execute(
        "SELECT sql FROM sqlite_master WHERE name = 'turn_terms'"
    ).fetchone()
    connection.execute("DROP TABLE turn_terms")
    connection.execute(create)
    turns = connection.execute("SELECT id, user_key, text FROM turns ORDER BY id")
    for turn_id, user_key, text in turns.fetchall():
        encoded = encode_terms(index_terms(text), user_key)
        add_terms(connection, turn_id, encoded)
        connection.execute("UPDATE turns SET terms = ? WHERE id = ?", (len(encoded), turn_id))
    connection.execute(
        "UPDATE users SET turns = (SELECT count(*) FROM turns WHERE turns.user_key = users.key),"
        " terms ="
        " (SELECT coalesce(sum(terms), 0) FROM turns WHERE turns.user_key = users.key)"
    )
