"""What is known of a model in; words of the page's language, safe in a label, out."""

from __future__ import annotations

from collections.abc import Mapping

from rag import ModelHere, gigabytes

from ..texts import TEXTS, UiLanguage, phrase

__all__ = ["grade", "languages", "model_name", "numbers", "trust"]

_LANGUAGES = ("en", "zh")
_TRUST = ("rewrite", "summarise", "json", "free_answer")


def model_name(language: UiLanguage, name: str) -> str:
    """The name as it is, or that there is none; for `st.text` only."""
    return phrase(language, "models_none") if name == "none" else name


def numbers(language: UiLanguage, model: ModelHere) -> str:
    """Size, memory and licence; for `st.text` only."""
    card = model.card
    size = phrase(language, "models_size_unknown")
    if card.bytes:
        known = {"size": gigabytes(card.bytes), "needed": gigabytes(model.needed)}
        size = phrase(language, "models_size_memory", **known)
    return f"{size} · {card.licence}"


def grade(language: UiLanguage, languages: Mapping[str, int], code: str) -> str:
    """How well it knows a language; "?" where nobody has said."""
    known = languages.get(code)
    return "?" if known is None else phrase(language, f"models_grade_{known}")


def languages(language: UiLanguage, known: Mapping[str, int]) -> str:
    """Every language that is known, with its grade."""
    codes = [*(code for code in _LANGUAGES if code in known), *sorted(set(known) - {*_LANGUAGES})]
    parts = []
    for code in codes:
        key = f"models_language_{code}"
        called = phrase(language, key) if key in TEXTS else code
        of = {"name": called, "grade": grade(language, known, code)}
        parts.append(phrase(language, "models_grade", **of))
    return " · ".join(parts) or phrase(language, "models_languages_unknown")


def trust(language: UiLanguage, model: ModelHere) -> str:
    """What it can be trusted with."""
    things = [thing for thing in _TRUST if thing in model.card.trust]
    if not things:
        return phrase(language, "models_trusted_none")
    between = "、" if language == "zh" else ", "
    named = between.join(phrase(language, f"models_trust_{thing}") for thing in things)
    return phrase(language, "models_trusted", things=named)
