"""Text in, the spans of its sentences out, for English and Chinese, in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["sentence_spans"]

_CJK = "\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_CLOSERS = "\"'”’）)\\]}»」』】》〉"

# Every place where a sentence might end. Each branch is linear: no repetition can start in another.
_CANDIDATE = re.compile(
    r"(?P<heading>^[ \t]{0,3}\#{1,6}[ \t][^\n]*)"
    r"|(?P<lines>[\n\r\f\v\x85\u2028\u2029]\s*)"
    rf"|(?P<wide>[。！？；…｡．]+[。！？；…｡．!?]*[{_CLOSERS}]*)"
    rf"|(?P<stop>[.!?؟۔।]+[{_CLOSERS}]*(?:\[\d{{1,3}}\]){{0,9}})",
    re.MULTILINE,
)
_LAST_WORD = re.compile(r"[^\W_][\w.&]*\Z")
_NUMBERED = re.compile(r"(?:^|[\n\r])[ \t>*•-]*(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})\Z")
_LISTED = re.compile(r"(?:[A-Za-z]|[ivxIVX]{1,4}|\d{1,3})[.)、][ \t]")
_NEXT_WORD = re.compile(rf"[\s{_CLOSERS}“‘「『（(\[{{«*_]*([^\W\d_]+)?")
_CJK_CHARACTER = re.compile(rf"[{_CJK}]")
_INSIDE = 24  # characters looked back; the longest abbreviation and list mark fit
_ASIDE = 200  # characters looked back for the bracket that opens what is said in brackets


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


# Never the end of a sentence: a name or a number follows.
_TITLES = _words(
    "dr mr mrs ms messrs prof st mt gen col sgt capt cmdr lt maj sen rep gov hon rev fr "
    "e.g i.e cf vs viz ca al approx resp incl excl esp"
)
# An end unless a number (or "II", "A") follows: "No. 5", "pp. 12-14", "Fig. A", "Jan. 3".
_BEFORE_NUMBER = _words(
    "no nos fig figs eq eqs sec ch chap vol p pp art par tab ex op dept jan feb mar apr jun jul "
    "aug sep sept oct nov dec"
)
# An end only when a word follows that often begins a sentence: "the U.S. The", not "U.S. Army".
_MAYBE = _words("inc ltd co corp bros etc jr sr ph.d m.d b.a m.a a.m p.m est dist univ")
_STARTERS = _words(
    "the a an in on at to by for from with as if when while after before since although because "
    "it he she they we you this that these those there his her its their our my your however but "
    "and so or yet then thus therefore moreover furthermore meanwhile some many most all each both "
    "what who how why where which no not one two during until unlike despite today now"
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) in characters: in order, not overlapping, without white space at the ends.

    Every character that is not white space lies in exactly one span. A blank line, a list item and
    a Markdown heading end what stood before; a single line break does so too, unless the next line
    goes on in lower case. Chinese stops count with the quotes and brackets that close after them; a
    Chinese semicolon ends nothing inside brackets.
    """
    spans = []
    start = 0
    for end in (*_ends(text), len(text)):
        piece = text[start:end]
        begin = start + len(piece) - len(piece.lstrip())
        stop = start + len(piece.rstrip())
        if begin < stop:
            spans.append((begin, stop))
        start = max(start, end)
    return spans


def _ends(text: str) -> Iterator[int]:
    """Ascending offsets at which a sentence ends; may repeat."""
    for match in _CANDIDATE.finditer(text):
        kind = match.lastgroup
        if kind == "heading":
            yield match.start()
            yield match.end()
        elif kind == "lines":
            if _breaks(text, match):
                yield match.start()
        elif kind == "wide":
            if _wide_stop_ends(text, match):
                yield match.end()
        elif _stop_ends(text, match):
            yield match.end()


def _breaks(text: str, match: re.Match[str]) -> bool:
    """Whether white space that begins with a line break ends the sentence."""
    gap = match[0].replace("\r\n", "\n")
    if sum(gap.count(mark) for mark in "\n\r\f\v\x85\u2028\u2029") > 1:
        return True
    follower = text[match.end() : match.end() + 8]
    if not follower[:1].islower() or _LISTED.match(follower):
        return True
    before = text[max(0, match.start() - _INSIDE) : match.start()].rstrip()
    return not before or before[-1] in "=#|_*~`"


def _wide_stop_ends(text: str, match: re.Match[str]) -> bool:
    follower = text[match.end() : match.end() + 1]
    if follower in "，、：；。！？,;:" and follower:
        return False
    if match[0] == "；" and _in_brackets(text, match.start()):
        return False
    if match[0][0] in "．…" and match.start() and not _is_cjk(text[match.start() - 1]):
        return not (follower.isdigit() or _goes_on_in_lower_case(text, match.end()))
    return True


def _in_brackets(text: str, at: int) -> bool:
    first = max(0, at - _ASIDE)
    return any(
        text.rfind(opens, first, at) > text.rfind(closes, first, at)
        for opens, closes in ("（）", "()")
    )


def _stop_ends(text: str, match: re.Match[str]) -> bool:
    end = match.end()
    follower = text[end : end + 1]
    before = text[max(0, match.start() - _INSIDE) : match.start()]
    if follower and not follower.isspace():
        # Chinese typed with Latin stops has no space after them.
        return _is_cjk(follower) and bool(before) and _is_cjk(before[-1]) and follower not in "，、"
    if _goes_on_in_lower_case(text, end):
        return False
    return match[0][0] != "." or match[0].startswith("..") or _dot_ends(text, before, end)


def _dot_ends(text: str, before: str, end: int) -> bool:
    """Whether a single dot, with white space and no lower case after it, ends a sentence."""
    if _NUMBERED.search(before):
        return False
    found = _LAST_WORD.search(before)
    if found is None:
        return True
    word = found[0]
    lower = word.lower()
    follower = _NEXT_WORD.match(text, end, end + 2 * _INSIDE)
    after = (follower[1] or "") if follower else ""
    if lower in _TITLES:
        return False
    if lower in _BEFORE_NUMBER:
        return not (
            text[end : end + 3].strip()[:1].isdigit() or re.fullmatch("[A-Z]|[IVX]+", after)
        )
    initial = len(word) == 1 and word.isupper()
    acronym = "." in word and all(len(part) <= 1 for part in word.split("."))
    if initial or acronym or lower in _MAYBE:
        return not after or after.lower() in _STARTERS
    return True


def _goes_on_in_lower_case(text: str, end: int) -> bool:
    rest = text[end : end + _INSIDE].lstrip(" \t\u3000")
    if rest[:1] in "\n\r":  # a line break has its own rule
        return False
    return rest[:1].islower() and _LISTED.match(rest) is None


def _is_cjk(character: str) -> bool:
    return _CJK_CHARACTER.match(character) is not None
