"""A language model behind a server, such as Ollama or vLLM, with the face of a local one."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from memory import estimate_tokens

from .errors import ModelError, ModelNotFoundError, PromptError
from .library import DEFAULT_CONTEXT, ModelCard
from .worker import Done, Prompt, Ready, Sampling
from .worker.protocol import FinishReason

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["RemoteModel", "is_remote", "remote_name"]

_NAME = re.compile(r"(?P<provider>[a-z][a-z0-9_]+):(?P<model>[^@]+?)(?:@(?P<url>https?://\S+))?")
_MESSAGE_TOKENS = 12  # tokens of a template around one message; published ones need up to 8
_SECONDS = 120.0  # until the server must have said the next piece
_ERRORS = {
    "anthropic": "AnthropicError",
    "httpx": "HTTPError",
    "httpx2": "HTTPError",
    "ollama": "ResponseError",
    "openai": "OpenAIError",
    "requests": "RequestException",
}  # the roots of what clients raise, by module; one that is not loaded raises nothing
_MESSAGES: dict[str, type[BaseMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}


def is_remote(name: str) -> bool:
    """Whether a name has a provider before it, as in "ollama:qwen3:4b", and is no file."""
    return _NAME.fullmatch(name) is not None and not Path(name).exists()


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
        return RemoteStream(self, self._chat, prompt, sampling)

    def weigh(
        self, prompt: Prompt, texts: Sequence[str], *, tracks: int, track_tokens: int
    ) -> NoReturn:
        """Servers do not tell how likely a text is.

        Raises:
            ModelError: always.
        """
        raise ModelError(f"{self.card.id!r} does not weigh texts; use a local model for that.")

    def close(self) -> None:
        """Nothing is held open between two answers."""

    def _opened(self) -> BaseChatModel:
        from langchain.chat_models import init_chat_model  # noqa: PLC0415 (half a second)

        options: dict[str, Any] = {"temperature": 0.0, "timeout": _SECONDS, "max_retries": 1}
        if self._url:
            options["base_url"] = self._url
            if self._provider == "openai":
                options["api_key"] = "none"  # a server of one's own wants none, the client does
        try:
            opened: BaseChatModel = init_chat_model(
                self._name, model_provider=self._provider, **options
            )
        except _client_errors(ImportError) as error:
            raise ModelNotFoundError(
                f"The model {self.card.id!r} cannot be opened ({_one_line(error)}); install the "
                "provider's package (for OpenAI-compatible servers: pip install langchain-openai) "
                "or correct the name."
            ) from error
        return opened


class RemoteStream:
    """An answer of a server under way; see `TextStream`."""

    def __init__(
        self, model: RemoteModel, chat: BaseChatModel, prompt: Prompt, sampling: Sampling
    ) -> None:
        self._model, self._chat, self._prompt, self._sampling = model, chat, prompt, sampling
        self._pieces: list[str] = []
        self._done: Done | None = None
        self._cancelled = False

    def __iter__(self) -> Iterator[str]:
        """Pieces of text as they come.

        Raises:
            ModelError: the server cannot be reached, refuses, or breaks off.
        """
        sampling = self._sampling
        options: dict[str, Any] = {"temperature": sampling.temperature}
        options["max_tokens"] = sampling.max_tokens
        messages = [_MESSAGES[turn.role](turn.content) for turn in self._prompt.turns]
        started, first, length = time.monotonic(), 0.0, False
        limit = started + (sampling.wall_seconds or float("inf"))
        usage: dict[str, int] = {}
        with _translated(self._model), closing(_as_generator(self._chat, messages, options)) as got:
            for chunk in got:
                first = first or time.monotonic()
                usage.update(chunk.usage_metadata or {})
                length |= chunk.response_metadata.get("finish_reason") == "length"
                if chunk.text:
                    self._pieces.append(chunk.text)
                    yield chunk.text
                if self._cancelled or time.monotonic() > limit:
                    break
        ended = time.monotonic()
        reason: FinishReason = "length" if length else "stop"
        if self._cancelled or ended > limit:
            reason = "cancelled" if self._cancelled else "time"
        self._done = Done(
            0,
            reason=reason,
            prompt_tokens=usage.get("input_tokens") or self._model.count(self._prompt),
            answer_tokens=usage.get("output_tokens") or self._model.count_text(self.text),
            prompt_seconds=(first or ended) - started,
            answer_seconds=ended - (first or ended),
        )

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cancel."""
        self.cancel()

    @property
    def text(self) -> str:
        """The text iterated so far."""
        return "".join(self._pieces)

    @property
    def done(self) -> Done:
        """Why and with what counts it ended.

        Raises:
            ModelError: the iteration is not over.
        """
        if self._done is None:
            raise ModelError("The answer is not over; iterate it to its end first.")
        return self._done

    def cancel(self) -> None:
        """Stop at the next piece; what was said stays."""
        self._cancelled = True


def _as_generator(chat: BaseChatModel, messages: list[BaseMessage], options: Any) -> Any:
    """The chunks; closing the generator closes the connection."""
    return (chunk for chunk in chat.stream(messages, **options))


@contextmanager
def _translated(model: RemoteModel) -> Iterator[None]:
    try:
        yield
    except _client_errors() as error:
        raise ModelError(
            f"{model.card.id!r} did not answer ({type(error).__name__}: {_one_line(error)}); "
            "check that the server runs, that it has this model, and its address (--base-url)."
        ) from error


def _client_errors(*others: type[BaseException]) -> tuple[type[BaseException], ...]:
    loaded = ((sys.modules.get(module), name) for module, name in _ERRORS.items())
    known = (getattr(module, name) for module, name in loaded if hasattr(module, name))
    return (OSError, ValueError, *others, *known)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
