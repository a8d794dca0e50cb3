"""`rag eval` prints one object, shows its progress apart, and writes a page that needs nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag import Assistant
from rag.cli.app import app
from rag.evaluation import Outcome, html_report, markdown, tables
from rag.evaluation.metrics import Estimate
from rag.evaluation.outcome import Case
from rag.evaluation.plot import MissingPlotterError, compare_svg

TEXT = "The Aldford bridge was opened in May 1932 by the engineer Ada Holt."
NASTY = '<script>alert("x")</script> & [bold]'


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    qa = {
        "question": "Who opened the Aldford bridge?",
        "answers": [{"text": "Ada Holt", "answer_start": TEXT.index("Ada")}],
    }
    paragraphs = [{"context": TEXT, "qas": [qa]}, {"context": "Tea is old.", "qas": []}]
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}), "utf-8")
    return path


def test_json_is_the_one_object_that_is_promised(squad: Path) -> None:
    ran = CliRunner().invoke(app, ["eval", "retrieval", str(squad), "--json"])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert set(found) == {"dataset", "settings", "metrics"}
    assert found["dataset"] == "squad.json"
    assert found["metrics"]["recall@1"] == {"value": 1, "low": 1, "high": 1, "n": 1}
    assert "mrr@10" in found["metrics"]
    assert found["settings"]["embedder"]


def test_several_data_sets_give_one_line_each(squad: Path) -> None:
    ran = CliRunner().invoke(app, ["eval", "retrieval", str(squad), str(squad), "--json"])
    assert [json.loads(line)["dataset"] for line in ran.stdout.splitlines()] == ["squad.json"] * 2


def test_the_tables_and_the_page_show_every_ranking(squad: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    ran = CliRunner().invoke(
        app, ["eval", "retrieval", str(squad), "--compare", "--report", str(page)]
    )
    assert ran.exit_code == 0, ran.output
    for title in ("vectors only", "BM25 only", "RRF", "ours"):
        assert title in page.read_text("utf-8")
        assert title.split()[0] in ran.stdout


def test_a_data_set_that_cannot_be_read_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "rag", "eval", "retrieval", str(tmp_path / "gone.json")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert ran.stderr.startswith("error: ")
    assert ran.stderr.count("\n") == 1


def test_an_interruption_ends_the_run_with_130(squad: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "import rag.evaluation.tasks.retrieval as task\n"
        "from rag.cli import main\n"
        "task.ranked = lambda *a, **k: os.kill(os.getpid(), signal.SIGINT)\n"
        f"sys.argv = ['rag', 'eval', 'retrieval', {str(squad)!r}]\n"
        "main()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=dict(os.environ),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert ran.returncode == 130
    assert ran.stdout == ""
    assert "Traceback" not in ran.stderr


def _outcome() -> Outcome:
    good, bad = Estimate(0.75, 0.5, 1.0, 4), Estimate(0.25, 0.0, 0.5, 4)
    return Outcome(
        "retrieval",
        f"{NASTY}.json",
        {"embedder": NASTY},
        {"recall@1": good},
        {"bm25": {"recall@1": bad, "only|here": bad}, "ours": {"recall@1": good}},
        (Case(NASTY, NASTY, NASTY, good=False, note=NASTY),),
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_the_page_escapes_what_comes_from_data_and_loads_nothing() -> None:
    page = html_report([_outcome()])
    parser = _Tags()
    parser.feed(page)
    assert "script" not in {tag for tag, _ in parser.seen}
    assert page.count("&lt;script&gt;") >= 6
    for _, attributes in parser.seen:
        assert not {"src", "onload", "onclick"} & set(attributes)
        assert not (attributes.get("href") or "#").startswith("http")
    assert "bad" in page


def test_without_matplotlib_the_page_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingPlotterError, match=r"recollect-rag\[eval\]"):
        compare_svg("t", _outcome().compared)
    page = html_report([_outcome()])
    assert "<svg" not in page
    assert "recollect-rag[eval]" in page
    assert "0.750" in page


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="matplotlib is not installed")
def test_the_plot_is_an_svg_with_a_bar_for_each_way_and_always_the_same() -> None:
    drawn = compare_svg("A <title>", _outcome().compared)
    assert drawn.startswith("<svg")
    assert "A &lt;title&gt;" in drawn
    assert {"bm25", "ours", "recall@1"} <= {
        word.strip() for word in drawn.replace("<", ">").split(">")
    }
    assert compare_svg("A <title>", _outcome().compared) == drawn


def test_a_table_has_a_column_per_way_and_a_dash_where_nothing_was_measured() -> None:
    first, second = tables(_outcome())
    assert first.rows == (("recall@1", "0.750", "0.500–1.000", "4"),)
    assert second.columns == ("metric", "BM25 only", "ours")
    assert second.rows[0] == ("recall@1", "0.250 0.000–0.500", "0.750 0.500–1.000")
    assert second.rows[1][2] == "–"
    assert "| only\\|here | 0.250 0.000–0.500 | – |" in markdown(second)


def test_what_cannot_be_written_or_read_is_said_before_anything_is_measured(
    squad: Path, tmp_path: Path
) -> None:
    run = CliRunner().invoke
    there, nowhere = str(tmp_path), str(tmp_path / "no" / "x.html")
    for report in (there, nowhere):
        assert run(app, ["eval", "retrieval", str(squad), "--report", report]).exit_code == 2
    (tmp_path / "bad.json").write_text("{", "utf-8")
    ran = run(app, ["eval", "retrieval", str(squad), str(tmp_path / "bad.json"), "--json"])
    assert ran.stdout == ""


def test_a_file_name_is_no_formula_in_the_plot() -> None:
    way = {"recall@1": Estimate(0.5, 0.4, 0.6, 10), "quotes": Estimate(2.0, 2.0, 2.0, 10)}
    drawn = compare_svg("a$x_$b 数据", {"$y_$": way, "other": way})
    assert "a$x_$b 数据" in drawn
    assert "quotes" not in drawn


def test_no_question_of_a_measurement_sees_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is asked by a user of its own, since memories reach over a user's conversations."""
    asked: list[str] = []
    ask = Assistant.ask

    def seen(self: Assistant, question: str, **more: object) -> object:
        asked.append(self.user)
        assert self.sessions() == []
        return ask(self, question, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Assistant, "ask", seen)
    text = "Our parking permits cost 45 euros a month. Ada Holt opened the bridge in 1932."
    questions = [("Who opened the bridge?", "Ada Holt"), ("What do permits cost?", "45 euros")]
    qas = [
        {"question": q, "answers": [{"text": a, "answer_start": text.index(a)}]}
        for q, a in questions
    ]
    path = tmp_path / "two.json"
    path.write_text(json.dumps({"data": [{"paragraphs": [{"context": text, "qas": qas}]}]}))
    run = CliRunner().invoke
    assert run(app, ["eval", "refusal", str(path), "--json"]).exit_code == 0
    assert run(app, ["eval", "answers", str(path), "--model", "none", "--json"]).exit_code == 0
    assert len(asked) == len(set(asked)) == 6
    both = ["eval", "retrieval", str(path), "--kb", str(tmp_path), "--embedder", "other"]
    assert "reindex" in str(run(app, both).exception)
