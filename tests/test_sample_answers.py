"""Real questions about the sample documents are answered to the point, without a model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import Assistant

SAMPLES = Path(__file__).parents[1] / "sample_docs"
RULE = "keep three copies of your data, on two different kinds of media, with one copy off-site."

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with Assistant.open(tmp_path_factory.mktemp("kb"), model="none") as opened:
        opened.ingest(SAMPLES)
        yield opened


@pytest.mark.parametrize(
    ("conversation", "words"),
    [
        (["What is the 3-2-1 rule?"], RULE),
        (["What does the 3-2-1 backup rule say?"], RULE),
        (["Who made the 3-2-1 rule popular?", "In which year did his book appear?"], "of 2005"),
        (["Who made the 3-2-1 rule popular?", "When was his book published?"], "of 2005"),
        (
            ["When was Roald Amundsen born?", "When did he reach the South Pole?"],
            "14 December 1911",
        ),
        (["什么是KV缓存？"], "这就是KV缓存"),
        (["什么是向量记忆？"], "把每一轮变成向量存起来"),
        (["什么是RRF？", "它是哪一年提出的？"], "2009年"),
    ],
)
def test_the_first_sentence_quoted_holds_the_answer(
    assistant: Assistant, conversation: list[str], words: str
) -> None:
    session = " ".join(conversation)
    answer = [assistant.ask(question, session=session).answer for question in conversation][-1]
    assert not answer.refused
    assert words in " ".join(answer.citations[0].quote.split())
