"""Questions in, how good the answers of the whole program are, and their citations, out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ...answer import Answer
from ...assistant import Assistant
from ...cite import strip_markers
from ...language import words
from ...methods import Choice
from ...settings import MOST_SEED, Settings
from ...strategies import read_examples
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

__all__ = ["answer_values", "costs", "measure_answers", "short_wording"]

QUOTES = "quotes only"
"""The way of answering that asks no model, in a comparison."""


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


def costs(answer: Answer) -> dict[str, float]:
    """What one answer cost, by the names of `COSTS`."""
    tokens = answer.tokens
    return {
        "tokens": float(tokens.get("prompt", 0) + tokens.get("answer", 0)),
        "reused": float(tokens.get("reused", 0)),
        "calls": float(tokens.get("calls", 0)),
        "seconds": sum(answer.seconds.values()),
    }


def measure_answers(dataset: Dataset, options: Options) -> Outcome:
    """Answer every question that the documents answer, each asked by a user of its own.

    Conversations go to a log that is thrown away. fell_back: share of the answers that were not
    made by the strategy asked for, though not refused. To compare is to answer by quotes only, in
    the way that suits the model, and by every strategy that the model is up to.

    Raises:
        DatasetError: the data set is of another kind, not about this knowledge base, or asks what
            the examples answer.
        ModelNotFoundError: the language model is not installed.
        StrategyError: the file of examples cannot be used.
    """
    asked = require(dataset, QuestionSet, "answers")
    answerable = [question for question in asked.questions if question.answerable]
    chosen = sampled(answerable, options.limit, options.seed)
    if not chosen:
        raise DatasetError(f"{dataset.name!r} has no question with a place that answers it.")
    _keep_apart(asked, options)
    with _opened(folder_of(asked, options), options) as assistant:
        places = Places(assistant.index, asked.documents, by_text=options.kb is not None)
        facts = [places.gold(question) for question in chosen]
        measured = {}
        cases: list[Case] = []
        for way, strategy in _ways(assistant, options).items():
            answering = assistant.for_user("me")
            answering.model = None if way == QUOTES else assistant.model
            told = steps(f"answering, {way}", chosen, options.on_step)
            rows, seen = _answered(answering, way, strategy, zip(told, facts, strict=True))
            measured[way] = means(rows, options.seed)
            cases = seen if way == assistant.settings.strategy else cases or seen
        settings = describe(
            "answers",
            assistant.index,
            options,
            questions=len(chosen),
            model=options.model,
            strategy=assistant.settings.strategy,
            passages=assistant.settings.passages,
            quotes=assistant.settings.quotes,
            places_not_found=len(places.missing),
        )
    metrics = measured.get(assistant.settings.strategy) or measured[QUOTES]
    compared = measured if options.compare else {}
    return Outcome("answers", asked.name, settings, metrics, compared, tuple(cases))


@contextmanager
def _opened(folder: Path, options: Options) -> Iterator[Assistant]:
    with (
        tempfile.TemporaryDirectory(prefix="recollect-eval-") as log,
        Assistant.open(
            folder,
            settings=Settings(**options.answering, seed=options.seed % MOST_SEED),
            model=options.model,
            reranker=options.reranker,
            log=Path(log) / "log.sqlite",
        ) as assistant,
    ):
        yield assistant


def _ways(assistant: Assistant, options: Options) -> dict[str, Choice]:
    """The ways of answering to measure, with their strategies; few-shot needs examples."""
    own = assistant.settings.strategy
    if not options.compare:
        return {own: own}
    if assistant.model is None:
        return {QUOTES: "auto"}
    able = assistant.model.card.usable_strategies
    given = assistant.settings.examples is not None
    ways: dict[str, Choice] = {QUOTES: "auto", "auto": "auto"}
    ways.update((way, way) for way in able if given or way != "few-shot")
    return {**ways, own: own}


def _answered(
    assistant: Assistant,
    way: str,
    strategy: Choice,
    asked: Iterable[tuple[Question, Sequence[Sequence[Gold]]]],
) -> tuple[list[dict[str, float]], list[Case]]:
    """The values and the case of every question, answered in one way."""
    rows, cases = [], []
    for number, (question, facts) in enumerate(asked):
        asking = assistant.for_user(f"{way}, question {number}")  # who remembers nothing
        answer = asking.ask(question.text, strategy=strategy).answer
        values = answer_values(question, answer, facts)
        if strategy != "auto" and not answer.refused:
            values["fell_back"] = float(answer.method != strategy)
        rows.append({**values, **costs(answer)})
        cases.append(_case(question, answer, values))
    return rows, cases


def _keep_apart(asked: QuestionSet, options: Options) -> None:
    """Return unless a solved example is a question of the data set, which it would give away.

    Raises:
        DatasetError: there is one.
    """
    path = options.answering.get("examples")
    if path is None:
        return
    solved = {_plain(example.question) for example in read_examples(path).items}
    shared = [question.text for question in asked.questions if _plain(question.text) in solved]
    if shared:
        raise DatasetError(
            f"{len(shared)!r} questions of {asked.name!r} are solved in the examples {path!r}, "
            f"such as {shared[0]!r}; measure with examples of other questions."
        )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


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
