"""Answers in a capable model's own words, checked sentence by sentence after it has spoken."""

from __future__ import annotations

from .cite import align, marked, strip_markers
from .draft import Draft, Task, Writing
from .language import words
from .prompt import Contents, build_prompt
from .worker import Sampling
from .write_quote import write_quote

__all__ = ["write_free"]


def write_free(task: Task) -> Writing:
    """The model's words as they come, then the same with citations and remarks.

    Sentences that no passage supports are marked. When the model says nothing, quotes answer.
    """
    if task.model is None:
        yield from write_quote(task)
        return
    built = build_prompt(
        Contents(
            task.question,
            task.language,
            task.retrieval.passages,
            task.recall(),
            task.notes(),
            task.session,
            task.number,
        ),
        task.thread,
        render=task.memory.render,
        count=task.model.count,
        n_ctx=task.model.n_ctx,
        answer_room=task.settings.answer_tokens,
    )
    sampling = Sampling(
        max_tokens=task.settings.answer_tokens, temperature=task.settings.temperature
    )
    with task.model.generate(built.prompt, sampling) as generation:
        yield from generation
    text = strip_markers(generation.text).strip()
    if not text:
        yield from write_quote(task)
        return
    done = generation.done
    tokens = {
        "prompt": done.prompt_tokens,
        "reused": done.reused_tokens,
        "answer": done.answer_tokens,
    }
    if done.reason in {"stop", "length"}:
        task.keep(built.thread.answered(generation.text))
    if _says_nothing(text):
        yield Draft(words(task.language, "refusal"), (), (), "refusal", tokens, built.budget)
        return
    read = {passage.chunk_id for passage in built.passages}
    sentences, citations = align(
        text,
        [s for s in task.retrieval.sentences if s.passage.chunk_id in read],
        task.retrieval.rarity,
        task.embedder,
    )
    yield Draft(
        marked(sentences, words(task.language, "unsupported")),
        sentences,
        citations,
        "free",
        tokens,
        built.budget,
    )


def _says_nothing(text: str) -> bool:
    """Whether the model wrote what the system text tells it to write when nothing was found."""
    bare = text.strip(" .。\"'“”").casefold()
    return any(bare == words(of, "refusal").strip(".。").casefold() for of in ("en", "zh"))
