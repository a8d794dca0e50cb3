"""A question and passages in, how well each passage answers it out, by a model that reads both."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .embedders.loading import (
    LOADING_ERRORS,
    cached_folder,
    require_all_weights,
    without_progress_bars,
)
from .embedders.model_folder import read_model_folder
from .embedders.tokens import encodable
from .errors import EmbedderError, RerankerError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

__all__ = ["Reranker"]

_BATCH = 16  # pairs


class Reranker:
    """A cross-encoder on the CPU, such as "BAAI/bge-reranker-v2-m3"; loaded by the first use.

    Weights are safetensors only, and code that comes with a model never runs.

    Args:
        name: a folder, or a hub name that is already in the local model cache.
        allow_download: fetch a hub name that is not in the local cache over the network.

    Raises:
        RerankerError: the model is absent, incomplete, or would have to run code.
    """

    def __init__(self, name: str, *, allow_download: bool = False) -> None:
        self.name = name
        folder = Path(name).expanduser()
        try:
            path = folder if folder.is_dir() else cached_folder(name, allow_download)
            self._folder = read_model_folder(path)
        except EmbedderError as error:
            raise RerankerError(f"The reranker {name!r} cannot be used. {error}") from error

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """The model's raw scores [n], comparable within one call; higher answers better.

        Raises:
            RerankerError: the weights cannot be loaded, or give numbers that are not finite.
        """
        if not texts:
            return np.empty(0)
        pairs = [(encodable(question), encodable(text)) for text in texts]
        scores = np.asarray(
            self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False),
            dtype=np.float64,
        )
        if scores.shape != (len(texts),) or not np.isfinite(scores).all():
            raise RerankerError(
                f"The reranker {self.name!r} gave an array of shape {scores.shape} with numbers "
                f"that cannot be used, expected {(len(texts),)}; use a model with one score for a "
                "question and a passage, and get its files again if they are damaged."
            )
        return scores

    @cached_property
    def _model(self) -> CrossEncoder:
        try:
            from safetensors import SafetensorError  # noqa: PLC0415 (heavy)
            from sentence_transformers import CrossEncoder  # noqa: PLC0415 (heavy)
            from torch.nn import Identity  # noqa: PLC0415 (heavy)
        except ImportError as error:
            raise RerankerError(
                f"The reranker {self.name!r} needs sentence-transformers, which cannot be "
                f"imported ({error}); run: pip install sentence-transformers"
            ) from error
        try:
            with without_progress_bars():
                model: CrossEncoder = CrossEncoder(
                    str(self._folder.path),
                    device="cpu",
                    trust_remote_code=False,
                    local_files_only=True,
                    model_kwargs={"use_safetensors": True},
                    max_length=self._folder.max_tokens,
                    activation_fn=Identity(),
                )
            require_all_weights(model.model, self._folder.weights)
        except (*LOADING_ERRORS, SafetensorError) as error:
            raise RerankerError(
                f"The reranker {self.name!r} cannot be loaded ({error}); its files are damaged or "
                "of a kind this version does not know: get them again or choose another."
            ) from error
        return model
