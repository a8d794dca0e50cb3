"""Forgetting a turn reaches the replies that quote it, wherever they stand, bytes included."""

import pytest

from ingest.embedders.hashing import HashingEmbedder
from memory import ConversationLog, Notes, make_memory, memory_kinds
from rag import Assistant

NONCE = "qzxwvnonce"
STATED = f"Remember that the {NONCE} opens at noon"
CONFIRMED = f"I'll remember: the {NONCE} opens at noon"
BLANKED = "I'll remember: […]"


def opened(folder, kind="vector"):
    log = ConversationLog(folder / "log.db")
    return make_memory(kind, log, embedder=HashingEmbedder(32), summarise=lambda prompt: "gist")


def say(memory, question, answer="Fine.", session="s", passages=()):
    exchange = memory.record(question, answer, user="u", session=session, passages=passages)
    Notes(memory.log).hear(exchange.turns[0])
    return exchange.turns


def quoting(turn, quote):
    return [{"said": {"session": turn.session, "number": turn.number}, "quote": quote}]


def files_with(folder, text):
    return [path for path in folder.rglob("*") if path.is_file() and text in path.read_bytes()]


@pytest.mark.parametrize("kind", memory_kinds())
def test_a_forgotten_statement_takes_its_note_and_the_words_of_its_confirmation(tmp_path, kind):
    with opened(tmp_path, kind) as memory:
        asked, confirmed = say(memory, STATED, CONFIRMED)
        memory.recall(NONCE, user="u", session="s", budget=500)
        assert memory.forget_turn(asked.id, user="u") == 1
        (left,) = memory.history(user="u", session="s")
        assert (left.id, left.number, left.text) == (confirmed.id, 2, BLANKED)
        assert Notes(memory.log).list(user="u") == []
        assert memory.search(NONCE, user="u") == []
        assert [item.turn for item in memory.search("remember", user="u")] == [left]
        assert memory.log.verify() == []
    assert files_with(tmp_path, NONCE.encode()) == []


def test_chinese_words_are_gone_as_well(tmp_path):
    with opened(tmp_path) as memory:
        asked, _ = say(memory, "记住：保险柜密码是五六七八", "我会记住：保险柜密码是五六七八")
        memory.forget_turn(asked.id, user="u")
        assert memory.history(user="u", session="s")[0].text == "我会记住：[…]"
    assert files_with(tmp_path, "五六七八".encode()) == []


def test_what_else_the_reply_says_stays_with_its_citations(tmp_path):
    shown = [{"source": "bridge.txt", "quote": "It is 411 m long."}]
    with opened(tmp_path) as memory:
        asked, _ = say(memory, STATED, f"{CONFIRMED}\n\nIt is 411 m long. [1]", passages=shown)
        memory.forget_turn(asked.id, user="u")
        (left,) = memory.history(user="u", session="s")
    assert left.text == f"{BLANKED}\n\nIt is 411 m long. [1]"
    assert list(left.passages) == shown


@pytest.mark.parametrize("how", ["turn", "session"])
def test_a_reply_of_another_session_that_quotes_the_turn_loses_the_words(tmp_path, how):
    quote = f"the {NONCE} opens at noon"
    with opened(tmp_path) as memory:
        asked, _ = say(memory, STATED, CONFIRMED)
        _, first = say(memory, "When?", f"You said: {quote}", "later", quoting(asked, quote))
        whole = f"You said: {quote}"
        say(memory, "What did you say?", f"I said: {whole}", "last", quoting(first, whole))
        if how == "turn":
            memory.forget_turn(asked.id, user="u")
        else:
            memory.forget_session("s", user="u")
        later, last = (memory.history(user="u", session=s)[1] for s in ("later", "last"))
        assert later.text == "You said: […]"
        assert later.passages == ()
        assert last.text == "I said: You said: […]"
        assert memory.search(NONCE, user="u") == []
    assert files_with(tmp_path, NONCE.encode()) == []


