"""A language model behind a server, such as Ollama or vLLM, with the face of a local one."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from memory import estimate_tokens

from .errors import ModelError, ModelNotFoundError, PromptError
from .model_library import DEFAULT_CONTEXT, ModelCard, is_there
from .remote_stream import RemoteStream, client_errors, one_line
from .worker import Prompt, Ready, Sampling

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["THINKING", "RemoteModel", "is_remote", "remote_name"]

_NAME = re.compile(r"(?P<provider>[a-z][a-z0-9_]+):(?P<model>[^@]+?)(?:@(?P<url>https?://\S+))?")
_MESSAGE_TOKENS = 12  # tokens of a template around one message; published ones need up to 8
KEY_VARIABLE = "RECOLLECT_API_KEY"
_MOST_STOPS = 4  # that OpenAI's protocol takes
THINKING = 1024
"""Tokens that a server's model may think before its answer; which one does is not known here."""
"""Environment variable with the key of a server that is named by its address."""
_SECONDS = 120.0  # until the server must have said the next piece


def is_remote(name: str) -> bool:
    """Whether a name has a provider before it, as in "ollama:qwen3:4b", and is no file."""
    return _NAME.fullmatch(name) is not None and not is_there(name)


def remote_name(name: str, base_url: str | None) -> str:
    """The one name that says which model and which server, as in "openai:NAME@http://…/v1".

    Raises:
        ModelNotFoundError: a server is named, but no provider before the model.
    """
    if base_url is None:
        return name
    joined = f"{name}@{base_url}"
    if not is_remote(joined):
        raise ModelNotFoundError(
            f"{name!r} at {base_url!r} is no model of a server; write the provider before the "
            "name, such as openai:NAME for any OpenAI-compatible server, and an http address."
        )
    return joined


class RemoteModel:
    """Whatever `langchain.chat_models.init_chat_model` opens; nothing is sent before its first use.

    What is in the passages and the conversation goes to that server.

    Args:
        name: "provider:model", or "provider:model@URL" for a server of your own.
        context_tokens: tokens that it reads and writes together; 0 takes `DEFAULT_CONTEXT`,
            because a server does not tell.
        chat: a ready chat model in place of the one that the name opens.

    Raises:
        ModelNotFoundError: the name is none, or the provider's package is not installed.
    """

    def __init__(
        self, name: str, context_tokens: int = 0, *, chat: BaseChatModel | None = None
    ) -> None:
        parts = _NAME.fullmatch(name)
        if parts is None:
            raise ModelNotFoundError(
                f"{name!r} names no model of a server; write provider:model or "
                "provider:model@http://…"
            )
        self._name, self._provider, self._url = parts["model"], parts["provider"], parts["url"]
        self.n_ctx = context_tokens or DEFAULT_CONTEXT
        self.repacks = True
        self.card = ModelCard(
            id=name,
            family=self._provider,
            title=f"{self._name} at {self._url or self._provider}",
            licence="unknown",
            file="",
            n_ctx=self.n_ctx,
            capability="capable",
            languages=MappingProxyType({}),
        )
        self._chat = chat or self._opened()

    def __repr__(self) -> str:
        return f"RemoteModel({self.card.id!r})"

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def start(self) -> Ready:
        """Tell what is known of it; the server is not asked."""
        return Ready(
            0,
            n_ctx=self.n_ctx,
            n_ctx_train=0,
            n_vocab=0,
            description=self.card.title,
            engine=self._provider,
            chat_template=True,
            load_seconds=0.0,
        )

    def count(self, prompt: Prompt) -> int:
        """Tokens of a prompt, rather too many than too few: the server's tokenizer is not here."""
        return sum(self.count_text(turn.content) + _MESSAGE_TOKENS for turn in prompt.turns)

    def count_text(self, text: str) -> int:
        """A third of the bytes, but twice that many outside ASCII, where tokenizers differ most."""
        foreign = "".join(sign for sign in text if not sign.isascii())
        return estimate_tokens(text) + estimate_tokens(foreign)

    def generate(self, prompt: Prompt, sampling: Sampling) -> RemoteStream:
        """Begin an answer; it is asked for when it is iterated.

        Raises:
            PromptError: the prompt has something that servers have no way to take.
        """
        if not prompt.turns or prompt.answer_prefix:
            raise PromptError(
                "template", f"{self.card.id!r} takes turns of a conversation only; send a question."
            )
        if sampling.grammar:
            raise PromptError(
                "grammar", f"{self.card.id!r} cannot be held to a grammar; use a local model."
            )
        room = max(sampling.max_tokens, self.n_ctx - self.count(prompt))
        most = min(sampling.max_tokens + THINKING, room)
        options, says_why = self._options(sampling, most), self._provider == "openai"
        return RemoteStream(self, self._chat, prompt, sampling, options, says_why=says_why)

    def weigh(
        self,
        prompt: Prompt,
        texts: Sequence[str],
        *,
        tracks: int,
        track_tokens: int,
        begun: object = None,
    ) -> NoReturn:
        """Servers do not tell how likely a text is.

        Raises:
            ModelError: always.
        """
        raise ModelError(f"{self.card.id!r} does not weigh texts; use a local model for that.")

    def _options(self, sampling: Sampling, most: int) -> dict[str, Any]:
        """The sampling in the provider's own words.

        Args:
            sampling: of the answer, which the stream ends at its limit.
            most: tokens of the answer and of what the model may think before it.
        """
        stop = {"stop": list(sampling.stop[:_MOST_STOPS])} if sampling.stop else {}
        drawn = {"temperature": sampling.temperature, "seed": sampling.seed, **stop}
        if self._provider == "ollama":
            return {"options": {**drawn, "num_predict": most}}
        if self._provider != "openai":
            return {"temperature": sampling.temperature, "max_tokens": sampling.max_tokens}
        plain = {**drawn, "max_tokens": most}
        # The client renames it to what only OpenAI's own server and a few others know.
        return {**plain, "extra_body": {"max_tokens": most}} if self._url else plain

    def sleep(self, prompt: Prompt, path: Path) -> int:
        """Nothing: what a server has read is its own affair."""
        return 0

    def wake(self, prompt: Prompt, path: Path) -> int:
        """Nothing, as nothing was put to sleep."""
        return 0

    def close(self) -> None:
        """Nothing is held open between two answers."""

    def _opened(self) -> BaseChatModel:
        from langchain.chat_models import init_chat_model  # noqa: PLC0415 (half a second)

        options: dict[str, Any] = {"temperature": 0.0, "timeout": _SECONDS, "max_retries": 1}
        if self._provider == "ollama":
            options = {"temperature": 0.0, "client_kwargs": {"timeout": _SECONDS}}
        if self._url:
            options["base_url"] = self._url
            if self._provider == "openai":
                # OPENAI_API_KEY is never sent elsewhere; the client wants some key in any case.
                options["api_key"] = os.environ.get(KEY_VARIABLE) or "none"
        try:
            opened: BaseChatModel = init_chat_model(
                self._name, model_provider=self._provider, **options
            )
        except client_errors(ImportError, AttributeError) as error:
            raise ModelNotFoundError(
                f"The model {self.card.id!r} cannot be opened ({one_line(error)}); install the "
                "provider's package (for OpenAI-compatible servers: pip install langchain-openai) "
                "or correct the name."
            ) from error
        return opened
