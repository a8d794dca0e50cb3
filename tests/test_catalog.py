"""The catalog: one truth, whole documents, clear refusals."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ingest import Index, NewDocument, StoreDamagedError, StoreError
from ingest.index.catalog import CATALOG_NAME, Catalog, translated
from ingest.index.schema import SCHEMA_VERSION

Make = Callable[..., Index]
Fill = Callable[..., None]


def truth(index: Index) -> object:
    """All that a reader can see: lists, pages, chunks and vectors."""
    stored = [index.document(info.source) for info in index.documents()]
    return [
        (d.source, d.title, d.content_hash, d.pages, d.chunks, d.vectors.tobytes(), d.keys, d.notes)
        for d in stored
        if d is not None
    ]


def test_d16_a_catalog_of_a_newer_program_is_refused(make_index: Make, fill: Fill) -> None:
    index = make_index()
    fill(index, 1)
    index.close()
    with closing(sqlite3.connect(index.catalog.path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = index.catalog.path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreError, match="upgrade recollect-rag"):
            Catalog(index.path, read_only=read_only)
    assert index.catalog.path.read_bytes() == before


@pytest.mark.parametrize(
    "mark", ["CREATE TABLE theirs (x)", "PRAGMA application_id = 7", "PRAGMA user_version = 3"]
)
def test_d16_another_programs_database_is_refused_and_not_touched(
    tmp_path: Path, mark: str
) -> None:
    path = tmp_path / CATALOG_NAME
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE more (x)")
        connection.execute(mark)
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreError, match="another program"):
            Catalog(tmp_path, read_only=read_only)
    assert path.read_bytes() == before


def test_d17_a_file_in_place_of_the_folder_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "kb"
    file.write_text("not a folder")
    for read_only in (False, True):
        with pytest.raises(StoreError, match="is a file; a knowledge base needs a folder"):
            Catalog(file, read_only=read_only)
    with pytest.raises(StoreError, match="Not a directory"):
        Catalog(file / "below")


def test_d17_reading_what_does_not_exist_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no knowledge base"):
        Catalog(tmp_path / "kb", read_only=True)
    assert not (tmp_path / "kb").exists()
    (tmp_path / CATALOG_NAME).touch()
    with pytest.raises(StoreError, match="no knowledge base"):
        Catalog(tmp_path, read_only=True)


_MOUNT = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
_READ_ONLY = """
import sys
from ingest import Index, StoreError
from ingest.embedders.hashing import HashingEmbedder
with Index(sys.argv[1], embedder=HashingEmbedder(64), read_only=True) as index:
    assert index.search("otter number 2")[0].source == "/doc/002.txt"
    assert index.verify() == [], index.verify()
    try:
        with index.writing():
            raise SystemExit("the lock was given")
    except StoreError as error:
        assert "Permission denied" in str(error) or "Read-only" in str(error), error
try:
    Index(sys.argv[1], embedder=HashingEmbedder(64))
except StoreError as error:
    assert "check its permissions" in str(error), error
else:
    raise SystemExit("a read-only folder was opened for writing")
