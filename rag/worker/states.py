"""What a model has read, as a file: written when a conversation goes to sleep, read when it wakes.

A file is only believed when it was written for the same model, run the same way by the same
library, and holds the very bytes that were written: a state with a flipped bit loads in silence.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

__all__ = ["read_state", "write_state"]

_LONGEST_HEADER = 1 << 16  # bytes
_FORMAT = 1


def write_state(path: Path, made_by: Mapping[str, str], tokens: Sequence[int], state: bytes) -> int:
    """Write a file that is there whole or not at all, readable by its owner only.

    Args:
        path: of the file; what lies there is replaced.
        made_by: model, library and settings.
        tokens: that were read.
        state: what llama.cpp says it has made of them.

    Returns:
        Its size in bytes.

    Raises:
        OSError: it cannot be written.
    """
    ids = np.asarray(tokens, dtype="<i4").tobytes()
    header = {"format": _FORMAT, "made_by": dict(made_by), "tokens": len(tokens)}
    header["sha256"] = _digest(header, ids, state)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        try:
            file.write(json.dumps(header).encode("ascii") + b"\n" + ids + state)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
            Path(file.name).replace(path)
        finally:
            Path(file.name).unlink(missing_ok=True)
    return size


def read_state(path: Path, made_by: Mapping[str, str]) -> tuple[list[int], bytes] | None:
    """The tokens and the state of a file; None for one that must not be believed."""
    try:
        with path.open("rb") as file:
            header = json.loads(file.readline(_LONGEST_HEADER))
            rest = file.read()
        size = 4 * int(header["tokens"])
        sha256 = header.pop("sha256")
        known = header["format"] == _FORMAT and header["made_by"] == dict(made_by)
        whole = 0 < size < len(rest) and _digest(header, rest) == sha256
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not (known and whole):
        return None
    return np.frombuffer(rest[:size], dtype="<i4").tolist(), rest[size:]


def _digest(header: Mapping[str, object], *parts: bytes) -> str:
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode("ascii"))
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
