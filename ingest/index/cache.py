"""The vector store of one process, kept equal to the catalog, and its checked copy on disk."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import shutil
import sqlite3
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from ..atomic import replace_file, sync_folder
from ..embedders.base import Vectors
from ..errors import StoreError
from ..stores.base import Ids, VectorStoreCache
from ..stores.registry import new_store
from .documents import read_vectors

__all__ = ["VectorCache"]

_LOG = logging.getLogger(__name__)
_BATCH = 20_000
_REBUILD_SHARE = 0.5
_NONE: Ids = np.empty(0, dtype=np.int64)


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): _sha256(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class VectorCache:
    """Nearest neighbours, of exactly the state of the catalog that a reader asks for.

    On disk stand a folder with the store's files and a small manifest that names it, with
    state, store id, embedder and the SHA-256 of each file. The manifest is replaced last, in
    one step. Whatever does not agree in every point is rebuilt from the catalog.

    Args:
        folder: `cache/` of the knowledge base.
        kind: name of the vector store.
        dimension: length of a row.
        identity: store id and embedder; a copy of another knowledge base never passes.
    """

    def __init__(self, folder: Path, kind: str, dimension: int, identity: str) -> None:
        self._folder = folder
        self._kind = kind
        self._dimension = dimension
        self._identity = identity
        self._manifest = folder / f"{kind}.json"
        self._store: VectorStoreCache | None = None
        self._ids = _NONE
        self._state = self._published = ""

    def search(
        self, connection: sqlite3.Connection, state: str, vector: Vectors, k: int
    ) -> tuple[Ids, Vectors]:
        """The `k` nearest chunks of this state: ids and cosines, best first."""
        self.sync(connection, state)
        if self._store is None:
            raise StoreError("The vector store is not loaded; call sync first.")
        return self._store.search(vector, k)

    def sync(self, connection: sqlite3.Connection, state: str) -> None:
        """Make the store equal to the catalog as `connection` sees it."""
        if self._store is None:
            self._load(state)
        if self._store is not None and self._state == state:
            return
        with ExitStack() as undo:
            undo.callback(self._forget)  # half of a change must never be searched
            self._catch_up(connection)
            undo.pop_all()
        self._state = state

    def _forget(self) -> None:
        self._store, self._ids, self._state = None, _NONE, ""

    def _catch_up(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute("SELECT chunk FROM vectors ORDER BY chunk").fetchall()
        wanted = np.array([row[0] for row in rows], dtype=np.int64)
        gone = np.setdiff1d(self._ids, wanted, assume_unique=True)
        new = np.setdiff1d(wanted, self._ids, assume_unique=True)
        if self._store is None or len(gone) > _REBUILD_SHARE * len(wanted):
            self._store, new = new_store(self._kind, self._dimension), wanted
        else:
            self._store.remove(gone)
        for at in range(0, len(new), _BATCH):
            part = new[at : at + _BATCH]
            vectors = read_vectors(connection, [int(i) for i in part], self._dimension)
            self._store.add(part, vectors)
        self._ids = wanted

    def _load(self, state: str) -> None:
        """Take the published copy if it is whole and of this state; else leave nothing."""
        try:
            checksum, _, body = self._manifest.read_bytes().partition(b"\n")
            if checksum.decode("ascii", "replace") != hashlib.sha256(body).hexdigest():
                raise ValueError("checksum of the manifest")
            manifest = json.loads(body)
            agreed = (
                manifest["state"] == state
                and manifest["identity"] == self._identity
                and manifest["dimension"] == self._dimension
            )
            folder = self._folder / Path(manifest["folder"]).name
            ours = folder.name.startswith(f"{self._kind}-")
            if not (agreed and ours) or _hashes(folder) != manifest["files"]:
                _LOG.info("the vector cache %s does not match the catalog: rebuilding", folder)
                return
            store = new_store(self._kind, self._dimension)
            store.load(folder)
            ids = np.array(manifest["ids"], dtype=np.int64)
            if len(ids) != len(store):
                _LOG.warning("the vector cache %s is incomplete: rebuilding", folder)
                return
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, StoreError) as error:
            _LOG.warning("the vector cache %s is damaged (%s): rebuilding", self._manifest, error)
            return
        self._store, self._ids = store, ids
        self._state = self._published = state

    def publish(self) -> None:
        """Put what is held on disk for the next process; files first, manifest last.

        Raises:
            StoreError: it cannot be written; what stood there before still stands.
        """
        if self._store is None or self._published == self._state:
            return
        target = self._folder / f"{self._kind}-{secrets.token_hex(8)}"
        try:
            self._write(self._store, target)
        except OSError as error:
            shutil.rmtree(target, ignore_errors=True)
            raise StoreError(
                f"Cannot write the vector cache {str(self._folder)!r} ({error.strerror}); the "
                "documents are stored, and the cache is made anew when there is room."
            ) from error
        self._published = self._state
        self._clean(target.name)

    def _write(self, store: VectorStoreCache, target: Path) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.mkdir(mode=0o700)
        store.save(target)
        sync_folder(target)
        sync_folder(self._folder)
        manifest = {
            "state": self._state,
            "identity": self._identity,
            "dimension": self._dimension,
            "folder": target.name,
            "files": _hashes(target),
            "ids": self._ids.tolist(),
        }
        body = json.dumps(manifest).encode()
        replace_file(self._manifest, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)

    def _clean(self, kept: str) -> None:
        """Take away older copies, and what killed writers left."""
        for old in self._folder.glob(f"{self._kind}-*"):
            if old.name != kept:
                shutil.rmtree(old, ignore_errors=True)
        for left in self._folder.glob(f".{self._manifest.name}.*.tmp"):
            left.unlink(missing_ok=True)

    def forget(self) -> None:
        """Drop what is held and what is on disk."""
        self._store, self._ids = None, _NONE
        self._state = self._published = ""
        self._manifest.unlink(missing_ok=True)
        self._clean("")
