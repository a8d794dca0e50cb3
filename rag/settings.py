"""Everything that can be set, with its default, unit and range; given as arguments, never read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from .methods import Choice
from .web import checked_engine

__all__ = ["LONGEST_RULE", "MOST_RULES", "MOST_SEED", "Settings"]

MOST_RULES, LONGEST_RULE = 20, 300
"""Rules that an answer is checked against, and characters of each."""
MOST_SEED = 100_000_000
"""A vote takes up to 15 seeds of 32 bits for each."""


Rule = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_RULE)
]
Engine = Annotated[str, AfterValidator(checked_engine)]


class Settings(BaseModel):
    """Settings of an assistant; an unknown key or a value out of range is refused.

    Attributes:
        embedder: name or folder of the embedder; None takes the knowledge base's own, and the
            packaged default for a new one.
        reranker: name or folder of a cross-encoder that reads the passages found together with the
            question; None does without.
        vector_store: where nearest neighbours are looked up.
        model: name or path of the language model; "none" answers by quotes alone.
        memory: kind of conversation memory.
        memory_tokens: largest share of the prompt for recalled turns, in tokens.
        passages: passages read per question.
        quotes: sentences quoted at most when the answer is made of quotes.
        context_tokens: largest prompt and answer together, in tokens; 0 takes what the model
            was trained for, but not more than 4,096.
        slots: answers that the model writes side by side; 0 takes as many, up to 4, as leave
            memory free.
        asleep: conversations put to sleep when the assistant closes, those used last, so that
            they go on without being read again; they take disk space beside the log.
        ram_check: refuse a language model that needs more memory than is free.
        answer_tokens: longest answer, in tokens.
        temperature: 0 gives the same answer each time.
        refuse_below: probability of an answer below which the program says that the documents do
            not say; None takes the calibrated one, 0 never refuses.
        strategy: how answers are made; "auto" takes the way that suits the model.
        examples: path of a JSONL file of solved examples, for "few-shot" and, where they tell
            their steps, "step-by-step".
        shots: examples shown at most, the most similar ones.
        votes: answers that "vote" draws.
        vote_temperature: at which they are drawn; the answers of 0 would all be the same.
        rules: in plain language, one each; "critique" checks its answer against them.
        reasoning_tokens: longest thinking of "step-by-step" before its answer, in tokens.
        rewrite: whether the model rewords follow-up questions, for one more search; None goes by
            what the catalogue trusts it with.
        web: where to look on the internet for what the documents do not answer: "wikipedia", or
            the address of a SearXNG; None never asks the internet.
        web_pages: pages read for such a question at most.
        seed: equal seeds draw equal answers, but for the processor's rounding.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    embedder: str | None = None
    reranker: str | None = None
    vector_store: Literal["faiss", "chroma", "exact"] = "faiss"
    model: str = "smollm2-135m"
    memory: str = "recall"
    memory_tokens: int = Field(default=512, ge=0)
    passages: int = Field(default=6, ge=1, le=50)
    quotes: int = Field(default=2, ge=1, le=5)
    context_tokens: int = Field(default=0, ge=0)
    slots: int = Field(default=0, ge=0, le=16)
    asleep: int = Field(default=1, ge=0, le=16)
    ram_check: bool = True
    answer_tokens: int = Field(default=256, ge=1)
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    refuse_below: float | None = Field(default=None, ge=0.0, le=1.0)
    strategy: Choice = "auto"
    examples: str | None = None
    shots: int = Field(default=3, ge=1, le=10)
    votes: int = Field(default=5, ge=2, le=15)
    vote_temperature: float = Field(default=0.7, gt=0.0, le=2.0)
    rules: tuple[Rule, ...] = Field(default=(), max_length=MOST_RULES)
    reasoning_tokens: int = Field(default=512, ge=16)
    rewrite: bool | None = None
    web: Engine | None = None
    web_pages: int = Field(default=4, ge=1, le=10)
    seed: int = Field(default=0, ge=0, le=MOST_SEED)
