"""ingest.packaged: files of installed packages are found without import and checked once."""

import hashlib
import json
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import IngestError, SettingError
from ingest.packaged import ChecksumError, file_sha256, packaged_file, verify_sha256

BYTES = b"weights" * 1000
SUM = hashlib.sha256(BYTES).hexdigest()
OTHER_SUM = hashlib.sha256(b"other").hexdigest()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "weights.bin"
    path.write_bytes(BYTES)
    time.sleep(0.11)  # younger files are not remembered
    return path


@pytest.fixture
def memos(tmp_path: Path) -> Path:
    return tmp_path / "memos"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution on sys.path whose package would raise when imported."""
    site = tmp_path / "site"
    for name in ("crate/__init__.py", "crate/model/w.bin", "w.bin", "crate/deep/model/w.bin"):
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("raise RuntimeError('imported')")
    info = site / "crate_of_weights-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: crate-of-weights\nVersion: 1.0\n")
    record = ["crate/__init__.py,,", "crate/deep/model/w.bin,,", "crate/model/w.bin,,"]
    record += ["crate/gone.bin,,", "w.bin,,"]
    (info / "RECORD").write_text("\n".join(record) + "\n")
    monkeypatch.syspath_prepend(str(site))
    return site


def test_a_file_is_found_by_the_end_of_its_path(installed: Path) -> None:
    found = packaged_file("crate-of-weights", "deep/model/w.bin")
    assert found == (installed / "crate/deep/model/w.bin").resolve()


def test_of_several_matches_the_one_nearest_the_top_is_taken(installed: Path) -> None:
    assert packaged_file("crate-of-weights", "model/w.bin") == installed / "crate/model/w.bin"
    assert packaged_file("crate-of-weights", "w.bin") == installed / "w.bin"


def test_a_file_is_found_without_importing_its_package(installed: Path) -> None:
    assert packaged_file("crate-of-weights", "model/w.bin") is not None
    assert "crate" not in sys.modules


@pytest.mark.parametrize("name", ["el/w.bin", "gone.bin", "absent.bin", "", "/w.bin", "../w.bin"])
def test_a_path_that_the_package_does_not_hold_gives_none(installed: Path, name: str) -> None:
    assert packaged_file("crate-of-weights", name) is None


@pytest.mark.parametrize("name", ["no-such-distribution-at-all", "", "../x", "a b"])
def test_an_absent_distribution_gives_none(name: str) -> None:
    assert packaged_file(name, "model.bin") is None


def test_the_right_sum_passes_in_either_case(weights: Path, memos: Path) -> None:
    verify_sha256(weights, SUM, memo_folder=memos)
    verify_sha256(weights, SUM.upper(), memo_folder=memos)


def test_a_wrong_sum_names_both_sums_and_the_way_out(weights: Path, memos: Path) -> None:
    with pytest.raises(ChecksumError, match=rf"(?s){SUM}.*{OTHER_SUM}.*install") as caught:
        verify_sha256(weights, OTHER_SUM, memo_folder=memos)
    assert isinstance(caught.value, IngestError)


def test_a_sum_that_is_no_sha256_is_refused(weights: Path, memos: Path) -> None:
    with pytest.raises(SettingError, match="'abc'"):
        verify_sha256(weights, "abc", memo_folder=memos)


def test_an_absent_file_is_an_ingest_error(tmp_path: Path, memos: Path) -> None:
    with pytest.raises(IngestError, match=r"nothing\.bin"):
        verify_sha256(tmp_path / "nothing.bin", SUM, memo_folder=memos)


def test_a_loop_of_links_is_an_ingest_error(tmp_path: Path, memos: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(IngestError, match="loop"):
        file_sha256(loop, memo_folder=memos)


def test_the_second_time_the_file_is_not_read(
    weights: Path, memos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify_sha256(weights, SUM, memo_folder=memos)
    monkeypatch.setattr(hashlib, "file_digest", _must_not_run)
    verify_sha256(weights, SUM, memo_folder=memos)


def _must_not_run(*_: object) -> None:
    raise AssertionError("the file was read again")


def test_changed_bytes_of_the_same_length_are_noticed(weights: Path, memos: Path) -> None:
    verify_sha256(weights, SUM, memo_folder=memos)
    weights.write_bytes(BYTES[::-1])
    with pytest.raises(ChecksumError):
        verify_sha256(weights, SUM, memo_folder=memos)


def test_a_replaced_file_is_noticed(weights: Path, memos: Path, tmp_path: Path) -> None:
    verify_sha256(weights, SUM, memo_folder=memos)
    other = tmp_path / "other.bin"
    other.write_bytes(BYTES[::-1])
    other.replace(weights)
    with pytest.raises(ChecksumError):
        verify_sha256(weights, SUM, memo_folder=memos)


def test_a_file_that_was_just_written_is_not_remembered(tmp_path: Path, memos: Path) -> None:
    fresh = tmp_path / "fresh.bin"
    fresh.write_bytes(BYTES)
    file_sha256(fresh, memo_folder=memos)
    assert not memos.exists()


@pytest.mark.parametrize("damage", [b"", b"\xff\x00", b"[]", b"{}", b"[" * 100_000, b"null"])
def test_a_damaged_memo_means_verifying_again(weights: Path, memos: Path, damage: bytes) -> None:
    verify_sha256(weights, SUM, memo_folder=memos)
    (memo,) = memos.iterdir()
    good = memo.read_bytes()
    memo.write_bytes(damage)
    verify_sha256(weights, SUM, memo_folder=memos)
    assert memo.read_bytes() == good


def test_a_memo_with_another_sum_in_it_is_not_believed(weights: Path, memos: Path) -> None:
    verify_sha256(weights, SUM, memo_folder=memos)
    (memo,) = memos.iterdir()
    memo.write_text(json.dumps(json.loads(memo.read_text()) | {"sha256": OTHER_SUM}))
    assert file_sha256(weights, memo_folder=memos) == SUM


def test_a_cache_folder_that_cannot_be_written_only_costs_time(weights: Path) -> None:
    in_the_way = weights.parent / "a-file"
    in_the_way.write_text("")
    assert file_sha256(weights, memo_folder=in_the_way / "memos") == SUM


def test_nothing_is_left_behind_but_the_memo(weights: Path, memos: Path) -> None:
    file_sha256(weights, memo_folder=memos)
    assert [path.suffix for path in memos.iterdir()] == [".json"]


def test_the_cache_folder_is_the_users_own(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(weights.parent / "cache"))
    file_sha256(weights)
    assert list((weights.parent / "cache" / "recollect").rglob("*.json"))


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_name_makes_the_search_fail(name: str, filename: str) -> None:
    assert packaged_file(name, filename) is None