def test_after_an_import_the_quotes_are_still_found(tmp_path):
    with opened(tmp_path) as memory:
        asked, _ = say(memory, f"The {NONCE} is open.")
        say(memory, "And?", f"You said: {NONCE}", "t", quoting(asked, NONCE))
        memory.import_jsonl(memory.export_jsonl(user="u"), user="v")
        memory.forget_user("u")
        first = memory.history(user="v", session="s")[0]
        memory.forget_turn(first.id, user="v")
        assert memory.history(user="v", session="t")[1].text == "You said: […]"
    assert files_with(tmp_path, NONCE.encode()) == []


def test_vectors_and_summaries_of_a_blanked_reply_are_made_anew(tmp_path):
    with ConversationLog(tmp_path / "log.db") as log:
        vector = make_memory("vector", log, embedder=HashingEmbedder(32))
        asked, confirmed = say(vector, STATED, CONFIRMED)

        def stored():
            with log.reading() as connection:
                found = connection.execute(
                    "SELECT vector FROM turn_vectors WHERE turn_id = ?", (confirmed.id,)
                )
                return [row[0] for row in found]

        (before,) = stored()
        vector.forget_turn(asked.id, user="u")
        assert stored() == []
        vector.recall("remember", user="u", session="s", budget=500)
        (after,) = stored()
        assert after != before
    assert files_with(tmp_path, before) == []


def test_a_vector_that_was_under_way_is_not_stored_for_a_blanked_reply(tmp_path):
    with ConversationLog(tmp_path / "log.db") as log:
        asked, confirmed = say(make_memory("buffer", log), STATED, CONFIRMED)

        class Slow(HashingEmbedder):
            def embed(self, texts, role="passage"):
                log.forget_turn(asked.id, user="u")
                return super().embed(texts, role)

        memory = make_memory("vector", log, embedder=Slow(32))
        memory.prepare("u")
        with log.reading() as connection:
            (count,) = connection.execute("SELECT count(*) FROM turn_vectors").fetchone()
        assert count == 0
        assert log.history(user="u", session="s")[0].id == confirmed.id


def test_what_another_user_says_is_not_touched(tmp_path):
    with opened(tmp_path) as memory:
        asked, _ = say(memory, STATED, CONFIRMED)
        theirs = memory.record(
            STATED, CONFIRMED, user="other", session="s", passages=quoting(asked, NONCE)
        )
        memory.forget_turn(asked.id, user="u")
        assert tuple(memory.history(user="other", session="s")) == theirs.turns


def test_a_question_that_is_forgotten_leaves_its_answer_as_it_is(tmp_path):
    with opened(tmp_path) as memory:
        asked, given = say(memory, "How long is it?", "How long is it? 411 m.")
        memory.forget_turn(asked.id, user="u")
        assert memory.history(user="u", session="s") == [given]


def test_a_damaged_reply_does_not_stop_forgetting_and_stays_damaged(tmp_path):
    with opened(tmp_path) as memory:
        asked, confirmed = say(memory, STATED, CONFIRMED)
        with memory.log.writing() as raw:
            raw.execute("UPDATE turns SET passages = '[{' WHERE id = ?", (confirmed.id,))
        assert memory.forget_turn(asked.id, user="u") == 1
        assert len(memory.log.verify()) == 1
    assert files_with(tmp_path, NONCE.encode()) == []


def test_the_assistants_own_confirmation_is_blanked_in_the_log(tmp_path):
    with Assistant.open(tmp_path, model="none", embedder=HashingEmbedder()) as assistant:
        assistant.ask(STATED).answer  # noqa: B018 - asking is what it is for
        asked, confirmed = assistant.history()
        assert confirmed.text == CONFIRMED
        assistant.memory.forget_turn(asked.id, user="me")
        assert [turn.text for turn in assistant.history()] == [BLANKED]
        assert assistant.notes.list(user="me") == []
        assert assistant.sessions()[0].title == ""
    assert files_with(tmp_path, NONCE.encode()) == []


def test_a_short_forgotten_word_does_not_spoil_the_words_that_hold_it(tmp_path):
    with opened(tmp_path) as memory:
        asked, _ = say(memory, "no", session="one")
        reply = "You said: “no”, as you know now."
        say(memory, "What did I say?", reply, session="two", passages=quoting(asked, "no"))
        memory.forget_turn(asked.id, user="u")
        assert (
            memory.history(user="u", session="two")[-1].text == "You said: “[…]”, as you know now."
        )
