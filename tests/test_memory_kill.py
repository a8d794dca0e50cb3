"""Kill -9 while a conversation is recorded: whole exchanges, and derived data that agrees."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from ingest.embedders.hashing import HashingEmbedder
from memory import ConversationLog, Notes, make_memory
from memory.contract import count_words

KINDS = ("buffer", "recall", "summary", "vector", "window")
KILLS = 8
ME = {"user": "u", "session": "s"}


def made(kind: str, log: ConversationLog) -> Any:
    options = {"trigger": 60, "around": "recall"} if kind == "summary" else {}
    return make_memory(
        kind,
        log,
        count_tokens=count_words,
        embedder=HashingEmbedder(32),
        summarise=lambda prompt: f"They spoke of {len(prompt)} things.",
        **options,  # type: ignore[arg-type]
    )


def record_until_killed(kind: str, path: Path, first: int, acknowledged: int) -> None:
    log = ConversationLog(path)
    memory, notes = made(kind, log), Notes(log)
    for number in range(first, first + 1_000_000):
        said = f"note: item{number} is in week {number % 52}. " + "word " * 30
        turns = memory.record(said, f"reply {number}", **ME).turns
        notes.hear(turns[0])
        os.write(acknowledged, b".")


def killed(kind: str, path: Path, first: int, seconds: float) -> int:
    """Kill a process that records; how many exchanges it acknowledged."""
    read_end, write_end = os.pipe()
    child = multiprocessing.get_context("fork").Process(
        target=record_until_killed, args=(kind, path, first, write_end)
    )
    child.start()
    os.close(write_end)
    count = len(os.read(read_end, 1))  # it is recording by now
    time.sleep(seconds)
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join(30)
    assert child.exitcode == -signal.SIGKILL
    while chunk := os.read(read_end, 65536):
        count += len(chunk)
    os.close(read_end)
    return count


def rows(path: Path, sql: str) -> list[Any]:
    raw = sqlite3.connect(path)
    found = raw.execute(sql).fetchall()
    raw.close()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_d01_after_each_kill_the_log_and_all_that_is_derived_agree(
    tmp_path: Path, kind: str
) -> None:
    path, dice = tmp_path / "log.db", random.Random(5)
    acknowledged = 0
    for round_ in range(1, KILLS + 1):
        acknowledged += killed(kind, path, 1000 * round_, dice.uniform(0.001, 0.06))
        with ConversationLog(path) as log:
            assert log.verify() == []
            memory = made(kind, log)
            turns = memory.history(**ME)
            assert [turn.role for turn in turns] == ["user", "assistant"] * (len(turns) // 2)
            assert acknowledged <= len(turns) // 2 <= acknowledged + round_
            for asked, given in zip(turns[::2], turns[1::2], strict=True):
                assert asked.text.startswith(f"note: item{given.text.removeprefix('reply ')} ")
            pinned = {note.turn_id for note in Notes(log).list(user="u")}
            assert pinned <= {turn.id for turn in turns[::2]}
            assert len(pinned) >= acknowledged
            last = turns[-1].text.removeprefix("reply ")
            recalled = memory.recall(f"item{last}", **ME, budget=300)
            assert f"item{last}" in memory.render(recalled)
            assert count_words(memory.render(recalled)) <= 300
            if hasattr(memory, "prepare"):
                memory.prepare("u")
    orphans = "SELECT count(*) FROM turn_vectors WHERE turn_id NOT IN (SELECT id FROM turns)"
    assert rows(path, orphans) == [(0,)]
    if kind in ("recall", "summary", "vector"):
        embedded = "SELECT count(DISTINCT turn_id) FROM turn_vectors"
        assert rows(path, embedded) == rows(path, "SELECT count(*) FROM turns")
    if kind == "summary":
        assert recalled[0].turn.role == "summary"


def append(path: Path, name: str) -> None:
    with ConversationLog(path) as log:
        memory = made("summary" if name == "a" else "vector", log)
        for number in range(250):
            memory.record(f"{name} {number}", f"re {name} {number}", **ME)
        memory.close()


def test_c07_two_kinds_in_two_processes_append_500_turns_each_and_lose_none(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log.db"
    fork = multiprocessing.get_context("fork")
    children = [fork.Process(target=append, args=(path, name)) for name in "ab"]
    for child in children:
        child.start()
    for child in children:
        child.join(120)
    assert [child.exitcode for child in children] == [0, 0]
    with ConversationLog(path) as log:
        turns = log.history(**ME)
        assert log.verify() == []
        memory = made("summary", log)
        memory.prepare("u")
        first = memory.recall("b 7", **ME, budget=200)[0]
    assert [turn.number for turn in turns] == list(range(1, 1001))
    for name in "ab":
        asked = [turn.text for turn in turns if turn.text.startswith(f"{name} ")]
        assert asked == [f"{name} {number}" for number in range(250)]
    assert first.turn.role == "summary"
