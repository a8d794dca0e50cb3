"""A model's weights in another form, made once: bytes that this processor reads faster.

llama.cpp has no fast kernel on processors for prompts and batches in Q4_1; in Q8_0, made of the
same weights, such a model read prompts twice as fast (SmolLM2-135M on two cores with AVX-512: 341
against 166 tokens a second), four answers side by side came 1.3 times as fast, one alone a tenth
slower. Every number of Q4_1 is kept to within a half of a 127th of its block's largest.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

__all__ = ["requantised"]

_ROOM = 3  # times the size of the source that must be free on the disk
_PIECE = 1 << 22  # bytes hashed at a time
_WEIGHTS, _NOTE = "model.gguf", "note"  # in a folder of its own while a copy is made


def requantised(library: Any, source: Path, identity: str, folder: Path) -> Path:
    """The Q8_0 form of a model, made if it is not there; the source where that cannot be.

    A copy is believed when its bytes have the hash that was written down when it was made.

    Args:
        library: the `llama_cpp` module; passed in, because one file alone imports it.
        source: the GGUF file.
        identity: of its contents.
        folder: where copies are kept; made if it is not there.
    """
    name = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    copy, noted = folder / f"{name}.q8_0.gguf", folder / f"{name}.q8_0.sha256"
    _sweep(folder)
    if _is_whole(copy, noted):
        return copy
    try:
        _make(library, source, copy, noted)
    except OSError:  # no room, or no right to write: the source does as well
        return source
    return copy


def _is_whole(copy: Path, noted: Path) -> bool:
    try:
        return bool(json.loads(noted.read_bytes()) == _digest(copy))
    except (OSError, ValueError):
        return False


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Hold the folder as `fcntl.flock` says; a process that is killed lets go."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Delete what processes that were killed have left, unless a copy is being made."""
    with suppress(OSError), _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
        for left in folder.glob(".????????"):
            if left.is_dir() and {path.name for path in left.iterdir()} <= {_WEIGHTS, _NOTE}:
                shutil.rmtree(left, ignore_errors=True)


def _make(library: Any, source: Path, copy: Path, noted: Path) -> None:
    copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(copy.parent).free < _ROOM * source.stat().st_size:
        raise OSError(f"There is no room for another form of {str(source)!r}.")
    params = library.llama_model_quantize_default_params()
    params.ftype = library.LLAMA_FTYPE_MOSTLY_Q8_0
    params.allow_requantize = True
    params.nthread = len(os.sched_getaffinity(0))
    with (
        _locked(copy.parent, fcntl.LOCK_SH),
        tempfile.TemporaryDirectory(dir=copy.parent, prefix=".") as made,
    ):
        path = Path(made) / _WEIGHTS
        if library.llama_model_quantize(
            os.fsencode(source), os.fsencode(path), ctypes.byref(params)
        ):
            raise OSError(f"llama.cpp makes no Q8_0 of {str(source)!r}.")
        with path.open("rb") as file:
            os.fsync(file.fileno())
        note = Path(made) / _NOTE
        note.write_text(json.dumps(_digest(path)), "ascii")
        note.replace(noted)
        path.replace(copy)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
