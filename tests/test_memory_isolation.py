"""Isolation with ids that nobody would choose by hand: over all kinds and restarts."""

import re
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.embedders.hashing import HashingEmbedder
from memory import (
    ConversationLog,
    Notes,
    OptionError,
    SessionRecord,
    make_memory,
    memory_kinds,
)
from memory.contract.cases import HOSTILE_IDS

ids = st.one_of(
    st.text("az&=/:|%.\0'\"_*AZ\ue000 1аａ", min_size=1, max_size=6),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8),
    st.sampled_from(["../", "a\n", "0", "NULL", "é", "e\u0301", "ß", "SS", "İ", "i\u0307"]),
    st.sampled_from(["a", "a\u200b", "\u200da", "\ufeffa", "a&run_id=b", "b", "a" * 9999]),
)
KINDS = memory_kinds()


def made(kind, log):
    """That kind with all that it can derive: vectors, a summary of the first words."""
    return make_memory(
        kind,
        log,
        embedder=HashingEmbedder(32),
        summarise=lambda prompt: " ".join(re.findall(r"nonce\d+x", prompt)),
        **({"trigger": 1} if kind == "summary" else {}),
    )


@settings(max_examples=25, deadline=None)
@example([(user, "s") for user in HOSTILE_IDS])
@given(st.lists(st.tuples(ids, ids), min_size=2, max_size=5, unique=True))
def test_s06_no_scope_ever_sees_the_words_of_another(scopes):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        for kind in KINDS:  # each in a life of its own
            with ConversationLog(path) as log, closing(made(kind, log)) as memory:
                for i, (user, session) in enumerate(scopes):
                    said = f"note: nonce{i}x is the same"
                    turns = memory.record(said, "same", user=user, session=session).turns
                    Notes(log).hear(turns[0])
        with ConversationLog(path) as log:
            for kind in KINDS:
                memory = made(kind, log)
                for i, (user, session) in enumerate(scopes):
                    where = {"user": user, "session": session}
                    own = {f"nonce{n}x" for n, scope in enumerate(scopes) if scope[0] == user}
                    recalled = memory.recall("same", **where, budget=10**6)
                    assert {item.turn.user for item in recalled} == {user}
                    assert {t.text for t in memory.history(**where)} == {
                        f"note: nonce{i}x is the same",
                        "same",
                    }
                    found = memory.search("same", user=user, limit=999)
                    assert len(found) == 2 * len(KINDS) * len(own)
                    printed = memory.render(recalled)
                    assert f"nonce{i}x" in set(re.findall(r"nonce\d+x", printed)) <= own
                    notes = {note.text for note in Notes(log).list(user=user)}
                    assert notes == {f"{nonce} is the same" for nonce in own}
                    exported = memory.export_jsonl(user=user) + memory.export_markdown(user=user)
                    assert set(re.findall(r"nonce\d+x", exported)) == own
        assert {p.name for p in Path(folder).iterdir()} <= {"log.db", "log.db-wal", "log.db-shm"}


@settings(max_examples=30, deadline=None)
@given(ids, ids.filter(lambda text: text != "kept"))
def test_s06_forgetting_one_user_leaves_the_other_whole(session, gone):
    with tempfile.TemporaryDirectory() as folder, ConversationLog(Path(folder) / "log.db") as log:
        memory = make_memory("buffer", log)
        for user in ("kept", gone):
            memory.record("q", "a", user=user, session=session)
        before = memory.export_jsonl(user="kept")
        assert memory.forget_user(gone) == 2
        assert memory.export_jsonl(user="kept") == before
        assert memory.sessions(user=gone) == []
        assert log.verify() == []


@pytest.mark.parametrize("bad", ["", None, 7, "\ud800"])
def test_s06_what_is_no_id_is_refused_everywhere(tmp_path, bad):
    with ConversationLog(tmp_path / "log.db") as log:
        calls = [
            lambda: log.scores("q", user=bad),
            lambda: log.scores("q", user="u", session=bad),
            lambda: log.turns([1], user=bad),
            lambda: log.forget_turn(1, user=bad),
            lambda: log.forget_user(bad),
            lambda: log.forget_session(bad, user="u"),
            lambda: log.rename("t", user="u", session=bad),
            lambda: log.tail(user=bad, session="s", exchanges=1),
            lambda: log.restore({"s": SessionRecord()}, user=bad),
            lambda: log.restore({bad: SessionRecord()}, user="u"),
        ]
        for call in calls if bad is not None else [*calls[:1], *calls[2:]]:
            with pytest.raises(OptionError, match="non-empty string"):
                call()
