"""What was found for a question in; whether that is enough to answer from out."""

from __future__ import annotations

import re

from ingest import query_terms

from .evidence import calibration, features
from .evidence.expectation import asks_alike, expects, told_besides
from .evidence.figures import tells_of_another
from .evidence.headed import is_asked, is_headed
from .evidence.ranking import follows_question
from .language import language_of
from .search import Retrieval, lacks_reason

__all__ = ["supported"]

GOES_ON = 0.9
"""Support of a follow-up that goes on about the sentence just quoted: it answered 22 of 23 such
follow-ups made of XQuAD, and none of 224 without an answer was taken for one."""
OWN = 0.4
"""Share of a follow-up's own terms, by rarity, that this sentence holds; flat from 0.25 to 0.42."""
HEADED = 0.9
"""Support of "What is X?" when the best sentence stands below the heading X, which need not use the
question's words; the same below the question itself."""
OTHER = 0.02
"""Support at most where the documents tell of another year, or of a thing with another code; and
where a question that only asks finds nothing of the kind: its other words were answered before."""
_WHICH = re.compile(
    r"\b(?:not|never|first|second|third|last|next|final|another|other)\b|第[一二三]|最后|另外?|其他"
)
"""Words by which a question may ask for another one than the sentence tells of."""


def supported(found: Retrieval, refuse_below: float | None = None) -> tuple[float, bool]:
    """Probability that the passages hold an answer, in [0, 1], and whether that is enough.

    Args:
        found: for the question.
        refuse_below: the least probability; None takes the calibrated one of its language.
    """
    if not found.sentences:
        return 0.0, False
    question = found.question
    fitted = calibration(language_of(question))
    wanted = {term: found.rarity[term] for term in query_terms(question)}
    support = fitted.probability(features(question, found.sentences, found.passages, wanted))
    if _goes_on(question, found):
        support = max(support, GOES_ON)
    if _named(question, found):
        support = max(support, HEADED)
    if tells_of_another(question, found.sentences) or _is_in_vain(found):
        support = min(support, OTHER)
    return support, support >= (fitted.threshold if refuse_below is None else refuse_below)


def _is_in_vain(found: Retrieval) -> bool:
    """Whether a bare question, "When?" or "Why?", asks for what the best sentence does not hold."""
    asked, best = found.wordings.texts[0], [each.text for each in found.sentences[:2]]
    if not found.wordings.whole:
        return False
    expected = expects(asked)
    unfit = expected is not None and not expected(best[0])
    return unfit or lacks_reason(asked, best)


def _named(question: str, found: Retrieval) -> bool:
    """Whether the best sentence stands below what the question names, or below the question."""
    path = found.sentences[0].path
    headed = is_headed(question, path) or is_asked(question, path)
    return headed or follows_question(question, found.sentences)


def _goes_on(question: str, found: Retrieval) -> bool:
    """Whether the sentence quoted for one question holds what the next one asks for.

    "Who wrote it?" is answered by a sentence that tells the year as well. "In which year did his
    book appear?" has few of its words, so the question alone looks unanswered.
    """
    best, asked = found.sentences[0], found.wordings
    expected = expects(question)
    if expected is None or not expected(best.text):
        return False
    if not asked.context or asks_alike(question, asked.context[-1]):
        return False
    if " ".join(best.text.split()) not in " ".join(asked.said.split()):
        return False
    if any(which not in best.text.casefold() for which in _WHICH.findall(question.casefold())):
        return False
    rarity = {term: found.rarity.get(term, 1.0) for term in query_terms(told_besides(question))}
    held = sum(weight for term, weight in rarity.items() if term in best.terms)
    return held > 0 and held >= OWN * sum(rarity.values())
