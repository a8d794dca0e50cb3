"""The contract's part on replacing: an answer asked for again, a question put in other words."""

# A suite that ships is made of asserts, of numbers that mean nothing beyond their case, and of
# names that say it all.
# ruff: noqa: S101, PLR2004, D102

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from contextlib import closing
from pathlib import Path

from ..errors import OptionError
from .cases import USER, Cases, Opener, count_words

__all__ = ["ReplacingCases"]


def _replace_until_killed(open_: Opener, path: Path, ack: int) -> None:
    memory = open_(path, count_words)
    for i in range(1_000_000):
        last = memory.history(user=USER, session="s")[-2].number
        memory.record(f"question {i}", f"answer {i}", user=USER, session="s", replaces=last)
        os.write(ack, b".")


class ReplacingCases(Cases):
    """An exchange can take the place of the end of its session."""

    def test_an_exchange_takes_the_place_of_all_from_a_number_on(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            for text in ("first", "second", "third"):
                memory.record(text, f"re {text}", user=USER, session="s")
                memory.record(text, f"re {text}", user=USER, session="other")
                memory.record(text, f"re {text}", user="other", session="s")
            new = memory.record("2nd", "re 2nd", user=USER, session="s", replaces=3)
            turns = memory.history(user=USER, session="s")
            assert [t.text for t in turns] == ["first", "re first", "2nd", "re 2nd"]
            assert [t.number for t in turns] == [1, 2, 7, 8], "no number is used twice"
            assert tuple(turns[2:]) == new.turns
            for user, session in ((USER, "other"), ("other", "s")):
                kept = memory.history(user=user, session=session)
                assert [t.number for t in kept] == [1, 2, 3, 4, 5, 6]
            recalled = memory.recall("second 2nd", user=USER, session="s", budget=10**6)
            mine = [i.turn for i in recalled if i.turn.id and i.turn.session == "s"]
            assert set(new.turns) <= set(mine) <= set(turns)

    def test_what_stands_before_or_was_never_said_replaces_nothing(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            memory.record("new", "yes", user=USER, session="t", replaces=1)
            memory.record("one", "yes", user=USER, session="s")
            memory.record("two", "yes", user=USER, session="s", replaces=3)
            memory.record("three", "yes", user=USER, session="s", replaces=10**9)
            assert [t.number for t in memory.history(user=USER, session="t")] == [1, 2]
            assert [t.number for t in memory.history(user=USER, session="s")] == [1, 2, 3, 4, 5, 6]

    def test_a_number_that_no_turn_has_is_refused_with_the_exchange(self, tmp_path: Path) -> None:
        wrong: list[int] = [0, -1, True, 1.5, "1"]  # type: ignore[list-item]
        refused = 0
        with self.opened(tmp_path) as memory:
            memory.record("one", "yes", user=USER, session="s")
            for number in wrong:
                try:
                    memory.record("two", "yes", user=USER, session="s", replaces=number)
                except OptionError:
                    refused += 1
            assert len(memory.history(user=USER, session="s")) == 2
        assert refused == len(wrong)

    def test_what_was_replaced_leaves_no_byte(self, tmp_path: Path) -> None:
        nonce = "qzxwvnonce"
        with self.opened(tmp_path) as memory:
            memory.record("kept", "fine", user=USER, session="s")
            for i in range(3):
                memory.record(f"{nonce}{i} " * 200, f"{nonce}{i}", user=USER, session="s")
            memory.recall(nonce, user=USER, session="s", budget=5000)
            memory.record("instead", "of it", user=USER, session="s", replaces=3)
            assert memory.search(f"{nonce}1", user=USER) == []
            recalled = memory.recall(f"{nonce}1", user=USER, session="s", budget=5000)
            assert nonce not in memory.render(recalled) + memory.export_jsonl(user=USER)
            left = [file for file in tmp_path.rglob("*") if file.is_file()]
            assert left
            assert not [file for file in left if nonce.encode() in file.read_bytes()]

    def test_a_kill_leaves_the_old_exchange_or_the_new_one(self, tmp_path: Path) -> None:
        fork = multiprocessing.get_context("fork")
        path = tmp_path / "log.sqlite3"
        with self.opened(tmp_path) as memory:
            memory.record("kept", "fine", user=USER, session="s")
            memory.record("question -1", "answer -1", user=USER, session="s")
        for round_ in range(5):
            read_end, write_end = os.pipe()
            child = fork.Process(target=_replace_until_killed, args=(self.open, path, write_end))
            child.start()
            os.close(write_end)
            acknowledged = len(os.read(read_end, 1))  # it is replacing by now
            time.sleep(0.002 + 0.005 * round_)
            os.kill(child.pid or 0, signal.SIGKILL)
            child.join(30)
            assert child.exitcode == -signal.SIGKILL
            while chunk := os.read(read_end, 65536):
                acknowledged += len(chunk)
            os.close(read_end)
            with closing(self.open(path, count_words)) as memory:
                turns = memory.history(user=USER, session="s")
            assert [t.role for t in turns] == ["user", "assistant"] * 2
            asked, given = (turn.text.rpartition(" ")[2] for turn in turns[2:])
            assert asked == given
            assert int(asked) in (acknowledged - 1, acknowledged)
