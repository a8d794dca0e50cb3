"""A question and what was said before it in; the wordings to search for out. No language model.

Summing the scores of the question alone and of the question in front of its context finds the
passage of a follow-up among the first five in 92.5 % of the follow-ups of TREC CAsT 2021, against
71.8 % for the bare question. A question that stands alone is left alone: blindly prefixing it
costs 15 points.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest import query_terms

__all__ = ["PastExchange", "Wordings", "is_follow_up", "wordings"]

ANSWER_CHARACTERS = 300
RECENT = 5
"""Exchanges of the thread that count besides the one that began it."""
FEW_TERMS = 0
"""A question with so few search terms cannot stand alone when something was said before."""

_POINTS_BACK = re.compile(
    r"\b(it|its|itself|he|him|his|she|her|hers|they|them|their|theirs|those|these|this|that|such"
    r"|former|latter|same|another|others?|else|then)\b|\b(in|from|out|over|get|go|live) there\b"
    r"|^\s*(and|but|so|or|also|what about|how about|how so|what else|which one|really"
    r"|tell me more|go on|more)\b",
    re.IGNORECASE,
)
_POINTS_BACK_ZH = re.compile(
    r"它|他们|她们|(?<![其吉耳])他(?!人)|她|这(?!些年)|那(?!么多年|不勒|曲)|(?<![尤土耳])其(?!他|它|实|中)"
    r"|(?<!应)该(?!怎|如)|前者|后者|上述|另一|另外|还有|呢[?？]?\s*$|^\s*(怎么会|然后|所以|举例|继续)"
)
_WHY = re.compile(r"^\s*(why|how come|为什么|为何)(?P<rest>.*)$", re.IGNORECASE | re.DOTALL)
_CLAUSE_THAT = re.compile(
    r"\b(?!(?:of|about|is|was|does|did|do|by|with|for|on|in|to)\b)\w+\s+that(?=\s+\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PastExchange:
    """A question that was asked, and what was answered.

    Attributes:
        question: as asked.
        answer: as shown, without markers.
        shown: ids of the chunks that were shown with it.
    """

    question: str
    answer: str
    shown: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Wordings:
    """What to search for.

    Attributes:
        texts: the question as asked first, then each with a piece of its context in front.
        context: the earlier questions that it hangs on, oldest first; empty when it stands alone.
        shown: chunks that the conversation about it has shown already.
        said: what was answered to those questions.
    """

    texts: tuple[str, ...]
    context: tuple[str, ...] = ()
    shown: frozenset[int] = frozenset()
    said: str = ""

    @property
    def follow_up(self) -> bool:
        """Whether the question was taken to hang on earlier ones."""
        return bool(self.context)


def is_follow_up(question: str) -> bool:
    """Whether the words alone show that something was said before.

    A pronoun or pointing word without its noun, an opening such as "and" or "what about", their
    Chinese counterparts, or hardly any words to search for.
    """
    plain = _CLAUSE_THAT.sub(" ", question)
    if _POINTS_BACK.search(plain) or _POINTS_BACK_ZH.search(plain):
        return True
    if why := _WHY.match(question):
        question = why["rest"]
    return len(query_terms(question)) <= FEW_TERMS


def wordings(question: str, past: Sequence[PastExchange]) -> Wordings:
    """Every wording to search for; just the question when it stands alone.

    Args:
        question: as asked.
        past: the exchanges of this session, oldest first.
    """
    if not past or not is_follow_up(question):
        return Wordings((question,))
    head = len(past) - 1
    while head > 0 and is_follow_up(past[head].question):
        head -= 1
    thread = [past[head], *past[max(head + 1, len(past) - RECENT) :]]
    asked = [exchange.question for exchange in thread]
    texts = [
        question,
        f"{asked[-1]} {question}",
        f"{asked[0]} {question}",
        f"{' '.join(asked)} {question}",
    ]
    if thread[-1].shown:  # else it was a refusal, whose words say nothing of the subject
        texts.append(f"{thread[-1].answer[:ANSWER_CHARACTERS]} {question}")
    shown = frozenset(chunk for exchange in thread for chunk in exchange.shown)
    said = " ".join(exchange.answer for exchange in thread)
    return Wordings(tuple(dict.fromkeys(texts)), tuple(asked), shown, said)
