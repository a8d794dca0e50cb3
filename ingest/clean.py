"""Raw text comes in; what a reader sees of it goes out, with a count of what was invisible."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

__all__ = ["Cleaned", "clean"]

_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2934\u2935"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
# Letters that join: Arabic with its neighbours, and the scripts of India and South-East Asia.
_ARABIC = "\u0620-\u064a\u066e-\u06d3\u0750-\u077f\u08a0-\u08c7"
_VIRAMAS = "".join(
    chr(code)
    for code in range(0x0900, 0x1200)
    if unicodedata.combining(chr(code)) == 9  # noqa: PLR2004
)
_INVISIBLE = re.compile(
    "[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls other than white space
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_STRAY = re.compile(
    f"(?<![{_EMOJI}#*0-9])\ufe0f"  # emoji presentation of what is no emoji
    f"|(?<![{_EMOJI}\ufe0f{_VIRAMAS}])\u200d|(?<=[{_EMOJI}\ufe0f])\u200d(?![{_EMOJI}])"
    f"|(?<![{_ARABIC}{_VIRAMAS}])\u200c|(?<=[{_ARABIC}])\u200c(?![{_ARABIC}])"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NEW_LINE = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile("[ \t\x1f\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]+")
_EDGES = re.compile(" ?\n ?")
_BLANK_LINES = re.compile("\n{3,}")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Text as a reader sees it.

    Attributes:
        text: NFC, lines ended by LF, single spaces, at most one blank line, stripped.
        removed: invisible characters taken out and lone surrogates replaced.
    """

    text: str
    removed: int


def clean(text: str) -> Cleaned:
    """Normalise white space and take out what hides: controls, bidi, zero-width, tag characters.

    Joiners stay where they shape what is seen: inside emoji, after an Indic virama, between Arabic
    letters. Cleaning twice changes nothing: `clean(clean(x).text) == Cleaned(clean(x).text, 0)`.
    """
    text = _NEW_LINE.sub("\n", text)
    text, removed = _SURROGATE.subn("\ufffd", text)
    # Taking a character out brings others together, so repeat until nothing changes.
    while True:
        text = unicodedata.normalize("NFC", text)
        text, invisible = _INVISIBLE.subn("", text)
        text, stray = _STRAY.subn("", text)
        if not invisible + stray:
            break
        removed += invisible + stray
    text = _EDGES.sub("\n", _SPACES.sub(" ", text))
    return Cleaned(_BLANK_LINES.sub("\n\n", text).strip(" \n"), removed)
