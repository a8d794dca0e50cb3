"""The page behind a citation is shown as text and picture, or with the reason why not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

import ingest.pictures.painter as painter_module
import rag.page_view as view_module
from ingest import Index, PagePainter, PictureLimits, SettingError, ingest_paths, shown, unshown
from ingest.embedders.hashing import HashingEmbedder
from rag import Assistant
from rag.errors import PlaceNotFoundError
from rag.page_view import view_page

SAMPLES = Path(__file__).parents[1] / "sample_docs"
PDF = "polar-food-and-transport.pdf"
MARKER = (255, 236, 92)
OTHERS = {
    "local-deployment-zh.txt": "模型",
    "memory-zh.docx": "记忆",
    "rag-zh.html": "检索",
    "amundsen-south-pole.md": "Amundsen",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """A knowledge base of copies of some sample documents."""
    folder = tmp_path_factory.mktemp("docs")
    for name in (PDF, *OTHERS):
        shutil.copy(SAMPLES / name, folder)
    kb = tmp_path_factory.mktemp("kb")
    with Index(kb, embedder=HashingEmbedder(64), vector_store="exact") as index:
        ingest_paths(index, [folder])
        yield index


@pytest.fixture
def index(library: Index, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """The same with no picture drawn yet; the PDF is put back afterwards."""
    monkeypatch.setattr(view_module, "_PICTURES", view_module._Pictures(3))
    yield library
    path = Path(source_of(library, PDF))
    path.unlink(missing_ok=True)
    shutil.copy(SAMPLES / PDF, path)


def source_of(index: Index, name: str) -> str:
    return next(info.source for info in index.documents() if Path(info.source).name == name)


def quoted(index: Index, source: str, page: int, words: str) -> tuple[int, int]:
    stored = index.page(source, page)
    assert stored is not None
    start = stored.text.index(words)
    return (start, start + len(words))


def test_the_quoted_words_stand_marked_on_the_picture_of_their_page(index: Index) -> None:
    source = source_of(index, PDF)
    span = quoted(index, source, 2, "the naval surgeon James Lind chose twelve sailors")
    view = view_page(index, source, 2, [span])
    assert (view.source, view.media_type, view.page, view.pages) == (
        source,
        "application/pdf",
        2,
        9,
    )
    assert view.title == next(d.title for d in index.documents() if d.source == source)
    assert view.text[slice(*view.spans[0])] == "the naval surgeon James Lind chose twelve sailors"
    stored = index.page(source, 2)
    assert stored is not None
    assert view.heading_paths == (stored.heading_path(span[0]),)
    assert view.heading_paths[0]
    assert view.problem == ""
    assert view.picture is not None
    assert (view.picture.found, view.picture.pages) == ((True,), 9)
    image = Image.open(BytesIO(view.picture.png))
    assert len(view.picture.boxes[0]) == 2
    for box in view.picture.boxes[0]:
        colours = {colour: count for count, colour in image.crop(box).getcolors(99_999)}
        assert max(colours, key=lambda colour: colours[colour]) == MARKER


@pytest.mark.parametrize(("name", "words"), OTHERS.items())
def test_every_other_format_shows_its_text_and_no_problem(
    index: Index, name: str, words: str
) -> None:
    source = source_of(index, name)
    view = view_page(index, source, 1, [quoted(index, source, 1, words)])
    assert (view.picture, view.problem) == (None, "")
    assert view.text[slice(*view.spans[0])] == words
    assert view.pages == 1


def other_pdf(path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.add_metadata({"/Title": "Another"})
    writer.write(path)


def same_size(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def link(path: Path) -> None:
    path.rename(path.with_name("moved.pdf"))
    path.symlink_to("moved.pdf")


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Path.unlink, "no such file"),
        (link, "symbolic link"),
        (pipe, "not a regular file"),
        (other_pdf, "has changed since it was read"),
        (same_size, "has changed since it was read"),
        (lambda path: path.write_bytes(b"short"), "has changed since it was read"),
    ],
    ids=["gone", "link", "pipe", "longer", "one bit", "shorter"],
)
def test_a_file_that_is_not_the_one_that_was_read_is_not_drawn(
    index: Index, change: Callable[[Path], object], words: str
) -> None:
    source = source_of(index, PDF)
    change(Path(source))
    view = view_page(index, source, 1, [(0, 5)])
    assert view.picture is None
    assert words in view.problem
    assert PDF in view.problem
    assert view.text


def test_a_page_that_cannot_be_drawn_is_shown_as_text_with_the_reason(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    tight = PagePainter(PictureLimits(pixels=1000))
    monkeypatch.setattr(painter_module, "_shared", lambda: tight)
    with tight:
        view = view_page(index, source_of(index, PDF), 1, [(0, 5)])
    assert view.picture is None
    assert "over 1,000 pixels" in view.problem
    assert view.text


def test_a_picture_is_drawn_once_for_the_same_bytes_page_quotes_and_width(index: Index) -> None:
    source = source_of(index, PDF)
    first = view_page(index, source, 1, [(0, 5)]).picture
    Path(source).unlink()
    assert view_page(index, source, 1, [(0, 5)]).picture is first is not None
    assert view_page(index, source, 1, [(0, 6)]).picture is None
    assert view_page(index, source, 2, [(0, 5)]).picture is None
    assert view_page(index, source, 1, [(0, 5)], width=500).picture is None


def test_only_the_latest_pictures_are_kept(index: Index) -> None:
    source = source_of(index, PDF)
    for end in (1, 2, 3, 1, 4):
        assert view_page(index, source, 1, [(0, end)], width=100).picture is not None
    Path(source).unlink()
    kept = [view_page(index, source, 1, [(0, end)], width=100).picture for end in (1, 2, 3, 4)]
    assert [picture is not None for picture in kept] == [True, False, True, True]


def test_no_picture_is_drawn_when_none_is_wanted(index: Index) -> None:
    source = source_of(index, PDF)
    Path(source).unlink()
    view = view_page(index, source, 1, [], picture=False)
    assert (view.picture, view.problem, view.spans) == (None, "", ())


def test_a_place_that_is_not_there_is_an_error_of_ours(index: Index) -> None:
    source = source_of(index, PDF)
    for unknown, page, spans in (
        ("/etc/passwd", 1, []),
        (source, 0, []),
        (source, 10, []),
        (source, 1, [(0, 99_999)]),
        (source, 1, [(5, 5)]),
        (source, 1, [(-3, 5)]),
    ):
        with pytest.raises(PlaceNotFoundError):
            view_page(index, unknown, page, spans)
    with pytest.raises(SettingError):
        view_page(index, source, 1, [], width=7)


def test_i16_a_file_is_found_again_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    names = {"plain.txt", "back\\slash.txt", "joined\u200d.txt", "line\nbreak.txt", "b\udcffte.txt"}
    for name in names:
        (folder / name).write_text("words", "utf-8")
    for name in names:
        assert unshown(shown(folder / name)) == folder / name
    pdf = folder / "a\u200db\n\\c.pdf"
    shutil.copy(SAMPLES / PDF, pdf)
    with Index(tmp_path / "kb", embedder=HashingEmbedder(64)) as index:
        ingest_paths(index, [pdf])
        (info,) = index.documents()
        assert view_page(index, info.source, 1, [(0, 5)], width=100).picture is not None


def test_the_assistant_shows_the_page_of_its_own_citation(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    shutil.copy(SAMPLES / PDF, tmp_path / "docs")
    with Assistant.open(tmp_path / "kb", model="none", embedder=HashingEmbedder(64)) as assistant:
        assistant.ingest(tmp_path / "docs")
        citation = assistant.ask(
            "What did James Lind give the sailors with scurvy?"
        ).answer.citations[0]
        span = (citation.start, citation.end)
        view = assistant.view_page(citation.source, citation.page, [span])
    assert view.text[slice(*span)] == citation.quote
    assert view.picture is not None
    assert view.picture.found == (True,)
