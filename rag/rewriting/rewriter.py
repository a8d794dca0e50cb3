"""A follow-up's wordings in; the same and one by the language model, where it can be trusted, out.

The search needs no model to understand a follow-up: see `rag.search.followup`. Whatever goes wrong
here, from a babbling model to one that is not there, leaves the wordings as they were.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..clock import Clock
from ..errors import ModelError, RagError
from ..language import Language, language_of
from ..language_model import LanguageModel, TextStream
from ..search.followup import FARTHEST, PastExchange, Wordings
from ..strategies.calls import Cost
from ..strategies.choose import USABLE
from ..watch import Watch
from ..worker import Prompt, Sampling
from ..writing import Draft
from .check import checked_rewrite
from .prompt import rewrite_prompt

__all__ = ["Rewriter", "is_trusted"]

SHOWN = 3
"""Exchanges shown to the model: the one that began the thread and the last ones."""
LONGEST_QUESTION = 300
"""Characters; who writes more than that has said what is meant."""
SAMPLING = Sampling(max_tokens=48, temperature=0.0, stop=("\n",), wall_seconds=8.0)
_PATIENCE = 9.0  # seconds: for a model that is busy, or a server that says nothing
_GLANCE = 0.1  # seconds between two looks whether the answer was stopped


def is_trusted(model: LanguageModel, language: Language, wanted: bool | None) -> bool:
    """Whether a model rewords questions.

    Args:
        model: by whose card it is decided.
        language: of the question; the card must grade it as usable, or not name it.
        wanted: True or False decides in place of the card.
    """
    if wanted is not None:
        return wanted
    card = model.card
    return "rewrite" in card.trust and card.languages.get(language, USABLE) >= USABLE


@dataclass(frozen=True, slots=True)
class Rewriter:
    """Adds the model's wording to those of a question; asked once.

    Attributes:
        question: as asked.
        past: exchanges of the session, oldest first.
        model: None adds nothing.
        wanted: see `is_trusted`.
        watch: sees what the model is asked, and hears a stop.
        clock: ends a lap with the model's work.
        cost: of the call, once the model has come to an end.
    """

    question: str
    past: Sequence[PastExchange]
    model: LanguageModel | None
    wanted: bool | None
    watch: Watch
    clock: Clock
    cost: Cost = field(default_factory=Cost)

    def __call__(self, asked: Wordings) -> Wordings:
        """The same with one text more, or just the same.

        Raises:
            RagError: the answer was stopped.
        """
        model, language = self.watch.over(self.model), language_of(self.question)
        if model is None or not asked.follow_up or len(self.question) > LONGEST_QUESTION:
            return asked
        if not is_trusted(model, language, self.wanted):
            return asked
        thread = [one for one in self.past[-FARTHEST:] if one.question in asked.context]
        earlier = [*thread[:1], *thread[1:][1 - SHOWN :]]
        with self.watch.rewriting():
            written = self._written(model, earlier, language)
        self.clock.lap("rewrite")
        rewrite = checked_rewrite(written, self.question, earlier, language)
        return asked if rewrite is None or rewrite in asked.texts else asked.with_rewrite(rewrite)

    def counted(self, draft: Draft) -> Draft:
        """The draft with the tokens of the call beside its own; the same without a call."""
        if not self.cost.tokens:
            return draft
        self.cost.merge(draft.tokens)
        return replace(draft, tokens=self.cost.tokens)

    def _written(
        self, model: LanguageModel, earlier: Sequence[PastExchange], language: Language
    ) -> str:
        """What the model wrote to its end, "" where it could not."""
        try:
            prompt = _fitting(model, self.question, earlier, language)
            if prompt is None:
                return ""
            self.watch.check()  # counting its tokens may have loaded the model
            with model.generate(prompt, SAMPLING) as stream:
                if not self._read(stream):
                    return ""
            self.cost.add(stream.done)
        except ModelError:  # the answer says so, if it needs the model
            return ""
        return stream.text if stream.done.reason == "stop" else ""

    def _read(self, stream: TextStream) -> bool:
        """Read it to its end; whether that came in time.

        In a thread of its own, because a server that says nothing cannot be interrupted.

        Raises:
            RagError: the model failed, or the answer was stopped.
        """
        failed: list[RagError] = []

        def read() -> None:
            try:
                for _ in stream:
                    pass
            except RagError as error:
                failed.append(error)

        reader = threading.Thread(target=read, name="rewrite", daemon=True)
        reader.start()
        limit = time.monotonic() + _PATIENCE
        while reader.is_alive() and time.monotonic() < limit:
            reader.join(_GLANCE)
            self.watch.check()
        if failed:
            raise failed[0]
        return not reader.is_alive()


def _fitting(
    model: LanguageModel, question: str, earlier: Sequence[PastExchange], language: Language
) -> Prompt | None:
    """The prompt with as many of the exchanges as fit, the oldest left out first; None for none."""
    for left_out in range(len(earlier)):
        prompt = rewrite_prompt(question, earlier[left_out:], language)
        if model.count(prompt) + SAMPLING.max_tokens <= model.n_ctx:
            return prompt
    return None
