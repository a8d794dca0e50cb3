"""A catalog that came from elsewhere in; refused unless its tables are those of a catalog of ours.

A database may bring triggers and views that run when we write or read; none of ours has one.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ..errors import StoreDamagedError
from .catalog import translated
from .schema import check, migrate

__all__ = ["require_own_tables"]


def require_own_tables(path: Path) -> None:
    """Compare what the database defines with what a new catalog of its version defines.

    Args:
        path: a closed SQLite file that nobody else has open.

    Raises:
        StoreDamagedError: it defines something else, or is no sound database.
        StoreError: it is of a newer version, or another program's.
    """
    with (
        translated(path),
        closing(_connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1")) as found,
        closing(_connect("file::memory:")) as fresh,
    ):
        version = check(found)
        migrate(fresh, to=version)
        if version < 1 or _definitions(found) != _definitions(fresh):
            raise StoreDamagedError(
                f"{path.name!r} defines other tables, views or triggers than a catalog has; "
                "do not use it."
            )


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _definitions(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    ).fetchall()
