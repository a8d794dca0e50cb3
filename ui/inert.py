"""Text from outside in; a short label out that Streamlit's Markdown can make nothing of.

Bodies of text go through `st.text`, which parses nothing. Labels of buttons have no such way, and a
backslash does not help there: addresses and emoji codes are looked for after the escapes are gone.
So every character that Markdown could act on is replaced by its full-width twin; a hyphen or an
underscore inside a word, as in the names of files, is none.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["LONGEST_LABEL", "inert_label"]

LONGEST_LABEL = 80
"""Characters."""

_TWINS = {code: code + 0xFEE0 for code in range(0x21, 0x7F) if not chr(code).isalnum()}
_HARMLESS = ",?'."
for _kept in _HARMLESS:
    del _TWINS[ord(_kept)]
_ADDRESS = re.compile(r"(?i)(www)\.")
_INSIDE_A_WORD = re.compile(r"(?<=[^\W_])[－＿](?=[^\W_])")
_PLAIN = {"－": "-", "＿": "_"}
_NUMBERED = re.compile(r"^(\d+)\.(?!\d)")


def inert_label(text: str, *, longest: int = LONGEST_LABEL) -> str:
    """One line of plain words, cut at `longest` characters; "" when nothing visible is left."""
    visible = (" " if c.isspace() else c for c in text if c.isspace() or _is_visible(c))
    line = " ".join("".join(visible).split())
    line = _NUMBERED.sub(r"\1．", _ADDRESS.sub(r"\1．", line)).translate(_TWINS)
    line = _INSIDE_A_WORD.sub(lambda found: _PLAIN[found[0]], line)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
