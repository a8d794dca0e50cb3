"""Recalled turns as the text of a prompt, and the choice of those that fit a token budget."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from .errors import OptionError
from .turn import RecalledTurn

__all__ = ["Budget", "Renderer", "TokenCounter", "estimate_tokens", "render_turns"]

TokenCounter = Callable[[str], int]
Renderer = Callable[[Sequence[RecalledTurn]], str]

_LABELS = {"user": "User", "assistant": "Assistant", "summary": "Summary of earlier turns"}
# calendar.month_name would follow the locale of the process.
_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August"]
_MONTHS += ["September", "October", "November", "December"]
# A line of a turn that looks like a label or a date header would speak in another's name.
_IMPOSTOR = re.compile(
    r"(?<=[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])(?=User:|Assistant:|Summary of earlier turns:|\[)"
)


def render_turns(recalled: Sequence[RecalledTurn]) -> str:
    """The turns in the order given, one `Label: text` each; "" for none.

    A header such as `[8 May 2023]` (in UTC) stands before the first turn and wherever session or
    day change; the year is left out while it is that of the header before. Inside a turn, a line
    that begins like a label or a header is moved one space in.
    """
    lines: list[str] = []
    before: tuple[str, date] | None = None
    for item in recalled:
        turn = item.turn
        here = (turn.session, turn.time.date())
        if here != before:
            day = here[1]
            year = f" {day.year}" if before is None or before[1].year != day.year else ""
            lines.append(f"[{day.day} {_MONTHS[day.month - 1]}{year}]")
            before = here
        lines.append(f"{_LABELS[turn.role]}: {_IMPOSTOR.sub(' ', item.text)}")
    return "".join(line + "\n" for line in lines)


def estimate_tokens(text: str) -> int:
    """Tokens of a text where no tokenizer is at hand: a third of its UTF-8 bytes, rounded up.

    About a third too many for English and one per character for Chinese. A budget is exact only
    with the tokenizer of the model.
    """
    return -(-len(text.encode("utf-8", "replace")) // 3)


@dataclass(frozen=True, slots=True)
class Budget:
    """What fits: a text is counted as it is printed, headers, labels and newlines included.

    Attributes:
        tokens: the most the printed text may have, 0 or more.
        count_tokens: text to its number of tokens.
        render: recalled turns to the text that is counted.

    Raises:
        OptionError: `tokens` is not an integer of 0 or more.
    """

    tokens: int
    count_tokens: TokenCounter
    render: Renderer = render_turns

    def __post_init__(self) -> None:
        if not isinstance(self.tokens, int) or isinstance(self.tokens, bool) or self.tokens < 0:
            raise OptionError(f"The budget is {self.tokens!r}; give tokens, a count of 0 or more.")

    def fits(self, recalled: Sequence[RecalledTurn]) -> bool:
        """Whether these turns, printed, keep within the budget; nothing always does."""
        return not recalled or self.count_tokens(self.render(recalled)) <= self.tokens

    def latest(self, groups: Sequence[Sequence[RecalledTurn]]) -> list[RecalledTurn]:
        """The turns of as many whole groups from the end as fit, in their order.

        Found by bisection, so a text is printed and counted about log2(len(groups)) times; the
        result always fits, and is the longest such unless a longer text has fewer tokens.
        """
        best: list[RecalledTurn] = []
        low, high = 0, len(groups)
        while low < high:
            taken = (low + high + 1) // 2
            turns = [turn for group in groups[len(groups) - taken :] for turn in group]
            if self.fits(turns):
                best, low = turns, taken
            else:
                high = taken - 1
        return best
