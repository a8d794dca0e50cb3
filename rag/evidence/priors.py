"""A question, its conversation and sentences in; what speaks for each before words are compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cut import Cut
from .expectation import asks_alike, expects
from .headed import answering, echoes, headed

__all__ = ["ALONE", "Thread", "priors"]

EXPECTATION = 2.5
"""Standard deviations that a sentence gains by holding what is asked for: a date for "when"."""
HEADED = 6.0
"""The same for opening the section that is headed like the thing asked about; flat from 4 to 8 on
30 questions "What is X?" about the sample documents, 8 of which are answered better by it. The same
for opening what stands below the question itself."""
ABOUT_ITSELF = 5.0
"""Taken off where a document says what it is about: it names everything and answers nothing."""
ECHO = 8.0
"""The same where a heading that stands alone, or a sentence that asks, says no more than the
question; above all of those."""
TITLE = 8.0
"""The same for a line that looks like a heading: it names what the sentences below it tell."""
AT_HAND = 2.0
"""Standard deviations that a follow-up gains in a document that the conversation is about; flat
from 1.2 to 3 on follow-ups made of XQuAD."""
SAID = 2.5
"""Standard deviations that a sentence loses when the conversation has quoted it already."""

_TELLS_OF_ITSELF = re.compile(
    r"\W*(?:(?:this|the present) (?:document|guide|page|article|paper|chapter|section|report|book"
    r"|manual|text|handbook)(?: \w+){0,3}? (?:is (?:written |meant )?(?:for|about)|gives?|lists?"
    r"|contains?|presents?|discusses|introduces|outlines|provides?|summari[sz]es|describes?"
    r"|explains?|tells?|shows?|covers?|deals)\b"
    r"|it (?:explains|describes|tells|shows) (?:how|what|which|why|when)\b"
    r"|(?:本文|本章|本节|本页|本手册|本指南|本文档|这篇(?:文章|文档))\W?.{0,6}?"
    r"(?:介绍|说明|讲|描述|阐述|讨论|概述|总结|列出|解释|旨在|提供))",
    re.IGNORECASE,
)
_ABOUT_ITSELF = re.compile(
    r"\b(?:document|guide|page|article|paper|chapter|section|report|book|manual|handbook|about"
    r"|summary)\b|本(?=文|章|节|页|手册|指南)|这篇|文章|文档|手册|指南|关于|讲",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Thread:
    """What a follow-up hangs on; empty for a question that stands alone.

    Attributes:
        asked: the earlier questions, whose terms count for a part.
        said: what was answered to them; its sentences stand back.
        sources: the documents that the conversation is about.
    """

    asked: tuple[str, ...] = ()
    said: str = ""
    sources: frozenset[str] = frozenset()


ALONE = Thread()


def priors(question: str, sentences: Sequence[Cut], thread: Thread) -> NDArray[np.float64]:
    """What speaks for each sentence, in standard deviations; [n].

    A sentence that was quoted stands back, unless it holds what is asked for now and the last
    question asked for something else: who wrote a book and when stand in one sentence.
    """
    total = np.zeros(len(sentences))
    expected = expects(question)
    fits = np.array([expected(each.text) if expected else 0.0 for each in sentences])
    total += EXPECTATION * fits
    near = np.array(answering(question, sentences))
    if opening := headed(question):
        near = np.maximum(near, [opening(sentence) for sentence in sentences])
    total += HEADED * near
    total -= ECHO * np.array([echoes(sentence, question) for sentence in sentences])
    total -= TITLE * np.array([sentence.title for sentence in sentences])
    total += AT_HAND * np.array([each.passage.source in thread.sources for each in sentences])
    if not _ABOUT_ITSELF.search(question):
        tells = [_TELLS_OF_ITSELF.match(sentence.text) is not None for sentence in sentences]
        total -= ABOUT_ITSELF * np.array(tells)
    quoted = " ".join(thread.said.split())
    said = np.array([" ".join(sentence.text.split()) in quoted for sentence in sentences])
    if thread.asked and not asks_alike(question, thread.asked[-1]):
        said = said & (fits == 0)
    return total - SAID * said
