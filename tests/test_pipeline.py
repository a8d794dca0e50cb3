"""From files to an index and a report that adds up."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import (
    Index,
    IngestInterrupted,
    IngestReport,
    ParseLimits,
    ingest_paths,
)
from ingest.embedders.hashing import HashingEmbedder

Make = Callable[..., Index]
Write = Callable[..., Path]
SENTENCE = "The otter of {0} eats fish in the river {0}, and the heron watches it at dawn. "


def view(index: Index) -> set[tuple[object, ...]]:
    """What is stored, without ids and dates."""
    found: set[tuple[object, ...]] = set()
    for info in index.documents():
        document = index.document(info.source)
        assert document is not None
        for chunk, row, key in zip(
            document.chunks, document.vectors, document.keys or (), strict=True
        ):
            found.add(
                (info.source, document.content_hash, chunk.page, chunk.start, chunk.end,
                 chunk.text, row.tobytes(), key, document.splitter)
            )  # fmt: skip
    return found


def fresh(folder: Path, make_index: Make, at: Path, **options: object) -> set[tuple[object, ...]]:
    """The view of a new knowledge base of the folder as it is now."""
    shutil.rmtree(at, ignore_errors=True)
    index = make_index(at, **options)
    ingest_paths(index, [folder])
    return view(index)


def statuses(report: IngestReport) -> dict[str, str]:
    return {Path(o.source).name: o.status for o in report.outcomes}


def assert_adds_up(report: IngestReport) -> None:
    parts = ("added", "updated", "unchanged", "skipped")
    assert report.seen == sum(report.count(status) for status in parts) + report.left  # type: ignore[arg-type]
    assert all(outcome.reason and outcome.message for outcome in report.skipped)
    json.dumps(report.as_dict())


def test_bad_files_stop_nothing_and_the_summary_adds_up(
    make_index: Make, write_files: Write
) -> None:
    folder = write_files(
        a=SENTENCE.format("Ada"), z=SENTENCE.format("Zoe"), empty="", blank=" \n\t"
    )
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing that follows is a PDF")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "large.txt").write_text("x" * 30_000)
    (folder / "program.exe").write_bytes(b"MZ" + bytes(300))
    (folder / "broken.docx").write_bytes(b"PK\x03\x04 not a zip")
    (folder / "out").symlink_to("/etc/hostname")
    (folder / "nowhere").symlink_to(folder / "absent")
    os.mkfifo(folder / "pipe")
    index = make_index()
    report = ingest_paths(
        index, [folder, folder / "absent2"], limits=ParseLimits(file_bytes=20_000)
    )
    assert_adds_up(report)
    assert statuses(report) == {
        name: "added" if name in ("a.txt", "z.txt") else "skipped"
        for name in (*(entry.name for entry in folder.iterdir()), "absent2")
    }
    reasons = {Path(o.source).name: o.reason for o in report.skipped}
    assert reasons["empty.txt"] == "empty"
    assert reasons["large.txt"] == "too_large"
    assert reasons["pipe"] == "special"
    assert {Path(info.source).name for info in index.documents()} == {"a.txt", "z.txt"}
    assert index.verify() == []


_SECOND_RUN = """
import subprocess, sys
from ingest import Index, ingest_paths
from ingest.embedders.hashing import HashingEmbedder
class Counting(HashingEmbedder):
    calls = 0
    def embed(self, texts, role="passage"):
        Counting.calls += 1
        return super().embed(texts, role)
def started(*args, **options):
    raise SystemExit("a child was started")
subprocess.Popen = started
with Index(sys.argv[1], embedder=Counting(64)) as index:
    report = ingest_paths(index, [sys.argv[2]])
