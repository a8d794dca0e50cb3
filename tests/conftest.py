"""Shared fixtures: no network but loopback, nothing in the user's home, small knowledge bases."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ingest import Chunk, Index, NewDocument, Page, ParsedDocument
from ingest.embedders.hashing import HashingEmbedder
from ingest.parsers import ParserProcess

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from .browser import Served, Window

_FOLDERS = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
_LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(scope="session", autouse=True)
def user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Caches, settings and states of this session, instead of the user's own."""
    home = tmp_path_factory.mktemp("home")
    before = {name: os.environ.get(name) for name in _FOLDERS}
    for name in _FOLDERS:
        folder = home / name.removeprefix("XDG_").removesuffix("_HOME").lower()
        folder.mkdir()
        os.environ[name] = str(folder)
    yield home
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test connect to this machine only; anything else is an error at once."""
    for verb in ("connect", "connect_ex"):
        original = getattr(socket.socket, verb)

        def guarded(self: socket.socket, address: object, original: object = original) -> object:
            inet = self.family in (socket.AF_INET, socket.AF_INET6)
            if inet and not str(address[0]).startswith(_LOOPBACK):  # type: ignore[index]
                raise RuntimeError(f"a test tried to reach {address!r}")
            return original(self, address)  # type: ignore[operator]

        monkeypatch.setattr(socket.socket, verb, guarded)


@pytest.fixture
def hashing() -> HashingEmbedder:
    """An embedder without a model: 64 slots."""
    return HashingEmbedder(64)


@pytest.fixture
def make_index(tmp_path: Path) -> Iterator[Callable[..., Index]]:
    """Opens a knowledge base with the hashing embedder; all are closed after the test."""
    opened: list[Index] = []

    def make(folder: Path | None = None, **options: object) -> Index:
        options.setdefault("embedder", HashingEmbedder(64))
        opened.append(Index(folder or tmp_path / "kb", **options))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for index in opened:
        index.close()


@pytest.fixture
def new_document() -> Callable[..., NewDocument]:
    """Makes a document of one page whose chunks are the given texts."""

    def make(source: str, texts: Sequence[str], embedder: HashingEmbedder | None = None) -> object:
        embedder = embedder or HashingEmbedder(64)
        page = "\n".join(texts)
        chunks, at = [], 0
        for text in texts:
            chunks.append(Chunk(text, 1, at, at + len(text), ("A heading",)))
            at += len(text) + 1
        return NewDocument(
            source=source,
            content_hash=hashlib.sha256(page.encode()).hexdigest(),
            title=source,
            media_type="text/plain",
            size=len(page.encode()),
            pages=(Page(1, page),),
            chunks=tuple(chunks),
            vectors=embedder.embed(list(texts)),
            splitter="by hand",
            embedder=embedder.fingerprint(),
        )

    return make  # type: ignore[return-value]


@pytest.fixture
def fill(new_document: Callable[..., NewDocument]) -> Callable[..., None]:
    """Commits `count` documents of two chunks each, every one about words of its own."""

    def run(index: Index, count: int, *, first: int = 0) -> None:
        with index.writing():
            index.claim()
            for n in range(first, first + count):
                texts = [
                    f"Otter number {n} eats fish{n} in river{n % 7}.",
                    f"The heron{n} watches 水獭 at dawn{n % 5}.",
                ]
                index.commit(new_document(f"/doc/{n:03}.txt", texts, index.embedder))

    return run


@pytest.fixture
def write_files(tmp_path: Path) -> Callable[..., Path]:
    """Writes texts by name into a folder of documents."""

    def write(**texts: str) -> Path:
        folder = tmp_path / "documents"
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def quick_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads UTF-8 text in this process, for runs whose subject is not parsing."""

    def parse(self: ParserProcess, data: bytes, name: str) -> ParsedDocument:
        return ParsedDocument((Page(1, data.decode()),), "", "text/plain")

    monkeypatch.setattr(ParserProcess, "parse", parse)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser, for the tests of one file; Playwright's loop must not outlive them."""
    from .browser import open_chromium

    with open_chromium() as browser:
        yield browser


@pytest.fixture
def window(chromium: Browser, served: Served) -> Iterator[Callable[..., Window]]:
    """Opens windows onto the page that the test's file serves; trouble in one fails the test."""
    from .browser import Window

    opened: list[Window] = []

    def open_one(**how: object) -> Window:
        opened.append(Window(chromium, served, **how))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    assert not [trouble for one in opened for trouble in one.close()]
