"""The numbers of a GGUF header that decide how much memory its model needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .header import Scalar

__all__ = ["Shape", "shape_of"]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a transformer is built.

    Attributes:
        layers: blocks, one after the other.
        heads: of attention, per layer.
        kv_heads: heads whose keys and values are kept; fewer than `heads` in most new models.
        head_size: numbers of one key, and of one value.
        width: numbers that represent one token between the layers.
        inner: numbers that represent it inside a layer.
        vocabulary: tokens that the model knows.
    """

    layers: int
    heads: int
    kv_heads: int
    head_size: int
    width: int
    inner: int
    vocabulary: int


def shape_of(metadata: Mapping[str, Scalar], lengths: Mapping[str, int]) -> Shape | None:
    """The shape that a header states, None when it lacks layers, heads or width.

    Args:
        metadata: the header's scalars by key.
        lengths: how long its lists are, by key. Where a number differs from layer to layer the
            header has a list; the largest value it can have is taken then.
    """
    family = metadata.get("general.architecture", "")

    def number(name: str) -> int:
        value = metadata.get(f"{family}.{name}", 0)
        return value if isinstance(value, int) and value > 0 else 0

    layers, width = number("block_count"), number("embedding_length")
    heads = number("attention.head_count")
    if not (layers and width and heads):
        return None
    sizes = number("attention.key_length"), number("attention.value_length")
    return Shape(
        layers=layers,
        heads=heads,
        kv_heads=number("attention.head_count_kv") or heads,
        head_size=max(sizes) or width // heads,
        width=width,
        inner=number("feed_forward_length") or 4 * width,
        vocabulary=number("vocab_size") or lengths.get("tokenizer.ggml.tokens", 0),
    )
