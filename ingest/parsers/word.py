"""Events of WordprocessingML come in; blocks of text, style levels and the title go out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from ..clean import clean
from .blocks import Block

__all__ = ["Story", "StyleLevels", "TitleText"]

Attributes = dict[str, str]
_HEADING = re.compile(r"(?:heading|标题|標題|überschrift|titre|título|見出し|제목) ?([1-9])", re.I)
_TITLE = re.compile(r"title|标题|標題|titel|titre|título|表題|표제|제목", re.I)
# Older copies of what stands beside them, and text that tracked changes took away.
_UNSEEN = frozenset(("Fallback", "del", "moveFrom"))
_OFF = frozenset(("0", "false", "off"))
_BODY_LEVEL = 9  # outline level 9 is body text; 0-8 are headings 1-9
_TINY = 3  # half-points; nobody reads letters of 1.5 points


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _value(attributes: Attributes) -> str:
    return next((value for name, value in attributes.items() if _local(name) == "val"), "")


@dataclass
class _Style:
    name: str = ""
    based_on: str = ""
    level: int = 0


class StyleLevels:
    """Reads styles.xml: which paragraph style is a heading of which level."""

    def __init__(self) -> None:
        self._styles: dict[str, _Style] = {}
        self._style = _Style()

    def start(self, name: str, attributes: Attributes) -> None:
        """Take in the start of an element."""
        tag = _local(name)
        if tag == "style":
            id_ = next((v for n, v in attributes.items() if _local(n) == "styleId"), "")
            self._style = self._styles[id_] = _Style()
        elif tag == "name":
            self._style.name = _value(attributes)
        elif tag == "basedOn":
            self._style.based_on = _value(attributes)
        elif tag == "outlineLvl":
            self._style.level = _level(_value(attributes))

    def end(self, name: str) -> None:
        """Take in the end of an element."""

    def characters(self, text: str) -> None:
        """Take in text, of which styles have none."""

    def resolved(self) -> dict[str, int]:
        """Level, from 1, by style id; a style without one inherits it."""
        levels = {id_: self._inherited(id_) for id_ in self._styles}
        return {id_: level for id_, level in levels.items() if level}

    def titles(self) -> frozenset[str]:
        """Ids of the styles of a document's title, and of those that inherit from one."""
        return frozenset(
            id_
            for id_ in self._styles
            if any(_TITLE.fullmatch(style.name) for style in self._ancestry(id_))
        )

    def _inherited(self, id_: str) -> int:
        levels = (style.level or _named_level(style.name) for style in self._ancestry(id_))
        return next((level for level in levels if level), 0)

    def _ancestry(self, id_: str) -> Iterator[_Style]:
        """A style and what it is based on, nearest first."""
        seen: set[str] = set()
        while id_ in self._styles and id_ not in seen:
            yield self._styles[id_]
            seen.add(id_)
            id_ = self._styles[id_].based_on


class TitleText:
    """Reads docProps/core.xml: the title its author gave the document."""

    def __init__(self) -> None:
        self.text = ""
        self._inside = False

    def start(self, name: str, attributes: Attributes) -> None:
        """Take in the start of an element."""
        self._inside = _local(name) == "title"

    def end(self, name: str) -> None:
        """Take in the end of an element."""
        self._inside = False

    def characters(self, text: str) -> None:
        """Take in text."""
        if self._inside:
            self.text += text


@dataclass
class _Paragraph:
    parts: list[str] = field(default_factory=list)
    level: int = 0
    is_title: bool = False
    in_list: bool = False
    run_hidden: bool = False


