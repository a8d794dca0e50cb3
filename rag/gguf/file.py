"""What a GGUF file says about itself, or one clear sentence about why it cannot be used.

llama.cpp gives the same message for every malformed file and maps a truncated one until it dies
by SIGBUS, so the header is read here first, without llama.cpp.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from ..errors import FileKind, ModelFileError
from .header import (
    MAX_ENTRIES,
    HeaderReader,
    MalformedHeaderError,
    PastEndError,
    Scalar,
    read_metadata,
    read_tensors,
)
from .shape import Shape, shape_of

__all__ = ["GgufInfo", "check_gguf"]

_VERSIONS = (2, 3)
_FIRST_PRINTABLE = 9  # control characters below the tab do not occur in text
_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K",
    11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S",
    17: "Q5_K_M", 18: "Q6_K", 25: "IQ4_NL", 30: "IQ4_XS", 32: "BF16", 38: "MXFP4",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GgufInfo:
    """The header of a GGUF file whose tensors all lie within the file.

    Attributes:
        path: the file.
        size: bytes on disk.
        architecture: such as "llama" or "qwen3".
        name: what its maker called it, or "".
        n_ctx_train: tokens of context it was trained for; 0 when not stated.
        chat_template: Jinja source, or "".
        file_type: quantisation such as "Q4_K_M", or "" when unknown.
        parameters: number of weights.
        metadata: every scalar by its key; lists are left out.
        shape: what decides how much memory it needs; None where the header does not tell.
    """

    path: Path
    size: int
    architecture: str
    name: str
    n_ctx_train: int
    chat_template: str = field(repr=False)
    file_type: str
    parameters: int
    metadata: Mapping[str, Scalar] = field(repr=False)
    shape: Shape | None = None


def check_gguf(path: Path) -> GgufInfo:
    """Read the header of the GGUF file at `path` and check that all its tensors are there.

    Raises:
        ModelFileError: with the `kind` of what is wrong; llama.cpp must not be given such a file.
    """
    try:
        if path.is_dir():
            raise ModelFileError(
                "folder",
                f"The model must be one file, but {str(path)!r} is a folder; "
                "name the .gguf file inside it.",
            )
        size = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(512)
            if not start.startswith(b"GGUF"):
                raise _not_gguf(path, start)
            stream.seek(0)
            return _read_header(path, size, stream)
    except FileNotFoundError as error:
        raise ModelFileError(
            "missing", f"There is no model file at {str(path)!r}; check the path."
        ) from error
    except OSError as error:
        raise ModelFileError(
            "unreadable",
            f"The model file {str(path)!r} cannot be read ({error.strerror}); "
            "check its permissions and the disk.",
        ) from error


def _read_header(path: Path, size: int, stream: BinaryIO) -> GgufInfo:
    reader = HeaderReader(stream, size)
    try:
        _check_version(path, reader)
        tensors = reader.count("<Q", MAX_ENTRIES, "the number of tensors")
        keys = reader.count("<Q", MAX_ENTRIES, "the number of metadata keys")
        metadata = read_metadata(reader, keys)
        parameters, needed = read_tensors(reader, tensors, metadata)
    except PastEndError as error:
        raise _truncated(path, size, f"and its header goes on: {error}") from error
    except MalformedHeaderError as error:
        raise ModelFileError(
            "malformed",
            f"The header of {str(path)!r} is damaged: {error}; get the file again.",
        ) from error
    if size < needed:
        raise _truncated(path, size, f"and its tensors need {needed:,}")
    architecture = str(metadata["general.architecture"])
    context = metadata.get(f"{architecture}.context_length", 0)
    return GgufInfo(
        path=path,
        size=size,
        architecture=architecture,
        name=str(metadata.get("general.name", "")),
        n_ctx_train=context if isinstance(context, int) else 0,
        chat_template=str(metadata.get("tokenizer.chat_template", "")),
        file_type=_FILE_TYPES.get(int(metadata.get("general.file_type", -1)), ""),
        parameters=parameters,
        metadata=MappingProxyType(metadata),
        shape=shape_of(metadata, reader.lengths),
    )


def _check_version(path: Path, reader: HeaderReader) -> None:
    reader.at = 4
    version = int(reader.number("<I", "the version"))
    if version in _VERSIONS:
        return
    swapped = int.from_bytes(version.to_bytes(4, "little"), "big")
    reason = (
        f"is GGUF version {swapped} for a big-endian machine"
        if swapped in _VERSIONS
        else f"is GGUF version {version}, and versions 2 and 3 can be read"
    )
    raise ModelFileError(
        "version",
        f"The model file {str(path)!r} {reason}; get a current GGUF of the same model.",
    )


def _truncated(path: Path, size: int, why: str) -> ModelFileError:
    return ModelFileError(
        "truncated",
        f"The model file {str(path)!r} is cut off: it has {size:,} bytes {why}; "
        "the download was probably interrupted, get it again.",
    )


def _not_gguf(path: Path, start: bytes) -> ModelFileError:
    kind: FileKind = "unknown"
    said = f"begins with {start[:8]!r}"
    lowered = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        kind, said = "empty", "is empty (0 bytes)"
    elif lowered.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        kind, said = "html", "is a web page, probably a login or error page saved by a download"
    elif start[8:10] == b'{"' and int.from_bytes(start[:8], "little") < 1 << 32:
        kind, said = "safetensors", "holds safetensors weights"
    elif start.startswith(b"PK"):
        kind, said = "zip", "is a zip archive, such as a PyTorch checkpoint"
    elif lowered and b"\0" not in start and not any(byte < _FIRST_PRINTABLE for byte in start):
        kind, said = "text", f"is text that begins with {start[:40].decode('utf-8', 'replace')!r}"
    return ModelFileError(
        kind,
        f"The model file {str(path)!r} is not a GGUF: it {said}; "
        "get the model's .gguf file, or convert it with llama.cpp's convert_hf_to_gguf.py.",
    )
