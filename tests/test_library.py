"""Documents are uploaded, read again, removed; searches are compared; long work is a job."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from ingest import IngestReport, SettingError
from ingest.embedders.hashing import HashingEmbedder
from rag import (
    WAYS,
    Desk,
    ExportedFile,
    Index,
    Job,
    Jobs,
    KnowledgeBase,
    Library,
    Settings,
    Shelf,
    ShelfError,
    Way,
    stored_documents,
    try_out,
)
from rag.stored_documents import read_again, remove_documents, upload_documents

from .web_server import Page, web_server

BRIDGE = b"The bridge over the Arl is 411 metres long and carries two railway tracks."
ROAD = b"The road to the bridge was opened in May 1932 by the engineer Mary Ash."
SHIP = b"The ship Fram was built for the ice; her hull is round and very thick."


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index(tmp_path / "kb", embedder=HashingEmbedder()) as opened:
        yield opened


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path / "log.sqlite", Settings(model="none", embedder="hashing"))
    yield opened
    opened.close()


@pytest.fixture
def library(tmp_path: Path, desk: Desk) -> Library:
    return Library(desk, Shelf(tmp_path / "shelf"), Jobs())


def over(job: Job) -> Job:
    deadline = time.monotonic() + 20
    while not job.over:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return job


def reported(job: Job) -> IngestReport:
    assert isinstance(over(job).result, IngestReport), job.error
    return job.result  # type: ignore[return-value]


def uploads(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "uploads").iterdir())


def test_an_upload_that_is_not_read_leaves_nothing_and_is_reported_by_its_name(
    index: Index,
) -> None:
    report = upload_documents(index, [("bridge.txt", BRIDGE), ("blank.txt", b" \n")])
    assert [(o.source == "blank.txt", o.status) for o in report.outcomes].count((True, "skipped"))
    (message,) = [outcome.message for outcome in report.skipped]
    assert "blank.txt" in message
    assert len(uploads(index.path)) == 2, "the file that was read, and its name"
    assert [document.name for document in stored_documents(index)] == ["bridge.txt"]


def test_an_upload_that_replaces_a_document_with_nothing_takes_it_away(index: Index) -> None:
    upload_documents(index, [("bridge.txt", BRIDGE)])
    upload_documents(index, [("bridge.txt", b"\n")])
    assert stored_documents(index) == []
    assert uploads(index.path) == []


def test_names_are_found_whatever_their_letter_case_and_width(index: Index) -> None:
    upload_documents(index, [("Bridge ＡＢＣ.txt", BRIDGE), ("road.txt", ROAD)])
    assert [d.name for d in stored_documents(index, "bridge abc")] == ["Bridge ＡＢＣ.txt"]


def test_reading_again_takes_unchanged_files_too_and_keeps_what_is_gone(
    index: Index, tmp_path: Path
) -> None:
    upload_documents(index, [("bridge.txt", BRIDGE), ("road.txt", ROAD)])
    sources = [document.info.source for document in stored_documents(index)]
    Path(sources[1]).unlink()
    report = read_again(index, sources)
    assert (report.count("updated"), report.count("skipped")) == (1, 1)
    assert report.embedded == 0, "equal texts keep their vectors"
    assert len(stored_documents(index)) == 2


def test_s16_removing_wipes_an_upload_and_leaves_other_files_alone(
    index: Index, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "road.txt"
    elsewhere.write_bytes(ROAD)
    upload_documents(index, [("bridge.txt", BRIDGE)])
    sources = [document.info.source for document in stored_documents(index)]
    report = remove_documents(index, [*sources, str(elsewhere), str(index.path / "writer.lock")])
    assert [(o.source, o.status) for o in report.outcomes] == [("bridge.txt", "removed")]
    assert uploads(index.path) == []
    assert elsewhere.exists()
    left = [path.read_bytes() for path in index.path.rglob("*") if path.is_file()]
    assert not [data for data in left if b"411 metres" in data]


def test_two_ways_of_searching_are_compared_rank_by_rank(index: Index) -> None:
    files = [("bridge.txt", BRIDGE), ("road.txt", ROAD), ("ship.txt", SHIP)]
    upload_documents(index, files)
    ours, bm25 = try_out(index, "Who opened the road to the bridge?", Way(), Way("bm25", 1))
    assert [hit.rank for hit in ours.hits] == [1, 2, 3]
    assert [hit.rank for hit in bm25.hits] == [1]
    best = bm25.hits[0].passage.chunk_id
    assert [hit.other for hit in ours.hits if hit.passage.chunk_id == best] == [1]
    assert [hit.other for hit in ours.hits if hit.passage.chunk_id != best] == [None, None]
    assert {"bm25", "cosine", "sentence", "score"} <= set(ours.hits[0].signals)


@pytest.mark.parametrize("name", WAYS)
def test_every_ranking_finds_passages_and_never_more_than_asked_for(
    index: Index, name: str
) -> None:
    upload_documents(index, [("bridge.txt", BRIDGE), ("road.txt", ROAD), ("ship.txt", SHIP)])
    one, other = try_out(index, "Who opened the road?", Way(name, 2), Way(name, 2))
    assert len(one.hits) == 2
    assert [hit.other for hit in one.hits] == [1, 2]
    assert [hit.passage for hit in one.hits] == [hit.passage for hit in other.hits]


def test_a_follow_up_is_searched_in_more_wordings_than_the_bare_question(index: Index) -> None:
    upload_documents(index, [("bridge.txt", BRIDGE), ("ship.txt", SHIP)])
    before = Way(before="Who built the ship Fram?")
    asked, bare = try_out(index, "How thick is it?", before, Way())
    assert len(asked.wordings) > len(bare.wordings) == 1
    assert "Fram" in asked.wordings[1][0]


@pytest.mark.parametrize("way", [Way("best"), Way(passages=0)])
def test_a_way_that_there_is_not_is_refused(index: Index, way: Way) -> None:
    upload_documents(index, [("bridge.txt", BRIDGE)])
    with pytest.raises(SettingError, match=r"best|0"):
        try_out(index, "How long?", way, way)


def test_a_job_reads_uploads_and_tells_how_many_files_are_done(library: Library) -> None:
    kb = library._shelf.create("Papers")
    job = library.upload(kb, [("bridge.txt", BRIDGE), ("road.txt", ROAD)])
    assert reported(job).count("added") == 2
    assert (job.done, job.total, job.current) == (2, 2, "")
    assert library.jobs(kb) == [job]


def test_a_path_that_is_not_there_is_reported_not_raised(library: Library, tmp_path: Path) -> None:
    kb = library._shelf.create("Papers")
    (skipped,) = reported(library.add(kb, [tmp_path / "nowhere"])).skipped
    assert skipped.reason == "unreadable"


def test_pages_and_files_are_added_in_one_job_that_calls_them_by_address_and_name(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    in_hand: list[str] = []
    tell = Job.tell

    def heard(job: Job, done: int, total: int, current: str = "") -> None:
        in_hand.append(current)
        tell(job, done, total, current)

    monkeypatch.setattr(Job, "tell", heard)
    (tmp_path / "road.txt").write_bytes(ROAD)
    kb = library._shelf.create("Papers")
    with web_server(bridge=Page(BRIDGE, "text/plain")) as web:
        page = f"{web.address}/bridge"
        job = library.add(kb, [tmp_path / "road.txt", f" {page} ", f"{web.address}/none"])
        report = reported(job)
    assert job.title == f"road.txt, {page}, {web.address}/none"
    assert {*in_hand} == {"", "road.txt", page}
    assert (report.count("added"), [o.source for o in report.skipped]) == (
        2,
        [f"{web.address}/none"],
    )
    names = [document.name for document in stored_documents(library._desk.index(kb.path))]
    assert names == [page, "road.txt"]


def test_c01_work_waits_for_another_writer_and_hears_that_it_shall_stop(library: Library) -> None:
    kb = library._shelf.create("Papers")
    with Index(kb.path).writing():
        waiting = library.upload(kb, [("bridge.txt", BRIDGE)])
        stopped = library.upload(kb, [("road.txt", ROAD)])
        stopped.stop()
        time.sleep(0.2)
        assert not waiting.over
        waiting.stop()
        assert over(waiting).state == "stopped"
    assert over(stopped).state == "stopped"
    assert reported(library.upload(kb, [("ship.txt", SHIP)])).count("added") == 1


def test_work_on_a_knowledge_base_that_is_gone_fails_and_does_not_make_it_anew(
    library: Library,
) -> None:
    kb = library._shelf.create("Papers")
    library.delete(kb)
    job = over(library.upload(kb, [("bridge.txt", BRIDGE)]))
    assert job.state == "failed"
    assert "Papers" in job.error or kb.id in job.error
    assert not kb.path.exists()


def test_the_conversations_folder_is_never_deleted(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    kb = shelf.create("Home")
    desk = Desk.beside(kb.path, Settings(model="none"))
    with pytest.raises(ShelfError, match="holds the conversations"):
        Library(desk, shelf, Jobs()).delete(kb)
    assert kb.path.is_dir()
    desk.close()


def test_an_exported_file_is_taken_in_again_and_goes_with_whoever_held_it(
    library: Library,
) -> None:
    kb = library._shelf.create("Papers")
    reported(library.upload(kb, [("bridge.txt", BRIDGE)]))
    job = over(library.export(kb))
    assert isinstance(job.result, ExportedFile), job.error
    path = job.result.path
    assert job.result.size == path.stat().st_size
    taken = over(library.take_in("papers.zip", BytesIO(path.read_bytes())))
    assert isinstance(taken.result, KnowledgeBase), taken.error
    assert taken.result.documents == 1
    library.dismiss(job)
    assert not path.parent.exists()
    assert job not in library.jobs(kb)
