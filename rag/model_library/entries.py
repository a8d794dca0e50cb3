"""A catalogue's TOML text in, cards out; an entry that is wrong is refused with its reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from ..errors import ModelError
from ..gguf.shape import Shape
from ..methods import METHODS
from .card import Capability, EmbedderCard, ModelCard, Trust

__all__ = ["read_embedders", "read_models"]

_HASH_DIGITS = 64
_BEST_GRADE = 3
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")  # ids of models are names of files as well
_WHOLE = ("n_ctx", "n_ctx_train", "bytes", "dimension", "tokens")


def read_models(text: str, name: str, folder: Path | None = None) -> dict[str, ModelCard]:
    """The language models of a catalogue, by id.

    Args:
        text: TOML with entries `[[model]]`.
        name: of the catalogue, for messages.
        folder: what relative paths start from; None allows none.

    Raises:
        ModelError: the text cannot be read or has an entry that is wrong.
    """
    cards = []
    for entry in _entries(text, name, "model"):
        with_name = _Wrong(name, "model", entry)
        with_name.check(ModelCard, beside={"path"}, without={"installed"})
        with_name.check_model()
        cards.append(_model(entry, folder))
    return {card.id: card for card in cards}


def read_embedders(text: str, name: str) -> dict[str, EmbedderCard]:
    """The embedders of a catalogue, by id; see `read_models`."""
    cards = []
    for entry in _entries(text, name, "embedder"):
        _Wrong(name, "embedder", entry).check(EmbedderCard)
        languages = MappingProxyType(dict(entry["languages"]))
        cards.append(EmbedderCard(**{**entry, "languages": languages}))
    return {card.id: card for card in cards}


def _entries(text: str, name: str, table: str) -> list[dict[str, Any]]:
    try:
        found = tomllib.loads(text).get(table, [])
    except tomllib.TOMLDecodeError as error:
        raise ModelError(
            f"The model catalogue {name!r} has an entry that is wrong: {error}; correct it."
        ) from error
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise ModelError(
            f"The model catalogue {name!r} has an entry that is wrong: write [[{table}]] "
            "above each; correct it."
        )
    return found


class _Wrong:
    """Finds what is wrong with one entry, and says where it stands."""

    def __init__(self, catalogue: str, table: str, entry: Mapping[str, Any]) -> None:
        self.catalogue, self.table, self.entry = catalogue, table, entry

    def say(self, what: str) -> ModelError:
        label = repr(self.entry.get("id", "without an id"))
        return ModelError(
            f"The model catalogue {self.catalogue!r} has an entry that is wrong: "
            f"{self.table} {label} {what}; correct it."
        )

    def check(
        self,
        kind: type[ModelCard | EmbedderCard],
        *,
        beside: frozenset[str] | set[str] = frozenset(),
        without: frozenset[str] | set[str] = frozenset(),
    ) -> None:
        """Raise unless all fields that `kind` needs are there, and no others."""
        known = {item.name: item for item in fields(kind) if item.name not in without}
        needed = {name for name, item in known.items() if item.default is MISSING}
        if self.entry.get("path"):
            needed -= {"file"}
        missing, unknown = needed - set(self.entry), set(self.entry) - set(known) - beside
        if missing or unknown:
            raise self.say(f"lacks {sorted(missing)}, has unknown {sorted(unknown)}")
        grades = self.entry["languages"]
        if not isinstance(grades, dict) or not all(_is_grade(grade) for grade in grades.values()):
            raise self.say(f"has a language whose grade is not from 0 to {_BEST_GRADE}")
        whole = {name: self.entry[name] for name in _WHOLE if name in self.entry}
        texts = set(self.entry) - set(whole) - {"languages", "trust", "shape", "strategies"}
        if not all(isinstance(value, int) and value >= 0 for value in whole.values()):
            raise self.say(f"has a number among {sorted(whole)} that is none")
        if not all(isinstance(self.entry[name], str) for name in texts):
            raise self.say(f"has a text among {sorted(texts)} that is none")

    def check_model(self) -> None:
        """Raise unless the fields of a language model hold what they should."""
        entry = self.entry
        if not _NAME.fullmatch(entry["id"]):
            raise self.say("has an id of other signs than letters, digits, '.', '_', '+' and '-'")
        if entry["capability"] not in get_args(Capability):
            raise self.say(f"has a capability that is none of {get_args(Capability)}")
        trust = entry.get("trust", [])
        if not isinstance(trust, list) or not all(item in get_args(Trust) for item in trust):
            raise self.say(f"has more in trust than {get_args(Trust)}")
        able = entry.get("strategies", [])
        if not isinstance(able, list) or not all(item in METHODS for item in able):
            raise self.say(f"has more in strategies than {METHODS}")
        digits = entry.get("sha256", "")
        if digits and not re.fullmatch(rf"[0-9A-Fa-f]{{{_HASH_DIGITS}}}", digits):
            raise self.say(f"has a sha256 without {_HASH_DIGITS} digits")
        names = {item.name for item in fields(Shape)}
        shape = entry.get("shape")
        if shape is not None and (
            not isinstance(shape, dict)
            or set(shape) != names
            or not all(isinstance(value, int) for value in shape.values())
        ):
            raise self.say(f"has a shape that is not {sorted(names)}, all whole numbers")


def _is_grade(grade: object) -> bool:
    return isinstance(grade, int) and 0 <= grade <= _BEST_GRADE


def _model(entry: Mapping[str, Any], folder: Path | None) -> ModelCard:
    path = Path(entry["path"]).expanduser() if entry.get("path") else None
    rest = {name: value for name, value in entry.items() if name != "path"}
    return ModelCard(
        **{
            "file": path.name if path is not None else "",
            **rest,
            "installed": folder / path if folder is not None and path is not None else path,
            "languages": MappingProxyType(dict(entry["languages"])),
            "trust": frozenset(entry.get("trust", ())),
            "strategies": frozenset(entry["strategies"]) if "strategies" in entry else None,
            "shape": Shape(**entry["shape"]) if entry.get("shape") else None,
            "sha256": entry.get("sha256", "").lower(),
        }
    )
