"""Misspelt words of a question are read as the documents spell them, and that is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import Index, ingest_paths
from rag import Assistant
from rag.search import PastExchange, retrieve
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


def test_it_is_searched_for_beside_the_question_as_asked(index: Index) -> None:
    asked = "Which party is strongest in Bedigo?"
    found = retrieve(index, asked, [], k=3)
    assert found.wordings.texts == (asked, "Which party is strongest in Bendigo?")
    assert found.question == found.wordings.spelled == found.wordings.texts[1]
    assert found.sentences[0].text.startswith("Labor is the strongest party")
    past = [PastExchange("Who founded Bendigo?", "Gold diggers.")]
    after = retrieve(index, "And which party is strongest in Gelong?", past, k=3).wordings
    assert after.texts[:2] == (
        "And which party is strongest in Gelong?",
        "And which party is strongest in Geelong?",
    )
    assert all("Geelong?" in text for text in after.texts[1:])
    assert len(after.texts) == len(after.weights) > 2
    assert retrieve(index, "Who founded Bendigo?", [], k=3).wordings.spelled == ""


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Which party is strongest in Bedigo?", "Read as: Which party is strongest in Bendigo?"),
        ("Bedigo是什么？", "按此理解：Bendigo是什么？"),
    ],
)
def test_the_answer_says_how_the_question_was_read(
    index: Index, tmp_path: Path, question: str, told: str
) -> None:
    with Assistant.open(index.path, model="none", log=tmp_path / "log.sqlite") as assistant:
        answer = assistant.ask(question).answer
        plain = assistant.ask("Which party is strongest in Bendigo?").answer
    assert answer.remarks[0] == told
    assert answer.question == answer.searched[0] == question
    assert plain.remarks == ()


def test_what_is_answered_from_notes_was_read_as_asked(index: Index, tmp_path: Path) -> None:
    with Assistant.open(index.path, model="none", log=tmp_path / "log.sqlite") as assistant:
        assert assistant.ask("My sister's name is Geelng.").answer.turn
        answer = assistant.ask("What is my sister's name, Geelng?").answer
    assert answer.said
    assert answer.remarks == ()
