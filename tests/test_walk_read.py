"""The bytes that are hashed are the bytes that are parsed, from one regular file at one moment."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import ingest.read as read_module
from ingest.errors import ParseError
from ingest.read import RawFile, read_file

LIMIT = 1 << 20


def refused(path: Path, limit: int = LIMIT) -> str:
    with pytest.raises(ParseError) as caught:
        read_file(path, limit)
    assert path.name in str(caught.value)
    return caught.value.reason


def after_reading(monkeypatch: pytest.MonkeyPatch, times: int, act: Callable[[], object]) -> None:
    """Let `act` happen between the reading and the second look, the first `times` times."""
    original = read_module._read_all
    calls = 0

    def reading(descriptor: int, size: int) -> bytes:
        nonlocal calls
        data = original(descriptor, size)
        calls += 1
        if calls <= times:
            act()
        return data

    monkeypatch.setattr(read_module, "_read_all", reading)


def test_a_file_comes_whole_with_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    data = os.urandom(300_000)
    path.write_bytes(data)
    raw = read_file(path, LIMIT)
    assert raw == RawFile(
        data, hashlib.sha256(data).hexdigest(), len(data), path.stat().st_mtime_ns
    )


def test_c08_a_file_that_changes_once_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old text")
    after_reading(monkeypatch, 1, lambda: path.write_text("new text"))
    raw = read_file(path, LIMIT)
    assert raw.data == b"new text"
    assert raw.sha256 == hashlib.sha256(b"new text").hexdigest()


def test_c08_a_file_that_keeps_changing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    path.write_text("line\n")
    after_reading(monkeypatch, 99, lambda: path.write_text(path.read_text() + "line\n"))
    assert refused(path) == "changed"


def test_c08_a_file_replaced_meanwhile_is_read_in_its_new_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "a.txt", tmp_path / "b.txt"
    path.write_text("old")
    other.write_text("new")
    after_reading(monkeypatch, 1, lambda: other.replace(path))
    assert read_file(path, LIMIT).data == b"new"


def test_c08_a_file_swapped_for_a_link_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    (tmp_path / "secret").write_text("secret")
    path.write_text("old")

    def swap() -> None:
        path.unlink()
        path.symlink_to("secret")

    after_reading(monkeypatch, 1, swap)
    assert refused(path) == "symlink"


def test_c08_a_file_that_vanishes_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    after_reading(monkeypatch, 1, path.unlink)
    assert refused(path) == "unreadable"


def test_c08_bytes_read_beside_a_writer_are_never_a_mixture(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    size = 200_000
    path.write_bytes(b"a" * size)
    stop = threading.Event()

    def rewrite() -> None:
        for turn in range(10_000):
            if stop.is_set():
                return
            path.write_bytes((b"b", b"c")[turn % 2] * size)
            time.sleep(0.002)

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(50):
            try:
                data = read_file(path, LIMIT).data
            except ParseError as error:
                assert error.reason == "changed"
            else:
                assert len(set(data)) <= 1
    finally:
        stop.set()
        writer.join()


def test_i13_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse.txt"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    start = time.monotonic()
    assert refused(path) == "too_large"
    assert time.monotonic() - start < 1


def test_i17_links_pipes_and_folders_are_never_read(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    assert refused(tmp_path / "link") == "symlink"
    assert refused(tmp_path / "pipe") == "special"
    assert refused(tmp_path / "folder") == "special"
    assert refused(tmp_path / "nothing") == "unreadable"
