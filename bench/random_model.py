"""A GGUF file of random weights in any shape, with the tokenizer of a real one, is written.

    python bench/random_model.py MODEL.gguf OUT.gguf

It says nothing sensible, but costs the time and memory of a real model of its shape.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from rag.gguf.header import MAX_ENTRIES, HeaderReader
from rag.gguf.shape import Shape

__all__ = ["LARGE", "write_random_model"]

LARGE = Shape(
    layers=28, heads=12, kv_heads=2, head_size=128, width=1536, inner=8960, vocabulary=49152
)
"""Qwen2.5-1.5B's shape but for the vocabulary, which comes with the tokenizer: 0.8 GB."""

F32, Q4_0, Q8_0 = 0, 2, 8
_BLOCK = 32  # values of a block of Q4_0 or Q8_0, and the alignment of tensors
_BYTES = {F32: 4 * _BLOCK, Q4_0: 2 + _BLOCK // 2, Q8_0: 2 + _BLOCK}
_SCALES = {Q4_0: 0.005, Q8_0: 0.0005}  # of a block: values spread as in trained models
_PIECE = 1 << 16  # blocks written at a time
_UINT32, _FLOAT32, _STRING = 4, 6, 8

Tensor = tuple[str, tuple[int, ...], int]


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def _entry(key: str, value: str | int | float) -> bytes:
    if isinstance(value, str):
        return _text(key) + struct.pack("<I", _STRING) + _text(value)
    kind, layout = (_UINT32, "I") if isinstance(value, int) else (_FLOAT32, "f")
    return _text(key) + struct.pack(f"<I{layout}", kind, value)


def _tokenizer(path: Path) -> list[bytes]:
    """The metadata entries of a file that describe its tokenizer, as they stand there."""
    found = []
    with path.open("rb") as stream:
        reader = HeaderReader(stream, path.stat().st_size)
        reader.at = 16
        for _ in range(reader.count("<Q", MAX_ENTRIES, "the number of metadata keys")):
            reader.need(8, "a key")
            start = reader.at
            key = reader.text("a key")
            reader.value(key)
            if key.startswith("tokenizer."):
                found.append(bytes(reader.buffer[start : reader.at]))
    return found


def _metadata(shape: Shape) -> list[bytes]:
    numbers: dict[str, int | float] = {
        "block_count": shape.layers,
        "context_length": 32768,
        "embedding_length": shape.width,
        "feed_forward_length": shape.inner,
        "attention.head_count": shape.heads,
        "attention.head_count_kv": shape.kv_heads,
        "attention.key_length": shape.head_size,
        "attention.value_length": shape.head_size,
        "attention.layer_norm_rms_epsilon": 1e-6,
        "rope.dimension_count": shape.head_size,
        "rope.freq_base": 10_000.0,
        "vocab_size": shape.vocabulary,
    }
    return [
        _entry("general.architecture", "llama"),
        _entry("general.name", "random"),
        _entry("general.file_type", Q4_0),
        _entry("general.quantization_version", 2),
        *(_entry(f"llama.{name}", value) for name, value in numbers.items()),
    ]


def _tensors(shape: Shape) -> Iterator[Tensor]:
    """Name, shape and type of each tensor, the embedding used for the output as well."""
    width, keys = shape.width, shape.kv_heads * shape.head_size
    queries = shape.heads * shape.head_size
    yield "token_embd.weight", (width, shape.vocabulary), Q8_0
    yield "output_norm.weight", (width,), F32
    for layer in range(shape.layers):
        for name, dims in {
            "attn_q": (width, queries),
            "attn_k": (width, keys),
            "attn_v": (width, keys),
            "attn_output": (queries, width),
            "ffn_gate": (width, shape.inner),
            "ffn_up": (width, shape.inner),
            "ffn_down": (shape.inner, width),
        }.items():
            yield f"blk.{layer}.{name}.weight", dims, Q4_0
        for name in ("attn_norm", "ffn_norm"):
            yield f"blk.{layer}.{name}.weight", (width,), F32


def _blocks(dims: tuple[int, ...]) -> int:
    return int(np.prod(dims)) // _BLOCK


def _write_data(out: BinaryIO, count: int, kind: int, random: np.random.Generator) -> None:
    if kind == F32:  # norms
        out.write(np.ones(count * _BLOCK, "<f4").tobytes())
        return
    for start in range(0, count, _PIECE):
        few = min(_PIECE, count - start)
        rows = np.frombuffer(random.bytes(few * _BYTES[kind]), np.uint8).reshape(few, -1).copy()
        rows[:, :2] = np.frombuffer(np.float16(_SCALES[kind]).tobytes(), np.uint8)
        out.write(rows.tobytes())


def write_random_model(path: Path, tokenizer_of: Path, shape: Shape = LARGE, seed: int = 1) -> Path:
    """Write the file, equal for equal arguments.

    Args:
        path: where to.
        tokenizer_of: a GGUF file with `shape.vocabulary` tokens.
        shape: all sizes multiples of 32.
        seed: of the weights.

    Returns:
        `path`.
    """
    tensors = list(_tensors(shape))
    entries = _metadata(shape) + _tokenizer(tokenizer_of)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries)) + b"".join(entries)
    offset = 0
    for name, dims, kind in tensors:
        head += _text(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset)
        offset += -(-_blocks(dims) * _BYTES[kind] // _BLOCK) * _BLOCK
    random = np.random.default_rng(seed)
    with path.open("wb") as out:
        out.write(head)
        for _, dims, kind in tensors:
            out.write(bytes(-out.tell() % _BLOCK))
            _write_data(out, _blocks(dims), kind, random)
    return path


def main() -> None:
    """Write one."""
    source, target = map(Path, sys.argv[1:])
    print(f"{write_random_model(target, source)}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
