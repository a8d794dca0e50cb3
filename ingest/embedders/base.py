"""What every embedder can do: texts in, rows of length 1 out, under an identity to be checked."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

__all__ = ["Embedder", "Role", "Vectors"]

Role = Literal["passage", "query"]
Vectors = NDArray[np.float32]


class Embedder(Embeddings):
    """A LangChain `Embeddings` with an identity, a token counter and arrays instead of lists.

    Equal texts give equal rows whatever the batch (cosine > 0.9999). Safe for use by one thread at
    a time; heavy libraries are loaded on first use, not on construction.

    Attributes:
        name: what a user writes in the configuration.
        dimension: length of a row.
        max_tokens: the longest text, in its own tokens, that is read whole; more is cut off.
        languages: ISO 639-1 codes for which its cosine says something about meaning.
    """

    name: str
    dimension: int
    max_tokens: int
    languages: frozenset[str]

    @abstractmethod
    def fingerprint(self) -> str:
        """Identity of the vectors: equal fingerprints may be mixed in one knowledge base.

        Made of name, SHA-256 of the weights, dimension, pooling, normalisation and prompts.
        """

    @abstractmethod
    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as the embedder counts them, its special tokens included."""

    @abstractmethod
    def embed(self, texts: Sequence[str], role: Role = "passage") -> Vectors:
        """float32 [n, dimension], rows of length 1, in the order of `texts`.

        Raises:
            EmbedderError: the weights are missing, damaged or cannot be loaded.
        """

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Rows as lists, for LangChain."""
        rows: list[list[float]] = self.embed(texts, "passage").tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """One row as a list, for LangChain."""
        row: list[float] = self.embed([text], "query")[0].tolist()
        return row
