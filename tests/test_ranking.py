"""Two kinds of evidence in, one order out."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import Index, NewDocument, Query, z_scores
from ingest.index.ranking import fuse, lexical_scores

Make = Callable[..., Index]


def test_z_scores_have_mean_zero_and_deviation_one() -> None:
    scores = z_scores(np.array([1.0, 2.0, 3.0, 10.0]))
    assert scores.mean() == pytest.approx(0)
    assert scores.std() == pytest.approx(1)
    assert scores.tolist() == sorted(scores.tolist())


def test_a_signal_that_says_nothing_stays_quiet() -> None:
    flat = dict.fromkeys(range(4), 0.3)
    words = {0: 1.0, 1: 3.0, 2: 2.0, 3: 0.0}
    assert z_scores(np.full(3, 0.1 + 0.2)).tolist() == [0, 0, 0]
    alone = fuse(range(4), [(words, 1.0)])
    assert fuse(range(4), [(words, 1.0), (flat, 1.0)]) == alone
    assert max(alone, key=alone.__getitem__) == 1


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.floats(-50, 50), min_size=2, max_size=20),
    st.floats(0.1, 10),
    st.floats(-20, 20),
)
def test_scale_and_offset_of_a_signal_change_nothing(
    values: list[float], scale: float, offset: float
) -> None:
    signal = {n: round(value, 3) for n, value in enumerate(values)}
    moved = {n: value * scale + offset for n, value in signal.items()}
    first, second = (fuse(range(len(values)), [(s, 1.0)]) for s in (signal, moved))
    assert all(math.isclose(first[n], second[n], abs_tol=1e-6) for n in first)


def test_a_missing_candidate_counts_nothing_and_weights_count() -> None:
    first, second = {1: 2.0}, {2: 2.0}
    assert fuse([1, 2], [(first, 1.0), (second, 2.0)]) == {1: -1.0, 2: 1.0}
    assert fuse([], [(first, 1.0)]) == {}


def test_words_in_the_text_count_more_than_those_in_the_title(
    make_index: Make, new_document: Callable[..., NewDocument]
) -> None:
    index = make_index()
    with index.writing():
        index.claim()
        index.commit(new_document("otter", ["Nothing about it in here at all."]))
        index.commit(new_document("zebra", ["An otter is told about in here."]))
        index.commit(new_document("third", ["Something else is in this text."]))
    with index.catalog.read() as connection:
        scores = lexical_scores(connection, "otter", 10)
    by_source = {p.source: scores[p.chunk_id] for p in index.passages(list(scores))}
    assert by_source["zebra"] > by_source["otter"] > 0
    assert "third" not in by_source


def test_rare_words_weigh_more_and_all_weigh_something(
    make_index: Make, fill: Callable[..., None]
) -> None:
    index = make_index()
    fill(index, 10)
    weights = index.rarity(["otter", "fish3", "absent"])
    assert 0 < weights["otter"] < weights["fish3"] < weights["absent"]
    assert weights["otter"] == pytest.approx(math.log(1 + (20 - 10 + 0.5) / (10 + 0.5)))


def test_equal_scores_come_in_the_order_of_their_ids(
    make_index: Make, new_document: Callable[..., NewDocument]
) -> None:
    index = make_index()
    with index.writing():
        index.claim()
        for n in range(6):
            index.commit(new_document(f"/{5 - n}", ["The very same words."]))
    ids = [passage.chunk_id for passage in index.search("same words", k=6)]
    assert ids == sorted(ids)


def test_a_query_without_vectors_weight_ranks_by_words_alone(
    make_index: Make, fill: Callable[..., None]
) -> None:
    index = make_index()
    fill(index, 10)
    found = index.search([Query("heron4 dawn2", cosine_weight=0.0)], k=10)
    words = [passage.signals["bm25"] for passage in found]
    assert words == sorted(words, reverse=True)
    assert index.query("水獭").cosine_weight == 1.0
