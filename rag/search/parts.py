"""A question about two things in; one question about each out: their answers stand apart.

"When did Amundsen's party and Scott's party reach the pole?" is answered by two sentences of two
documents, neither of which looks good for the whole. English and Chinese, by rule.
"""

from __future__ import annotations

import re

__all__ = ["parts"]

_NAME = r"[A-Z][\w.-]*(?:\s+[A-Z][\w.-]*)*(?:['’]s\s+[a-z]+)?"
_TWO = re.compile(
    rf"(?P<one>(?<!^)\b{_NAME})\s*(?P<join>,?\s+(?:and|or|vs\.?|versus|than)\s+)"
    rf"(?P<other>(?:the\s+)?{_NAME})(?P<end>,?)"
)
_ZH_NAME = r"(?:[A-Za-z0-9][A-Za-z0-9_.+-]*|[\u4e00-\u9fff]{2,6}?)"
_ZH_TWO = re.compile(
    rf"^(?P<one>{_ZH_NAME})(?P<join>(?<!共)和(?![国平谐])|(?<!参)与|以及|还是|比(?![特赛例如较]))"
    rf"(?P<other>{_ZH_NAME})(?P<end>的|有|各|分别|在|哪|谁|是|都|之间|之)"
)
_ZH_NO_NAME = re.compile(r"^(?:什么|哪|谁|怎|为|请|[的者国])")
_MORE = re.compile(
    r",?\s+and\s+(?:how|what|when|who|where|why|which)\b.*$", re.IGNORECASE | re.DOTALL
)
_LONGEST = 300


def parts(question: str) -> tuple[str, ...]:
    """The question once for each of the two things it names, or () when it names one.

    Only names count in English (capitalised words behind the first), so that "salt and pepper"
    stays together; a further question behind is about both, and left out.
    """
    if len(question) > _LONGEST:
        return ()
    found = _TWO.search(question) or _ZH_TWO.search(question)
    if found is None or found["one"] == found["other"]:
        return ()
    if _ZH_NO_NAME.match(found["one"]) or _ZH_NO_NAME.match(found["other"]):
        return ()
    before, after = question[: found.start()], _MORE.sub("?", question[found.end() :])
    return tuple(f"{before}{found[name]}{found['end']}{after}" for name in ("one", "other"))
