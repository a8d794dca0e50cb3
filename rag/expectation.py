"""What kind of words must stand in an answer: a date for "when", a number for "how many".

Rules in English and Chinese, no model. A question that asks for nothing in particular expects
nothing, so that a wrong guess costs nothing either.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["expects", "fits"]

_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_DATE = re.compile(
    rf"\b(?:1\d{{3}}|20\d\d|\d{{2,3}}0s|\d{{3}}\s?(?:AD|BC|CE))|\b(?:{_MONTHS})\b|\bcentur"
    r"|\d+\s*[年月日号]|世纪|年代|[零〇一二三四五六七八九十]{2,4}年",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\d+(?:[.,]\d+)*"
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


def expects(question: str) -> Callable[[str], bool] | None:
    """A test for what the answer must hold, or None when nothing in particular is asked for."""
    for asked, wanted in _RULES:
        if asked.search(question):
            return lambda text: fits(text, wanted, question)
    return None


def fits(text: str, wanted: re.Pattern[str], question: str) -> bool:
    """Whether `text` holds something of that kind that the question does not hold itself."""
    known = question.casefold()
    return any(match[0].casefold() not in known for match in wanted.finditer(text))
