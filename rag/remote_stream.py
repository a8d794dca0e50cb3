"""The answer of a server as it comes, with the face of a local one; its errors in our words."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from .errors import ModelError
from .language_model import LanguageModel
from .worker import Done, Prompt, Sampling
from .worker.generation import TextSoFar
from .worker.protocol import FinishReason

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["RemoteStream", "client_errors", "one_line"]

_ERRORS = {
    "anthropic": "AnthropicError",
    "httpx": "HTTPError",
    "httpx2": "HTTPError",
    "ollama": "ResponseError",
    "openai": "OpenAIError",
    "requests": "RequestException",
}  # the roots of what clients raise, by module; one that is not loaded raises nothing
_NO_ENTRY = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
_LETTERS = 4  # of a token, about; a piece is one, but some servers send letter by letter
_SECONDS = 600.0  # an answer of which nobody says how long it may take
_MESSAGES: dict[str, type[BaseMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}


class RemoteStream(TextSoFar):
    """An answer of a server under way; see `TextStream`.

    Args:
        model: counts what the server does not tell.
        chat: asked.
        prompt: in turns.
        sampling: its time limit counts here.
        options: the sampling in the provider's words.
        says_why: whether the server always says why an answer ends; one that just ends is torn.
    """

    def __init__(
        self,
        model: LanguageModel,
        chat: BaseChatModel,
        prompt: Prompt,
        sampling: Sampling,
        options: Mapping[str, Any],
        *,
        says_why: bool = False,
    ) -> None:
        super().__init__()
        self._model, self._chat, self._prompt, self._sampling = model, chat, prompt, sampling
        self._options, self._says_why = options, says_why
        self._cancelled = False

    def __iter__(self) -> Iterator[str]:
        """Pieces of text as they come.

        Raises:
            ModelError: the server cannot be reached, refuses, or breaks off.
        """
        sampling = self._sampling
        messages = [_MESSAGES[turn.role](turn.content) for turn in self._prompt.turns]
        started, first, why = time.monotonic(), 0.0, ""
        said = size = 0
        limit = started + (sampling.wall_seconds or _SECONDS)
        usage: dict[str, int] = {}
        with (
            _translated(self._model),
            closing(_as_generator(self._chat, messages, self._options)) as got,
        ):
            for chunk in got:
                first = first or time.monotonic()
                usage.update(chunk.usage_metadata or {})
                why = chunk.response_metadata.get("finish_reason") or why
                if chunk.text:
                    said += not self._thinks()
                    size += len(chunk.text)
                    if said > sampling.max_tokens and size > _LETTERS * sampling.max_tokens:
                        why = "length"
                        break
                    self._pieces.append(_harmless(chunk.text))
                    yield self._pieces[-1]
                if self._cancelled or time.monotonic() > limit:
                    break
            else:
                if self._says_why and not why:
                    raise ConnectionError("the answer broke off")
        ended = time.monotonic()
        reason: FinishReason = "length" if why == "length" else "stop"
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

    def _thinks(self) -> bool:
        """Whether what came last belongs to a thought."""
        text = self.text
        return text.rfind("<think") > text.rfind("</think")

    def cancel(self) -> None:
        """Stop at the next piece; what was said stays."""
        self._cancelled = True


def _harmless(text: str) -> str:
    """Without control characters, which terminals obey; half a surrogate pair becomes U+FFFD."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.translate(_CONTROLS)


def _as_generator(chat: BaseChatModel, messages: list[BaseMessage], options: Any) -> Any:
    """The chunks; closing the generator closes the connection."""
    return (chunk for chunk in chat.stream(messages, **options))


@contextmanager
def _translated(model: LanguageModel) -> Iterator[None]:
    try:
        yield
    except client_errors(TypeError) as error:
        advice = "check that the server runs, that it has this model, and its address (--base-url)"
        if getattr(error, "status_code", None) in _NO_ENTRY:
            advice = "it wants a key: set RECOLLECT_API_KEY to the one of this server"
        raise ModelError(
            f"{model.card.id!r} did not answer ({type(error).__name__}: {one_line(error)}); "
            f"{advice}."
        ) from error


def client_errors(*others: type[BaseException]) -> tuple[type[BaseException], ...]:
    """What clients of servers raise, and `others`."""
    loaded = ((sys.modules.get(module), name) for module, name in _ERRORS.items())
    known = (getattr(module, name) for module, name in loaded if hasattr(module, name))
    return (OSError, ValueError, *others, *known)


def one_line(error: BaseException) -> str:
    """The beginning of its message, on one line."""
    return " ".join(str(error).split())[:300]
