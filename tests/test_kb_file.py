"""A knowledge base in one file: the same answers elsewhere, and nothing at all from a bad file."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ingest import Index, NewDocument, StoreDamagedError, ingest_paths
from ingest.embedders.hashing import HashingEmbedder
from rag import Assistant, KnowledgeBase, Shelf, ShelfError
from rag.errors import KnowledgeBaseFileError
from rag.shelves import unpack
from rag.uploads import store_upload

from .kill_shelf import kill_everywhere, prepare

Make = Callable[..., Index]
MOON = b"The moon of Zorb is made of copper.\n\nIts sea is deep and green."
TEA = "绿茶应当密封后放在冰箱里保存，温度以零到五摄氏度为宜。".encode()
QUESTIONS = ("What is the moon of Zorb made of?", "绿茶应当怎么保存？", "Who lit the lamp?")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf")


def made_in(home: Path) -> KnowledgeBase:
    """On a shelf of its own: two uploads, a file from elsewhere, and a conversation."""
    made = Shelf(home / "from").create("Zorb")
    outside = home / "lamp.txt"
    outside.write_text("Otto lit the lamp of Kelm in 1901.", encoding="utf-8")
    with Assistant.open(made.path, embedder=HashingEmbedder(), model="none") as assistant:
        assistant.add_file("moon.txt", MOON)
        assistant.add_file("茶叶.txt", TEA)
        assistant.ingest(outside)
        assert assistant.ask("What is the moon of Zorb made of?").answer.text
    return made


@pytest.fixture
def source(tmp_path: Path) -> KnowledgeBase:
    return made_in(tmp_path)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export that is left as it is."""
    home = tmp_path_factory.mktemp("original")
    made_in(home)
    return Shelf(home / "from").export("Zorb", home / "zorb")


@pytest.fixture
def exported(original: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copy(original, tmp_path))


def answers(folder: Path) -> list[list[object]]:
    """What is found and cited, with uploads by their names."""
    told: list[list[object]] = []
    with Assistant.open(folder, model="none", embedder=HashingEmbedder()) as assistant:
        for question in QUESTIONS:
            found = assistant.index.search(question)
            answer = assistant.ask(question, session=question).answer
            told.append(
                [(assistant.document_name(p.source), p.page, p.text, p.score) for p in found]
            )
            told.append([answer.text])
            told.append(
                [
                    (assistant.document_name(c.source), c.page, c.start, c.end, c.quote)
                    for c in answer.citations
                ]
            )
    return told


