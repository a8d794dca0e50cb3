"""The contract's part on durability: restarts, other kinds, threads, processes, kills."""

# A suite that ships is made of asserts, of numbers that mean nothing beyond their case, and of
# names that say it all.
# ruff: noqa: S101, D102

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ..registry import open_memory
from .cases import CHINESE, USER, Cases, Opener, count_words

__all__ = ["EnduringCases"]


def _record_many(open_: Opener, path: Path, session: str) -> None:
    with closing(open_(path, count_words)) as memory:
        for i in range(250):
            memory.record(f"{session} {i}", f"answer {i}", user=USER, session="shared")


def _record_until_killed(open_: Opener, path: Path, ack: int) -> None:
    memory = open_(path, count_words)
    for i in range(1_000_000):
        memory.record(f"question {i}", "answer " * 50 + str(i), user=USER, session="s")
        os.write(ack, b".")


class EnduringCases(Cases):
    """Nothing that was stored is lost."""

    def test_an_exchange_is_stored_whole_and_survives_a_restart(self, tmp_path: Path) -> None:
        said = datetime(2023, 5, 8, 12, 30, tzinfo=UTC)
        shown = {"lc": 1, "type": "secret", "id": ["PATH"], "page": 3, "text": "原文"}
        with self.opened(tmp_path) as memory:
            exchange = memory.record(
                "q\0\n", CHINESE, user=USER, session="s", passages=[shown], time=said
            )
        with self.opened(tmp_path) as memory:
            turns = memory.history(user=USER, session="s")
        assert tuple(turns) == exchange.turns
        assert [(t.number, t.role, t.text) for t in turns] == [
            (1, "user", "q\0\n"),
            (2, "assistant", CHINESE),
        ]
        assert [t.time for t in turns] == [said, said]
        assert [dict(p) for p in turns[1].passages] == [shown]

    def test_the_kind_can_change_in_the_middle_of_a_session(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            memory.record("one", "1", user=USER, session="s")
        for kind in ("window", "buffer"):
            with closing(open_memory(tmp_path / "log.sqlite3", kind)) as other:
                other.record(kind, "yes", user=USER, session="s")
        with self.opened(tmp_path) as memory:
            memory.record("last", "4", user=USER, session="s")
            turns = memory.history(user=USER, session="s")
            assert [t.text for t in turns] == [
                "one",
                "1",
                "window",
                "yes",
                "buffer",
                "yes",
                "last",
                "4",
            ]
            assert [t.number for t in turns] == list(range(1, 9))
            assert memory.recall("one", user=USER, session="s", budget=500)

    def test_threads_share_a_session_without_losing_a_turn(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:

            def talk(name: int) -> None:
                for i in range(20):
                    memory.record(f"{name}:{i}", f"re {name}:{i}", user=USER, session="s")

            threads = [threading.Thread(target=talk, args=(name,)) for name in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            turns = memory.history(user=USER, session="s")
        assert [t.number for t in turns] == list(range(1, 161))
        assert all(b.text == f"re {a.text}" for a, b in zip(turns[::2], turns[1::2], strict=True))

    def test_two_processes_append_500_turns_each_and_lose_none(self, tmp_path: Path) -> None:
        fork = multiprocessing.get_context("fork")
        path = tmp_path / "log.sqlite3"
        children = [
            fork.Process(target=_record_many, args=(self.open, path, name)) for name in ("a", "b")
        ]
        for child in children:
            child.start()
        for child in children:
            child.join(120)
        assert [child.exitcode for child in children] == [0, 0]
        with self.opened(tmp_path) as memory:
            turns = memory.history(user=USER, session="shared")
        assert [t.number for t in turns] == list(range(1, 1001))
        for name in ("a", "b"):
            asked = [t.text for t in turns if t.text.startswith(f"{name} ")]
            assert asked == [f"{name} {i}" for i in range(250)]

    def test_a_kill_during_record_leaves_whole_exchanges_and_all_acknowledged(
        self, tmp_path: Path
    ) -> None:
        fork = multiprocessing.get_context("fork")
        path = tmp_path / "log.sqlite3"
        acknowledged = 0
        for round_ in range(6):
            read_end, write_end = os.pipe()
            child = fork.Process(target=_record_until_killed, args=(self.open, path, write_end))
            child.start()
            os.close(write_end)
            acknowledged += len(os.read(read_end, 1))  # it is recording by now
            time.sleep(0.003 + 0.007 * round_)
            os.kill(child.pid or 0, signal.SIGKILL)
            child.join(30)
            assert child.exitcode == -signal.SIGKILL
            while chunk := os.read(read_end, 65536):
                acknowledged += len(chunk)
            os.close(read_end)
            with self.opened(tmp_path) as memory:
                turns = memory.history(user=USER, session="s")
            assert [t.role for t in turns] == ["user", "assistant"] * (len(turns) // 2)
            for asked, given in zip(turns[::2], turns[1::2], strict=True):
                assert asked.text.rpartition(" ")[2] == given.text.rpartition(" ")[2]
            assert acknowledged <= len(turns) // 2 <= acknowledged + round_ + 1
