"""The kind `buffer`: as much of the end of the session as the budget holds."""

from __future__ import annotations

from .logged import LogMemory
from .turn import RecalledTurn, group_exchanges

__all__ = ["BufferMemory"]

_FIRST_LOOK = 16  # exchanges; more than small budgets hold, so one read of the log is the rule
_GROWTH = 4


class BufferMemory(LogMemory):
    """Recalls whole exchanges from the latest backwards until the next one would not fit.

    A score is 0 for the latest exchange, -1 for the one before it, and so on. Costs as much as
    the budget holds, however long the session is.
    """

    name = "buffer"

    def recall(self, question: str, *, user: str, session: str, budget: int) -> list[RecalledTurn]:
        """The latest exchanges that fit, by ascending number."""
        allowed = self.budget(budget)
        asked_for = _FIRST_LOOK
        while True:
            turns = self.log.tail(user=user, session=session, exchanges=asked_for)
            exchanges = group_exchanges(turns)
            back = range(len(exchanges), 0, -1)
            groups = [
                [RecalledTurn(t, 1.0 - n, f"exchange {n} from the end") for t in exchange.turns]
                for n, exchange in zip(back, exchanges, strict=True)
            ]
            kept = allowed.latest(groups)
            if len(kept) < len(turns) or len(exchanges) < asked_for:
                return kept
            asked_for *= _GROWTH
