"""The kind `recall`: the turns that bear on the question, from every session of the user."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..corpus import UNKNOWN, Corpus
from ..lexical import Found, find_terms
from ..ranked import RankedMemory
from ..render import Budget
from ..rows import clean
from ..tables import select_user_turns
from ..turn import RecalledTurn
from .costs import Costs
from .cues import Asked, offers, read_question
from .dates import date_match, named_days
from .excerpt import excerpt
from .fill import Offer, fill
from .signals import Ranking, add_cues, rank

__all__ = ["RecallMemory"]

_READ = 320  # turns whose wording is looked at for one question
_LEAST_TOKENS = 12  # of a printed turn, for how many may fit
_RESERVE = 0.15  # share of the budget kept for the latest exchange; DESIGN says 10 to 15 %
_RESERVE_AT_LEAST = 64  # tokens
_RESERVE_LEANING = 0.4  # the same where the question leans on what was said just before
_PREVIOUS = 0.5  # weight of the previous question's words and vector then
_FEW_WORDS = 4  # a question with more words of its own stands alone
_LONG = 0.4  # share of the budget from which on a turn is not printed whole
_EXCERPT = 0.25  # share that is printed of it instead


@dataclass(frozen=True, slots=True)
class _Query:
    """What is looked for."""

    text: str
    asked: Asked
    found: list[Found]
    vector: NDArray[np.float32] | None
    leans: bool


class RecallMemory(RankedMemory):
    """Ranks every turn of the user, or of the session, and prints the best in time order.

    Rank is a weighted sum of words, meaning, date, speaker and wording (see `weights.py`). The
    latest exchange has a share of the budget reserved. Turns are printed whole; of one that would
    take more than 40 % of the budget the sentences that bear on the question. A score is the
    turn's log-odds but for a constant.
    """

    name = "recall"

    def recall(self, question: str, *, user: str, session: str, budget: int) -> list[RecalledTurn]:
        """The turns worth most, as many as fit, sessions in the order they began."""
        allowed = self.allowed(budget, user, session)
        asked = read_question(question)
        vector = self.question_vector(question, user, asked.language)
        with self._corpora.opened(user) as opened:
            if opened is None:
                return []
        self._count_tokens("")  # may load a model: nobody is to wait for the log meanwhile
        with self._corpora.opened(user) as opened:
            if opened is None:
                return []
            connection, corpus = opened
            here = self._place(connection, corpus, session)
            if here is None and not self.across:
                return []
            latest = _latest(corpus, here)
            query = self._query(connection, corpus, question, vector, latest)
            ranking = self._rank(connection, corpus, query)
            order = self._order(corpus, ranking, here)
            costs = self._costs
            wanted = order[: allowed.tokens // _LEAST_TOKENS + 1]
            self._read(connection, corpus, np.union1d(wanted, latest), costs)
            offered = self._offers(corpus, ranking, order, costs, allowed)
            first = self._first(corpus, latest, costs, allowed, leans=query.leans)

            def load(rows: Sequence[int]) -> Mapping[int, RecalledTurn]:
                return self._load(connection, corpus, ranking, query, rows, user, allowed)

            def position(row: int) -> tuple[int, ...]:
                place = int(corpus.column("session")[row])
                return (place == here, place, int(corpus.column("number")[row]))

            return fill(first, offered, allowed, costs.header, load, position)

    @cached_property
    def _costs(self) -> Costs:
        return Costs(self._count_tokens, self._render)

    def _place(self, connection: sqlite3.Connection, corpus: Corpus, session: str) -> int | None:
        row = connection.execute(
            "SELECT key FROM sessions WHERE user_key = ? AND session = ?",
            (corpus.user_key, session),
        ).fetchone()
        return None if row is None else corpus.sessions.get(row[0])

    def _query(
        self,
        connection: sqlite3.Connection,
        corpus: Corpus,
        question: str,
        vector: NDArray[np.float32] | None,
        latest: NDArray[np.int64],
    ) -> _Query:
        """The question's words and vector; of a question that leans, the previous one's too."""
        asked = read_question(question, corpus.names)
        terms = self.log.query_terms(clean(question))
        leans = asked.leans and len(set(terms)) <= _FEW_WORDS
        found = find_terms(connection, terms, corpus.user_key)
        if leans and len(latest):
            (text,) = connection.execute(
                "SELECT text FROM turns WHERE user_key = ? AND id = ?",
                (corpus.user_key, int(corpus.column("ids")[latest[0]])),
            ).fetchone()
            known = {term.term for term in found}
            more = [t for t in self.log.query_terms(text) if t not in known]
            found += [
                term._replace(rarity=_PREVIOUS * term.rarity)
                for term in find_terms(connection, more, corpus.user_key)
            ]
            before = corpus.vector(int(latest[0]))
            if vector is not None and before is not None:
                vector = vector + np.float32(_PREVIOUS) * before
        return _Query(question, asked, found, vector, leans)

    def _rank(self, connection: sqlite3.Connection, corpus: Corpus, query: _Query) -> Ranking:
        cosines = None if query.vector is None else corpus.cosines(query.vector)
        named = named_days(query.text, datetime.now(UTC).date())
        dated = date_match(corpus.column("day"), named)
        ranking = rank(corpus, query.found, cosines, dated, query.asked)
        best = _best(ranking.scores, _READ)
        self._read(connection, corpus, best, None)
        add_cues(ranking, best, corpus.column("cues")[best], query.asked)
        return ranking

    def _order(self, corpus: Corpus, ranking: Ranking, here: int | None) -> NDArray[np.int64]:
        """Rows by score, best first, the later one on a tie."""
        best = _best(ranking.scores, _READ)
        if not self.across:
            mine = np.flatnonzero(corpus.column("session") == here)
            best = mine[_best(ranking.scores[mine], _READ)]
        return best

    def _read(
        self,
        connection: sqlite3.Connection,
        corpus: Corpus,
        rows: NDArray[np.int64],
        costs: Costs | None,
    ) -> None:
        """Take what is not known yet of the wording, or the tokens, of these turns."""
        column = corpus.column("cues" if costs is None else "tokens")
        unknown = rows[column[rows] == UNKNOWN]
        for at in range(0, len(unknown), _READ):
            batch = unknown[at : at + _READ]
            marks = ", ".join("?" * len(batch))
            texts = dict(
                connection.execute(
                    f"SELECT id, text FROM turns WHERE user_key = ? AND id IN ({marks})",  # noqa: S608
                    (corpus.user_key, *corpus.column("ids")[batch].tolist()),
                ).fetchall()
            )
            for row in batch.tolist():
                text = texts.get(int(corpus.column("ids")[row]), "")
                column[row] = offers(text) if costs is None else self._count_tokens(text)

    def _offers(
        self,
        corpus: Corpus,
        ranking: Ranking,
        order: NDArray[np.int64],
        costs: Costs,
        allowed: Budget,
    ) -> list[Offer]:
        """Turns by what they are worth against what they cost."""
        tokens = corpus.column("tokens")[order]
        order, tokens = order[tokens != UNKNOWN], tokens[tokens != UNKNOWN]
        users = corpus.column("user")[order]
        expected = costs.printed(tokens, users)
        long = expected > _LONG * allowed.tokens
        expected = np.where(long, int(_EXCERPT * allowed.tokens), expected)
        value = ranking.scores[order] + ranking.weights.tokens * np.log(np.maximum(expected, 1))
        places = corpus.column("session")
        return [
            Offer(int(order[at]), int(places[order[at]]), int(expected[at]))
            for at in np.argsort(-value, kind="stable")
        ]

    def _first(
        self,
        corpus: Corpus,
        latest: NDArray[np.int64],
        costs: Costs,
        allowed: Budget,
        *,
        leans: bool,
    ) -> list[Offer]:
        """The latest exchange, or its question alone, if it fits the reserve."""
        share = _RESERVE_LEANING if leans else _RESERVE
        reserve = min(max(share * allowed.tokens, _RESERVE_AT_LEAST), allowed.tokens)
        expected = costs.printed(corpus.column("tokens")[latest], corpus.column("user")[latest])
        places = corpus.column("session")[latest]
        all_of_it = [
            Offer(int(row), int(place), int(cost))
            for row, place, cost in zip(latest, places, expected, strict=True)
        ]
        for taken in (all_of_it, all_of_it[:1]):
            if sum(offer.tokens for offer in taken) + costs.header <= reserve:
                return taken
        return []

    def _load(
        self,
        connection: sqlite3.Connection,
        corpus: Corpus,
        ranking: Ranking,
        query: _Query,
        rows: Sequence[int],
        user: str,
        allowed: Budget,
    ) -> Mapping[int, RecalledTurn]:
        ids = corpus.column("ids")
        by_id = {int(ids[row]): row for row in rows}
        loaded: dict[int, RecalledTurn] = {}
        rarity = {term.term: term.rarity for term in query.found}
        for turn in select_user_turns(connection, user, list(by_id)):
            row = by_id[turn.id]
            shown = None
            if corpus.column("tokens")[row] > _LONG * allowed.tokens:
                room = int(_EXCERPT * allowed.tokens)
                shown = excerpt(turn.text, rarity, self.log.index_terms, self._count_tokens, room)
            score = float(ranking.scores[row])
            loaded[row] = RecalledTurn(turn, score, ranking.why(row), shown)
        return loaded


def _latest(corpus: Corpus, here: int | None) -> NDArray[np.int64]:
    """Rows of the session's latest exchange, from the user's turn on; [] without one."""
    if here is None:
        return np.empty(0, dtype=np.int64)
    mine = np.flatnonzero(corpus.column("session") == here)
    mine = mine[np.argsort(corpus.column("number")[mine])]
    asked = np.flatnonzero(corpus.column("user")[mine])
    return mine[asked[-1] :] if len(asked) else mine[-1:]


def _best(scores: NDArray[Any], count: int) -> NDArray[np.int64]:
    """Places of the `count` largest, descending, the later one on a tie."""
    if count < len(scores):
        among = np.argpartition(-scores, count)[:count]
    else:
        among = np.arange(len(scores))
    order: NDArray[np.int64] = among[np.lexsort((-among, -scores[among]))]
    return order
