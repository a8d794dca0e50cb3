"""What parent and child say to each other: JSON behind its length, four bytes, big-endian."""

from __future__ import annotations

import json
from collections.abc import Mapping

__all__ = ["LENGTH_BYTES", "frame"]

LENGTH_BYTES = 4


def frame(message: Mapping[str, object]) -> bytes:
    """The message as it travels; lone surrogates in names survive."""
    body = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return len(body).to_bytes(LENGTH_BYTES, "big") + body
