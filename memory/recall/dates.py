"""The days that a question names, in English or Chinese, against the days of the turns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Days", "date_match", "named_days"]

_NAMES = "january february march april may june july august september october november december"
_MONTHS = {name: number for number, name in enumerate(_NAMES.split(), 1)}
_MONTH = "|".join([*_MONTHS, "|".join(f"{name[:3]}(?=\\.|\\s+\\d)" for name in _MONTHS)])
_ENGLISH = re.compile(
    rf"\b(?:(?P<before>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?P<month>{_MONTH})\b\.?"
    r"(?:\s+(?P<after>\d{1,2})(?:st|nd|rd|th)?(?!\d))?(?:,?\s+(?P<year>(?:19|20)\d\d))?",
    re.IGNORECASE,
)
_ISO = re.compile(r"\b((?:19|20)\d\d)[-/.](\d{1,2})(?:[-/.](\d{1,2}))?\b")
_DIGIT = "0-9〇一二三四五六七八九十"
_CHINESE = re.compile(
    rf"(?:((?:19|20)\d\d)年)?([{_DIGIT}]{{1,3}})月份?(?:([{_DIGIT}]{{1,3}})[日号])?"
)
_NUMERALS = {sign: value for value, sign in enumerate("〇一二三四五六七八九十")}
_RELATIVE = re.compile(
    r"\b(?:(?P<day>today|yesterday)|last (?P<span>week|month))\b"
    r"|(?P<zh>今天|昨天|前天|上个?(?:周|星期|礼拜)|上个?月)",
    re.IGNORECASE,
)
_LAST_MONTH, _LONGEST_MONTH = 12, 31


@dataclass(frozen=True, slots=True)
class Days:
    """Days that are meant.

    Attributes:
        first: the earliest, as a proleptic ordinal; 0 where only a month of any year is meant.
        last: the latest.
        month: 1 to 12 where the year is not said, otherwise 0.
        day: the day of that month, or 0.
    """

    first: int = 0
    last: int = 0
    month: int = 0
    day: int = 0


def named_days(question: str, today: date) -> list[Days]:
    """Every date, month or recent day that a question names."""
    found = [_days(*parts) for parts in _absolute(question)]
    for match in _RELATIVE.finditer(question):
        found.append(_back(match, today))
    return [days for days in found if days is not None]


def date_match(day: NDArray[Any], named: list[Days]) -> NDArray[np.float32]:
    """For every turn's day (ordinal) how well it fits, in [0, 1]; the right month alone is .5."""
    best = np.zeros(len(day), dtype=np.float32)
    if not named:
        return best
    moments = (day - date(1970, 1, 1).toordinal()).astype("datetime64[D]")
    months = moments.astype("datetime64[M]")
    of_year = months.astype(np.int64) % 12 + 1
    of_month = (moments - months.astype("datetime64[D]")).astype(np.int64) + 1
    for days in named:
        if days.month:
            fits = (of_year == days.month).astype(np.float32)
            exact = of_month == days.day
        else:
            start = np.datetime64(date.fromordinal(days.first), "M")
            end = np.datetime64(date.fromordinal(days.last), "M")
            fits = ((months >= start) & (months <= end)).astype(np.float32)
            exact = (day >= days.first) & (day <= days.last)
        if days.day or days.first == days.last != 0:
            fits *= np.where(exact, 1.0, 0.5).astype(np.float32)
        elif days.first:
            fits *= exact
        best = np.maximum(best, fits)
    return best


def _absolute(question: str) -> Iterator[tuple[int, int, int]]:
    for match in _ENGLISH.finditer(question):
        word = match["month"]
        if word == "may" or (word.lower() == "march" and word[0] == "m"):
            continue  # the verbs
        month = next(n for name, n in _MONTHS.items() if name.startswith(word.lower()))
        yield int(match["year"] or 0), month, int(match["before"] or match["after"] or 0)
    for match in _ISO.finditer(question):
        yield int(match[1]), int(match[2]), int(match[3] or 0)
    for match in _CHINESE.finditer(question):
        yield int(match[1] or 0), _number(match[2]), _number(match[3] or "0")


def _days(year: int, month: int, day: int) -> Days | None:
    if not 1 <= month <= _LAST_MONTH or day > _LONGEST_MONTH:
        return None
    if not year:
        return Days(month=month, day=day)
    try:
        first = date(year, month, day or 1).toordinal()
    except ValueError:  # 31 June
        return Days(month=month, day=0)
    if day:
        return Days(first, first)
    following = date(year + month // _LAST_MONTH, month % _LAST_MONTH + 1, 1)
    return Days(first, following.toordinal() - 1)


def _back(match: re.Match[str], today: date) -> Days:
    word = (match["day"] or match["span"] or match["zh"]).lower()
    here = today.toordinal()
    single = {"today": 0, "yesterday": 1, "今天": 0, "昨天": 1, "前天": 2}
    if word in single:
        return Days(here - single[word], here - single[word])
    if "月" in word or word == "month":
        last = today.replace(day=1) - timedelta(days=1)
        return Days(last.replace(day=1).toordinal(), last.toordinal())
    monday = here - today.weekday()
    return Days(monday - 7, monday - 1)


def _number(text: str) -> int:
    """Digits or Chinese numerals up to 99."""
    if text.isascii():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return _NUMERALS.get(text[-1], 0)
    return 10 * _NUMERALS.get(tens, 1) + (_NUMERALS.get(ones, 0) if ones else 0)
