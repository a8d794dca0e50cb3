"""A shelf of knowledge bases: named in any language, listed also when one is damaged, kill-safe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import Index, NewDocument, StoreError, StoreLockedError
from rag import KnowledgeBase, Shelf, ShelfError
from rag.shelves import open_shelf
from rag.shelves import shelf as shelves

from .kill_shelf import kill_everywhere, prepare

Make = Callable[..., Index]
Fill = Callable[..., None]

_HOLD = """
import sys
from ingest import Index
with Index(sys.argv[1]) as index, index.writing():
    print("writing", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf")


@pytest.fixture
def filled(shelf: Shelf, make_index: Make, fill: Fill) -> KnowledgeBase:
    """A knowledge base of three documents, closed."""
    made = shelf.create("Otters")
    with make_index(made.path) as index:
        fill(index, 3)
    return shelf.find(made.id)


def names(shelf: Shelf) -> list[str]:
    return [kb.name for kb in shelf.list()]


def test_a_shelf_that_is_not_there_yet_is_empty_and_stays_away(tmp_path: Path) -> None:
    assert Shelf(tmp_path / "none").list() == ()
    assert not (tmp_path / "none").exists()


def test_a_knowledge_base_tells_what_it_holds(filled: KnowledgeBase) -> None:
    assert (filled.documents, filled.pages, filled.chunks) == (3, 3, 6)
    assert (filled.embedder, filled.problem, filled.own) == ("hashing", "", True)
    assert filled.updated is not None
    assert filled.updated.endswith("+00:00")
    files = [p for p in filled.path.rglob("*") if p.is_file() and not p.name.endswith("-shm")]
    assert filled.size == sum(path.stat().st_size for path in files) > 0


def test_a_new_one_is_empty_private_and_found_by_id_and_name(shelf: Shelf) -> None:
    made = shelf.create("  水獭 的\t资料\n")
    assert (made.name, made.documents, made.updated, made.embedder) == ("水獭 的 资料", 0, None, "")
    assert shelf.find(made.id) == shelf.find("水獭 的  资料") == made
    assert made.path.parent == shelf.folder
    assert made.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/x", "a\0b", "..", ".", "x" * 80, "名" * 80, "%2e%2e", "a\\..\\b"]
)
def test_s08_a_name_is_data_and_never_a_path(name: str, shelf: Shelf, tmp_path: Path) -> None:
    made = shelf.create(name)
    assert made.path.parent == shelf.folder
    assert [path.name for path in tmp_path.iterdir()] == ["shelf"]
    assert shelf.find(name) == made


def test_a_look_up_reaches_nothing_outside_the_shelf(shelf: Shelf, filled: KnowledgeBase) -> None:
    for wanted in (str(filled.path), f"../shelf/{filled.id}", ".", "", filled.id + "/"):
        with pytest.raises(ShelfError, match="There is no knowledge base"):
            shelf.find(wanted)


@pytest.mark.parametrize("name", ["a\u202eb", "\u200bab", "a\x07b", "ab\u2060", "a\u3164b"])
def test_what_cannot_be_seen_is_taken_out_of_a_name(name: str, shelf: Shelf) -> None:
    assert shelf.create(name).name == "ab"


@pytest.mark.parametrize("name", ["", "  ", "\u200b\u202e", "\u3164", "x" * 81])
def test_a_name_that_is_empty_or_too_long_is_refused(name: str, shelf: Shelf) -> None:
    with pytest.raises(ShelfError, match=r"choose another|shorten"):
        shelf.create(name)
    assert shelf.list() == ()


@pytest.mark.parametrize("other", ["OTTERS", "Ｏｔｔｅｒｓ", " otters ", "Otters\u200b"])
def test_two_never_share_a_name(other: str, shelf: Shelf, filled: KnowledgeBase) -> None:
    herons = shelf.create("Herons")
    with pytest.raises(ShelfError, match="choose another name"):
        shelf.create(other)
    with pytest.raises(ShelfError, match="choose another name"):
        shelf.rename(herons.id, other)
    with pytest.raises(ShelfError, match="choose another name"):
        shelf.create(filled.id)  # it would be taken for the id
    assert names(shelf) == ["Herons", "Otters"]


