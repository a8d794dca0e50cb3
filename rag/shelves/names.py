"""Names of knowledge bases, in any language: cleaned, kept in the folder, told apart."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from itertools import count
from pathlib import Path

from ingest import replace_file

from ..errors import ShelfError

__all__ = ["LONGEST_NAME", "clean_name", "free_name", "name_key", "read_name", "write_name"]

LONGEST_NAME = 80
"""Characters of a name."""

_FILE = "name.txt"
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols that are drawn as nothing


def clean_name(name: str) -> str:
    """The name with single spaces, without what cannot be seen.

    Raises:
        ShelfError: nothing is left of it, or more than `LONGEST_NAME` characters.
    """
    cleaned = _seen(unicodedata.normalize("NFC", name))
    if not cleaned:
        raise ShelfError(f"{name!r} has no character that can be seen; choose another name.")
    if len(cleaned) > LONGEST_NAME:
        raise ShelfError(
            f"A name has at most {LONGEST_NAME} characters, {cleaned[:20]!r}… has {len(cleaned)}; "
            "shorten it."
        )
    return cleaned


def _seen(text: str) -> str:
    """What a reader sees of it, with single spaces."""
    visible = (
        character
        for character in " ".join(text.split())
        if unicodedata.category(character) not in _INVISIBLE and character not in _BLANK
    )
    return " ".join("".join(visible).split())


def name_key(name: str) -> str:
    """Equal for names that a reader takes for the same: letter case and width do not count."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return _seen(folded)


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, or with " (2)", " (3)" … behind it the first whose key is not in `taken`."""
    if name_key(name) not in taken:
        return name
    for number in count(2):
        ending = f" ({number})"
        other = name[: LONGEST_NAME - len(ending)].rstrip() + ending
        if name_key(other) not in taken:
            break
    return other


def read_name(folder: Path) -> str:
    """The name that was given to a knowledge base, otherwise its folder's."""
    try:
        return clean_name((folder / _FILE).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ShelfError):
        try:
            return clean_name(folder.name[:LONGEST_NAME])
        except ShelfError:
            return "?"


def write_name(folder: Path, name: str) -> None:
    """Keep a cleaned name in the folder; the old one or the new one is there, never half of one.

    Raises:
        ShelfError: the folder cannot be written.
    """
    try:
        replace_file(folder / _FILE, name.encode("utf-8"))
    except OSError as error:
        raise ShelfError(
            f"Cannot write to {str(folder)!r} ({error.strerror}); check its permissions and space."
        ) from error
