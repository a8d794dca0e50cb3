"""The metadata and tensor list of a GGUF header, read with every count bounded.

Nothing here believes a number of the file before it has been compared with the file's size.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import BinaryIO

__all__ = [
    "MAX_ENTRIES",
    "HeaderReader",
    "MalformedHeaderError",
    "PastEndError",
    "Scalar",
    "read_metadata",
    "read_tensors",
]

Scalar = str | int | float | bool

_STEP = 1 << 22  # bytes read at a time; most headers fit in one or two
_MAX_HEADER = 1 << 28  # bytes; the largest vocabularies published need a tenth of it
MAX_ENTRIES = 1 << 16  # metadata keys, and tensors; published models stay far below 10,000
_MAX_DIMS = 4
_MAX_NAME = 1 << 16  # bytes of a key or tensor name
_STRING, _ARRAY = 8, 9
_FORMATS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q",
    12: "<d",
}  # fmt: skip
# ggml tensor types by number: values in a block, bytes of a block.
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17), 40: (64, 36),
    41: (128, 18), 42: (64, 18),
}  # fmt: skip


class MalformedHeaderError(Exception):
    """A header that contradicts itself; the message says where."""


class PastEndError(MalformedHeaderError):
    """A header that goes on after the end of the file."""


class HeaderReader:
    """A header read piece by piece, never past the end of the file nor `_MAX_HEADER`."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.stream, self.size = stream, size
        self.buffer, self.at = bytearray(), 0
        self.lengths: dict[str, int] = {}  # of the lists that were stepped over, by key

    def need(self, count: int, what: str) -> None:
        """Have the next `count` bytes in the buffer."""
        end = self.at + count
        if end > _MAX_HEADER:
            raise MalformedHeaderError(
                f"{what} of {count} bytes makes the header larger than 256 MB"
            )
        if end > self.size:
            raise PastEndError(f"{what} at byte {self.at} reaches to {end}")
        while len(self.buffer) < end:
            piece = self.stream.read(_STEP)
            if not piece:
                raise PastEndError(f"the file ended while {what} was read")
            self.buffer += piece

    def number(self, layout: str, what: str) -> int | float | bool:
        """The next number, of a `struct` layout."""
        width = struct.calcsize(layout)
        self.need(width, what)
        value: int | float | bool = struct.unpack_from(layout, self.buffer, self.at)[0]
        self.at += width
        return value

    def count(self, layout: str, limit: int, what: str) -> int:
        """The next number, from 0 to `limit`."""
        value = int(self.number(layout, what))
        if value > limit:
            raise MalformedHeaderError(
                f"{what} is {value}, more than the {limit} any real model has"
            )
        return value

    def text(self, what: str, limit: int = _MAX_HEADER) -> str:
        """The next string, at most `limit` bytes long."""
        length = self.count("<Q", limit, f"the length of {what}")
        self.need(length, what)
        start, self.at = self.at, self.at + length
        return self.buffer[start : self.at].decode("utf-8", "replace")

    def skip_array(self, what: str) -> int:
        """Step over a list whose numbers or strings are not needed; returns their number."""
        kind = int(self.number("<I", what))
        length = int(self.number("<Q", what))
        if kind in _FORMATS:
            width = length * struct.calcsize(_FORMATS[kind])
            self.need(width, what)
            self.at += width
        elif kind == _STRING:
            self._skip_strings(length, what)
        else:
            raise MalformedHeaderError(f"{what} is a list of unknown type {kind}")
        return length

    def _skip_strings(self, count: int, what: str) -> None:
        self.need(count * 8, what)  # every string has a length of eight bytes at least
        unpack, at = struct.Struct("<Q").unpack_from, self.at
        for _ in range(count):  # a vocabulary has 100,000: no method call for each
            if at + 8 > len(self.buffer):
                self.at = at
                self.need(8, what)
            at += 8 + unpack(self.buffer, at)[0]
            if at > len(self.buffer):
                self.at = min(at, _MAX_HEADER)
                self.need(at - self.at, what)
        self.at = at

    def value(self, key: str) -> Scalar | None:
        """The next metadata value; None for a list."""
        what = f"the value of {key!r}"
        kind = int(self.number("<I", f"the type of {key!r}"))
        if kind == _STRING:
            return self.text(what)
        if kind == _ARRAY:
            self.lengths[key] = self.skip_array(what)
            return None
        if kind not in _FORMATS:
            raise MalformedHeaderError(f"{what} has the unknown type {kind}")
        return self.number(_FORMATS[kind], what)


def read_metadata(reader: HeaderReader, count: int) -> dict[str, Scalar]:
    """The next `count` keys with their scalar values; lists are stepped over."""
    seen: set[str] = set()
    metadata: dict[str, Scalar] = {}
    for number in range(count):
        key = reader.text(f"metadata key {number + 1} of {count}", _MAX_NAME)
        if not key or key in seen:
            raise MalformedHeaderError(f"metadata key {key!r} is empty or stands there twice")
        seen.add(key)
        value = reader.value(key)
        if value is not None:
            metadata[key] = value
    if not isinstance(metadata.get("general.architecture"), str):
        raise MalformedHeaderError("it does not state 'general.architecture'")
    file_type = metadata.get("general.file_type", 0)
    if not isinstance(file_type, int):
        raise MalformedHeaderError(f"'general.file_type' is {file_type!r}, not a whole number")
    return metadata


def read_tensors(
    reader: HeaderReader, count: int, metadata: Mapping[str, Scalar]
) -> tuple[int, int]:
    """Number of weights, and bytes that the file must have."""
    if count == 0:
        raise MalformedHeaderError("it holds no tensors at all")
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1):
        raise MalformedHeaderError(f"'general.alignment' is {alignment!r}, not a power of two")
    seen: set[str] = set()
    parameters = furthest = 0
    for number in range(count):
        name = reader.text(f"the name of tensor {number + 1} of {count}", _MAX_NAME)
        if name in seen:
            raise MalformedHeaderError(f"tensor {name!r} stands there twice")
        seen.add(name)
        dims = reader.count("<I", _MAX_DIMS, f"the number of dimensions of {name!r}")
        shape = [int(reader.number("<Q", f"the shape of {name!r}")) for _ in range(dims)]
        kind = int(reader.number("<I", f"the type of {name!r}"))
        offset = int(reader.number("<Q", f"the offset of {name!r}"))
        weights = math.prod(shape)
        if not 0 < weights < 1 << 48:
            raise MalformedHeaderError(f"tensor {name!r} has the impossible shape {shape}")
        if kind not in _BLOCKS:
            raise MalformedHeaderError(
                f"tensor {name!r} has the type {kind}, which is not known here"
            )
        values, width = _BLOCKS[kind]
        if shape and shape[0] % values:
            raise MalformedHeaderError(
                f"rows of {name!r} hold {shape[0]} values, not blocks of {values}"
            )
        if offset % alignment:
            raise MalformedHeaderError(f"the data of {name!r} starts at {offset}, not aligned")
        parameters += weights
        furthest = max(furthest, offset + weights // values * width)
    data = -(-reader.at // alignment) * alignment
    return parameters, data + furthest
