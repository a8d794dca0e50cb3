"""The chat interface over a real model: counts, streams, refusals, and life after a death."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from pydantic import ValidationError

from rag.errors import ModelError, ModelFileError, ModelNotFoundError, WorkerCrashedError
from rag.llama_chat import LlamaChat

BRIDGE = "The bridge over the Arl was built in 1932 by Mary Ash. When was the bridge built?"


@pytest.fixture(scope="module")
def chat() -> Iterator[LlamaChat]:
    made = LlamaChat(n_ctx=1024, max_tokens=24)
    yield made
    made.close()


def test_a_stream_and_an_answer_say_the_same(chat: LlamaChat) -> None:
    answer = chat.invoke(BRIDGE)
    chunks = list(chat.stream(BRIDGE))
    assert "1932" in answer.text
    assert "".join(chunk.text for chunk in chunks) == answer.text
    assert len(chunks) > 3
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.response_metadata["model_name"] == "smollm2-135m"


def test_tokens_are_counted_by_the_model_itself(chat: LlamaChat) -> None:
    messages = [SystemMessage("Be brief."), HumanMessage("你好")]
    usage = chat.invoke(messages).usage_metadata
    assert usage is not None
    assert usage["input_tokens"] == chat.get_num_tokens_from_messages(messages)
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert chat.get_num_tokens("你好") == 4


def test_options_of_one_question_do_not_stay(chat: LlamaChat) -> None:
    short = chat.invoke(BRIDGE, max_tokens=2)
    assert short.usage_metadata is not None
    assert short.usage_metadata["output_tokens"] == 2
    assert short.response_metadata["finish_reason"] == "length"
    assert "1932" in chat.bind(stop=["Ash"]).invoke(BRIDGE).text


def test_many_streams_at_once_do_not_lock_each_other_out(chat: LlamaChat) -> None:
    async def one(number: int) -> str:
        grammar = f'root ::= "{number}"'
        return "".join([c.text async for c in chat.astream(BRIDGE, grammar=grammar)])

    async def all_() -> list[str]:
        return await asyncio.wait_for(asyncio.gather(*(one(n) for n in range(12))), 60)

    assert asyncio.run(all_()) == [str(number) for number in range(12)]


def test_a_stream_that_is_left_early_leaves_the_model_free(chat: LlamaChat) -> None:
    stream = chat.stream("Tell me a very long story.", max_tokens=500)
    next(stream)
    del stream
    assert "1932" in chat.invoke(BRIDGE).text


def test_q03_a_killed_model_is_an_error_once_and_then_works_again(chat: LlamaChat) -> None:
    stream = chat.stream("Tell me a very long story.", max_tokens=500)
    next(stream)
    assert chat.worker.pid is not None
    os.kill(chat.worker.pid, signal.SIGKILL)
    with pytest.raises(WorkerCrashedError, match="SIGKILL"):
        list(stream)
    assert "1932" in chat.invoke(BRIDGE).text


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (HumanMessage([{"type": "image_url", "image_url": {"url": "data:,"}}]), "'image_url'"),
        (ToolMessage("4", tool_call_id="1"), "'tool'"),
    ],
)
def test_what_the_model_cannot_read_is_refused(
    chat: LlamaChat, message: HumanMessage | ToolMessage, expected: str
) -> None:
    with pytest.raises(ModelError, match=expected):
        chat.invoke([HumanMessage("hi"), AIMessage("hi"), message])


def test_unknown_options_are_refused_and_not_ignored(chat: LlamaChat) -> None:
    with pytest.raises(ModelError, match="'colour'"):
        chat.invoke("hi", colour="red")
    with pytest.raises(ValidationError):
        LlamaChat(colour="red")  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        LlamaChat(max_tokens=0)


def test_a_missing_model_is_named_by_the_first_question_and_not_before(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="'gpt-9'"):
        LlamaChat(model="gpt-9").invoke("hi")
    with pytest.raises(ModelFileError, match=r"nothing\.gguf"):
        LlamaChat(model=str(tmp_path / "nothing.gguf")).invoke("hi")
