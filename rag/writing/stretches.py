"""Sentences in, the stretches of words in them that might answer out, each with what speaks for it.

No model. A stretch begins and ends at whole words of one sentence, so whatever is chosen among
them stands there word for word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingest import index_terms, query_terms

from ..evidence.expectation import MONTHS, expects

__all__ = ["RULES", "Asked", "Stretch", "Words", "beginnings", "rules", "stretches"]

MOST_WORDS = 10
"""Words of a stretch; 97 % of the accepted answers of XQuAD have at most eight."""
_NEAR = 5.0  # words; how fast a word of the question loses its say with distance

RULES = (
    "words",
    "asked",
    "fits",
    "figure",
    "near",
    "clause",
    "second",
    "behind",
    "closed",
    "cut_name",
    "unit",
    "subject_left",
    "long_value",
)
"""Names of the numbers that `rules` returns, in its order."""

_SIGN = (  # of "-80" or "~$9"; not of "3-5", "COVID-19" or "3 -5"
    r"(?<![^\W_])(?<![-−–+±~≈<>=≤≥%°)\]])"
    r"(?:\+/[-−]|(?<!\d\s)[-−–]|[+±~≈≤≥]|[<>]=?)(?=[$€£¥₹]?\d)"
)
_UNIT = r"(?:[%°]|\s?[%‰€£¥₹](?!\d))?"
_WORD = re.compile(
    rf"(?:{_SIGN})?(?:"
    rf"(?<!\d)(?!\d{{4}}-\d{{4}}\b)\d+(?:-\d+)+{_UNIT}"  # "3-2-1" is one, "1939-1945" is two
    rf"|[$€£¥₹]?\d[^\W_]*(?:[.,'’/:][^\W_]+)*{_UNIT}"
    r"|[$€£]?[^\W_]+(?:[.,'’/:][^\W_]+)*[%°]?)"
)
_FIGURE = re.compile(
    r"[-−–+±~≈<>=≤≥/]*[$€£¥₹]?\d[\d.,/:-]*[%‰°€£¥₹]?|[%‰€£¥₹]|one|two|three|four|five|six"
    r"|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion|half",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[,;:()\[\]—–|｜│]")
_CELL_END = re.compile(r"[|｜│]")
_ROW = re.compile(r"(?<!<)[|｜│](?!>).*(?<!<)[|｜│](?!>)|\s[|｜│]\s")  # not "<|end|>"
_DATE = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTHS}\b(?:,? \d{{3,4}}\b)?"
    rf"|\b{MONTHS} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{3,4}}\b)?|\b{MONTHS} \d{{3,4}}\b"
)
"""Dates: "16 July" of "16 July 1872" is wrong; its year is right where a year is asked for."""
_MONTH = re.compile(MONTHS)
_PLACE = re.compile(
    r"\bwhere\b"
    r"|\b(?:what|which) (?:\w+ )?(?:country|city|place|town|state|region|continent|river)\b",
    re.IGNORECASE,
)
_PART_OF_DATE = re.compile(r"\b(?:year|decade|century|month)\b", re.IGNORECASE)
_VALUE = re.compile(r"\bwhen\b|\bhow (?:many|much|long|old|far|tall|high)\b", re.IGNORECASE)
_AUXILIARY = re.compile(
    r"\b(?:did|do|does|is|was|were|are|has|have|had|can|could|would|will)\b", re.IGNORECASE
)
_QUALIFIERS = frozenset("about all both less more most no not once over under up".split())


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence cut into words.

    Attributes:
        text: the sentence on one line.
        spans: first and one past the last character of each word.
        dates: first and one past the last character of each day or month with its year.
        terms: search terms of each word; none for words too common to say anything.
        clauses: number of the clause that each word stands in.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    dates: tuple[tuple[int, int], ...]
    terms: tuple[frozenset[str], ...]
    clauses: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Words:
        """Cut `text`."""
        spans = tuple(match.span() for match in _WORD.finditer(text))
        clauses: list[int] = []
        for at, (start, _) in enumerate(spans):
            broken = at > 0 and _BREAK.search(text[spans[at - 1][1] : start])
            clauses.append((clauses[-1] if clauses else 0) + bool(broken))
        terms = tuple(frozenset(index_terms(text[a:b])) for a, b in spans)
        dates = tuple(match.span() for match in _DATE.finditer(text))
        return cls(text, spans, dates, terms, tuple(clauses))

    def word(self, at: int) -> str:
        """One word."""
        start, end = self.spans[at]
        return self.text[start:end]

    def between(self, at: int) -> str:
        """What stands between the word `at`, above 0, and the word before it."""
        return self.text[self.spans[at - 1][1] : self.spans[at][0]]

    def is_row(self) -> bool:
        """Whether it is a row of a table; what its cells are, only the table's head says."""
        return _ROW.search(self.text) is not None

    def breaks(self, at: int) -> bool:
        """Whether an end before the character `at` would break a date."""
        return any(start < at < end for start, end in self.dates)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words `first` to `last`, both included, of the sentence with the number `sentence`."""

    sentence: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the rules see it.

    Attributes:
        text: as asked.
        weights: rarity of each of its terms.
        expected: how well a text holds what is asked for, None for nothing in particular.
        value: whether a date or a number is asked for.
        part_of_date: whether a year, a month or the like is asked for.
        of_subject: whether the sentence's subject is asked for: "Who won", not "Who did it beat".
    """

    text: str
    weights: Mapping[str, float]
    expected: Callable[[str], float] | None
    value: bool
    part_of_date: bool
    of_subject: bool

    @classmethod
    def of(cls, question: str, rarity: Mapping[str, float]) -> Asked:
        """Look at `question`."""
        return cls(
            question,
            {term: rarity.get(term, 1.0) for term in query_terms(question)},
            _expected(question),
            _VALUE.search(question) is not None,
            _PART_OF_DATE.search(question) is not None,
            _AUXILIARY.search(question) is None,
        )


