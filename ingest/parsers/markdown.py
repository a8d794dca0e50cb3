"""Bytes of a Markdown file come in; its text with headings at their offsets goes out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..document import ParsedDocument
from .blocks import Block, one_page
from .text import decoded

__all__ = ["parse"]

_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_CLOSING = re.compile(r"(?:^|[ \t])#+[ \t]*$")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_NO_PARAGRAPH = re.compile(r"[ \t]*(?:[-*+>|]|\d+[.)])[ \t]| {4}|\t")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_TITLE = re.compile(r"title[ \t]*:[ \t]*(.*)$", re.IGNORECASE)
_LONGEST_FRONT_MATTER = 400  # lines
_LONGEST_HEADING = 300  # characters; longer ones are text


def parse(data: bytes, name: str) -> ParsedDocument:
    """Text with its markup left in, comments left out; the title is that of the front matter.

    Front matter is searched for one line, never read as YAML, so its tags build nothing.

    Raises:
        ParseError: "binary" when it is not text.
    """
    text, notes = decoded(data)
    title, lines = _front_matter(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    blocks = _blocks(_without_comments(lines))
    return one_page(blocks, title=title, media_type="text/markdown", notes=notes)


def _front_matter(lines: list[str]) -> tuple[str, list[str]]:
    if lines[0].rstrip() != "---":
        return "", lines
    head = [line.rstrip() for line in lines[:_LONGEST_FRONT_MATTER]]
    end = next((i for i, line in enumerate(head) if i and line in ("---", "...")), 0)
    if not end:
        return "", lines
    titles = (_TITLE.match(line) for line in head[1:end])
    title = next((match[1].strip() for match in titles if match), "")
    return ("" if title[:1] in "!&*|>" else title.strip("\"'")), lines[end + 1 :]


def _without_comments(lines: list[str]) -> Iterator[tuple[str, bool]]:
    """Each line with whether it is code; HTML comments, which no reader sees, are cut out."""
    fence = ""
    in_comment = False
    for line in lines:
        mark = None if in_comment else _FENCE.match(line)
        if fence:
            closes = (
                mark is not None and mark[1].startswith(fence) and not line[mark.end() :].strip()
            )
            fence = "" if closes else fence
            yield line, True
        elif mark is not None:
            fence = mark[1]
            yield line, True
        else:
            kept, in_comment = _uncommented(line, in_comment)
            if kept.strip() or not line.strip():
                yield kept, False


def _uncommented(line: str, in_comment: bool) -> tuple[str, bool]:
    kept: list[str] = []
    position = 0
    while True:
        end = line.find("-->" if in_comment else "<!--", position)
        if not in_comment:
            kept.append(line[position:] if end < 0 else line[position:end])
        if end < 0:
            return "".join(kept), in_comment
        position = end + (3 if in_comment else 4)
        in_comment = not in_comment


def _blocks(lines: Iterator[tuple[str, bool]]) -> Iterator[Block]:
    body: list[str] = []
    paragraph = False  # whether the last line of the body may be the words of a setext heading
    for line, is_code in lines:
        atx = None if is_code or len(line) > _LONGEST_HEADING else _ATX.match(line)
        setext = _SETEXT.match(line) if paragraph else None
        if atx:
            yield Block("\n".join(body))
            words = _CLOSING.sub("", atx[2] or "")
            yield Block(line, len(atx[1]) if words.strip() else 0, _plain(words))
            body, paragraph = [], False
        elif setext:
            words = body.pop()
            yield Block("\n".join(body))
            yield Block(f"{words}\n{line}", 1 if setext[1][0] == "=" else 2, _plain(words))
            body, paragraph = [], False
        else:
            body.append(line)
            paragraph = (
                not is_code and bool(line.strip()) and not _NO_PARAGRAPH.match(line)
            ) and len(line) <= _LONGEST_HEADING
    yield Block("\n".join(body))


def _plain(words: str) -> str:
    """A heading's words without links, emphasis and code marks."""
    return _LINK.sub(r"\1", words).replace("**", "").replace("`", "").strip(" *_\t")
