"""A vector store's name in, an empty store out; nothing heavy is imported until it is chosen."""

from __future__ import annotations

from importlib import import_module

from ..errors import SettingError
from .base import VectorStoreCache

__all__ = ["VECTOR_STORES", "new_store"]

VECTOR_STORES = {
    "exact": "ingest.stores.exact:ExactStore",
    "faiss": "ingest.stores.faiss_store:FaissStore",
    "chroma": "ingest.stores.chroma_store:ChromaStore",
}


def new_store(name: str, dimension: int) -> VectorStoreCache:
    """An empty store for rows of `dimension` numbers.

    Raises:
        SettingError: the name is unknown.
    """
    if name not in VECTOR_STORES:
        known = ", ".join(sorted(VECTOR_STORES))
        raise SettingError(f"Unknown vector store {name!r}; choose one of: {known}.")
    module, _, attribute = VECTOR_STORES[name].partition(":")
    store: VectorStoreCache = getattr(import_module(module), attribute)(dimension)
    return store