heavy = [name for name in ("torch", "sentence_transformers", "chromadb") if name in sys.modules]
print(report.count("unchanged"), report.seen, report.embedded, Counting.calls, heavy)
"""


def test_d14_an_unchanged_second_run_embeds_nothing_and_starts_no_parser(
    make_index: Make, write_files: Write
) -> None:
    folder = write_files(a=SENTENCE.format("Ada"), b=SENTENCE.format("Ben"))
    index = make_index()
    first = ingest_paths(index, [folder])
    state = index.catalog.state
    child = subprocess.run(
        [sys.executable, "-c", _SECOND_RUN, str(index.path), str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (child.stdout, child.stderr) == ("2 2 0 0 []\n", "")
    assert first.embedded == 2
    assert index.catalog.state == state


def test_d18_content_decides_not_the_clock(
    make_index: Make, write_files: Write, quick_parser: None
) -> None:
    folder = write_files(a="The first text of all.")
    index = make_index()
    ingest_paths(index, [folder])
    before = (folder / "a.txt").stat()
    write_files(a="The other text of all.")
    os.utime(folder / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert statuses(ingest_paths(index, [folder])) == {"a.txt": "updated"}
    os.utime(folder / "a.txt", (0, 0))
    assert statuses(ingest_paths(index, [folder])) == {"a.txt": "unchanged"}
    assert index.search("other text")[0].text == "The other text of all."


def test_a_file_that_went_bad_loses_its_old_text_and_one_that_cannot_be_seen_keeps_it(
    make_index: Make, write_files: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_files(a="Text of Ada.", b="Text of Ben.", c="Text of Cyd.", d="Text of Dot.")
    index = make_index()
    ingest_paths(index, [folder])
    write_files(a="", b="x" * 500)
    (folder / "c.txt").unlink()
    (folder / "c.txt").symlink_to("/etc/hostname")
    real = os.open

    def guarded(path: object, *args: int, **options: object) -> int:
        if str(path).endswith("d.txt"):
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", guarded)
        report = ingest_paths(index, [folder], prune=True, limits=ParseLimits(file_bytes=400))
    assert_adds_up(report)
    assert {Path(o.source).name: o.reason for o in report.outcomes} == {
        "a.txt": "empty",
        "b.txt": "too_large",
        "c.txt": "symlink",
        "d.txt": "unreadable",
    }
    assert [Path(info.source).name for info in index.documents()] == ["d.txt"]


def test_a_hard_link_that_sorts_first_takes_the_place_of_its_twin(
    make_index: Make, write_files: Write, tmp_path: Path, quick_parser: None
) -> None:
    folder = write_files(b="One text with two names.")
    index = make_index()
    ingest_paths(index, [folder])
    os.link(folder / "b.txt", folder / "a.txt")
    ingest_paths(index, [folder])
    assert view(index) == fresh(folder, make_index, tmp_path / "fresh")


def test_prune_spares_other_folders_and_what_cannot_be_listed(
    make_index: Make, write_files: Write, tmp_path: Path, quick_parser: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = write_files(a="Ada.")
    for name in ("private", "other", "gone"):
        (folder / name).mkdir()
        (folder / name / "x.txt").write_text(f"In {name}.")
    (tmp_path / "documents2").mkdir()
    (tmp_path / "documents2" / "y.txt").write_text("Elsewhere.")
    index = make_index()
    ingest_paths(index, [folder, tmp_path / "documents2"])
    shutil.rmtree(folder / "gone")
    real = os.scandir

    def guarded(path: object) -> object:
        if str(path).endswith("private"):
            raise PermissionError(13, "Permission denied")
        return real(path)  # type: ignore[call-overload]

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", guarded)
        report = ingest_paths(index, [folder], prune=True)
    assert_adds_up(report)
    assert [Path(o.source).parent.name for o in report.outcomes if o.status == "removed"] == [
        "gone"
    ]
    shutil.rmtree(tmp_path / "documents2")
    ingest_paths(index, [tmp_path / "documents2"], prune=True)
    assert len(index.documents()) == 4


def test_d04_an_interrupted_run_keeps_what_it_reports_and_the_next_goes_on(
    make_index: Make, write_files: Write, tmp_path: Path, quick_parser: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("ingest.pipeline._FLUSH_CHUNKS", 3)
    folder = write_files(**{f"f{n:02}": SENTENCE.format(f"N{n}") for n in range(10)})
    points = {"embed": (HashingEmbedder, "embed", 2), "commit": (Index, "commit", 5),
              "publish": (Index, "publish", 1)}  # fmt: skip
    for name, (owner, verb, nth) in points.items():
        index = make_index(tmp_path / name)
        real, calls = getattr(owner, verb), []

        def stopping(self: object, *args: object, real=real, calls=calls, nth=nth) -> object:  # type: ignore[no-untyped-def]
            calls.append(1)
            if len(calls) == nth:
                raise KeyboardInterrupt
            return real(self, *args)

        with monkeypatch.context() as patch:
            patch.setattr(owner, verb, stopping)
            with pytest.raises(IngestInterrupted) as stopped:
                ingest_paths(index, [folder])
        report = stopped.value.report
        assert_adds_up(report)
        assert report.seen == 10
        assert {o.source for o in report.outcomes} == {i.source for i in index.documents()}
        assert report.left == {"embed": 7, "commit": 6, "publish": 0}[name]
        after = ingest_paths(index, [folder])
        assert after.count("unchanged") == 10 - report.left
        assert after.count("added") == report.left
        assert view(index) == fresh(folder, make_index, tmp_path / "fresh")


def test_d06_a_vector_cache_without_room_is_a_warning_and_no_document_is_lost(
    make_index: Make, write_files: Write, quick_parser: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    index = make_index()
    monkeypatch.setattr("ingest.index.cache.replace_file", full)
    report = ingest_paths(index, [write_files(a=SENTENCE.format("Ada"))])
    assert report.count("added") == 1
    assert len(report.warnings) == 1
    assert "No space left" in report.warnings[0]
    assert index.search("otter Ada")[0].source.endswith("a.txt")


def test_progress_grows_to_the_total(
    make_index: Make, write_files: Write, quick_parser: None
) -> None:
    folder = write_files(a="Ada.", b="Ben.")
    seen = []
    ingest_paths(make_index(), [folder], on_progress=seen.append)
    assert [p.files for p in seen] == sorted(p.files for p in seen)
    last = seen[-1]
    assert (last.files, last.size, last.chunks, last.current) == (2, last.total_size, 2, "")
