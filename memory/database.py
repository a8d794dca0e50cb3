"""One SQLite file behind one lock: durable transactions, consistent reads, errors translated."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .derived import Derived
from .errors import LogBusyError, LogDamagedError, LogError, LogFullError
from .schema import migrate

__all__ = ["Database"]


class Database:
    """The log's file, open.

    Safe for several threads, which take turns. Every process opens its own; an object that was
    carried over a fork refuses to work, because SQLite connections do not survive one.

    Attributes:
        path: the file.
        derived: the folder beside it.
    """

    def __init__(self, path: Path, busy_timeout_seconds: float) -> None:
        self.path = path
        self.derived = Derived(path)
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._unfit: str | None = None
        with self._translated():
            _create_private(path)
            self._connection = sqlite3.connect(
                path, timeout=busy_timeout_seconds, isolation_level=None, check_same_thread=False
            )
            with ExitStack() as undo:
                undo.callback(self._connection.close)
                _configure(self._connection, busy_timeout_seconds)
                migrate(self._connection, path)
                undo.pop_all()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction with the write lock held: all of it is on the disk afterwards, or none.

        Raises:
            LogError: or a child of it; nothing was changed.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Reads that all see the same moment of the log.

        They wait for this program's other threads, and for no writer of another program.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    def purge(self) -> None:
        """Erase the bytes of what was deleted, and what was derived from them.

        Raises:
            LogBusyError: another program is reading; what was deleted is out of reach of every
                query, but its bytes stay until `purge` is called again.
            LogError: a file that was derived cannot be deleted; the log itself was purged.
        """
        with self._lock, self._translated(), ExitStack() as afterwards:
            self._check()
            afterwards.callback(self._drop_derived)
            self._connection.execute("VACUUM")
            if self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise LogBusyError(
                    f"Old bytes remain in {str(self.path)!r} because another program is reading "
                    "it; what was forgotten can no longer be found, purge again once it is closed."
                )

    def _drop_derived(self) -> None:
        try:
            self.derived.drop()
        except OSError as error:
            raise LogError(
                f"{str(self.derived.folder)!r} holds words that were forgotten and cannot be "
                f"deleted ({error}); delete it by hand."
            ) from error

    def backup(self, target: Path) -> None:
        """Write a complete copy of one moment to `target`, which must not exist."""
        with self._lock, self._translated():
            self._check()
            _create_private(target, exclusive=True)
            copy = sqlite3.connect(target)
            try:
                self._connection.backup(copy)
            finally:
                copy.close()

    def close(self) -> None:
        """Close the file; twice does no harm."""
        with self._lock:
            if self._process == os.getpid():
                self._connection.close()
            self._unfit = self._unfit or "is closed"

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock, self._translated():
            self._check()
            self._connection.execute(begin)
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:  # it did not come to the commit
                    self._connection.execute("ROLLBACK")

    def _check(self) -> None:
        if self._process != os.getpid():
            raise LogError(
                f"Conversation log {str(self.path)!r} was opened in process {self._process}; "
                "open it again in this one."
            )
        if self._unfit:
            raise LogError(f"Conversation log {str(self.path)!r} {self._unfit}; open it again.")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        where = f"Conversation log {str(self.path)!r}"
        try:
            yield
        except OSError as error:
            raise LogError(f"{where} cannot be opened ({error}); check the path.") from error
        except UnicodeDecodeError as error:  # of the driver, over the words of its own complaint
            raise LogDamagedError(
                f"{where} is damaged ({error}); restore a backup or choose another path."
            ) from error
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the extended code's family
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise LogBusyError(
                    f"{where} is held by another program; nothing was changed, try again."
                ) from error
            if code == sqlite3.SQLITE_FULL:
                raise LogFullError(
                    f"{where}: the disk is full; nothing was lost, free some space and try again."
                ) from error
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise LogDamagedError(
                    f"{where} is damaged ({error}); restore a backup or choose another path."
                ) from error
            if code == sqlite3.SQLITE_IOERR:
                # After a failed fsync nobody knows what reached the disk: only a new start does.
                self._unfit = "met an input/output error"
            raise LogError(f"{where} cannot be used ({error}); check the disk and path.") from error


def _create_private(path: Path, *, exclusive: bool = False) -> None:
    """Make the file 0600 and the folders that are missing 0700, whatever the umask."""
    missing = [folder for folder in path.absolute().parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | (os.O_EXCL if exclusive else 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        if os.fstat(descriptor).st_mode & 0o077:
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _configure(connection: sqlite3.Connection, busy_timeout_seconds: float) -> None:
    connection.execute(f"PRAGMA busy_timeout = {int(busy_timeout_seconds * 1000)}")
    deadline = time.monotonic() + busy_timeout_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            # Two processes that create the log together: SQLite does not wait here by itself.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    # Damaged text must reach the check of its digest instead of failing in the driver.
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")  # no conversation in a temporary file
