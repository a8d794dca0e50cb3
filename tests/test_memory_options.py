"""Options of a session: kept beside it, listed with it only, carried along, and gone with it."""

import json
import sqlite3

import pytest

from memory import (
    ConversationLog,
    Feedback,
    LogDamagedError,
    Notes,
    OptionError,
    UnknownSessionError,
    make_memory,
)
from memory.contract.cases import HOSTILE_IDS
from memory.schema import MIGRATIONS, migrate

ME = {"user": "u", "session": "s"}
CHOSEN = {"knowledge base": "手册", "memory": "recall", "model": ""}


@pytest.fixture
def log(tmp_path):
    with ConversationLog(tmp_path / "log.db") as opened:
        yield opened


@pytest.fixture
def memory(log):
    return make_memory("window", log)


def listed(log, user="u"):
    return [info.session for info in log.sessions(user=user)]


def test_options_are_kept_over_a_restart_and_set_as_a_whole(tmp_path, log):
    assert log.options(**ME) == {}
    log.set_options(CHOSEN, **ME)
    log.close()
    with ConversationLog(tmp_path / "log.db") as again:
        assert again.options(**ME) == CHOSEN
        again.set_options({"model": "b"}, **ME)
        assert again.options(**ME) == {"model": "b"}
        again.set_options({}, **ME)
        assert again.options(**ME) == {}


def test_a_session_is_listed_from_its_first_turn_on_whatever_was_set_before(log, memory):
    log.set_options(CHOSEN, **ME)
    assert listed(log) == []
    assert memory.export_markdown(user="u") == ""
    with pytest.raises(UnknownSessionError):
        log.rename("Mine", **ME)
    turns = memory.record("q", "a", **ME).turns
    assert [turn.number for turn in turns] == [1, 2]
    assert listed(log) == ["s"]
    assert log.options(**ME) == CHOSEN
    for turn in turns:
        log.forget_turn(turn.id, user="u")
    assert listed(log) == ["s"]
    assert log.options(**ME) == CHOSEN


def test_renaming_and_options_leave_each_other_alone(log, memory):
    memory.record("q", "a", **ME)
    log.set_options(CHOSEN, **ME)
    log.rename("Mine", **ME)
    assert log.options(**ME) == CHOSEN
    log.set_options({}, **ME)
    assert log.sessions(user="u")[0].title == "Mine"


@pytest.mark.parametrize(
    "options",
    [
        {str(i): "x" for i in range(21)},
        {"model": "x" * 501},
        {"x" * 501: "model"},
        {"": "x"},
        {"model": 7},
        {"model": None},
        {7: "model"},
        {"model": "\ud800"},
        "model",
        None,
    ],
    ids=lambda options: repr(options)[:40],
)
def test_what_is_no_small_setting_is_refused_and_the_older_ones_stay(log, options):
    most = {str(i): "值" * 500 for i in range(20)}
    log.set_options(most, **ME)
    with pytest.raises(OptionError, match="give"):
        log.set_options(options, **ME)
    assert log.options(**ME) == most


def test_options_of_users_and_sessions_are_kept_apart(log):
    for i, name in enumerate(HOSTILE_IDS):
        log.set_options({"n": f"user {i}"}, user=name, session="s")
        log.set_options({"n": f"session {i}"}, user="me", session=name)
    for i, name in enumerate(HOSTILE_IDS):
        assert log.options(user=name, session="s") == {"n": f"user {i}"}
        assert log.options(user="me", session=name) == {"n": f"session {i}"}
    for user, session in (("", "s"), ("u", ""), ("u", "\ud800")):
        with pytest.raises(OptionError):
            log.options(user=user, session=session)
        with pytest.raises(OptionError):
            log.set_options({}, user=user, session=session)


def test_every_statement_on_options_names_its_user(log):
    statements = []
    log._database._connection.set_trace_callback(statements.append)
    log.set_options(CHOSEN, **ME)
    log.options(**ME)
    log._database._connection.set_trace_callback(None)
    touching = [sql for sql in statements if "sessions" in sql and not sql.startswith("--")]
    assert len(touching) > 3
    assert [sql for sql in touching if "user_key" not in sql and "users" not in sql] == []


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("what", ["session", "user"])
def test_forgetting_takes_options_along_bytes_included(tmp_path, log, memory, what, begun):
    log.set_options({"model": "qzxwvnonce"}, **ME)
    log.set_options(CHOSEN, user="other", session="s")
    if begun:
        memory.record("q", "a", **ME)
    forgotten = log.forget_user("u") if what == "user" else log.forget_session("s", user="u")
    assert forgotten == (2 if begun else 0)
    assert log.options(**ME) == {}
    assert not [file for file in tmp_path.iterdir() if b"qzxwvnonce" in file.read_bytes()]
    assert log.options(user="other", session="s") == CHOSEN


