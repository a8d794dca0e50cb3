"""Questions about two things fall into one question about each, and no others do."""

from __future__ import annotations

import time

import pytest

from rag.search.parts import parts


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "When did Amundsen's party and Scott's party reach the pole, and how far was it?",
            ("When did Amundsen's party reach the pole?", "When did Scott's party reach the pole?"),
        ),
        ("Is it FAISS or Chroma?", ("Is it FAISS?", "Is it Chroma?")),
        ("BM25和向量检索有什么区别？", ("BM25有什么区别？", "向量检索有什么区别？")),
        ("Python和Java的区别是什么？", ("Python的区别是什么？", "Java的区别是什么？")),
        ("BM25和TF-IDF的区别", ("BM25的区别", "TF-IDF的区别")),
        ("北京和上海的人口各是多少？", ("北京的人口各是多少？", "上海的人口各是多少？")),
        ("缓冲记忆与窗口记忆的区别是什么？", ("缓冲记忆的区别是什么？", "窗口记忆的区别是什么？")),
    ],
)
def test_a_question_about_two_names_is_asked_for_each(
    question: str, expected: tuple[str, ...]
) -> None:
    assert parts(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "What is salt and pepper?",
        "Who was Amundsen?",
        "中华人民共和国的首都是哪里？",
        "劳动合同的期限是多久？",
        "什么是比特币的原理？",
        "研究参与者有哪些权利？",
        "和平是什么？",
        "",
    ],
)
def test_a_question_about_one_thing_stays_whole(question: str) -> None:
    assert parts(question) == ()


def test_an_endless_question_is_not_searched_for_names() -> None:
    started = time.process_time()
    assert parts("A and " * 10_000) == ()
    assert time.process_time() - started < 1
