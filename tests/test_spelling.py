"""Misspelt words as the documents spell them; a refusal asks whether those were meant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from ingest import Index, ingest_paths
from rag import Assistant
from rag.cli.show import print_sources
from rag.search.spelling import MOST, respelled

TEXT = """# Gold towns

Bendigo was founded by gold diggers in 1851. Labor is the strongest party of Bendigo and Geelong.

# Sea animals

Ctenophores swim with combs of hairs. This country keeps nine kinds of them in one aquarium.

# Treaties

The Maastricht Treaty was signed in 1992 by twelve states.
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("spelling")
    (folder / "notes.md").write_text(TEXT, "utf-8")
    with Index(folder / "kb") as made:
        ingest_paths(made, [folder / "notes.md"])
        yield made


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("Who founded Bedigo?", "Who founded Bendigo?"),
        ("Who founded benndigo?", "Who founded Bendigo?"),
        ("Who founded BENDGIO?", "Who founded Bendigo?"),
        ("Who founded Bandigo?", "Who founded Bendigo?"),
        ("Bedigo是谁建立的？", "Bendigo是谁建立的？"),
        ("What is strong in Bedigo-Geelng?", "What is strong in Bendigo-Geelong?"),
        ("How do ctenphores swim?", "How do Ctenophores swim?"),
        ("What is Bedigo's strongest party?", "What is Bendigo's strongest party?"),
        ("Who signed the Maastrich treaty?", "Who signed the Maastricht treaty?"),
    ],
)
def test_a_word_one_slip_away_is_read_as_the_documents_write_it(
    index: Index, asked: str, read: str
) -> None:
    assert respelled(asked, index) == read


@pytest.mark.parametrize(
    "asked",
    [
        "Who founded Bendigo?",
        "Which county keeps them?",  # a word, though only "country" stands in the documents
        "Who founded Mendigo?",  # people know how a word begins
        "Who founded Bdeigoo?",  # two slips
        "Who founded Bedigo2 and R2Bedigo?",
        "Who is O'Bendgo, and what is l'Bendgo?",  # the index takes each for one word
        "What do get_bendgo, /bendgo, bendgo.py and me@bendgo do?",
        "Do you knw?",
        "中国有几个省？",
        "?",
        "",
    ],
)
def test_everything_else_stays_as_it_is(index: Index, asked: str) -> None:
    assert respelled(asked, index) == asked


def test_an_endless_question_is_looked_at_in_part(index: Index) -> None:
    names = [f"Bendig{letter * 2}o" for letter in "bcdf"] + ["Bedigo"]
    assert len(names) == MOST + 1
    assert respelled(" ".join(names), index).endswith("Bedigo")
    assert respelled("Bedigo " * 1_000, index) == "Bendigo " * 1_000


@pytest.mark.parametrize(
    ("question", "meant", "told"),
    [
        ("What is strongest in Bedigo?", "What is strongest in Bendigo?", "Did you mean: "),
        ("Benndigo是什么？", "Bendigo是什么？", "您是不是想问："),
    ],
)
def test_a_refusal_asks_what_was_meant(
    index: Index, tmp_path: Path, question: str, meant: str, told: str
) -> None:
    with Assistant.open(index.path, model="none", log=tmp_path / "log.sqlite") as assistant:
        answer = assistant.ask(question).answer
        assert answer.refused
        assert answer.meant == answer.as_dict()["meant"] == meant
        console = Console(record=True, width=200)
        print_sources(console, index, answer)
        assert f"! {told}{meant}\n" in console.export_text()
        again = assistant.ask(answer.meant).answer
    assert not again.refused
    assert again.meant == ""


@pytest.mark.parametrize(
    "question",
    [
        "What does Bedigo export to Brazil by ship?",  # mended it is not answered either
        "Where do badgers sleep in winter?",
        "Which party is strongest in Bendigo and Geelong?",
    ],
)
def test_nothing_else_is_asked(index: Index, tmp_path: Path, question: str) -> None:
    with Assistant.open(index.path, model="none", log=tmp_path / "log.sqlite") as assistant:
        assert assistant.ask(question).answer.meant == ""


def test_an_empty_knowledge_base_asks_nothing(tmp_path: Path) -> None:
    with Assistant.open(tmp_path / "kb", model="none", log=tmp_path / "log.sqlite") as assistant:
        answer = assistant.ask("Who founded Bedigo?").answer
    assert answer.refused
    assert answer.meant == ""


def test_what_is_answered_from_notes_needs_no_other_spelling(index: Index, tmp_path: Path) -> None:
    with Assistant.open(index.path, model="none", log=tmp_path / "log.sqlite") as assistant:
        assert assistant.ask("My sister's name is Geelng.").answer.turn
        answer = assistant.ask("What is my sister's name, Geelng?").answer
    assert answer.said
    assert answer.meant == ""
