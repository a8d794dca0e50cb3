"""Passages in, their sentences out, ordered by how well each one answers the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ingest import (
    Counts,
    Embedder,
    Passage,
    bm25,
    index_terms,
    is_cjk,
    query_terms,
    z_scores,
)

from .cut import Cut, Pages, cut
from .matching import counted, finer
from .priors import ALONE, Thread, priors

__all__ = ["EvidenceSentence", "Thread", "rank_sentences", "select", "trusts_cosine"]

PASSAGE_WEIGHT = 1.4
"""Share of the passage's own score in its sentences' scores; flat between 0.8 and 2."""
CHARACTERS = 1.0
"""Weight of a Chinese question's single characters, against 1 for its pairs of characters."""
CONTEXT = 0.3
"""Weight of a term of the earlier questions, against 1 for the question's own."""
NOVELTY = 2.5
"""Standard deviations that a second sentence gains by covering what the first one leaves open."""


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
        about: the same, with the headings above it and the document's title.
    """

    passage: Passage
    start: int
    end: int
    text: str
    score: float
    coverage: float
    cosine: float
    terms: frozenset[str]
    about: frozenset[str] = frozenset()


def _following(sentences: Sequence[Cut]) -> list[bool]:
    """Whether each sentence stands in the same passage as the one before it."""
    return [at > 0 and sentences[at - 1].passage is s.passage for at, s in enumerate(sentences)]


def _word_scores(
    question: str, counts: Sequence[Counts], weights: Mapping[str, float]
) -> NDArray[np.float64]:
    scores = z_scores(bm25(counts, weights))
    if is_cjk(question):
        scores = scores + CHARACTERS * z_scores(bm25(*finer(counts, weights)))
    return scores


def rank_sentences(
    question: str,
    passages: Sequence[Passage],
    rarity: Mapping[str, float],
    embedder: Embedder | None,
    *,
    pages: Pages = lambda _passage: None,
    thread: Thread = ALONE,
) -> list[EvidenceSentence]:
    """All sentences of the passages, best first; equal scores in reading order.

    The score is z(BM25) + z(cosine) over the sentences plus a share of their passage's z-score and
    what the kind of question and the conversation add. On XQuAD the best one holds the answer for
    82 % of the questions, the best two for 93 % (Chinese, without cosines: 79 % and 90 %).

    Args:
        question: as asked.
        passages: with the scores of their search.
        rarity: weight of each term, above 0: its inverse document frequency.
        embedder: None leaves the cosine out, as for a language that it does not speak.
        pages: looks up pages, for the headings above a sentence.
        thread: what a follow-up hangs on.
    """
    pieces = cut(passages, pages)
    if not pieces:
        return []
    wanted = query_terms(question)
    weights = {t: CONTEXT * rarity.get(t, 1.0) for text in thread.asked for t in query_terms(text)}
    weights.update({term: rarity.get(term, 1.0) for term in wanted})
    counts = counted([s.text for s in pieces], [s.path for s in pieces], _following(pieces))
    cosines = np.zeros(len(pieces))
    total = _word_scores(question, counts, weights)
    if embedder is not None:
        asked_for = embedder.embed([question], "query")[0]
        rows = embedder.embed([sentence.text for sentence in pieces], "passage")
        cosines = (rows @ asked_for).astype(np.float64)
        total = total + z_scores(cosines)
    total = total + PASSAGE_WEIGHT * z_scores(np.array([s.passage.score for s in pieces]))
    total = total + priors(question, pieces, thread)
    asked = sum(rarity.get(term, 1.0) for term in wanted) or 1.0
    titles = {s.passage.title: frozenset(index_terms(s.passage.title)) for s in pieces}
    sentences = []
    for at, piece in enumerate(pieces):
        held = frozenset(term for term in wanted if counts[at].get(term, 0.0) >= 1)
        near = (t for t in wanted if t in counts[at] or t in titles[piece.passage.title])
        sentences.append(
            EvidenceSentence(
                piece.passage,
                piece.start,
                piece.end,
                piece.text,
                float(total[at]),
                sum(rarity.get(term, 1.0) for term in held) / asked,
                float(cosines[at]),
                held,
                held.union(near),
            )
        )
    order = sorted(range(len(sentences)), key=lambda at: (-sentences[at].score, at))
    return [sentences[at] for at in order]


@lru_cache(maxsize=2_048)
def _terms(text: str) -> frozenset[str]:
    return frozenset(index_terms(text))


def _alike(one: str, other: str) -> bool:
    """Whether two sentences say the same words: four fifths of the shorter one's terms."""
    first, second = _terms(one), _terms(other)
    smaller = min(len(first), len(second))
    return smaller > 0 and len(first & second) >= 0.8 * smaller


def select(
    ranked: Sequence[EvidenceSentence],
    rarity: Mapping[str, float],
    *,
    most: int = 2,
    lead: Sequence[EvidenceSentence] = (),
) -> list[EvidenceSentence]:
    """The best sentence, then those that add what is still open in the question.

    Args:
        ranked: best first.
        rarity: weight of each term.
        most: at most so many, above 0.
        lead: taken first: the best one for each part of the question.
    """
    if not ranked:
        return []
    chosen = list(lead[:most]) or [ranked[0]]
    rest = [s for s in ranked if not any(_alike(s.text, c.text) for c in chosen)]
    every = frozenset[str]().union(*(sentence.about for sentence in ranked))
    while rest and len(chosen) < most:
        held = frozenset[str]().union(*(sentence.about for sentence in chosen))
        open_ = sum(rarity.get(term, 1.0) for term in every - held) or 1.0
        gains = [sum(rarity.get(t, 1.0) for t in s.about - held) / open_ for s in rest]
        at = max(range(len(rest)), key=lambda i: rest[i].score + NOVELTY * gains[i])
        best = rest[at]
        chosen.append(best)
        rest = [s for s in rest if s is not best and not _alike(s.text, best.text)]
    return chosen


def trusts_cosine(text: str, embedder: Embedder) -> bool:
    """Whether the embedder speaks the language of `text`."""
    return not is_cjk(text) or "zh" in embedder.languages
