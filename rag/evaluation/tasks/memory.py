"""Long conversations in, how much of the evidence each kind of memory prints in a budget out."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ingest import index_terms, query_terms
from memory import ConversationLog, Draft, RecalledTurn, memory_kinds

from ...assistant import Assistant
from ...catalogue import DEFAULT_MODEL
from ...models import LanguageModel, open_model
from ..datasets import Dataset, DatasetError, Dialogue, DialogueQuestion, Dialogues
from ..metrics import CONFIDENCE, RESAMPLES, evidence_recall
from ..outcome import Case, Metrics, Options, Outcome, sampled
from ..progress import steps
from .common import means, require

__all__ = ["BUDGETS", "measure_memory", "printed_whole"]

BUDGETS = (512, 1_024, 2_048)
"""Tokens that a memory may print, headers and newlines included."""
CASES_AT = 1_024
ADVERSARIAL = 5
"""Category whose questions are stated apart: what they ask for was never said."""
CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop"}
"""Names of the others, which are stated together and each by itself."""
_SHOWN = 600


@dataclass(frozen=True, slots=True)
class _Stored:
    """A conversation in the log.

    Attributes:
        user: whose it is.
        session: the last one, in which the questions are asked.
        ids: from a turn's name in the data set to its id in the log.
    """

    user: str
    session: str
    ids: Mapping[str, int]


def printed_whole(recalled: Sequence[RecalledTurn]) -> set[int]:
    """Ids of the turns that are printed in full, in one piece or in several."""
    pieces: dict[int, list[str]] = {}
    whole: dict[int, str] = {}
    for item in recalled:
        pieces.setdefault(item.turn.id, []).append(item.text)
        whole[item.turn.id] = item.turn.text
    return {
        turn_id
        for turn_id, texts in pieces.items()
        if "".join(whole[turn_id].split()) in "".join(" ".join(texts).split())
    }


def measure_memory(dataset: Dataset, options: Options) -> Outcome:
    """Fill a log with every conversation, then recall for every question in its last session.

    evidence@B: share of the evidence turns printed in full within B tokens of the model, mean over
    the questions of categories 1 to 4, and by category ("multi-hop/" and so on); "adversarial/" is
    category 5. answer@B: share of the answer's words that are printed. What is printed above the
    budget counts as nothing.

    Raises:
        DatasetError: the data set is of another kind.
        ModelNotFoundError: the model whose tokens are counted is not installed.
    """
    talked = require(dataset, Dialogues, "memory")
    asked = [(at, q) for at, talk in enumerate(talked.dialogues) for q in talk.questions]
    chosen = sampled(asked, options.limit, options.seed)
    if not chosen:
        raise DatasetError(f"{dataset.name!r} has no question with evidence.")
    name = DEFAULT_MODEL if options.model == "none" else options.model
    found: dict[str, Metrics] = {}
    cases: dict[str, tuple[Case, ...]] = {}
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="recollect-eval-")))
        tokenizer = opened.enter_context(open_model(name))
        log = folder / "log.sqlite"
        stored = _fill(log, talked.dialogues)
        for kind in memory_kinds():
            with Assistant.open(folder / "kb", memory=kind, model=name, log=log) as assistant:
                _prepare(assistant, stored)
                rows: dict[str, list[dict[str, float]]] = {}
                seen = []
                for at, question in steps(kind, chosen, options.on_step):
                    values, shown = _ask(assistant, tokenizer, stored[at], question)
                    for prefix in _groups(question.category):
                        rows.setdefault(prefix, []).append(values)
                    seen.append(_case(talked.dialogues[at], question, values, shown))
            cases[kind] = tuple(seen)
            found[kind] = {
                metric: estimate
                for prefix in sorted(rows)
                for metric, estimate in means(rows[prefix], options.seed, prefix).items()
            }
    best = max(found, key=lambda kind: sum(estimate.value for estimate in found[kind].values()))
    settings = {
        "task": "memory",
        "tokenizer": name,
        "questions": len(chosen),
        "limit": options.limit,
        "seed": options.seed,
        "resamples": RESAMPLES,
        "confidence": CONFIDENCE,
    }
    return Outcome("memory", talked.name, settings, {}, found, cases[best])


def _fill(log: Path, dialogues: Sequence[Dialogue]) -> list[_Stored]:
    """Write the conversations, each as a user's of its own; the first speaker is the user."""
    stored = []
    with ConversationLog(log, index_terms=index_terms, query_terms=query_terms) as target:
        for number, dialogue in enumerate(dialogues, 1):
            user, session = f"{number} {dialogue.name}", ""
            ids: dict[str, int] = {}
            for at, (when, turns) in enumerate(dialogue.sessions, 1):
                session = f"session {at}"
                drafts = [
                    Draft("user" if turn.first else "assistant", turn.text, time=when)
                    for turn in turns
                ]
                written = target.append(drafts, user=user, session=session)
                ids.update((one.id, other.id) for one, other in zip(turns, written, strict=True))
            stored.append(_Stored(user, session, ids))
    return stored


def _prepare(assistant: Assistant, stored: Sequence[_Stored]) -> None:
    """Let a kind that derives something from the turns do it before the first question."""
    prepare = getattr(assistant.memory, "prepare", None)
    if prepare is not None:
        for one in stored:
            prepare(one.user)


def _groups(category: int) -> tuple[str, ...]:
    """The prefixes under which a question counts."""
    if category == ADVERSARIAL:
        return ("adversarial/",)
    return ("", f"{CATEGORIES[category]}/") if category in CATEGORIES else ("",)


def _ask(
    assistant: Assistant, tokenizer: LanguageModel, stored: _Stored, question: DialogueQuestion
) -> tuple[dict[str, float], str]:
    """Evidence and answer at every budget, and the text that was printed at one of them."""
    wanted = {stored.ids[name] for name in question.evidence}
    values, shown = {}, ""
    for budget in BUDGETS:
        recalled = assistant.memory.recall(
            question.text, user=stored.user, session=stored.session, budget=budget
        )
        text = assistant.memory.render(recalled)
        fits = tokenizer.count_text(text) <= budget
        printed = printed_whole(recalled) if fits else set()
        values[f"evidence@{budget}"] = evidence_recall(wanted, printed)
        if answer := set(index_terms(question.answer)):
            said = set(index_terms(text)) if fits else set()
            values[f"answer@{budget}"] = len(answer & said) / len(answer)
        if budget == CASES_AT:
            shown = text
    return values, shown


def _case(
    dialogue: Dialogue, question: DialogueQuestion, values: Mapping[str, float], shown: str
) -> Case:
    turns = {turn.id: turn.text for _, session in dialogue.sessions for turn in session}
    share = values[f"evidence@{CASES_AT}"]
    return Case(
        question.text,
        "\n".join(turns[name] for name in sorted(question.evidence)),
        shown[:_SHOWN],
        share == 1,
        f"{share:.0%} of the evidence at {CASES_AT} tokens, category {question.category}",
    )
