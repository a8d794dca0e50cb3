"""Embedders: texts in, vectors out, one file per kind."""

from .base import Embedder, Role, Vectors
from .registry import DEFAULT_EMBEDDER, EMBEDDERS, open_embedder

__all__ = ["DEFAULT_EMBEDDER", "EMBEDDERS", "Embedder", "Role", "Vectors", "open_embedder"]
