"""One table of all phrases, English and Chinese side by side; only inert words are filled in."""

from __future__ import annotations

from typing import Literal

from ..inert import inert_label
from .chat import CHAT
from .common import COMMON
from .library import LIBRARY
from .memory import MEMORY
from .models import MODELS
from .seen import SEEN

__all__ = ["LANGUAGES", "TEXTS", "UiLanguage", "phrase"]

UiLanguage = Literal["en", "zh"]

LANGUAGES: dict[UiLanguage, str] = {"en": "English", "zh": "中文"}

TEXTS: dict[str, tuple[str, str]] = {**COMMON, **CHAT, **SEEN, **LIBRARY, **MEMORY, **MODELS}


def phrase(language: UiLanguage, key: str, **values: float | str) -> str:
    """A phrase in that language, safe where Markdown is parsed.

    Args:
        language: of the page.
        key: of `TEXTS`.
        **values: what is filled in; words from outside lose all that Markdown could act on.

    Raises:
        KeyError: there is no such phrase, or it wants other values.
    """
    english, chinese = TEXTS[key]
    inert = {k: inert_label(v) if isinstance(v, str) else v for k, v in values.items()}
    return (chinese if language == "zh" else english).format(**inert)
