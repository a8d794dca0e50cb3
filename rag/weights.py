"""In which form a model's weights are loaded, until a tuning has found the fastest one."""

from __future__ import annotations

from .gguf import check_gguf
from .model_library import ModelCard, free_memory, memory_needed
from .worker.requests import WeightType

__all__ = ["SLOW_FORMS", "usual_weights"]

SLOW_FORMS = frozenset({"Q4_1", "Q5_0", "Q5_1"})
"""Forms for which llama.cpp has no fast kernel for prompts and batches; see `worker.requantise`."""


def usual_weights(card: ModelCard) -> WeightType:
    """A copy in Q8_0 of what is slow to read, where memory is plentiful; else as in the file.

    Args:
        card: an installed model.

    Raises:
        ModelFileError: the file cannot be used.
    """
    slow = check_gguf(card.path).file_type in SLOW_FORMS
    return "q8_0" if slow and _has_room(card) else "file"


def _has_room(card: ModelCard) -> bool:
    """Whether twice the weights would still leave half of the memory to everything else."""
    free = free_memory()
    return not free or memory_needed(card) + card.bytes < free / 2
