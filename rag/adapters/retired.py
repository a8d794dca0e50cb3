"""An object with the shape of LangChain's retired memory classes, over a `Memory` of any kind."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from memory import Memory, OptionError, RecalledTurn

__all__ = ["ConversationMemory"]

_MESSAGES: dict[str, type[AIMessage | HumanMessage | SystemMessage]] = {
    "user": HumanMessage,
    "assistant": AIMessage,
    "summary": SystemMessage,
}


class ConversationMemory:
    """`load_memory_variables`, `save_context` and `clear`, for programs written against them.

    What those classes got wrong holds here: the budget bounds what is loaded however long the
    stored conversation is; awaiting saves like calling does; `clear` deletes the conversation from
    the disk; only the input and the output are stored, never retrieved context that was passed
    along; one user never sees another.

    Args:
        memory: of any kind; not closed by this.
        user: whose conversation.
        session: the conversation.
        budget: tokens of what is loaded, as the memory prints and counts it.
        memory_key: the variable that a prompt takes the conversation from.
        input_key: which input is the question; None takes the only one beside `memory_key`.
        output_key: which output is the answer; None takes the only one.
        return_messages: load messages instead of one text.
    """

    def __init__(
        self,
        memory: Memory,
        *,
        user: str,
        session: str,
        budget: int = 512,
        memory_key: str = "history",
        input_key: str | None = None,
        output_key: str | None = None,
        return_messages: bool = False,
    ) -> None:
        memory.recall("", user=user, session=session, budget=budget)  # refuses what is unusable
        self.memory = memory
        self.user = user
        self.session = session
        self.budget = budget
        self.memory_key = memory_key
        self.input_key = input_key
        self.output_key = output_key
        self.return_messages = return_messages

    @property
    def memory_variables(self) -> list[str]:
        """The one variable that is loaded."""
        return [self.memory_key]

    def load_memory_variables(
        self, inputs: Mapping[str, Any]
    ) -> dict[str, str | list[BaseMessage]]:
        """What the memory recalls for the question among `inputs`; {} asks for what came last.

        Raises:
            OptionError: several inputs may be the question.
        """
        question = self._pick(inputs, self.input_key, "input_key") if inputs else ""
        recalled = self.memory.recall(
            question, user=self.user, session=self.session, budget=self.budget
        )
        if self.return_messages:
            return {self.memory_key: [_message(item) for item in recalled]}
        return {self.memory_key: self.memory.render(recalled)}

    def save_context(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
        """Store the question among `inputs` with the answer among `outputs`, and nothing else.

        Raises:
            OptionError: several may be the question or the answer, or one is missing.
        """
        question = self._pick(inputs, self.input_key, "input_key")
        answer = self._pick(outputs, self.output_key, "output_key")
        self.memory.record(question, answer, user=self.user, session=self.session)

    def clear(self) -> None:
        """Delete this conversation for good, also what is derived from it."""
        self.memory.forget_session(self.session, user=self.user)

    async def aload_memory_variables(
        self, inputs: Mapping[str, Any]
    ) -> dict[str, str | list[BaseMessage]]:
        """`load_memory_variables`, in a thread."""
        return await asyncio.to_thread(self.load_memory_variables, inputs)

    async def asave_context(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
        """`save_context`, in a thread."""
        await asyncio.to_thread(self.save_context, inputs, outputs)

    async def aclear(self) -> None:
        """`clear`, in a thread."""
        await asyncio.to_thread(self.clear)

    def _pick(self, values: Mapping[str, Any], key: str | None, option: str) -> str:
        """The one value that was said."""
        names = [name for name in values if name not in (self.memory_key, "stop")]
        wanted = [key] if key is not None else names
        if len(wanted) != 1 or wanted[0] not in values:
            raise OptionError(f"{option} is {key!r} and there are {names!r}; name the one to use.")
        value = values[wanted[0]]
        return value.text if isinstance(value, BaseMessage) else str(value)


def _message(item: RecalledTurn) -> BaseMessage:
    return _MESSAGES[item.turn.role](
        content=item.text,
        additional_kwargs={"turn": item.turn.id, "why": item.why, "score": item.score},
    )
