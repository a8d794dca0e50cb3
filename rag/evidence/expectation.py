"""What kind of words must stand in an answer: a date for "when", a number for "how many".

Rules in English and Chinese, no model. A question that asks for nothing in particular expects
nothing, so that a wrong guess costs nothing either.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["MONTHS", "asks_alike", "expects", "fits", "told_besides"]

LONGEST = 600
"""Characters of a question or sentence that are looked at."""

MONTHS = (
    "(?-i:January|February|March|April|May|June|July|August|September|October|November|December"
    "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
)
"""Pattern of the English months, capitalised; the month May is not the verb."""
_DATE = re.compile(
    rf"\b(?:1\d{{3}}|20\d\d|\d{{2,3}}0s|\d{{3}}\s?(?:AD|BC|CE))|\b(?:{MONTHS})\b|\bcentur"
    r"|\d+\s*[年月日号]|世纪|年代|[零〇一二三四五六七八九十]{2,4}年",
    re.IGNORECASE,
)
_DAY = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{MONTHS})\b|\b(?:{MONTHS}) \d{{1,4}}\b|\d+\s*[月日]"
    r"|\bcentur|世纪|年代|\d年",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?<![\d.,])(?!(?:1\d|20)\d\d\b(?![.,]\d))\d+(?:[.,]\d+)*(?!\d|\s*[年月日])"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand"
    r"|million|billion|half|third|quarter|twice|once|single|several|none|no)\b"
    r"|[一二两三四五六七八九十百千万亿半]+(?=[个名年月日天次种位人座所条米岁倍成分类部层块])|百分之",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][a-zà-ÿ]+|·|[\u4e00-\u9fff]{1,3}·")

_RULES: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (
        re.compile(
            r"\b(when|what (year|date|day|month|century)|which (year|date|century)|on which dates?"
            r"|in what year|since when)\b"
            r"|什么时候|何时|哪一?年|哪一?天|几月|几号|哪个(世纪|年代)|日期|年份",
            re.IGNORECASE,
        ),
        _DATE,
    ),
    (
        re.compile(
            r"\bhow (many|much|long|old|far|tall|high|wide|deep|large|big|fast|often|heavy)\b"
            r"|\bwhat (percent|percentage|number|population|proportion|fraction)\b|\bpopulation\b"
            r"|多少|几[个名年月天次种位人座所条米岁倍]|多长|多大|多远|多高|多久|百分之几|百分比|比例",
            re.IGNORECASE,
        ),
        _NUMBER,
    ),
    (re.compile(r"^\W*(who|whose|whom)\b|\bwho\b", re.IGNORECASE), _NAME),
)


_DEFINITION = re.compile(
    r"^\W*what (?:is|are) (?:an? |the )?(?P<en>[\w-]+(?: [\w-]+){0,2})\W*$"
    r"|^(?:请问)?(?:什么是|何谓|何为)(?P<zh>\S{1,12}?)[？?。\s]*$"
    r"|^(?P<hz>\S{1,12}?)(?:是什么|指什么|是指什么|是什么意思)[？?。\s]*$",
    re.IGNORECASE,
)


def _defines(name: str) -> re.Pattern[str]:
    """What a sentence looks like that says what `name` is."""
    thing = re.escape(name)
    return re.compile(
        rf"\b{thing}s?\b(?: \([^)]*\))? (?:is|are|was|were|means?|refers?|denotes?)\b"
        rf"|\b(?:is|are) (?:called|known as) (?:an? |the )?{thing}"
        rf"|{thing}\s*(?:（[^）]*）)?\s*(?:是(?!否|不是)|指|就是|意思|即)|(?:就是|称为|叫做?|称作|即){thing}",
        re.IGNORECASE,
    )


def expects(question: str) -> Callable[[str], float] | None:
    """How well a text holds what is asked for, in [0, 1], or None for nothing in particular.

    A bare year is half an answer to "when": it may be the year of something else.
    """
    question = question[:LONGEST]
    for asked, wanted in _RULES:
        if asked.search(question):
            if wanted is _DATE:
                return lambda text: (fits(text, _DAY, question) + fits(text, _DATE, question)) / 2
            return lambda text: float(fits(text, wanted, question))
    if asked_for := _DEFINITION.match(question.strip()):
        name = asked_for["en"] or asked_for["zh"] or asked_for["hz"]
        if " of " not in name and "的" not in name:
            pattern = _defines(name)
            return lambda text: float(pattern.search(text[:LONGEST]) is not None)
    return None


def asks_alike(question: str, other: str) -> bool:
    """Whether two questions ask for the same kind of thing: both for a date, both for nothing."""
    one, two = (
        [asked.search(q[:LONGEST]) is None for asked, _ in _RULES] for q in (question, other)
    )
    return one == two


def told_besides(question: str) -> str:
    """A question without the words that ask: neither "which year" nor "how many" is to be found."""
    for asked, _ in _RULES:
        question = asked.sub(" ", question[:LONGEST])
    return question


def fits(text: str, wanted: re.Pattern[str], question: str) -> bool:
    """Whether `text` holds something of that kind that the question does not hold itself."""
    known = question.casefold()
    return any(match[0].casefold() not in known for match in wanted.finditer(text[:LONGEST]))
