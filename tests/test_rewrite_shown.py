"""Whoever asks sees how a model has reworded the question: on the command line and in the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from rag import Workings
from rag import assistant as assistant_module
from rag.cli.app import app

from .scripted_model import Scripted, assistant_with

LONG = "How long is the bridge over the Arl?"
WHO = "Who was the engineer that opened it?"
ALONE = "Who opened the bridge over the Arl?"
TRUSTED = frozenset({"rewrite"})


def said(monkeypatch: pytest.MonkeyPatch, folder: Path, model: Scripted, *options: str) -> str:
    """What `rag ask` prints for a follow-up."""
    monkeypatch.setattr(assistant_module, "open_model", lambda *_, **__: model)
    base = ("ask", "--kb", str(folder / "kb"), "--session", "s", *options)
    with assistant_with(folder, None):
        pass
    for question in (LONG, WHO):
        ran = CliRunner().invoke(app, [*base, question], catch_exceptions=False)
        assert ran.exit_code == 0, ran.output
    return ran.stdout


def speaking(**card: object) -> Scripted:
    return Scripted("It is 411 metres long.", ALONE, "Mary Ash opened it.", **card)  # type: ignore[arg-type]


def test_the_command_line_tells_the_rewording_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick_parser: None
) -> None:
    shown = said(monkeypatch, tmp_path, speaking(trust=TRUSTED))
    assert shown.count("searched for:") == 1
    assert f"\n  searched for: {ALONE}\n" in shown


def test_explain_tells_which_wording_is_the_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick_parser: None
) -> None:
    shown = said(monkeypatch, tmp_path, speaking(trust=TRUSTED), "--explain")
    assert f"  searched for: {WHO}\n" in shown
    assert shown.count(f"  searched for: {ALONE} (the model's wording)\n") == 1


def test_json_tells_the_rewording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick_parser: None
) -> None:
    found = json.loads(said(monkeypatch, tmp_path, speaking(trust=TRUSTED), "--json"))
    assert found["rewrite"] == found["searched"][-1] == ALONE
    assert found["searched"][0] == WHO
    assert found["tokens"]["calls"] == 2


def test_an_option_allows_it_and_forbids_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick_parser: None
) -> None:
    forced, forbidden = speaking(), Scripted("It is 411 metres long.", "Mary Ash.", trust=TRUSTED)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert "searched for:" in said(monkeypatch, tmp_path / "a", forced, "--rewrite")
    assert "searched for:" not in said(monkeypatch, tmp_path / "b", forbidden, "--no-rewrite")
    assert (len(forced.asked), len(forbidden.asked)) == (3, 2)


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "Searched for, too, in the model's wording"), ("zh", "另按模型改写的问题查找")],
)
def test_the_page_tells_it_among_the_workings(language: str, told: str) -> None:
    def page(language: str, rewrite: str) -> None:
        from rag import Workings
        from ui.components.workings import show_workings

        show_workings(language, Workings(rewrite=rewrite))  # type: ignore[arg-type]

    hostile = "Who opened **<b>it</b>**?"
    drawn = AppTest.from_function(page, args=(language, hostile)).run()
    assert [text.value for text in drawn.text] == [hostile]
    assert [text.value for text in drawn.markdown] == [f"**{told}**"]
    assert not AppTest.from_function(page, args=(language, Workings().rewrite)).run().text
