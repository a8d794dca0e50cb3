"""Reasoning in, the answer behind its final mark out: "Answer: …" or "答案：…", tolerantly."""

from __future__ import annotations

import re

__all__ = ["parted"]

_MARK = re.compile(
    r"^[ \t>#*_\-]*"
    r"(?:(?:so|thus|therefore|hence),?[ ])?(?:the[ ])?(?:final[ ]|short[ ])?answer(?:[ ]is)?"
    r"[ \t*_]*[:：][*_]*"
    r"|^[ \t>#*_\-]*(?:所以|因此)?[，,]?(?:最终|最后|正确)?的?(?:答案|回答)(?:是|为)?"
    r"[ \t*_]*[:：][*_]*",
    re.IGNORECASE | re.MULTILINE,
)
_SPOKEN = re.compile(
    r"\bthe[ ](?:final[ ])?answer[ ]is[ ]+(?!(?:in|on|not|given|found)\b)(?=\S)"
    r"|(?:最终)?答案(?:是|为)(?![在否])(?=\S)",
    re.IGNORECASE,
)
_PARAGRAPH = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:question|问题)[ ]?[:：])", re.IGNORECASE)


def parted(text: str) -> tuple[str, str]:
    """The steps, and the answer behind the last mark that has one; "" where there is none.

    A mark stands at the beginning of a line, alone or with "final", "so the", stars or hashes
    around it; failing that, "the answer is …" in a line counts. The answer ends with its
    paragraph: what a model adds is no answer.
    """
    for pattern in (_MARK, _SPOKEN):
        for found in reversed(list(pattern.finditer(text))):
            rest = text[found.end() :].lstrip()
            answer = _PARAGRAPH.split(rest, maxsplit=1)[0].strip().strip("*_").strip()
            if answer:
                return text[: found.start()].strip(), answer
    return text.strip(), ""
