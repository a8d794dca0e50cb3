"""A question and what was found for it in; whether that is enough to answer from out."""

from __future__ import annotations

from ingest import query_terms

from .language import language_of
from .refusal import calibration, features
from .retrieve import Retrieval

__all__ = ["supported"]


def supported(
    question: str, found: Retrieval, refuse_below: float | None = None
) -> tuple[float, bool]:
    """Probability that the passages hold an answer, in [0, 1], and whether that is enough.

    Args:
        question: as asked.
        found: for it.
        refuse_below: the least probability; None takes the calibrated one of its language.
    """
    if not found.sentences:
        return 0.0, False
    fitted = calibration(language_of(question))
    wanted = {term: found.rarity[term] for term in query_terms(question)}
    support = fitted.probability(features(question, found.sentences, found.passages, wanted))
    return support, support >= (fitted.threshold if refuse_below is None else refuse_below)
