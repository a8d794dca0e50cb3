"""The model that the user chose for new questions, kept in one small file."""

from __future__ import annotations

import json

from ingest import replace_file

from ..errors import ModelError
from .card import DEFAULT_MODEL
from .places import chosen_file

__all__ = ["choose_model", "chosen_model", "forget_choice"]


def chosen_model() -> str:
    """Name or path of the chosen model; the packaged one when nothing was chosen.

    Raises:
        ModelError: the file that keeps the choice cannot be read.
    """
    path = chosen_file()
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return DEFAULT_MODEL
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The choice of model in {str(path)!r} cannot be read ({error}); choose anew with: "
            "rag models use ID"
        ) from error
    name = kept.get("model") if isinstance(kept, dict) else None
    if not isinstance(name, str) or not name:
        raise ModelError(
            f"The choice of model in {str(path)!r} names none; choose anew with: rag models use ID"
        )
    return name


def choose_model(name: str) -> None:
    """Keep the choice; a reader sees the old one or the new one.

    Raises:
        ModelError: it cannot be written.
    """
    path = chosen_file()
    text = json.dumps({"model": name}) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode())
    except OSError as error:
        raise ModelError(
            f"The choice of model cannot be kept in {str(path)!r} ({error.strerror}); "
            f"give the model with each question: --model {name}"
        ) from error


def forget_choice() -> None:
    """Go back to the packaged model."""
    chosen_file().unlink(missing_ok=True)
