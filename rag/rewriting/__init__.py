"""A follow-up reworded by the language model, where it can be trusted: one more query, shown."""

from .rewriter import Rewriter, is_trusted

__all__ = ["Rewriter", "is_trusted"]
