"""What the wording of a question asks for, and what the wording of a turn offers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ASKS", "COUNTS", "DATES", "Asked", "offers", "read_question"]

DATES, COUNTS, ASKS = 1, 2, 4
"""Bits of what a turn offers: words of time, words of number, a question at its end."""

_CJK = re.compile(r"[\u3400-\u9fff]")

_WHEN = re.compile(
    r"\bwhen\b|\bhow long\b|\bhow recently\b|\b(?:what|which) (?:year|month|week|date|day|time)\b"
    r"|什么时候|何时|几号|几月|哪[一]?[天年月]|多久|多长时间|几点",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"\bhow (?:many|much|often|old)\b|多少|几[个只本张次天岁位]|多大", re.IGNORECASE
)
_TIMES = re.compile(
    r"\b(?:yesterday|today|tonight|tomorrow|last|next|ago|recently|since|weeks?|weekends?|months?"
    r"|years?|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july"
    r"|august|september|october|november|december|summer|winter|spring|fall|morning|night|just"
    r"|soon)\b"
    r"|[昨今明前后去]天|[去今明前]年|[上下这]个?(?:周|月|星期|礼拜)|[春夏秋冬]天|以前|以后|最近|刚刚?"
    r"|[0-9〇一二三四五六七八九十]+[年月日号天]",
    re.IGNORECASE,
)
_NUMBERS = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|few|couple|several|many|dozen|once"
    r"|twice)\b|[一二三四五六七八九十百千万两几][个只本张次天岁位年块元斤公克度米平]",
    re.IGNORECASE,
)
_LATE = 40  # characters: a question mark among the last ones makes a turn a question

_OWN = re.compile(r"\b(?:I|me|my|mine|we|our|us)\b|我")
_OTHER = re.compile(r"\b(?:you|your|yours)\b|[你您]", re.IGNORECASE)
_GOES_ON = re.compile(
    r"^\s*(?:and|so|but|what about|how about|why|really|then|also)\b"
    r"|^\s*(?:那|还有|然后|为什么|所以)|呢[?？]?\s*$",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(?:it|its|that|they|them|their|this|these|those|he|him|his|she|her|there|one|ones)\b"
    r"|[它他她]们?|这个|那个",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[a-z,] )(?!I\b)[A-Z]\w+")  # what a pronoun may mean within the question


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, read.

    Attributes:
        language: "zh" with a Chinese character in it, otherwise "en".
        when: it asks for a time.
        how_many: it asks for a number.
        said_by_user: True or False where it points at one of the two, otherwise None.
        named: it does so by a name; a pronoun is a weaker sign.
        leans: it holds a word that leans on what was said just before.
    """

    language: str
    when: bool
    how_many: bool
    said_by_user: bool | None
    named: bool
    leans: bool


def read_question(question: str, names: Sequence[str] = ("", "")) -> Asked:
    """Read a question; `names` are those of the assistant and the user, "" where unknown."""
    folded = question.casefold()
    by_assistant, by_user = (bool(name) and name.casefold() in folded for name in names)
    own, other = bool(_OWN.search(question)), bool(_OTHER.search(question))
    named = by_assistant != by_user
    said: bool | None = None
    if named:
        said = by_user
    elif own != other and not (by_assistant or by_user):
        said = own
    return Asked(
        language="zh" if _CJK.search(question) else "en",
        when=bool(_WHEN.search(question)),
        how_many=bool(_HOW_MANY.search(question)),
        said_by_user=said,
        named=named,
        leans=bool(_GOES_ON.search(question))
        or bool(_POINTS_BACK.search(question) and not _NAME.search(question)),
    )


def offers(text: str) -> int:
    """The bits of what a turn offers."""
    found = DATES if _TIMES.search(text) else 0
    found |= COUNTS if _NUMBERS.search(text) else 0
    end = text[-_LATE:]
    return found | (ASKS if "?" in end or "？" in end else 0)
