"""Answers made of the documents' own sentences: the only way that never says what they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..budget import Budget
from ..cite import cite_quotes
from ..errors import PromptError
from ..evidence import EvidenceSentence, select
from ..evidence.headed import is_headed
from ..language import words
from .draft import Draft, Task, Writing
from .short import candidates, choose, fitted, short_budget, wants_few_words

__all__ = ["write_quote", "write_refusal", "write_short"]


def write_quote(task: Task) -> Writing:
    """The best sentences, each with its place."""
    draft = _quotes(_chosen(task))
    yield draft.text
    yield draft


def _chosen(task: Task) -> list[EvidenceSentence]:
    found = task.retrieval
    return select(found.sentences, found.rarity, most=task.settings.quotes, lead=found.lead)


def _quotes(chosen: Sequence[EvidenceSentence]) -> Draft:
    sentences, citations = cite_quotes(chosen)
    text = "\n".join(f"{s.text} [{s.citations[0]}]" for s in sentences)
    return Draft(text, sentences, citations, "quote")


def write_short(task: Task) -> Writing:
    """The best sentences, then those few of their words that answer, where a few words can.

    The model only chooses among stretches of the sentences shown; it never writes. A question
    about two things has its answer in two places, which no stretch covers; what a thing is, a whole
    section says.
    """
    chosen = _chosen(task)
    quotes = _quotes(chosen)
    yield quotes.text
    short, tokens, budget = _short(task, chosen)
    quotes = replace(quotes, tokens=tokens, budget=budget)
    if short is None:
        yield quotes
        return
    line = words(task.language, "short", words=short)
    yield f"\n{line}"
    yield replace(quotes, text=f"{quotes.text}\n{line}", strategy="short")


def _short(
    task: Task, chosen: Sequence[EvidenceSentence]
) -> tuple[str | None, dict[str, int], Budget | None]:
    """The short wording, None where there is none, and the tokens that the model read for it."""
    found = task.retrieval
    suits = task.language == "en" and not found.lead and wants_few_words(task.question)
    told = any(is_headed(task.question, first.path) for first in chosen[:1])
    if task.model is None or not suits or told:
        return None, {}, None
    texts, scores = [s.text for s in chosen], [s.score for s in chosen]
    try:
        stretches, tokens = candidates(task.question, texts, scores, found.rarity, task.model)
        budget = short_budget(task.question, tokens["prompt"], task.model)
    except PromptError:  # sentences of rare signs do not fit; the quotes are an answer
        return None, {}, None
    best = choose(stretches, fitted().weights)
    if best is None or best.probability < fitted().least:
        return None, tokens, budget
    return best.text, tokens, budget


def write_refusal(task: Task) -> Writing:
    """Say that the documents do not hold the answer, in the language of the question."""
    text = words(task.language, "refusal")
    yield text
    yield Draft(text, (), (), "refusal")
