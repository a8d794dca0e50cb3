"""An answer is checked against rules, revised once where it breaks one, and both are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from rag import Answer, Settings
from rag.errors import PromptError, StrategyError
from rag.strategies import read_rules
from rag.strategies.rules import BUILT_IN, form, verdicts

from .scripted_model import Scripted, assistant_with

WHEN = "When was the bridge over the Arl opened?"
RIGHT = "It was opened in May 1932."
BANANAS = "Bananas are rich in potassium."
FINE = "1: yes - it is\n2: yes - all of it"


@pytest.fixture(autouse=True)
def _quick(quick_parser: None) -> None:
    """Documents are read in this process."""


def asked(tmp_path: Path, *lines: Any, question: str = WHEN) -> tuple[Answer, Scripted]:
    model = Scripted(*lines)
    rules = ["Be short."]
    with assistant_with(tmp_path, model, strategy="critique", rules=rules) as assistant:
        return assistant.ask(question).answer, model


def test_an_answer_that_keeps_every_rule_is_the_answer(tmp_path: Path) -> None:
    answer, model = asked(tmp_path, RIGHT, FINE)
    assert answer.text == f"{RIGHT} [1]"
    critique = answer.workings.critique
    assert critique is not None
    assert (critique.first, critique.revised, critique.taken) == (RIGHT, "", False)
    assert [(v.rule, v.kept, v.reason) for v in critique.verdicts] == [
        ("Be short.", True, "it is"),
        (BUILT_IN["en"], True, "all of it"),
    ]
    told = model.user_turn()
    assert "1. Be short.\n2. Every claim is in the passages." in told
    assert "Nothing in the passages was found" not in told
    assert model.asked[1][1].grammar.startswith('root ::= "1: " ("yes" | "no")')
    assert answer.tokens["calls"] == 2


def test_a_broken_rule_has_the_answer_written_again_and_both_are_kept(tmp_path: Path) -> None:
    long = f"{RIGHT} It is 411 metres long."
    answer, model = asked(tmp_path, long, "1: no - two sentences\n2: yes - fine", RIGHT)
    assert answer.text == f"{RIGHT} [1]"
    critique = answer.workings.critique
    assert critique is not None
    assert (critique.first, critique.revised, critique.taken) == (long, RIGHT, True)
    assert [v.kept for v in critique.verdicts] == [False, True]
    told = model.user_turn()
    assert "- Be short." in told
    assert "Every claim" not in told
    first, second, third = (prompt.turns for prompt, _ in model.asked)
    assert second[: len(first)] == first, "each prompt grows at its end"
    assert third[: len(second)] == second
    assert answer.as_dict()["critique"] == {
        "first": long,
        "verdicts": [
            {"rule": "Be short.", "kept": False, "reason": "two sentences", "by": "model"},
            {"rule": BUILT_IN["en"], "kept": True, "reason": "fine", "by": "model"},
        ],
        "revised": RIGHT,
        "taken": True,
    }


def test_a_claim_without_a_passage_breaks_the_built_in_rule_whatever_the_model_says(
    tmp_path: Path,
) -> None:
    answer, model = asked(tmp_path, f"{RIGHT} {BANANAS}", FINE, RIGHT)
    assert f"Nothing in the passages was found for: “{BANANAS}”" in model.user_turn(1)
    assert BANANAS in model.user_turn(2)
    critique = answer.workings.critique
    assert critique is not None
    assert [(v.kept, v.by) for v in critique.verdicts] == [(True, "model"), (False, "passages")]
    assert answer.text == f"{RIGHT} [1]"


@pytest.mark.parametrize("worse", [BANANAS, "  [4] ", "The documents do not say."])
def test_a_second_version_that_the_passages_support_less_is_kept_beside_the_first(
    tmp_path: Path, worse: str
) -> None:
    answer, _ = asked(tmp_path, RIGHT, "1: no - hm\n2: yes - yes", worse)
    assert answer.text == f"{RIGHT} [1]"
    critique = answer.workings.critique
    assert critique is not None
    assert (critique.revised, critique.taken) == (worse.replace("[4]", "").strip(), False)


def test_an_answer_without_any_support_may_become_a_refusal(tmp_path: Path) -> None:
    answer, _ = asked(tmp_path, BANANAS, FINE, "The documents do not say.")
    assert answer.refused
    assert answer.workings.critique is not None
    assert answer.workings.critique.taken


def test_a_rule_without_a_verdict_is_said_not_to_be_checked(tmp_path: Path) -> None:
    answer, _ = asked(tmp_path, RIGHT, "I like it very much.")
    critique = answer.workings.critique
    assert critique is not None
    assert [(v.kept, v.by) for v in critique.verdicts] == [(None, "model"), (True, "passages")]
    assert "no verdict on 1 of the rules" in answer.remarks[0]
    assert answer.method == "critique"


def test_a_server_without_grammars_is_read_tolerantly(tmp_path: Path) -> None:
    broken = PromptError("grammar", "no grammars here")
    answer, model = asked(tmp_path, RIGHT, broken, "Rule 1: **No**, too long.\n2) Yes", RIGHT)
    critique = answer.workings.critique
    assert critique is not None
    assert [v.kept for v in critique.verdicts] == [False, True]
    assert critique.verdicts[0].reason == "too long"
    assert model.asked[2][1].grammar == ""


def test_in_chinese_rules_verdicts_and_revision_are_chinese(tmp_path: Path) -> None:
    first, second = "大桥全长411米。香蕉富含钾。", "大桥全长411米。"
    answer, model = asked(
        tmp_path, first, "1：是，很短\n2：否，没有依据", second, question="阿尔河上的大桥有多长？"
    )
    assert "每个说法都出自段落。" in model.user_turn(1)
    assert "“香蕉富含钾。”" in model.user_turn(1)
    assert '("是" | "否")' in model.asked[1][1].grammar
    assert "重写" in model.user_turn(2)
    assert answer.text == f"{second} [1]"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("1: yes - a\n2: no - b", [True, False]),
        ("2. no\n1. YES", [True, False]),
        ("- 1 - Yes: ok\n- 2 - No: not ok", [True, False]),
        ("规则1：是\n规则 2：不是", [True, False]),
        ("1: yes\n1: no\n2: no", [True, False]),
        ("1: nobody\n2: yesterday", [None, True]),
        ("3: no\n12: no", [None, True]),
        ("", [None, True]),
    ],
)
def test_verdicts_are_read_however_they_are_written(text: str, kept: list[bool | None]) -> None:
    found = verdicts(["a", BUILT_IN["en"]], text, (), "en")
    assert [v.kept for v in found] == kept


def test_the_form_has_one_line_for_each_rule() -> None:
    assert form(2, "en").splitlines()[0] == (
        'root ::= "1: " ("yes" | "no") " - " reason "\\n" "2: " ("yes" | "no") " - " reason'
    )


def test_rules_are_read_without_bullets_comments_and_empty_lines(tmp_path: Path) -> None:
    path = tmp_path / "rules.txt"
    path.write_text(
        "\ufeff# ours\n- Be short.\n\n2. No jargon.\r\n* 用中文\n3 words at most\n", "utf-8"
    )
    assert read_rules(path) == ("Be short.", "No jargon.", "用中文", "3 words at most")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("# nothing\n\n", r"are 0; write from 1 to 20"),
        ("rule\n" * 21, r"are 21; write"),
        ("fine\n" + "x" * 301, r"Line 2 .*301 characters"),
    ],
)
def test_rules_that_cannot_be_used_are_refused(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "rules.txt"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(StrategyError, match=said):
        read_rules(path)


@pytest.mark.parametrize("rules", [[""], ["x" * 301], ["x"] * 21])
def test_settings_take_no_other_rules(rules: list[str]) -> None:
    with pytest.raises(ValidationError, match="rules"):
        Settings(rules=rules)
