"""Which language a question is in, and that the program's own phrases exist in both."""

from __future__ import annotations

import string

import pytest

from rag.language import _WORDS, language_of, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("When was the bridge built?", "en"),
        ("桥是什么时候建的？", "zh"),
        ("什么是KV缓存？", "zh"),
        ("BM25的k1通常取多少？", "zh"),
        ("What does 内存 mean in this document?", "en"),
        ("list 和 tuple 有什么区别？", "zh"),
        ("CAN 总线的最高速率是多少？", "zh"),
        ("where 子句怎么用？", "zh"),
        ("What does 什么 mean?", "en"),
        ("What is 人工智能?", "en"),
        ("", "en"),
        ("123 ???", "en"),
        ("🙂", "en"),
        ("橋は何年", "zh"),
    ],
)
def test_the_language_is_that_of_most_of_the_words(text: str, expected: str) -> None:
    assert language_of(text) == expected


def test_every_phrase_exists_in_both_languages_with_the_same_blanks() -> None:
    def blanks(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    english, chinese = _WORDS["en"], _WORDS["zh"]
    assert set(english) == set(chinese)
    for key, phrase in english.items():
        assert blanks(phrase) == blanks(chinese[key]), key


def test_s10_what_is_filled_in_is_not_a_format_of_its_own() -> None:
    assert words("en", "short", words="{0.__class__} %s {page}") == (
        "In short: {0.__class__} %s {page}"
    )


def test_an_unknown_phrase_is_an_error() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        words("en", "nonsense")
