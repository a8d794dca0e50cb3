"""Answers grow by bytes and lines travel as JSON: nothing is cut, garbled or believed unread."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.worker.protocol import (
    ChatTurn,
    Done,
    Generate,
    Load,
    Message,
    Piece,
    Prompt,
    Sampling,
    Segment,
    Tokens,
)
from rag.worker.text import AnswerText, is_repeating
from rag.worker.wire import ProtocolError, decode, encode


def fed(text: AnswerText, data: bytes, size: int) -> list[str]:
    return [text.feed(data[at : at + size]) for at in range(0, len(data), size)]


@given(st.text(), st.integers(1, 7))
def test_text_cut_into_bytes_anywhere_comes_out_whole(answer: str, size: int) -> None:
    text = AnswerText()
    assert (
        "".join(fed(text, answer.encode("utf-8", "replace"), size))
        == answer.encode("utf-8", "replace").decode()
    )


def test_chinese_never_shows_half_a_character() -> None:
    text = AnswerText()
    assert fed(text, "你好".encode()[:5], 1) == ["", "", "你", "", ""]
    assert text.finish() == ""


@given(st.text(alphabet="abc你", max_size=40), st.sampled_from(["ab", "cab", "你a", "aaa"]))
def test_a_stop_string_is_found_across_pieces_and_never_shown(answer: str, stop: str) -> None:
    text = AnswerText([stop])
    shown = "".join(fed(text, answer.encode(), 1)) + text.finish()
    assert shown == answer.split(stop, maxsplit=1)[0]
    assert text.stopped == (stop in answer)


def test_q05_a_repetition_is_seen_and_a_table_is_not() -> None:
    assert is_repeating([5] * 96)
    assert is_repeating([*range(100), *(list(range(40)) * 4)])
    assert not is_repeating([5] * 60)
    assert not is_repeating(
        [row if column == 3 else column for row in range(50) for column in range(5)]
    )
    assert not is_repeating(list(range(500)))


MESSAGES: list[Message] = [
    Load(1, "/m.gguf", n_ctx=5, canary=True),
    Generate(
        2,
        Prompt(turns=(ChatTurn("user", "你好\ud800\u2028\n"),), answer_prefix="x"),
        Sampling(stop=("a", "b"), wall_seconds=3.5),
    ),
    Generate(3, Prompt(segments=(Segment("<s>", True),)), Sampling(wall_seconds=None)),
    Tokens(4, (1, 2), ((1,), ())),
    Done(5, "stop", logprobs=(-0.5,), mean_logprob=-0.5),
    Piece(6, '"\\'),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m).__name__)
def test_every_message_survives_the_wire_on_one_line(message: Message) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode(line) == message


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"llama_model_loader: loaded meta data",
        b"[]",
        b"{}",
        b'{"type":"piece","id":"1","text":"a"}',
        b'{"type":"piece","id":1}',
        b'{"type":"piece","id":true,"text":"a"}',
        b'{"type":"piece","id":1,"text":"a","more":1}',
        b'{"type":"done","id":1,"reason":"bored"}',
        b'{"type":"count","id":1,"texts":"abc"}',
        b'{"type":"generate","id":1,"prompt":[]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_line_that_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(line)
