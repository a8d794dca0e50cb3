"""The kind `vector`: the contract, and what only it promises."""

import pytest

from ingest.embedders.hashing import HashingEmbedder
from memory import Memory, OptionError, open_memory
from memory.contract import MemoryContract, count_words


class TestVectorMemory(MemoryContract):
    def open(self, path, count_tokens) -> Memory:
        return open_memory(
            path, "vector", count_tokens=count_tokens, embedder=HashingEmbedder(dimension=64)
        )


def talk(memory, session="s", user="u"):
    for question, answer in [
        ("The tent is green.", "A fine colour."),
        ("My sister plays the cello.", "In an orchestra?"),
        ("We ship on Fridays.", "Noted."),
        ("The cello was stolen in Rome.", "How dreadful."),
        ("Lunch was good.", "Good."),
    ]:
        memory.record(question, answer, user=user, session=session)


@pytest.mark.parametrize("embedder", [HashingEmbedder(), None])
def test_the_k_most_similar_exchanges_and_the_latest_stand_in_time_order(tmp_path, embedder):
    with open_memory(tmp_path / "log.db", "vector", k=2, embedder=embedder) as memory:
        talk(memory)
        kept = memory.recall("who plays the cello", user="u", session="s", budget=500)
        assert [item.turn.text for item in kept[::2]] == [
            "My sister plays the cello.",
            "The cello was stolen in Rome.",
            "Lunch was good.",
        ]
        assert [item.turn.number for item in kept] == [3, 4, 7, 8, 9, 10]
        nearest = max(kept, key=lambda item: item.score)
        assert nearest.turn.text == "My sister plays the cello."


def test_another_session_is_looked_through_only_when_asked_to(tmp_path):
    for across in (True, False):
        with open_memory(tmp_path / f"{across}.db", "vector", across=across) as memory:
            talk(memory, "old")
            memory.record("Hello again.", "Hello.", user="u", session="new")
            kept = memory.recall("cello", user="u", session="new", budget=500)
            assert {item.turn.session for item in kept} == ({"old", "new"} if across else {"new"})
            assert memory.recall("cello", user="u", session="none", budget=500) == [] or across


def test_its_own_budget_is_kept_however_much_is_offered(tmp_path):
    with open_memory(tmp_path / "l.db", "vector", budget=30, count_tokens=count_words) as memory:
        talk(memory)
        kept = memory.recall("cello", user="u", session="s", budget=10_000)
        assert 0 < count_words(memory.render(kept)) <= 30


@pytest.mark.parametrize("wrong", [{"k": 0}, {"k": True}, {"k": "4"}, {"budget": -1}])
def test_options_out_of_range_are_refused(tmp_path, wrong):
    with pytest.raises(OptionError):
        open_memory(tmp_path / "log.db", "vector", **wrong)
