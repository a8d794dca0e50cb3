"""A knowledge base as its users see it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from ingest import (
    VECTOR_STORES,
    EmbedderMismatchError,
    Index,
    NewDocument,
    Query,
    SettingError,
    StoreLockedError,
    ingest_paths,
)
from ingest.embedders.hashing import HashingEmbedder
from ingest.index.search import CANDIDATES

Make = Callable[..., Index]
Fill = Callable[..., None]


@pytest.mark.parametrize("store", sorted(VECTOR_STORES))
def test_every_vector_store_gives_the_passages_of_the_reference(
    make_index: Make, fill: Fill, store: str
) -> None:
    fill(make_index(), 25)
    index, reference = make_index(vector_store=store), make_index(vector_store="exact")
    for question in ("otter fish3", "heron7 dawn", "水獭", "who watches river2?"):
        got = [(p.chunk_id, round(p.score, 4)) for p in index.search(question, k=6)]
        assert got == [(p.chunk_id, round(p.score, 4)) for p in reference.search(question, k=6)]
        assert len(got) == 6


def test_a_passage_says_where_its_words_stand(make_index: Make, fill: Fill) -> None:
    index = make_index()
    fill(index, 5)
    best = index.search("heron3")[0]
    page = index.page(best.source, best.page)
    assert page is not None
    assert page.text[best.start : best.end] == best.text
    assert best.source == "/doc/003.txt"
    assert best.heading_path == ("A heading",)
    assert set(best.signals) == {"bm25", "cosine"}
    assert index.passages([best.chunk_id, 999])[0].text == best.text


def test_nothing_is_found_where_nothing_is_asked_or_stored(make_index: Make, fill: Fill) -> None:
    index = make_index()
    assert index.search("anything") == []
    fill(index, 1)
    assert index.search("  \n") == []
    assert index.search([Query(" ")]) == []


def test_asking_for_less_than_one_passage_is_refused(make_index: Make) -> None:
    with pytest.raises(SettingError, match="set k to 1 or more"):
        make_index().search("otter", k=0)


def test_what_is_set_aside_is_left_out_and_does_not_crowd_out_the_rest(
    make_index: Make, new_document: Callable[..., NewDocument]
) -> None:
    index = make_index()
    texts = [f"The same otter swims, take {n}." for n in range(CANDIDATES + 60)]
    with index.writing():
        index.claim()
        index.commit(new_document("/doc/many.txt", texts))
    shown: set[int] = set()
    for _ in range(13):
        found = [passage.chunk_id for passage in index.search("otter swims", k=20, exclude=shown)]
        assert len(found) == 20
        assert not shown.intersection(found)
        shown.update(found)


def test_several_ways_of_asking_are_summed(make_index: Make, fill: Fill) -> None:
    index = make_index()
    fill(index, 20)
    queries = [Query("heron4"), Query("fish9", weight=3.0)]
    assert [p.source for p in index.search(queries, k=2)] == ["/doc/009.txt", "/doc/004.txt"]


def test_a_question_of_a_hundred_thousand_characters_is_answered(
    make_index: Make, fill: Fill
) -> None:
    index = make_index()
    fill(index, 5)
    question = "heron3 " + " ".join(f"filler{n}" for n in range(9_500))
    assert len(question) > 100_000
    assert len(index.search(question, k=2)) == 2


def test_d15_another_dimension_or_another_model_is_refused_for_search_and_ingest(
    make_index: Make, fill: Fill
) -> None:
    fill(make_index(), 2)
    for embedder in (HashingEmbedder(32), HashingEmbedder(64, salt="other")):
        other = make_index(embedder=embedder)
        with pytest.raises(EmbedderMismatchError, match="rag index reindex"):
            other.search("otter")
        for use in (other.claim, other.publish, other.rebuild):
            with pytest.raises(EmbedderMismatchError, match="rag index reindex"):
                use()
        with pytest.raises(EmbedderMismatchError, match="rag index reindex"):
            ingest_paths(other, [])


def test_a_second_writer_is_told_who_writes(make_index: Make) -> None:
    index, other = make_index(), make_index()
    told: list[str] = []
    with index.writing():
        with pytest.raises(StoreLockedError, match=r"Another process is writing .*process \d+"):
            other.writing(wait_seconds=0.12, on_wait=told.append).__enter__()
        assert len(told) == 1
    with other.writing():
        pass


def test_a_store_with_older_terms_is_indexed_anew_when_it_is_written(
    make_index: Make, fill: Fill
) -> None:
    index = make_index()
    fill(index, 3)
    with index.catalog.write() as connection:
        connection.execute("UPDATE lexical SET body = 'outdated', context = ''")
    index.catalog.set("lexical", "0")
    assert index.search("heron2")[0].signals["bm25"] == 0
    with index.writing():
        index.claim()
    assert index.search("heron2")[0].signals["bm25"] > 0
    assert index.verify() == []


def test_threads_search_while_one_commits_without_an_error(make_index: Make, fill: Fill) -> None:
    index = make_index()
    fill(index, 5)
    faults: list[BaseException] = []

    def search() -> None:
        try:
            for n in range(40):
                assert index.search(f"heron{n % 5}", k=3)[0].source == f"/doc/{n % 5:03}.txt"
        except BaseException as error:  # noqa: BLE001 - handed to the test
            faults.append(error)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    fill(index, 15, first=10)
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_document_comes_back_as_it_was_committed(
    make_index: Make, new_document: Callable[..., NewDocument]
) -> None:
    index = make_index()
    document = new_document("/doc/a.txt", ["First one.", "Second 水獭."])
    with index.writing():
        index.claim()
        index.commit(document)
        index.commit(document)
    stored = index.document("/doc/a.txt")
    assert stored is not None
    assert (stored.pages, stored.chunks) == (document.pages, document.chunks)
    assert stored.vectors.tobytes() == document.vectors.tobytes()
    assert [info.chunks for info in index.documents()] == [2]
    assert index.document("/doc/none.txt") is None
    assert index.page("/doc/a.txt", 2) is None
    assert index.remove(["/doc/a.txt", "/doc/none.txt"]) == 1
    assert index.is_empty()


def test_an_unknown_vector_store_is_refused_before_anything_is_made(make_index: Make) -> None:
    with pytest.raises(SettingError, match="choose one of"):
        make_index(vector_store="pinecone")
