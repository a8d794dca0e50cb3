"""The options of the strategies on the command line, and what they show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rag import assistant as assistant_module
from rag.cli.app import app, main
from rag.evaluation import tables
from rag.evaluation.metrics import Estimate
from rag.evaluation.outcome import Outcome
from rag.evaluation.plot import compare_svg

from .scripted_model import Scripted, assistant_with

WHEN = "When was the bridge over the Arl opened?"
RIGHT = "It was opened in May 1932."
BANANAS = "Bananas are rich in potassium."


@pytest.fixture
def kb(tmp_path: Path, quick_parser: None) -> Path:
    with assistant_with(tmp_path, None):
        return tmp_path / "kb"


def run(monkeypatch: pytest.MonkeyPatch, model: Scripted, *words: str | Path) -> Result:
    monkeypatch.setattr(assistant_module, "open_model", lambda *_, **__: model)
    ran = CliRunner().invoke(app, [*map(str, words)], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return ran


def test_steps_are_shown_only_when_asked_for(kb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = f"A heron passes.\nAnswer: {RIGHT}"
    words = ("ask", WHEN, "--kb", kb, "--strategy", "step-by-step")
    plain = run(monkeypatch, Scripted(line), *words).stdout
    shown = run(monkeypatch, Scripted(line), *words, "--steps").stdout
    explained = run(monkeypatch, Scripted(line), *words, "--explain").stdout
    assert "heron" not in plain
    assert "step-by-step" in plain
    assert "steps:\n    A heron passes." in shown
    assert "heron" in explained
    found = json.loads(run(monkeypatch, Scripted(line), *words, "--json").stdout)
    assert "steps" not in found
    found = json.loads(run(monkeypatch, Scripted(line), *words, "--json", "--steps").stdout)
    assert (found["steps"], found["method"]) == ("A heron passes.", "step-by-step")


def test_votes_and_their_agreement_are_shown(kb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("ask", WHEN, "--kb", kb, "--strategy", "vote", "--votes", "3", "--steps")
    said = run(monkeypatch, Scripted(RIGHT, "In 1940.", "May 1932"), *words).stdout
    assert "2 of 3 agree" in said
    assert f"3 votes:\n    2 × {RIGHT}\n    1 × In 1940." in said
    assert "written in 3 calls" in said


def test_rules_come_from_a_file_and_both_versions_are_shown(
    kb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = tmp_path / "rules.txt"
    rules.write_text("- Be short.\n", "utf-8")
    model = Scripted(f"{RIGHT} Well.", "1: no - it rambles\n2: yes", RIGHT)
    words = ("ask", WHEN, "--kb", kb, "--strategy", "critique", "--rules", rules, "--steps")
    said = run(monkeypatch, model, *words).stdout
    assert f"first version: {RIGHT} Well." in said
    assert "broken: Be short. (model: it rambles)" in said
    assert "broken: Every claim is in the passages. (passages: " in said
    assert f"second version (taken): {RIGHT}" in said


def test_a_remark_is_shown_and_chat_goes_on(kb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        assistant_module, "open_model", lambda *_, **__: Scripted(capability="tiny")
    )
    words = ["chat", "--kb", str(kb), "--strategy", "critique"]
    ran = CliRunner().invoke(app, words, input=f"{WHEN}\n{WHEN}\n", catch_exceptions=False)
    assert ran.stdout.count("! The model 'scripted' is too small for the strategy 'critique'") == 2


def test_a_streamed_sentence_without_support_is_named_afterwards(
    kb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("ask", WHEN, "--kb", kb, "--strategy", "direct")
    said = run(monkeypatch, Scripted(f"{RIGHT} {BANANAS}"), *words).stdout
    assert f"? not found in the documents: {BANANAS}" in said
    assert f"documents: {RIGHT}" not in said


@pytest.mark.parametrize(
    ("option", "said"), [("--examples", "Line 1 of the examples"), ("--rules", "are 0")]
)
def test_a_file_that_cannot_be_used_is_one_line_s15(
    kb: Path,
    tmp_path: Path,
    option: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "bad").write_text("# nothing", "utf-8")
    words = ["rag", "ask", WHEN, "--kb", str(kb), "--model", "none", option, str(tmp_path / "bad")]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 1
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def questions(tmp_path: Path) -> Path:
    path = tmp_path / "asked.jsonl"
    row = {"question": WHEN, "document": "bridge.txt", "quote": "May 1932", "answer": "May 1932"}
    path.write_text(json.dumps(row), "utf-8")
    return path


def test_a_comparison_has_every_way_the_model_is_up_to_with_its_costs(
    kb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Scripted(RIGHT, RIGHT, RIGHT, "In 1940.", RIGHT, capability="small")
    words = ("eval", "answers", questions(tmp_path), "--kb", kb, "--compare", "--votes", "3")
    found = json.loads(run(monkeypatch, model, *words, "--json").stdout)
    compared = found["compared"]
    assert list(compared) == ["quotes only", "auto", "direct", "vote"]
    assert compared["quotes only"]["calls"]["value"] == 0
    assert compared["direct"]["tokens"]["value"] > 0
    assert compared["vote"]["calls"]["value"] == 3
    assert compared["vote"]["contained"]["value"] == 1
    assert compared["vote"]["fell_back"]["value"] == 0
    assert found["metrics"]["calls"] == compared["auto"]["calls"]
    assert model.lines == []


def test_a_strategy_that_was_not_used_is_not_measured_under_its_name(
    kb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("eval", "answers", questions(tmp_path), "--kb", kb, "--strategy", "critique", "--json")
    found = json.loads(run(monkeypatch, Scripted(RIGHT, capability="small"), *words).stdout)
    assert found["metrics"]["fell_back"]["value"] == 1
    assert found["settings"]["strategy"] == "critique"


def test_questions_that_the_examples_solve_are_not_measured(
    kb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    solved = tmp_path / "solved.jsonl"
    solved.write_text(json.dumps({"question": WHEN.upper(), "answer": "May 1932"}), "utf-8")
    words = ["rag", "eval", "answers", str(questions(tmp_path)), "--kb", str(kb)]
    monkeypatch.setattr("sys.argv", [*words, "--model", "none", "--examples", str(solved)])
    with pytest.raises(SystemExit):
        main()
    assert "measure with examples of other questions" in capsys.readouterr().err


def test_the_table_of_answers_has_a_row_for_each_way_and_the_plot_no_costs() -> None:
    rate, cost = Estimate(0.75, 0.5, 1.0, 4), Estimate(1234.5, 1000.0, 1500.0, 4)
    metrics = {"contained": rate, "f1": rate, "tokens": cost, "calls": cost, "seconds": cost}
    outcome = Outcome("answers", "a.json", {}, metrics, {"auto": metrics, "vote": metrics})
    table = tables(outcome)[1]
    assert table.columns[:4] == ("strategy", "contained", "f1", "citation precision")
    assert [row[0] for row in table.rows] == ["auto", "vote"]
    cells = dict(zip(table.columns, table.rows[1], strict=True))
    assert cells["contained"] == "0.750 0.50–1.00"
    assert (cells["tokens"], cells["seconds"], cells["fell back"]) == ("1,234", "1,234.50", "–")
    drawn = compare_svg("t", outcome.compared)
    assert "contained" in drawn
    assert "tokens" not in drawn
