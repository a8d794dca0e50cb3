"""Bit flips in the log: what is read is what was written, or damage is reported."""

import random

import pytest

from memory import ConversationLog, Draft, LogError

SEED = 20260
ME = {"user": "u", "session": "s"}


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "log.db"
    with ConversationLog(path) as log:
        log.append([Draft("user", f"question {i} " + "预算 " * 9) for i in range(180)], **ME)
        log.purge()
        turns = log.history(**ME)
    return path.read_bytes(), turns


def test_d10_no_flipped_bit_ever_changes_what_is_read_unnoticed(intact, tmp_path):
    content, written = intact
    generator = random.Random(SEED)
    reported = 0
    for n in range(150):
        flipped = bytearray(content)
        flipped[generator.randrange(len(flipped))] ^= 1 << generator.randrange(8)
        path = tmp_path / f"{n}.db"
        path.write_bytes(flipped)
        try:
            with ConversationLog(path) as log:
                problems = log.verify()
                assert problems or log.history(**ME) == written
                assert set(log.turns(range(200), user="u")) <= set(written)
                reported += bool(problems)
        except LogError:
            reported += 1
    assert reported > 50, "most bytes of this file are somebody's words"


def test_d10_a_damaged_word_index_is_made_anew_from_the_turns(tmp_path):
    with ConversationLog(tmp_path / "log.db") as log:
        log.append([Draft("user", f"question {i} whale") for i in range(20)], **ME)
        with log._database.writing() as raw:
            raw.execute("UPDATE turn_terms_data SET block = x'00ff00' WHERE id > 10")
        with log._database.writing() as raw:
            raw.execute("DELETE FROM turn_terms_content WHERE id = 3")
        assert log.verify() == ["The word index is damaged; reindex the log."]
        log.reindex()
        assert log.verify() == []
        assert len(log.search("whale", user="u", limit=99)) == 20
