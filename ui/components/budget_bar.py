"""A token budget in; a coloured bar with its legend out: HTML of numbers and own words alone."""

from __future__ import annotations

from rag import Budget

from ..texts import TEXTS, UiLanguage, phrase

__all__ = ["budget_bar"]

_COLOURS = {
    "system": "#8a8f98",
    "thread": "#8a8f98",
    "notes": "#c08a2d",
    "recalled": "#7a5cc8",
    "passages": "#2f7fd1",
    "examples": "#4aa3a3",
    "question": "#d1495b",
    "instruction": "#b06ab3",
    "room": "#3d9a5b",
}
_UNKNOWN = "#8a8f98"


def budget_bar(language: UiLanguage, budget: Budget) -> str:
    """The bar: each part as wide as its share of the context, what is free at the end."""
    parts = {name: tokens for name, tokens in budget.parts.items() if tokens > 0}
    parts["room"] = budget.answer_room
    told = phrase(
        language, "seen_budget", prompt=budget.prompt, n_ctx=budget.n_ctx, room=budget.answer_room
    )
    strips = "".join(
        f'<i style="width:{100 * tokens / budget.n_ctx:.3f}%;background:{_colour(name)}"></i>'
        for name, tokens in parts.items()
    )
    legend = "".join(
        f'<span><b style="background:{_colour(name)}"></b>{_called(language, name)} {tokens}</span>'
        for name, tokens in parts.items()
    )
    free = max(0, budget.n_ctx - budget.prompt - budget.answer_room)
    legend += f"<span><b></b>{_called(language, 'free')} {free}</span>"
    return (
        f'<div class="budget"><p>{told}</p><div class="budget-bar">{strips}</div>'
        f'<div class="budget-legend">{legend}</div></div>'
    )


def _colour(name: str) -> str:
    return _COLOURS.get(name, _UNKNOWN)


def _called(language: UiLanguage, name: str) -> str:
    key = f"part_{name}"
    return phrase(language, key) if key in TEXTS else ""
