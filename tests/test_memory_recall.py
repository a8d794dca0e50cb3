"""The kind `recall`: the contract, and what only it promises."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ingest import index_terms, query_terms
from ingest.embedders.hashing import HashingEmbedder
from memory import ConversationLog, Memory, OptionError, make_memory, open_memory
from memory.contract import MemoryContract, count_words


class TestRecallMemory(MemoryContract):
    def open(self, path, count_tokens) -> Memory:
        return open_memory(
            path, "recall", count_tokens=count_tokens, embedder=HashingEmbedder(dimension=64)
        )


class TestRecallMemoryWithoutAnEmbedder(MemoryContract):
    def open(self, path, count_tokens) -> Memory:
        return open_memory(path, "recall", count_tokens=count_tokens)


FILLER = [
    ("What shall I cook tonight?", "Perhaps a soup."),
    ("It rains again.", "Take an umbrella."),
    ("The train was late.", "How long did you wait?"),
    ("I read a good novel.", "What was it about?"),
]
FACTS = [
    ("My passport number ends in 4471.", "I will keep that in mind."),
    ("Grandmother was born in Lviv.", "A beautiful city."),
    ("The cello belongs to my sister Maren.", "Does she play in public?"),
]
START = datetime(2023, 5, 8, 9, tzinfo=UTC)


def talk(memory, user="u", days=8):
    for day in range(days):
        for question, answer in [*FILLER, *(FACTS if day == 1 else [])]:
            memory.record(
                question,
                answer,
                user=user,
                session=f"day {day}",
                time=START + timedelta(days=31 * day),
            )


@pytest.fixture(params=["words", "vectors"])
def memory(request, tmp_path):
    embedder = HashingEmbedder() if request.param == "vectors" else None
    log = ConversationLog(tmp_path / "log.db", index_terms=index_terms, query_terms=query_terms)
    with make_memory("recall", log, embedder=embedder, count_tokens=count_words) as opened:
        talk(opened)
        yield opened


def texts(recalled):
    return [item.turn.text for item in recalled]


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("How does my passport number end?", FACTS[0][0]),
        ("Where was grandmother born?", FACTS[1][0]),
        ("Who owns the cello?", FACTS[2][0]),
    ],
)
def test_an_old_fact_is_found_in_a_small_budget(memory, question, fact):
    recalled = memory.recall(question, user="u", session="day 7", budget=60)
    assert fact in texts(recalled)
    item = next(item for item in recalled if item.turn.text == fact)
    assert item.score == max(item.score for item in recalled)
    assert "words" in item.why


def test_sessions_stand_in_the_order_they_began_and_the_current_one_last(memory):
    recalled = memory.recall("Who owns the cello?", user="u", session="day 0", budget=300)
    sessions = list(dict.fromkeys(item.turn.session for item in recalled))
    assert sessions == [*sorted(set(sessions) - {"day 0"}), "day 0"]
    for name in sessions:
        numbers = [item.turn.number for item in recalled if item.turn.session == name]
        assert numbers == sorted(numbers)


def test_a_month_in_the_question_prefers_its_turns(memory):
    recalled = memory.recall("What rained in August?", user="u", session="day 7", budget=60)
    best = max(recalled, key=lambda item: item.score)
    assert best.turn.time.month == 8
    assert "date" in best.why
    assert "It rains again." in texts(recalled)


def test_a_question_that_leans_on_the_last_one_looks_for_its_words_too(memory):
    memory.record("Tell me of the cello.", "Gladly.", user="u", session="day 7")
    recalled = memory.recall("And who owns it?", user="u", session="day 7", budget=90)
    assert FACTS[2][0] in texts(recalled)
    assert texts(recalled)[-2:] == ["Tell me of the cello.", "Gladly."]


def test_one_session_only_if_so_asked(tmp_path):
    with open_memory(tmp_path / "log.db", "recall", across=False) as memory:
        talk(memory)
        recalled = memory.recall("Who owns the cello?", user="u", session="day 3", budget=4000)
        assert {item.turn.session for item in recalled} == {"day 3"}
        assert memory.recall("the cello?", user="u", session="elsewhere", budget=400) == []


def test_its_own_budget_is_kept_however_much_is_offered(tmp_path):
    with open_memory(tmp_path / "log.db", "recall", budget=40, count_tokens=count_words) as memory:
        talk(memory)
        recalled = memory.recall("cello", user="u", session="day 1", budget=10_000)
        assert 0 < count_words(memory.render(recalled)) <= 40
    with pytest.raises(OptionError, match="0 or more"):
        open_memory(tmp_path / "log.db", "recall", budget=-1)


def test_a_budget_for_everything_recalls_all_turns_once(memory):
    recalled = memory.recall("cello", user="u", session="day 7", budget=10**6)
    assert len({item.turn.id for item in recalled}) == len(recalled) == 2 * (8 * 4 + 3)


@pytest.mark.parametrize("wide", [True, False])
def test_of_a_long_answer_the_sentences_that_matter_are_printed(tmp_path, wide):
    if wide:
        filler, told, asked = (
            "这一段讲的是怎样煮一碗清汤面。",
            "灯塔的钥匙挂在地窖门后。",
            "灯塔的钥匙在哪里？",
        )
    else:
        filler = "This part is about how to cook a clear soup. "
        told, asked = "The lighthouse key hangs in the cellar. ", "Where is the lighthouse key?"
    answer = filler * 30 + told + filler * 30
    with open_memory(tmp_path / "log.db", "recall", count_tokens=count_words) as memory:
        memory.record("讲讲" if wide else "Tell me.", answer, user="u", session="s")
        memory.record("好" if wide else "Fine.", "ok", user="u", session="s")
        recalled = memory.recall(asked, user="u", session="s", budget=200)
        (item,) = [item for item in recalled if item.excerpt is not None]
        assert told.strip() in item.text
        assert len(item.text) < len(answer) / 3
        assert item.turn.text == answer
        assert count_words(memory.render(recalled)) <= 200


def test_changes_by_another_memory_over_the_same_file_are_seen(memory, tmp_path):
    asked = {"user": "u", "session": "day 7", "budget": 60}
    memory.recall("Where is the anchor?", **asked)
    with open_memory(
        tmp_path / "log.db", "window", index_terms=index_terms, query_terms=query_terms
    ) as other:
        exchange = other.record("The anchor is in the shed.", "Good.", user="u", session="day 2")
        assert "The anchor is in the shed." in texts(memory.recall("Where is the anchor?", **asked))
        other.forget_turn(exchange.turns[0].id, user="u")
    assert "The anchor is in the shed." not in texts(memory.recall("Where is the anchor?", **asked))


def test_a_question_that_leans_on_what_another_memory_forgot_goes_further_back(memory, tmp_path):
    asked = {"user": "u", "session": "day 7", "budget": 90}
    last = memory.record("Tell me of the cello.", "Gladly.", user="u", session="day 7")
    assert "Tell me of the cello." in texts(memory.recall("And who owns it?", **asked))
    with open_memory(tmp_path / "log.db", "window", index_terms=index_terms) as other:
        for turn in last.turns:
            other.forget_turn(turn.id, user="u")
    assert texts(memory.recall("And who owns it?", **asked))[-2:] == list(FILLER[-1])


def test_turns_restored_between_others_find_their_neighbours(tmp_path):
    with open_memory(tmp_path / "log.db", "recall", count_tokens=count_words) as memory:
        talk(memory)
        whole = memory.export_jsonl(user="u").splitlines()
        late = [line for line in whole if "Lviv" not in line]
        memory.import_jsonl("\n".join(late), user="v")
        memory.recall("x", user="v", session="day 7", budget=100)
        memory.import_jsonl("\n".join(whole), user="v")
        mine, theirs = (
            memory.recall("Where was grandmother born?", user=user, session="day 7", budget=70)
            for user in "uv"
        )
        assert texts(mine) == texts(theirs)


def test_a_question_without_a_known_word_still_gets_the_latest_exchange(memory):
    recalled = memory.recall("zzz?", user="u", session="day 7", budget=80)
    assert texts(recalled)[-2:] == list(FILLER[-1])


@pytest.mark.parametrize("across", [True, False])
def test_while_a_model_is_loaded_to_count_nobody_waits_for_the_log(tmp_path, across):
    """A program that has just begun loads its model with the first text that it counts."""
    with open_memory(tmp_path / "log.db", "window") as before:
        talk(before, days=1)
    served = []

    def count(text):
        if not served:
            another = others.submit(memory.sessions, user="v")
            served.append(bool(wait_for([another], timeout=5).done))
        return count_words(text)

    with (
        ThreadPoolExecutor(1) as others,
        open_memory(tmp_path / "log.db", "recall", across=across, count_tokens=count) as memory,
    ):
        assert memory.recall("Who?", user="nobody", session="day 0", budget=60) == []
        assert served == [], "where nothing is recalled no model is loaded"
        assert memory.recall("And the soup?", user="u", session="day 0", budget=60)
    assert served == [True]


def test_asking_the_same_twice_gives_the_same(memory):
    ask = {"user": "u", "session": "day 7", "budget": 150}
    first = memory.recall("Who owns the cello?", **ask)
    assert memory.recall("Who owns the cello?", **ask) == first
    assert all(np.isfinite(item.score) for item in first)
