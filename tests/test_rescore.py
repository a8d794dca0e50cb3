"""The best candidates of a Chinese question are read again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ingest import Index, NewDocument, Page, Passage, Query
from ingest.index.rescore import RESCORED, rescore

Make = Callable[..., Index]
Document = Callable[..., NewDocument]


@pytest.fixture
def stored(make_index: Make, new_document: Document) -> Callable[..., Index]:
    """A knowledge base with one document per text, named by its number."""

    def make(*texts: str) -> Index:
        index = make_index()
        with index.writing():
            index.claim()
            for number, text in enumerate(texts):
                index.commit(new_document(str(number), [text]))
        return index

    return make


def search(index: Index, text: str, k: int = 10) -> list[Passage]:
    return index.search([Query(text, cosine_weight=0.0)], k=k)


def test_a_shared_character_finds_what_is_worded_otherwise(stored: Callable[..., Index]) -> None:
    index = stored("学校的食堂很大。", "学校里新来的教师姓王。", "学校的操场很新。")
    found = search(index, "学校的老师姓什么?")
    assert found[0].source == "1"
    assert found[0].signals["characters"] > found[1].signals["characters"] > 0


def test_terms_that_stand_near_each_other_count_more(stored: Callable[..., Index]) -> None:
    filler = "天气晴朗万物生长。" * 3
    index = stored(
        f"苹果很甜。{filler}价格上涨。", f"{filler}苹果很甜。价格上涨。", f"{filler}梨。"
    )
    found = search(index, "苹果的价格")
    assert found[0].source == "1"
    near = {passage.source: passage.signals["nearness"] for passage in found}
    assert near["1"] == pytest.approx(1.0)
    assert near["1"] > near["0"] > 0


def test_an_english_question_is_not_read_again(stored: Callable[..., Index]) -> None:
    index = stored("The otter eats fish.", "The otter sleeps.", "水獭吃鱼。")
    found = search(index, "Which fish does the otter eat?")
    assert all(set(passage.signals) == {"bm25", "cosine"} for passage in found)
    with index.catalog.read() as connection:
        added, signals = rescore(connection, found, [("What eats fish?", 1.0)])
    assert not added.any()
    assert signals == {}


def test_candidates_beyond_the_closer_reading_stay_behind_it(
    stored: Callable[..., Index],
) -> None:
    index = stored(
        *(f"第{n}条规定说明水獭的习性。{'其他内容。' * n}" for n in range(RESCORED + 10))
    )
    whole = search(index, "水獭的习性是什么?", k=RESCORED + 10)
    scores = [passage.score for passage in whole]
    assert len(whole) == RESCORED + 10
    assert scores == sorted(scores, reverse=True)
    assert all("nearness" in passage.signals for passage in whole[:RESCORED])
    assert all("nearness" not in passage.signals for passage in whole[RESCORED:])


def test_fewer_passages_are_the_head_of_more(stored: Callable[..., Index]) -> None:
    index = stored(*(f"水獭在第{n}条河里吃鱼。{'鱼很多。' * (n % 4)}" for n in range(30)))
    many = [passage.chunk_id for passage in search(index, "水獭吃什么鱼?", k=25)]
    few = [passage.chunk_id for passage in search(index, "水獭吃什么鱼?", k=3)]
    assert few == many[:3]


def test_every_wording_counts_by_its_weight(stored: Callable[..., Index]) -> None:
    index = stored("水獭吃鱼。", "苍鹭吃蛙。")
    with index.catalog.read() as connection:
        passages = search(index, "水獭苍鹭")
        once, _ = rescore(connection, passages, [("水獭", 1.0)])
        twice, _ = rescore(connection, passages, [("水獭", 2.0)])
        both, _ = rescore(connection, passages, [("水獭", 1.0), ("苍鹭", 1.0)])
    assert np.allclose(twice, 2 * once)
    assert once.any()
    assert np.allclose(both, 0)


def test_a_chinese_chunk_says_as_much_as_an_english_one(tmp_path: Path) -> None:
    with Index(tmp_path / "kb") as index:
        assert index.embedder.languages == {"en"}
        page_zh = "这条河里的水獭每天清晨都会出来寻找食物。" * 60
        page_en = "The otter leaves its den every morning to look for food. " * 60
        chinese = index.splitter.split(Page(1, page_zh))
        english = index.splitter.split(Page(1, page_en))
    assert 600 <= max(len(chunk.text) for chunk in chinese) <= 800
    assert max(len(chunk.text) for chunk in english) < 1_500
