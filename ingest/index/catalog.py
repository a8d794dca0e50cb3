"""The truth of a knowledge base: one SQLite file; every change of a document is one transaction."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import StoreDamagedError, StoreError
from .schema import migrate

__all__ = ["CATALOG_NAME", "Catalog", "translated"]

CATALOG_NAME = "catalog.sqlite"
_BUSY_SECONDS = 30.0


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's exceptions into ours, with what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        words = str(error)
        if "full" in words:
            raise StoreError(
                f"Disk full while writing {str(path)!r}; nothing reported as done is lost. "
                "Free some space and run the command again."
            ) from error
        if "malformed" in words:
            raise _damaged(path, error) from error
        if "readonly" in words or "unable to open" in words:
            raise StoreError(
                f"Cannot write to or open {str(path)!r} ({words}); "
                "check its permissions, or choose another folder."
            ) from error
        raise StoreError(f"SQLite failed on {str(path)!r}: {words}; run `rag doctor`.") from error
    except sqlite3.DatabaseError as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: sqlite3.Error) -> StoreDamagedError:
    return StoreDamagedError(
        f"The catalog {str(path)!r} is damaged ({error}); restore a backup of its folder, "
        "or move it away and ingest the documents again."
    )


class Catalog:
    """One SQLite file with a reading and a writing connection.

    Readers see committed documents only and never wait for the writer (WAL). What `write` has
    committed survives kill -9, and power loss where the disk honours fsync (synchronous=FULL).
    Safe for several threads. Writers of other processes are kept out by `writer_lock`, not here.

    Args:
        folder: the knowledge base; made if absent, readable by its owner only.
        read_only: never write, not even tables; the catalog must exist.

    Raises:
        StoreError: the folder cannot be used, or the catalog is of a newer version.
        StoreDamagedError: the file is not a sound SQLite database.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.path = folder / CATALOG_NAME
        self.read_only = read_only
        self._read_lock = threading.RLock()
        self._write_lock = threading.RLock()
        if read_only and not self.path.exists():
            raise StoreError(
                f"There is no knowledge base in {str(folder)!r}; run `rag ingest PATH` first."
            )
        if folder.exists() and not folder.is_dir():
            raise StoreError(f"{str(folder)!r} is a file; a knowledge base needs a folder.")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"Cannot make the folder {str(folder)!r} ({error.strerror}); choose another one."
            ) from error
        with translated(self.path):
            self._writer = None if read_only else self._connect(write=True)
            self._reader = self._connect(write=False)

    def _connect(self, *, write: bool) -> sqlite3.Connection:
        if write and not self.path.exists():
            self.path.touch(mode=0o600)
        mode = "rw" if write else "ro"
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
            if write:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA secure_delete = ON")
                migrate(connection)
            else:
                connection.execute("PRAGMA query_only = ON")
                connection.execute("SELECT value FROM manifest LIMIT 1").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent snapshot: everything read inside the block is of one generation."""
        with self._read_lock, translated(self.path):
            nested = self._reader.in_transaction
            if not nested:
                self._reader.execute("BEGIN")
            try:
                yield self._reader
            finally:
                if not nested and self._reader.in_transaction:
                    self._reader.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, with the generation counted up; rolled back when the block raises."""
        if self._writer is None:
            raise StoreError(f"{str(self.path)!r} was opened read-only; open it for writing.")
        with self._write_lock, translated(self.path):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute(
                    "UPDATE manifest SET value = CAST(value AS INTEGER) + 1 "
                    "WHERE key = 'generation'"
                )
                self._writer.execute("COMMIT")
            finally:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")

    def get(self, key: str) -> str | None:
        """A value of the manifest, or None."""
        with self.read() as connection:
            row = connection.execute("SELECT value FROM manifest WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set(self, key: str, value: str) -> None:
        """Write one value of the manifest, as a transaction of its own."""
        with self.write() as connection:
            connection.execute("INSERT OR REPLACE INTO manifest VALUES (?, ?)", (key, value))

    @property
    def generation(self) -> int:
        """Grows with every committed change."""
        return int(self.get("generation") or 0)

    def vacuum(self) -> None:
        """Give freed space back and fold the write-ahead log into the file."""
        if self._writer is None:
            raise StoreError(f"{str(self.path)!r} was opened read-only; open it for writing.")
        with self._write_lock, translated(self.path):
            self._writer.execute("VACUUM")
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def backup(self, target: Path) -> None:
        """Copy the catalog, consistent even while someone writes, to the file `target`."""
        with self._read_lock, translated(self.path):
            copy = sqlite3.connect(target)
            try:
                self._reader.backup(copy)
            finally:
                copy.close()

    def close(self) -> None:
        """Close both connections; closing twice is fine."""
        with self._write_lock, self._read_lock:
            self._reader.close()
            if self._writer is not None:
                self._writer.close()