def contents(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_the_same_questions_find_and_cite_the_same_after_export_and_import(
    source: KnowledgeBase, shelf: Shelf, tmp_path: Path
) -> None:
    exported = Shelf(tmp_path / "from").export("Zorb", tmp_path / "zorb")
    before = answers(source.path)
    assert before[2], "something is cited"
    came = shelf.import_file(exported)
    shutil.rmtree(source.path)  # nothing of the old folder is needed
    assert answers(came.path) == before
    assert (came.name, came.documents, came.problem) == ("Zorb", 3, "")
    with Index(came.path, read_only=True) as index:
        assert index.verify() == []


def test_uploads_belong_to_the_new_folder_and_are_unchanged_when_they_come_again(
    original: Path, shelf: Shelf
) -> None:
    came, lamp = shelf.import_file(original), original.parent / "lamp.txt"
    with Index(came.path) as index:
        sources = {document.source for document in index.documents()}
        uploads = {source for source in sources if Path(source).parent == came.path / "uploads"}
        assert sources - uploads == {str(lamp)}
        assert {Path(source).is_file() for source in uploads} == {True}
        kept = {key for (key,) in index.catalog._reader.execute("SELECT key FROM chunks")}
        again = store_upload(came.path, "moon.txt", MOON)
        report = ingest_paths(index, [again, lamp, *uploads])
        assert [outcome.status for outcome in report.outcomes] == ["unchanged"] * 3
        index.remove([str(again)])
        ingest_paths(index, [again])
        assert {key for (key,) in index.catalog._reader.execute("SELECT key FROM chunks")} == kept
        assert index.verify() == []


def test_keys_that_a_caller_chose_stay_when_documents_move(
    make_index: Make, new_document: Callable[..., NewDocument]
) -> None:
    from dataclasses import replace

    with make_index() as index, index.writing():
        index.claim()
        index.commit(replace(new_document("/old/a", ["An otter."]), keys=("mine",)))
        index.commit(new_document("/old/b", ["A heron."]))
        assert index.relocate({"/old/a": "/new/a", "/old/b": "/new/b", "/old/c": "/new/c"}) == 2
        moved, derived = index.document("/new/a"), index.document("/new/b")
        assert moved is not None
        assert derived is not None
        assert moved.keys == ("mine",)
        kept = derived.keys
        index.commit(new_document("/new/b", ["A heron."]))
        again = index.document("/new/b")
        assert again is not None
        assert (again.keys, index.verify()) == (kept, [])


def test_the_file_holds_neither_conversations_nor_caches_nor_what_was_removed(
    source: KnowledgeBase, tmp_path: Path
) -> None:
    with Index(source.path) as index, index.writing():
        lamp = str(tmp_path / "lamp.txt")
        assert index.remove([lamp]) == 1
    assert (source.path / "conversations.sqlite").exists()
    target = Shelf(tmp_path / "from").export("Zorb", tmp_path / "zorb.recollect.zip")
    assert target == tmp_path / "zorb.recollect.zip"
    with zipfile.ZipFile(target) as packed:
        members = sorted(packed.namelist())
        assert packed.testzip() is None
    assert [name.split("/")[0] for name in members] == [
        "catalog.sqlite", "manifest.json", *["uploads"] * 4,
    ]  # fmt: skip
    data = target.read_bytes()
    assert b"copper" in data
    assert b"lamp" not in data
    assert b"Otto" not in data


def test_a_taken_name_gets_a_number_and_another_one_can_be_given(
    exported: Path, shelf: Shelf
) -> None:
    given = [shelf.import_file(exported, name).name for name in (None, None, "ZORB", "月亮")]
    assert given == ["Zorb", "Zorb (2)", "ZORB (3)", "月亮"]
    with pytest.raises(ShelfError, match="another name"):
        shelf.import_file(exported, " ")
    assert len(shelf.list()) == 4


def test_an_empty_one_and_one_of_an_absent_embedder_travel_too(
    shelf: Shelf, tmp_path: Path, fill: Callable[..., None]
) -> None:
    shelf.create("hollow")
    came = shelf.import_file(shelf.export("hollow", tmp_path / "hollow"))
    assert (came.documents, came.embedder) == (0, "")
    absent = HashingEmbedder(64)
    absent.name = "maker/of-elsewhere"
    with Index(shelf.create("far").path, embedder=absent) as index:
        fill(index, 2)
    came = shelf.import_file(shelf.export("far", tmp_path / "far"))
    assert (came.documents, came.embedder, came.problem) == (2, "maker/of-elsewhere", "")


def test_both_ways_tell_how_far_they_are(exported: Path, shelf: Shelf, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    shelf.import_file(exported, None, lambda *step: told.append(step))
    shelf.export("Zorb", tmp_path / "again", lambda *step: told.append(step))
    done, total = told[-1]
    assert done == total
    assert all(0 < done <= total for done, total in told)


def test_a_damaged_one_is_not_exported_and_the_older_file_stays(
    source: KnowledgeBase, tmp_path: Path
) -> None:
    exported = Shelf(tmp_path / "from").export("Zorb", tmp_path / "zorb")
    before = exported.read_bytes()
    with closing(sqlite3.connect(source.path / "catalog.sqlite")) as catalog:
        catalog.execute("UPDATE pages SET text = replace(text, 'copper', 'silver')")
        catalog.commit()
    with pytest.raises(StoreDamagedError, match="rag index verify"):
        Shelf(tmp_path / "from").export("Zorb", exported)
    assert exported.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["from", "lamp.txt", exported.name]


@pytest.mark.parametrize("name", ["absent/x", "folder.recollect.zip"])
def test_a_target_that_cannot_be_written_is_refused(
    name: str, shelf: Shelf, tmp_path: Path
) -> None:
    (tmp_path / "folder.recollect.zip").mkdir()
    shelf.create("Zorb")
    with pytest.raises(KnowledgeBaseFileError, match=r"name a file|another one"):
        shelf.export("Zorb", tmp_path / name)
    assert contents(tmp_path) - {"shelf", "folder.recollect.zip"} == {
        name for name in contents(tmp_path) if name.startswith("shelf/") and "/." not in name
    }


_INGEST = """
import sys
from ingest import Index, Page, ParsedDocument, ingest_paths
from ingest.parsers import ParserProcess
ParserProcess.parse = lambda self, data, name: ParsedDocument(
    (Page(1, data.decode()),), "", "text/plain")
with Index(sys.argv[1], embedder="hashing") as index:
    for path in sys.argv[2:]:
        ingest_paths(index, [path])
        print(path, flush=True)
"""


def test_an_export_while_another_process_ingests_is_of_one_moment(
    shelf: Shelf, tmp_path: Path
) -> None:
    made = shelf.create("busy")
    files = [tmp_path / f"{n}.txt" for n in range(60)]
    for n, file in enumerate(files):
        file.write_text(f"Otter {n} eats fish{n}. " * 60, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-c", _INGEST, str(made.path), *map(str, files)],
        stdout=subprocess.PIPE, text=True,
    ) as writer:  # fmt: skip
        assert writer.stdout is not None
        counts = []
        for _ in range(4):
            for _ in range(3):
                writer.stdout.readline()
            target = shelf.export("busy", tmp_path / "busy")
            came = Shelf(tmp_path / "to").import_file(target)  # it is verified
            counts.append(came.documents)
        was_busy = writer.poll() is None
        writer.communicate()
    assert was_busy
    assert writer.returncode == 0
    assert counts == sorted(counts)
    assert 3 <= counts[0] < counts[-1] < 60


Members = dict[str, bytes]
NAME = "0" * 32 + ".name.txt"


def rewritten(source: Path, change: Callable[[Members, dict[str, Any]], None]) -> None:
    """Unpack the file, let `change` alter members and manifest, and pack it again, signed."""
    with zipfile.ZipFile(source) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(members, manifest)
    for name, data in members.items():
        signed = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        manifest["members"].setdefault(name, {}).update(signed)
    with zipfile.ZipFile(source, "w") as packed:
        for name, data in {**members, "manifest.json": json.dumps(manifest).encode()}.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFREG | 0o600) << 16
            packed.writestr(entry, data)


def repacked(source: Path, **changes: object) -> None:
    """The same members under another entry for the catalog."""
    with zipfile.ZipFile(source) as packed:
        members = {entry.filename: packed.read(entry) for entry in packed.infolist()}
    with zipfile.ZipFile(source, "w") as packed:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFREG | 0o600) << 16
            for attribute, value in changes.items() if name == "catalog.sqlite" else ():
                setattr(entry, attribute, value)
            packed.writestr(entry, data)