"""


def test_d17_a_read_only_folder_still_answers_and_refuses_to_write(
    make_index: Make, fill: Fill
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "知识 base%20#?"
        index = make_index(folder)
        fill(index, 5)
        index.publish()
        index.close()
        command = [sys.executable, "-B", "-c", _READ_ONLY, str(folder)]
        everything = [folder, *folder.rglob("*")]
        if os.geteuid() == 0:  # root ignores modes, so it gets a mount of its own
            command = ["unshare", "-rm", "sh", "-c", _MOUNT, str(folder), *command]
            if subprocess.run([*command[:4], "exit"], check=False, capture_output=True).returncode:
                pytest.skip("neither modes nor mounts can make a folder read-only here")
        for path in everything:
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            root = Path(__file__).resolve().parents[1]
            child = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        finally:
            for path in everything:
                path.chmod(0o755 if path.is_dir() else 0o644)
        assert (child.returncode, child.stderr) == (0, "")


def test_d06_a_full_disk_is_told_and_the_old_state_stands(
    make_index: Make, fill: Fill, new_document: Callable[..., NewDocument]
) -> None:
    index = make_index()
    fill(index, 3)
    before = truth(index)
    writer = index.catalog._writer
    assert writer is not None
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages + 4}").fetchone()
    large = new_document("/doc/large.txt", [f"word{n} " * 200 for n in range(100)])
    with pytest.raises(StoreError, match=r"Disk full .* nothing reported as done is lost"):
        index.commit(large)
    assert truth(index) == before
    assert index.verify() == []
    writer.execute("PRAGMA max_page_count = 1000000").fetchone()
    index.commit(large)
    assert [info.source for info in index.documents()][-1] == "/doc/large.txt"


def test_a_block_that_raises_leaves_nothing_behind(make_index: Make, fill: Fill) -> None:
    index = make_index()
    fill(index, 2)
    before, state = truth(index), index.catalog.state
    with pytest.raises(ZeroDivisionError), index.catalog.write() as connection:
        connection.execute("DELETE FROM documents")
        raise ZeroDivisionError
    assert truth(index) == before
    assert index.catalog.state == state


def test_a_snapshot_stays_as_it_was_while_another_connection_commits(
    make_index: Make, fill: Fill
) -> None:
    index, other = make_index(), make_index()
    fill(index, 2)
    with index.catalog.read():
        before = (index.catalog.state, len(index.documents()))
        fill(other, 2, first=2)
        assert (index.catalog.state, len(index.documents())) == before
    assert len(index.documents()) == 4
    assert index.catalog.generation > int(before[0].partition("-")[0])


def test_d07_after_an_input_output_error_nothing_more_is_written(
    make_index: Make, fill: Fill
) -> None:
    index = make_index()
    fill(index, 1)
    with pytest.raises(StoreError), index.catalog.write():
        raise sqlite3.OperationalError("disk I/O error")
    with pytest.raises(StoreError, match="The disk failed"):
        index.remove(["/doc/000.txt"])
    assert len(make_index().documents()) == 1


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (sqlite3.OperationalError("database or disk is full"), "StoreError", "Free some space"),
        (sqlite3.OperationalError("database is locked"), "StoreLockedError", "Another process"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "StoreError", "permis"),
        (sqlite3.OperationalError("no such table: x"), "StoreDamagedError", "restore a backup"),
        (sqlite3.OperationalError("strange"), "StoreError", "rag doctor"),
        (sqlite3.DatabaseError("file is not a database"), "StoreDamagedError", "restore"),
        (sqlite3.ProgrammingError("closed"), "StoreError", "cannot be used"),
        (sqlite3.IntegrityError("UNIQUE"), "StoreError", "nothing was changed"),
    ],
)
def test_each_error_of_sqlite_becomes_ours_with_advice(
    error: sqlite3.Error, kind: str, words: str
) -> None:
    with pytest.raises(StoreError, match=words) as caught, translated(Path("kb/catalog.sqlite")):
        raise error
    assert type(caught.value).__name__ == kind
    assert caught.value.__cause__ is error


def test_a_closed_index_says_so(make_index: Make, fill: Fill) -> None:
    index = make_index()
    fill(index, 1)
    index.close()
    index.close()
    with pytest.raises(StoreError, match="cannot be used") as caught:
        index.documents()
    assert not isinstance(caught.value, StoreDamagedError)


def test_d13_a_backup_taken_while_someone_writes_is_sound_and_private(
    make_index: Make, fill: Fill, tmp_path: Path
) -> None:
    index, writer = make_index(), make_index()
    fill(index, 3)
    with writer.catalog.write() as connection:
        connection.execute("DELETE FROM documents")
        (tmp_path / "copy").mkdir()
        index.catalog.backup(tmp_path / "copy" / CATALOG_NAME)
    assert stat.S_IMODE((tmp_path / "copy" / CATALOG_NAME).stat().st_mode) == 0o600
    copy = make_index(tmp_path / "copy")
    assert copy.verify() == []
    assert len(copy.documents()) == 3
    with pytest.raises(StoreError, match="Cannot write"):
        index.catalog.backup(tmp_path / "absent" / "copy.sqlite")
