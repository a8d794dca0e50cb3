"""Every real file once; nothing dropped without a reason; nothing special ever opened."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.walk import Found, Skipped, shown, walk


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Root may read everything, so it steps down for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def names(entries: list[Found | Skipped], root: Path) -> list[str]:
    return [str(e.path.relative_to(root)) for e in entries if isinstance(e, Found)]


def reasons(entries: list[Found | Skipped]) -> dict[str, str]:
    return {e.path.name: e.reason for e in entries if isinstance(e, Skipped)}


def test_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/b/c.txt", "Z.txt", "中.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    found = list(walk([tmp_path]))
    assert names(found, tmp_path) == ["Z.txt", "a/b/c.txt", "a/z.txt", "b.txt", "中.txt"]
    assert list(walk([tmp_path])) == found
    first = found[0]
    assert isinstance(first, Found)
    assert (first.size, first.root) == (5, tmp_path)


def test_hidden_entries_are_left_out_unless_named(tmp_path: Path) -> None:
    for name in (".git/config", "__pycache__/m.pyc", "~$report.docx", ".hidden", "report.docx"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    assert names(list(walk([tmp_path])), tmp_path) == ["report.docx"]
    assert names(list(walk([tmp_path / ".hidden"])), tmp_path) == [".hidden"]


def test_a_path_that_does_not_exist_is_an_entry(tmp_path: Path) -> None:
    [entry] = walk([tmp_path / "nothing"])
    assert isinstance(entry, Skipped)
    assert entry.reason == "unreadable"
    assert "nothing" in entry.message


def test_the_same_path_named_twice_is_found_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    entries = list(walk([tmp_path / "a.txt", tmp_path, f"{tmp_path}/../{tmp_path.name}"]))
    assert names(entries, tmp_path) == ["a.txt"]
    assert len(entries) == 1


def test_i16_names_of_any_bytes_are_found_and_can_be_shown(tmp_path: Path) -> None:
    raw = [
        "报告.txt", "😀.md", "a\u202etxt.exe", "line\nbreak", "-rf", "x" * 255, b"bad\xff.txt",
        "caf\u00e9", "cafe\u0301", "con", "dot.", "back\\slash", "\\xff",
    ]  # fmt: skip
    for name in raw:
        (tmp_path / os.fsdecode(name)).write_text("x")
    found = [e.path.name for e in walk([tmp_path]) if isinstance(e, Found)]
    assert sorted(map(os.fsencode, found)) == sorted(map(os.fsencode, raw))
    display = [shown(name) for name in found]
    assert len(set(display)) == len(raw)
    assert all(text.encode("utf-8") and text.isprintable() for text in display)


@pytest.mark.parametrize(
    ("raw", "escaped"),
    [("a\nb", "a\\nb"), ("\u202e", "\\u202e"), ("\udcff", "\\xff"), ("\\", "\\\\"), ("é", "é")],
)
def test_i16_shown_escapes_what_cannot_be_seen(raw: str, escaped: str) -> None:
    assert shown(raw) == escaped


def test_i17_loops_links_and_special_files_never_stop_a_walk(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "sub").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (root / "real.txt").write_text("x")
    (root / "twin.txt").hardlink_to(root / "real.txt")
    (root / "sub/parent").symlink_to(root)
    (root / "a-link.txt").symlink_to("real.txt")
    (root / "self").symlink_to("self")
    (root / "dangling").symlink_to("nowhere")
    (root / "out").symlink_to(outside)
    (root / "out.txt").symlink_to(outside / "secret.txt")
    (root / "zero").symlink_to("/dev/zero")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "socket"))
        start = time.monotonic()
        entries = list(walk([root]))
    assert time.monotonic() - start < 5
    assert names(entries, root) == ["real.txt"]
    assert reasons(entries) == dict.fromkeys(
        ("twin.txt", "parent", "a-link.txt", "self", "dangling", "out", "out.txt", "zero"),
        "symlink",
    ) | {"pipe": "special", "socket": "special"}


def test_i17_links_out_of_the_folder_are_followed_on_request(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "more.txt").write_text("more")
    (outside / "back").symlink_to(root)
    (root / "out").symlink_to(outside)
    (root / "zero").symlink_to("/dev/zero")
    entries = list(walk([root], follow_links=True))
    assert names(entries, tmp_path) == ["outside/more.txt"]
    assert reasons(entries) == {"back": "symlink", "zero": "special"}


def test_i17_a_link_inside_the_folder_leads_to_what_is_otherwise_left_out(tmp_path: Path) -> None:
    (tmp_path / ".store").mkdir()
    (tmp_path / ".store/file.txt").write_text("x")
    (tmp_path / "file.txt").symlink_to(".store/file.txt")
    assert names(list(walk([tmp_path])), tmp_path) == [".store/file.txt"]


def test_i18_what_may_not_be_read_is_skipped_with_a_reason(
    open_folder: Path, request: pytest.FixtureRequest
) -> None:
    (open_folder / "closed").mkdir()
    (open_folder / "closed/in.txt").write_text("x")
    (open_folder / "locked.txt").write_text("x")
    (open_folder / "free.txt").write_text("x")
    (open_folder / "closed").chmod(0)
    (open_folder / "locked.txt").chmod(0)
    request.getfixturevalue("ordinary_user")
    entries = list(walk([open_folder]))
    assert names(entries, open_folder) == ["free.txt"]
    assert reasons(entries) == {"closed": "unreadable", "locked.txt": "unreadable"}
    if os.getuid() == 0:
        os.seteuid(0)
    (open_folder / "closed").chmod(0o700)


def test_i18_a_folder_removed_during_the_walk_is_skipped_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "b").mkdir()
    (tmp_path / "c.txt").write_text("x")
    entries = walk([tmp_path])
    first = next(entries)
    (tmp_path / "b").rmdir()
    rest = list(entries)
    assert names([first, *rest], tmp_path) == ["a.txt", "c.txt"]
    assert reasons(rest) == {"b": "unreadable"}


def test_i18_a_path_longer_than_the_system_allows_is_skipped_with_a_reason(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    for _ in range(18):
        os.mkdir("d" * 250, dir_fd=descriptor)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)
    (tmp_path / "z.txt").write_text("x")
    entries = list(walk([tmp_path]))
    assert names(entries, tmp_path) == ["z.txt"]
    assert list(reasons(entries).values()) == ["unreadable"]
    shutil.rmtree(tmp_path / ("d" * 250))
