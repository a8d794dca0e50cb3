"""Which embedder a knowledge base was built with, and the refusal to mix it with another."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from ..embedders.base import Embedder
from ..errors import EmbedderMismatchError, StoreDamagedError
from .catalog import Catalog

__all__ = ["EmbedderIdentity", "require_same"]

_KEY = "embedder"


@dataclass(frozen=True, slots=True)
class EmbedderIdentity:
    """What the manifest says of the embedder.

    Attributes:
        name: as a user configures it.
        fingerprint: equal fingerprints make vectors that may be compared.
        dimension: length of a row.
        complete: False while a reindex to this embedder has not reached every document.
    """

    name: str
    fingerprint: str
    dimension: int
    complete: bool = True

    @classmethod
    def of(cls, embedder: Embedder, *, complete: bool = True) -> EmbedderIdentity:
        """The identity of an embedder at hand."""
        return cls(embedder.name, embedder.fingerprint(), embedder.dimension, complete)

    @classmethod
    def read(cls, catalog: Catalog) -> EmbedderIdentity | None:
        """What the catalog was built with; None while it holds nothing."""
        text = catalog.get(_KEY)
        try:
            return None if text is None else cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise StoreDamagedError(
                f"The manifest of {str(catalog.path)!r} is damaged; restore a backup of its folder."
            ) from error

    def write(self, catalog: Catalog) -> None:
        """Record it in the manifest."""
        catalog.set(_KEY, json.dumps(asdict(self)))


def require_same(catalog: Catalog, embedder: Embedder) -> None:
    """Refuse to compare vectors of different embedders.

    Raises:
        EmbedderMismatchError: built with another embedder, or a reindex is not finished.
    """
    stored = EmbedderIdentity.read(catalog)
    if stored is None:
        return
    place = str(catalog.path.parent)
    if stored.fingerprint != embedder.fingerprint():
        raise EmbedderMismatchError(
            f"The knowledge base {place!r} was built with {stored.name!r} "
            f"({stored.fingerprint[:12]}) but {embedder.name!r} ({embedder.fingerprint()[:12]}) is "
            f"configured; run `rag index reindex`, or set the embedder to {stored.name!r}."
        )
    if not stored.complete:
        raise EmbedderMismatchError(
            f"The knowledge base {place!r} is being moved to the embedder {stored.name!r} and is "
            "not done; run `rag index reindex` to finish."
        )
