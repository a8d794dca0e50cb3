"""The conversation log as a file: opened, lent for transactions, checked, copied, purged."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from .database import Database
from .erasures import erasures, mark_purged, purge_is_due
from .errors import LogError
from .lexical import keep_current, rebuild
from .terms import TermFunction
from .verify import find_damage

__all__ = ["LogFile"]


class LogFile:
    """What the log does whatever was said.

    Args:
        path: the SQLite file; it and missing folders are created, readable by their owner only.
        index_terms: text to search terms. If it differs from the one that the file was indexed
            with, every turn is indexed anew.
        busy_timeout_seconds: how long to wait for another program's write.

    Attributes:
        path: the file.
        derived: the folder beside it, for what others derive from the turns.

    Raises:
        LogError: or a child of it: the file cannot be opened, is damaged, or is newer.
    """

    def __init__(
        self, path: str | Path, index_terms: TermFunction, busy_timeout_seconds: float
    ) -> None:
        self.path = Path(path)
        self.index_terms = index_terms
        self._database = Database(self.path, busy_timeout_seconds)
        self.derived = self._database.derived
        with ExitStack() as undo:
            undo.callback(self._database.close)
            with self._database.writing() as connection:
                keep_current(connection, index_terms)
                due = purge_is_due(connection)
            if due:
                with suppress(LogError):  # the next opening tries again
                    self.purge()
            undo.pop_all()

    def purge(self) -> None:
        """Erase the bytes of what was deleted; whatever deletes words does it by itself.

        Should it be killed before, or fail, the next opening of the log makes up for it.

        Raises:
            LogBusyError: another program is reading; call again once it is closed.
        """
        with self._database.reading() as connection:
            count = erasures(connection)
        self._database.purge()
        with self._database.writing() as connection:
            mark_purged(connection, count)

    def backup(self, target: str | Path) -> None:
        """Write a complete copy of this moment to `target`, a path where nothing is yet."""
        self._database.backup(Path(target))

    def reindex(self) -> None:
        """Make the word index anew from the turns; what `verify` advises when it is damaged."""
        with self._database.writing() as connection:
            rebuild(connection, self.index_terms)

    def verify(self) -> list[str]:
        """One sentence for each damage found in the file; empty when all is well."""
        with self._database.writing() as connection:
            return find_damage(connection)

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """For kinds of memory: reads of their own that all see the same moment."""
        return self._database.reading()

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """For kinds of memory: one transaction on what they derive, never on turns."""
        return self._database.writing()

    def close(self) -> None:
        """Close the file; twice does no harm."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
