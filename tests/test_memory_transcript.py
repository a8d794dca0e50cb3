"""Export and import: what is carried, what is refused, and that data stays data."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory import ConversationLog, Draft, TranscriptError, make_memory

HEAD = {"type": "conversations", "version": 1}
TURN = {
    "type": "turn",
    "session": "s",
    "number": 1,
    "time": "2024-01-01T00:00:00+00:00",
    "role": "user",
    "text": "q",
    "passages": [],
    "tokens": None,
}


@pytest.fixture
def memory(tmp_path):
    with ConversationLog(tmp_path / "log.db") as log:
        yield make_memory("window", log)


def lines(*objects):
    return "".join(json.dumps(item) + "\n" for item in objects)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 10**6) | st.none())
def test_every_text_survives_export_and_import(text, tokens):
    with tempfile.TemporaryDirectory() as folder, ConversationLog(Path(folder) / "log.db") as log:
        log.append([Draft("user", text, ({"t": text},), tokens)], user="a", session="s")
        memory = make_memory("buffer", log)
        assert memory.import_jsonl(memory.export_jsonl(user="a"), user="b") == 1
        (old,), (new,) = (memory.history(user=user, session="s") for user in "ab")
        assert (old.text, old.tokens, old.time, old.passages) == (
            new.text,
            new.tokens,
            new.time,
            new.passages,
        )


def test_numbers_and_gaps_are_kept_and_the_next_turn_follows(memory):
    text = lines(HEAD, TURN, TURN | {"number": 7, "text": "later"})
    assert memory.import_jsonl(text, user="u") == 2
    exchange = memory.record("q", "a", user="u", session="s")
    assert [turn.number for turn in exchange.turns] == [8, 9]


def test_only_a_given_title_is_exported(memory):
    memory.record("first question", "a", user="u", session="s")
    assert '"title": ""' in memory.export_jsonl(user="u")
    memory.rename("Mine", user="u", session="s")
    memory.import_jsonl(memory.export_jsonl(user="u"), user="v")
    assert memory.sessions(user="v")[0].title == "Mine"


def test_s20_serialized_objects_stay_plain_data(memory, monkeypatch):
    monkeypatch.setenv("CANARY", "value-of-the-environment")
    secret = {"lc": 1, "type": "secret", "id": ["CANARY"]}
    text = lines(HEAD, TURN | {"passages": [secret], "text": json.dumps(secret)})
    assert memory.import_jsonl(text, user="u") == 1
    (turn,) = memory.history(user="u", session="s")
    assert turn.passages == (secret,)
    assert "value-of-the-environment" not in memory.export_jsonl(user="u")


@pytest.mark.parametrize(
    "bad",
    [
        {"type": "conversations", "version": 2},
        {"type": "other", "session": "s"},
        {"session": "s"},
        [],
        7,
        TURN | {"number": 0},
        TURN | {"number": True},
        TURN | {"number": 10**30},
        TURN | {"time": "yesterday"},
        TURN | {"time": "2024-01-01T00:00:00"},
        TURN | {"role": "system"},
        TURN | {"role": ["user"]},
        TURN | {"text": None},
        TURN | {"session": ""},
        TURN | {"session": 1},
        TURN | {"passages": "x"},
        TURN | {"passages": [1]},
        TURN | {"passages": None},
        TURN | {"tokens": -1},
        {key: value for key, value in TURN.items() if key != "tokens"},
        {"type": "session", "session": "s", "title": None},
    ],
    ids=repr,
)
def test_a_file_with_one_bad_line_is_refused_whole(memory, bad):
    with pytest.raises(TranscriptError):
        memory.import_jsonl(lines(HEAD, TURN, bad), user="u")
    assert memory.sessions(user="u") == []


@pytest.mark.parametrize("text", ["{", "\0", "[" * 100_000, '{"type": "turn"', "NaN"])
def test_a_line_that_is_no_json_is_named_by_its_number(memory, text):
    with pytest.raises(TranscriptError, match=r"Line 2 of the conversation file"):
        memory.import_jsonl(lines(HEAD) + text, user="u")


def test_a_contradiction_stores_nothing_of_the_file(memory):
    memory.import_jsonl(lines(HEAD, TURN), user="u")
    text = lines(HEAD, TURN | {"session": "new"}, TURN | {"text": "another"})
    with pytest.raises(TranscriptError, match="already has another turn 1; forget"):
        memory.import_jsonl(text, user="u")
    assert [info.session for info in memory.sessions(user="u")] == ["s"]


def test_markdown_names_speakers_and_times(memory):
    memory.import_jsonl(lines(HEAD, TURN), user="u")
    assert memory.export_markdown(user="u") == "# q\n\n**User**, 2024-01-01 00:00 UTC\n\nq\n"
    assert memory.export_markdown(user="u", session="none") == ""
