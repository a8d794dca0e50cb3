"""Everything that can be set, with its default, unit and range; given as arguments, never read."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Settings"]


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
        ram_check: refuse a language model that needs more memory than is free.
        answer_tokens: longest answer, in tokens.
        temperature: 0 gives the same answer each time.
        refuse_below: probability of an answer below which the program says that the documents do
            not say; None takes the calibrated one, 0 never refuses.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    embedder: str | None = None
    reranker: str | None = None
    vector_store: Literal["faiss", "chroma", "exact"] = "faiss"
    model: str = "smollm2-135m"
    memory: str = "window"
    memory_tokens: int = Field(default=512, ge=0)
    passages: int = Field(default=6, ge=1, le=50)
    quotes: int = Field(default=2, ge=1, le=5)
    context_tokens: int = Field(default=0, ge=0)
    ram_check: bool = True
    answer_tokens: int = Field(default=256, ge=1)
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    refuse_below: float | None = Field(default=None, ge=0.0, le=1.0)
