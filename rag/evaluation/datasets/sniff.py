"""A path in, its data set out; the format is told by the content, not by the name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .base import Dataset
from .conversations import is_conversations, read_conversations
from .errors import DatasetError
from .locomo import is_locomo, read_locomo
from .own import read_own
from .squad import is_squad, read_squad

__all__ = ["open_dataset"]

_READERS: tuple[tuple[Callable[[Any], bool], Callable[[str, str, Any], Dataset]], ...] = (
    (is_squad, read_squad),
    (is_conversations, read_conversations),
    (is_locomo, read_locomo),
)
_KNOWN = "SQuAD JSON, conversations with turns, LoCoMo JSON, or JSONL with a question per line"


def open_dataset(path: Path) -> Dataset:
    """Read a data set of any known format.

    Raises:
        DatasetError: the file cannot be read, is of no known format, or lacks a field.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"{str(path)!r} cannot be read ({error}); give a file in UTF-8."
        ) from error
    sha256 = hashlib.sha256(data).hexdigest()
    if not text.strip():
        raise DatasetError(f"{str(path)!r} is empty; known formats are {_KNOWN}.")
    try:
        value = _parsed(path, text)
        json.dumps(value, ensure_ascii=False).encode()  # half a character is no text
        for fits, read in _READERS:
            if fits(value):
                return read(path.name, sha256, value)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise DatasetError(
            f"{str(path)!r} lacks or misspells a field ({error!r}); compare it with the format: "
            f"{_KNOWN}."
        ) from error
    rows = value if isinstance(value, list) else [value]
    if any(isinstance(row, dict) and "question" in row for row in rows):
        return read_own(path.name, sha256, rows)
    raise DatasetError(f"{str(path)!r} is of no known format; known are {_KNOWN}.")


def _parsed(path: Path, text: str) -> Any:
    """One JSON value, or the list of those on the lines.

    Raises:
        DatasetError: a line is no JSON.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
        if len(lines) < 2 or not lines[0][1].rstrip().endswith("}"):  # noqa: PLR2004 - no JSONL
            raise
    return [_line(path, number, line) for number, line in lines]


def _line(path: Path, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise DatasetError(f"Line {number} of {str(path)!r} is no JSON ({error}).") from error
