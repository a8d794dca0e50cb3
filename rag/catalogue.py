"""A model's name or path in, a card out that says where it lies and what it can be trusted with."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from ingest import IngestError, packaged_file, verify_sha256

from .errors import ModelError, ModelFileError, ModelNotFoundError
from .gguf import GgufInfo, check_gguf
from .model_library import (
    DEFAULT_MODEL,
    EXTRA,
    Capability,
    EmbedderCard,
    ModelCard,
    Trust,
    is_there,
    model_file,
    own_catalogue,
    read_embedders,
    read_models,
)

__all__ = [
    "DEFAULT_MODEL",
    "EXTRA",
    "Capability",
    "EmbedderCard",
    "ModelCard",
    "Trust",
    "find_card",
    "find_model",
    "list_embedders",
    "list_models",
]

_SMALL, _CAPABLE = 400_000_000, 3_000_000_000  # weights; the catalogue's own grades agree
_UNKNOWN_CONTEXT = 4096  # tokens; more costs memory that nobody asked to spend


def list_models(own: Path | None = None) -> tuple[ModelCard, ...]:
    """Every model of the catalogue, the user's own first; `installed` tells which are here.

    Args:
        own: a TOML file of the same form as the package's `models.toml`; it wins where both
            describe one id. None takes `models.toml` of the user's configuration folder, if it
            is there.

    Raises:
        ModelError: `own` cannot be read or has an entry that is wrong.
    """
    name, text = _own(own)
    cards = read_models(text, name, Path(name).parent)
    for known, card in read_models(_shipped(), "models.toml").items():
        cards.setdefault(known, card)
    return tuple(_located(card) for card in cards.values())


def list_embedders(own: Path | None = None) -> tuple[EmbedderCard, ...]:
    """Every embedder of the catalogue, the user's own first; see `list_models`."""
    name, text = _own(own)
    return tuple(
        {**read_embedders(_shipped(), "models.toml"), **read_embedders(text, name)}.values()
    )


def find_card(name: str, own: Path | None = None) -> ModelCard:
    """The card of an id, whether or not the model is on this machine.

    Raises:
        ModelNotFoundError: no model of that name; the message lists the known ones.
    """
    cards = list_models(own)
    for card in cards:
        if card.id == name:
            return card
    known = ", ".join(repr(card.id) for card in cards)
    raise ModelNotFoundError(
        f"There is no model {name!r}; known are {known}, or give the path of a .gguf file."
    )


def find_model(name_or_path: str | Path = DEFAULT_MODEL, own: Path | None = None) -> ModelCard:
    """The card of a model that lies on this machine, its file checked.

    Args:
        name_or_path: an id of the catalogue, or the path of a GGUF file. A file whose size is in
            the catalogue gets that card's grades once its hash agrees; any other gets a cautious
            card made from its own metadata.
        own: the user's catalogue, see `list_models`.

    Raises:
        ModelNotFoundError: no model of that name, or it is not on this machine.
        ModelFileError: its file is damaged or is not the one it should be.
    """
    cards = list_models(own)
    is_id = any(card.id == str(name_or_path) for card in cards)
    if not is_id and (isinstance(name_or_path, Path) or _looks_like_path(name_or_path)):
        # Unlike Path.expanduser, this leaves a user that is not there as it is written.
        return _card_of_file(Path(os.path.expanduser(name_or_path)), cards)  # noqa: PTH111
    card = find_card(str(name_or_path), own)
    info = check_gguf(card.path)
    _verify(card, card.path)
    return _completed(card, info)


def _looks_like_path(text: str) -> bool:
    return "\0" not in text and ("/" in text or text.lower().endswith(".gguf") or is_there(text))


def _card_of_file(path: Path, cards: tuple[ModelCard, ...]) -> ModelCard:
    info = check_gguf(path)
    for card in cards:
        if card.sha256 and card.bytes == info.size:
            try:
                verify_sha256(path, card.sha256)
            except IngestError:
                continue  # another model of the same size
            return _completed(replace(card, installed=path), info)
    return _cautious_card(info)


def _capability(parameters: int) -> Capability:
    """What a model of that many weights usually can; families differ, so no trust goes with it."""
    if parameters < _SMALL:
        return "tiny"
    return "small" if parameters < _CAPABLE else "capable"


def _cautious_card(info: GgufInfo) -> ModelCard:
    licence = info.metadata.get("general.license", "unknown")
    return ModelCard(
        id=info.path.name,
        family=info.architecture,
        title=info.name or info.path.stem,
        licence=str(licence),
        file=info.path.name,
        n_ctx=min(info.n_ctx_train or _UNKNOWN_CONTEXT, _UNKNOWN_CONTEXT),
        n_ctx_train=info.n_ctx_train,
        capability=_capability(info.parameters),
        languages=MappingProxyType({}),
        installed=info.path,
        bytes=info.size,
        shape=info.shape,
    )


def _completed(card: ModelCard, info: GgufInfo) -> ModelCard:
    """The card with what the file itself knows better."""
    return replace(
        card,
        bytes=info.size,
        n_ctx_train=info.n_ctx_train or card.n_ctx_train,
        shape=info.shape or card.shape,
    )


def _verify(card: ModelCard, path: Path) -> None:
    if not card.sha256:
        return
    try:
        verify_sha256(path, card.sha256)
    except IngestError as error:
        raise ModelFileError("hash", str(error)) from error


def _located(card: ModelCard) -> ModelCard:
    """The card with the place where its file lies: its own path, a package, or fetched."""
    if card.installed is not None:
        return card if card.installed.is_file() else replace(card, installed=None)
    if card.package and (packaged := packaged_file(card.package, card.file)) is not None:
        return replace(card, installed=packaged)
    fetched = model_file(card.id)
    return replace(card, installed=fetched) if fetched.is_file() else card


def _shipped() -> str:
    return resources.files(__package__).joinpath("models.toml").read_text(encoding="utf-8")


def _own(own: Path | None) -> tuple[str, str]:
    """Name and text of the user's catalogue; no text when there is none."""
    path = own or own_catalogue()
    if own is None and not path.exists():
        return str(path), ""
    try:
        return str(path), path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(
            f"The model catalogue {str(path)!r} cannot be read ({error}); "
            "correct the path or leave the setting out."
        ) from error
