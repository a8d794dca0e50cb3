"""The contract's part on recall: what may come back, in which order, within which budget."""

# A suite that ships is made of asserts, of numbers that mean nothing beyond their case, and of
# names that say it all.
# ruff: noqa: S101, D102

from __future__ import annotations

from pathlib import Path

import pytest

from ..base import Memory
from ..errors import OptionError
from .cases import CHINESE, USER, Cases, count_words

__all__ = ["RecallingCases"]


class RecallingCases(Cases):
    """Recall keeps its promises."""

    def test_it_has_every_method_of_the_protocol(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            assert isinstance(memory, Memory)

    def test_nothing_is_known_of_somebody_new(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            assert memory.recall("who?", user="new", session="s", budget=1000) == []
            assert memory.render([]) == ""
            assert memory.history(user="new", session="s") == []
            assert memory.sessions(user="new") == []
            assert memory.search("who", user="new") == []
            assert memory.forget_user("new") == memory.forget_session("s", user="new") == 0

    def test_no_budget_is_ever_exceeded(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            for i in range(12):
                memory.record(f"{CHINESE} {i}", "word " * (i % 5) + "end", user=USER, session="s")
            for budget in [*range(0, 130), 1000, 10**9]:
                recalled = memory.recall("预算 word 3", user=USER, session="s", budget=budget)
                assert not recalled or count_words(memory.render(recalled)) <= budget
            for wrong in (-1, 2.5, True):
                with pytest.raises(OptionError):
                    memory.recall("q", user=USER, session="s", budget=wrong)  # type: ignore[arg-type]

    def test_what_is_recalled_was_said_and_stands_in_order(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            for i in range(20):
                memory.record(f"question {i}", f"answer {i}", user=USER, session="s")
            before = memory.history(user=USER, session="s")
            for budget in (30, 200, 10**6):
                recalled = memory.recall("question 3", user=USER, session="s", budget=budget)
                assert recalled, "something of twenty short exchanges fits"
                assert all(item.why for item in recalled)
                raw = [item.turn for item in recalled if item.turn.id]
                assert set(raw) <= set(before)
                numbers = [turn.number for turn in raw]
                assert numbers == sorted(set(numbers))
            assert memory.history(user=USER, session="s") == before

    def test_the_last_exchange_is_recalled_if_it_fits(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            for i in range(8):
                exchange = memory.record(f"question {i}", "fine", user=USER, session="s")
            recalled = memory.recall("and then?", user=USER, session="s", budget=60)
            assert set(exchange.turns) <= {item.turn for item in recalled}
