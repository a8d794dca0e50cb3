"""Any sentence-transformers model as an embedder, from a local folder or the local model cache."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import EmbedderError
from .base import Embedder, Role, Vectors
from .loading import LOADING_ERRORS, cached_folder, require_all_weights, without_progress_bars
from .model_folder import read_model_folder
from .tokens import Tokens, encodable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["SentenceTransformerEmbedder"]

_BATCH = 32  # texts; larger ones were no faster on a laptop's CPU
_TRUSTED = frozenset({"en", "zh"})


class SentenceTransformerEmbedder(Embedder):
    """Embeds on the CPU with sentence-transformers; torch is imported by the first `embed`.

    Weights are safetensors only, and code that comes with a model never runs.

    Args:
        name: a folder, or a hub name such as "BAAI/bge-small-zh-v1.5".
        query_prompt: put before each query; what the model's own configuration says when None.
        passage_prompt: the same for passages.
        languages: ISO 639-1 codes the model understands; when None the model card's, and when that
            states none English and Chinese: who names a model is believed to have meant it.
        allow_download: fetch a hub name that is not in the local cache over the network.

    Raises:
        EmbedderError: the model is absent, incomplete, or would have to run code.
    """

    def __init__(
        self,
        name: str,
        *,
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        languages: frozenset[str] | None = None,
        allow_download: bool = False,
    ) -> None:
        folder = Path(name).expanduser()
        is_folder = folder.is_dir()
        self._folder = read_model_folder(
            folder if is_folder else cached_folder(name, allow_download)
        )
        # A folder keeps its identity when it is moved or spelled differently.
        self._stable_name = self._folder.path.name if is_folder else name
        self.name = name
        self.dimension = self._folder.dimension
        self.max_tokens = self._folder.max_tokens
        self.languages = languages or self._folder.languages or _TRUSTED
        stated = self._folder.prompts
        passage = stated.get("document") or stated.get("passage") or ""
        query = stated.get("query") or ""
        self._prompts: dict[Role, str] = {
            "passage": passage if passage_prompt is None else passage_prompt,
            "query": query if query_prompt is None else query_prompt,
        }

    def fingerprint(self) -> str:
        """Name, then a sum over weights, tokenizer, modules and prompts; torch stays unloaded."""
        prompts = (self._prompts["query"], self._prompts["passage"])
        return self._folder.fingerprint(self._stable_name, prompts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as a passage, its prompt and special tokens included."""
        prompt = self._prompts["passage"]
        return self._tokens.count([prompt + text for text in texts])

    def embed(self, texts: Sequence[str], role: Role = "passage") -> Vectors:
        """float32 [n, dimension], rows of length 1; texts are batched by length.

        Raises:
            EmbedderError: the weights cannot be loaded, or give numbers that are not finite.
        """
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        rows = self._model.encode(
            [encodable(text) for text in texts],
            prompt=self._prompts[role],
            batch_size=_BATCH,
            show_progress_bar=False,
            convert_to_numpy=True,
            normalize_embeddings=True,
        )
        vectors = np.asarray(rows, dtype=np.float32)
        if vectors.shape != (len(texts), self.dimension) or not np.isfinite(vectors).all():
            raise EmbedderError(
                f"The embedder {self.name!r} gave an array of shape {vectors.shape} with numbers "
                f"that cannot be used, expected {(len(texts), self.dimension)}; its files are "
                "damaged or do not belong together: get them again."
            )
        return vectors

    @cached_property
    def _tokens(self) -> Tokens:
        return Tokens(self._folder.tokenizer)

    @cached_property
    def _model(self) -> SentenceTransformer:
        try:
            from safetensors import SafetensorError  # noqa: PLC0415 (heavy)
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (heavy)
        except ImportError as error:
            raise EmbedderError(
                f"The embedder {self.name!r} needs sentence-transformers, which cannot be "
                f"imported ({error}); run: pip install sentence-transformers"
            ) from error
        try:
            with without_progress_bars():
                model = SentenceTransformer(
                    str(self._folder.path),
                    device="cpu",
                    trust_remote_code=False,
                    local_files_only=True,
                    model_kwargs={"use_safetensors": True},
                )
            require_all_weights(model[0].auto_model, self._folder.weights)
        except (*LOADING_ERRORS, SafetensorError) as error:
            raise EmbedderError(
                f"The embedder {self.name!r} cannot be loaded ({error}); its files are damaged or "
                "of a kind this version does not know: get them again or choose another."
            ) from error
        model.max_seq_length = self.max_tokens
        model.default_prompt_name = None
        return model