def in_catalog(script: str) -> Callable[[Path], None]:
    def change(members: Members, manifest: dict[str, Any]) -> None:
        with closing(sqlite3.connect(":memory:")) as catalog:
            catalog.deserialize(_without_wal(members["catalog.sqlite"]))
            catalog.executescript(script)
            members["catalog.sqlite"] = catalog.serialize()

    return lambda source: rewritten(source, change)


def _without_wal(data: bytes) -> bytes:
    return data[:18] + b"\x01\x01" + data[20:]


def adding(name: str, data: bytes = b"x") -> Callable[[Path], None]:
    return lambda source: rewritten(source, lambda members, _: members.update({name: data}))


def saying(**words: object) -> Callable[[Path], None]:
    return lambda source: rewritten(source, lambda _, manifest: manifest.update(words))


def without(name: str) -> Callable[[Path], None]:
    def change(members: Members, manifest: dict[str, Any]) -> None:
        del members[name], manifest["members"][name]

    return lambda source: rewritten(source, change)


def exchanged(source: Path) -> None:
    """Put another upload in place of one, which the zip's own checksum does not tell."""

    def change(members: Members, manifest: dict[str, Any]) -> None:
        name = next(name for name, data in members.items() if data == MOON)
        members[name] = MOON.swapcase()
        manifest["members"][name] = _Unsigned(manifest["members"][name])

    rewritten(source, change)


