"""Bytes of a web page come in; the text a reader sees goes out, with headings, tables as lines."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

from ..document import ParsedDocument
from .blocks import Block, one_page
from .text import decoded

__all__ = ["parse"]

_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_META_WITHIN = 4096  # bytes


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_DROPPED = _tags(
    "applet audio button canvas datalist dialog embed iframe nav noembed noframes noscript object "
    "script select style svg template textarea video"
)
_VOID = _tags("area base br col embed hr img input link meta param source track wbr")
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCKS = _tags(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form header hgroup hr html legend main menu ol p pre section summary "
    "table tbody tfoot thead title ul"
)
_LISTS = _tags("ul ol menu")
# An opening tag that ends an element whose end tag may be left out, up to the nearest container.
_CLOSES = {
    "li": (_tags("li"), _LISTS),
    "dt": (_tags("dt dd"), _tags("dl")),
    "dd": (_tags("dt dd"), _tags("dl")),
    "tr": (_tags("tr td th"), _tags("table")),
    "td": (_tags("td th"), _tags("tr table")),
    "th": (_tags("td th"), _tags("tr table")),
    "body": (_tags("head"), _tags("")),
}
_CLOSE_P = _BLOCKS | _HEADINGS.keys() | _tags("li tr td th")
_KEEP_P = _tags("table td th li button")
_LOOK_BACK = 32  # open elements; keeps deep nesting linear
_HIDING = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|(?:font-size|opacity)\s*:\s*0(?:\.0*)?(?:px|pt|em|rem|%)?\s*(?:;|!|$))",
    re.IGNORECASE,
)
_SPACE = re.compile(r"[ \t\r\n\f]+")


def parse(data: bytes, name: str) -> ParsedDocument:
    """Visible text only: scripts, styles, navigation, comments and hidden elements are dropped.

    Nothing is fetched. Text hidden by a style sheet's rules, not by the element itself, stays.

    Raises:
        ParseError: "binary" when it is not text.
    """
    meta = _META.search(data[:_META_WITHIN].replace(b"\0", b""))
    text, notes = decoded(data, meta[1].decode("ascii") if meta else None)
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.hidden:
        notes.append(f"{reader.hidden} characters of hidden text left out")
    return one_page(reader.blocks(), title=reader.title, media_type="text/html", notes=notes)


class _Reader(HTMLParser):
    """Follows the open elements with a stack of its own; every step takes constant time."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.hidden = 0
        self._blocks: list[Block] = []
        self._parts: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._count: Counter[str] = Counter()
        self._hiding = 0
        self._level = 0

    def blocks(self) -> list[Block]:
        self._flush()
        return self._blocks

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._close_implied(tag)
        if not self._hiding:
            self._separate(tag)
        if tag in _VOID:
            return
        hides = tag in _DROPPED or _hides(attrs) or (tag == "footer" and not self._count["article"])
        self._open.append((tag, hides))
        self._count[tag] += 1
        self._hiding += hides
        if tag in _HEADINGS and not self._hiding:
            self._level = _HEADINGS[tag]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A slash means nothing in HTML, except on elements that are empty anyway."""
        self.handle_starttag(tag, attrs)
        if tag in ("svg", "math"):
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "p" and not self._count["p"] and not self._hiding:
            self._separate(tag)
        if self._count[tag]:
            while self._pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._hiding:
            if not (self._count["script"] or self._count["style"]):
                self.hidden += len(data.strip())
            return
        if not self._count["pre"]:
            data = _SPACE.sub(" ", data)
        self._parts.append(data)

    def unknown_decl(self, data: str) -> None:
        """CDATA outside of XML is a comment to a browser."""

    def _close_implied(self, tag: str) -> None:
        if self._count["p"] and tag in _CLOSE_P:
            self._close(_tags("p"), _KEEP_P)
        if tag in _CLOSES:
            self._close(*_CLOSES[tag])

    def _close(self, closed: frozenset[str], container: frozenset[str]) -> None:
        """Close the outermost of `closed` inside the nearest `container`."""
        found = 0
        for depth, (tag, _) in enumerate(reversed(self._open[-_LOOK_BACK:]), 1):
            if tag in container:
                break
            if tag in closed:
                found = depth
        for _ in range(found):
            self._pop()

    def _pop(self) -> str:
        tag, hides = self._open.pop()
        self._count[tag] -= 1
        self._hiding -= hides
        if self._hiding or hides:
            return tag
        if tag == "title":
            self.title = self.title or "".join(self._parts).strip()
            self._parts.clear()
        elif tag in _HEADINGS:
            self._flush()
        elif tag not in ("li", "tr", "td", "th"):
            self._separate(tag)
        return tag

    def _separate(self, tag: str) -> None:
        """What an element's border looks like: a new block, a new line, or a cell's bar."""
        in_table, in_list = self._count["table"], sum(self._count[name] for name in _LISTS)
        if tag in ("br", "tr"):
            self._parts.append("\n")
        elif tag in ("td", "th"):
            line = "".join(self._parts[-4:]).rstrip(" ")
            self._parts.append(" | " if line and not line.endswith("\n") else "")
        elif tag == "li":
            self._parts.append("\n- ")
        elif tag in _HEADINGS:
            self._flush()
        elif tag in _BLOCKS:
            # The element itself is not counted here, neither at its start nor at its end.
            if in_table or (in_list and tag not in _LISTS):
                self._parts.append(" ")
            elif not in_list:
                self._flush()

    def _flush(self) -> None:
        text = "".join(self._parts)
        self._parts.clear()
        level, self._level = self._level, 0
        if text.strip():
            text = " ".join(text.split()) if level else text
            self._blocks.append(Block(text, level))


def _hides(attributes: list[tuple[str, str | None]]) -> bool:
    """Whether an element says of itself that nobody sees it."""
    for name, value in attributes:
        if name == "hidden" or (name == "aria-hidden" and (value or "").strip() == "true"):
            return True
        if name == "style" and value and _HIDING.search(value):
            return True
    return False
