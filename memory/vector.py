"""The kind `vector`: the exchanges most similar to the question, and the latest one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .corpus import Corpus
from .errors import OptionError
from .lexical import score_terms
from .log import ConversationLog
from .ranked import RankedMemory
from .recall.cues import read_question
from .render import Renderer, TokenCounter, estimate_tokens, render_turns
from .rows import clean
from .tables import find_session, select_user_turns
from .turn import RecalledTurn
from .vectors import TurnEmbedder

__all__ = ["VectorMemory"]


class VectorMemory(RankedMemory):
    """Recalls the `k` most similar exchanges and the latest one, whole, in time order.

    An exchange is as similar as its most similar turn: by cosine, or by shared words (BM25) where
    there is no embedder, it fails, or it does not know the question's language. A score is that
    cosine or BM25.

    Args:
        log: where turns are kept.
        k: exchanges, 1 or more; 4 as in the vector memories people are used to.
        budget: tokens at most, whatever `recall` is offered; None adds no limit.
        across: whether all sessions of the user are looked through, or the current one only.
        embedder: makes vectors of turns and questions; None goes by words alone.
        count_tokens: text to its number of tokens, as the model counts.
        render: recalled turns to the text that is counted.

    Raises:
        OptionError: `k` is below 1 or `budget` below 0.
    """

    name = "vector"

    def __init__(
        self,
        log: ConversationLog,
        *,
        k: int = 4,
        budget: int | None = None,
        across: bool = True,
        embedder: TurnEmbedder | None = None,
        count_tokens: TokenCounter = estimate_tokens,
        render: Renderer = render_turns,
    ) -> None:
        super().__init__(
            log,
            budget=budget,
            across=across,
            embedder=embedder,
            count_tokens=count_tokens,
            render=render,
        )
        if not isinstance(k, int) or isinstance(k, bool) or k < 1:
            raise OptionError(f"k is {k!r}; recall at least 1 exchange.")
        self.k = k

    def recall(self, question: str, *, user: str, session: str, budget: int) -> list[RecalledTurn]:
        """The latest exchange, then the most similar ones as long as they fit; in time order."""
        allowed = self.allowed(budget, user, session)
        vector = self.question_vector(question, user, read_question(question).language)
        with self._corpora.opened(user) as opened:
            if opened is None:
                return []
            connection, corpus = opened
            scope = find_session(connection, user, session)
            here = None if scope is None else corpus.sessions.get(scope.session_key)
            if here is None and not self.across:
                return []
            scores = None if vector is None else corpus.cosines(vector)
            how = "by cosine"
            if scores is None:
                terms = self.log.query_terms(clean(question))
                found = score_terms(connection, terms, corpus.user_key, None)
                scores, how = np.zeros(len(corpus), dtype=np.float32), "by words"
                rows = corpus.rows(found)
                scores[rows] = [found[int(i)] for i in corpus.column("ids")[rows]]
            starts = _starts(corpus)
            groups, best = self._groups(corpus, scores, starts, here)
            chosen: list[RecalledTurn] = []
            for rank, start in enumerate(groups):
                ids = corpus.column("ids")[np.flatnonzero(starts == start)].tolist()
                why = f"exchange {rank} of the nearest {how}" if rank else "the latest exchange"
                turns = select_user_turns(connection, user, ids)
                score = float(best[start])
                longer = chosen + [RecalledTurn(turn, score, why) for turn in turns]
                longer.sort(key=lambda item: _position(corpus, item, here))
                if allowed.fits(longer):
                    chosen = longer
            return chosen

    def _groups(
        self,
        corpus: Corpus,
        scores: NDArray[np.float32],
        starts: NDArray[np.int64],
        here: int | None,
    ) -> tuple[list[int], NDArray[np.float32]]:
        """First rows of the latest exchange (-1 without one) and the nearest, and all scores."""
        best = np.full(len(corpus), -np.inf, dtype=np.float32)
        np.maximum.at(best, starts, scores)
        session, number = corpus.column("session"), corpus.column("number")
        first = np.flatnonzero(starts == np.arange(len(corpus)))
        mine = first[session[first] == here] if here is not None else first[:0]
        if not self.across:
            first = mine
        nearest = first[np.argsort(-best[first], kind="stable")]
        latest = [int(mine[np.argmax(number[mine])])] if len(mine) else []
        others = [int(row) for row in nearest[: self.k + 1] if int(row) not in latest]
        return [*latest, *others[: self.k]], best


def _starts(corpus: Corpus) -> NDArray[np.int64]:
    """For every turn the row at which its exchange begins."""
    order = np.lexsort((corpus.column("number"), corpus.column("session")))
    opens = corpus.column("user")[order] | (corpus.column("before")[order] < 0)
    starts = np.empty(len(order), dtype=np.int64)
    starts[order] = order[np.flatnonzero(opens)][np.cumsum(opens) - 1]
    return starts


def _position(corpus: Corpus, item: RecalledTurn, here: int | None) -> tuple[bool, int, int]:
    place = int(corpus.column("session")[corpus.rows([item.turn.id])[0]])
    return (place == here, place, item.turn.number)
