"""`vote`: several answers are drawn, and the one that most of them agree on is shown.

Self-consistency (Wang et al. 2022), over plain answers rather than chains of thought: these quote
passages that hold the answer, and a chain for each vote would cost several times as much.
"""

from __future__ import annotations

from dataclasses import replace

from ..models import LanguageModel
from ..prompt import BuiltPrompt
from ..worker import Sampling
from ..workings import Agreement, Alternative, Workings
from ..writing import Task, Writing
from .agreement import Group, agreeing
from .base import NotDone
from .calls import Cost, ask_several
from .drafting import bare, final, prompt_of, proved, says_nothing, settled
from .thinking import apart

__all__ = ["vote"]

_SEEDS = 15
"""Seeds between those of two settings: as many as there can be votes."""
_NOTHING = "\0"
"""Stands for every way of saying that the documents do not say."""


def vote(task: Task, model: LanguageModel) -> Writing:
    """See `AnswerStrategy`; equal seeds draw equal votes, but for the processor's rounding.

    A prompt that is read again from where it differs is rounded otherwise than one read whole.

    Of two answers with equally many votes, the one that the passages support better is shown, and
    failing that the one that was drawn first.

    Raises:
        NotDone: no vote says anything.
    """
    cost = Cost()
    built = prompt_of(task, model)
    streams = yield from ask_several(model, built.prompt, _samplings(task), cost)
    spoken = [apart(stream.text)[1] for stream in streams]
    texts = [bare(one) for one in spoken]
    groups = agreeing([_NOTHING if says_nothing(t) else t for t in texts], task.question)
    if not groups:
        raise NotDone("silent", cost)
    groups = _best_first(task, built, groups, texts)
    chosen = groups[0].speaker
    agreement = Agreement(
        len(texts),
        tuple(Alternative(texts[group.speaker], len(group.members)) for group in groups),
    )
    workings = Workings("vote", agreement=agreement)
    reason = streams[chosen].done.reason
    draft = final(task, built, spoken[chosen], cost, workings, reason=reason)
    yield draft.text
    yield draft


def _samplings(task: Task) -> list[Sampling]:
    settings = task.settings
    warm = replace(settled(task), temperature=settings.vote_temperature)
    return [replace(warm, seed=settings.seed * _SEEDS + at) for at in range(settings.votes)]


def _best_first(
    task: Task, built: BuiltPrompt, groups: list[Group], texts: list[str]
) -> list[Group]:
    """The groups by votes, and equally large ones at the top by the support of the passages."""
    most = len(groups[0].members)
    tied = [group for group in groups if len(group.members) == most]
    if len(tied) == 1:
        return groups

    def support(group: Group) -> float:
        sentences, _ = proved(task, built, texts[group.speaker])
        return sum(s.supported for s in sentences) / len(sentences) if sentences else 0.0

    return sorted(tied, key=support, reverse=True) + groups[len(tied) :]
