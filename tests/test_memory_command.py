"""`rag memory`: what a person can see of the conversations, carry away and forget."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from typer.testing import CliRunner

from ingest.embedders.hashing import HashingEmbedder
from memory import estimate_tokens, memory_kinds
from rag import Assistant
from rag.cli.app import app
from rag.conversations import log_path

SAID = [
    ("Monday", "Remember that we ship on Fridays."),
    ("Monday", "How long is the bridge over the Arl?"),
    ("Tuesday", "My name is Li Wei."),
    ("Tuesday", "What carries two railway tracks?"),
    ("Tuesday", "记住:预算是三万"),
]


@pytest.fixture
def kb(tmp_path, write_files, quick_parser):
    folder = write_files(
        bridge="The bridge over the Arl is 411 metres long. It carries two railway tracks.\n"
    )
    with Assistant.open(
        tmp_path / "kb", model="none", embedder=HashingEmbedder(), refuse_below=0.0
    ) as assistant:
        assistant.ingest(folder)
        for session, message in SAID:
            assert assistant.ask(message, session=session).answer.text
    return tmp_path / "kb"


@pytest.fixture
def rag(kb):
    def run(*words, code=0, **options):
        result = CliRunner().invoke(app, ["memory", *words, "--kb", str(kb)], **options)
        assert result.exit_code == code, result.output
        return result.output

    return run


def test_show_counts_every_turn_of_every_kind_within_the_budget(rag):
    asked = ("--session", "Tuesday", "--question", "And its length?", "--model", "none")
    found = json.loads(rag("show", *asked, "--budget", "60", "--json"))
    assert [kind["kind"] for kind in found["kinds"]] == memory_kinds()
    for kind in found["kinds"]:
        assert kind["turns"]
        assert kind["tokens"] == sum(turn["tokens"] for turn in kind["turns"])
        assert kind["tokens"] == estimate_tokens(kind["prompt"]) <= kind["budget"] == 60
        assert all(turn["text"] in kind["prompt"] and turn["why"] for turn in kind["turns"])
    assert found["notes"]["text"].splitlines()[0] == "- we ship on Fridays"
    assert found["notes"]["tokens"] == estimate_tokens(found["notes"]["text"])


def test_show_prints_a_line_for_each_turn_or_the_text_as_it_stands(rag):
    asked = ("--session", "Tuesday", "--question", "And?", "--model", "none", "--kind", "window")
    lines = rag("show", *asked)
    assert "window: 6 turns, " in lines
    assert "of 512 tokens" in lines
    assert "exchange 1 from the end" in lines
    whole = rag("show", *asked, "--whole")
    assert "User: My name is Li Wei.\nAssistant: I'll remember: My name is Li Wei\n" in whole


def test_sessions_are_listed_the_latest_first(rag):
    found = json.loads(rag("sessions", "--json"))["sessions"]
    assert [(s["session"], s["turns"]) for s in found] == [("Tuesday", 6), ("Monday", 4)]
    assert "How long is" not in rag("sessions")
    assert "Remember that we ship" in rag("sessions")


def test_a_search_prints_the_number_that_forget_takes(rag):
    line = next(line for line in rag("search", "预算").splitlines() if "user" in line)
    assert "记住:预算是三万" in line
    assert rag("forget", "--turn", line.split()[0], "--yes") == "1 turns forgotten\n"
    assert "记住:预算" not in rag("search", "预算")
    assert "三万" not in rag("notes", "list"), "the note went with its turn"


def test_notes_are_listed_edited_and_deleted(rag):
    notes = json.loads(rag("notes", "list", "--json"))["notes"]
    assert [note["text"] for note in notes] == [
        "we ship on Fridays",
        "My name is Li Wei",
        "预算是三万",
    ]
    first = str(notes[0]["id"])
    assert rag("notes", "edit", first, "We ship on Mondays.") == "We ship on Mondays.\n"
    assert "We ship on Mondays." in rag("notes", "list")
    rag("notes", "delete", first)
    assert "Mondays" not in rag("notes", "list")
    assert "there is no note" in rag("notes", "delete", first, code=2)


def test_an_export_is_taken_in_by_another_user_and_nobody_else_sees_it(rag, tmp_path):
    rag("export", "--session", "Monday", "--to", str(tmp_path / "monday.jsonl"))
    rag("export", "--to", str(tmp_path / "monday.jsonl"), code=2)
    assert rag("import", str(tmp_path / "monday.jsonl"), "--user", "ann") == "4 turns were new\n"
    assert rag("import", str(tmp_path / "monday.jsonl"), "--user", "ann") == "0 turns were new\n"
    found = json.loads(rag("sessions", "--user", "ann", "--json"))["sessions"]
    assert [s["session"] for s in found] == ["Monday"]
    assert json.loads(rag("sessions", "--user", "bob", "--json")) == {"sessions": []}


def test_an_export_is_printed_and_can_be_read(rag):
    paragraphs = rag("export", "--markdown").split("\n\n")
    at = paragraphs.index("My name is Li Wei.")
    assert paragraphs[at - 1].startswith("**User**, ")
    assert paragraphs[at + 1].startswith("**Assistant**, ")
    kinds = Counter(json.loads(line)["type"] for line in rag("export").splitlines())
    assert kinds == {"conversations": 1, "session": 2, "turn": 2 * len(SAID), "note": 3}


def test_an_export_that_an_editor_has_marked_as_utf_8_is_taken_in(rag, tmp_path):
    (tmp_path / "marked.jsonl").write_text(rag("export"), encoding="utf-8-sig")
    marked = str(tmp_path / "marked.jsonl")
    assert rag("import", marked, "--user", "ann") == "10 turns were new\n"


def test_forgetting_asks_and_a_no_keeps_everything(rag):
    assert "Forget conversation 'Monday' for good?" in rag(
        "forget", "--session", "Monday", input="n\n", code=1
    )
    assert len(json.loads(rag("sessions", "--json"))["sessions"]) == 2
    assert "4 turns forgotten" in rag("forget", "--session", "Monday", input="y\n")
    assert "ship on Fridays" not in rag("notes", "list")
    assert "6 turns forgotten" in rag("forget", "--everything", "--yes")
    assert rag("forget", "--everything", "--yes", code=1) == "0 turns forgotten\n"


@pytest.mark.parametrize("what", [(), ("--everything", "--turn", "1")])
def test_forgetting_needs_exactly_one_thing_to_forget(rag, what):
    assert "give one of" in rag("forget", *what, "--yes", code=2)


def test_a_folder_without_conversations_is_an_error_and_stays_empty(tmp_path):
    result = CliRunner().invoke(app, ["memory", "sessions", "--kb", str(tmp_path)])
    assert "No conversation log" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_control_characters_of_a_turn_do_not_reach_the_terminal(rag, kb):
    with Assistant.open(kb, model="none", embedder=HashingEmbedder()) as assistant:
        assistant.ask("note: \x1b[31mred\x07", session="x\x1b[2J").answer  # noqa: B018
    for words in (("sessions",), ("search", "red"), ("notes", "list")):
        assert "\x1b[31m" not in rag(*words)
        assert "\x1b[2J" not in rag(*words)
    asked = ("--session", "x\x1b[2J", "--question", "?", "--model", "none")
    assert "\x1b[31m" not in rag("show", *asked, "--whole")
    assert log_path(kb).exists()


def test_ask_shows_which_turn_an_answer_quotes_as_text_and_as_json(kb):
    asked = ["ask", "What is my name?", "--kb", str(kb), "--model", "none"]
    found = json.loads(CliRunner().invoke(app, [*asked, "--json"]).output)
    (said,) = found["said"]
    assert (found["strategy"], said["session"], said["number"]) == ("memory", "Tuesday", 1)
    assert said["quote"] == "My name is Li Wei"
    lines = CliRunner().invoke(app, asked).output.splitlines()
    assert lines[0] == f"You said on {said['time'][:10]}: “My name is Li Wei”"
    assert lines[1].endswith(f"UTC, turn {said['turn']}, Tuesday")


def test_what_is_exported_and_forgotten_comes_back_with_its_notes(rag, tmp_path):
    rag("export", "--to", str(tmp_path / "all.jsonl"))
    before = json.loads(rag("notes", "list", "--json"))["notes"]
    rag("forget", "--everything", "--yes")
    assert json.loads(rag("notes", "list", "--json"))["notes"] == []
    assert "10 turns were new" in rag("import", str(tmp_path / "all.jsonl"))
    after = json.loads(rag("notes", "list", "--json"))["notes"]

    def kept(notes):
        return [(n["text"], n["subject"], n["session"], n["number"], n["time"]) for n in notes]

    assert kept(after) == kept(before) != []
