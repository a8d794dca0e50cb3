"""The names of the answer strategies, and which of them a model of what capability is up to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

__all__ = ["CAPABLE_OF", "METHODS", "Choice", "Method", "strategies"]

Method = Literal["direct", "few-shot", "step-by-step", "vote", "critique"]
"""An answer strategy of `rag.strategies`."""
Choice = Literal["auto", "direct", "few-shot", "step-by-step", "vote", "critique"]
"""What can be asked for; "auto" answers in the way that suits the model."""

METHODS: tuple[Method, ...] = get_args(Method)

CAPABLE_OF: Mapping[str, tuple[Method, ...]] = MappingProxyType(
    {
        "tiny": (),
        "small": ("direct", "few-shot", "vote"),
        "capable": METHODS,
    }
)
"""By capability of a model, where its card says nothing else.

Tiny: none, since all five let the model write. SmolLM2-135M writes few words that are right (F1
0.12 to 0.30 on XQuAD, against 0.54 for words of the documents that it only chooses, see
`rag.writing.short`). Small: what asks for one plain answer at a time. Chains of thought did not
help the small models of Wei et al. 2022 and made many of them worse, and a model that cannot be
trusted with an answer cannot be trusted to judge one. A judgement, not a measurement of this
program: `rag eval answers --compare` measures, `strategies` in the user's own catalogue corrects.
"""


def strategies(*, examples: bool = False) -> list[Choice]:
    """What can be asked for, "auto" first; "few-shot" only where there are `examples`."""
    return [name for name in get_args(Choice) if examples or name != "few-shot"]
