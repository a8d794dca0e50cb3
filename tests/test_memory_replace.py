"""Replacing: what goes, what stays, all of it in one transaction, and no byte left of the old."""

import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import threading

import pytest

from ingest.embedders.hashing import HashingEmbedder
from memory import (
    ConversationLog,
    Draft,
    Feedback,
    LogBusyError,
    LogFullError,
    Notes,
    OptionError,
    make_memory,
    memory_kinds,
)
from memory.contract import count_words

ME = {"user": "u", "session": "s"}
KINDS = memory_kinds()


def made(kind, log):
    options = {"trigger": 6, "around": "recall"} if kind == "summary" else {}
    return make_memory(
        kind,
        log,
        count_tokens=count_words,
        embedder=HashingEmbedder(16),
        summarise=lambda prompt: "Gist.",
        **options,
    )


@pytest.fixture
def log(tmp_path):
    with ConversationLog(tmp_path / "log.db") as opened:
        yield opened


def texts(log, **where):
    return [turn.text for turn in log.history(**(where or ME))]


def holding(folder, words):
    return [f for f in folder.rglob("*") if f.is_file() and words.encode() in f.read_bytes()]


def count(log, sql):
    with log.reading() as connection:
        return connection.execute(sql).fetchone()[0]


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_hangs_on_a_replaced_turn_goes_with_it(tmp_path, log, kind):
    memory = made(kind, log)
    memory.record("kept one", "kept two", **ME)
    asked, given = memory.record("Remember that qzxwvnonce is open.", "qzxwvnonce!", **ME).turns
    memory.record("more of qzxwvnonce", "and more", **ME)
    memory.record("the last", "of all", **ME)
    (note,) = Notes(log).hear(asked)
    Notes(log).edit(note.id, "qzxwvnonce said otherwise", user="u")
    Feedback(log).give(given.id, "down", "no qzxwvnonce", user="u")
    if kind == "summary":
        assert memory.settle(10)
        assert count(log, "SELECT count(*) FROM summaries") == 1
    memory.record("instead", "of it", **ME, replaces=asked.number)
    if kind == "summary":
        assert memory.settle(10)
    assert texts(log) == ["kept one", "kept two", "instead", "of it"]
    assert Notes(log).list(user="u") == Feedback(log).list(user="u") == []
    assert log.search("qzxwvnonce", user="u") == []
    for table, column in (("turn_vectors", "turn_id"), ("turn_terms", "rowid")):
        stray = f"SELECT count(*) FROM {table} WHERE {column} NOT IN (SELECT id FROM turns)"  # noqa: S608
        assert count(log, stray) == 0
    assert count(log, "SELECT turns FROM users") == 4
    assert not holding(tmp_path, "qzxwvnonce")
    assert log.verify() == []


def test_replies_in_other_sessions_lose_what_they_quote_of_a_replaced_turn(tmp_path, log):
    memory = made("window", log)
    memory.record("The code is qzxwvnonce", "Noted.", **ME)
    said = {"said": {"session": "s", "number": 1}, "quote": "qzxwvnonce"}
    memory.record("The code?", "You said qzxwvnonce.", user="u", session="t", passages=[said])
    memory.record("The code is 7", "Noted.", **ME, replaces=1)
    assert texts(log, user="u", session="t") == ["The code?", "You said […]."]
    assert not holding(tmp_path, "qzxwvnonce")


def test_an_answer_alone_can_be_replaced(log):
    memory = made("window", log)
    memory.record("q", "bad", **ME)
    log.append([Draft("assistant", "good")], **ME, replaces=2)
    assert [(turn.number, turn.text) for turn in log.history(**ME)] == [(1, "q"), (3, "good")]


def test_an_erasure_is_counted_where_something_went_and_only_there(log):
    memory = made("window", log)
    (log.derived.make() / "kept").write_text("x")
    memory.record("q", "a", **ME)
    memory.record("r", "b", **ME, replaces=3)
    assert log.erasures(user="u") == 0
    assert (log.derived.folder / "kept").exists()
    memory.record("r", "c", **ME, replaces=3)
    assert log.erasures(user="u") == 1
    assert not log.derived.folder.exists()
    memory.record("s", "d", **ME, replaces=7)
    log.append([], **ME, replaces=1)
    assert log.erasures(user="u") == 1


def test_the_title_follows_the_first_question_options_and_a_given_name_stay(log):
    memory = made("window", log)
    memory.record("old question", "a", **ME)
    log.set_options({"model": "m"}, **ME)
    memory.record("new question", "a", **ME, replaces=1)
    assert [(i.title, i.turns) for i in log.sessions(user="u")] == [("new question", 2)]
    log.rename("Mine", **ME)
    memory.record("newer question", "a", **ME, replaces=1)
    assert log.sessions(user="u")[0].title == "Mine"
    assert log.options(**ME) == {"model": "m"}


