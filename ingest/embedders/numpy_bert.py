"""Token ids in, sentence vectors out: a BERT encoder's forward pass in plain NumPy.

It exists because importing torch and sentence-transformers takes seconds and half a gigabyte, which
a question of ten words does not deserve. sentence-transformers is its reference in the tests.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from ..errors import EmbedderError
from .base import Vectors

__all__ = ["NumpyBert"]

# Tokens of one batch, padding included: the widest array then stays near 12 MB, inside the cache.
_BATCH_TOKENS = 2048
# Below so many tokens a second BLAS thread gains nothing, and waits for its turn where another
# program is busy: a question then took 0.61 s on two threads and 0.07 s on one.
_ALONE_TOKENS = 256
# Elements per step of the elementwise functions, so that their temporaries stay in the L2 cache.
_BLOCK = 1 << 15


class NumpyBert:
    """A BERT encoder with mean pooling and rows of length 1, read from a model folder.

    Args:
        folder: holds config.json and model.safetensors.

    Raises:
        EmbedderError: a file is missing or damaged, or the model is of another kind.
    """

    def __init__(self, folder: Path) -> None:
        from safetensors import SafetensorError, safe_open  # noqa: PLC0415 (lazy: heavy)

        self._threads = ThreadpoolController()
        try:
            config = json.loads((folder / "config.json").read_text("utf-8"))
            _require_plain_bert(config)
            with safe_open(folder / "model.safetensors", framework="np") as weights:
                self._read(config, weights)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
            raise EmbedderError(
                f"The weights in {str(folder)!r} cannot be used ({error}); install the embedder's "
                "package again."
            ) from error

    def _read(self, config: dict[str, Any], weights: Any) -> None:
        def get(name: str) -> Vectors:
            return np.ascontiguousarray(weights.get_tensor(name), dtype=np.float32)

        def linear(*names: str) -> tuple[Vectors, Vectors]:
            matrix = np.concatenate([get(f"{name}.weight") for name in names])
            return np.ascontiguousarray(matrix.T), np.concatenate(
                [get(f"{name}.bias") for name in names]
            )

        def norm(name: str) -> tuple[Vectors, Vectors]:
            return get(f"{name}.weight"), get(f"{name}.bias")

        self.dimension = int(config["hidden_size"])
        self.max_tokens = int(config["max_position_embeddings"])
        self._heads = int(config["num_attention_heads"])
        self._epsilon = np.float32(config["layer_norm_eps"])
        self._words = get("embeddings.word_embeddings.weight")
        # All tokens are of the first segment: its vector is added to the positions once.
        self._positions = (
            get("embeddings.position_embeddings.weight")
            + get("embeddings.token_type_embeddings.weight")[0]
        )
        self._norm = norm("embeddings.LayerNorm")
        self._layers = []
        for number in range(int(config["num_hidden_layers"])):
            layer = f"encoder.layer.{number}"
            attention = f"{layer}.attention"
            self._layers.append(
                (
                    linear(*(f"{attention}.self.{part}" for part in ("query", "key", "value"))),
                    linear(f"{attention}.output.dense"),
                    norm(f"{attention}.output.LayerNorm"),
                    linear(f"{layer}.intermediate.dense"),
                    linear(f"{layer}.output.dense"),
                    norm(f"{layer}.output.LayerNorm"),
                )
            )

    def embed(self, ids: Sequence[Sequence[int]]) -> Vectors:
        """float32 [n, dimension], rows of length 1, in the order of `ids`.

        Args:
            ids: token ids of each text with special tokens, each 1 to `max_tokens` long.
        """
        rows = np.empty((len(ids), self.dimension), dtype=np.float32)
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        start = 0
        while start < len(order):
            stop = start + 1
            while stop < len(order) and _fits(stop + 1 - start, len(ids[order[stop]])):
                stop += 1
            batch = order[start:stop]
            few = len(batch) * len(ids[batch[-1]]) <= _ALONE_TOKENS
            with self._threads.limit(limits=1, user_api="blas") if few else nullcontext():
                rows[batch] = self._forward([ids[row] for row in batch])
            start = stop
        return rows

    def _forward(self, ids: list[Sequence[int]]) -> Vectors:
        lengths = np.array([len(row) for row in ids])
        longest = int(lengths.max())
        held = np.arange(longest) < lengths[:, None]  # bool [n, longest]: no padding here
        padded = np.zeros((len(ids), longest), dtype=np.int64)
        padded[held] = np.concatenate([np.asarray(row, dtype=np.int64) for row in ids])
        bias = None
        if not held.all():
            bias = np.where(held, np.float32(0), np.float32(-1e9))[:, None, None, :]

        hidden = self._words[padded] + self._positions[:longest]
        hidden = hidden.reshape(-1, self.dimension)
        _normalise(hidden, self._norm, self._epsilon)
        for qkv, joined, first_norm, wide, narrow, second_norm in self._layers:
            mixed = self._attend(hidden @ qkv[0] + qkv[1], bias, len(ids), longest)
            hidden += mixed @ joined[0] + joined[1]
            _normalise(hidden, first_norm, self._epsilon)
            inner = hidden @ wide[0]
            inner += wide[1]
            _gelu(inner)
            hidden += inner @ narrow[0] + narrow[1]
            _normalise(hidden, second_norm, self._epsilon)

        states = hidden.reshape(len(ids), longest, self.dimension)
        pooled: Vectors = (held[:, None, :].astype(np.float32) @ states)[:, 0]
        pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
        return pooled

    def _attend(self, qkv: Vectors, bias: Vectors | None, rows: int, longest: int) -> Vectors:
        width = self.dimension // self._heads
        split = qkv.reshape(rows, longest, 3, self._heads, width).transpose(2, 0, 3, 1, 4)
        query, key, value = (np.ascontiguousarray(part) for part in split)
        query *= np.float32(width**-0.5)
        scores = query @ key.transpose(0, 1, 3, 2)  # [rows, heads, longest, longest]
        if bias is not None:
            scores += bias
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed: Vectors = (scores @ value).transpose(0, 2, 1, 3).reshape(-1, self.dimension)
        return mixed


def _fits(rows: int, longest: int) -> bool:
    return rows * longest <= _BATCH_TOKENS


def _require_plain_bert(config: dict[str, Any]) -> None:
    wanted = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
    for key, value in wanted.items():
        if config.get(key, value) != value:
            raise ValueError(f"{key} is {config[key]!r}, only {value!r} is understood")


def _normalise(hidden: Vectors, norm: tuple[Vectors, Vectors], epsilon: np.float32) -> None:
    hidden -= hidden.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", hidden, hidden) / np.float32(hidden.shape[1])
    hidden /= np.sqrt(variance + epsilon)[:, None]
    hidden *= norm[0]
    hidden += norm[1]


def _gelu(values: NDArray[np.float32]) -> None:
    """Replace x by x · Φ(x); Φ is Abramowitz and Stegun 7.1.26 (absolute error below 1.5e-7)."""
    flat = values.reshape(-1)
    room = np.empty((3, min(_BLOCK, flat.size)), dtype=np.float32)
    for start in range(0, flat.size, _BLOCK):
        x = flat[start : start + _BLOCK]
        z, u, tail = room[:, : x.size]
        np.abs(x, out=z)
        np.multiply(z, np.float32(0.3275911 * 2**-0.5), out=u)
        u += np.float32(1)
        np.divide(np.float32(0.5), u, out=u)  # half of the book's t; the powers of 2 make up for it
        np.multiply(u, np.float32(16 * 1.061405429), out=tail)
        for power, coefficient in (
            (8, -1.453152027),
            (4, 1.421413741),
            (2, -0.284496736),
            (1, 0.254829592),
        ):
            tail += np.float32(power * coefficient)
            tail *= u
        z *= z
        z *= np.float32(-0.5)
        np.exp(z, out=z)
        tail *= z  # Φ(-|x|)
        np.subtract(np.float32(0.5), tail, out=tail)
        np.copysign(tail, x, out=tail)
        tail += np.float32(0.5)
        x *= tail
