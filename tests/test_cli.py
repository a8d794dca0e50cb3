"""The command `rag`, as people run it: real models, real documents, exit codes, signals."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from .command import Ran, rag, told

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "sample_docs"
CHOSEN = ("amundsen-south-pole.md", "rag-zh.html")
REFUSALS = {"en": "The documents do not say.", "zh": "文档中没有找到答案。"}


def process(*words: str | Path, text: str | None = None) -> Ran:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "rag", *map(str, words)],
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        env={**os.environ, "COLUMNS": "200"},
    )


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `docs`, two of the samples, and `kb`, the knowledge base made of them."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "docs").mkdir()
    for name in CHOSEN:
        shutil.copy(SAMPLES / name, folder / "docs")
    (folder / "docs" / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    report = told("ingest", folder / "docs", "--kb", folder / "kb")
    (folder / "report.json").write_text(json.dumps(report))
    return folder


@pytest.fixture
def own(base: Path, tmp_path: Path) -> Path:
    """A copy of the knowledge base that a test may change."""
    return Path(shutil.copytree(base / "kb", tmp_path / "kb"))


def _page_text(kb: Path, source: str, page: int) -> str:
    with closing(sqlite3.connect(kb / "catalog.sqlite")) as connection:
        row = connection.execute(
            "SELECT p.text FROM pages p JOIN documents d ON d.id = p.document "
            "WHERE d.source = ? AND p.number = ?",
            (source, page),
        ).fetchone()
    return str(row[0])


def test_the_summary_of_an_ingest_adds_up(base: Path) -> None:
    report = json.loads((base / "report.json").read_text())
    assert (report["seen"], report["added"], report["skipped"]) == (3, 2, 1)
    kinds = ("added", "updated", "unchanged", "skipped", "left")
    assert report["seen"] == sum(report[kind] for kind in kinds)
    assert report["chunks"] == sum(f["chunks"] for f in report["files"]) > 20
    (bad,) = [f for f in report["files"] if f["status"] == "skipped"]
    assert bad["source"].endswith("broken.pdf")
    assert bad["reason"] == "damaged"


def test_a_second_ingest_finds_everything_unchanged_and_is_quick(base: Path, own: Path) -> None:
    started = time.monotonic()
    ran = process("ingest", base / "docs", "--kb", own)
    assert time.monotonic() - started < 15
    assert ran.returncode == 0
    assert "3 files: 0 added, 0 updated, 2 unchanged, 1 skipped; 0 removed" in ran.stdout


def test_prune_takes_out_what_is_gone_and_only_then(own: Path, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("a.md", "b.md"):
        (docs / name).write_text(f"# {name}\n\nThe password of {name} is written here.\n")
    kb = tmp_path / "small"
    assert rag("ingest", docs, "--kb", kb, "--embedder", "hashing").returncode == 0
    (docs / "b.md").unlink()
    assert told("ingest", docs, "--kb", kb)["removed"] == 0
    assert told("ingest", docs, "--kb", kb, "--prune")["removed"] == 1
    listed = told("index", "list", "--kb", kb)["documents"]
    assert [Path(d["source"]).name for d in listed] == ["a.md"]


def test_an_english_question_is_answered_with_the_real_models(base: Path) -> None:
    answer = told("ask", "When was Roald Amundsen born?", "--kb", base / "kb")
    assert "16 July 1872" in answer["answer"]
    assert answer["language"] == "en"
    assert answer["refused"] is False
    assert answer["model"] == "smollm2-135m"
    assert answer["tokens"]["prompt"] > 0
    for citation in answer["citations"]:
        text = _page_text(base / "kb", citation["source"], citation["page"])
        assert text[citation["start"] : citation["end"]] == citation["quote"]
        assert f"[{citation['number']}]" in answer["answer"]


def test_a_chinese_question_is_answered_in_chinese_with_page_and_quote(base: Path) -> None:
    ran = process("ask", "BM25的参数k1和b通常取多少？", "--kb", base / "kb")
    assert ran.returncode == 0
    assert "通常取1.2到2.0" in ran.stdout
    assert "[1] rag-zh.html, 第 1 页" in ran.stdout


def test_without_a_language_model_the_answer_is_made_of_quotes(base: Path) -> None:
    question = "On what date did Amundsen reach the South Pole?"
    answer = told("ask", question, "--kb", base / "kb", "--model", "none")
    assert "14 December 1911" in answer["answer"]
    assert (answer["strategy"], answer["model"], answer["tokens"]) == ("quote", "", {})


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "What is the boiling point of liquid nitrogen in kelvin?"),
        ("zh", "珠穆朗玛峰的高度是多少米？"),
    ],
)
def test_what_the_documents_do_not_hold_is_refused_in_the_language_of_the_question(
    base: Path, language: str, question: str
) -> None:
    answer = told("ask", question, "--kb", base / "kb", "--model", "none")
    assert answer["refused"] is True
    assert answer["answer"].startswith(REFUSALS[language])
    assert answer["citations"] == []


def test_single_questions_do_not_belong_together_unless_a_session_says_so(base: Path) -> None:
    first, follow_up = "Who was Roald Amundsen?", "When was he born?"
    rag("ask", first, "--kb", base / "kb", "--model", "none")
    alone = told("ask", follow_up, "--kb", base / "kb", "--model", "none")
    assert alone["searched"] == [follow_up]
    rag("ask", first, "--kb", base / "kb", "--model", "none", "--session", "follow")
    after = told("ask", follow_up, "--kb", base / "kb", "--model", "none", "--session", "follow")
    assert any(first in wording for wording in after["searched"])


def test_chat_over_a_pipe_understands_a_follow_up(base: Path) -> None:
    questions = "When was Roald Amundsen born?\n\nWhen did he reach the South Pole?\n"
    ran = process("chat", "--kb", base / "kb", "--session", "s", text=questions)
    assert ran.returncode == 0
    first, second = ran.stdout.split("› When did he")
    assert "16 July 1872" in first
    assert "14 December 1911" in second
    assert ran.stderr == ""


def test_chat_goes_on_after_an_error(base: Path) -> None:
    text = "x" * 20_001 + "\nOn what date did Amundsen reach the South Pole?\n"
    ran = rag("chat", "--kb", base / "kb", "--model", "none", text=text)
    assert ran.returncode == 0
    assert ran.stderr.startswith("error: The question has 20001 characters")
    assert "14 December 1911" in ran.stdout


def test_the_index_is_listed_verified_rebuilt_and_backed_up(own: Path, tmp_path: Path) -> None:
    listed = told("index", "list", "--kb", own)["documents"]
    assert [Path(d["source"]).name for d in listed] == sorted(CHOSEN)
    assert all(name in rag("index", "list", "--kb", own).stdout for name in CHOSEN)
    for cache in (own / "cache").glob("*/vectors.faiss"):
        cache.write_bytes(b"not an index")
    assert rag("index", "rebuild", "--kb", own).returncode == 0
    restored = tmp_path / "restored"
    restored.mkdir()
    ran = rag("index", "backup", restored / "catalog.sqlite", "--kb", own)
    assert ran.returncode == 0
    for kb in (own, restored):
        assert rag("index", "verify", "--kb", kb).stdout.strip() == "2 documents, 0 problems"
    assert rag("index", "backup", restored / "catalog.sqlite", "--kb", own).returncode == 2


def test_a_damaged_document_fails_the_verification_by_name(own: Path) -> None:
    with closing(sqlite3.connect(own / "catalog.sqlite")) as connection, connection:
        connection.execute(
            "UPDATE chunks SET text = text || ' altered' WHERE id = (SELECT min(id) FROM chunks)"
        )
    ran = rag("index", "verify", "--kb", own)
    assert ran.returncode == 1
    assert "amundsen-south-pole.md" in ran.stdout


def test_removing_leaves_the_rest_and_a_wrong_name_is_an_error(own: Path) -> None:
    assert rag("index", "remove", "nothing.md", "--kb", own).returncode == 1
    ran = rag("index", "remove", CHOSEN[0], "--kb", own)
    assert (ran.returncode, ran.stdout.strip()) == (0, "1 of 1 documents removed")
    left = told("index", "list", "--kb", own)["documents"]
    assert [Path(d["source"]).name for d in left] == [CHOSEN[1]]


def test_reindex_moves_a_knowledge_base_to_another_embedder_d15(own: Path) -> None:
    refused = rag("ingest", SAMPLES / CHOSEN[0], "--kb", own, "--embedder", "hashing")
    assert refused.returncode == 1
    assert "reindex" in refused.stderr
    assert rag("index", "reindex", "--embedder", "hashing", "--kb", own).returncode == 0
    assert rag("index", "verify", "--kb", own).returncode == 0
    answer = told("ask", "When was Amundsen born?", "--kb", own, "--model", "none")
    assert answer["passages"][0]["source"].endswith(CHOSEN[0])


def test_a_page_is_shown_as_it_was_read(base: Path) -> None:
    ran = rag("sources", "show", CHOSEN[0], "--kb", base / "kb")
    assert "born on 16 July 1872" in ran.stdout
    ran = rag("sources", "show", CHOSEN[0], "--page", "9", "--kb", base / "kb")
    assert ran.returncode == 1
    assert "has no page 9" in ran.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ask", "Is it?", "--kb", "KB", "--model", "/none.gguf"], "no model file at '/none.gguf'"),
        (["ask", "Is it?", "--kb", "KB", "--memory", "elephant"], "'elephant' is unknown"),
        (["ask", "  ", "--kb", "KB", "--model", "none"], "The question is empty"),
        (["index", "verify", "--kb", "TMP/none"], "no knowledge base in"),
        (["index", "rebuild", "--kb", "TMP/none"], "no knowledge base in"),
        (["ingest", "KB", "--kb", "/dev/null"], "'/dev/null' is a file"),
        (["ingest", "KB", "--kb", "TMP/new", "--embedder", "elephant"], "no embedder 'elephant'"),
        (["sources", "show", "elephant", "--kb", "KB"], "0 documents are called 'elephant'"),
    ],
)
def test_an_error_is_one_line_without_a_traceback_s15(
    base: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    places = {"KB": str(base / "kb"), "TMP": str(tmp_path)}
    ran = rag(*(places.get(w, w.replace("TMP/", f"{tmp_path}/")) for w in words))
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert ran.stderr.startswith("error: ")
    assert said in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_a_path_that_is_not_there_is_reported_with_exit_code_1(tmp_path: Path) -> None:
    ran = process("ingest", tmp_path / "none", "--kb", tmp_path / "kb", "--embedder", "hashing")
    assert ran.returncode == 1
    assert "cannot be found" in ran.stdout
    assert "Traceback" not in ran.stderr


def test_markup_and_escape_sequences_in_a_name_are_shown_not_obeyed_i16(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    name = "[red]a\x1b[31m\n.md"
    (folder / name).write_text("# [bold]T[/bold]\n\nThe code of the blue cabin is 4417. \x1b[2J")
    kb = tmp_path / "kb"
    ingested = rag("ingest", folder, "--kb", kb, "--embedder", "hashing")
    asked = rag("ask", "What is the code of the blue cabin?", "--kb", kb, "--model", "none")
    listed = rag("index", "list", "--kb", kb)
    for ran in (ingested, asked, listed):
        assert ran.returncode == 0
        assert "[red]a\\x1b[31m\\n.md" in ran.stdout
        assert "\x1b" not in ran.stdout + ran.stderr
    assert "4417" in asked.stdout
    assert "[bold]T[/bold]" in asked.stdout
