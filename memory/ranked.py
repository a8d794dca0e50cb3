"""What the ranking kinds of memory share: vectors made on record, arrays, and an own budget."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from .corpora import Corpora
from .errors import LogError, OptionError
from .log import ConversationLog
from .logged import LogMemory
from .render import Budget, Renderer, TokenCounter, estimate_tokens, render_turns
from .rows import check_id
from .turn import Exchange, PassageRecord
from .vectors import TurnEmbedder, TurnVectors

__all__ = ["RankedMemory"]

_CATCH_UP = 256  # turns; what came in without vectors is embedded while questions are asked


class RankedMemory(LogMemory):
    """A kind that chooses turns by what they say.

    Args:
        log: where turns are kept.
        budget: tokens at most, whatever `recall` is offered; None adds no limit.
        across: whether all sessions of the user are looked through, or the current one only.
        embedder: makes vectors of turns and questions; None goes by words alone.
        count_tokens: text to its number of tokens, as the model counts.
        render: recalled turns to the text that is counted.

    Raises:
        OptionError: `budget` is below 0.
    """

    def __init__(
        self,
        log: ConversationLog,
        *,
        budget: int | None = None,
        across: bool = True,
        embedder: TurnEmbedder | None = None,
        count_tokens: TokenCounter = estimate_tokens,
        render: Renderer = render_turns,
    ) -> None:
        super().__init__(log, count_tokens=count_tokens, render=render)
        if budget is not None and (not isinstance(budget, int) or budget < 0):
            raise OptionError(f"budget is {budget!r}; give tokens, 0 or more, or None.")
        self.across = across
        self._limit = budget
        self._vectors = None if embedder is None else TurnVectors(log, embedder)
        self._corpora = Corpora(log, self._vectors)

    @property
    def failure(self) -> str:
        """Why turns are chosen by words alone although there is an embedder; "" if they are not."""
        return "" if self._vectors is None else self._vectors.failure

    def record(
        self,
        question: str,
        answer: str,
        *,
        user: str,
        session: str,
        passages: Sequence[PassageRecord] = (),
        time: datetime | None = None,
        replaces: int | None = None,
    ) -> Exchange:
        """Store a question with its answer, both or neither, then their vectors if possible."""
        exchange = super().record(
            question,
            answer,
            user=user,
            session=session,
            passages=passages,
            time=time,
            replaces=replaces,
        )
        with suppress(LogError):  # the exchange is stored; a question makes up for its vectors
            self._corpora.catch_up(user, len(exchange.turns))
        return exchange

    def prepare(self, user: str) -> None:
        """Make all vectors that are missing, as after an import; otherwise questions do it."""
        self._corpora.catch_up(user, 1 << 40)

    def allowed(self, budget: int, user: str, session: str) -> Budget:
        """The budget of one call, its scope checked.

        Raises:
            OptionError: the budget or an id cannot be used.
        """
        check_id("user", user)
        check_id("session", session)
        offered = self.budget(budget)
        return offered if self._limit is None else self.budget(min(offered.tokens, self._limit))

    def question_vector(
        self, question: str, user: str, language: str
    ) -> NDArray[np.float32] | None:
        """The question's vector, or None where cosines would say nothing."""
        if self._vectors is None or not self._vectors.understands(language):
            return None
        self._corpora.catch_up(user, _CATCH_UP)
        return self._vectors.question(question)
