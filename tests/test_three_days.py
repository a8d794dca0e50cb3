"""One conversation of three days with the real model: what `window` has lost, `recall` answers."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from memory import ConversationLog
from rag import Answer, Assistant

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = (
    "amundsen-south-pole.md",
    "cold-injuries-first-aid.md",
    "llm-basics-zh.pdf",
    "rag-zh.html",
)
LAST = 5
"""Lines that ask for what was said on the days before, or for what nobody said."""


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


THREE_DAYS = _load(ROOT / "bench" / "three_days.py")
SCRIPT: list[dict[str, Any]] = THREE_DAYS.lines()

Played = list[tuple[dict[str, Any], Answer]]


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("kb")
    with Assistant.open(folder, model="none") as assistant:
        assistant.ingest([ROOT / "sample_docs" / name for name in DOCUMENTS])
    return folder


@pytest.fixture(scope="module")
def days(kb: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Played]:
    """The conversation up to the third morning."""
    log = tmp_path_factory.mktemp("log") / "log.sqlite"
    return log, list(THREE_DAYS.play(SCRIPT[:-LAST], kb, log, "recall"))


def last(days: tuple[Path, Played], kb: Path, folder: Path, kind: str) -> Played:
    """The last lines, asked of one kind of memory over the same log."""
    with ConversationLog(days[0]) as log:
        log.backup(folder / "log.sqlite")
    return list(THREE_DAYS.play(SCRIPT[-LAST:], kb, folder / "log.sqlite", kind))


def test_questions_about_the_documents_are_answered_from_them_amid_the_chatter(
    days: tuple[Path, Played],
) -> None:
    for line, answer in days[1]:
        if "holds" in line:
            assert line["holds"] in answer.text
            assert answer.citations
            assert answer.said == ()
        else:
            assert answer.strategy == line["strategy"], line


def test_window_fails_where_recall_quotes_the_turn_of_the_first_day(
    days: tuple[Path, Played], kb: Path, tmp_path: Path
) -> None:
    for kind in ("window", "recall"):
        folder = tmp_path / kind
        folder.mkdir()
        for line, answer in last(days, kb, folder, kind):
            if "recalled" not in line:
                assert answer.strategy == line["strategy"]
                assert line.get("holds", "") in answer.text
            elif kind == "window":
                assert answer.refused
            else:
                (found,) = answer.said
                assert found.quote == line["recalled"]
                assert found.note is None
                assert f"{found.time:%Y-%m-%d}" == "2026-11-16"
                assert "2026-11-16" in answer.text
                assert found.quote in answer.text


UNANSWERABLE = (
    "How much did Amundsen's expedition cost in Norwegian kroner?",
    "What was the name of the pony that Oates himself led?",
    "How much does a commercial licence for BorgBackup cost per year?",
    "训练GPT-3一共用了多少度电？",
    "DeepSeek-V3有多少个参数？",
    "Milvus数据库默认使用哪个端口？",
    "LangChain的第一个版本是哪一天发布的？",
)
CHATTER = (
    "I read that Amundsen's expedition cost a lot, and that Oates himself led a pony.",
    "Our expedition to Norway cost us 900 kroner.",
    "We use BorgBackup and pay nothing per year.",
    "我昨天训练了GPT-3，用了不少电。",
    "Milvus数据库和LangChain我都用过，DeepSeek-V3也不错。",
    "Remember that my licence is valid until 2030.",
    "记住：我们的数据库每天备份",
)


def test_s05_what_must_be_refused_is_refused_beside_chatter_about_the_same_things(
    kb: Path, tmp_path: Path
) -> None:
    with Assistant.open(kb, model="none", memory="recall", log=tmp_path / "log") as assistant:
        alone = [assistant.ask(q, session=q).answer.strategy for q in UNANSWERABLE]
        for text in CHATTER:
            assistant.ask(text, session="chatter").answer  # noqa: B018 - asking is what it is for
        beside = [assistant.ask(q, session="chatter").answer for q in UNANSWERABLE]
    assert [answer.strategy for answer in beside] == alone
    assert not any(answer.said for answer in beside)
    assert alone.count("refusal") >= len(UNANSWERABLE) - 1
