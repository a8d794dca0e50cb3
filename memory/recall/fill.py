"""Ranked turns in, the best that together keep within a token budget out, counted exactly."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..render import Budget
from ..turn import RecalledTurn

__all__ = ["Offer", "fill"]

_SLACK = 12  # tokens; less room than this holds no turn
_ROUNDS = 6  # times that the text is printed and counted before it is only shortened


@dataclass(frozen=True, slots=True)
class Offer:
    """A turn that may be printed.

    Attributes:
        row: its row in the corpus.
        session: place of its session.
        tokens: what it is expected to cost, label and newline included.
    """

    row: int
    session: int
    tokens: int


@dataclass(slots=True)
class _Plan:
    """Offers taken so far, in that order, with what they are expected to cost."""

    header: int
    taken: list[Offer] = field(default_factory=list)

    def least(self, waiting: Sequence[Offer]) -> int:
        """What the cheapest of these would cost besides; more than any budget if there is none."""
        opened = {offer.session for offer in self.taken}
        costs = (o.tokens + (0 if o.session in opened else self.header) for o in waiting)
        return min(costs, default=sys.maxsize)

    def expected(self) -> int:
        sessions = {offer.session for offer in self.taken}
        return sum(offer.tokens for offer in self.taken) + self.header * len(sessions)


def fill(
    first: Sequence[Offer],
    offers: Iterable[Offer],
    allowed: Budget,
    header: int,
    load: Callable[[Sequence[int]], Mapping[int, RecalledTurn]],
    position: Callable[[int], tuple[int, ...]],
) -> list[RecalledTurn]:
    """Take `first`, then of `offers` in their order whatever still fits.

    Expected costs make a plan; the text is then printed and counted, and the plan mended, until
    what is printed fits and little room is left.

    Args:
        first: taken before all others; the last of them goes last when even they do not fit.
        offers: best first.
        allowed: the budget.
        header: what a session's header is expected to cost.
        load: rows to recalled turns; rows that are gone are left out.
        position: where a row stands in print; rows are printed by it, ascending.
    """
    plan = _Plan(header, list(first))
    known = {offer.row for offer in first}
    waiting = [offer for offer in offers if offer.row not in known]
    loaded: dict[int, RecalledTurn] = {}
    best: list[RecalledTurn] = []
    room, used = allowed.tokens, plan.expected()
    for _ in range(_ROUNDS):
        waiting = _extend(plan, waiting, room - used)
        printed = _print(plan, loaded, load, position)
        counted = allowed.count_tokens(allowed.render(printed)) if printed else 0
        if counted > allowed.tokens:
            _shorten(plan, counted - allowed.tokens)
            used = room  # nothing is added in the next round, only counted
            continue
        best, used = printed, counted
        if room - used < _SLACK or plan.least(waiting) > room - used:
            return best
    while not best and plan.taken:
        printed = _print(plan, loaded, load, position)
        if allowed.fits(printed):
            return printed
        plan.taken.pop()
    return best


def _extend(plan: _Plan, waiting: list[Offer], room: int) -> list[Offer]:
    """Take what fits into `room` tokens; what is left waits."""
    left: list[Offer] = []
    sessions = {offer.session for offer in plan.taken}
    for offer in waiting:
        cost = offer.tokens + (0 if offer.session in sessions else plan.header)
        if cost <= room:
            plan.taken.append(offer)
            sessions.add(offer.session)
            room -= cost
        else:
            left.append(offer)
    return left


def _shorten(plan: _Plan, excess: int) -> None:
    """Give up what was taken last, as much as is too much."""
    before = plan.expected()
    while plan.taken:
        plan.taken.pop()
        if before - plan.expected() >= excess:
            return


def _print(
    plan: _Plan,
    loaded: dict[int, RecalledTurn],
    load: Callable[[Sequence[int]], Mapping[int, RecalledTurn]],
    position: Callable[[int], tuple[int, ...]],
) -> list[RecalledTurn]:
    new = [offer.row for offer in plan.taken if offer.row not in loaded]
    if new:
        loaded.update(load(new))
    rows = sorted((o.row for o in plan.taken if o.row in loaded), key=position)
    return [loaded[row] for row in rows]
