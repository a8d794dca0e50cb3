"""One file in, a checked knowledge base in a folder out; every doubt about the file refuses it.

Nothing the file says is believed: names must be ours, sizes add up to no more than the file, each
byte is hashed, the catalog is verified as after a crash.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from ingest import EmbedderIdentity, Index, IngestError, require_own_tables, shown, sync_folder

from ..errors import KnowledgeBaseFileError
from ..uploads import FOLDER, is_upload, is_upload_name
from .kb_file import (
    CATALOG,
    MANIFEST,
    MOST_DIRECTORY_BYTES,
    MOST_NAME_BYTES,
    Manifest,
    Member,
    Progress,
    is_member,
)

__all__ = ["settle", "unpack"]

_PIECE = 1 << 20  # bytes copied at a time
_SPARE = 50_000_000  # bytes that stay free on the disk
_END = struct.Struct("<4s4H2LH")  # a zip's end record
_END_64 = struct.Struct("<4sQ2H2L4Q")  # the same for large ones
_LOCATOR_64_BYTES = 20
_NOT_A_ZIP = (zipfile.BadZipFile, struct.error, NotImplementedError, EOFError, ValueError)


def unpack(source: Path, folder: Path, progress: Progress | None) -> Manifest:
    """Check the file and write its members into `folder`, durably.

    Args:
        source: the file.
        folder: an empty folder.
        progress: is told bytes copied and bytes of the whole.

    Raises:
        KnowledgeBaseFileError: the file cannot be read, is not one that `Shelf.export` wrote, is
            damaged, or needs more space than is free.
    """
    with _reading(source) as file:
        _check_end(file, source)
        with zipfile.ZipFile(file) as packed:
            manifest = _manifest(packed, source)
            total = sum(member.size for member in manifest.members.values())
            if total + _SPARE > shutil.disk_usage(folder).free:
                raise KnowledgeBaseFileError(
                    f"{str(source)!r} needs {total + _SPARE:,} bytes, and the disk of "
                    f"{str(folder.parent)!r} has not so many free; make room."
                )
            (folder / FOLDER).mkdir(mode=0o700)
            done = 0
            for name, member in manifest.members.items():
                for piece in _copy(packed, name, member, folder, source):
                    done += piece
                    if progress is not None:
                        progress(done, total)
    for written in (folder / FOLDER, folder):
        sync_folder(written)
    return manifest


def settle(folder: Path, home: Path, manifest: Manifest, source: Path) -> None:
    """Check the catalog in `folder`, and make its uploads' documents those of `home`.

    Args:
        folder: where it was unpacked.
        home: where it will lie.
        manifest: what the file said of it.
        source: the file, for messages.

    Raises:
        KnowledgeBaseFileError: the catalog is not sound, or not what the manifest says.
    """
    try:
        require_own_tables(folder / CATALOG)
        with Index(folder) as index:
            problems = index.verify()
            if problems:
                raise _refused(source, problems[0])
            contents, embedder = index.contents(), EmbedderIdentity.read(index.catalog)
            found = (contents.documents, contents.pages, contents.chunks, embedder)
            if found != (manifest.documents, manifest.pages, manifest.chunks, manifest.embedder):
                raise _refused(source, "its catalog is not the one that its manifest describes")
            index.relocate(_moves(index, manifest.folder, home))
            with suppress(IngestError):  # its embedder may not be here; the next search makes it
                index.publish()
    except (IngestError, RecursionError) as error:
        raise _refused(source, str(error)) from error


def _moves(index: Index, folder: str, home: Path) -> dict[str, str]:
    """The new sources of the documents that were uploaded, by their old ones."""
    moves = {}
    for document in index.documents():
        parent, _, name = document.source.rpartition("/")
        if parent == folder and is_upload(name):
            moves[document.source] = shown(home.resolve() / FOLDER / name)
    return moves


@contextmanager
def _reading(source: Path) -> Iterator[BinaryIO]:
    """The open file; what goes wrong while it is read becomes one sentence."""
    try:
        with source.open("rb") as file:
            yield file
    except OSError as error:
        if error.errno == errno.EINVAL:  # it points to what would lie before its beginning
            raise _refused(source, "it is damaged or no zip") from error
        raise KnowledgeBaseFileError(
            f"Cannot read {str(error.filename or source)!r} ({error.strerror}); "
            "check the path, the permissions and the space on the disk."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "all of it"
        raise _refused(source, f"its manifest is not ours ({place}: {first['msg']})") from error
    except _NOT_A_ZIP as error:
        raise _refused(source, f"it is damaged or no zip ({error})") from error


def _check_end(file: BinaryIO, source: Path) -> None:
    """Refuse a zip that ends in a comment, or whose directory would fill the memory."""
    size = file.seek(0, os.SEEK_END)
    far = _END.size + _LOCATOR_64_BYTES + _END_64.size
    file.seek(max(0, size - far))
    tail = file.read().rjust(far, b"\0")
    signature, *_, directory, _, comment = _END.unpack(tail[-_END.size :])
    if signature != b"PK\5\6" or comment:
        raise _refused(source, "it is damaged or no zip (its end is missing)")
    large = _END_64.unpack(tail[: _END_64.size])
    if large[0] == b"PK\6\6":
        directory = max(directory, large[-2])
    if directory > MOST_DIRECTORY_BYTES:
        raise _refused(source, f"its directory has {directory:,} bytes")


def _manifest(packed: zipfile.ZipFile, source: Path) -> Manifest:
    """The manifest, after everything that can be said without unpacking has been checked."""
    entries = {entry.filename: entry for entry in packed.infolist()}
    for name, entry in entries.items():
        plain = entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1
        if not plain or entry.file_size != entry.compress_size:
            raise _refused(source, f"{name!r} is compressed or encrypted")
        if not stat.S_ISREG(entry.external_attr >> 16):
            raise _refused(source, f"{name!r} is a link or no file")
        if name != MANIFEST and not is_member(name):
            raise _refused(source, f"{name!r} does not belong into it")
        if is_upload_name(name) and entry.file_size > MOST_NAME_BYTES:
            raise _refused(source, f"{name!r} is too long for a name")
    if len(entries) != len(packed.infolist()) or not {MANIFEST, CATALOG} <= entries.keys():
        raise _refused(source, "a member is missing or there twice")
    if sum(entry.file_size for entry in entries.values()) > source.stat().st_size:
        raise _refused(source, "its members overlap")
    if entries[MANIFEST].file_size > MOST_DIRECTORY_BYTES:
        raise _refused(source, "its manifest is too long")
    manifest = Manifest.model_validate_json(packed.read(MANIFEST))
    sizes = {name: entry.file_size for name, entry in entries.items() if name != MANIFEST}
    if sizes != {name: member.size for name, member in manifest.members.items()}:
        raise _refused(source, "its members are not those of its manifest")
    return manifest


def _copy(
    packed: zipfile.ZipFile, name: str, member: Member, folder: Path, source: Path
) -> Iterator[int]:
    """Write one member; the bytes of each piece. Its hash is checked at the end."""
    digest, target = hashlib.sha256(), folder / name
    with packed.open(name) as packed_file, target.open("xb") as file:
        target.chmod(0o600)
        while piece := packed_file.read(_PIECE):
            digest.update(piece)
            file.write(piece)
            yield len(piece)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != member.sha256:
        raise _refused(source, f"{name!r} is not the file that was exported")
    if is_upload_name(name) and not _is_plain(target.read_bytes()):
        raise _refused(source, f"{name!r} holds what no name of a file holds")


def _is_plain(data: bytes) -> bool:
    """Whether it is text without anything that cannot be seen."""
    return shown(text := data.decode("utf-8")) == text.replace("\\", "\\\\")


def _refused(source: Path, words: str) -> KnowledgeBaseFileError:
    return KnowledgeBaseFileError(
        f"{str(source)!r} cannot be taken in: {words}. Nothing was changed; export it anew."
    )
