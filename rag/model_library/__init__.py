"""The library of models: what is known of them, what they need, how they get here and leave."""

from .card import DEFAULT_MODEL, EXTRA, Capability, EmbedderCard, ModelCard, Trust
from .choice import choose_model, chosen_model, forget_choice
from .entries import read_embedders, read_models
from .free import free_memory
from .hub import Progress, is_offline
from .install import copy_model, part_bytes, pull_model, remove_model
from .need import (
    DEFAULT_CONTEXT,
    check_memory,
    gigabytes,
    memory_needed,
    recommended,
    slots_that_fit,
)
from .places import is_there, model_file, models_folder, own_catalogue

__all__ = [
    "DEFAULT_CONTEXT",
    "DEFAULT_MODEL",
    "EXTRA",
    "Capability",
    "EmbedderCard",
    "ModelCard",
    "Progress",
    "Trust",
    "check_memory",
    "choose_model",
    "chosen_model",
    "copy_model",
    "forget_choice",
    "free_memory",
    "gigabytes",
    "is_offline",
    "is_there",
    "memory_needed",
    "model_file",
    "models_folder",
    "own_catalogue",
    "part_bytes",
    "pull_model",
    "read_embedders",
    "read_models",
    "recommended",
    "remove_model",
    "slots_that_fit",
]
