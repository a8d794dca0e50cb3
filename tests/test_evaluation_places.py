"""Places of a data set are found in the documents, whatever ingest did to white space."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import Index, Passage, ingest_paths
from rag.evaluation import DatasetError
from rag.evaluation.datasets import Place, Question
from rag.evaluation.knowledge import built, private_copy, without
from rag.evaluation.metrics import Span
from rag.evaluation.places import Gold, Places
from rag.evaluation.progress import silent
from rag.evaluation.rankings import RANKINGS, ordered
from rag.evaluation.tasks.retrieval import relevance

TEXT = "Tea is old. Tea came to the island in 1662, and tea stayed."


def _gold(places: Places, *wanted: Place) -> list[Gold]:
    (fact,) = places.gold(Question("q", "en", (), (tuple(wanted),)))
    return fact


@pytest.fixture
def index(make_index: Callable[..., Index], write_files: Callable[..., Path]) -> Index:
    found = make_index()
    ingest_paths(found, [write_files(tea=TEXT, other="Coffee\nis  young.")])
    return found


def _source(index: Index, name: str) -> str:
    return next(d.source for d in index.documents() if d.source.endswith(name))


@pytest.mark.parametrize("off", [0, 2])
def test_an_answer_is_found_nearest_to_its_own_place(index: Index, off: int) -> None:
    start = TEXT.index("Tea came")
    (gold,) = _gold(Places(index, {}), Place("tea.txt", 1, "Tea", start + off))
    assert gold == Gold(Span(_source(index, "tea.txt"), 1, start, start + 3), 1.0)


def test_a_quote_is_found_in_spite_of_other_white_space(index: Index) -> None:
    places = Places(index, {})
    (gold,) = _gold(places, Place("other.txt", 0, "Coffee is\u3000young."))
    source = _source(index, "other.txt")
    page = index.page(source, 1)
    assert page is not None
    assert page.text[gold.span.start : gold.span.end].split() == ["Coffee", "is", "young."]
    assert places.missing == []


def test_words_that_do_not_stand_there_are_missing_and_never_hit(index: Index) -> None:
    places = Places(index, {})
    wanted = Place("tea.txt", 1, "Coffee")
    (gold,) = _gold(places, wanted)
    assert places.missing == [wanted]
    assert not gold.is_held_by(Span(_source(index, "tea.txt"), 1, 0, 99))


def test_a_place_without_words_is_the_whole_page(index: Index) -> None:
    (gold,) = _gold(Places(index, {}), Place("tea.txt"))
    assert gold.is_held_by(Span(_source(index, "tea.txt"), 1, 50, 55))
    assert not gold.is_held_by(Span(_source(index, "other.txt"), 1, 0, 5))


def test_an_answer_must_be_held_whole_and_a_quote_by_half() -> None:
    held = Span("a", 1, 0, 15)
    assert not Gold(Span("a", 1, 10, 20), 1.0).is_held_by(held)
    assert Gold(Span("a", 1, 10, 20), 0.5).is_held_by(held)
    assert not Gold(Span("a", 1, 11, 20), 0.5).is_held_by(held)


def test_a_document_that_is_not_there_is_named(index: Index) -> None:
    with pytest.raises(DatasetError, match=r"0 documents .* 'gone\.txt'"):
        Places(index, {}).source("gone.txt")


def test_a_paragraph_is_found_by_its_text_inside_another_document(
    make_index: Callable[..., Index], write_files: Callable[..., Path]
) -> None:
    index = make_index()
    ingest_paths(index, [write_files(all=f"Water is wet.\n\n{TEXT}")])
    places = Places(index, {"00007.txt": TEXT}, by_text=True)
    (gold,) = _gold(places, Place("00007.txt", 1, "1662", TEXT.index("1662")))
    page = index.page(gold.span.source, 1)
    assert page is not None
    assert page.text[gold.span.start : gold.span.end] == "1662"
    assert places.missing == []


def test_another_text_of_the_same_name_is_not_taken_for_the_paragraph(index: Index) -> None:
    places = Places(index, {"tea.txt": "Quite another paragraph."}, by_text=True)
    with pytest.raises(DatasetError, match=r"does not hold the text of 'tea\.txt'"):
        places.source("tea.txt")


def _passage(number: int, start: int, end: int, **signals: float) -> Passage:
    return Passage(number, "a", "a", 1, start, end, (), "", 0.0, signals)


def test_a_rank_is_relevant_once_per_fact_and_joint_facts_count_as_one() -> None:
    facts = [[Gold(Span("a", 1, 10, 20), 1.0)], [Gold(Span("a", 1, 30, 40), 1.0)]]
    apart = [_passage(1, 0, 25), _passage(2, 5, 25), _passage(3, 30, 40)]
    assert relevance(apart, facts) == ([True, False, True], 2)
    assert relevance([_passage(1, 0, 50)], facts) == ([True], 1)
    assert relevance([_passage(1, 50, 60)], facts) == ([False], 2)


def test_rankings_order_the_same_candidates_by_their_own_signals() -> None:
    candidates = [
        _passage(1, 0, 9, bm25=9.0, cosine=0.1),
        _passage(2, 0, 9, bm25=5.0, cosine=0.8),
        _passage(3, 0, 9, bm25=0.0, cosine=0.9),
        _passage(4, 0, 9, bm25=4.0, cosine=0.7),
    ]
    order = {
        name: [passage.chunk_id for passage in ordered(candidates, ranking)]
        for name, ranking in RANKINGS.items()
    }
    assert order["bm25"] == [1, 2, 4, 3]
    assert order["vectors"] == [3, 2, 4, 1]
    # 2: 1/62 + 1/62, 1: 1/61 + 1/64, 4: 1/63 + 1/63, and 3 has no word in common: 1/61
    assert order["rrf"] == [2, 1, 4, 3]


def test_a_second_building_embeds_nothing_and_mends_what_was_cut_short() -> None:
    documents = {"00000.txt": TEXT, "00001.txt": "Coffee is young."}
    folder = built("ab" * 32, documents, silent)
    catalog = folder / "catalog.sqlite"
    with Index(folder, read_only=True) as index:
        before = index.documents()
    files = folder.parent / "documents"
    (files / "00001.txt").write_bytes(b"Coff")
    (files / "stray.txt").write_bytes(b"Nobody asked for this.")
    assert built("ab" * 32, documents, silent) == folder
    with Index(folder, read_only=True) as index:
        assert [d.source.rsplit("/")[-1] for d in index.documents()] == [*documents, "stray.txt"]
        assert index.documents()[:2] == before
    (files / "stray.txt").unlink()
    built("ab" * 32, documents, silent)
    with Index(folder, read_only=True) as index:
        assert index.documents() == before
    assert catalog.exists()


def test_a_private_copy_may_be_changed_and_leaves_the_original_alone(index: Index) -> None:
    with private_copy(index.path) as folder:
        with Index(folder) as copy, copy.writing():
            assert copy.remove([_source(index, "tea.txt")]) == 1
        assert len(index.documents()) == 2
    assert not folder.exists()


def test_documents_that_were_taken_out_are_found_again_afterwards(index: Index) -> None:
    before = [passage.text for passage in index.search("tea")]
    source = _source(index, "tea.txt")
    with without(index, [source]):
        assert [d.source for d in index.documents()] == [_source(index, "other.txt")]
        assert source not in {passage.source for passage in index.search("tea")}
    assert [passage.text for passage in index.search("tea")] == before
