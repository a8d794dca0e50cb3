"""Export and import: what is carried, what is refused, and that data stays data."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory import ConversationLog, Draft, Notes, TranscriptError, make_memory

HEAD = {"type": "conversations", "version": 3}
NOTE = {"type": "note", "session": "s", "number": 1, "text": "q", "subject": ""}
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
ANSWER = TURN | {"number": 2, "role": "assistant", "text": "a"}
SESSION = {"type": "session", "session": "s", "title": "", "options": {}}
FEEDBACK = {
    "type": "feedback",
    "session": "s",
    "number": 2,
    "rating": "up",
    "note": "",
    "time": "2024-01-01T00:00:00+00:00",
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
        {"type": "conversations", "version": 4},
        {"type": "other", "session": "s"},
        {"session": "s"},
        [],
        7,
        TURN | {"number": 0},
        TURN | {"number": True},
        TURN | {"number": 10**30},
        TURN | {"time": "yesterday"},
        TURN | {"time": "2024-01-01T00:00:00"},
        TURN | {"time": "0001-01-01T00:00:00+14:00"},
        TURN | {"time": "9999-12-31T23:59:59-14:00"},
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
        NOTE | {"text": ""},
        NOTE | {"text": "x" * 501},
        NOTE | {"subject": None},
        NOTE | {"number": 2},
        NOTE | {"session": "elsewhere"},
        {key: value for key, value in NOTE.items() if key != "text"},
        SESSION | {"options": None},
        SESSION | {"options": {"model": 7}},
        SESSION | {"options": {"model": "x" * 501}},
        SESSION | {"options": {str(i): "x" for i in range(21)}},
        FEEDBACK | {"rating": "sideways"},
        FEEDBACK | {"rating": ["up"]},
        FEEDBACK | {"note": "x" * 1001},
        FEEDBACK | {"note": None},
        FEEDBACK | {"number": 1},
        FEEDBACK | {"number": 3},
        FEEDBACK | {"session": "elsewhere"},
        FEEDBACK | {"time": "2024-01-01T00:00:00"},
        FEEDBACK | {"time": "0001-01-01T00:00:00+14:00"},
        {key: value for key, value in FEEDBACK.items() if key != "time"},
    ],
    ids=repr,
)
def test_a_file_with_one_bad_line_is_refused_whole(memory, bad):
    with pytest.raises(TranscriptError):
        memory.import_jsonl(lines(HEAD, TURN, ANSWER, bad), user="u")
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


def hear(memory, text, session="s", user="u", answer="Fine."):
    exchange = memory.record(text, answer, user=user, session=session)
    Notes(memory.log).hear(exchange.turns[0])


def pinned(memory, user="u"):
    return [
        (note.text, note.subject, note.session, note.number, note.time)
        for note in Notes(memory.log).list(user=user)
    ]


def test_export_forget_and_import_give_back_the_same_turns_and_notes(memory):
    hear(memory, "My name is Li Wei")
    hear(memory, "记住：预算是三万", session="t")
    hear(memory, "Remember that we ship on Fridays")
    (note,) = [n for n in Notes(memory.log).list(user="u") if "ship" in n.text]
    Notes(memory.log).edit(note.id, "ships go on Fridays", user="u")
    notes, text = pinned(memory), memory.export_jsonl(user="u")
    assert len(notes) == 3
    memory.forget_user("u")
    assert pinned(memory) == []
    assert memory.import_jsonl(text, user="u") == 6
    assert pinned(memory) == notes
    assert memory.export_jsonl(user="u") == text
    assert memory.import_jsonl(text, user="u") == 0
    assert pinned(memory) == notes


def test_one_session_carries_its_own_notes_only(memory):
    hear(memory, "My name is Li Wei")
    hear(memory, "I live in Oslo", session="t")
    memory.import_jsonl(memory.export_jsonl(user="u", session="t"), user="other")
    assert [note[0] for note in pinned(memory, "other")] == ["I live in Oslo"]
    assert "Li Wei" not in memory.export_markdown(user="u", session="t")


@pytest.mark.parametrize("version", [1, 2])
def test_an_export_of_an_older_version_is_still_taken_in(memory, version):
    session = {"type": "session", "session": "s", "title": "Mine"}
    later = [NOTE] if version == 2 else []
    text = lines(HEAD | {"version": version}, session, TURN, *later)
    assert memory.import_jsonl(text, user="u") == 1
    assert [note[0] for note in pinned(memory)] == [line["text"] for line in later]
    assert memory.sessions(user="u")[0].title == "Mine"
    assert memory.log.options(user="u", session="s") == {}


def test_a_note_of_what_the_assistant_said_is_refused(memory):
    with pytest.raises(TranscriptError, match="the user never said"):
        memory.import_jsonl(lines(HEAD, TURN | {"role": "assistant"}, NOTE), user="u")
    assert memory.sessions(user="u") == []


@pytest.mark.parametrize("year", [2023, 2031])
def test_of_two_notes_about_one_thing_the_one_said_later_stays(memory, year):
    said = TURN | {"time": f"{year}-01-01T00:00:00+00:00", "text": "My name is Ann"}
    hear(memory, "My name is Annie", session="now")
    memory.import_jsonl(
        lines(HEAD, said, NOTE | {"text": said["text"], "subject": "name"}), user="u"
    )
    later = "My name is Annie" if year == 2023 else "My name is Ann"
    assert [note[0] for note in pinned(memory)] == [later]


def test_markdown_ends_with_the_pinned_notes_and_the_day_they_were_stated(memory):
    hear(memory, "Remember that we ship on Fridays")
    (note,) = Notes(memory.log).list(user="u")
    end = f"# Pinned notes\n\n- we ship on Fridays ({note.time:%Y-%m-%d})\n"
    assert memory.export_markdown(user="u").endswith(end)
