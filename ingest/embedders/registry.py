"""A name from the configuration in, an embedder out."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from ..errors import EmbedderError
from .base import Embedder

__all__ = ["DEFAULT_EMBEDDER", "EMBEDDERS", "open_embedder"]

DEFAULT_EMBEDDER = "all-MiniLM-L6-v2"

EMBEDDERS = {
    "all-MiniLM-L6-v2": "ingest.embedders.minilm.MiniLM",
    "sentence-transformers/all-MiniLM-L6-v2": "ingest.embedders.minilm.MiniLM",
    "hashing": "ingest.embedders.hashing.HashingEmbedder",
}

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def open_embedder(name: str) -> Embedder:
    """The embedder of this name; nothing heavy is loaded before its first use.

    Args:
        name: registered in `EMBEDDERS`, a folder, or a hub name such as "BAAI/bge-m3" that is
            already in the local model cache. Nothing is downloaded.

    Raises:
        EmbedderError: the name is unknown, or its model is absent or cannot be used.
    """
    dotted = EMBEDDERS.get(name)
    if dotted is not None:
        module, _, attribute = dotted.rpartition(".")
        embedder: Embedder = getattr(import_module(module), attribute)()
        return embedder
    if _is_folder(name) or _HUB_NAME.fullmatch(name):
        from .sentence_transformer import SentenceTransformerEmbedder  # noqa: PLC0415 (lazy)

        return SentenceTransformerEmbedder(name)
    raise EmbedderError(
        f"There is no embedder {name!r}; known are {', '.join(map(repr, EMBEDDERS))}, besides any "
        "folder of a sentence-transformers model and any hub name in the local model cache."
    )


def _is_folder(name: str) -> bool:
    try:
        return bool(name) and Path(name).expanduser().is_dir()
    except (OSError, ValueError, RuntimeError):  # a NUL, too long, or an unknown ~user
        return False
