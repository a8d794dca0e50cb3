"""A loaded model in, a context to read tokens in out; it can be halted within a batch."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

__all__ = ["BATCH", "common_start", "make_context"]

BATCH = 512  # tokens read at a time


def make_context(
    library: Any,
    model: ctypes.c_void_p | None,
    threads: int,
    abort: ctypes.Array[ctypes.c_char],
    **settings: int,
) -> ctypes.c_void_p | None:
    """A context of the model, None when memory does not suffice.

    Args:
        library: the `llama_cpp` module; passed in, because one file alone imports it.
        model: loaded.
        threads: that read and answer.
        abort: the text "1" in it halts what the context is doing, "0" lets it; it must outlive
            the context.
        **settings: more of llama.cpp's parameters, such as `n_ctx`.
    """
    params = library.llama_context_default_params()
    # Measured on processors: at 1,500 tokens "auto" decodes half as fast as "off".
    params.flash_attn_type = library.LLAMA_FLASH_ATTN_TYPE_DISABLED
    for name, value in settings.items():
        setattr(params, name, value)
    params.n_batch = params.n_ubatch = BATCH
    params.n_threads = params.n_threads_batch = threads
    params.no_perf = True
    # libc's atoi reads "0" or "1" from memory: an abort callback that costs 20 ns and never
    # waits for Python's lock, though llama.cpp asks it a thousand times per token.
    atoi = ctypes.cast(ctypes.CDLL(None).atoi, ctypes.c_void_p).value
    params.abort_callback = library.ggml_abort_callback(atoi)
    params.abort_callback_data = ctypes.addressof(abort)
    context: ctypes.c_void_p | None = library.llama_init_from_model(model, params)
    return context


def common_start(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens both begin with."""
    for at, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return at
    return min(len(first), len(second))
