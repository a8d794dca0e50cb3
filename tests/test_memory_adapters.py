"""The memory in LangChain's shapes: agent middleware, retriever, and the retired classes mended."""

from __future__ import annotations

import subprocess
import sys

import pytest
from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import ValidationError

from memory.contract import count_words
from rag import (
    ConversationError,
    ConversationMemory,
    MemoryRetriever,
    memory_middleware,
    open_memory,
)

SECRET = "The vault code is 4711."


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "log.db", "recall", count_tokens=count_words) as opened:
        yield opened


class Scripted(GenericFakeChatModel):
    """Says what it is told to and keeps what it was asked."""

    asked: list = []  # noqa: RUF012 - a pydantic field

    def _generate(self, messages, *args, **options):
        self.asked.append(list(messages))
        return super()._generate(messages, *args, **options)

    def bind_tools(self, tools, **options):
        return self


def agent_of(memory, *says, tools=(), **options):
    model = Scripted(messages=iter(says), asked=[])
    options = {"user": "u", "session": "s", **options}
    agent = create_agent(
        model,
        tools=list(tools),
        system_prompt="Be brief.",
        middleware=[memory_middleware(memory, **options)],
        checkpointer=InMemorySaver(),
    )
    return agent, model


def ask(agent, text):
    config = {"configurable": {"thread_id": "1"}}
    return agent.invoke({"messages": [HumanMessage(text)]}, config)


def held(agent):
    """All words of all checkpoints."""
    config = {"configurable": {"thread_id": "1"}}
    return "\n".join(str(state.values) for state in agent.get_state_history(config))


def test_recalled_turns_are_in_the_request_and_never_in_the_checkpoint(memory):
    memory.record(SECRET, "Noted.", user="u", session="earlier")
    agent, model = agent_of(memory, AIMessage("4711"))
    result = ask(agent, "What is the code of the vault?")
    system, human = model.asked[0]
    assert isinstance(system, SystemMessage)
    assert system.text == "Be brief."
    assert human.text.startswith("Conversation so far:\n[")
    assert SECRET in human.text
    assert human.text.endswith("\nWhat is the code of the vault?")
    assert [m.text for m in result["messages"]] == ["What is the code of the vault?", "4711"]
    assert SECRET not in held(agent)


def test_after_the_agent_the_exchange_is_recorded_without_tool_calls(memory):
    @tool
    def look(where: str) -> str:
        """Look somewhere."""
        return "RAW TOOL OUTPUT"

    call = {"name": "look", "args": {"where": "here"}, "id": "1"}
    agent, model = agent_of(
        memory, AIMessage("Let me look.", tool_calls=[call]), AIMessage("It is here."), tools=[look]
    )
    ask(agent, "Where is it?")
    turns = memory.history(user="u", session="s")
    assert [(t.role, t.text) for t in turns] == [
        ("user", "Where is it?"),
        ("assistant", "It is here."),
    ]
    assert "RAW TOOL OUTPUT" in str(model.asked[1]), "the run itself still sees its tools"


def test_a_long_thread_stays_within_the_budget(memory):
    agent, model = agent_of(memory, *(AIMessage(f"answer {i}") for i in range(30)), budget=40)
    for i in range(30):
        ask(agent, f"question {i}")
    assert len(held(agent)) > 1000
    assert [len(asked) for asked in model.asked] == [2] * 30
    assert max(count_words(asked[-1].text) for asked in model.asked) <= 40 + 8
    assert "answer 28" in model.asked[-1][-1].text


def test_earlier_messages_of_the_thread_can_be_kept(memory):
    agent, model = agent_of(memory, AIMessage("a1"), AIMessage("a2"), keep_earlier=True)
    ask(agent, "q1")
    ask(agent, "q2")
    assert [m.text for m in model.asked[1][:-1]] == ["Be brief.", "q1", "a1"]


async def test_an_agent_that_is_awaited_remembers_as_well(memory):
    memory.record(SECRET, "Noted.", user="u", session="earlier")
    agent, model = agent_of(memory, AIMessage("4711"))
    config = {"configurable": {"thread_id": "1"}}
    await agent.ainvoke({"messages": [HumanMessage("vault code?")]}, config)
    assert SECRET in model.asked[0][-1].text
    assert [t.text for t in memory.history(user="u", session="s")] == ["vault code?", "4711"]


def test_the_user_may_be_named_by_the_runtime_of_each_call(memory):
    memory.record(SECRET, "Noted.", user="ann", session="s")
    agent, model = agent_of(
        memory, AIMessage("no"), AIMessage("4711"), user=lambda runtime: runtime.context
    )
    for user in ("bob", "ann"):
        agent.invoke(
            {"messages": [HumanMessage("vault code?")]},
            {"configurable": {"thread_id": user}},
            context=user,
        )
    assert SECRET not in str(model.asked[0])
    assert SECRET in str(model.asked[1])


