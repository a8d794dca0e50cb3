"""Whatever happens to the files, the store is that of a fresh ingest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ingest import (
    Index,
    IngestReport,
    Splitter,
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


def test_d14_after_any_change_the_store_equals_a_fresh_one(
    make_index: Make, write_files: Write, tmp_path: Path, quick_parser: None
) -> None:
    folder = write_files(a=SENTENCE.format("Ada") * 30, b=SENTENCE.format("Ben"), c="Short.")
    index = make_index()

    def check(report: IngestReport, **expected: str) -> None:
        assert_adds_up(report)
        assert {k: v for k, v in statuses(report).items() if v != "unchanged"} == {
            f"{name}.txt": status for name, status in expected.items()
        }
        assert view(index) == fresh(folder, make_index, tmp_path / "fresh")
        assert index.verify() == []

    check(ingest_paths(index, [folder], prune=True), a="added", b="added", c="added")
    check(ingest_paths(index, [folder], prune=True))
    write_files(a=SENTENCE.format("Ada") * 29 + "And that was that.")
    check(ingest_paths(index, [folder], prune=True), a="updated")
    (folder / "b.txt").rename(folder / "d.txt")
    renamed = ingest_paths(index, [folder], prune=True)
    check(renamed, b="removed", d="added")
    assert (renamed.embedded, renamed.reused) == (0, 1)
    (folder / "c.txt").unlink()
    check(ingest_paths(index, [folder], prune=True), c="removed")
    write_files(e=SENTENCE.format("Ben"), b="New text under an old name.")
    check(ingest_paths(index, [folder], prune=True), e="added", b="added")
    assert len({i.content_hash for i in index.documents()}) == len(index.documents()) - 1
    splitter = Splitter(HashingEmbedder(64).count_tokens, max_tokens=40, overlap_tokens=8)
    smaller = make_index(splitter=splitter)
    report = ingest_paths(smaller, [folder])
    assert set(statuses(report).values()) == {"updated"}
    assert view(smaller) == fresh(folder, make_index, tmp_path / "fresh", splitter=splitter)
    for file in folder.iterdir():
        file.unlink()
    check(ingest_paths(index, [folder], prune=True), **{n: "removed" for n in "abde"})
    assert index.is_empty()


class Changes(RuleBasedStateMachine):
    """Files come, change, move and go; after each ingest the store is that of a fresh run."""

    make: Make
    folder: Path
    names = st.sampled_from(["a", "b", "c", "d"])
    texts = st.sampled_from(["One.", "Two 水獭.", SENTENCE.format("Eve") * 12, "", "Four. " * 40])

    @initialize()
    def start(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "docs").mkdir(parents=True)
        self.index = self.make(self.folder / "kb")
        self.settled = True

    def path(self, name: str) -> Path:
        return self.folder / "docs" / f"{name}.txt"

    @rule(name=names, text=texts)
    def write(self, name: str, text: str) -> None:
        self.path(name).write_text(text)
        self.settled = False

    @rule(name=names, other=names)
    def rename(self, name: str, other: str) -> None:
        if self.path(name).exists():
            self.path(name).rename(self.path(other))
            self.settled = False

    @rule(name=names)
    def delete(self, name: str) -> None:
        self.path(name).unlink(missing_ok=True)
        self.settled = False

    @precondition(lambda self: not self.settled)
    @rule(restart=st.booleans())
    def ingest(self, restart: bool) -> None:
        if restart:
            self.index.close()
            self.index = self.make(self.folder / "kb")
        assert_adds_up(ingest_paths(self.index, [self.folder / "docs"], prune=True))
        self.settled = True

    @invariant()
    def equals_a_fresh_one(self) -> None:
        if self.settled:
            docs = self.folder / "docs"
            assert view(self.index) == fresh(docs, self.make, self.folder / "fresh")
            assert self.index.verify() == []


def test_d14_no_sequence_of_changes_leaves_a_stale_or_double_chunk(
    make_index: Make, tmp_path: Path, quick_parser: None
) -> None:
    Changes.make, Changes.folder = staticmethod(make_index), tmp_path / "machine"
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Changes,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
