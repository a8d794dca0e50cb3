"""Text in, search terms out."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import index_terms, is_cjk, query_terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The otters were swimming", ["otter", "swim"]),
        ("CAFÉ naïve Straße", ["cafe", "naiv", "strass"]),
        ("don't the dog's", ["dog"]),
        ("What's up? They’re here; we won't, O'Brien's can't", ["obrien"]),
        ("1,234.5 and 1234.5", ["1234·5", "1", "234", "5", "1234·5", "1234", "5"]),
        ("ＡＢＣ１２３ snake_case", ["abc123", "snake", "case"]),
        ("水獭", ["水", "獭", "水獭"]),
        ("喂水獭 3kg", ["喂", "水", "獭", "喂水", "水獭", "3kg"]),
        ("カタカナ", ["カ", "タ", "カ", "ナ", "カタ", "タカ", "カナ"]),
        ("… !? \n", []),
    ],
)
def test_what_a_text_is_found_under(text: str, terms: list[str]) -> None:
    assert index_terms(text) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("What do otters eat, and when do otters eat?", ["otter", "eat"]),
        ("水獭吃什么?", ["水獭", "獭吃"]),
        ("How's a backup tested?", ["backup", "test"]),
        ("What's the ship called?", ["ship", "call"]),
        ("1,234.5 kg?", ["1234·5", "kg"]),
        ("麻烦帮我查一下密码最少多少位，谢谢", ["密码", "码最", "最少", "位"]),
        ("我想了解一下产假多少天", ["产假", "天"]),
        ("您好，请你告诉我展位号", ["展位", "位号"]),
        ("你好吗", ["你好"]),
        ("水", ["水"]),
        ("who are you", ["who", "are", "you"]),
        ("什么", ["什么"]),
        ("", []),
        ("?!", []),
    ],
)
def test_what_a_question_looks_for(text: str, terms: list[str]) -> None:
    assert query_terms(text) == terms


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=60))
def test_every_text_can_be_indexed_and_asked_for_in_sqlite(text: str) -> None:
    terms, wanted = index_terms(text), query_terms(text)
    assert len(wanted) == len(set(wanted))
    assert all(term and not set(term) & set(' "_\0') for term in (*terms, *wanted))
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(body, tokenize = 'ascii')")
        connection.execute("INSERT INTO t VALUES (?)", (" ".join(terms),))
        for term in wanted:
            found = connection.execute("SELECT 1 FROM t WHERE t MATCH ?", (f'"{term}"',)).fetchall()
            assert bool(found) == (term in terms), (term, terms)
    finally:
        connection.close()


def test_a_word_is_found_whatever_its_form_or_width() -> None:
    assert set(query_terms("ＯＴＴＥＲ")) <= set(index_terms("The otters' river"))
    assert set(query_terms("résumé")) <= set(index_terms("resumes"))


def test_chinese_japanese_and_korean_are_told_from_the_rest() -> None:
    assert [is_cjk(text) for text in ("水", "カ", "한", "a水b", "abc", "é!", "")] == [
        True, True, True, True, False, False, False,
    ]  # fmt: skip
