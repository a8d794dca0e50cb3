"""Phrases of: Models page. Key: (English, Chinese)."""

from __future__ import annotations

__all__ = ["MODELS"]

MODELS: dict[str, tuple[str, str]] = {}
