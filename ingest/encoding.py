"""Bytes of a text file come in; its text, the encoding used and the count of bad bytes go out."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from .errors import ParseError
from .scripts import plausibility

__all__ = ["Decoded", "decode"]

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CANDIDATES = ("gb18030", "cp950", "cp932", "cp949", "euc_jp", "cp1252")
_WIDE = ("utf-16-le", "utf-16-be")
_LABELS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "cp950", "big5hkscs": "cp950"} | {
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
}
_SAMPLE = 1 << 16  # bytes; the scores no longer move beyond
_HIGH = re.compile(rb"[\x80-\xff]")
_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_MOST_CONTROL = 0.05  # share; text has none, compressed data about a tenth
_MOST_REPLACED = 0.2  # share of characters; beyond it the guess itself is wrong
_MOST_BROKEN = 0.1  # bad sequences per good one that UTF-8 is still believed with
_DECLARED_BONUS = 1.0  # on a scale where right and wrong guesses lie about 3 apart
_LEAST_PLAUSIBLE = -1.0
_LEAST_WIDE = -0.8  # random bytes come to -2.3


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text that was bytes.

    Attributes:
        text: without a byte order mark.
        encoding: a name Python knows, such as "gb18030".
        replaced: how many U+FFFD stand for bytes that mean nothing in that encoding.
    """

    text: str
    encoding: str
    replaced: int = 0

    def __repr__(self) -> str:
        return f"Decoded({len(self.text)} characters, {self.encoding!r}, replaced={self.replaced})"


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Find out the encoding and decode.

    Byte order mark, then the pattern of zero bytes, then strict UTF-8, then whichever of GB18030,
    Big5, Shift-JIS, EUC-KR, EUC-JP, UTF-16 and cp1252 gives the likeliest words.

    Args:
        data: a whole file.
        declared: what the file says of itself; a hint that evidence overrules.

    Raises:
        ParseError: "binary" when it is not text in any of these.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _lenient(data[len(mark) :], name)
    if (wide := _by_zero_pattern(data)) is not None:
        return _lenient(data, wide)
    head = data[:_SAMPLE]
    if len(head) - len(head.translate(None, _CONTROL)) > len(head) * _MOST_CONTROL and not (
        _plausible_wide(head)
    ):
        raise _binary()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _guessed(data, _codec(declared))
    if b"\x1b$" in data:
        return _escaped(data, text)
    return Decoded(text, "utf-8")


def _by_zero_pattern(data: bytes) -> str | None:
    """UTF-32 has zeros in every fourth byte, UTF-16 with any Latin in it on one side only."""
    head = data[: _SAMPLE // 4 * 4]
    if b"\0" not in head or len(data) % 2:
        return None
    for name, top in (("utf-32-le", 3), ("utf-32-be", 0)):
        if len(data) % 4 == 0 and not any(head[top::4]) and _is_legal(head, name):
            return name
    even, odd = head[::2].count(0), head[1::2].count(0)
    for one, other, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if other * 20 <= one and _score(head, name) > _LEAST_PLAUSIBLE:
            return name
    return None


def _is_legal(head: bytes, name: str) -> bool:
    """Only seventeen of 65,536 values of the upper half of a UTF-32 unit are legal."""
    try:
        return "\0" not in head.decode(name)
    except UnicodeDecodeError:
        return False


def _plausible_wide(head: bytes) -> bool:
    return len(head) % 2 == 0 and any(_score(head, name) > _LEAST_WIDE for name in _WIDE)


def _guessed(data: bytes, declared: str | None) -> Decoded:
    """Not UTF-8: the likeliest of the others, or damaged UTF-8."""
    repaired = data[:_SAMPLE].decode("utf-8", "replace")
    broken = repaired.count("\ufffd")
    if broken < _MOST_BROKEN * sum(character > "\x7f" for character in repaired):
        return _lenient(data, "utf-8")
    high = _HIGH.search(data)
    # In every candidate the first high byte begins a character, so the sample is aligned.
    start = high.start() if high else 0
    sample = data[start : start + _SAMPLE]
    scores = {name: _score(sample, name) for name in _CANDIDATES}
    if len(data) % 2 == 0:
        scores |= {name: _score(data[:_SAMPLE], name) for name in _WIDE}
    if declared in scores:
        scores[declared] += _DECLARED_BONUS
    best = max(scores, key=scores.__getitem__)
    if scores[best] < _LEAST_PLAUSIBLE:
        raise _binary()
    return _lenient(data, best)


def _score(sample: bytes, name: str) -> float:
    """Mean plausibility of the characters; a bad byte sequence counts as the worst of them."""
    text = codecs.getincrementaldecoder(name)("replace").decode(sample, final=False)
    return plausibility(text, name)


def _lenient(data: bytes, name: str) -> Decoded:
    try:
        return Decoded(data.decode(name), name)
    except UnicodeDecodeError:
        text = data.decode(name, "replace")
    replaced = text.count("\ufffd")
    if replaced > max(1, len(text) * _MOST_REPLACED):
        raise _binary()
    return Decoded(text, name, replaced)


def _escaped(data: bytes, plain: str) -> Decoded:
    """Japanese mail text is seven-bit with escape sequences, which is also valid UTF-8."""
    try:
        return Decoded(data.decode("iso2022_jp_2"), "iso2022_jp_2")
    except UnicodeDecodeError:
        return Decoded(plain, "utf-8")


def _codec(declared: str | None) -> str | None:
    if not declared:
        return None
    try:
        name = codecs.lookup(declared.strip()).name
    except (LookupError, ValueError):
        return None
    return _LABELS.get(name, name)


def _binary() -> ParseError:
    return ParseError("binary", "not text in any encoding we know; convert it to UTF-8 text.")
