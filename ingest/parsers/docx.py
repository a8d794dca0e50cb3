"""Bytes of a DOCX file come in; its paragraphs, lists, tables and headings go out as one page."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import IO
from xml.parsers import expat

from ..document import ParsedDocument
from ..errors import ParseError
from .blocks import one_page
from .word import Story, StyleLevels, TitleText

__all__ = ["parse"]

_MAIN = re.compile(r"word/document\d*\.xml")
_MOST_ENTRIES = 10_000
_MOST_BYTES = 500 << 20  # of one part when inflated
_MOST_RATIO = 200  # inflated bytes per packed one; prose in XML comes to 10-30
_RATIO_FROM = 10 << 20  # bytes; below it no ratio does harm
_BLOCK = 1 << 16
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError)


def parse(data: bytes, name: str) -> ParsedDocument:
    """Text as Word shows it: deleted and hidden text left out, table rows as lines of cells.

    Nothing is unpacked to disk; only four parts are read, whatever else the file holds.

    Raises:
        ParseError: "damaged", "encrypted" or "too_expensive".
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _document(archive)
    except _ZIP_ERRORS as error:
        raise ParseError(
            "damaged", f"a DOCX that cannot be unpacked ({error}); save it anew."
        ) from error
    except RuntimeError as error:
        # What zipfile raises for an entry behind a password.
        raise ParseError(
            "encrypted", "a DOCX behind a password; save a copy without it."
        ) from error


def _document(archive: zipfile.ZipFile) -> ParsedDocument:
    names = archive.namelist()
    if len(names) > _MOST_ENTRIES:
        message = f"a DOCX of {len(names):,} entries, over {_MOST_ENTRIES:,}; save it anew."
        raise ParseError("too_expensive", message)
    main = next((name for name in names if _MAIN.fullmatch(name)), None)
    if main is None:
        raise ParseError("damaged", "a DOCX without its main part; save it anew.")
    levels = StyleLevels()
    title = TitleText()
    if "word/styles.xml" in names:
        _feed(archive, "word/styles.xml", levels.start, levels.end, levels.characters)
    if "docProps/core.xml" in names:
        _feed(archive, "docProps/core.xml", title.start, title.end, title.characters)
    story = Story(levels.resolved(), levels.titles())
    for part in (main, "word/footnotes.xml"):
        if part in names:
            _feed(archive, part, story.start, story.end, story.characters)
    notes = [f"{story.hidden} characters of hidden text left out"] if story.hidden else []
    if any(_leads_out(name) for name in names):
        notes.append("entries whose names lead out of the file ignored")
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    named = title.text.strip() or story.title
    return one_page(story.blocks(), title=named, media_type=media_type, notes=notes)


def _leads_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or not parts[0] or parts[0].endswith(":")


def _feed(
    archive: zipfile.ZipFile,
    part: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    characters: Callable[[str], None],
) -> None:
    """Stream one part through a parser that refuses every document type and so every entity."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    info = archive.getinfo(part)
    try:
        with archive.open(info) as stream:
            for block in _inflated(stream, info.compress_size):
                parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        message = f"a DOCX whose part {part!r} is broken XML ({error}); save it anew."
        raise ParseError("damaged", message) from error


def _inflated(stream: IO[bytes], packed: int) -> Iterator[bytes]:
    """The blocks of a part, counted as they come: what the archive declares may be forged."""
    total = 0
    while block := stream.read(_BLOCK):
        total += len(block)
        if total > _MOST_BYTES or total > max(_RATIO_FROM, packed * _MOST_RATIO):
            message = (
                f"a DOCX that inflates {packed:,} bytes to over {total:,}; not opened further."
            )
            raise ParseError("too_expensive", message)
        yield block


def _refuse_doctype(name: str, system: str | None, public: str | None, internal: bool) -> None:
    message = "a DOCX that defines XML entities, as no word processor does; save it anew."
    raise ParseError("damaged", message)
