"""The truth of a knowledge base: one SQLite file; every change of a document is one transaction."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from ..atomic import sync_folder
from ..errors import StoreDamagedError, StoreError, StoreLockedError
from .schema import check, migrate

__all__ = ["CATALOG_NAME", "Catalog", "translated"]

CATALOG_NAME = "catalog.sqlite"
_BUSY_SECONDS = 30.0
_POLL_SECONDS = 0.02
_ABSENT = "There is no knowledge base in {!r}; run `rag ingest PATH` first."


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's exceptions into ours, with what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _translation(path, str(error)) from error
    except sqlite3.ProgrammingError as error:
        raise StoreError(f"The catalog {str(path)!r} cannot be used ({error}).") from error
    except sqlite3.IntegrityError as error:
        raise StoreError(
            f"The catalog {str(path)!r} refuses a change ({error}); nothing was changed."
        ) from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise _damaged(path, str(error)) from error


def _translation(path: Path, words: str) -> StoreError:
    if "is full" in words:
        return StoreError(
            f"Disk full while writing {str(path)!r}; nothing reported as done is lost. "
            "Free some space and run the command again."
        )
    if any(sign in words for sign in ("malformed", "no such", "decode", "corrupt", "vtable")):
        return _damaged(path, words)
    if "locked" in words or "busy" in words:
        return StoreLockedError(
            f"Another process keeps {str(path)!r} locked ({words}); wait until it is done."
        )
    if "readonly" in words or "unable to open" in words:
        return StoreError(
            f"Cannot write to or open {str(path)!r} ({words}); "
            "check its permissions, or choose another folder."
        )
    return StoreError(f"SQLite failed on {str(path)!r}: {words}; run `rag doctor`.")


def _damaged(path: Path, words: str) -> StoreDamagedError:
    return StoreDamagedError(
        f"The catalog {str(path)!r} is damaged ({words}); restore a backup of its folder, "
        "or move it away and ingest the documents again."
    )


def _use_log(connection: sqlite3.Connection) -> None:
    """Turn the write-ahead log on; SQLite does not wait here when others do the same."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)
        else:
            return


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
        self._failed = False
        if folder.exists() and not folder.is_dir():
            raise StoreError(f"{str(folder)!r} is a file; a knowledge base needs a folder.")
        if read_only and not self.path.exists():
            raise StoreError(_ABSENT.format(str(folder)))
        if not read_only:
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.path.touch(mode=0o600)
            except OSError as error:
                raise StoreError(
                    f"Cannot write to the folder {str(folder)!r} ({error.strerror}); "
                    "check its permissions, or choose another one."
                ) from error
        self.uri = self._read_uri()
        with translated(self.path):
            self._writer = None if read_only else self._connect(write=True)
            self._reader = self._connect(write=False)

    def _read_uri(self) -> str:
        """How to read: where SQLite may write nothing, a closed catalog is read as it lies."""
        folder, log = self.path.parent, self.path.with_name(f"{CATALOG_NAME}-wal")
        sealed = self.read_only and not os.access(folder, os.W_OK) and not log.exists()
        return f"{self.path.absolute().as_uri()}?mode=ro" + ("&immutable=1" if sealed else "")

    def _connect(self, *, write: bool) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw" if write else self.uri,
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        with ExitStack() as undo:
            undo.callback(connection.close)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
            if check(connection) == 0 and not write:
                raise StoreError(_ABSENT.format(str(self.path.parent)))
            if write:
                _use_log(connection)
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA secure_delete = ON")
                migrate(connection)
            else:
                connection.execute("PRAGMA query_only = ON")
                connection.execute("SELECT value FROM manifest LIMIT 1").fetchone()
            undo.pop_all()
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
        """One transaction, with the generation counted up; rolled back when the block raises.

        After an input/output error nothing more is written until the catalog is opened anew: what
        the disk holds then is not what SQLite believes.
        """
        with self._write_lock, translated(self.path):
            writer = self._usable_writer()
            writer.execute("BEGIN IMMEDIATE")
            try:
                yield writer
                writer.execute(
                    "UPDATE manifest SET value = CAST(value AS INTEGER) + 1 "
                    "WHERE key = 'generation'"
                )
                writer.execute(
                    "INSERT OR REPLACE INTO manifest VALUES ('commit', hex(randomblob(8)))"
                )
                writer.execute("COMMIT")
            except sqlite3.OperationalError as error:
                self._failed = "I/O" in str(error)
                raise
            finally:
                if writer.in_transaction:
                    writer.execute("ROLLBACK")

    def _usable_writer(self) -> sqlite3.Connection:
        if self._writer is None:
            raise StoreError(f"{str(self.path)!r} was opened read-only; open it for writing.")
        if self._failed:
            raise StoreError(
                f"The disk failed under {str(self.path)!r}; check it, then start again."
            )
        return self._writer

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
        with self.read() as connection:
            row = connection.execute(
                "SELECT CAST(value AS INTEGER) FROM manifest WHERE key = 'generation'"
            ).fetchone()
        return int(row[0]) if row else 0

    @property
    def state(self) -> str:
        """Generation and a random mark of the last commit.

        Equal states hold equal rows, also when a folder was copied or a backup put in its place
        and both went on to the same generation.
        """
        with self.read():
            return f"{self.generation}-{self.get('commit') or ''}"

    def vacuum(self) -> None:
        """Give freed space back and wipe what was removed: from the file, its terms and its log.

        Raises:
            StoreLockedError: a reader held the write-ahead log too long; run it again.
        """
        with self._write_lock, self._read_lock, translated(self.path):
            writer = self._usable_writer()
            writer.execute("INSERT INTO lexical (lexical) VALUES ('optimize')")
            writer.execute("VACUUM")
            ((busy, *_),) = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if busy:
            raise StoreLockedError(
                f"Someone reads {str(self.path)!r}, so what was removed is not wiped yet; "
                "run it again when nobody reads."
            )

    def backup(self, target: Path) -> None:
        """Copy the catalog, consistent even while someone writes, to the file `target`.

        Raises:
            StoreError: `target` cannot be written; a half-written copy is taken away.
        """
        temporary = target.with_name(f".{target.name}.tmp")
        try:
            temporary.unlink(missing_ok=True)
            temporary.touch(mode=0o600)
            with (
                self._read_lock,
                translated(temporary),
                closing(sqlite3.connect(temporary)) as copy,
            ):
                self._reader.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE").fetchone()
            temporary.replace(target)
            sync_folder(target.absolute().parent)
        except OSError as error:
            raise StoreError(f"Cannot write {str(target)!r} ({error.strerror}).") from error
        finally:
            if temporary.exists():
                temporary.unlink()

    def close(self) -> None:
        """Close both connections; closing twice is fine."""
        with self._write_lock, self._read_lock:
            self._reader.close()
            if self._writer is not None:
                self._writer.close()
