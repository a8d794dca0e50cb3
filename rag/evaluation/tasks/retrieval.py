"""Questions about documents in, how high the passages that hold their answers rank out."""

from __future__ import annotations

from collections.abc import Sequence

from ingest import Index, Passage

from ..datasets import Dataset, DatasetError, QuestionSet
from ..metrics import Span
from ..outcome import Case, Options, Outcome, sampled
from ..places import Gold, Places
from ..progress import steps
from ..rankings import OURS, ranked
from .common import RANKS, describe, folder_of, means, ranking_values, require, reranker_of

__all__ = ["measure_retrieval", "relevance"]

DEPTH = max(RANKS)
_SHOWN = 240


def relevance(
    passages: Sequence[Passage], facts: Sequence[Sequence[Gold]]
) -> tuple[list[bool], int]:
    """For each passage whether it brings a fact that none before it brought; and all wanted.

    Facts that come with one and the same passage count as one.
    """
    open_ = list(facts)
    relevant = []
    for passage in passages:
        span = Span(passage.source, passage.page, passage.start, passage.end)
        left = [fact for fact in open_ if not any(place.is_held_by(span) for place in fact)]
        relevant.append(len(left) < len(open_))
        open_ = left
    return relevant, sum(relevant) + len(open_)


def measure_retrieval(dataset: Dataset, options: Options) -> Outcome:
    """Rank the chunks for every question that the documents answer.

    A hit is a chunk that holds the answer's span whole, or half of a longer quote; for a question
    without a quote, any chunk of the page or document.

    Raises:
        DatasetError: the data set is of another kind, or not about this knowledge base.
    """
    asked = require(dataset, QuestionSet, "retrieval")
    answerable = [question for question in asked.questions if question.answerable]
    chosen = sampled(answerable, options.limit, options.seed)
    if not chosen:
        raise DatasetError(f"{dataset.name!r} has no question with a place that answers it.")
    rows: dict[str, list[dict[str, float]]] = {}
    cases = []
    reranker = reranker_of(options)
    with Index(folder_of(asked, options)) as index:
        places = Places(index, asked.documents, by_text=options.kb is not None)
        for question in steps("asking", chosen, options.on_step):
            facts = places.gold(question)
            for name, passages in ranked(
                index, question.text, k=DEPTH, compare=options.compare, reranker=reranker
            ).items():
                relevant, total = relevance(passages, facts)
                rows.setdefault(name, []).append(ranking_values(relevant, total))
                if name == OURS:
                    cases.append(_case(question.text, question.answers, passages, relevant))
        settings = describe(
            "retrieval",
            index,
            options,
            questions=len(chosen),
            ranking=OURS,
            places_not_found=len(places.missing),
        )
    compared = {name: means(values, options.seed) for name, values in rows.items()}
    metrics = compared.pop(OURS)
    if options.compare:
        compared[OURS] = metrics
    return Outcome("retrieval", asked.name, settings, metrics, compared, tuple(cases))


def _case(
    question: str, answers: Sequence[str], passages: Sequence[Passage], relevant: Sequence[bool]
) -> Case:
    rank = next((rank for rank, hit in enumerate(relevant, 1) if hit), 0)
    note = f"found at rank {rank}" if rank else f"not among the first {DEPTH}"
    shown = passages[0].text[:_SHOWN] if passages else ""
    return Case(question, " | ".join(answers), shown, rank == 1, note)
