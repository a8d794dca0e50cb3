"""The first bytes and the name of a file come in; its media type goes out, content first."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

from ..errors import ParseError

__all__ = ["DOCX", "Sniffed", "sniff"]

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_BY_EXTENSION = {
    ".csv": "text/csv",
    ".docx": DOCX,
    ".htm": "text/html",
    ".html": "text/html",
    ".markdown": "text/markdown",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".tsv": "text/csv",
    ".xhtml": "text/html",
}
_TEXTS = frozenset({"text/csv", "text/html", "text/markdown", "text/plain"})
_MAGIC = (
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf'", "a 7z archive"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"\x7fELF", "a Linux program"),
    (b"{\\rtf", "an RTF document"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"OggS", "an Ogg recording"),
    (b"ID3", "an MP3 recording"),
)
_WINDOWS_PROGRAM = re.compile(rb"MZ.{58}.{2}\0\0", re.DOTALL)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html)\b", re.I
)
_PDF_WITHIN = 1024  # bytes; what Acrobat allows before the header
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a file is.

    Attributes:
        media_type: an IANA media type.
        note: says when the name promises something else; "" when it does not.
    """

    media_type: str
    note: str = ""


def sniff(data: bytes, name: str) -> Sniffed:
    """Decide by content first and by the extension second.

    Raises:
        ParseError: "unsupported", "encrypted" or "damaged" when it can be told already.
    """
    extension = PurePath(name).suffix.lower()
    promised = _BY_EXTENSION.get(extension, "")
    found = _by_content(data, promised)
    if found == promised or not promised:
        return Sniffed(found or "text/plain")
    if not found:
        if promised not in _TEXTS:
            message = f"named {extension!r} but does not begin like one; restore or rename it."
            raise ParseError("damaged", message)
        return Sniffed(promised)
    return Sniffed(found, f"named {extension!r} but is {found}; read as that")


def _by_content(data: bytes, promised: str) -> str:
    """A media type, or "" for what may be any text."""
    if data.startswith(_ZIP):
        return _in_zip(data)
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            message = "an Office document behind a password; save a copy without it."
            raise ParseError("encrypted", message)
        raise _unsupported("an Office document of the old kind", "save it as DOCX or PDF")
    if b"%PDF-" in data[:_PDF_WITHIN] and promised not in _TEXTS:
        return "application/pdf"
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise _unsupported(kind, "convert it to text or PDF")
    if _WINDOWS_PROGRAM.match(data):
        raise _unsupported("a Windows program", "remove it")
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")
    head = head.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    return "text/html" if _HTML.match(head) else ""


def _in_zip(data: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        message = f"a ZIP container that cannot be opened ({error}); restore or save it anew."
        raise ParseError("damaged", message) from error
    if any(name.startswith("word/document") for name in names):
        return DOCX
    for prefix, kind in (("xl/", "a spreadsheet"), ("ppt/", "a presentation")):
        if any(name.startswith(prefix) for name in names):
            raise _unsupported(kind, "save it as PDF or CSV")
    raise _unsupported("a ZIP archive", "unpack it first")


def _unsupported(kind: str, advice: str) -> ParseError:
    return ParseError("unsupported", f"{kind}, which is not read; {advice}.")
