"""A knowledge base in, one file with all of it out; while others read it and write to it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ingest import EmbedderIdentity, Index, StoreDamagedError, shown, sync_folder

from ..errors import KnowledgeBaseFileError
from ..uploads import FOLDER, stored_uploads
from .kb_file import CATALOG, MANIFEST, Manifest, Member, Progress

__all__ = ["copy_catalog", "pack"]

_PIECE = 1 << 20  # bytes copied at a time


def copy_catalog(knowledge_base: Path, workspace: Path) -> None:
    """Copy the catalog as one moment shows it, without what was removed from it, and check it.

    Raises:
        StoreError: it cannot be read, or the disk is full.
        StoreDamagedError: it is not sound, so the copy would be worth nothing.
    """
    with Index(knowledge_base, read_only=True) as index:
        index.catalog.backup(workspace / CATALOG)
    with Index(workspace) as copy:
        copy.catalog.vacuum()
        problems = copy.verify()
    if problems:
        raise StoreDamagedError(
            f"The knowledge base {str(knowledge_base)!r} is damaged ({problems[0]}); "
            "run `rag index verify`, and ingest the documents that it names again."
        )


def pack(
    knowledge_base: Path, catalog: Path, name: str, target: Path, progress: Progress | None
) -> None:
    """Write the file in place of `target`, whole or not at all.

    Args:
        knowledge_base: whose uploads go in.
        catalog: folder of the checked copy of its catalog.
        name: of the knowledge base.
        target: the file.
        progress: is told bytes copied and bytes of the whole.

    Raises:
        KnowledgeBaseFileError: `target` cannot be written.
    """
    sources = {CATALOG: catalog / CATALOG}
    sources |= {f"{FOLDER}/{path.name}": path for path in stored_uploads(knowledge_base)}
    try:
        total = sum(path.stat().st_size for path in sources.values())
        with _replacing(target) as file, zipfile.ZipFile(file, "w") as packed:
            members: dict[str, Member] = {}
            done = 0
            for member, path in sources.items():
                members[member] = _copy(packed, member, path, done, max(done, total), progress)
                done += members[member].size
            manifest = _manifest(knowledge_base, catalog, name, members)
            packed.writestr(_entry(MANIFEST), manifest.model_dump_json(indent=1))
    except OSError as error:
        raise KnowledgeBaseFileError(
            f"Cannot write {str(target)!r} ({error.strerror}); nothing of it is left. "
            "Check the folder's permissions and space, or choose another one."
        ) from error


def _manifest(
    knowledge_base: Path, catalog: Path, name: str, members: dict[str, Member]
) -> Manifest:
    with Index(catalog, read_only=True) as index:
        contents, identity = index.contents(), EmbedderIdentity.read(index.catalog)
    return Manifest(
        name=name,
        folder=shown((knowledge_base / FOLDER).resolve()),
        embedder=identity,
        documents=contents.documents,
        pages=contents.pages,
        chunks=contents.chunks,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        members=members,
    )


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFREG | 0o600) << 16
    return entry


def _copy(
    packed: zipfile.ZipFile,
    name: str,
    path: Path,
    done: int,
    total: int,
    progress: Progress | None,
) -> Member:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, packed.open(_entry(name), "w", force_zip64=True) as member:
        while piece := source.read(_PIECE):
            member.write(piece)
            digest.update(piece)
            size += len(piece)
            if progress is not None:
                progress(done + size, max(done + size, total))
    return Member(size=size, sha256=digest.hexdigest())


@contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    """A file beside `target` that takes its place when the block ends well, and goes otherwise.

    It is always called the same, so what a killed process left is written over by the next.
    """
    temporary = target.with_name(f".{target.name}.tmp")
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = os.path.samestat(os.fstat(descriptor), temporary.stat())
        except (BlockingIOError, FileNotFoundError):
            ours = False
        if not ours:
            raise KnowledgeBaseFileError(
                f"Another process is writing {str(target)!r}; wait until it is done."
            )
        try:
            file.truncate(0)
            yield file
            file.flush()
            os.fsync(descriptor)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)  # only there if it could not take the place
        sync_folder(target.absolute().parent)
