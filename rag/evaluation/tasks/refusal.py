"""Questions with and without their document in, how well the program tells them apart, out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from ...assistant import Assistant
from ..datasets import Dataset, DatasetError, Question, QuestionSet
from ..knowledge import private_copy, without
from ..metrics import (
    Estimate,
    bootstrap,
    bootstrap_mean,
    refusal_auc,
    refusal_precision,
    refusal_rate,
    refusal_recall,
)
from ..outcome import Case, Options, Outcome, sampled
from ..places import Places
from ..progress import steps
from .common import describe, folder_of, require

__all__ = ["Observed", "measure_refusal", "refusal_metrics"]

FALSE_REFUSALS = 0.05
"""The price at which the reachable refusal rate is stated."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What the program did with one question.

    Attributes:
        question: as asked.
        answerable: whether the knowledge base held its answer at that moment.
        refused: whether the program refused.
        support: how sure it was that there is an answer, in [0, 1].
        shown: what it said.
    """

    question: str
    answerable: bool
    refused: bool
    support: float
    shown: str = ""


def measure_refusal(dataset: Dataset, options: Options) -> Outcome:
    """Ask every question with its documents in the knowledge base, and with them taken out.

    Questions that the data set marks as unanswerable are asked as well. All of it happens in a
    copy of the knowledge base. No language model takes part: whether to refuse is decided before.

    Raises:
        DatasetError: the data set is of another kind, or not about this knowledge base.
    """
    asked = require(dataset, QuestionSet, "refusal")
    chosen = sampled(asked.questions, options.limit, options.seed)
    if not any(question.answerable for question in chosen):
        raise DatasetError(f"{dataset.name!r} has no question with a place that answers it.")
    with (
        private_copy(folder_of(asked, options)) as folder,
        Assistant.open(folder, model="none", reranker=options.reranker) as assistant,
    ):
        places = Places(assistant.index, asked.documents, by_text=options.kb is not None)
        seen = [
            _observe(assistant, question, question.answerable)
            for question in steps("asking", chosen, options.on_step)
        ]
        groups: dict[tuple[str, ...], list[Question]] = {}
        for question in chosen:
            if question.answerable:
                named = (p.document for fact in question.evidence for p in fact)
                sources = tuple(sorted({places.source(document) for document in named}))
                groups.setdefault(sources, []).append(question)
        for sources in steps("asking without", list(groups), options.on_step):
            with without(assistant.index, sources):
                seen += [_observe(assistant, question, False) for question in groups[sources]]
        settings = describe("refusal", assistant.index, options, questions=len(chosen))
    cases = tuple(_case(item) for item in seen)
    return Outcome("refusal", asked.name, settings, refusal_metrics(seen, options.seed), {}, cases)


def refusal_metrics(seen: Sequence[Observed], seed: int) -> dict[str, Estimate]:
    """All metrics of a refusal, by name.

    refusal_recall: share of the unanswerable that are refused. false_refusals: share of the
    answerable that are. refusal_precision: share of the refusals that are right. auc: of the
    support. refused@0.05: refusal_recall if the threshold refused 5 % of the answerable.
    """
    ordered = sorted(seen, key=lambda item: not item.answerable)
    refused = np.array([item.refused for item in ordered])
    answerable = np.array([item.answerable for item in ordered])
    support = np.array([item.support for item in ordered])
    known = int(answerable.sum())

    def of(statistic: Callable[..., float], values: NDArray[np.generic]) -> Estimate:
        return bootstrap(
            (known, len(ordered) - known),
            lambda at: statistic(values[at].tolist(), answerable[at].tolist()),
            seed=seed,
        )

    return {
        "refusal_recall": of(refusal_recall, refused),
        "false_refusals": bootstrap_mean(refused[:known].astype(float).tolist(), seed=seed),
        "refusal_precision": of(refusal_precision, refused),
        "auc": of(refusal_auc, support),
        f"refused@{FALSE_REFUSALS}": of(
            lambda values, truth: refusal_rate(values, truth, FALSE_REFUSALS), support
        ),
    }


def _observe(assistant: Assistant, question: Question, answerable: bool) -> Observed:
    asking = assistant.for_user(f"{uuid4()}")  # to whom nothing was said before
    answer = asking.ask(question.text).answer
    return Observed(question.text, answerable, answer.refused, answer.support, answer.text)


def _case(item: Observed) -> Case:
    wanted = "an answer" if item.answerable else "a refusal"
    note = f"support {item.support:.2f}"
    return Case(item.question, wanted, item.shown, item.refused != item.answerable, note)
