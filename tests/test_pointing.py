"""Sentences that lean on the one before them."""

from __future__ import annotations

import pytest

from rag.evidence.pointing import points_back


@pytest.mark.parametrize(
    "sentence",
    [
        "It was re-established in April 1991.",
        "“They left,” he said.",
        "In his paper, he explained his theory.",
        "All of this set the stage for the project.",
        "During this hold, a fire began.",
        "The latter became law.",
        "该法令废止了新教的法律地位。",
        "在此之后，它在2000年获奖。",
        "科学家后来证实了这一理论。",
        "他的专利为他赚了很多钱。",
        "It was named 长城 by locals.",
        "其中三人获救。",
    ],
)
def test_a_sentence_that_leans_on_the_one_before(sentence: str) -> None:
    assert points_back(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Item 4 lists the tools.",
        "The stock exchange was established in 1817.",
        "Italy joined in 1957.",
        "Therefore Warsaw grew.",
        "我们应该每天备份。",
        "华沙的证券交易所成立于1817年。",
        "其实证券交易所成立于1817年。",
        "其他国家也加入了。",
        "那不勒斯是一座城市。",
        "",
    ],
)
def test_a_sentence_that_stands_alone(sentence: str) -> None:
    assert not points_back(sentence)
