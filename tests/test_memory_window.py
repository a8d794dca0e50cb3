"""The kind `window`: the contract, and what only it promises."""

import pytest

from memory import Memory, OptionError, open_memory
from memory.contract import MemoryContract, count_words


class TestWindowMemory(MemoryContract):
    def open(self, path, count_tokens) -> Memory:
        return open_memory(path, "window", count_tokens=count_tokens)


@pytest.mark.parametrize("k", [1, 5, 9])
def test_exactly_the_last_k_exchanges_are_recalled(tmp_path, k):
    with open_memory(tmp_path / "log.db", k=k, count_tokens=count_words) as memory:
        for i in range(12):
            memory.record(f"q {i}", f"a {i}", user="u", session="s")
        kept = memory.recall("q", user="u", session="s", budget=10_000)
        assert [item.turn.text for item in kept[::2]] == [f"q {i}" for i in range(12 - k, 12)]


def test_a_short_budget_drops_the_oldest_of_the_window_first(tmp_path):
    with open_memory(tmp_path / "log.db", count_tokens=count_words) as memory:
        for i in range(12):
            memory.record(f"q {i}", f"a {i}", user="u", session="s")
        kept = memory.recall("q", user="u", session="s", budget=4 + 2 * 8)
        assert [item.turn.text for item in kept] == ["q 10", "a 10", "q 11", "a 11"]


@pytest.mark.parametrize("k", [0, -1, 2.0, True, "5"])
def test_a_window_of_no_exchange_is_refused(tmp_path, k):
    with pytest.raises(OptionError, match="at least 1 exchange"):
        open_memory(tmp_path / "log.db", "window", k=k)
