"""Derived vectors: a cache that is filled, forgotten and never needed."""

import sqlite3

import pytest

from ingest.embedders.hashing import HashingEmbedder
from memory import ConversationLog, make_memory, open_memory


class Failing(HashingEmbedder):
    """Fails while `broken` says so, like a model whose file was moved."""

    broken = True

    def fingerprint(self):
        return "failing"

    def embed(self, texts, role="passage"):
        if self.broken:
            raise KeyError("weights")
        return super().embed(texts, role)


class Counting(HashingEmbedder):
    def __init__(self):
        super().__init__()
        self.seen = []

    def embed(self, texts, role="passage"):
        self.seen += [text for text in texts if role == "passage"]
        return super().embed(texts, role)


class EnglishOnly(HashingEmbedder):
    def __init__(self):
        super().__init__()
        self.languages = frozenset({"en"})
        self.asked = []

    def embed(self, texts, role="passage"):
        self.asked += texts if role == "query" else []
        return super().embed(texts, role)


def stored(path):
    with sqlite3.connect(path) as raw:
        return raw.execute("SELECT turn_id, vector FROM turn_vectors ORDER BY 1").fetchall()


def ask(memory, question="the cello?"):
    return memory.recall(question, user="u", session="s", budget=500)


@pytest.mark.parametrize("kind", ["recall", "vector"])
def test_an_embedder_that_fails_costs_only_the_vectors(tmp_path, kind):
    embedder = Failing()
    with open_memory(tmp_path / "log.db", kind, embedder=embedder) as memory:
        memory.record("The cello is old.", "How old?", user="u", session="s")
        assert len(ask(memory)) == 2
        assert memory.failure == "KeyError: 'weights'"
        assert stored(tmp_path / "log.db") == []
        embedder.broken = False
        assert len(ask(memory)) == 2
        assert memory.failure == ""
        assert len(stored(tmp_path / "log.db")) == 2


def test_each_turn_is_embedded_once_whatever_the_kind_and_the_restarts(tmp_path):
    embedder = Counting()
    for kind in ("window", "recall", "vector", "recall"):
        with open_memory(tmp_path / "log.db", kind, embedder=embedder) as memory:
            memory.record(f"asked of {kind}", "told", user="u", session="s")
            ask(memory)
            ask(memory)
    assert len(embedder.seen) == len(stored(tmp_path / "log.db")) == 8


def test_another_embedder_makes_vectors_of_its_own(tmp_path):
    for dimension in (64, 32):
        embedder = HashingEmbedder(dimension)
        with open_memory(tmp_path / "log.db", "recall", embedder=embedder) as memory:
            memory.record("The cello is old.", "How old?", user="u", session="s")
            assert ask(memory)
    lengths = sorted(len(vector) for _, vector in stored(tmp_path / "log.db"))
    assert lengths == [2 * 32] * 4 + [2 * 64] * 2


@pytest.mark.parametrize("what", ["turn", "session", "user"])
def test_s16_vectors_are_forgotten_with_their_turns_bytes_included(tmp_path, what):
    path = tmp_path / "log.db"
    with open_memory(path, "recall", embedder=HashingEmbedder()) as memory:
        memory.record("kept", "kept", user="other", session="s")
        exchange = memory.record("gone forever", "gone as well", user="u", session="s")
        ids = {turn.id for turn in exchange.turns}
        gone = [vector for turn_id, vector in stored(path) if turn_id in ids]
        assert len(gone) == 2
        if what == "turn":
            for turn in exchange.turns:
                memory.forget_turn(turn.id, user="u")
        elif what == "session":
            memory.forget_session("s", user="u")
        else:
            memory.forget_user("u")
        assert not ids & {turn_id for turn_id, _ in stored(path)}
        assert ask(memory) == []
        for file in tmp_path.iterdir():
            data = file.read_bytes()
            assert not [vector for vector in gone if vector in data]
        assert len(memory.history(user="other", session="s")) == 2


def test_s06_a_user_never_meets_the_vectors_of_another(tmp_path):
    with open_memory(tmp_path / "log.db", "recall", embedder=HashingEmbedder()) as memory:
        for user in ("a", "b"):
            memory.record(f"the cello of {user}", "yes", user=user, session="s")
        for user in ("a", "b"):
            kept = memory.recall("cello", user=user, session="s", budget=500)
            assert [item.turn.user for item in kept] == [user, user]
    with sqlite3.connect(tmp_path / "log.db") as raw:
        owners = raw.execute(
            "SELECT count(*) FROM turn_vectors JOIN turns ON turns.id = turn_id"
            " WHERE turns.user_key = turn_vectors.user_key"
        ).fetchone()
    assert owners == (4,)


def test_a_question_in_a_language_the_embedder_does_not_know_goes_by_words(tmp_path):
    embedder = EnglishOnly()
    with open_memory(tmp_path / "log.db", "recall", embedder=embedder) as memory:
        memory.record("大提琴是姐姐的。", "好的。", user="u", session="s")
        assert ask(memory, "大提琴是谁的？")
        assert embedder.asked == []
        ask(memory, "whose cello")
        assert embedder.asked == ["whose cello"]


def test_a_log_of_the_first_format_gets_its_vectors(tmp_path):
    from memory.schema import MIGRATIONS, migrate

    path = tmp_path / "log.db"
    with sqlite3.connect(path, isolation_level=None) as raw:
        migrate(raw, path, MIGRATIONS[:1])
    with ConversationLog(path) as log:
        memory = make_memory("recall", log, embedder=HashingEmbedder())
        memory.record("The cello is old.", "How old?", user="u", session="s")
        assert len(ask(memory)) == 2
    assert len(stored(path)) == 2


def test_a_full_disk_while_vectors_are_stored_loses_no_exchange(tmp_path, monkeypatch):
    from memory import LogFullError
    from memory.vectors import TurnVectors

    def full(*_):
        raise LogFullError("the disk is full")

    with open_memory(tmp_path / "log.db", "recall", embedder=HashingEmbedder()) as memory:
        monkeypatch.setattr(TurnVectors, "_store", full)
        memory.record("The cello is old.", "How old?", user="u", session="s")
        assert memory.failure == "the disk is full"
        assert len(memory.history(user="u", session="s")) == 2
        assert len(ask(memory)) == 2