def test_of_those_who_want_a_name_at_once_one_gets_it(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_up = shelves.put_up
    monkeypatch.setattr(shelves, "put_up", lambda folder: (time.sleep(0.05), put_up(folder)))
    refused: list[ShelfError] = []

    def create() -> None:
        try:
            shelf.create("Otters")
        except ShelfError as error:
            refused.append(error)

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (names(shelf), len(refused)) == (["Otters"], 3)


def test_renaming_keeps_id_folder_and_contents(shelf: Shelf, filled: KnowledgeBase) -> None:
    state = (filled.path / "catalog.sqlite").read_bytes()
    renamed = shelf.rename("otters", "OTTERS of the Arl")
    assert (renamed.id, renamed.path, renamed.documents) == (filled.id, filled.path, 3)
    assert names(shelf) == ["OTTERS of the Arl"]
    assert (filled.path / "catalog.sqlite").read_bytes() == state  # its caches stay valid


def test_a_damaged_one_is_listed_with_its_problem_beside_the_sound(
    shelf: Shelf, filled: KnowledgeBase
) -> None:
    for name, data in [("torn", b"SQLite format 3\0" + b"x" * 5000), ("hollow", b"")]:
        (shelf.create(name).path / "catalog.sqlite").write_bytes(data)
    (shelf.create("gone").path / "catalog.sqlite").unlink()
    (shelf.create("newer").path / "name.txt").write_bytes(b"\xff\0")  # then its id is its name
    (shelf.folder / "a file").write_text("no knowledge base")
    listed = {kb.name: kb for kb in shelf.list()}
    assert len(listed) == 5
    assert listed["Otters"] == filled
    assert "damaged" in listed["torn"].problem
    assert "rag ingest" in listed["hollow"].problem
    assert "rag ingest" in listed["gone"].problem
    shelf.delete("torn")
    assert len(shelf.list()) == 4


def test_those_elsewhere_are_listed_and_named_but_never_deleted(
    shelf: Shelf, tmp_path: Path, make_index: Make, fill: Fill
) -> None:
    with make_index(tmp_path / "kb") as index:
        fill(index, 1)
    both = Shelf(shelf.folder, also=[tmp_path / "kb", tmp_path / "kb", tmp_path / "absent"])
    own = both.create("Herons")
    assert names(both) == ["Herons", "kb"]
    other = both.rename("kb", "Otters")
    assert (other.path, other.documents, other.own) == (tmp_path / "kb", 1, False)
    assert both.find(other.id).name == "Otters"
    with pytest.raises(ShelfError, match="not on the shelf"):
        both.delete("Otters")
    assert (tmp_path / "kb" / "catalog.sqlite").exists()
    assert not (tmp_path / "absent").exists()
    with pytest.raises(ShelfError, match="choose another name"):
        both.create("otters")
    assert Shelf(shelf.folder, also=[own.path]).list() == (own,)  # named by its path too


def test_a_folder_is_called_what_the_listing_calls_it(tmp_path: Path, make_index: Make) -> None:
    elsewhere = tmp_path / "kb"
    make_index(elsewhere)
    shelf = Shelf(tmp_path / "shelf", also=[elsewhere])
    shelf.create("KB elsewhere")
    (elsewhere / "name.txt").write_text("KB elsewhere")
    for kb in shelf.list():
        assert shelf.name_of(kb.path) == kb.name
    assert len({shelf.name_of(kb.path) for kb in shelf.list()}) == 2
    assert shelf.name_of(tmp_path / "no such") == "no such"


def test_in_a_listing_no_two_have_one_name_whatever_was_copied_in(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.create("Otters")
    elsewhere = Shelf(tmp_path / "other").create("otters")
    assert names(Shelf(shelf.folder, also=[elsewhere.path])) == ["Otters", "otters (2)"]


def test_a_deleted_name_can_be_used_again_at_once(shelf: Shelf, filled: KnowledgeBase) -> None:
    shelf.delete(filled.id)
    assert shelf.list() == ()
    assert not filled.path.exists()
    assert shelf.create("Otters").documents == 0
    assert [p.name for p in shelf.folder.iterdir() if p.name.startswith(".")] == []


def test_nobody_deletes_what_another_process_writes_to(shelf: Shelf, filled: KnowledgeBase) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(filled.path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as writer:  # fmt: skip
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        with pytest.raises(StoreLockedError, match="wait until it is done"):
            shelf.delete(filled.id)
        assert shelf.find(filled.id).documents == 3
        writer.send_signal(signal.SIGKILL)
    shelf.delete(filled.id)
    assert shelf.list() == ()


def test_who_waited_to_write_to_a_deleted_one_is_told(
    filled: KnowledgeBase, shelf: Shelf, make_index: Make, new_document: Callable[..., NewDocument]
) -> None:
    index = make_index(filled.path)
    waiting, told = threading.Event(), []

    def write() -> None:
        try:
            with index.writing(wait_seconds=30, on_wait=lambda _: waiting.set()):
                index.commit(new_document("/doc/late.txt", ["An otter came late."]))
        except StoreError as error:
            told.append(str(error))

    with make_index(filled.path).writing():
        thread = threading.Thread(target=write)
        thread.start()
        assert waiting.wait(20)
        filled.path.rename(shelf.folder / ".gone-elsewhere")  # as a deletion does
    thread.join(20)
    assert len(told) == 1
    assert "deleted or moved" in told[0]


def test_what_killed_processes_left_is_swept_but_not_what_is_in_work(shelf: Shelf) -> None:
    shelf.create("Otters")
    for left in (".gone-1", ".making-1", ".making-2"):
        (shelf.folder / left / "cache").mkdir(parents=True)
        (shelf.folder / left / "catalog.sqlite").touch()
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(shelf.folder / ".making-2")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as maker:  # fmt: skip
        assert maker.stdout is not None
        maker.stdout.readline()
        assert names(shelf) == ["Otters"]
        hidden = {path.name for path in shelf.folder.iterdir() if path.name.startswith(".")}
        assert hidden == {".making-2"}
        maker.communicate()
    assert names(shelf) == ["Otters"]
    assert not (shelf.folder / ".making-2").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_shelf_that_cannot_be_written_says_so(shelf: Shelf) -> None:
    shelf.create("Otters")
    shelf.folder.chmod(0o500)
    try:
        assert names(shelf) == ["Otters"]
        with pytest.raises((ShelfError, StoreError), match="permissions"):
            shelf.create("Herons")
    finally:
        shelf.folder.chmod(0o700)


def test_the_users_own_shelf_lists_the_knowledge_base_that_is_used_when_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert open_shelf().list() == ()
    Index(tmp_path / "recollect" / "kb").close()
    Index(tmp_path / "mine").close()
    open_shelf().create("Otters")
    assert names(open_shelf(tmp_path / "mine")) == ["kb", "mine", "Otters"]


@pytest.mark.parametrize(
    ("operation", "step", "after"),
    [("create", 2, {"herons", "otters", "new"}), ("delete", 2, {"herons"})],
)
def test_d01_a_kill_at_any_file_operation_leaves_the_shelf_whole(
    operation: str, step: int, after: set[str], tmp_path: Path
) -> None:
    prepare(tmp_path / "home")
    *killed, ended = kill_everywhere(tmp_path / "home", operation, step)
    assert len(killed) > 10
    assert {point["killed"] for point in killed} == {-signal.SIGKILL}
    assert set(ended["found"]) == after
    for point in [*killed, ended]:
        assert set(point["found"]) in ({"herons", "otters"}, after)
        assert all(told in (["", 0], ["", 2]) for told in point["found"].values()), point
        assert point["hidden"] == point.get("again", []) == []
