"""Questions in, how good the answers of the whole program are, and their citations, out."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from ...answer import Answer
from ...assistant import Assistant
from ...cite import strip_markers
from ...language import words
from ..datasets import Dataset, DatasetError, Question, QuestionSet
from ..metrics import (
    Span,
    citation_precision,
    citation_recall,
    citation_share,
    cmrc_em,
    cmrc_f1,
    contained,
    squad_em,
    squad_f1,
)
from ..outcome import Case, Options, Outcome, sampled
from ..places import Gold, Places
from ..progress import steps
from .common import describe, folder_of, means, require

__all__ = ["answer_values", "measure_answers", "short_wording"]


def short_wording(answer: Answer) -> str:
    """The few words that answer, else the first sentence shown; "" for a refusal."""
    if answer.strategy == "short":
        head, _, tail = words(answer.language, "short", words="\0").partition("\0")
        line = strip_markers(answer.text).rstrip().rpartition("\n")[2]
        return line.removeprefix(head).removesuffix(tail).strip()
    if answer.refused or not answer.sentences:
        return ""
    return answer.sentences[0].text


def answer_values(
    question: Question, answer: Answer, facts: Sequence[Sequence[Gold]]
) -> dict[str, float]:
    """The metrics of one answer, by name; those that do not apply are left out.

    answered: 1 unless refused. contained: an accepted answer stands in the shown text or a quote.
    f1, em: of the short wording, 0 when refused; by SQuAD, for Chinese by CMRC. short: a short
    wording was given; short_f1: F1 where it was. citation_precision: a citation overlaps a wanted
    place, for answered questions. citation_share: share of the citations that do.
    citation_recall: share of the facts that are cited, 0 when refused. quotes: sentences quoted.
    """
    cited = [Span(c.source, c.page, c.start, c.end) for c in answer.citations]
    wanted = [[place.span for place in fact] for fact in facts]
    values = {"answered": float(not answer.refused)}
    values["citation_recall"] = citation_recall(cited, wanted)
    if not answer.refused:
        flat = [place for fact in wanted for place in fact]
        values["citation_precision"] = citation_precision(cited, flat)
        values["citation_share"] = citation_share(cited, flat)
        values["quotes"] = float(len(cited))
    if question.answers:
        f1, em = (cmrc_f1, cmrc_em) if question.language == "zh" else (squad_f1, squad_em)
        shown = "\n".join([strip_markers(answer.text), *(c.quote for c in answer.citations)])
        short = short_wording(answer)
        values["contained"] = 0.0 if answer.refused else contained(shown, question.answers)
        values["f1"], values["em"] = f1(short, question.answers), em(short, question.answers)
        values["short"] = float(answer.strategy == "short")
        if answer.strategy == "short":
            values["short_f1"] = values["f1"]
    return values


def measure_answers(dataset: Dataset, options: Options) -> Outcome:
    """Answer every question that the documents answer, each in a conversation of its own.

    Conversations go to a log that is thrown away.

    Raises:
        DatasetError: the data set is of another kind, or not about this knowledge base.
        ModelNotFoundError: the language model is not installed.
    """
    asked = require(dataset, QuestionSet, "answers")
    answerable = [question for question in asked.questions if question.answerable]
    chosen = sampled(answerable, options.limit, options.seed)
    if not chosen:
        raise DatasetError(f"{dataset.name!r} has no question with a place that answers it.")
    rows = []
    cases = []
    folder = folder_of(asked, options)
    with (
        tempfile.TemporaryDirectory(prefix="recollect-eval-") as log,
        Assistant.open(
            folder,
            model=options.model,
            reranker=options.reranker,
            log=Path(log) / "log.sqlite",
        ) as assistant,
    ):
        places = Places(assistant.index, asked.documents, by_text=options.kb is not None)
        for number, question in enumerate(steps("answering", chosen, options.on_step)):
            facts = places.gold(question)
            answer = assistant.ask(question.text, session=f"question {number}").answer
            values = answer_values(question, answer, facts)
            rows.append(values)
            cases.append(_case(question, answer, values))
        settings = describe(
            "answers",
            assistant.index,
            options,
            questions=len(chosen),
            model=options.model,
            passages=assistant.settings.passages,
            quotes=assistant.settings.quotes,
            places_not_found=len(places.missing),
        )
    return Outcome("answers", asked.name, settings, means(rows, options.seed), {}, tuple(cases))


def _case(question: Question, answer: Answer, values: dict[str, float]) -> Case:
    good = bool(values.get("contained", values.get("citation_precision", 0.0)))
    if answer.refused:
        note = f"refused, although it is answered (support {answer.support:.2f})"
    elif not values["citation_precision"]:
        note = "quotes another place"
    elif not good:
        note = "quotes the place, and not the words"
    else:
        note = f"{answer.strategy}, support {answer.support:.2f}"
    return Case(question.text, " | ".join(question.answers), answer.text, good, note)
