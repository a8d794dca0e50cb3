"""A local model behind LangChain's chat interface: messages in, text out, streamed and counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    UsageMetadata,
)
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field, PrivateAttr

from .catalogue import DEFAULT_MODEL, find_model
from .errors import ModelError
from .weights import usual_weights
from .worker import ChatTurn, Done, Generation, ModelSpec, Prompt, Sampling, Worker

__all__ = ["LlamaChat"]


class LlamaChat(BaseChatModel):
    """A GGUF model in a child process of its own.

    Copies made by `bind` and `with_config` share the process. It starts with the first question
    and ends with the object; `close` ends it earlier. Tools, pictures and sound are not
    understood and are refused.
    """

    model_config = ConfigDict(extra="forbid")

    model: str = DEFAULT_MODEL
    """An id of the catalogue, or the path of a GGUF file."""
    max_tokens: int = Field(default=512, ge=1)
    """Longest answer, in tokens."""
    temperature: float = Field(default=0.0, ge=0.0)
    """0 takes the likeliest token each time."""
    top_p: float = Field(default=0.95, gt=0.0, le=1.0)
    """Draw among the likeliest tokens that add up to this probability."""
    seed: int = 0
    """Equal seeds give equal draws."""
    stop: list[str] | None = None
    """Strings that end the answer; they are not part of it."""
    timeout: float | None = Field(default=None, gt=0.0)
    """Longest answer, in seconds; it then ends with what there is. None takes the worker's."""
    n_ctx: int = Field(default=0, ge=0)
    """Tokens of context; 0 takes what the catalogue says."""
    n_threads: int = Field(default=0, ge=0)
    """Threads; 0 takes the machine's cores."""

    streaming: bool = False
    """Whether `invoke` streams inside, so that callbacks see every piece."""

    _worker: Worker | None = PrivateAttr(default=None)

    @classmethod
    def over(cls, worker: Worker, **settings: Any) -> LlamaChat:
        """A chat model over a worker that exists already, such as one that others use too."""
        chat = cls(model=str(worker.model.path), **settings)
        chat._worker = worker
        return chat

    @property
    def worker(self) -> Worker:
        """The model's process; made on first use, started by its first request.

        Raises:
            ModelNotFoundError: there is no such model on this machine.
            ModelFileError: its file is damaged.
        """
        if self._worker is None:
            card = find_model(self.model)
            self._worker = Worker(
                ModelSpec(
                    path=card.path,
                    n_ctx=self.n_ctx or card.n_ctx,
                    n_threads=self.n_threads,
                    usual_weights=usual_weights(card),
                    sha256=card.sha256,
                )
            )
        return self._worker

    def close(self) -> None:
        """End the model's process; the next question starts it again."""
        if self._worker is not None:
            self._worker.stop()

    @property
    def _llm_type(self) -> str:
        return "recollect-llama"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model, "temperature": self.temperature, "seed": self.seed}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = "recollect"
        params["ls_model_name"] = kwargs.get("model", self.model)
        return params

    def get_num_tokens(self, text: str) -> int:
        """Tokens of `text` as the model itself counts them."""
        return self.worker.count([text])[0]

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        """Tokens that `messages` take of the context, the chat template included."""
        if tools:
            raise ModelError("This model does not understand tools; count without them.")
        return self.worker.count_prompt(to_prompt(messages))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with self._begin(messages, stop, kwargs) as generation:
            text = generation.read()
            done = generation.done
        message = AIMessage(
            content=text, usage_metadata=_usage(done), response_metadata=self._metadata(done)
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with self._begin(messages, stop, kwargs) as generation:
            for piece in generation:
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
                if run_manager is not None:
                    run_manager.on_llm_new_token(piece, chunk=chunk)
                yield chunk
            done = generation.done
            yield ChatGenerationChunk(
                message=AIMessageChunk(
                    content="",
                    usage_metadata=_usage(done),
                    response_metadata=self._metadata(done),
                    chunk_position="last",
                )
            )

    def _begin(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> Generation:
        known = {"max_tokens", "temperature", "top_p", "seed", "grammar", "logprobs"}
        if unknown := sorted(set(kwargs) - known - {"timeout", "answer_prefix"}):
            raise ModelError(f"The model does not know the options {unknown!r}; leave them out.")
        options: dict[str, Any] = {
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "seed": self.seed,
        }
        options.update({name: value for name, value in kwargs.items() if name in known})
        sampling = Sampling(
            **options,
            stop=tuple(stop if stop is not None else self.stop or ()),
            wall_seconds=kwargs.get("timeout", self.timeout),
        )
        prompt = to_prompt(messages, kwargs.get("answer_prefix", ""))
        return self.worker.generate(prompt, sampling)

    def _metadata(self, done: Done) -> dict[str, Any]:
        held: dict[str, Any] = {
            "model_name": self.model,
            "model_provider": "recollect",
            "finish_reason": done.reason,
            "prompt_seconds": done.prompt_seconds,
            "answer_seconds": done.answer_seconds,
        }
        if done.mean_logprob is not None:
            held["mean_logprob"] = done.mean_logprob
        return held


def to_prompt(messages: Sequence[BaseMessage], answer_prefix: str = "") -> Prompt:
    """LangChain's messages as a prompt.

    Raises:
        ModelError: a message that is not text, or of a kind the model does not know.
    """
    return Prompt(turns=tuple(_turn(message) for message in messages), answer_prefix=answer_prefix)


def _turn(message: BaseMessage) -> ChatTurn:
    if isinstance(message.content, list):
        for block in message.content:
            kind = "text" if isinstance(block, str) else block.get("type")
            if kind != "text":
                raise ModelError(f"The model reads text only, not {kind!r}; send its words.")
    if isinstance(message, SystemMessage):
        return ChatTurn("system", str(message.text))
    if isinstance(message, HumanMessage):
        return ChatTurn("user", str(message.text))
    if isinstance(message, AIMessage):
        return ChatTurn("assistant", str(message.text))
    raise ModelError(
        f"The model does not know messages of type {message.type!r}; "
        "send system, human and AI messages."
    )


def _usage(done: Done) -> UsageMetadata:
    return UsageMetadata(
        input_tokens=done.prompt_tokens,
        output_tokens=done.answer_tokens,
        total_tokens=done.prompt_tokens + done.answer_tokens,
        input_token_details={"cache_read": done.reused_tokens},
    )
