"""Long work in threads: in order, stopped in the middle, and nothing swallowed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import Index, IngestReport, Progress, ingest_paths
from rag import Job, Jobs, RagError
from rag.jobs import MOST_ENDED


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


def test_jobs_of_a_lane_run_in_the_order_they_came(jobs: Jobs) -> None:
    began: list[int] = []
    running: set[int] = set()
    go_on = threading.Event()

    def work(number: int) -> Callable[[Job], int]:
        def run(_job: Job) -> int:
            assert not running
            running.add(number)
            go_on.wait(10)
            began.append(number)
            running.discard(number)
            return number

        return run

    made = [jobs.start("ingest", "kb", str(n), work(n)) for n in range(30)]
    assert jobs.start("pull", "other lane", "", lambda _job: None).wait(10), "lanes are apart"
    go_on.set()
    assert all(job.wait(10) for job in made)
    assert began == [*range(30)]
    assert [job.result for job in made] == [*range(30)]


def test_one_that_waits_is_stopped_at_once_and_the_next_still_waits_its_turn(jobs: Jobs) -> None:
    go_on, inside = threading.Event(), threading.Event()

    def long(_job: Job) -> None:
        inside.set()
        go_on.wait(10)

    first = jobs.start("ingest", "kb", "first", long)
    assert inside.wait(10)
    second = jobs.start("ingest", "kb", "second", lambda _job: "never")
    third = jobs.start("ingest", "kb", "third", lambda _job: first.over)
    second.stop()
    assert (second.state, second.over, second.result) == ("stopped", True, None)
    assert not third.wait(0.05)
    go_on.set()
    assert third.wait(10)
    assert third.result is True


def test_stopping_an_ingest_keeps_and_reports_what_was_committed(
    jobs: Jobs, tmp_path: Path
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for n in range(300):
        (folder / f"{n:03}.txt").write_text(f"The otter number {n} swims in river {n}.")
    some = threading.Event()
    with Index(tmp_path / "kb", embedder="hashing") as index:

        def work(job: Job) -> IngestReport:
            def tell(progress: Progress) -> None:
                job.tell(progress.files, progress.total_files, progress.current)
                if job.done >= 10:
                    some.set()
                    stopping.wait(10)

            return ingest_paths(index, [folder], on_progress=tell)

        stopping = threading.Event()
        job = jobs.start("ingest", "kb", "documents", work)
        assert some.wait(60), (job.state, job.error, job.done, job.total)
        job.stop()
        stopping.set()
        assert job.wait(30)
        stored = len(index.documents())
        assert job.state == "stopped"
        assert isinstance(job.result, IngestReport)
        assert job.result.count("added") == stored
        assert 0 < stored < 300
        assert job.total == 300
        again = jobs.start("ingest", "kb", "documents", lambda _j: ingest_paths(index, [folder]))
        assert again.wait(60)
        assert (again.state, len(index.documents())) == ("done", 300)


def test_an_ingest_that_is_stopped_at_its_very_end_reports_all(
    jobs: Jobs, tmp_path: Path, quick_parser: None
) -> None:
    (tmp_path / "one.txt").write_text("The otter swims.")

    def work(job: Job) -> IngestReport:
        def tell(progress: Progress) -> None:
            if not progress.current:
                job.stop()
            job.tell(progress.files, progress.total_files, progress.current)

        return ingest_paths(index, [tmp_path / "one.txt"], on_progress=tell)

    with Index(tmp_path / "kb", embedder="hashing") as index:
        job = jobs.start("ingest", "kb", "documents", work)
        assert job.wait(30)
    assert isinstance(job.result, IngestReport)
    assert job.result.count("added") == 1


def test_an_error_becomes_words(jobs: Jobs) -> None:
    for error in (RagError("no such model 'x'"), OSError("disk full")):

        def work(_job: Job, error: Exception = error) -> None:
            raise error

        job = jobs.start("pull", "models", "", work)
        assert job.wait(10)
        assert (job.state, job.error) == ("failed", str(error))


def test_an_error_of_the_program_fails_the_job_and_reaches_its_log(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: logged.append(args.exc_type))
    job = jobs.start("pull", "models", "", lambda _job: 1 // 0)
    assert job.wait(10)
    assert job.state == "failed"
    assert "broke off" in job.error
    after = jobs.start("pull", "models", "", lambda _job: "still works")
    assert after.wait(10)
    assert after.result == "still works"
    end = time.monotonic() + 10
    while not logged and time.monotonic() < end:
        time.sleep(0.01)  # the hook is called at the very end of the thread
    assert logged == [ZeroDivisionError]


def test_the_oldest_ended_jobs_are_listed_no_longer(jobs: Jobs) -> None:
    for n in range(MOST_ENDED + 5):
        assert jobs.start("k", "l", str(n), lambda _job: None).wait(10)
    inside = threading.Event()
    last = jobs.start("k", "l", "last", lambda job: inside.wait(10))
    titles = [job.title for job in jobs.list("k", "l")]
    assert titles == [*map(str, range(5, MOST_ENDED + 5)), "last"]
    jobs.dismiss(last)
    assert last in jobs.list(), "it is not over"
    inside.set()
    assert last.wait(10)
    jobs.dismiss(last)
    assert last not in jobs.list()


def test_closing_stops_all_and_waits_for_them(jobs: Jobs) -> None:
    def work(job: Job) -> None:
        while True:
            job.tell(1, 2)

    running = [jobs.start("k", lane, "", work) for lane in "ab"]
    waiting = jobs.start("k", "a", "", work)
    jobs.close()
    assert [job.state for job in (*running, waiting)] == ["stopped"] * 3
