"""A memory in, a middleware for LangChain agents out that reads it and writes to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from memory import Memory

if TYPE_CHECKING:
    from langchain.agents.middleware import AgentMiddleware, ModelRequest

__all__ = ["memory_middleware"]

Name = str | Callable[[Any], str]

_HEADING = "Conversation so far:"


def memory_middleware(
    memory: Memory,
    *,
    user: Name,
    session: Name,
    budget: int = 512,
    keep_earlier: bool = False,
) -> AgentMiddleware[Any, Any, Any]:
    """Middleware for `create_agent(…, middleware=[…])`; LangChain's agents are imported only here.

    Each request to the model carries what `memory` recalls for the user's latest message, in
    front of that message. It is in the request only: state and checkpoint never hold it. When the
    agent has finished, the message and its final answer are recorded; tool calls and what tools
    returned are not.

    Args:
        memory: of any kind; not closed by this.
        user: whose conversations, or a function of LangGraph's `Runtime` that says so.
        session: the conversation, or such a function.
        budget: tokens of recalled turns, as the memory prints and counts them.
        keep_earlier: whether requests also carry the thread's messages before the latest one of
            the user; otherwise memory alone speaks for them, and a long thread stays cheap.
    """
    from langchain.agents.middleware import AgentMiddleware, ModelResponse  # noqa: PLC0415 - heavy

    bridge = _Bridge(memory, user, session, budget, keep_earlier)

    class MemoryMiddleware(AgentMiddleware[Any, Any, Any]):
        """Recalls before the model is asked, records after the agent has answered."""

        def wrap_model_call(
            self,
            request: ModelRequest[Any],
            handler: Callable[[ModelRequest[Any]], ModelResponse[Any]],
        ) -> ModelResponse[Any]:
            return handler(request.override(messages=bridge.messages(request)))

        async def awrap_model_call(
            self,
            request: ModelRequest[Any],
            handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
        ) -> ModelResponse[Any]:
            messages = await asyncio.to_thread(bridge.messages, request)
            return await handler(request.override(messages=messages))

        def after_agent(self, state: Any, runtime: Any) -> None:
            bridge.record(state["messages"], runtime)

        async def aafter_agent(self, state: Any, runtime: Any) -> None:
            await asyncio.to_thread(bridge.record, state["messages"], runtime)

    return MemoryMiddleware()


@dataclass(frozen=True, slots=True)
class _Bridge:
    """Between an agent's messages and the turns of a memory."""

    memory: Memory
    user: Name
    session: Name
    budget: int
    keep_earlier: bool

    def messages(self, request: ModelRequest[Any]) -> list[AnyMessage]:
        """What the model is sent in place of the request's messages."""
        at = _latest(request.messages)
        if at is None:
            return request.messages
        asked = request.messages[at]
        recalled = self.memory.recall(
            asked.text,
            user=_name(self.user, request.runtime),
            session=_name(self.session, request.runtime),
            budget=self.budget,
        )
        earlier = request.messages[:at] if self.keep_earlier else []
        asked = _preceded(asked, self.memory.render(recalled))
        return [*earlier, asked, *request.messages[at + 1 :]]

    def record(self, messages: Sequence[AnyMessage], runtime: Any) -> None:
        """Store the latest exchange, if it ended in words."""
        said = _exchange(messages)
        if said:
            user, session = _name(self.user, runtime), _name(self.session, runtime)
            self.memory.record(*said, user=user, session=session)


def _name(given: Name, runtime: Any) -> str:
    return given if isinstance(given, str) else given(runtime)


def _latest(messages: Sequence[AnyMessage]) -> int | None:
    """Where the user's latest message stands."""
    found = [at for at, message in enumerate(messages) if isinstance(message, HumanMessage)]
    return found[-1] if found else None


def _preceded(asked: AnyMessage, text: str) -> AnyMessage:
    """A copy of the message that says `text` first; the message itself belongs to the state."""
    if not text:
        return asked
    before = f"{_HEADING}\n{text}\n"
    if isinstance(asked.content, str):
        return asked.model_copy(update={"content": before + asked.content})
    return asked.model_copy(update={"content": [{"type": "text", "text": before}, *asked.content]})


def _exchange(messages: Sequence[AnyMessage]) -> tuple[str, str] | None:
    """The user's latest message and the final answer to it, None if there is none in words."""
    at = _latest(messages)
    if at is None:
        return None
    answers = [m for m in messages[at + 1 :] if isinstance(m, AIMessage) and not m.tool_calls]
    answer = answers[-1].text if answers else ""
    return (messages[at].text, answer) if answer.strip() else None
