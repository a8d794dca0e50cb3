"""A chain of llama.cpp samplers for one answer, and how likely the model itself found a token."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy as np

from .protocol import Sampling
from .serve import EngineFault
from .tokens import Vocabulary

__all__ = ["free_sampler", "logprob", "make_sampler"]

_PENALISED = 64  # tokens of the answer that a repeat penalty looks back on
_SEEDS = 0x7FFFFFFF  # llama.cpp takes the largest 32-bit number for "draw a seed yourself"


def make_sampler(library: Any, vocabulary: Vocabulary, sampling: Sampling) -> ctypes.c_void_p:
    """The chain, for `llama_sampler_sample`, until `free_sampler`.

    Raises:
        EngineFault: the grammar cannot be parsed.
    """
    chain: ctypes.c_void_p = library.llama_sampler_chain_init(
        library.llama_sampler_chain_default_params()
    )
    try:
        for part in _parts(library, vocabulary, sampling):
            library.llama_sampler_chain_add(chain, part)
    except EngineFault:
        free_sampler(library, chain)
        raise
    return chain


def free_sampler(library: Any, chain: ctypes.c_void_p) -> None:
    """Give the chain back."""
    library.llama_sampler_free(chain)


def logprob(library: Any, context: Any, size: int, token: int, place: int) -> float:
    """Natural logarithm of the model's own probability of `token`, before any sampling.

    Args:
        library: the `llama_cpp` module.
        context: that has just read a batch.
        size: of the vocabulary.
        token: one of it.
        place: in the batch, of the token that it follows.
    """
    logits = np.ctypeslib.as_array(library.llama_get_logits_ith(context, place), (size,))
    logits = logits.astype(np.float64)
    highest = logits.max()
    return float(logits[token] - highest - np.log(np.exp(logits - highest).sum()))


def _parts(library: Any, vocabulary: Vocabulary, sampling: Sampling) -> Iterator[ctypes.c_void_p]:
    if sampling.grammar:
        source = sampling.grammar.encode("utf-8", "replace")
        grammar = library.llama_sampler_init_grammar(vocabulary.handle, source, b"root")
        if not grammar:
            raise EngineFault(
                "grammar",
                f"The grammar {sampling.grammar[:60]!r} is no GBNF with a rule 'root'; correct it.",
            )
        yield grammar
    if sampling.repeat_penalty != 1.0:
        yield library.llama_sampler_init_penalties(
            vocabulary.size, _PENALISED, sampling.repeat_penalty, 0.0, 0.0
        )
    if sampling.temperature <= 0:
        yield library.llama_sampler_init_greedy()
        return
    yield library.llama_sampler_init_top_k(sampling.top_k)
    yield library.llama_sampler_init_top_p(sampling.top_p, 1)
    yield library.llama_sampler_init_min_p(sampling.min_p, 1)
    yield library.llama_sampler_init_temp(sampling.temperature)
    yield library.llama_sampler_init_dist(sampling.seed & _SEEDS)
