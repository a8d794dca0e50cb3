"""A card in, the memory its model needs out; too little is said before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ModelMemoryError
from ..gguf.shape import Shape
from .card import Capability, ModelCard
from .free import free_memory

__all__ = [
    "DEFAULT_CONTEXT",
    "check_memory",
    "gigabytes",
    "memory_needed",
    "recommended",
    "slots_that_fit",
]

DEFAULT_CONTEXT = 4096
"""Tokens of context when nothing else is said: more costs memory and time at every question."""

_BATCH = 512  # tokens that the model process reads at a time
_PROCESS = 100_000_000  # bytes of a Python with numpy and llama.cpp; 89 MB measured
_PER_WORD = 400  # bytes of vocabulary per token; 350 measured on SmolLM2
_SHARE = 0.75  # of the free memory; the rest is for embedder, index and browser
_EXTRA_SHARE = 1 / 8  # of the free memory, for the contexts of more than one answer
_LEAST_GB = 100_000_000  # bytes from which on sizes are told in GB
_RANKS: dict[Capability, int] = {"tiny": 0, "small": 1, "capable": 2}


def memory_needed(card: ModelCard, n_ctx: int = DEFAULT_CONTEXT, slots: int = 1) -> int:
    """Bytes that the model process takes with `n_ctx` tokens of context; 0 when not known.

    weights            size of the file; it is mapped, and every token reads all of it
    keys and values    n_ctx x layers x kv_heads x head_size x 2 (key, value) x 2 bytes (float16),
                       for each of `slots` answers side by side
    working memory     512 tokens x 4 bytes x (n_ctx x (heads + 1) + 2 inner + width)
    process            100 MB, and 400 bytes per word of the vocabulary

    The second line is llama.cpp's `llama_kv_cache`, whose log prints the same number; the third
    is what its `sched_reserve` reserves without flash attention, one row of float32 scores per
    head and token and one for the mask: both agree with SmolLM2 at 1,024, 4,096 and 8,192 tokens
    (90.0 and 86.4 MiB at 4,096) within 2 %. Without a shape, a fifth of the weights stands for
    the second and third.
    """
    if not card.bytes:
        return 0
    if card.shape is None:
        return card.bytes + card.bytes // 5 + _PROCESS
    shape = card.shape
    kept = slots * _context_bytes(shape, n_ctx)
    working = _BATCH * 4 * (n_ctx * (shape.heads + 1) + 2 * shape.inner + shape.width)
    return card.bytes + kept + working + _PROCESS + shape.vocabulary * _PER_WORD


def slots_that_fit(card: ModelCard, n_ctx: int = DEFAULT_CONTEXT, most: int = 4) -> int:
    """Answers to write side by side: 1, and as many more as there is memory to spare for.

    Their contexts take an eighth of the free memory at most, and a quarter of it stays free.

    Args:
        card: of the model; one without a shape gets 1.
        n_ctx: tokens of context of each.
        most: at most so many.
    """
    free = free_memory()
    if card.shape is None or not free:
        return 1
    spare = min(free * _EXTRA_SHARE, free * _SHARE - memory_needed(card, n_ctx))
    return min(most, 1 + max(0, int(spare)) // _context_bytes(card.shape, n_ctx))


def _context_bytes(shape: Shape, n_ctx: int) -> int:
    return n_ctx * shape.layers * shape.kv_heads * shape.head_size * 2 * 2


def check_memory(card: ModelCard, n_ctx: int = DEFAULT_CONTEXT, slots: int = 1) -> None:
    """Return when the model fits into the free memory, or when either is not known.

    Raises:
        ModelMemoryError: with both numbers.
    """
    needed, free = memory_needed(card, n_ctx, slots), free_memory()
    if needed and free and needed > free:
        raise ModelMemoryError(
            f"The model {card.id!r} needs about {gigabytes(needed)} with {n_ctx:,} tokens of "
            f"context, {gigabytes(free)} free; close other programs, choose a smaller model "
            "(rag models list), or switch the check off (--no-ram-check).",
            needed,
            free,
        )


def recommended(
    cards: Sequence[ModelCard], free: int, n_ctx: int = DEFAULT_CONTEXT
) -> ModelCard | None:
    """The most capable model that leaves a quarter of the free memory; of equals the largest."""
    fitting = [card for card in cards if 0 < memory_needed(card, n_ctx) <= free * _SHARE]
    return max(fitting, key=lambda card: (_RANKS[card.capability], card.bytes), default=None)


def gigabytes(size: int) -> str:
    """Bytes for people: "1.3 GB", "98 MB"."""
    return f"{size / 1e9:.1f} GB" if size >= _LEAST_GB else f"{size / 1e6:.0f} MB"
