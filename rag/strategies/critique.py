"""`critique`: the answer is checked against rules in plain language and written once more.

Self-refinement (Madaan et al. 2023) with rules of the user's own (as in constitutional AI, Bai et
al. 2022), once. Models judge their own answers badly (Huang et al. 2024), so whether every claim is
in the passages is decided by the program's own check, and a second version that the passages
support less is kept beside the first, not in its place.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from ..errors import PromptError
from ..language_model import TextStream
from ..models import LanguageModel
from ..prompt import BuiltPrompt
from ..worker import ChatTurn, Prompt, Sampling
from ..workings import Critique, Workings
from ..writing import Draft, Task, Writing
from .base import NotDone
from .calls import Cost, ask
from .drafting import bare, final, prompt_of, proved, says_nothing, settled
from .remarks import remark
from .rules import BUILT_IN, check_text, form, revise_text, verdicts
from .thinking import apart

__all__ = ["critique"]

_VERDICT = 48
"""Tokens of a verdict with its reason."""
_TEMPLATE = 128
"""Tokens kept for what the chat template puts around four more turns."""


@dataclass(frozen=True, slots=True)
class _Version:
    """An answer as the model spoke it, thoughts left out."""

    built: BuiltPrompt
    spoken: str
    reason: str
    thought: str


def critique(task: Task, model: LanguageModel) -> Writing:
    """See `AnswerStrategy`; both versions are kept in the workings.

    Raises:
        NotDone: the model says nothing.
    """
    cost = Cost()
    rules = (*task.settings.rules, BUILT_IN[task.language])
    built = prompt_of(task, model, room=_room(task, model, rules))
    stream = yield from ask(model, built.prompt, settled(task), cost)
    thought, spoken = apart(stream.text)
    first = _Version(built, spoken, stream.done.reason, thought)
    if not bare(spoken):
        raise NotDone("silent", cost)
    if says_nothing(bare(spoken)):  # there is nothing to check
        workings = Workings("critique", steps=thought)
        draft = final(task, built, spoken, cost, workings, reason=first.reason)
    else:
        draft = yield from _checked(task, model, first, rules, cost)
    yield draft.text
    yield draft


def _room(task: Task, model: LanguageModel, rules: Sequence[str]) -> int:
    """Tokens that the check, its verdicts and the second version may take."""
    check = model.count_text(check_text(rules, (), task.language)) + _VERDICT * len(rules)
    return 2 * check + 3 * task.settings.answer_tokens + _TEMPLATE


def _checked(
    task: Task, model: LanguageModel, first: _Version, rules: Sequence[str], cost: Cost
) -> Generator[str, None, Draft]:
    """The draft of a first version that says something."""
    language, text = task.language, bare(first.spoken)
    unsupported = [s.text for s in proved(task, first.built, text)[0] if not s.supported]
    said = ChatTurn("assistant", first.spoken)
    asked = ChatTurn("user", check_text(rules, unsupported, language))
    turns = (*first.built.prompt.turns, said, asked)
    stream = yield from _formed(task, model, Prompt(turns=turns), len(rules), cost)
    found = verdicts(rules, apart(stream.text)[1], unsupported, language)
    broken = [one for one in found if one.kept is False]
    made, taken = first, False
    if broken:
        judged = ChatTurn("assistant", apart(stream.text)[1])
        again = ChatTurn("user", revise_text(broken, unsupported, language))
        asked_again = Prompt(turns=(*turns, judged, again))
        second = yield from ask(model, asked_again, settled(task), cost)
        revised = replace(first, spoken=apart(second.text)[1].lstrip(), reason=second.done.reason)
        taken = bool(bare(revised.spoken)) and _share(task, revised) >= _share(task, first)
        made = revised if taken else first
    unread = sum(one.kept is None for one in found)
    workings = Workings(
        "critique",
        (remark(language, "unchecked", count=unread),) if unread else (),
        first.thought,
        critique=Critique(text, found, bare(revised.spoken) if broken else "", taken),
    )
    return final(task, made.built, made.spoken, cost, workings, reason=made.reason)


def _formed(
    task: Task, model: LanguageModel, prompt: Prompt, count: int, cost: Cost
) -> Generator[str, None, TextStream]:
    """The verdicts, held to their form where the model can be."""
    free = Sampling(max_tokens=_VERDICT * count, seed=task.settings.seed)
    try:
        return (
            yield from ask(model, prompt, replace(free, grammar=form(count, task.language)), cost)
        )
    except PromptError as error:
        if error.kind != "grammar":
            raise
    return (yield from ask(model, prompt, free, cost))


def _share(task: Task, version: _Version) -> float:
    """Share of a version's sentences that the passages support; 0 where it says nothing."""
    text = bare(version.spoken)
    sentences = () if says_nothing(text) else proved(task, version.built, text)[0]
    return sum(s.supported for s in sentences) / len(sentences) if sentences else 0.0
