"""Cards of models in, the words, tables and JSON of `rag models` out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from ..gguf import check_gguf
from ..model_library import EmbedderCard, ModelCard, gigabytes, memory_needed
from ..models_here import model_origin

__all__ = ["as_json", "details", "embedder_as_json", "embedder_table", "model_table"]

_GRADES = ("no", "words", "usable", "good")


def as_json(card: ModelCard) -> dict[str, Any]:
    """The card as plain values, the memory it needs and where it is from included."""
    known = {field.name: getattr(card, field.name) for field in fields(card)}
    return {
        **known,
        "shape": None if card.shape is None else asdict(card.shape),
        "languages": dict(card.languages),
        "trust": sorted(card.trust),
        "strategies": list(card.usable_strategies),
        "installed": None if card.installed is None else str(card.installed),
        "origin": model_origin(card),
        "memory_bytes": memory_needed(card),
    }


def model_table(cards: list[ModelCard], chosen: str, best: str) -> Table:
    """One line per model; the recommended and the chosen one are marked."""
    table = Table(box=None, pad_edge=False)
    for heading in ("model", "size", "needs", "English", "Chinese", "here"):
        right = heading in ("size", "needs")
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    table.add_column("", no_wrap=True)
    for card in cards:
        marks = ["recommended"] * (card.id == best) + ["in use"] * (card.id == chosen)
        table.add_row(
            escape(card.id),
            gigabytes(card.bytes) if card.bytes else "?",
            gigabytes(memory_needed(card)) if card.bytes else "?",
            _grade(card.languages, "en"),
            _grade(card.languages, "zh"),
            model_origin(card) or "no",
            ", ".join(marks),
        )
    return table


def embedder_as_json(card: EmbedderCard) -> dict[str, Any]:
    """The card as plain values."""
    known = {field.name: getattr(card, field.name) for field in fields(card)}
    return {**known, "languages": dict(card.languages)}


def embedder_table(cards: list[EmbedderCard]) -> Table:
    """One line per embedder."""
    table = Table(box=None, pad_edge=False)
    table.add_column("embedder", no_wrap=True)
    for heading in ("size", "length", "tokens"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("English", "Chinese"):
        table.add_column(heading, no_wrap=True)
    for card in cards:
        table.add_row(
            escape(card.id),
            gigabytes(card.bytes) if card.bytes else "?",
            str(card.dimension),
            f"{card.tokens:,}",
            _grade(card.languages, "en"),
            _grade(card.languages, "zh"),
        )
    return table


def details(card: ModelCard) -> Iterator[tuple[str, str]]:
    """What is known about one model, as names and values; the file's own header included."""
    yield "model", f"{card.id} ({card.title})"
    yield "licence", card.licence
    yield "from", _source(card)
    yield "file", str(card.installed) if card.installed else f"{card.file} (not on this machine)"
    yield "size", f"{card.bytes:,} bytes" if card.bytes else "not known"
    yield "sha256", card.sha256 or "not known"
    yield "context", _context(card)
    yield "languages", _languages(card.languages)
    yield "trusted with", ", ".join(sorted(card.trust)) or "quoting, no free text"
    able = ", ".join(card.usable_strategies)
    yield "strategies", able or "none: it chooses words of the documents"
    needed = memory_needed(card)
    yield "memory", f"about {gigabytes(needed)}" if needed else "not known"
    if card.installed is not None:
        yield from _header(card.installed)


def _header(path: Path) -> Iterator[tuple[str, str]]:
    info = check_gguf(path)
    yield "architecture", f"{info.architecture}, {info.parameters / 1e6:,.0f} million weights"
    yield "quantisation", info.file_type or "not known"
    if info.shape is not None:
        shape = info.shape
        yield "shape", f"{shape.layers} layers, {shape.heads} heads, {shape.kv_heads} of them kept"
    template = info.chat_template
    yield "chat template", f"{len(template):,} characters, in the file" if template else "none"


def _source(card: ModelCard) -> str:
    if card.package:
        return f"package {card.package}"
    if card.repository:
        return f"{card.repository} at {card.revision}"
    return "a file of your own"


def _context(card: ModelCard) -> str:
    trained = f", trained for {card.n_ctx_train:,}" if card.n_ctx_train else ""
    return f"{card.n_ctx:,} tokens{trained}"


def _grade(languages: Mapping[str, int], code: str) -> str:
    return _GRADES[languages[code]] if code in languages else "?"


def _languages(languages: Mapping[str, int]) -> str:
    return ", ".join(f"{code} {_GRADES[grade]}" for code, grade in languages.items()) or "not known"
