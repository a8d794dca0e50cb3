"""The wrapper computes no text twice and changes no row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingest.embedders.base import Role, Vectors
from ingest.embedders.hashing import HashingEmbedder
from ingest.embedders.remembering import RememberingEmbedder


class Counting(HashingEmbedder):
    def __init__(self) -> None:
        super().__init__(32)
        self.calls: list[int] = []

    def embed(self, texts: Sequence[str], role: Role = "passage") -> Vectors:
        self.calls.append(len(texts))
        return super().embed(texts, role)


def test_rows_are_those_of_the_inner_embedder_in_order() -> None:
    texts = ["otter", "badger", "otter", "fish"]
    expected = HashingEmbedder(32).embed(texts)
    remembering = RememberingEmbedder(Counting())
    for _ in range(2):
        assert np.array_equal(remembering.embed(texts), expected)


def test_a_known_text_is_not_computed_again() -> None:
    inner = Counting()
    remembering = RememberingEmbedder(inner)
    remembering.embed(["otter", "badger", "otter"])
    remembering.embed(["badger", "fish"])
    assert inner.calls == [2, 1]


def test_a_question_and_a_passage_are_not_mixed() -> None:
    inner = Counting()
    remembering = RememberingEmbedder(inner)
    remembering.embed(["otter"], "query")
    remembering.embed(["otter"], "passage")
    assert inner.calls == [1, 1]


def test_no_more_rows_are_kept_than_allowed() -> None:
    inner = Counting()
    remembering = RememberingEmbedder(inner, capacity=2)
    remembering.embed(["a1", "b1", "c1"])
    remembering.embed(["b1", "c1"])
    remembering.embed(["a1"])
    assert inner.calls == [3, 1]


def test_a_large_call_comes_in_slices_and_is_not_kept() -> None:
    inner = Counting()
    remembering = RememberingEmbedder(inner)
    texts = [f"word{at}" for at in range(700)]
    assert np.array_equal(remembering.embed(texts), HashingEmbedder(32).embed(texts))
    assert inner.calls == [320, 320, 60]
    assert remembering.fingerprint() == inner.fingerprint()


def test_no_text_gives_no_row() -> None:
    assert RememberingEmbedder(Counting()).embed([]).shape == (0, 32)
