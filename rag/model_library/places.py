"""Where a user's models, own catalogue and choice of model lie; asked anew each time."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_config_path, user_data_path

__all__ = [
    "FOLDER_VARIABLE",
    "chosen_file",
    "is_there",
    "model_file",
    "models_folder",
    "own_catalogue",
]

FOLDER_VARIABLE = "RECOLLECT_MODELS"
"""Environment variable that names another folder for fetched models."""


def models_folder() -> Path:
    """The folder of fetched models, which may not exist yet."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else user_data_path("recollect") / "models"


def model_file(name: str) -> Path:
    """Where the model of a catalogue id lies once it has been fetched."""
    return models_folder() / f"{name}.gguf"


def is_there(name: str) -> bool:
    """Whether something lies at this path; False for what can be no path."""
    try:
        return Path(name).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, an unknown ~user
        return False


def own_catalogue() -> Path:
    """The user's own catalogue, which need not exist."""
    return user_config_path("recollect") / "models.toml"


def chosen_file() -> Path:
    """The file that keeps the user's choice of model, which need not exist."""
    return user_config_path("recollect") / "model.json"
