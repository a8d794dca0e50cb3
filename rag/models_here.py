"""The catalogue and this machine in; which models there are, which fits and which is used, out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .catalogue import EmbedderCard, ModelCard, find_model, list_embedders, list_models
from .errors import ModelNotFoundError
from .model_library import (
    DEFAULT_MODEL,
    choose_model,
    chosen_model,
    forget_choice,
    free_memory,
    is_offline,
    memory_needed,
    models_folder,
    part_bytes,
    recommended,
    remove_model,
)
from .remote import is_remote, remote_name
from .tuning import is_tuned

__all__ = [
    "ModelHere",
    "ModelsHere",
    "Origin",
    "discard_model",
    "look_at_models",
    "model_origin",
    "refuse_embedder",
    "use_model",
    "wants_tuning",
]

Origin = Literal["", "package", "fetched", "file"]


@dataclass(frozen=True, slots=True)
class ModelHere:
    """One model of the catalogue, as it stands on this machine.

    Attributes:
        card: what is known of it.
        origin: where it is from, see `model_origin`.
        needed: bytes of memory, 0 when not known.
        part: bytes that a broken download has left; the next one goes on from there.
        fits: whether it fits into the free memory, or either is not known.
        recommended: whether it is the best one for the free memory.
        chosen: whether it answers new questions.
    """

    card: ModelCard
    origin: Origin
    needed: int
    part: int
    fits: bool
    recommended: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class ModelsHere:
    """All of them.

    Attributes:
        models: of the catalogue, the user's own first.
        embedders: likewise.
        chosen: name or path that answers new questions; perhaps none of `models`.
        free: bytes of free memory, 0 when not known.
        folder: of fetched models.
        offline: whether HF_HUB_OFFLINE forbids the network.
    """

    models: tuple[ModelHere, ...]
    embedders: tuple[EmbedderCard, ...]
    chosen: str
    free: int
    folder: Path
    offline: bool

    @property
    def recommended(self) -> ModelHere | None:
        """The best one for the free memory."""
        return next((model for model in self.models if model.recommended), None)


def look_at_models() -> ModelsHere:
    """Look; no model is opened.

    Raises:
        ModelError: the user's own catalogue, or the file of the choice, is wrong.
    """
    cards, free, chosen = list_models(), free_memory(), chosen_model()
    best = recommended(cards, free)
    models = tuple(
        ModelHere(
            card,
            model_origin(card),
            needed,
            0 if card.installed else part_bytes(card),
            not needed or not free or needed <= free,
            best is not None and card.id == best.id,
            card.id == chosen,
        )
        for card, needed in ((card, memory_needed(card)) for card in cards)
    )
    return ModelsHere(models, list_embedders(), chosen, free, models_folder(), is_offline())


def model_origin(card: ModelCard) -> Origin:
    """Where a model is from: "package", "fetched", "file", or "" while it is not here."""
    if card.installed is None:
        return ""
    if card.package:
        return "package"
    return "fetched" if card.repository else "file"


def use_model(name: str, base_url: str | None = None) -> str:
    """Answer new questions with this model from now on; returns the name that was kept.

    Args:
        name: an id of the catalogue, the path of a GGUF file, a model of a server as in
            "ollama:qwen3:4b", or "none".
        base_url: address of the server, where it is one.

    Raises:
        ModelNotFoundError: there is none of that name here, or it is an embedder.
        ModelFileError: its file is damaged.
        ModelError: the choice cannot be kept.
    """
    refuse_embedder(name)
    chosen = name = remote_name(name, base_url)
    if name != "none" and not is_remote(name):
        card = find_model(name)
        known = {entry.id for entry in list_models()}
        chosen = name if name in known else str(card.path.absolute())
    if chosen == DEFAULT_MODEL:
        forget_choice()
    else:
        choose_model(chosen)
    return chosen


def wants_tuning(name: str) -> bool:
    """Whether a model runs on this machine, and the fastest way to run it was never looked for.

    Args:
        name: as `use_model` returns it.

    Raises:
        ModelNotFoundError: there is none of that name here.
    """
    return name != "none" and not is_remote(name) and not is_tuned(find_model(name))


def discard_model(card: ModelCard) -> int:
    """Delete a fetched model and what a broken download has left; returns the bytes freed.

    New questions are answered with the packaged model when it was the one in use.

    Raises:
        ModelPullError: the file was not fetched: it belongs to a package or to the user.
        ModelNotFoundError: there is nothing to delete.
    """
    freed = remove_model(card)
    if chosen_model() == card.id:
        forget_choice()
    return freed


def refuse_embedder(name: str) -> None:
    """Send who names an embedder where it is chosen.

    Raises:
        ModelNotFoundError: it is one.
    """
    for card in list_embedders():
        if card.id == name:
            note = f" ({card.note})" if card.note else ""
            raise ModelNotFoundError(
                f"{name!r} is an embedder{note}, not a language model: it is chosen for a "
                f"knowledge base with `rag index reindex --embedder {name}`, and a hub name must "
                "lie in the local model cache before."
            )
