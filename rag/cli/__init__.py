"""The command `rag`."""

from .app import main

__all__ = ["main"]
