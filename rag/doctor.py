"""What is installed, what works, and how to mend what does not: a list of findings."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from ingest import Index, IngestError, open_embedder

from .catalogue import DEFAULT_MODEL
from .errors import RagError
from .models import open_model

__all__ = ["REBUILD", "Finding", "examine"]

REBUILD = (
    "CMAKE_ARGS=\"-DLLAVA_BUILD=OFF -DCMAKE_C_FLAGS='-mno-amx-int8 -mno-amx-tile -mno-amx-bf16' "
    "-DCMAKE_CXX_FLAGS='-mno-amx-int8 -mno-amx-tile -mno-amx-bf16'\" pip install "
    "--force-reinstall --no-deps --no-cache-dir --no-binary llama-cpp-python llama-cpp-python"
)
"""The command that builds llama-cpp-python without AMX."""

_DISTRIBUTIONS = (
    "recollect-rag langchain-core langchain-text-splitters sentence-transformers torch faiss-cpu "
    "chromadb llama-cpp-python streamlit pypdf"
).split()
_LOW_DISK = 1 << 30  # bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination.

    Attributes:
        state: "ok", "note" (works, but worth knowing) or "problem".
        subject: what was looked at.
        words: what was found, and for a problem what to do.
    """

    state: Literal["ok", "note", "problem"]
    subject: str
    words: str


def examine(folder: Path, model: str = DEFAULT_MODEL) -> Iterator[Finding]:
    """Look at the machine, the packages, both models and a knowledge base; starts the model.

    Args:
        folder: a knowledge base; one that does not exist yet is no problem.
        model: name or path of the language model.
    """
    yield from _machine()
    yield from _packages()
    yield from _embedder()
    yield from _model(model)
    yield from _knowledge_base(folder)


def _machine() -> Iterator[Finding]:
    yield Finding(
        "ok",
        "machine",
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
    )
    flags = _cpu_flags()
    if "amx_tile" in flags:
        yield Finding(
            "note", "processor", "shows AMX; some virtual machines show it and fault on its use"
        )


def _cpu_flags() -> frozenset[str]:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return frozenset()
    lines = [line for line in text.splitlines() if line.startswith("flags")]
    return frozenset(lines[0].split()) if lines else frozenset()


def _packages() -> Iterator[Finding]:
    versions = []
    for name in _DISTRIBUTIONS:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            yield Finding(
                "problem", name, f"is not installed; run: {sys.executable} -m pip install {name}"
            )
    yield Finding("ok", "packages", ", ".join(versions))


def _embedder() -> Iterator[Finding]:
    try:
        embedder = open_embedder("all-MiniLM-L6-v2")
        vector = embedder.embed(["Is it there?"], "query")[0]
    except IngestError as error:
        yield Finding("problem", "embedder", str(error))
        return
    yield Finding("ok", "embedder", f"{embedder.name}, {len(vector)} dimensions, checksum right")


def _model(name: str) -> Iterator[Finding]:
    if name == "none":
        yield Finding("note", "language model", "none: answers are quotes alone")
        return
    try:
        with open_model(name) as model:
            started = model.start()
            repacked = model.repacks
    except RagError as error:
        yield Finding("problem", "language model", f"{error} To rebuild the engine: {REBUILD}")
        return
    yield Finding(
        "ok",
        "language model",
        f"{model.card.id}: {started.description}, {started.n_ctx} tokens of context, "
        f"loaded in {started.load_seconds:.2f} s",
    )
    yield _engine(started.engine, repacked=repacked)
    yield Finding("ok", "rebuild", f"to build the engine anew, without AMX: {REBUILD}")


def _engine(build: str, *, repacked: bool) -> Finding:
    """Which build answers, and what became of AMX."""
    if not repacked:
        return Finding(
            "note",
            "engine",
            f"{build}; it crashed on this machine with AMX, so AMX and weight repacking were "
            "switched off and prompts are read more slowly; see the rebuild line",
        )
    if "AMX" in build:
        return Finding("ok", "engine", f"{build}; built with AMX, which works on this machine")
    return Finding("ok", "engine", f"{build}; built without AMX, nothing had to be switched off")


def _knowledge_base(folder: Path) -> Iterator[Finding]:
    if not folder.exists():
        yield Finding("note", "knowledge base", f"{str(folder)!r} does not exist yet")
        return
    free = shutil.disk_usage(folder).free
    if free < _LOW_DISK:
        yield Finding("problem", "disk", f"only {free >> 20} MiB free below {str(folder)!r}")
    try:
        with Index(folder, read_only=True) as index:
            found = index.verify()
            count = len(index.documents())
    except IngestError as error:
        yield Finding("problem", "knowledge base", str(error))
        return
    for problem in found:
        yield Finding("problem", "knowledge base", problem)
    if not found:
        yield Finding("ok", "knowledge base", f"{str(folder)!r}: {count} documents, all sound")
