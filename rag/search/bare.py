"""A question that only asks, and those before it, in; what it would be if it said all of it, out.

"When?" behind "Who crossed it first?" has no word that a search could look for. It is searched for
as "When? crossed first", in English and Chinese, by rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ingest import content_words

__all__ = ["is_bare", "lacks_reason", "say_whole"]

_BARE = re.compile(
    r"\W*(?:(?:and|but|so|okay|ok|then)\b\W*)?"
    r"(?:(?:by|for|to|with|from|since|until|in|on|at|of|after|before)\s+)?"
    r"(?:when|where|who|whom|whose|why|what|which|how)"
    r"(?:\s+(?:much|many|long|old|tall|high|far|big|large|often|fast|deep|wide|heavy|come|so|year"
    r"|date|day|time|place|one|country|city|town|reason|else|for|from|to))?"
    r"(?:\s+(?:is|was|were|are|did|does|do)\s+(?:that|this|it|he|she|they)(?:\s+happen(?:ed)?)?)?"
    r"(?:\s+(?:exactly|precisely|then|though))?\W*",
    re.IGNORECASE,
)
_BARE_ZH = re.compile(
    r"\W*(?:那么?|具体|又|但|可是|请问)*(?:是|在|被|由|于|跟|和|给|对|从|到)?"
    r"(?:什么时[候间]|何时|几时|哪一?[年天]|几[月号点]|什么地方|什么原因|什么|谁|哪位|哪些?人|多少钱?|几个?"
    r"|多[久长大高远重宽深]|哪里|哪儿|何处|哪一?个|哪国|为什么|为何|怎么样?|怎样|如何)"
    r"(?:了|的|呢|啊|呀|吗|是|建的|做的|发生的)*\W*"
)

_WHY = re.compile(r"\bwhy\b|\bhow come\b|为什么|为何|原因", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|thanks to|as a result|therefore|thus|hence|so that"
    r"|in order to|cause[ds]?|reasons?|le(?:d|ads) to|made|to (?!the|an?|his|her|their|its)\w+)\b"
    r"|因为|由于|因此|所以|因而|为了|以便|以免|导致|造成|使得?|原因|缘故|鉴于",
    re.IGNORECASE,
)


def is_bare(question: str) -> bool:
    """Whether a question consists of words that ask, and of none to look for."""
    return bool(_BARE.fullmatch(question) or _BARE_ZH.fullmatch(question))


def say_whole(question: str, asked: Sequence[str], leans: Callable[[str], bool]) -> str:
    """A bare question with the content of the last one before it that stands by itself.

    Args:
        question: bare.
        asked: the earlier questions, oldest first.
        leans: whether a question hangs on what was said before it.

    Returns:
        The question as it is where none of them has any content.
    """
    contents = {other: content_words(other) for other in reversed(asked) if not is_bare(other)}
    alone = (content for other, content in contents.items() if content and not leans(other))
    about = next(alone, "") or next(filter(None, contents.values()), "")
    return f"{question} {about}".strip()


def lacks_reason(question: str, texts: Sequence[str]) -> bool:
    """Whether a bare question asks why, and none of the texts gives a reason."""
    asks = _WHY.search(question) is not None and is_bare(question)
    return asks and not any(_REASON.search(text) for text in texts)
