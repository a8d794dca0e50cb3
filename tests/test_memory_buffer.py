"""The kind `buffer`: the contract, and what only it promises."""

from memory import Memory, open_memory
from memory.contract import MemoryContract, count_words


class TestBufferMemory(MemoryContract):
    def open(self, path, count_tokens) -> Memory:
        return open_memory(path, "buffer", count_tokens=count_tokens)


def test_the_next_older_exchange_would_not_have_fitted(tmp_path):
    with open_memory(tmp_path / "log.db", "buffer", count_tokens=count_words) as memory:
        for i in range(120):
            memory.record(f"q {i} " + "w " * (i % 7), f"a {i}", user="u", session="s")
        turns = memory.history(user="u", session="s")
        for budget in (10, 37, 99, 400, 1200):
            kept = memory.recall("q", user="u", session="s", budget=budget)
            assert [item.turn for item in kept] == turns[len(turns) - len(kept) :]
            assert len(kept) % 2 == 0
            older = [item.turn for item in kept]
            longer = turns[len(turns) - len(older) - 2 :]
            printed = "[1 May 2026]\n" + "".join(f"Speaker: {t.text}\n" for t in longer)
            assert count_words(printed) > budget


def test_a_budget_for_everything_recalls_a_long_session_whole(tmp_path):
    with open_memory(tmp_path / "log.db", "buffer", count_tokens=count_words) as memory:
        for i in range(80):
            memory.record(f"q {i}", f"a {i}", user="u", session="s")
        kept = memory.recall("q", user="u", session="s", budget=10**6)
        assert [item.turn for item in kept] == memory.history(user="u", session="s")