class _Unsigned(dict[str, Any]):
    """Stays what it is."""

    def update(self, *_: object, **__: object) -> None:
        """Change nothing."""


def promising(source: Path) -> None:
    """Name a member that is not there."""
    ghost = {f"uploads/{NAME}": {"size": 0, "sha256": "0" * 64}}
    rewritten(source, lambda _, manifest: manifest["members"].update(ghost))


def bytes_of(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda source: void(source.write_bytes(change(source.read_bytes())))


def void(_: object) -> None:
    """Nothing."""


def patched(at_end: int, data: bytes) -> Callable[[Path], None]:
    """Overwrite what lies so many bytes before the end."""
    return bytes_of(lambda old: old[:-at_end] + data + old[len(old) - at_end + len(data) :])


def overlapping(source: Path) -> None:
    """Many entries of the directory for the bytes of one member."""

    def change(members: Members, manifest: dict[str, Any]) -> None:
        for n in range(200):
            members[f"uploads/{n:032x}.txt"] = b"0" * 5000

    rewritten(source, change)
    with zipfile.ZipFile(source, "a") as packed:
        first = next(e for e in packed.infolist() if e.filename.endswith(f"{0:032x}.txt"))
        for entry in packed.infolist():
            if entry.filename.startswith("uploads/000"):
                entry.header_offset = first.header_offset
        packed._didModify = True
        packed.start_dir = first.header_offset + 30 + len(first.filename) + 5000


def doubled(source: Path) -> None:
    with zipfile.ZipFile(source, "a") as packed, pytest.warns(UserWarning, match="Duplicate"):
        entry = zipfile.ZipInfo("catalog.sqlite")
        entry.external_attr = (stat.S_IFREG | 0o600) << 16
        packed.writestr(entry, b"another")


def flip(data: bytes) -> bytes:
    at = data.index(b"copper")
    return data[:at] + b"silver" + data[at + 6 :]


TRIGGER = "CREATE TRIGGER t AFTER INSERT ON documents BEGIN DELETE FROM documents; END"
HOSTILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "slip": (adding("../../evil.txt"), "does not belong"),
    "slip below": (adding("uploads/../../evil.txt"), "does not belong"),
    "absolute": (adding("/tmp/evil.txt"), "does not belong"),
    "windows": (adding("C:\\evil.txt"), "does not belong"),
    "another folder": (adding("cache/faiss.json"), "does not belong"),
    "conversations": (adding("conversations.sqlite"), "does not belong"),
    "a log beside": (adding("catalog.sqlite-wal"), "does not belong"),
    "a foreign upload": (adding("uploads/evil.sh"), "does not belong"),
    "unseen in a name": (adding(f"uploads/{NAME}", "a\u202ecod.exe".encode()), "no name of a file"),
    "a name not of text": (adding(f"uploads/{NAME}", b"\xff"), "damaged or no zip"),
    "a long name": (adding(f"uploads/{NAME}", b"x" * 20_000), "too long"),
    "link": (lambda s: repacked(s, external_attr=(stat.S_IFLNK | 0o777) << 16), "a link"),
    "no mode": (lambda s: repacked(s, external_attr=0), "a link or no file"),
    "compressed": (lambda s: repacked(s, compress_type=zipfile.ZIP_DEFLATED), "compressed"),
    "overlapping": (overlapping, "overlap"),
    "twice": (doubled, "twice"),
    "no catalog": (without("catalog.sqlite"), "missing"),
    "version": (saying(version=2), "version"),
    "format": (saying(format="zip"), "format"),
    "one more word": (saying(more=1), "more"),
    "counts": (saying(documents=4), "manifest describes"),
    "embedder": (saying(embedder=None), "manifest describes"),
    "a name of nothing": (saying(name="\u200b"), "another name"),
    "a member too many": (promising, "not those of its manifest"),
    "deep": (saying(name=json.loads("[" * 900 + "]" * 900)), "recursion"),
    "another upload": (exchanged, "not the file that was exported"),
    "another text": (bytes_of(flip), "Bad CRC|not the file"),
    "cut": (bytes_of(lambda data: data[: len(data) // 2]), "its end is missing"),
    "cut in front": (bytes_of(lambda data: data[1000:]), "damaged or no zip"),
    "empty": (bytes_of(lambda _: b""), "its end is missing"),
    "no zip": (bytes_of(lambda data: b"SQLite format 3\0" + data[:999]), "its end is missing"),
    "comment": (bytes_of(lambda data: data[:-2] + b"\1\0x"), "its end is missing"),
    "a huge directory": (patched(10, b"\xff\xff\xff\x7f"), "directory has"),
    "trigger": (in_catalog(TRIGGER), "triggers"),
    "view": (in_catalog("DROP TABLE manifest; CREATE VIEW manifest AS SELECT 1"), "views"),
    "another text, signed": (in_catalog("UPDATE pages SET text = 'x'"), "checksum"),
    "another program's": (in_catalog("PRAGMA application_id = 7"), "another program"),
    "newer": (in_catalog("PRAGMA user_version = 99"), "upgrade"),
    "no tables": (adding("catalog.sqlite", b""), "triggers"),
    "no database": (adding("catalog.sqlite", b"x" * 9000), "not a database"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_i11_a_file_that_is_not_as_it_was_written_is_refused_and_leaves_nothing(
    kind: str, exported: Path, shelf: Shelf, tmp_path: Path
) -> None:
    change, words = HOSTILE[kind]
    shelf.create("Herons")
    change(exported)
    before = contents(tmp_path)
    with pytest.raises(ShelfError, match=words) as refused:
        shelf.import_file(exported)
    assert "\n" not in str(refused.value)
    assert contents(tmp_path) == before
    assert [kb.name for kb in shelf.list()] == ["Herons"]


def test_the_files_that_are_refused_differ_by_one_thing_from_one_that_is_not(
    exported: Path, shelf: Shelf
) -> None:
    rewritten(exported, void_change)
    repacked(exported)
    in_catalog("SELECT 1")(exported)
    adding(f"uploads/{NAME}", "a \\ 名字.exe".encode())(exported)
    assert shelf.import_file(exported).documents == 3


def void_change(members: Members, manifest: dict[str, Any]) -> None:
    """Leave it as it is."""


def test_i08_more_than_the_disk_holds_is_refused_before_it_is_written(
    exported: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = SimpleNamespace(free=50_000_000)
    monkeypatch.setattr(unpack.shutil, "disk_usage", lambda _: free)
    with pytest.raises(KnowledgeBaseFileError, match="make room"):
        shelf.import_file(exported)
    assert shelf.list() == ()


def test_a_file_that_is_not_there_is_told(shelf: Shelf, tmp_path: Path) -> None:
    for path in (tmp_path / "absent.zip", tmp_path):
        with pytest.raises(KnowledgeBaseFileError, match="Cannot read"):
            shelf.import_file(path)


@pytest.mark.parametrize("operation", ["export", "import"])
def test_d01_a_kill_at_any_point_of_it_leaves_shelf_and_file_whole(
    operation: str, tmp_path: Path
) -> None:
    prepare(tmp_path / "home")
    old = hashlib.sha256((tmp_path / "home" / "old.recollect.zip").read_bytes()).hexdigest()
    *killed, ended = kill_everywhere(tmp_path / "home", operation, step=4)
    assert len(killed) > 10
    assert {point["killed"] for point in killed} == {-signal.SIGKILL}
    for point in [*killed, ended]:
        found = point["found"]
        assert found.pop("new", ["", 2]) == ["", 2]
        assert found == {"herons": ["", 0], "otters": ["", 2]}
        assert point["exported"] == (0 if point["export"] == old else 2)
        assert point["hidden"] == point.get("again", []) == []
    assert (ended["export"] != old) == (operation == "export")
