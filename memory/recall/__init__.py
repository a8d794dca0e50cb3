"""The kind `recall`: every turn of a user ranked for a question, the best of them printed."""

from .memory import RecallMemory

__all__ = ["RecallMemory"]
