"""The contract's part on keeping conversations: find, list, carry elsewhere, forget for good."""

# A suite that ships is made of asserts, of numbers that mean nothing beyond their case, and of
# names that say it all.
# ruff: noqa: S101, PLR2004, D102

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..errors import TranscriptError, UnknownSessionError
from .cases import CHINESE, USER, Cases

__all__ = ["KeepingCases"]


class KeepingCases(Cases):
    """Conversations are kept, found and forgotten."""

    def test_search_finds_english_and_chinese(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            memory.record(CHINESE, "好的", user=USER, session="s")
            memory.record("We ship on Fridays.", "Noted.", user=USER, session="t")
            found = [memory.search(q, user=USER)[0].turn.text for q in ("预算", "FRIDAYS ship")]
            assert found == [CHINESE, "We ship on Fridays."]
            assert memory.search("预算", user=USER, session="t") == []

    def test_sessions_are_listed_latest_first_under_their_titles(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            for session, question in (
                ("s", "First  thing\nasked"),
                ("t", "x" * 500),
                ("s", "more"),
            ):
                memory.record(question, "a", user=USER, session=session)
            listed = memory.sessions(user=USER)
            assert [(i.session, i.turns) for i in listed] == [("s", 4), ("t", 2)]
            assert listed[0].title == "First thing asked"
            assert len(listed[1].title) <= 60
            memory.rename("Budget", user=USER, session="s")
            assert memory.sessions(user=USER)[0].title == "Budget"
            with pytest.raises(UnknownSessionError):
                memory.rename("Mine", user="other", session="s")

    def test_an_export_can_be_imported_by_another_user_once(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            memory.record("q \u2028 1", CHINESE, user=USER, session="s", passages=[{"p": 1}])
            memory.record("q2", "a2", user=USER, session="t")
            text = memory.export_jsonl(user=USER)
            assert USER not in text
            assert memory.import_jsonl(text, user="other") == 4
            assert memory.import_jsonl(text, user="other") == 0
            assert memory.export_jsonl(user="other") == text
            assert CHINESE in memory.export_markdown(user="other", session="s")
            lines = [json.loads(line) for line in text.splitlines() if "q2" in line]
            lines[0]["text"] = "something else"
            with pytest.raises(TranscriptError):
                memory.import_jsonl(json.dumps(lines[0]), user="other")

    def test_a_forgotten_statement_leaves_no_word_in_the_reply_that_confirms_it(
        self, tmp_path: Path
    ) -> None:
        said = "the qzxwvnonce opens at noon"
        with self.opened(tmp_path) as memory:
            asked, _ = memory.record(
                f"Remember that {said}.", f"I'll remember: {said}", user=USER, session="s"
            ).turns
            memory.record("Fine.", "Good.", user=USER, session="s")
            memory.recall("qzxwvnonce", user=USER, session="s", budget=500)
            assert memory.forget_turn(asked.id, user=USER) == 1
            turns = memory.history(user=USER, session="s")
            assert [turn.number for turn in turns] == [2, 3, 4]
            assert memory.search("qzxwvnonce", user=USER) == []
            left = [file for file in tmp_path.rglob("*") if file.is_file()]
            assert not [file for file in left if b"qzxwvnonce" in file.read_bytes()]

    @pytest.mark.parametrize("what", ["turn", "session", "user"])
    def test_what_is_forgotten_is_gone_from_every_file(self, tmp_path: Path, what: str) -> None:
        nonce = "qzxwvnonce"
        with self.opened(tmp_path) as memory:
            for i in range(30):
                memory.record(f"kept {i}", "fine " * 40, user=USER, session="kept")
            owner, session = ("gone", "g") if what == "user" else (USER, "g")
            exchange = memory.record(
                f"{nonce} " * 300, "ok", user=owner, session=session, passages=[{"t": "p"}]
            )
            memory.recall(nonce, user=owner, session=session, budget=5000)
            forget = {
                "turn": lambda: memory.forget_turn(exchange.turns[0].id, user=owner),
                "session": lambda: memory.forget_session(session, user=owner),
                "user": lambda: memory.forget_user(owner),
            }
            assert forget[what]() == (1 if what == "turn" else 2)
            assert memory.search(nonce, user=owner) == []
            assert nonce not in memory.export_jsonl(user=owner)
            recalled = memory.recall(nonce, user=owner, session=session, budget=5000)
            assert nonce not in memory.render(recalled)
            left = [file for file in tmp_path.rglob("*") if file.is_file()]
            assert left
            assert not [file for file in left if nonce.encode() in file.read_bytes()]
            assert len(memory.history(user=USER, session="kept")) == 60