def test_what_cannot_be_stored_replaces_nothing(log):
    memory = made("window", log)
    memory.record("q", "a", **ME)
    with pytest.raises(OptionError):
        memory.record("q", "b", **ME, replaces=1, passages=[{"no": object()}])
    raw = log._database._connection
    raw.execute(f"PRAGMA max_page_count = {raw.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(LogFullError, match="nothing was lost"):
        memory.record("q", "x" * 100_000, **ME, replaces=1)
    assert texts(log) == ["q", "a"]
    raw.execute("PRAGMA max_page_count = 1000000")
    memory.record("q", "x" * 100_000, **ME, replaces=1)
    assert texts(log) == ["q", "x" * 100_000]
    assert log.verify() == []


def test_a_reader_that_holds_old_bytes_is_reported_after_the_exchange_is_stored(tmp_path):
    path = tmp_path / "log.db"
    with ConversationLog(path, busy_timeout_seconds=0.05) as log:
        memory = made("window", log)
        memory.record("qzxwvnonce", "a", **ME)
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM turns").fetchone()
        with pytest.raises(LogBusyError, match="purge again"):
            memory.record("new", "b", **ME, replaces=1)
        assert texts(log) == ["new", "b"]
        reader.execute("ROLLBACK")
        reader.close()
        assert holding(tmp_path, "qzxwvnonce")
    with ConversationLog(path):
        assert not holding(tmp_path, "qzxwvnonce")


def replace_until(kind, path, last):
    """Replace the second exchange; be killed at the `last`-th statement of it."""
    log = ConversationLog(path)
    memory = made(kind, log)
    seen = []

    def trace(_):
        seen.append(1)
        if len(seen) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    log._database._connection.set_trace_callback(trace)
    memory.record("new question", "new answer", **ME, replaces=3)
    log._database._connection.set_trace_callback(None)
    memory.close()


@pytest.mark.parametrize("kind", ["window", "recall", "summary"])
def test_d01_killed_at_any_statement_the_old_exchange_is_there_or_the_new_one(tmp_path, kind):
    before = tmp_path / "before.db"
    with ConversationLog(before) as log:
        memory = made(kind, log)
        memory.record("kept", "yes", **ME)
        asked, given = memory.record("Remember that qzxwvnonce is open.", "old answer", **ME).turns
        Notes(log).hear(asked)
        Feedback(log).give(given.id, "up", "qzxwvnonce", user="u")
        memory.close()
    old = ["kept", "yes", "Remember that qzxwvnonce is open.", "old answer"]
    new = ["kept", "yes", "new question", "new answer"]
    found = []
    for last in range(1, 1000):
        home = tmp_path / str(last)
        home.mkdir()
        shutil.copy(before, home / "log.db")
        child = multiprocessing.get_context("fork").Process(
            target=replace_until, args=(kind, home / "log.db", last)
        )
        child.start()
        child.join(30)
        with ConversationLog(home / "log.db") as log:
            found.append(texts(log))
            assert found[-1] in (old, new)
            assert log.verify() == []
            rest = len(Notes(log).list(user="u")), len(Feedback(log).list(user="u"))
            assert rest == ((1, 1) if found[-1] == old else (0, 0))
            if found[-1] == new:  # opening made up for the purge that was cut off
                assert not holding(home, "qzxwvnonce")
                assert made(kind, log).recall("new", **ME, budget=200)
        shutil.rmtree(home)
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
    assert found[0] == old
    assert found[-1] == new
    assert found == sorted(found, key=old.__ne__), "once it is there, it stays"
    assert len(found) > 20


@pytest.mark.parametrize("seed", range(6))
def test_s16_after_any_replacing_and_forgetting_no_byte_of_old_words_is_left(tmp_path, seed):
    dice = random.Random(seed)
    with ConversationLog(tmp_path / "log.db") as log:
        memory = made(dice.choice(KINDS), log)
        feedback, spoken = Feedback(log), []
        for step in range(25):
            words = f"nonce{step}x{dice.randrange(10**9)}"
            spoken.append(words)
            session = dice.choice("st")
            latest = [turn.number for turn in log.history(user="u", session=session)]
            since = dice.choice([None, None, *latest[-6:], 10**6])
            said = [{"said": {"session": session, "number": 0}, "quote": words}]
            asked, given = memory.record(
                f"Remember that {words} is open.",
                f"I'll remember: {words} is open",
                user="u",
                session=session,
                passages=dice.choice([(), said]),
                replaces=since,
            ).turns
            Notes(log).hear(asked)
            feedback.give(given.id, dice.choice(["up", "down"]), f"so {words}", user="u")
            if dice.random() < 0.2:
                log.forget_turn(dice.choice([asked.id, given.id]), user="u")
        memory.recall("nonce", **ME, budget=10**6)
        if hasattr(memory, "settle"):
            assert memory.settle(20)
        log.forget_session("s", user="u")
        left = {turn.text for turn in log.history(user="u", session="t")}
        gone = [words for words in spoken if not any(words in text for text in left)]
        assert len(gone) > 8
        content = b"".join(f.read_bytes() for f in tmp_path.rglob("*") if f.is_file())
        assert (tmp_path / "log.db-wal").exists()
        assert [words for words in gone if words.encode() in content] == []
        assert log.verify() == []


def test_threads_that_replace_one_another_leave_one_whole_exchange(tmp_path):
    with ConversationLog(tmp_path / "log.db") as log:
        memory = made("recall", log)

        def talk(name):
            for i in range(10):
                memory.record(f"q {name} {i}", f"a {name} {i}", **ME, replaces=1)

        threads = [threading.Thread(target=talk, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        asked, given = texts(log)
        assert asked.removeprefix("q") == given.removeprefix("a")
        assert [turn.number for turn in log.history(**ME)] == [59, 60]
        assert log.verify() == []
