"""A question and its conversation in; the passages to answer from out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest import Index, Passage, query_terms

from .evidence import EvidenceSentence, rank_sentences, trusts_cosine
from .followup import PastExchange, Wordings, wordings

__all__ = ["Retrieval", "retrieve"]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a search brought back.

    Attributes:
        wordings: what was searched for.
        passages: best first; for a follow-up the ones already shown stand behind the new ones.
        sentences: of all passages, best first.
        rarity: weight of each of the question's terms.
    """

    wordings: Wordings
    passages: tuple[Passage, ...]
    sentences: tuple[EvidenceSentence, ...]
    rarity: dict[str, float]


def retrieve(index: Index, question: str, past: Sequence[PastExchange], *, k: int) -> Retrieval:
    """Search for the question in every wording, then rank the sentences of what was found.

    Passages that the conversation has shown are set aside in the search, so that it looks for
    what is new, and are read again beside the new ones.

    Args:
        index: the knowledge base.
        question: as asked.
        past: exchanges of this session, oldest first.
        k: passages from the search, above 0.
    """
    asked = wordings(question, past)
    queries = [index.query(text) for text in asked.texts]
    found = index.search(queries, k=k, exclude=asked.shown)
    if asked.shown:
        again = index.search(queries, k=k)
        found = found + [passage for passage in again if passage.chunk_id in asked.shown]
    terms = list(dict.fromkeys(t for text in (question, *asked.context) for t in query_terms(text)))
    rarity = index.rarity(terms)
    embedder = index.embedder if trusts_cosine(question, index.embedder) else None
    sentences = rank_sentences(
        question,
        found,
        rarity,
        embedder,
        pages=lambda passage: index.page(passage.source, passage.page),
        also=asked.context,
    )
    return Retrieval(asked, tuple(found), tuple(sentences), rarity)
