"""What the tasks share: the knowledge base of a data set, the settings they state, and checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ingest import Index, Reranker

from ..datasets import Conversations, Dataset, DatasetError, QuestionSet
from ..knowledge import built
from ..metrics import CONFIDENCE, RESAMPLES, Estimate, bootstrap_mean, ndcg, recall_at_k
from ..metrics import reciprocal_rank as mrr
from ..outcome import Options

__all__ = [
    "RANKS",
    "describe",
    "folder_of",
    "means",
    "ranking_values",
    "require",
    "reranker_of",
]

RANKS = (1, 3, 5, 10)
"""Ranks at which recall is stated."""

D = TypeVar("D", bound=Dataset)


def require(dataset: Dataset, kind: type[D], task: str) -> D:
    """The data set, if it is of the kind that the task needs.

    Raises:
        DatasetError: it is not.
    """
    if not isinstance(dataset, kind):
        raise DatasetError(
            f"{dataset.name!r} is a {type(dataset).__name__}, and the task {task!r} needs a "
            f"{kind.__name__}; `rag eval --help` says which task reads which format."
        )
    return dataset


def folder_of(dataset: QuestionSet | Conversations, options: Options) -> Path:
    """The knowledge base to measure in.

    Raises:
        DatasetError: the data set brings no documents and none was named, or another embedder
            than that of the knowledge base.
    """
    if options.kb is not None:
        if options.embedder is not None:
            raise DatasetError(
                f"The knowledge base {str(options.kb)!r} has an embedder of its own; to measure "
                f"another one, move a copy of it: rag index reindex --embedder {options.embedder}"
            )
        Index(options.kb, read_only=True).close()
        return options.kb
    if not dataset.documents:
        raise DatasetError(
            f"{dataset.name!r} brings no documents along; name the knowledge base that holds "
            "them with --kb."
        )
    return built(dataset.sha256, dataset.documents, options.on_step, options.embedder)


def reranker_of(options: Options) -> Reranker | None:
    """The reranker to search with.

    Raises:
        RerankerError: it is not on this machine.
    """
    return Reranker(options.reranker) if options.reranker else None


def describe(task: str, index: Index, options: Options, **more: object) -> dict[str, Any]:
    """What the values depend on."""
    return {
        "task": task,
        "embedder": index.embedder.name,
        "reranker": options.reranker,
        "documents": len(index.documents()),
        "limit": options.limit,
        "seed": options.seed,
        "resamples": RESAMPLES,
        "confidence": CONFIDENCE,
        **more,
    }


def ranking_values(relevant: Sequence[bool], total: int) -> dict[str, float]:
    """The ranking metrics of one question, by name."""
    values = {f"recall@{k}": recall_at_k(relevant, total, k) for k in RANKS}
    return {**values, "mrr@10": mrr(relevant, 10), "ndcg@10": ndcg(relevant, total, 10)}


def means(rows: Sequence[Mapping[str, float]], seed: int, prefix: str = "") -> dict[str, Estimate]:
    """The mean of every value over the questions that have it; {} when there are none."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {
        prefix + name: bootstrap_mean([row[name] for row in rows if name in row], seed=seed)
        for name in names
    }
