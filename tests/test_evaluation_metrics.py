"""Every metric gives the number that a person gets with pencil and paper."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rag.evaluation.metrics import (
    Estimate,
    Span,
    bootstrap,
    bootstrap_mean,
    citation_precision,
    citation_recall,
    citation_share,
    cmrc_em,
    cmrc_f1,
    contained,
    evidence_recall,
    ndcg,
    recall_at_k,
    reciprocal_rank,
    refusal_auc,
    refusal_precision,
    refusal_rate,
    refusal_recall,
    squad_em,
    squad_f1,
)
from rag.evaluation.metrics.cmrc_segments import cmrc_segments


@pytest.mark.parametrize(("k", "value"), [(1, 0.0), (2, 1 / 3), (3, 1 / 3), (4, 2 / 3)])
def test_recall_counts_the_wanted_places_among_the_first_k(k: int, value: float) -> None:
    assert recall_at_k([False, True, False, True], 3, k) == pytest.approx(value)


def test_a_place_that_is_counted_twice_is_an_error_not_a_rate_above_one() -> None:
    with pytest.raises(ValueError, match="2 places were found where 1"):
        recall_at_k([True, True], 1, 5)
    with pytest.raises(ValueError, match="2 results were found where 1"):
        ndcg([True, True], 1)


def test_recall_of_nothing_wanted_is_refused() -> None:
    with pytest.raises(ValueError, match="total 0"):
        recall_at_k([True], 0, 1)


@pytest.mark.parametrize(
    ("relevant", "value"),
    [([True], 1.0), ([False, False, True, True], 1 / 3), ([False] * 10 + [True], 0.0), ([], 0.0)],
)
def test_the_reciprocal_rank_is_of_the_first_hit_among_ten(
    relevant: list[bool], value: float
) -> None:
    assert reciprocal_rank(relevant) == pytest.approx(value)


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    gain = 1 / math.log2(3) + 1 / math.log2(5)  # ranks 2 and 4
    ideal = 1 / math.log2(2) + 1 / math.log2(3)
    assert ndcg([False, True, False, True], 2) == pytest.approx(gain / ideal)
    assert ndcg([False, True], 1) == pytest.approx(0.6309, abs=1e-4)
    assert ndcg([True, True], 2) == 1


def test_ndcg_looks_at_k_ranks_only() -> None:
    assert ndcg([False, True], 1, k=1) == 0
    assert ndcg([True, False], 5, k=1) == 1


@pytest.mark.parametrize(
    ("given", "accepted", "f1", "em"),
    [
        ("the Denver Broncos", ["Denver Broncos"], 1.0, 1.0),
        ("Broncos", ["Denver Broncos"], 2 / 3, 0.0),
        ("a Denver Denver team", ["Denver Broncos"], 2 / 5, 0.0),
        ("in 1,963.", ["1963", "the year 1963"], 2 / 3, 0.0),
        ("al-Qaeda", ["alqaeda"], 1.0, 1.0),
        ("Paris", ["Rome"], 0.0, 0.0),
        ("", ["Rome"], 0.0, 0.0),
        ("theatre", ["atre"], 0.0, 0.0),
    ],
)
def test_squad_compares_words_after_the_official_normalisation(
    given: str, accepted: list[str], f1: float, em: float
) -> None:
    assert squad_f1(given, accepted) == pytest.approx(f1)
    assert squad_em(given, accepted) == em


def test_chinese_is_segmented_by_characters_and_other_scripts_by_words() -> None:
    assert cmrc_segments("《战国无双3》是 Omega-Force制作，3.5分") == [
        *"战国无双",
        "3",
        "是",
        "omegaforce",
        *"制作",
        "3.5",
        "分",
    ]


@pytest.mark.parametrize(
    ("given", "accepted", "f1", "em"),
    [
        ("光荣和ω-force", ["光荣和ω-force"], 1.0, 1.0),
        ("“光荣”公司", ["光荣公司"], 1.0, 1.0),
        ("光荣公司", ["光荣"], 2 * (2 / 4) * 1 / (2 / 4 + 1), 0.0),
        ("北京和天津", ["北京天津"], 2 * 2 / (5 + 4), 0.0),  # a run of two, not a bag of four
        ("上海", ["北京"], 0.0, 0.0),
        ("", ["北京"], 0.0, 0.0),
    ],
)
def test_cmrc_compares_the_longest_common_run(
    given: str, accepted: list[str], f1: float, em: float
) -> None:
    assert cmrc_f1(given, accepted) == pytest.approx(f1)
    assert cmrc_em(given, accepted) == em


@pytest.mark.parametrize(
    ("shown", "answer", "value"),
    [
        ("It opened in May 1932.", "may  1932", 1.0),
        ("It opened in 1957.", "5", 0.0),
        ("the golden-winged one", "golden", 1.0),
        ("the theatre", "the", 1.0),
        ("a theatre", "the", 0.0),
        ("to bathe", "the", 0.0),
        ("它建于1957年。", "1957", 1.0),
        ("它建于1957年。", "5", 0.0),
        ("位于北京市", "北京", 1.0),
        ("costs $5.", "$5", 1.0),
        ("anything", "", 0.0),
        ("1957 then 5", "5", 1.0),
    ],
)
def test_an_answer_is_contained_as_whole_words(shown: str, answer: str, value: float) -> None:
    assert contained(shown, [answer]) == value


def test_a_line_break_within_chinese_does_not_count() -> None:
    assert contained("苏剑林等人在 2021年\n提出", ["苏剑林等人在2021年提出"]) == 1
    assert contained("in 20 21", ["in 2021"]) == 0


def test_one_accepted_answer_is_enough_to_be_contained() -> None:
    assert contained("Rome fell", ["Paris", "Rome"]) == 1
    assert contained("Rome fell", []) == 0


def test_a_span_overlaps_by_its_share() -> None:
    gold = Span("a.txt", 1, 10, 20)
    assert gold.overlap(Span("a.txt", 1, 15, 40)) == 0.5
    assert gold.overlap(Span("a.txt", 1, 20, 30)) == 0
    assert gold.overlap(Span("a.txt", 2, 10, 20)) == 0
    assert gold.overlap(Span("b.txt", 1, 10, 20)) == 0
    assert Span("a.txt", 1).overlap(Span("a.txt", 1, 5, 6)) == 1
    assert Span("a.txt").overlap(Span("a.txt", 7, 5, 6)) == 1


def test_citation_share_counts_citations_and_precision_asks_for_one() -> None:
    gold = [Span("a", 1, 10, 20)]
    bad = [Span("a", 1, 20, 30), Span("b", 1, 10, 20), Span("a", 2, 10, 20)]
    good = Span("a", 1, 0, 11)
    assert citation_share([good, *bad], gold) == 0.25
    assert citation_precision([*bad, good], gold) == 1
    assert citation_share(bad, gold) == citation_precision(bad, gold) == 0
    assert citation_share([], gold) == citation_precision([], gold) == 0


def test_citation_recall_is_the_share_of_facts_with_a_citation() -> None:
    facts = [[Span("a", 1, 10, 20), Span("b", 1, 0, 9)], [Span("c", 1, 0, 9)]]
    assert citation_recall([Span("b", 1, 3, 4)], facts) == 0.5
    assert citation_recall([], facts) == 0
    with pytest.raises(ValueError, match="no fact"):
        citation_recall([], [])


REFUSED = [True, True, False, False, True]
ANSWERABLE = [True, False, True, False, False]


def test_refusal_precision_and_recall() -> None:
    assert refusal_precision(REFUSED, ANSWERABLE) == pytest.approx(2 / 3)
    assert refusal_recall(REFUSED, ANSWERABLE) == pytest.approx(2 / 3)
    assert refusal_precision([False], [True]) == 1
    with pytest.raises(ValueError, match="every question is answerable"):
        refusal_recall([False], [True])


def test_refusal_auc_counts_pairs_and_halves_ties() -> None:
    # answerable .9 .5, unanswerable .5 .1: pairs .9>.5, .9>.1, .5=.5, .5>.1
    assert refusal_auc([0.9, 0.5, 0.5, 0.1], [True, True, False, False]) == 3.5 / 4
    with pytest.raises(ValueError, match="both"):
        refusal_auc([0.5], [True])


def test_the_refusal_rate_spends_the_allowed_false_refusals_and_no_more() -> None:
    support = [0.1, 0.4, 0.6, 0.8, 0.05, 0.3, 0.5, 0.7]
    answerable = [True] * 4 + [False] * 4
    assert refusal_rate(support, answerable, 0.25) == 0.5  # below .4: .05 and .3
    assert refusal_rate(support, answerable, 0.2) == 0.25  # below .1: .05
    assert refusal_rate(support, answerable, 0.5) == 0.75


def test_evidence_recall_is_the_share_of_turns_printed() -> None:
    assert evidence_recall([1, 2, 3], [3, 1, 9]) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="no evidence"):
        evidence_recall([], [1])


def test_the_bootstrap_covers_a_mean_as_theory_says() -> None:
    found = bootstrap_mean([1.0] * 80 + [0.0] * 20, seed=1)
    assert (found.value, found.n) == (0.8, 100)
    assert found.low == pytest.approx(0.8 - 1.96 * 0.04, abs=0.02)  # sqrt(.8 * .2 / 100) = .04
    assert found.high == pytest.approx(0.8 + 1.96 * 0.04, abs=0.02)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    values = np.random.default_rng(0).random(50).tolist()
    assert bootstrap_mean(values, seed=3) == bootstrap_mean(values, seed=3)
    assert bootstrap_mean(values, seed=3) != bootstrap_mean(values, seed=4)


def test_a_bootstrap_in_strata_always_draws_both_kinds() -> None:
    found = bootstrap((1, 1), lambda at: float(sorted(at.tolist()) == [0, 1]), resamples=50)
    assert found == Estimate(1.0, 1.0, 1.0, 2)


def test_a_bootstrap_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        bootstrap_mean([])
    with pytest.raises(ValueError, match="no questions"):
        bootstrap((0, 0), lambda at: 0.0)


def test_an_estimate_is_rounded_for_json_only() -> None:
    assert Estimate(1 / 3, 0.25, 0.5, 3).as_dict() == {
        "value": 0.3333,
        "low": 0.25,
        "high": 0.5,
        "n": 3,
    }