def test_a_message_in_parts_is_preceded_not_flattened(memory):
    memory.record(SECRET, "Noted.", user="u", session="earlier")
    agent, model = agent_of(memory, AIMessage("4711"))
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    parts = [{"type": "text", "text": "vault code?"}, picture]
    agent.invoke({"messages": [HumanMessage(content=parts)]}, {"configurable": {"thread_id": "1"}})
    first, *rest = model.asked[0][-1].content
    assert SECRET in first["text"]
    assert rest == parts


def test_the_retriever_gives_turns_with_their_provenance_within_the_budget(memory):
    exchange = memory.record(SECRET, "Noted.", user="u", session="s")
    for i in range(20):
        memory.record(f"question {i}", f"answer {i}", user="u", session="s")
    retriever = MemoryRetriever(memory=memory, user="u", session="s", budget=40)
    found = {d.page_content: d for d in retriever.invoke("What is the code of the vault?")}
    assert sum(map(count_words, found)) <= 40
    document = found[SECRET]
    assert document.id == str(exchange.turns[0].id)
    assert document.metadata["role"] == "user"
    assert document.metadata["why"]
    assert MemoryRetriever(memory=memory, user="other", session="s").invoke("vault") == []
    with pytest.raises(ValidationError):
        MemoryRetriever(memory=memory, user="", session="s")


def retired(memory, **options):
    return ConversationMemory(memory, **{"user": "u", "session": "s", **options})


def test_the_shape_of_the_retired_classes_works(memory):
    old = retired(memory)
    assert old.memory_variables == ["history"]
    assert old.load_memory_variables({}) == {"history": ""}
    old.save_context({"input": "hi"}, {"output": "hello"})
    assert old.load_memory_variables({"input": "?"})["history"].endswith(
        "]\nUser: hi\nAssistant: hello\n"
    )
    messages = retired(memory, return_messages=True).load_memory_variables({})["history"]
    assert [(m.type, m.text) for m in messages] == [("human", "hi"), ("ai", "hello")]


def test_the_limit_holds_with_a_history_that_was_there_before(tmp_path):
    path = tmp_path / "log.db"
    with open_memory(path, "buffer", count_tokens=count_words) as memory:
        for i in range(50):
            retired(memory).save_context({"input": f"q {i}"}, {"output": f"a {i}"})
    with open_memory(path, "buffer", count_tokens=count_words) as memory:
        text = retired(memory, budget=30).load_memory_variables({})["history"]
        assert 0 < count_words(text) <= 30
        assert "a 49" in text


async def test_awaited_saves_are_stored_and_bounded_as_well(memory):
    old = retired(memory, budget=30)
    for i in range(20):
        await old.asave_context({"input": f"q {i}"}, {"output": f"a {i}"})
    assert len(memory.history(user="u", session="s")) == 40
    text = (await old.aload_memory_variables({}))["history"]
    assert count_words(text) <= 30
    await old.aclear()
    assert memory.history(user="u", session="s") == []


def test_clear_deletes_the_conversation_from_the_disk_and_no_other(tmp_path, memory):
    for session in ("s", "t"):
        retired(memory, session=session).save_context(
            {"input": f"nonce-{session}"}, {"output": "ok"}
        )
    retired(memory).clear()
    assert retired(memory, session="t").load_memory_variables({})["history"]
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"nonce-s" not in left
    assert b"nonce-t" in left


def test_retrieved_context_is_never_stored_as_memory(memory):
    old = retired(memory, input_key="question", output_key="answer")
    old.save_context(
        {"question": "q", "context": "PASSAGE", "history": "OLD"},
        {"answer": "a", "source_documents": ["PASSAGE"]},
    )
    assert [t.text for t in memory.history(user="u", session="s")] == ["q", "a"]
    for inputs in ({"question": "q", "context": "PASSAGE"}, {"history": "OLD"}, {}):
        with pytest.raises(ConversationError, match="name the one to use"):
            retired(memory).save_context(inputs, {"answer": "a"})
    assert len(memory.history(user="u", session="s")) == 2


def test_two_users_never_see_each_other(memory):
    retired(memory, user="ann").save_context({"input": SECRET}, {"output": "ok"})
    assert retired(memory, user="bob").load_memory_variables({"input": SECRET})["history"] == ""
    for wrong in ({"user": ""}, {"session": ""}, {"budget": -1}):
        with pytest.raises(ConversationError):
            retired(memory, **wrong)


def test_importing_rag_loads_no_agents():
    code = "import rag, sys; print([m for m in sys.modules if m.split('.')[0] in "
    code += "('langchain', 'langgraph')])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
