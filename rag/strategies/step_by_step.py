"""`step-by-step`: the model thinks first, unheard, and only its marked final answer is shown.

With the user's examples, where these tell their steps (Wei et al. 2022), else by the trigger "Let's
think step by step" (Kojima et al. 2022, whose second prompt, "Therefore, the answer is", is what a
model is given that forgets to end).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from ..errors import PromptError
from ..language import Language
from ..models import LanguageModel
from ..prompt import BuiltPrompt
from ..worker import ChatTurn, Prompt
from ..workings import Workings
from ..writing import Task, Writing
from .base import NotDone
from .calls import Cost, ask
from .drafting import bare, final, prompt_of, settled
from .few_shot import NEXT_EXAMPLE, shown_examples
from .final_mark import parted
from .thinking import apart

__all__ = ["step_by_step"]

_ASKED_AGAIN = 64
"""Tokens kept for the mark, or for the turn that asks for the final answer."""
_INSTRUCTION: dict[Language, str] = {
    "en": "Let's think step by step. Reason briefly from the passages. Then write one last line "
    'that begins with "Answer:" and gives the answer in one or two short sentences.',
    "zh": "让我们一步一步地思考。先根据段落简要推理，最后另起一行，以“答案：”开头，"
    "用一两句话给出答案。",
}
_MARK: dict[Language, str] = {"en": "Answer:", "zh": "答案："}
_ASK: dict[Language, str] = {
    "en": "Therefore, what is the answer? Write it alone, in one or two short sentences.",
    "zh": "因此，答案是什么？只写答案，用一两句话。",
}


def step_by_step(task: Task, model: LanguageModel) -> Writing:
    """See `AnswerStrategy`; the steps are kept in the workings.

    Raises:
        NotDone: the model came to no final answer, though it was asked for it once more.
        StrategyError: the file of examples cannot be used.
    """
    cost = Cost()
    room = task.settings.reasoning_tokens + _ASKED_AGAIN
    examples = shown_examples(task, steps=True, fits=lambda example: bool(example.steps))
    built = prompt_of(
        task, model, room=room, examples=examples, instruction=_INSTRUCTION[task.language]
    )
    shown = len(examples) > built.budget.dropped_examples
    long = replace(
        settled(task),
        max_tokens=task.settings.reasoning_tokens,
        stop=NEXT_EXAMPLE if shown else (),
    )
    stream = yield from ask(model, built.prompt, long, cost)
    thought, spoken = apart(stream.text)
    steps, answer = parted(spoken)
    reason = "stop"
    if not bare(answer):
        answer, reason = yield from _asked_again(task, model, built, stream.text, cost)
    if not bare(answer):
        raise NotDone("no_final", cost)
    workings = Workings("step-by-step", steps="\n\n".join(filter(None, (thought, steps))))
    draft = final(task, built, answer, cost, workings, reason=reason)
    yield draft.text
    yield draft


def _asked_again(
    task: Task, model: LanguageModel, built: BuiltPrompt, raw: str, cost: Cost
) -> Generator[str, None, tuple[str, str]]:
    """The answer that the model gives when its reasoning is ended for it, and why it ended."""
    ended = raw.rstrip()
    for opening, closing in (("<think>", "</think>"), ("<thinking>", "</thinking>")):
        if opening in ended and closing not in ended:
            ended = f"{ended}\n{closing}"
    marked = f"{ended}\n\n{_MARK[task.language]}".lstrip()
    try:
        stream = yield from ask(
            model, replace(built.prompt, answer_prefix=marked), settled(task), cost
        )
    except PromptError as error:
        if error.kind != "template":
            raise
        turns = (ChatTurn("assistant", ended or "…"), ChatTurn("user", _ASK[task.language]))
        asked = Prompt(turns=(*built.prompt.turns, *turns))
        stream = yield from ask(model, asked, settled(task), cost)
    spoken = apart(stream.text)[1]
    steps, answer = parted(spoken)
    return answer or steps.split("\n\n", 1)[0].strip(), stream.done.reason
