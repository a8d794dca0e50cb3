"""ingest.splitter: chunks with exact spans that fit the window (RELIABILITY row I20)."""

import json
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.document import Chunk, Heading, Page
from ingest.embedders.hashing import HashingEmbedder
from ingest.embedders.minilm import MiniLM
from ingest.errors import SettingError
from ingest.graphemes import is_grapheme_boundary
from ingest.splitter import Splitter

DATA = Path(os.environ.get("RECOLLECT_DATA", "data"))  # question sets, where one has them


def characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def bert_like(texts: Sequence[str]) -> list[int]:
    """Two special tokens; a long word is one unknown token, so sums and wholes differ."""
    return [2 + sum(1 if len(w) > 9 else 1 + len(w) // 3 for w in text.split()) for text in texts]


def bytewise(texts: Sequence[str]) -> list[int]:
    return [3 + len(text.encode("utf-8", "surrogatepass")) for text in texts]


def unruly(texts: Sequence[str]) -> list[int]:
    """The whole costs more than its parts."""
    return [1 + len(text) + len(text) // 7 for text in texts]


COUNTERS = [characters, bert_like, bytewise, unruly]
TEXT = st.text(
    st.one_of(
        st.sampled_from(list("。！？.!? \n\n\tabcAB中文，、;#-\u0301\u200d\ufe0f👩🇩🇪\r각")),
        st.characters(),
    ),
    max_size=250,
)
HEADINGS = st.lists(st.tuples(st.integers(0, 260), st.integers(1, 3)), max_size=4)


def check(page: Page, chunks: list[Chunk]) -> None:
    covered = [False] * len(page.text)
    last = (-1, -1)
    for chunk in chunks:
        assert page.text[chunk.start : chunk.end] == chunk.text
        assert chunk.text == chunk.text.strip() != ""
        assert chunk.start > last[0] or last == (-1, -1)
        assert chunk.end > last[1]
        assert chunk.page == page.number
        assert chunk.heading_path == page.heading_path(chunk.start)
        covered[chunk.start : chunk.end] = [True] * len(chunk.text)
        last = (chunk.start, chunk.end)
    assert all(c or mark.isspace() for c, mark in zip(covered, page.text, strict=True))


@given(
    text=TEXT,
    size=st.one_of(st.integers(1, 60), st.integers(1, 4000)),
    share=st.floats(0, 0.99),
    counter=st.sampled_from(COUNTERS),
    marks=HEADINGS,
)
@settings(max_examples=2500, deadline=None)
def test_i20_any_text_at_any_size_is_covered_by_exact_chunks_that_fit(
    text: str, size: int, share: float, counter: object, marks: list[tuple[int, int]]
) -> None:
    assert callable(counter)
    size += counter([""])[0]
    page = Page(
        3, text, tuple(Heading(at, level, text[at : at + 3]) for at, level in sorted(marks))
    )
    chunks = Splitter(counter, max_tokens=size, overlap_tokens=int(share * size)).split(page)
    check(page, chunks)
    for chunk in chunks:
        assert counter([chunk.text])[0] <= size or len(chunk.text) == 1


@given(text=TEXT, size=st.integers(70, 400))
@example(text="'\n\u0301'", size=106)
@example(text="' \u0301'", size=94)
@example(text="'\u200d '", size=79)
@settings(max_examples=1000, deadline=None)
def test_i20_no_chunk_tears_a_grapheme_cluster_where_it_can_be_avoided(
    text: str, size: int
) -> None:
    for chunk in Splitter(characters, max_tokens=size, overlap_tokens=size // 8).split(
        Page(1, text)
    ):
        assert is_grapheme_boundary(text, chunk.start)
        assert is_grapheme_boundary(text, chunk.end)


@pytest.mark.parametrize(
    "cluster", ["e\u0301", "👩\u200d👩\u200d👧", "👍🏽", "🇩🇪", "\u1112\u1161\u11ab", "❤\ufe0f"]
)
def test_i20_a_line_of_clusters_is_cut_between_them(cluster: str) -> None:
    text = cluster * 100
    chunks = Splitter(characters, max_tokens=50, overlap_tokens=0).split(Page(1, text))
    assert all(len(chunk.text) % len(cluster) == 0 for chunk in chunks)


@pytest.mark.parametrize(("size", "overlap"), [(10, 10), (10, 20), (10, -1), (0, 0), (-5, 0)])
def test_i20_an_overlap_that_is_not_below_the_size_is_refused(size: int, overlap: int) -> None:
    with pytest.raises(SettingError, match=r"set (max|overlap)_tokens"):
        Splitter(characters, max_tokens=size, overlap_tokens=overlap)


def test_i20_a_size_without_room_beside_special_tokens_is_refused() -> None:
    with pytest.raises(SettingError, match="special"):
        Splitter(bert_like, max_tokens=2, overlap_tokens=0)


@pytest.mark.parametrize("unit", ["x", "字", "a\u0301", "xy ", "。", "1,"])
def test_i20_a_long_line_is_cut_in_linear_time(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    start = time.process_time()
    chunks = Splitter(characters, max_tokens=250, overlap_tokens=32).split(Page(1, text))
    assert time.process_time() - start < 10
    assert len(chunks) >= 790


def test_a_page_of_white_space_has_no_chunks() -> None:
    assert Splitter(characters, max_tokens=9, overlap_tokens=0).split(Page(1, " \n ")) == []


SECTIONS = "# Alpha\n\n" + "Alpha is here. " * 5 + "\n\n## Beta\n\n" + "Beta is there. " * 5


def sections() -> Page:
    beta = SECTIONS.index("## Beta")
    return Page(1, SECTIONS, (Heading(0, 1, "Alpha"), Heading(beta, 2, "Beta")))


@pytest.mark.parametrize("size", [40, 60, 90, 95, 100, 110, 120, 150])
def test_no_chunk_ends_with_a_heading_whose_section_follows(size: int) -> None:
    for chunk in Splitter(characters, max_tokens=size, overlap_tokens=0).split(sections()):
        assert not chunk.text.endswith(("Alpha", "Beta"))


def test_a_chunk_begins_at_a_heading_and_knows_its_path() -> None:
    chunks = Splitter(characters, max_tokens=120, overlap_tokens=30).split(sections())
    assert [chunk.text.split("\n")[0] for chunk in chunks] == ["# Alpha", "## Beta"]
    assert [chunk.heading_path for chunk in chunks] == [("Alpha",), ("Alpha", "Beta")]


def test_the_overlap_repeats_whole_sentences_within_a_paragraph() -> None:
    text = "One is one. Two is two. Six is six. Ten is ten. Old is old."
    chunks = Splitter(characters, max_tokens=36, overlap_tokens=12).split(Page(1, text))
    assert [chunk.text for chunk in chunks] == [
        "One is one. Two is two. Six is six.",
        "Six is six. Ten is ten. Old is old.",
    ]


def test_a_chunk_stops_at_a_paragraph_that_wastes_little_room() -> None:
    text = "One is one. Two is two.\n\nSix is six. Ten is ten."
    chunks = Splitter(characters, max_tokens=36, overlap_tokens=12).split(Page(1, text))
    assert [chunk.text for chunk in chunks] == text.split("\n\n")


def test_equal_parameters_give_equal_fingerprints_and_others_do_not() -> None:
    prints = {
        Splitter(characters, max_tokens=size, overlap_tokens=overlap).fingerprint()
        for size, overlap in [(9, 1), (9, 1), (9, 2), (8, 1)]
    }
    assert len(prints) == 3


def test_a_splitter_for_an_embedder_keeps_within_its_window() -> None:
    embedder = HashingEmbedder()
    embedder.max_tokens = 40
    splitter = Splitter.for_embedder(embedder)
    assert splitter.max_tokens == 40
    chunks = splitter.split(Page(1, "word " * 500 + "字" * 500))
    assert max(embedder.count_tokens([chunk.text for chunk in chunks])) <= 40


def paragraphs(name: str) -> list[str]:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    data = json.loads(path.read_text("utf-8"))["data"]
    return [p["context"] for document in data for p in document["paragraphs"]]


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM()


@pytest.mark.parametrize("name", ["xquad_en_a.json", "xquad_zh_a.json", "cmrc2018_dev.json"])
def test_real_paragraphs_fit_the_real_window_and_end_at_sentences(
    name: str, minilm: MiniLM
) -> None:
    page = Page(1, "\n\n".join(paragraphs(name)[:120]))
    chunks = Splitter(minilm.count_tokens, max_tokens=256, overlap_tokens=32).split(page)
    check(page, chunks)
    counts = minilm.count_tokens([chunk.text for chunk in chunks])
    assert max(counts) <= 256
    ended = sum(
        bool(re.search(r"[.?!。！？；…][\"'”’」』）)\]]*$", chunk.text)) for chunk in chunks
    )
    assert ended > 0.96 * len(chunks)


def test_a_line_without_spaces_is_cut_by_the_real_tokenizer(minilm: MiniLM) -> None:
    page = Page(1, "abcdefghij" * 5_000 + "汉字" * 5_000)
    chunks = Splitter(minilm.count_tokens, max_tokens=256, overlap_tokens=32).split(page)
    check(page, chunks)
    assert max(minilm.count_tokens([chunk.text for chunk in chunks])) <= 256
