"""How sure is it that the documents hold an answer? A calibrated probability, no language model."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ingest import Passage

from .evidence import EvidenceSentence
from .language import Language

__all__ = ["FEATURES", "Calibration", "calibration", "features"]

FEATURES = ("coverage", "window", "cosine", "passage_cosine", "bm25", "gap", "rarest")
"""Names of the numbers that the probability is made of, in the order of `features`."""


def features(
    ranked: Sequence[EvidenceSentence],
    passages: Sequence[Passage],
    wanted: Mapping[str, float],
) -> tuple[float, ...]:
    """What speaks for an answer, as numbers of the order of 1; all 0 when nothing was found.

    Args:
        ranked: sentences, best first.
        passages: with their signals, best first.
        wanted: the question's terms with their rarity.

    Returns:
        coverage: share of the question's terms, by rarity, in the best sentence.
        window: the same over all sentences of the best passage.
        cosine: highest cosine of a sentence.
        passage_cosine: highest cosine of a passage.
        bm25: highest BM25 over the sum of rarities, about the share that matched.
        gap: lead of the best passage over the second, as a share of the best BM25.
        rarest: 1 if the rarest term stands in the best passage, else 0.
    """
    if not ranked or not passages:
        return (0.0,) * len(FEATURES)
    total = sum(wanted.values()) or 1.0
    best = ranked[0].passage
    held = frozenset[str]().union(*(s.terms for s in ranked if s.passage.chunk_id == best.chunk_id))
    bm25 = sorted((p.signals.get("bm25", 0.0) for p in passages), reverse=True)
    gap = (bm25[0] - bm25[1]) / bm25[0] if len(bm25) > 1 and bm25[0] > 0 else 0.0
    rarest = max(wanted, key=lambda term: wanted[term], default="")
    return (
        max(sentence.coverage for sentence in ranked[:2]),
        sum(wanted.get(term, 0.0) for term in held) / total,
        max(sentence.cosine for sentence in ranked),
        max(passage.signals.get("cosine", 0.0) for passage in passages),
        bm25[0] / total,
        gap,
        float(rarest in held),
    )


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic regression per language, with the data it was fitted on.

    Attributes:
        weights: one per feature.
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
    weights = tuple(float(entry["weights"][name]) for name in FEATURES)
    return Calibration(
        weights, float(entry["bias"]), float(entry["threshold"]), str(entry["provenance"])
    )
