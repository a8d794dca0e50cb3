"""The log as a file: permissions, versions, locks, full disks, damage, backups, processes."""

import multiprocessing
import os
import sqlite3
import stat

import pytest

from memory import (
    ConversationLog,
    Draft,
    LogBusyError,
    LogDamagedError,
    LogError,
    LogFullError,
    LogVersionError,
)
from memory.schema import MIGRATIONS, migrate

ME = {"user": "u", "session": "s"}


@pytest.fixture
def log(tmp_path):
    with ConversationLog(tmp_path / "home" / "log.db") as log:
        yield log


def say(log, *texts, role="user", **where):
    return log.append([Draft(role, text) for text in texts], **(where or ME))


def test_s16_files_are_the_owners_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        with ConversationLog(tmp_path / "a" / "b" / "log.db") as log:
            say(log, "x")
            log.backup(tmp_path / "a" / "copy.db")
            modes = {
                path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.stat().st_mode)
                for path in tmp_path.rglob("*")
            }
    finally:
        os.umask(before)
    assert modes.pop("a") == modes.pop("a/b") == 0o700
    assert set(modes.values()) == {0o600}
    assert {"a/b/log.db", "a/b/log.db-wal", "a/copy.db"} <= set(modes)


def test_d16_a_newer_log_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "log.db"
    ConversationLog(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(LogVersionError, match=r"log\.db' has format 99.* up to 4; update"):
        ConversationLog(path)
    assert path.read_bytes() == before


def test_d16_a_migration_that_fails_leaves_the_old_version(tmp_path):
    path = tmp_path / "log.db"
    with ConversationLog(path) as log:
        say(log, "old")
    raw = sqlite3.connect(path, isolation_level=None)
    steps = (*MIGRATIONS, ("CREATE TABLE notes (id INTEGER)", "CREATE TABLE nonsense"))
    with pytest.raises(sqlite3.OperationalError):
        migrate(raw, path, steps)
    assert raw.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert raw.execute("SELECT count(*) FROM sqlite_master WHERE name = 'notes'").fetchone() == (0,)
    migrate(raw, path, (*MIGRATIONS, ("CREATE TABLE notes (id INTEGER)",)))
    assert raw.execute("SELECT count(*) FROM turns").fetchone() == (1,)
    raw.close()


def test_a_log_held_by_another_program_says_so(tmp_path):
    path = tmp_path / "log.db"
    with ConversationLog(path, busy_timeout_seconds=0.05) as log:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogBusyError, match="nothing was changed, try again"):
            say(log, "x")
        assert log.history(**ME) == []
        other.execute("ROLLBACK")
        other.close()
        say(log, "x")


def test_a_reader_that_holds_old_bytes_is_reported_and_purging_again_erases_them(tmp_path):
    path = tmp_path / "log.db"
    with ConversationLog(path, busy_timeout_seconds=0.05) as log:
        say(log, "qzxnonce")
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM turns").fetchone()
        with pytest.raises(LogBusyError, match="purge again"):
            log.forget_user("u")
        assert log.history(**ME) == []
        reader.execute("ROLLBACK")
        reader.close()
        log.purge()
        assert not [p for p in tmp_path.iterdir() if b"qzxnonce" in p.read_bytes()]


def test_d06_a_full_disk_loses_nothing_and_work_goes_on_after_it(log):
    say(log, "kept")
    raw = log._database._connection
    pages = raw.execute("PRAGMA page_count").fetchone()[0]
    raw.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LogFullError, match="disk is full; nothing was lost"):
        say(log, "x" * 100_000)
    assert [turn.text for turn in log.history(**ME)] == ["kept"]
    raw.execute("PRAGMA max_page_count = 1000000")
    say(log, "x" * 100_000)
    assert log.verify() == []


def test_d10_a_damaged_turn_is_named_and_the_others_stay_readable(log):
    first, second = say(log, "the truth", "another")
    with log._database.writing() as raw:
        raw.execute("UPDATE turns SET text = 'the lie' WHERE id = ?", (first.id,))
    with pytest.raises(LogDamagedError, match=rf"Turn {first.id} of session 's' is damaged"):
        log.history(**ME)
    assert log.turns([second.id], user="u") == [second]
    assert len(log.verify()) == 1
    log.forget_turn(first.id, user="u")
    assert log.history(**ME) == [second]


def test_d10_bytes_that_are_no_text_any_more_are_damage_too(log):
    (turn,) = say(log, "fine")
    for value in (b"\xff\xfe", "CAST(x'ff' AS TEXT)", 7):
        with log._database.writing() as raw:
            sql = value if isinstance(value, str) else "?"
            raw.execute(f"UPDATE turns SET text = {sql}", () if sql != "?" else (value,))  # noqa: S608
        with pytest.raises(LogDamagedError):
            log.turns([turn.id], user="u")


@pytest.mark.parametrize("content", [b"not a database, but long enough to be read" * 40, b"SQLite"])
def test_a_file_that_is_no_log_is_refused_and_kept(tmp_path, content):
    (tmp_path / "log.db").write_bytes(content)
    with pytest.raises(LogDamagedError, match="restore a backup or choose another path"):
        ConversationLog(tmp_path / "log.db")
    assert (tmp_path / "log.db").read_bytes() == content


def test_d17_a_path_that_cannot_be_a_file_is_refused_at_once(tmp_path):
    (tmp_path / "file").write_text("x")
    for path in (tmp_path, tmp_path / "file" / "log.db"):
        with pytest.raises(LogError, match="check the path"):
            ConversationLog(path)


def test_d13_a_backup_holds_everything_and_never_overwrites(log, tmp_path):
    say(log, "a", "b")
    log.backup(tmp_path / "copy.db")
    with ConversationLog(tmp_path / "copy.db") as copy:
        assert copy.history(**ME) == log.history(**ME)
        assert copy.verify() == []
    with pytest.raises(LogError, match="File exists"):
        log.backup(tmp_path / "copy.db")


def test_a_closed_log_says_so_and_closing_twice_is_fine(log):
    log.close()
    log.close()
    with pytest.raises(LogError, match="is closed; open it again"):
        say(log, "x")


def test_an_open_log_is_not_carried_over_a_fork(log):
    def use(answers):
        try:
            log.history(**ME)
        except LogError as error:
            answers.put(str(error))

    fork = multiprocessing.get_context("fork")
    answers = fork.SimpleQueue()
    child = fork.Process(target=use, args=(answers,))
    child.start()
    child.join(20)
    assert "open it again in this one" in answers.get()
    say(log, "the parent goes on")


def test_eight_processes_that_create_one_log_all_succeed(tmp_path):
    def create(name):
        with ConversationLog(tmp_path / "new" / "log.db") as log:
            say(log, name)

    fork = multiprocessing.get_context("fork")
    children = [fork.Process(target=create, args=(str(i),)) for i in range(8)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0] * 8
    with ConversationLog(tmp_path / "new" / "log.db") as log:
        assert sorted(turn.text for turn in log.history(**ME)) == list("01234567")
