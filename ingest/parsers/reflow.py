"""Lines as a PDF sets them come in; paragraphs go out, without running heads and page numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ..sentences import sentence_spans

__all__ = ["reflowed", "without_running_lines"]

_CJK = re.compile(
    r"[\u2e80-\u30ff\u31c0-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef“”‘’…—]"
)
_HYPHENATED = re.compile(r"[^\W\d_]{2,}[-\u00ad\u2010]$")
_BULLET = re.compile(
    r"(?:[•●○◦▪■□◆–—*·-]\s|[(（]?(?:\d{1,3}|[a-zA-Z]|[一二三四五六七八九十]{1,3})[)、）]\s?\S"
    r"|[一二三四五六七八九十]{1,3}\.\s?\S|第[一二三四五六七八九十百\d]{1,4}[章节條条部編编])"
)
"""Begins a paragraph whatever stands above it."""
_ITEM = re.compile(
    r"[(（]?(?P<mark>\d{1,3}(?=\.(?!\d|\w\.))|[a-zA-Z](?=\.(?!\s?(?:\d|\w\.))))\.\s?(?P<next>\S)"
)
"""Item 1 or A of a list, or the end of an amount, or an initial; no decimal, no "e.g."."""
_SECTION = re.compile(r"(?P<mark>\d{1,3}(?:\.\d{1,3}){1,4})\.?\s+(?P<next>\S)")
"""Section 3.1, or 3.1 kilowatts."""
_TITLE = re.compile(rf"[\d.]+\s+(?:[^\W\d_][^\W\d_A-Z]{{2}}|{_CJK.pattern})")
_SENTENCE_END = tuple(".!?:;。！？：；…”\"'）)」』")
_COLONS = (":", "：")
_PAGE_NUMBER = re.compile(
    r"[-–—|·\s]*(?:(?:page|seite|p\.)\s*\d{1,5}(?:\s*(?:of|/|von)\s*\d{1,5})?"
    r"|第\s*\d{1,5}\s*[页頁](?:[\s,，/／]*共\s*\d{1,5}\s*[页頁])?|\d{1,5}\s*(?:/|of)\s*\d{1,5})[-–—|·\s]*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_LONE_NUMBER = re.compile(r"[-–—|·\s]*(\d{1,5})[-–—|·\s]*")
_EDGE = 2  # lines at the top, and as many at the bottom, that may be running
_LEAST_LINES = 5  # on a page, before anything but a page number is taken away
_LEAST_PAGES = 3
_SHARE = 0.6  # of the pages that repeat a line before it counts as running
_LONGEST_RUNNING = 120  # characters
_LONGEST_NUMBERED = 60  # characters
_Key = tuple[bool, str]
_SEEN = 60  # characters on each side of a line's end that show whether a sentence ends there
_FULL_LINE = 0.75  # of the page's usual width; a shorter line may end a paragraph


def without_running_lines(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """Take away head and foot lines that most pages repeat, and page numbers.

    The outermost line also counts as repeated when the one number in it counts with the pages.
    """
    counts: Counter[_Key] = Counter()
    for index, lines in enumerate(pages):
        counts.update({key for *_, keys in _edges(lines, index) for key in keys})
    filled = sum(any(line.strip() for line in lines) for lines in pages)
    least = max(_LEAST_PAGES, filled * _SHARE)
    running = {key for key, count in counts.items() if count >= least}
    kept: list[list[str]] = []
    for index, lines in enumerate(pages):
        long_enough = sum(bool(line.strip()) for line in lines) >= _LEAST_LINES
        gone: set[int] = set()
        for at, outside, keys in _edges(lines, index):
            line = lines[at].strip()
            if outside is not None and outside not in gone:
                continue
            expendable = long_enough or _LONE_NUMBER.fullmatch(line)
            if _PAGE_NUMBER.fullmatch(line) or (expendable and not running.isdisjoint(keys)):
                gone.add(at)
        kept.append([line for at, line in enumerate(lines) if at not in gone])
    return kept


def _edges(lines: Sequence[str], index: int) -> list[tuple[int, int | None, set[_Key]]]:
    """The outer lines of a page: position, that of the line outside of it, what makes it equal."""
    filled = [at for at, line in enumerate(lines) if line.strip()]
    found: list[tuple[int, int | None, set[_Key]]] = []
    for is_top, outer in ((True, filled[:_EDGE]), (False, filled[::-1][:_EDGE])):
        for rank, at in enumerate(outer):
            line = " ".join(lines[at].split())
            if len(line) > _LONGEST_RUNNING:
                continue
            keys = {(is_top, line)}
            numbers = _NUMBER.findall(line)
            if rank == 0 and len(numbers) == 1 and len(line) <= _LONGEST_NUMBERED:
                keys.add((is_top, _NUMBER.sub(f"#{int(numbers[0][-6:]) - index}", line)))
            found.append((at, outer[rank - 1] if rank else None, keys))
    return found


def reflowed(lines: Sequence[str]) -> str:
    """Join the lines of each paragraph: Latin by a space, CJK by nothing, a split word whole."""
    lines = [line.strip() for line in lines]
    widths = sorted(width for line in lines if (width := _width(line)))
    usual = widths[len(widths) * 9 // 10] if widths else 0
    paragraphs: list[str] = []
    current: list[str] = []
    for at, line in enumerate(lines):
        before = lines[at - 1] if at else ""
        if current and (not line or _breaks(before, line, current[0], usual)):
            paragraphs.append("".join(current))
            current = []
        if not line:
            continue
        if not current:
            current.append(line)
        elif _is_split(before, line):
            current[-1] = current[-1].rstrip("-\u00ad\u2010")
            current.append(line)
        else:
            both_cjk = _CJK.match(before[-1]) and _CJK.match(line[0])
            current.append(line if both_cjk else f" {line}")
    paragraphs.append("".join(current))
    return "\n".join(paragraphs)


def _breaks(before: str, line: str, first: str, usual: int) -> bool:
    """Whether a new paragraph begins at `line`; `first` begins the one that `before` ends."""
    full = _width(before) >= usual * _FULL_LINE
    if _BULLET.match(line) or _begins_item(before, line, first, full):
        return True
    if _is_split(before, line) or full:
        return False
    # A short line that ends a sentence, or so short that it must be a heading or a table cell.
    ends = before.endswith(_SENTENCE_END) and (before[-1] != "." or _ends_sentence(before, line))
    return ends or _width(before) < usual * (_FULL_LINE - 0.15)


def _begins_item(before: str, line: str, first: str, full: bool) -> bool:
    """Whether `line` begins with the mark of an item or a section.

    What looks like one goes on with the sentence ("a power of / 3.1 kilowatts", "Dr. / J. Smith")
    unless that has ended, a colon lets a list begin, the paragraph above has the mark before it, or
    the line above left room.
    """
    found = _ITEM.match(line) or _SECTION.match(line)
    if found is None:
        return False
    if _ends_sentence(before, line):
        return True
    mark = found["mark"]
    if "." in mark and (not _TITLE.match(line) or not found["next"].isupper()):
        return False
    above = _ITEM.match(first) or _SECTION.match(first)
    counts_on = above is not None and _is_next(above["mark"], mark)
    if before.endswith(_COLONS) or counts_on:
        return True
    first_item = mark == "1" and not found["next"].islower()
    return first_item or (not full and not mark.isupper())


def _is_next(mark: str, other: str) -> bool:
    """Whether `other` counts on from `mark`: B from A, 3.2 and 4 from 3.1, 3.1 from 3."""
    if mark.isalpha() or other.isalpha():
        return len(mark) == 1 and ord(other[0]) == ord(mark) + 1
    parts = [int(part) for part in mark.split(".")]
    after = [[*parts[:at], parts[at] + 1] for at in range(len(parts))]
    return [int(part) for part in other.split(".")] in [*after, [*parts, 1]]


def _ends_sentence(before: str, line: str) -> bool:
    """Whether one ends between the lines, which it does not after "Dr."."""
    end = before[-_SEEN:]
    spans = sentence_spans(f"{end} {line[:_SEEN]}")
    return any(stop == len(end) for _, stop in spans)


def _is_split(before: str, line: str) -> bool:
    """Whether a word was hyphenated between the two lines."""
    return bool(line) and line[0].islower() and bool(_HYPHENATED.search(before))


def _width(line: str) -> int:
    """In columns; a CJK character takes two."""
    return len(line) + len(_CJK.findall(line))
