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
    try:
        value = _parsed(text)
        for fits, read in _READERS:
            if fits(value):
                return read(path.name, sha256, value)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DatasetError(
            f"{str(path)!r} lacks or misspells a field ({error!r}); compare it with the format: "
            f"{_KNOWN}."
        ) from error
    rows = value if isinstance(value, list) else [value]
    if rows and all(isinstance(row, dict) and "question" in row for row in rows):
        return read_own(path.name, sha256, rows)
    raise DatasetError(f"{str(path)!r} is of no known format; known are {_KNOWN}.")


def _parsed(text: str) -> Any:
    """One JSON value, or the list of those on the lines."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2:  # noqa: PLR2004 - one line that is no JSON is no JSONL either
            raise
        return [json.loads(line) for line in lines]
