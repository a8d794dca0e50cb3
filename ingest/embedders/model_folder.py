"""Reads what a sentence-transformers folder says about itself, and refuses what could run code.

Only JSON and safetensors are ever opened. A folder that needs a pickle, a Python file of its own or
an adapter is refused before any heavy library sees it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import EmbedderError, IngestError
from ..packaged import file_sha256

__all__ = ["ModelFolder", "read_model_folder"]

_KNOWN_MODULES = frozenset({"Transformer", "Pooling", "Normalize", "Dense"})
_MODULE_TYPE = re.compile(r"sentence_transformers(\.\w+)+")
# These count positions from 2, so that much of their window cannot be used.
_OFFSET_POSITIONS = frozenset({"roberta", "xlm-roberta", "camembert", "mpnet"})
_LARGEST_JSON = 64 << 20  # bytes; a shard index of the largest models has under one million


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A checked model folder.

    Attributes:
        path: the folder, resolved.
        tokenizer: its tokenizer.json.
        weights: every file of weights, in the order in which they are hashed.
        modules: (kind, configuration) in the order of the forward pass.
        dimension: length of a row.
        max_tokens: the longest text that is read whole, special tokens included.
        prompts: text put before a query or passage, by role, as the folder states it.
        languages: ISO 639-1 codes stated in the folder's model card; empty when none are stated.
    """

    path: Path
    tokenizer: Path
    weights: tuple[Path, ...]
    modules: tuple[tuple[str, dict[str, Any]], ...]
    dimension: int
    max_tokens: int
    prompts: dict[str, str]
    languages: frozenset[str]

    def fingerprint(self, name: str, prompts: tuple[str, str]) -> str:
        """Identity of the vectors: name, then a sum over weights, modules and prompts."""
        try:
            sums = [file_sha256(path) for path in (*self.weights, self.tokenizer)]
        except IngestError as error:
            raise EmbedderError(str(error)) from error
        parts = [name, sums, self.modules, self.dimension, self.max_tokens, "l2", prompts]
        return f"{name}:{hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()}"


def read_model_folder(folder: Path) -> ModelFolder:
    """Check a model folder and read its description.

    Raises:
        EmbedderError: a part is missing or damaged, or would have to run code.
    """
    try:
        return _read(folder.resolve())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EmbedderError(
            f"The model folder {str(folder)!r} cannot be used: {error}. Use a "
            "sentence-transformers folder whose weights are safetensors files."
        ) from error


def _read(root: Path) -> ModelFolder:
    listed = _json(root / "modules.json") if (root / "modules.json").exists() else []
    places = [(_kind(entry["type"]), _inside(root, entry["path"])) for entry in listed]
    places = places or [("Transformer", root), ("Pooling", root)]
    if places[0][0] != "Transformer":
        raise ValueError(f"its first module is {places[0][0]!r}, not a transformer")
    base = places[0][1]
    config = _json(base / "config.json")
    limits = _limits(base)
    modules = tuple((kind, _module_config(kind, place, root)) for kind, place in places)
    weights = _weights(base)
    for kind, place in places[1:]:
        if kind == "Dense":
            weights += _weights(place)
    described = root / "config_sentence_transformers.json"
    prompts = (_json(described) if described.exists() else {}).get("prompts") or {}
    return ModelFolder(
        path=root,
        tokenizer=base / "tokenizer.json",
        weights=weights,
        modules=(("Transformer", {**config, **limits}), *modules[1:]),
        dimension=_dimension(int(config["hidden_size"]), modules),
        max_tokens=_max_tokens(config, limits, base),
        prompts={str(key): str(value) for key, value in prompts.items()},
        languages=_languages(root / "README.md"),
    )


def _json(path: Path) -> Any:
    if path.stat().st_size > _LARGEST_JSON:
        raise ValueError(f"{path.name!r} is over {_LARGEST_JSON} bytes")
    return json.loads(path.read_text("utf-8"))


def _kind(dotted: str) -> str:
    kind = dotted.rpartition(".")[2]
    if not _MODULE_TYPE.fullmatch(dotted) or kind not in _KNOWN_MODULES:
        raise ValueError(f"its module {dotted!r} is not one of {sorted(_KNOWN_MODULES)}")
    return kind


def _inside(root: Path, place: str) -> Path:
    path = (root / place).resolve()
    if not path.is_relative_to(root):
        raise ValueError(f"its module path {place!r} leads out of the folder")
    return path


def _limits(base: Path) -> dict[str, Any]:
    """The sentence_*_config.json: window and case; it must not choose how weights are loaded."""
    limits: dict[str, Any] = {}
    for path in sorted(base.glob("sentence_*_config.json")):
        limits.update(_json(path))
        if "use_safetensors" in json.dumps(limits):
            raise ValueError(f"{path.name!r} wants to choose the kind of weights")
    return limits


def _module_config(kind: str, place: Path, root: Path) -> dict[str, Any]:
    path = place / "config.json"
    if kind == "Transformer" or place == root or not path.exists():
        return {}
    return dict(_json(path))


def _weights(place: Path) -> tuple[Path, ...]:
    """The safetensors of one module; a pickle is no substitute, it runs code when opened."""
    if (place / "adapter_config.json").exists():
        raise ValueError("it is an adapter, which needs another model; merge the two first")
    whole = place / "model.safetensors"
    if whole.is_file():
        return (whole,)
    index = place / "model.safetensors.index.json"
    if not index.is_file():
        raise ValueError(
            f"{str(place)!r} holds no model.safetensors (pickled weights are never opened)"
        )
    shards = sorted(set(_json(index)["weight_map"].values()))
    paths = tuple(place / str(shard) for shard in shards)
    for path in paths:
        if path.parent != place or path.suffix != ".safetensors" or not path.is_file():
            raise ValueError(f"the shard {path.name!r} is missing or no safetensors file")
    return paths


def _dimension(hidden: int, modules: tuple[tuple[str, dict[str, Any]], ...]) -> int:
    dimension = hidden
    for kind, config in modules:
        if kind == "Pooling":
            ways = [key for key, on in config.items() if key.startswith("pooling_mode_") and on]
            named = config.get("pooling_mode")
            ways = ways or (named if isinstance(named, list) else ["mean"])
            dimension *= len(ways)
        elif kind == "Dense":
            dimension = int(config["out_features"])
    return dimension


def _max_tokens(config: dict[str, Any], limits: dict[str, Any], base: Path) -> int:
    if limits.get("max_seq_length"):
        return int(limits["max_seq_length"])
    window = int(config.get("max_position_embeddings") or 512)
    if config.get("model_type") in _OFFSET_POSITIONS:
        window -= 2
    path = base / "tokenizer_config.json"
    stated = (_json(path) if path.exists() else {}).get("model_max_length") or window
    return int(min(window, stated))


def _languages(card: Path) -> frozenset[str]:
    """The `language:` entry of a model card's front matter; "multilingual" names no code."""
    try:
        head = card.read_text("utf-8", errors="replace")[:4000]
    except OSError:
        return frozenset()
    entry = re.search(r"^language:[ \t]*(\[[^\]]*\]|\S*(?:\n[ \t]*-[^\n]*)*)", head, re.MULTILINE)
    return frozenset(re.findall(r"\b[a-z]{2}\b", entry[1])) if entry else frozenset()