class Story:
    """Reads document.xml or footnotes.xml: paragraphs in order, tables as lines of cells.

    Attributes:
        hidden: characters left out because Word does not show them.
        title: the first paragraph in a title's style; "" when there is none.

    Args:
        levels: of the styles of headings, by id.
        titles: ids of the styles of a title.
    """

    def __init__(self, levels: Mapping[str, int], titles: Collection[str] = ()) -> None:
        self._read: list[Block] = []
        self._items: list[str] = []
        self.hidden = 0
        self.title = ""
        self._levels = levels
        self._titles = titles
        # Text boxes put paragraphs into paragraphs, so the open ones are a stack.
        self._open: list[_Paragraph] = []
        self._in_text = False
        self._unseen = 0
        self._tables = 0
        self._rows: list[str] = []
        self._cells: list[str] = []
        self._cell: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        """Take in the start of an element."""
        tag = _local(name)
        if tag in _UNSEEN:
            self._unseen += 1
        elif self._unseen:
            return
        elif tag == "p":
            self._open.append(_Paragraph())
        elif tag == "tbl":
            self._list_ends()
            self._tables += 1
        elif self._open:
            self._inside_paragraph(tag, attributes, self._open[-1])

    def end(self, name: str) -> None:
        """Take in the end of an element."""
        tag = _local(name)
        if tag in _UNSEEN:
            self._unseen -= 1
        elif self._unseen:
            return
        elif tag == "t":
            self._in_text = False
        elif tag == "p" and self._open:
            self._paragraph_ends(self._open.pop())
        elif tag == "tc" and self._tables == 1:
            self._cells.append(" ".join(" ".join(self._cell).split()))
            self._cell.clear()
        elif tag == "tr" and self._tables == 1:
            if any(self._cells):
                self._rows.append(" | ".join(self._cells))
            self._cells.clear()
        elif tag == "tbl":
            self._tables -= 1
            if not self._tables:
                self._read.append(Block("\n".join(self._rows)))
                self._rows.clear()

    def characters(self, text: str) -> None:
        """Take in text."""
        if not self._in_text or self._unseen or not self._open:
            return
        paragraph = self._open[-1]
        if paragraph.run_hidden:
            self.hidden += len(text)
        else:
            paragraph.parts.append(text)

    def blocks(self) -> list[Block]:
        """What has been read so far, in order."""
        self._list_ends()
        return self._read

    def _inside_paragraph(self, tag: str, attributes: Attributes, paragraph: _Paragraph) -> None:
        if tag == "t":
            self._in_text = True
        elif tag == "r":
            paragraph.run_hidden = False
        elif tag == "vanish":
            paragraph.run_hidden |= _value(attributes) not in _OFF
        elif tag == "sz":
            paragraph.run_hidden |= _number(_value(attributes), _TINY + 1) <= _TINY
        elif tag == "pStyle":
            style = _value(attributes)
            paragraph.level = self._levels.get(style, 0) or _named_level(style)
            titled = style in self._titles or style == "Title"
            paragraph.is_title = titled and not paragraph.level
        elif tag == "outlineLvl":
            paragraph.level = _level(_value(attributes))
        elif tag == "numPr":
            paragraph.in_list = True
        elif tag in ("tab", "br", "cr", "noBreakHyphen"):
            paragraph.parts.append({"tab": "\t", "noBreakHyphen": "-"}.get(tag, "\n"))

    def _paragraph_ends(self, paragraph: _Paragraph) -> None:
        text = "".join(paragraph.parts).strip()
        if not text:
            return
        if paragraph.is_title and not self.title:
            self.title = " ".join(clean(text).text.split())
        if self._tables:
            self._cell.append(text)
            return
        if paragraph.in_list and not paragraph.level:
            self._items.append(f"- {text}")
            return
        self._list_ends()
        if paragraph.level:
            self._read.append(Block(" ".join(text.split()), paragraph.level))
        else:
            self._read.append(Block(text))

    def _list_ends(self) -> None:
        if self._items:
            self._read.append(Block("\n".join(self._items)))
            self._items.clear()


def _named_level(name: str) -> int:
    match = _HEADING.fullmatch(name)
    return int(match[1]) if match else 0


def _level(value: str) -> int:
    number = _number(value, _BODY_LEVEL)
    return number + 1 if 0 <= number < _BODY_LEVEL else 0


def _number(value: str, default: int) -> int:
    return int(value) if value.isdecimal() and len(value) <= 4 else default  # noqa: PLR2004
