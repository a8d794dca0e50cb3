"""A task in, the prompt of its question out; the model's words in, a draft with its proof out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..answer import Citation, Sentence
from ..cite import align, marked, strip_markers
from ..language import words
from ..models import LanguageModel
from ..prompt import BuiltPrompt, Contents, build_prompt
from ..worker import Sampling
from ..workings import Workings
from ..writing import Draft, Task
from .base import NotDone
from .calls import Cost
from .remarks import remark
from .thinking import apart

__all__ = ["bare", "final", "prompt_of", "proved", "says_nothing", "settled"]

_WHOLE = {"stop", "length"}
"""Ends of an answer that the conversation goes on from."""
_CUT = {"length", "time", "repetition"}
"""Ends that came before the model had said all."""


def prompt_of(
    task: Task,
    model: LanguageModel,
    *,
    room: int = 0,
    examples: Sequence[str] = (),
    instruction: str = "",
) -> BuiltPrompt:
    """What the model reads for the question.

    Args:
        task: the question.
        model: counts.
        room: tokens kept for what the strategy adds, beside those of one answer.
        examples: solved ones, the most similar last.
        instruction: behind the question.

    Raises:
        PromptError: the question does not fit.
        NotDone: it does, and no passage beside it.
    """
    built = build_prompt(
        Contents(
            task.question,
            task.language,
            task.retrieval.passages,
            task.recall(),
            task.notes(),
            task.session,
            task.number,
            tuple(examples),
            instruction,
        ),
        task.thread,
        render=task.memory.render,
        count=model.count,
        n_ctx=model.n_ctx,
        answer_room=task.settings.answer_tokens + room,
    )
    if task.retrieval.passages and not built.passages:
        raise NotDone("no_room")  # what the model said then would be its own
    return built


def settled(task: Task) -> Sampling:
    """How one plain answer is drawn."""
    return Sampling(
        max_tokens=task.settings.answer_tokens,
        temperature=task.settings.temperature,
        seed=task.settings.seed,
    )


def bare(text: str) -> str:
    """What the model said, without thoughts and without the markers that it invents."""
    return strip_markers(apart(text)[1]).strip()


def says_nothing(text: str) -> bool:
    """Whether the model wrote what the system text tells it to write when nothing was found."""
    core = text.strip(" .。\"'“”").casefold()
    return any(core == words(of, "refusal").strip(".。").casefold() for of in ("en", "zh"))


def proved(
    task: Task, built: BuiltPrompt, text: str
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Each sentence with the passage sentence of this prompt that supports it, or nothing."""
    read = {passage.chunk_id for passage in built.passages}
    return align(
        text,
        [s for s in task.retrieval.sentences if s.passage.chunk_id in read],
        task.retrieval.rarity,
        task.embedder,
    )


def final(
    task: Task,
    built: BuiltPrompt,
    spoken: str,
    cost: Cost,
    workings: Workings,
    *,
    reason: str = "stop",
) -> Draft:
    """The draft of the words that the model ended with; the conversation's thread keeps them.

    Args:
        task: the question.
        built: its prompt.
        spoken: the final answer, markers and all, thoughts left out.
        cost: of all calls.
        workings: how it came about.
        reason: why the last call ended.
    """
    text = bare(spoken)
    if reason in _WHOLE:
        task.keep(built.thread.answered(spoken))
    if says_nothing(text):
        nothing = words(task.language, "refusal")
        return Draft(nothing, (), (), "refusal", cost.tokens, built.budget, workings=workings)
    if reason in _CUT:
        why = remark(task.language, f"cut_{reason}", most=task.settings.answer_tokens)
        workings = replace(workings, remarks=(*workings.remarks, why))
    sentences, citations = proved(task, built, text)
    shown = marked(sentences, words(task.language, "unsupported"))
    made = Draft(shown, sentences, citations, "free", cost.tokens, built.budget)
    return replace(made, workings=workings)
