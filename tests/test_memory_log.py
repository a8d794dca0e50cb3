"""The conversation log: what it stores, refuses, orders and protects."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from memory import (
    ConversationLog,
    Draft,
    OptionError,
    query_terms,
)

ME = {"user": "u", "session": "s"}


@pytest.fixture
def log(tmp_path):
    with ConversationLog(tmp_path / "home" / "log.db") as log:
        yield log


def say(log, *texts, role="user", **where):
    return log.append([Draft(role, text) for text in texts], **(where or ME))


def test_numbers_are_never_used_twice_even_after_the_last_turn_is_forgotten(log):
    say(log, "a", "b", "c")
    last = log.history(**ME)[-1]
    assert log.forget_turn(last.id, user="u") == 1
    (new,) = say(log, "d")
    assert [turn.number for turn in log.history(**ME)] == [1, 2, 4]
    assert new.id > last.id


def test_order_is_by_number_when_the_clock_is_set_back(log):
    now = datetime(2024, 1, 2, tzinfo=UTC)
    log.append([Draft("user", "first", time=now)], **ME)
    log.append([Draft("user", "second", time=now - timedelta(days=9))], **ME)
    assert [turn.text for turn in log.history(**ME)] == ["first", "second"]


def test_times_are_kept_in_utc_to_the_microsecond(log):
    there = datetime(2024, 1, 1, 7, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    (turn,) = log.append([Draft("user", "q", time=there)], **ME)
    assert turn.time == there
    assert turn.time.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "draft",
    [
        Draft("summary", "derived"),
        Draft("system", "x"),
        Draft("user", b"bytes"),
        Draft("user", "x", tokens=-1),
        Draft("user", "x", time=datetime(2024, 1, 1)),
        Draft("user", "x", time=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))),
        Draft("user", "x", passages=({"a": object()},)),
        Draft("user", "x", passages=({"a": float("nan")},)),
        Draft("user", "x", passages=("text",)),
    ],
    ids=repr,
)
def test_a_draft_that_cannot_be_stored_takes_its_whole_exchange_with_it(log, draft):
    with pytest.raises(OptionError):
        log.append([Draft("user", "fine"), draft], **ME)
    assert log.history(**ME) == []
    assert log.sessions(user="u") == []


def test_lone_surrogates_in_a_text_are_replaced(log):
    (turn,) = log.append([Draft("user", "a\ud800b", ({"p": "\udfff"},))], **ME)
    assert (turn.text, turn.passages) == ("a\ufffdb", ({"p": "\ufffd"},))
    assert [hit.turn for hit in log.search("\ud800 b", user="u")] == [turn]


def test_history_can_be_read_in_pages(log):
    say(log, *"abcdef")
    assert [t.text for t in log.history(**ME, after=2, limit=3)] == ["c", "d", "e"]


def test_the_tail_counts_exchanges_not_turns(log):
    for role, text in [("assistant", "hi"), ("user", "q1"), ("user", "q2"), ("assistant", "a2")]:
        say(log, text, role=role)
    say(log, "more a2", role="assistant")
    assert [t.text for t in log.tail(**ME, exchanges=1)] == ["q2", "a2", "more a2"]
    assert [t.number for t in log.tail(**ME, exchanges=2)] == [2, 3, 4, 5]
    assert len(log.tail(**ME, exchanges=99)) == 5
    assert log.tail(**ME, exchanges=0) == []


def test_turns_are_found_by_id_for_their_owner_only(log):
    ids = [turn.id for turn in say(log, *map(str, range(1200)))]
    assert [turn.id for turn in log.turns(reversed(ids), user="u")] == ids
    assert log.turns(ids, user="v") == []


def test_scores_do_not_depend_on_what_another_user_says(log):
    say(log, "blue whale", "a whale", "blue sky", "nothing")
    before = log.scores("blue whale", user="u")
    say(log, *["blue blue whale " * 9] * 40, user="v", session="s")
    assert log.scores("blue whale", user="u") == before
    best, *others = sorted(before.values(), reverse=True)
    assert len(others) == 2
    assert best == pytest.approx(before[log.history(**ME)[0].id])


def test_bm25_is_the_formula_of_the_textbook(log):
    say(log, "whale whale sea", "sky")
    (score,) = log.scores("whale", user="u").values()
    idf = 0.6931471805599453  # log(1 + (2 - 1 + .5) / (1 + .5))
    assert score == pytest.approx(idf * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2)))


def test_terms_of_an_injected_tokenization_come_back_exactly(tmp_path):
    with ConversationLog(tmp_path / "log.db", index_terms=str.split, query_terms=None) as log:
        say(log, 'c++ a_b@c.de 1:2 "x" é OR', "c c# 1 2")
        for term in ["c++", "C++", "a_b@c.de", "1:2", '"x"', "é", "OR"]:
            assert [hit.turn.number for hit in log.search(term, user="u")] == [1], term
        assert log.search("x é é* NEAR(", user="u")[0].turn.number == 1


def test_another_tokenization_indexes_the_old_turns_anew(tmp_path):
    with ConversationLog(tmp_path / "log.db", index_terms=str.split, query_terms=None) as log:
        say(log, "预算是三万")
        assert log.search("预算", user="u") == []
    with ConversationLog(tmp_path / "log.db", query_terms=query_terms) as log:
        assert len(log.search("预算", user="u")) == 1
        assert log.verify() == []


def test_a_title_made_of_a_question_goes_with_that_question(log):
    first, _ = say(log, "secret plan", "second question")
    assert log.sessions(user="u")[0].title == "secret plan"
    log.forget_turn(first.id, user="u")
    assert log.sessions(user="u")[0].title == "second question"
    log.rename(" A\nname ", **ME)
    assert (log.sessions(user="u")[0].title, log.sessions(user="u")[0].named) == ("A name", True)
    log.rename("", **ME)
    assert log.sessions(user="u")[0].title == "second question"


def test_a_session_without_turns_is_still_listed(log):
    (turn,) = say(log, "only")
    log.forget_turn(turn.id, user="u")
    (info,) = log.sessions(user="u")
    assert (info.title, info.turns, info.started, info.last) == ("", 0, None, None)


def test_every_statement_on_conversations_names_its_user(log):
    say(log, "q", "r")
    statements = []
    log._database._connection.set_trace_callback(statements.append)
    turns = log.history(**ME)
    log.tail(**ME, exchanges=1)
    log.turns([turns[0].id], user="u")
    log.search("q", user="u")
    log.search("q", **ME)
    log.sessions(user="u")
    log.rename("t", **ME)
    log.forget_turn(turns[0].id, user="u")
    log.forget_session("s", user="u")
    log._database._connection.set_trace_callback(None)
    touching = [
        sql
        for sql in statements
        if not sql.startswith("--") and ("turns" in sql or "sessions" in sql)
        if "pragma" not in sql.lower() and "vacuum" not in sql.lower()
        and "vacuum_db" not in sql and "sqlite_" not in sql and "(turn_terms)" not in sql
    ]  # fmt: skip
    assert len(touching) > 10
    assert [sql for sql in touching if "user_key" not in sql and "users" not in sql] == []


def test_a_question_of_common_words_costs_no_more_than_the_limit(log, monkeypatch):
    monkeypatch.setattr("memory.lexical._POSTINGS", 12)
    say(log, *["the whale"] * 10, "the shark")
    assert set(log.scores("the shark", user="u")) == set(log.scores("shark the", user="u"))
    assert len(log.scores("the shark", user="u")) == 11
    assert len(log.scores("the whale shark", user="u")) == 11
    say(log, "the shark")
    assert len(log.scores("the shark", user="u")) == 2
    assert len(log.scores("the", user="u")) == 12
