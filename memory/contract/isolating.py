"""The contract's part on isolation: no user sees another, whatever the ids look like."""

# A suite that ships is made of asserts, of numbers that mean nothing beyond their case, and of
# names that say it all.
# ruff: noqa: S101, PLR2004, D102

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..errors import OptionError
from .cases import HOSTILE_IDS, USER, Cases

__all__ = ["IsolatingCases"]


class IsolatingCases(Cases):
    """Users and sessions are kept apart."""

    def test_no_user_ever_sees_another(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            for i, owner in enumerate(HOSTILE_IDS):
                memory.record(f"nonce{i}x same", "reply same", user=owner, session="s")
        with self.opened(tmp_path) as memory:
            for i, owner in enumerate(HOSTILE_IDS):
                assert len(memory.sessions(user=owner)) == 1
                recalled = memory.recall("same", user=owner, session="s", budget=10**6)
                seen = [
                    memory.render(recalled),
                    " ".join(item.turn.text for item in memory.search("same", user=owner)),
                    memory.export_jsonl(user=owner),
                    memory.export_markdown(user=owner),
                ]
                for text in seen:
                    assert set(re.findall(r"nonce\d+x", text)) == {f"nonce{i}x"}

    def test_sessions_with_hostile_ids_are_kept_apart(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            for i, session in enumerate(HOSTILE_IDS):
                memory.record(f"nonce {i}", "ok", user=USER, session=session)
            assert {info.session for info in memory.sessions(user=USER)} == set(HOSTILE_IDS)
            for i, session in enumerate(HOSTILE_IDS):
                turns = memory.history(user=USER, session=session)
                assert [(t.number, t.text) for t in turns] == [(1, f"nonce {i}"), (2, "ok")]

    def test_an_empty_user_or_session_is_refused(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            for user, session in (("", "s"), (USER, ""), ("\ud800", "s"), (USER, "\udfff")):
                with pytest.raises(OptionError):
                    memory.record("q", "a", user=user, session=session)
                with pytest.raises(OptionError):
                    memory.recall("q", user=user, session=session, budget=100)
                with pytest.raises(OptionError):
                    memory.history(user=user, session=session)
            for call in (memory.forget_user, lambda user: memory.sessions(user=user)):
                with pytest.raises(OptionError):
                    call("")

    def test_a_foreign_turn_cannot_be_forgotten(self, tmp_path: Path) -> None:
        with self.opened(tmp_path) as memory:
            exchange = memory.record("mine", "yes", user=USER, session="s")
            assert memory.forget_turn(exchange.turns[0].id, user="other") == 0
            memory.record("theirs", "yes", user="other", session="s")
            assert memory.forget_turn(exchange.turns[0].id, user="other") == 0
            assert len(memory.history(user=USER, session="s")) == 2
