"""The icons beside questions and answers."""

from __future__ import annotations

__all__ = ["ANSWERS", "ASKS"]

ASKS = ":material/person:"
ANSWERS = ":material/menu_book:"
