"""A language model, or none, in; a way to count the tokens of a text, which never fails, out."""

from __future__ import annotations

from collections.abc import Callable

from memory import estimate_tokens

from .errors import ModelError
from .models import LanguageModel

__all__ = ["token_counter"]


def token_counter(model: LanguageModel | None) -> Callable[[str], int]:
    """Tokens as the model counts them; an estimate when it is not there or does not answer."""
    if model is None:
        return estimate_tokens

    def count(text: str) -> int:
        try:
            return model.count_text(text)
        except ModelError:
            return estimate_tokens(text)

    return count
