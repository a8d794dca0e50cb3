"""Markers are never taken on trust; citations are found by the words and the meaning."""

from __future__ import annotations

import time

import pytest

from ingest import DEFAULT_EMBEDDER, Passage, index_terms, open_embedder, sentence_spans
from rag.cite import align, cite_quotes, marked, strip_markers
from rag.evidence import EvidenceSentence

TEXT = (
    "The bridge over the Arl was opened in May 1932 by Mary Ash. "
    "It is 411 metres long and carries two railway tracks. "
    "Wooden ferries crossed the river before that."
)


def evidence(
    text: str = TEXT, source: str = "bridge.md", offset: int = 7
) -> list[EvidenceSentence]:
    passage = Passage(
        3, "bridge.md", "Bridge", 2, offset, offset + len(text), ("History",), text, 1.0
    )
    return [
        EvidenceSentence(passage, offset + a, offset + b, text[a:b], 1.0, 0.5, 0.5, frozenset())
        for a, b in sentence_spans(text)
    ]


EMBEDDER = open_embedder(DEFAULT_EMBEDDER)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It was built in 1932 [7].", "It was built in 1932."),
        ("It was built [1][2] in 1932.", "It was built in 1932."),
        ("Long [1, 3; 5-7].", "Long."),
        ("Long [Passage 2].", "Long."),
        ("Long [^4].", "Long."),
        ("桥建于1932年【3】。", "桥建于1932年。"),
        ("桥建于1932年[段落 3]。", "桥建于1932年。"),
        ("[2] It was built.", " It was built."),
    ],
)
def test_q09_what_looks_like_a_marker_is_taken_out(text: str, expected: str) -> None:
    assert strip_markers(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Amundsen (1872) was born in Borge.",
        "He was there for two winters (1903-1905).",
        "The crew (7) wintered.",
        "In [1932] the bridge opened.",
        "x[index] and [note] and []",
        "（1932年）",
    ],
)
def test_numbers_that_are_words_stay(text: str) -> None:
    assert strip_markers(text) == text


@pytest.mark.parametrize(
    "text", ["[" + "1" * 4000, "[" + "1 " * 4000, "[1," * 3000, " " * 20_000, "【1，" * 3000]
)
def test_stripping_takes_linear_time_whatever_a_model_writes(text: str) -> None:
    started = time.monotonic()
    strip_markers(text)
    assert time.monotonic() - started < 1


def test_each_supported_sentence_gets_the_place_that_supports_it() -> None:
    sentences, citations = align(
        "Mary Ash opened the bridge over the Arl in May 1932. It carries two railway tracks.",
        evidence(),
        {},
        EMBEDDER,
    )
    assert [s.citations for s in sentences] == [(1,), (2,)]
    assert [c.number for c in citations] == [1, 2]
    assert citations[0].quote.startswith("The bridge over the Arl")
    for citation in citations:
        assert (citation.source, citation.page, citation.chunk_id) == ("bridge.md", 2, 3)
        assert TEXT[citation.start - 7 : citation.end - 7] == citation.quote


def test_a_sentence_with_another_number_is_not_supported() -> None:
    sentences, citations = align(
        "The bridge over the Arl was opened in May 1931 by Mary Ash.", evidence(), {}, EMBEDDER
    )
    assert not sentences[0].supported
    assert citations == ()


def test_a_sentence_about_something_else_is_marked() -> None:
    sentences, citations = align(
        "Bananas are a good source of potassium.", evidence(), {}, EMBEDDER
    )
    assert citations == ()
    assert marked(sentences, "not found") == ("Bananas are a good source of potassium. [not found]")


def test_two_sentences_with_one_proof_share_its_number() -> None:
    sentences, citations = align(
        "The bridge is 411 metres long. It carries two railway tracks.", evidence(), {}, EMBEDDER
    )
    assert [s.citations for s in sentences] == [(1,), (1,)]
    assert len(citations) == 1
    assert marked(sentences, "x").count("[1]") == 2


def test_without_evidence_nothing_is_supported_and_without_text_nothing_is_said() -> None:
    sentences, citations = align("The bridge is long.", [], {}, EMBEDDER)
    assert [s.supported for s in sentences] == [False]
    assert citations == ()
    assert align("  ", evidence(), {}, EMBEDDER) == ((), ())


def test_chinese_is_aligned_by_its_words_alone() -> None:
    text = "这座桥建于1932年，由玛丽·阿什主持通车。桥长411米。"
    sentences, citations = align("桥长411米。", evidence(text), {}, EMBEDDER)
    assert sentences[0].citations == (1,)
    assert citations[0].quote == "桥长411米。"


def test_quotes_cite_themselves_on_one_line() -> None:
    chosen = evidence("First line\nof a sentence that goes on.")
    sentences, citations = cite_quotes(chosen)
    assert sentences[0].text == "First line of a sentence that goes on."
    assert citations[0].quote == chosen[0].text
    assert sentences[0].citations == (1,)
    assert index_terms(sentences[0].text) == index_terms(citations[0].quote)