def test_options_are_exported_and_imported_with_their_session(log, memory):
    memory.record("q", "a", **ME)
    (only,) = memory.record("q", "a", user="u", session="t").turns[:1]
    memory.forget_turn(only.id, user="u")
    log.set_options(CHOSEN, **ME)
    text = memory.export_jsonl(user="u")
    memory.import_jsonl(text, user="v")
    assert log.options(user="v", session="s") == CHOSEN
    assert log.options(user="v", session="t") == {}
    assert memory.export_jsonl(user="v") == text


def test_a_session_of_which_all_was_forgotten_is_listed_after_an_import(log, memory):
    for turn in memory.record("q", "a", **ME).turns:
        memory.forget_turn(turn.id, user="u")
    log.set_options(CHOSEN, **ME)
    text = memory.export_jsonl(user="u")
    memory.import_jsonl(text, user="v")
    assert listed(log, "v") == ["s"]
    assert memory.export_jsonl(user="v") == text


def test_an_import_leaves_the_options_that_a_session_has(log, memory):
    memory.record("q", "a", **ME)
    log.set_options({"model": "old"}, **ME)
    text = memory.export_jsonl(user="u")
    log.set_options({"model": "new"}, **ME)
    memory.import_jsonl(text, user="u")
    assert log.options(**ME) == {"model": "new"}


@pytest.mark.parametrize("stored", ["{", "[]", '{"model": 7}', "", "7"])
def test_d10_damaged_options_are_named_and_setting_them_anew_heals_them(log, memory, stored):
    memory.record("q", "a", **ME)
    with log._database.writing() as raw:
        raw.execute("UPDATE sessions SET options = ?", (stored,))
    with pytest.raises(LogDamagedError, match="options of session 's' are damaged; set them anew"):
        log.options(**ME)
    assert len(log.verify()) == 1
    assert len(log.history(**ME)) == 2
    log.set_options(CHOSEN, **ME)
    assert log.verify() == []


def written_before(new, old):
    """A log as the version before feedback and options left it, with what `new` holds."""
    raw = sqlite3.connect(old, isolation_level=None)
    migrate(raw, old, MIGRATIONS[:3])
    raw.execute("ATTACH ? AS new", (str(new),))
    for table in ("settings", "users", "sessions", "turns", "pinned_notes"):
        columns = ", ".join(row[1] for row in raw.execute(f"PRAGMA main.table_info({table})"))
        raw.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")  # noqa: S608
    words = "(rowid, terms) SELECT rowid, terms FROM new.turn_terms"
    raw.execute(f"INSERT INTO turn_terms {words}")
    raw.close()


def test_d16_a_log_of_the_version_before_keeps_all_and_takes_options_and_ratings(tmp_path):
    with ConversationLog(tmp_path / "new.db") as log:
        memory, notes = make_memory("window", log), Notes(log)
        first = memory.record("My name is Ann.", "Fine.", **ME).turns
        notes.hear(first[0])
        memory.import_jsonl(json.dumps({"type": "session", "session": "t", "title": ""}), user="u")
        with log._database.writing() as raw:  # as a session without turns was imported then
            raw.execute("UPDATE sessions SET next_number = 1 WHERE session = 't'")
        pinned = notes.list(user="u")
    written_before(tmp_path / "new.db", tmp_path / "old.db")
    with ConversationLog(tmp_path / "old.db") as log:
        assert log.verify() == []
        assert tuple(log.history(**ME)) == first
        assert Notes(log).list(user="u") == pinned
        assert listed(log) == ["s", "t"]
        assert [hit.turn for hit in log.search("Ann", user="u")] == [first[0]]
        assert log.options(**ME) == Feedback(log).of("s", user="u") == {}
        log.set_options(CHOSEN, **ME)
        assert Feedback(log).give(first[1].id, "up", user="u")
        again = make_memory("window", log).record("Call me Eve.", "Fine.", **ME, replaces=1)
        assert [turn.number for turn in again.turns] == [3, 4]
        assert log.options(**ME) == CHOSEN
        assert Feedback(log).list(user="u") == Notes(log).list(user="u") == []
        assert log.verify() == []
