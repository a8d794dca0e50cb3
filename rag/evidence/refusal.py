"""How sure is it that the documents hold an answer? A calibrated probability, no language model."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cache
from importlib import resources

from ingest import Passage

from ..language import Language
from .expectation import expects
from .ranking import EvidenceSentence
from .refusal_units import held, uncounted

__all__ = ["FEATURES", "Calibration", "calibration", "features"]

FEATURES = (
    "coverage",
    "window",
    "missing",
    "elsewhere",
    "cosine",
    "passage_cosine",
    "cosine_lead",
    "bm25",
    "passage_lead",
    "sentence_lead",
    "rarest",
    "expected",
    "unexpecting",
    "terms",
    "held",
    "held_sentence",
    "held_elsewhere",
    "stretch",
    "nowhere",
    "size",
    "lacking",
    "names",
    "asked",
    "uncounted",
    "character_lead",
)
"""Names of the numbers that a probability may be made of, in the order of `features`."""

_LEAD = 5  # the sentence that the best one is compared with


def features(
    question: str,
    ranked: Sequence[EvidenceSentence],
    passages: Sequence[Passage],
    wanted: Mapping[str, float],
) -> tuple[float, ...]:
    """What speaks for an answer, as numbers of the order of 1; all 0 when nothing was found.

    Args:
        question: as asked.
        ranked: sentences, best first.
        passages: with their signals, best first.
        wanted: the question's terms with their rarity.

    Returns:
        coverage: share of the question's terms, by rarity, in one of the two best sentences.
        window: the same over all sentences of the best sentence's passage.
        missing: share of the terms, by number, that this passage does not hold.
        elsewhere: the largest window of another passage.
        cosine: of the best sentence.
        passage_cosine: highest cosine of a passage.
        cosine_lead: highest cosine of a sentence over the mean of all.
        bm25: highest BM25 over the sum of rarities, about the share that matched.
        passage_lead: lead of the best BM25 over the second, as a share of the best.
        sentence_lead: lead of the best sentence's score over the sixth's.
        rarest: 1 if the rarest term stands in the best sentence's passage, else 0.
        expected: 1 if the best sentence holds the date, number or name that is asked for.
        unexpecting: 1 if nothing of the kind is asked for.
        terms: number of terms, in tens.
        held to asked: see `Held`.
        uncounted: 1 if a Chinese question counts what no passage counts, else 0.
        character_lead: lead of the best BM25 by single Chinese characters over the second.
    """
    if not ranked or not passages or not wanted:
        return (0.0,) * len(FEATURES)
    total = sum(wanted.values())
    best = ranked[0]
    here, elsewhere = _terms(ranked, wanted)
    bm25, lead = _best(passages, "bm25")
    cosines = [sentence.cosine for sentence in ranked]
    expected = expects(question)
    return (
        max(sentence.coverage for sentence in ranked[:2]),
        sum(wanted[term] for term in here) / total,
        1 - len(here) / len(wanted),
        elsewhere / total,
        best.cosine,
        max(passage.signals.get("cosine", 0.0) for passage in passages),
        max(cosines) - sum(cosines) / len(cosines),
        bm25 / total,
        lead,
        best.score - ranked[min(_LEAD, len(ranked) - 1)].score,
        float(max(wanted, key=lambda term: wanted[term]) in here),
        expected(best.text) if expected is not None else 0.0,
        float(expected is None),
        len(wanted) / 10,
        *astuple(held(question, wanted, ranked, passages)),
        float(uncounted(question, passages)),
        _best(passages, "characters")[1],
    )


def _best(passages: Sequence[Passage], signal: str) -> tuple[float, float]:
    """The best score of a kind, and its lead over the second as a share of it."""
    scores = sorted((passage.signals.get(signal, 0.0) for passage in passages), reverse=True)
    if len(scores) == 1 or scores[0] <= 0:
        return scores[0], 0.0
    return scores[0], (scores[0] - scores[1]) / scores[0]


def _terms(
    ranked: Sequence[EvidenceSentence], wanted: Mapping[str, float]
) -> tuple[set[str], float]:
    """The terms in the best sentence's passage, and the largest rarity held by another one."""
    by_passage: dict[int, set[str]] = {}
    for sentence in ranked:
        by_passage.setdefault(sentence.passage.chunk_id, set()).update(sentence.terms)
    here = by_passage.pop(ranked[0].passage.chunk_id).intersection(wanted)
    others = (sum(wanted.get(term, 0.0) for term in terms) for terms in by_passage.values())
    return here, max(others, default=0.0)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic regression per language, with the data it was fitted on.

    Attributes:
        weights: one per feature; 0 for those that this language does without.
        bias: added to their sum.
        threshold: below this probability the program says that the documents do not say.
        provenance: data, sizes and rates measured when it was fitted.
    """

    weights: tuple[float, ...]
    bias: float
    threshold: float
    provenance: str

    def probability(self, values: Sequence[float]) -> float:
        """Probability in [0, 1] that the passages hold an answer."""
        total = self.bias + sum(w * v for w, v in zip(self.weights, values, strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@cache
def calibration(language: Language) -> Calibration:
    """The calibration that ships for a language."""
    text = resources.files(__package__).joinpath("refusal.json").read_text("utf-8")
    entry = json.loads(text)[language]
    weights = tuple(float(entry["weights"].get(name, 0.0)) for name in FEATURES)
    return Calibration(
        weights, float(entry["bias"]), float(entry["threshold"]), str(entry["provenance"])
    )
