"""A model's words in; what it thinks aloud first, in <think>…</think>, apart from what it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

__all__ = ["apart", "said"]

_OPENS = ("<think>", "<thinking>")
_THOUGHT = re.compile(r"\A\s*<think(?:ing)?>(.*?)(?:</think(?:ing)?>|\Z)", re.DOTALL)


def apart(text: str) -> tuple[str, str]:
    """What is thought, and what is said after it.

    A thought that never ends is all there is. Where only its end is there, the template of the
    model has opened it.
    """
    thoughts = []
    while found := _THOUGHT.match(text):
        thoughts.append(found[1].strip())
        text = text[found.end() :]
    head, closed, tail = text.rpartition("</think>")
    if closed:
        thoughts.append(head.strip())
        text = tail
    return "\n".join(filter(None, thoughts)), text


def said(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces without the thoughts before them; an empty piece stands in for each of these.

    A thought that was opened elsewhere is known by its end alone: whatever of it came in earlier
    pieces has been passed on.
    """
    held, spoken, through = "", "", False
    for piece in pieces:
        if through:
            yield piece
            continue
        held += piece
        spoken = apart(held)[1]
        start = spoken.lstrip()
        if spoken != held:
            spoken = start
        through = not any(opening.startswith(start) for opening in _OPENS)
        yield spoken if through else ""
    if not through:
        yield spoken
