"""The kind `window`: the last k exchanges of the session, as far as they fit the budget."""

from __future__ import annotations

from .errors import OptionError
from .log import ConversationLog
from .logged import LogMemory
from .render import Renderer, TokenCounter, estimate_tokens, render_turns
from .turn import RecalledTurn, group_exchanges

__all__ = ["WindowMemory"]


class WindowMemory(LogMemory):
    """Recalls the last `k` exchanges, whole; the oldest goes first when the budget is short.

    A score is 0 for the latest exchange, -1 for the one before it, and so on.

    Args:
        log: where turns are kept.
        k: exchanges, 1 or more; 5 as in the window memories people are used to.
        count_tokens: text to its number of tokens, as the model counts.
        render: recalled turns to the text that is counted.

    Raises:
        OptionError: `k` is below 1.
    """

    name = "window"

    def __init__(
        self,
        log: ConversationLog,
        *,
        k: int = 5,
        count_tokens: TokenCounter = estimate_tokens,
        render: Renderer = render_turns,
    ) -> None:
        super().__init__(log, count_tokens=count_tokens, render=render)
        if not isinstance(k, int) or isinstance(k, bool) or k < 1:
            raise OptionError(f"k is {k!r}; a window holds at least 1 exchange.")
        self.k = k

    def recall(self, question: str, *, user: str, session: str, budget: int) -> list[RecalledTurn]:
        """The last `k` exchanges that fit, by ascending number."""
        allowed = self.budget(budget)
        exchanges = group_exchanges(self.log.tail(user=user, session=session, exchanges=self.k))
        back = range(len(exchanges), 0, -1)
        return allowed.latest(
            [
                [RecalledTurn(t, 1.0 - n, f"exchange {n} from the end") for t in exchange.turns]
                for n, exchange in zip(back, exchanges, strict=True)
            ]
        )