def _expected(question: str) -> Callable[[str], float] | None:
    expected = expects(question)
    if expected is not None:
        known = expected
        return lambda text: known(f"x {text}")  # a name is known by not beginning a sentence
    if _PLACE.search(question):
        asked = question.casefold()
        return lambda text: float(
            any(
                word[0].isupper() and word.casefold() not in asked and not _MONTH.fullmatch(word)
                for word in text.split()
            )
        )
    return None


def beginnings(asked: Asked, sentence: Words) -> list[int]:
    """Words that an answer may begin with: neither the question's nor those that say nothing.

    Nor those amid a date, unless a part of it is asked for.
    """
    wanted = asked.weights.keys()
    return [
        at
        for at, terms in enumerate(sentence.terms)
        if ((terms and not terms <= wanted) or sentence.word(at).casefold() in _QUALIFIERS)
        and (asked.part_of_date or not sentence.breaks(sentence.spans[at][0]))
    ]


def stretches(number: int, sentence: Words, first: int) -> Iterator[Stretch]:
    """Every stretch from the word `first` on that ends neither in a common word nor amid a date.

    None goes beyond the cell of a table that it begins in.
    """
    for last in range(first, min(first + MOST_WORDS, len(sentence.spans))):
        if last > first and _CELL_END.search(sentence.between(last)):
            return
        if sentence.terms[last] and not sentence.breaks(sentence.spans[last][1]):
            yield Stretch(number, first, last)


def rules(
    asked: Asked, sentences: Sequence[Words], stretch: Stretch, behind: float
) -> tuple[float, ...]:
    """What speaks for a stretch without a model, as numbers of the order of 1.

    Args:
        asked: the question.
        sentences: those quoted, best first.
        stretch: in one of them.
        behind: how far its sentence's score is behind the best one's.

    Returns:
        words: logarithm of their number.
        asked: share of its words that the question holds.
        fits: how well it is the date, number, name or place that is asked for.
        figure: 1 for nothing but figures where nothing of the kind is asked for.
        near: share of the question's terms, by rarity, that stand near it outside it.
        clause: share of them in the clause that it begins in.
        second: 1 if it does not stand in the best sentence.
        behind: as given.
        closed: how many of its two ends have a mark, a common word or the sentence's end beside.
        cut_name: how many of its ends part capitalised words.
        unit: 1 if a word of the question follows at once.
        subject_left: share of the sentence's words of the question that stand to its left, where
            the subject is asked for.
        long_value: `words`, where a date or a number is asked for.
    """
    sentence = sentences[stretch.sentence]
    inside = range(stretch.first, stretch.last + 1)
    wanted = asked.weights.keys()
    own = [at for at in inside if sentence.terms[at]]
    known = sum(sentence.terms[at] <= wanted for at in own) / len(own)
    size = math.log(len(inside))
    text = sentence.text[sentence.spans[stretch.first][0] : sentence.spans[stretch.last][1]]
    fit = asked.expected(text) if asked.expected is not None else 0.0
    figure = asked.expected is None and all(_FIGURE.fullmatch(w) for w in text.split())
    near, clause, left = _company(asked, sentence, stretch)
    before = _gap(sentence, stretch.first)
    after = _gap(sentence, stretch.last + 1)
    next_terms = sentence.terms[stretch.last + 1 : stretch.last + 2]
    return (
        size,
        known,
        fit,
        float(figure),
        near,
        clause,
        float(stretch.sentence > 0),
        behind,
        float(before == "closed") + float(after == "closed"),
        float(before == "name") + float(after == "name"),
        float(any(terms & wanted for terms in next_terms)),
        left * asked.of_subject,
        size * asked.value,
    )


def _company(asked: Asked, sentence: Words, stretch: Stretch) -> tuple[float, float, float]:
    """`near`, `clause` and what `subject_left` is made of, for `rules`."""
    places: dict[str, list[int]] = {}
    for at, terms in enumerate(sentence.terms):
        for term in terms & asked.weights.keys():
            places.setdefault(term, []).append(at)
    near = clause = left = held = 0.0
    for term, found in places.items():
        weight = asked.weights[term]
        held += weight
        left += weight * (found[0] < stretch.first)
        if any(stretch.first <= at <= stretch.last for at in found):
            continue
        distance = min(
            stretch.first - at if at < stretch.first else at - stretch.last for at in found
        )
        near += weight * math.exp(-distance / _NEAR)
        clause += weight * any(
            sentence.clauses[at] == sentence.clauses[stretch.first] for at in found
        )
    total = sum(asked.weights.values()) or 1.0
    return near / total, clause / total, left / (held or 1.0)


def _gap(sentence: Words, at: int) -> str:
    """What lies before the word `at`: "closed", "name" amid capitalised words, or ""."""
    if not 0 < at < len(sentence.spans):
        return "closed"
    if sentence.between(at) != " " or not sentence.terms[at - 1] or not sentence.terms[at]:
        return "closed"
    one, other = sentence.word(at - 1), sentence.word(at)
    return "name" if one[0].isupper() and other[0].isupper() else ""
