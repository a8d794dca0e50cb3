"""A model's words in, the same words with checked citations out: no marker is taken on trust."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ingest import Embedder, Index, index_terms, query_terms, sentence_spans

from .answer import Citation, Sentence
from .evidence import EvidenceSentence, trusts_cosine

__all__ = ["align", "cite_quotes", "marked", "strip_markers", "under_headings"]

_MARKER = re.compile(
    r"[ \t\u3000]?[\[【][ ^]?(?:(?:passages?|sources?|段落|来源)[ ]?)?"
    r"\d{1,3}(?:[ ]?[,，;、\-–][ ]?\d{1,3}){0,20}[ ]?[\]】]",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SUPPORT_COVERAGE = 0.6
"""Share of a sentence's terms, by rarity, that one passage sentence must hold."""
SUPPORT_COSINE = 0.62
"""Or its cosine, together with half of that share."""


def strip_markers(text: str) -> str:
    """The words without what looks like citation markers: models invent them.

    "[7]", "[1, 3]", "[Passage 2]" and "【1】" go; numbers in round brackets and longer ones,
    such as years, are words.
    """
    return _MARKER.sub("", text)


def _citation(number: int, sentence: EvidenceSentence) -> Citation:
    passage = sentence.passage
    return Citation(
        number,
        passage.source,
        passage.title,
        passage.page,
        sentence.start,
        sentence.end,
        passage.heading_path,
        sentence.text,
        passage.chunk_id,
    )


def cite_quotes(
    chosen: Sequence[EvidenceSentence],
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Quotes are their own proof: each sentence cites itself."""
    citations = tuple(_citation(at, sentence) for at, sentence in enumerate(chosen, 1))
    sentences = tuple(Sentence(_one_line(c.quote), (c.number,)) for c in citations)
    return sentences, citations


def under_headings(citations: Sequence[Citation], index: Index) -> tuple[Citation, ...]:
    """The same citations, each under the headings open at its own start, not at its passage's."""
    placed = []
    for citation in citations:
        page = index.page(citation.source, citation.page)
        path = citation.heading_path if page is None else page.heading_path(citation.start)
        placed.append(replace(citation, heading_path=path))
    return tuple(placed)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _held_share(terms: Sequence[str], held: Sequence[str], rarity: Mapping[str, float]) -> float:
    total = sum(rarity.get(term, 1.0) for term in terms)
    if not total:
        return 0.0
    inside = set(held)
    return sum(rarity.get(term, 1.0) for term in terms if term in inside) / total


def align(
    text: str,
    evidence: Sequence[EvidenceSentence],
    rarity: Mapping[str, float],
    embedder: Embedder,
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Give each sentence of `text` the passage sentence that supports it, or nothing.

    A sentence is supported when a passage sentence holds every number in it and either enough of
    its terms or, for a paraphrase, fewer terms but a near meaning. Numbers of citations count
    from 1 in the order of first use.

    Args:
        text: the model's words, markers stripped.
        evidence: sentences of the passages that were in the prompt.
        rarity: weight of each term.
        embedder: for the meaning.
    """
    pieces = [text[start:end] for start, end in sentence_spans(text)]
    if not pieces:
        return (), ()
    terms = [query_terms(piece) for piece in pieces]
    held = [index_terms(sentence.text) for sentence in evidence]
    vectors = embedder.embed([*pieces, *(s.text for s in evidence)], "passage")
    near = vectors[: len(pieces)] @ vectors[len(pieces) :].T
    numbers: dict[tuple[str, int, int, int], Citation] = {}
    sentences: list[Sentence] = []
    for at, piece in enumerate(pieces):
        best, best_score = -1, 0.0
        figures = set(_NUMBER.findall(piece))
        trusted = trusts_cosine(piece, embedder)
        for other, sentence in enumerate(evidence):
            if not figures <= set(_NUMBER.findall(sentence.text)):
                continue
            share = _held_share(terms[at], held[other], rarity)
            cosine = float(near[at, other]) if trusted else 0.0
            enough = share >= SUPPORT_COVERAGE or (
                cosine >= SUPPORT_COSINE and share >= SUPPORT_COVERAGE / 2
            )
            if enough and share + cosine > best_score:
                best, best_score = other, share + cosine
        if best < 0:
            sentences.append(Sentence(piece))
            continue
        source = evidence[best]
        key = (source.passage.source, source.passage.page, source.start, source.end)
        citation = numbers.setdefault(key, _citation(len(numbers) + 1, source))
        sentences.append(Sentence(piece, (citation.number,)))
    return tuple(sentences), tuple(numbers.values())


def marked(sentences: Sequence[Sentence], unsupported: str) -> str:
    """The sentences as one text, with "[1]" behind supported ones and a remark behind others."""
    parts = []
    for sentence in sentences:
        mark = "".join(f"[{number}]" for number in sentence.citations) or f"[{unsupported}]"
        parts.append(f"{sentence.text} {mark}")
    return " ".join(parts)
