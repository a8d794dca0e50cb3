"""LangChain's `ChatLlamaCpp`, the peer: the same model and threads in this very process."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from comparing import THREADS

__all__ = ["chat_llama_cpp"]


def chat_llama_cpp(path: Path, n_ctx: int, threads: int = THREADS, **settings: Any) -> Any:
    """The peer with its own settings but for model, context, threads and what is given.

    Args:
        path: the model.
        n_ctx: context length in tokens.
        threads: that read and answer.
        **settings: more of its arguments, such as `n_batch`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from langchain_community.chat_models import ChatLlamaCpp  # noqa: TID251 - the peer

        return ChatLlamaCpp(
            model_path=str(path),
            n_ctx=n_ctx,
            n_threads=threads,
            model_kwargs={"n_threads_batch": threads},
            verbose=False,
            **settings,
        )
