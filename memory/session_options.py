"""Small settings of one conversation, text to text: checked, stored beside its title, read back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from .errors import LogDamagedError, OptionError
from .rows import Scope, clean

__all__ = ["NO_OPTIONS", "dump_options", "read_options", "write_options"]

NO_OPTIONS = "{}"
"""What is stored where nobody has set any."""

_MOST = 20
_LONGEST = 500  # characters of a name or a value; what is longer is no setting
_SHOWN = 80  # characters of either in an error


def dump_options(options: Mapping[str, str]) -> str:
    """Options as they are stored.

    Raises:
        OptionError: more than 20, or a name or value that is no text of up to 500 characters.
    """
    if not isinstance(options, Mapping):
        raise OptionError(f"Session options are {options!r}; give names and their values.")
    if len(options) > _MOST:
        raise OptionError(f"A session cannot have {len(options)!r} options; give {_MOST} at most.")
    for name, value in options.items():
        fit = _is_small(name) and name and _is_small(value)
        if not fit:
            raise OptionError(
                f"Session option {_shown(name)} = {_shown(value)} cannot be kept; give valid "
                f"Unicode of at most {_LONGEST} characters for each, and a name that is not empty."
            )
    return json.dumps(dict(options), ensure_ascii=False, separators=(",", ":"))


def read_options(connection: sqlite3.Connection, scope: Scope) -> dict[str, str]:
    """The options of a session.

    Raises:
        LogDamagedError: what is stored is not what was written.
    """
    (stored,) = connection.execute(
        "SELECT options FROM sessions WHERE user_key = ? AND key = ?",
        (scope.user_key, scope.session_key),
    ).fetchone()
    try:
        options: dict[str, str] = json.loads(stored)
        dump_options(options)
    except (ValueError, TypeError, RecursionError, OptionError) as error:
        raise LogDamagedError(
            f"The options of session {scope.session!r} are damaged; set them anew."
        ) from error
    return options


def write_options(connection: sqlite3.Connection, scope: Scope, stored: str) -> None:
    """Keep these options instead of the ones before; the caller holds the transaction."""
    connection.execute(
        "UPDATE sessions SET options = ? WHERE user_key = ? AND key = ?",
        (stored, scope.user_key, scope.session_key),
    )


def _is_small(text: object) -> bool:
    return isinstance(text, str) and len(text) <= _LONGEST and clean(text) == text


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
