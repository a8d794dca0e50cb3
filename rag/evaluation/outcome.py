"""The values of a measurement: what was set, what came out, and single cases to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from .metrics import Estimate
from .progress import Steps, silent

__all__ = ["COSTS", "Case", "Metrics", "Options", "Outcome", "pick", "sampled"]

COSTS = ("tokens", "reused", "calls", "seconds")
"""Metrics that are no rates: tokens read and written, those of them read without work, calls of
the model, and seconds, each per question."""

Metrics = Mapping[str, Estimate]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure.

    Attributes:
        kb: the knowledge base that holds the documents; None makes one of the documents that the
            data set brings along.
        model: name or path of the language model, for the tasks that use one; "none" quotes.
        embedder: of the knowledge base that is made; None takes the packaged one.
        reranker: a cross-encoder to search with; None goes without.
        answering: strategy, examples, rules and votes of the answers, as settings of an assistant;
            empty takes the defaults.
        limit: questions at most, drawn by the seed; 0 takes all.
        seed: of the questions drawn, of the bootstrap, and of the cases shown.
        compare: also measure the other ways of doing it.
        on_step: told how far a loop is.
    """

    kb: Path | None = None
    model: str = "none"
    embedder: str | None = None
    reranker: str | None = None
    answering: Mapping[str, Any] = field(default_factory=dict)
    limit: int = 0
    seed: int = 0
    compare: bool = False
    on_step: Steps = field(default=silent, repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """One question, to see what went well or wrong.

    Attributes:
        question: as asked.
        expected: what the data set wants.
        shown: what the program gave.
        good: whether it counts as right.
        note: what happened, in a few words.
    """

    question: str
    expected: str
    shown: str
    good: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a task measured on one data set.

    Attributes:
        task: such as "retrieval".
        dataset: name of its file.
        settings: what the values depend on; JSON-able.
        metrics: by name; rates are in [0, 1], `COSTS` are not.
        compared: the same by way of doing it; for memory by kind.
        cases: single questions, in the data set's order.
    """

    task: str
    dataset: str
    settings: Mapping[str, Any]
    metrics: Metrics
    compared: Mapping[str, Metrics] = field(default_factory=dict)
    cases: Sequence[Case] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-able: dataset, settings and metrics; for memory kinds in place of metrics."""
        compared = {name: _plain(metrics) for name, metrics in self.compared.items()}
        head = {"dataset": self.dataset, "settings": dict(self.settings)}
        if self.task == "memory":
            return {**head, "kinds": compared}
        found = {**head, "metrics": _plain(self.metrics)}
        return {**found, "compared": compared} if compared else found


def _plain(metrics: Metrics) -> dict[str, dict[str, float | int]]:
    return {name: estimate.as_dict() for name, estimate in metrics.items()}


def sampled(items: Sequence[T], limit: int, seed: int) -> list[T]:
    """`limit` of the items in their order, drawn by the seed; all of them when that is 0."""
    if not limit or limit >= len(items):
        return list(items)
    drawn = np.random.default_rng(seed).choice(len(items), size=limit, replace=False)
    return [items[at] for at in sorted(drawn.tolist())]


def pick(cases: Sequence[Case], seed: int, each: int = 5) -> list[Case]:
    """`each` bad cases and as many good ones, drawn by the seed, the bad ones first."""
    bad = [case for case in cases if not case.good]
    good = [case for case in cases if case.good]
    return sampled(bad, each, seed) + sampled(good, each, seed)
