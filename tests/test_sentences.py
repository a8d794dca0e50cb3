"""ingest.sentences: where English and Chinese sentences end."""

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.sentences import sentence_spans

DATA = Path(os.environ.get("RECOLLECT_DATA", "data"))  # question sets, where one has them


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


ENGLISH = [
    ["Dr. Smith met Mrs. Jones.", "They spoke."],
    ["He served in the U.S. Army.", "Then he left."],
    ["He went to the U.S. The war was over."],
    ["See No. 5 and Fig. 2.", "It says No.", "Why?"],
    ["J. R. R. Tolkien wrote it.", "So did I."],
    ["Pi is 3.14 or so.", "E is 2.71."],
    ["Fruits, e.g. Apples, are fine.", "So are nuts, i.e. Almonds."],
    ["They went... and came back.", "Wait...", "Then nothing."],
    ["He said “Stop!” and left.", '"Really?" he asked.', '"Yes."', "(It was.)", "Good!"],
    ["It is known.[1][2]", "It is old."],
    ["Acme Inc. Chairman Lee spoke.", "At 5 p.m. He left."],
    ["What?!", "Yes."],
    ["It began on Jan. 3 in Rome.", "It ended."],
]
# Two lines that show a rule: a starter after an acronym ends the sentence.
ENGLISH[2] = ["He went to the U.S.", "The war was over."]
ENGLISH[10] = ["Acme Inc. Chairman Lee spoke.", "At 5 p.m.", "He left."]


@pytest.mark.parametrize("sentences", ENGLISH, ids=lambda sentences: sentences[0])
def test_english_sentences_end_where_a_reader_ends_them(sentences: list[str]) -> None:
    assert cut(" ".join(sentences)) == sentences


CHINESE = [
    ["他说：“你好。”", "然后走了！", "真的吗？"],
    ["是的……", "好；", "「完。」", "『对！』", "下一句"],
    ["你好!", "我是小明.", "你呢?"],
    ["圆周率约为3.14。", "他在U.S.工作。"],
    ["真的？！", "真的。"],
    ["（见附录。）", "下文"],
    ["雨林（葡语：Floresta；荷语：Woud）覆盖盆地；", "它很大。"],
    ["（甲）乙；", "丙。"],
]


@pytest.mark.parametrize("sentences", CHINESE, ids=lambda sentences: sentences[0])
def test_chinese_sentences_keep_their_closing_quotes(sentences: list[str]) -> None:
    assert cut("".join(sentences)) == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It runs\non here. End", ["It runs\non here.", "End"]),
        ("It ends\nHere", ["It ends", "Here"]),
        ("one\n\ntwo", ["one", "two"]),
        ("一行\n又一行", ["一行", "又一行"]),
        ("- milk\n- eggs\n* salt", ["- milk", "- eggs", "* salt"]),
        ("1. First. Second\n2. Third", ["1. First.", "Second", "2. Third"]),
        ("a) alpha\nb) beta", ["a) alpha", "b) beta"]),
        ("# Title. One\nbody here", ["# Title. One", "body here"]),
        ("text\n## Part 2\nmore", ["text", "## Part 2", "more"]),
        ("Heading\n=====\nbody", ["Heading", "=====", "body"]),
        ("one\r\ntwo\r\n\r\nthree", ["one\r\ntwo", "three"]),
    ],
)
def test_line_breaks_end_a_sentence_unless_it_runs_on(text: str, sentences: list[str]) -> None:
    assert cut(text) == sentences


@pytest.mark.parametrize("text", ["", " ", "\n\t \u3000\n"])
def test_white_space_holds_no_sentence(text: str) -> None:
    assert sentence_spans(text) == []


LIVELY = st.text(
    st.one_of(
        st.sampled_from(list(".!?。！？…；”』)\"' \n\r\tAaZz19#-、，中文。[]")), st.characters()
    ),
    max_size=120,
)


@given(LIVELY)
@settings(max_examples=1500, deadline=None)
def test_spans_are_ordered_tight_and_cover_all_but_white_space(text: str) -> None:
    covered = [False] * len(text)
    last = 0
    for start, end in sentence_spans(text):
        assert last <= start < end
        assert text[start:end] == text[start:end].strip()
        covered[start:end] = [True] * (end - start)
        last = end
    assert all(held or character.isspace() for held, character in zip(covered, text, strict=True))


@pytest.mark.parametrize(
    "unit", ["x", " ", ".", "\n", ".[", "#", "a. ", "。”", "A.\n", "\t# ", ".[1", " \n", "“"]
)
def test_any_megabyte_takes_linear_time(unit: str) -> None:
    small, large = unit * (20_000 // len(unit)), unit * (200_000 // len(unit))
    start = time.process_time()
    sentence_spans(small)
    middle = time.process_time()
    sentence_spans(large)
    assert time.process_time() - middle < 0.5 + 30 * (middle - start)


@pytest.mark.parametrize(
    ("name", "stops"), [("xquad_en_a", ".?!\"')]"), ("xquad_zh_a", "。？！；”）")]
)
def test_sentences_of_real_paragraphs_end_with_a_stop(name: str, stops: str) -> None:
    path = DATA / f"{name}.json"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    data = json.loads(path.read_text("utf-8"))["data"]
    paragraphs = [p["context"] for document in data for p in document["paragraphs"]]
    sentences = [sentence for paragraph in paragraphs for sentence in cut(paragraph)]
    assert sum(sentence[-1] in stops for sentence in sentences) > 0.97 * len(sentences)
    assert 3 * len(paragraphs) < len(sentences) < 9 * len(paragraphs)
