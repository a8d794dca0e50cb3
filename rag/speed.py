"""A language model in, how fast it reads and writes on this machine out."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .models import LanguageModel
from .worker import ChatTurn, Prompt, Sampling

__all__ = ["Speed", "measure_speed"]

_REQUEST = (
    "Read this, then write one sentence about the lighthouse.\n\n"
    "The old lighthouse on the northern cape was built in 1871 from local granite. Its keeper "
    "climbed one hundred and twelve steps every evening to light the lamp, and wrote down the "
    "weather, the ships that passed and the birds that rested on the gallery. In 1964 an electric "
    "motor took over the work, and the keeper's house became a small museum of the coast."
)
"""The same for everybody, so that two machines can be compared."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured.

    Attributes:
        load_seconds: from the start of the process to a model that answers.
        prompt_tokens: read.
        prompt_rate: tokens read per second.
        first_seconds: from the request to the first piece of text.
        answer_tokens: written.
        answer_rate: tokens written per second.
        text: what was written.
    """

    load_seconds: float
    prompt_tokens: int
    prompt_rate: float
    first_seconds: float
    answer_tokens: int
    answer_rate: float
    text: str


def measure_speed(model: LanguageModel, answer_tokens: int = 48) -> Speed:
    """Load the model and let it read one paragraph and write one sentence.

    Args:
        model: is started when it is not running.
        answer_tokens: written at most.

    Raises:
        ModelError: it cannot be loaded, or does not answer.
    """
    started = time.perf_counter()
    model.start()
    loaded = time.perf_counter()
    first = None
    prompt = Prompt(turns=(ChatTurn("user", _REQUEST),))
    with model.generate(prompt, Sampling(max_tokens=answer_tokens)) as generation:
        for _ in generation:
            first = first or time.perf_counter()
        done = generation.done
    return Speed(
        load_seconds=loaded - started,
        prompt_tokens=done.prompt_tokens,
        prompt_rate=_rate(done.prompt_tokens - done.reused_tokens, done.prompt_seconds),
        first_seconds=(first or time.perf_counter()) - loaded,
        answer_tokens=done.answer_tokens,
        answer_rate=_rate(done.answer_tokens, done.answer_seconds),
        text=generation.text.strip(),
    )


def _rate(tokens: int, seconds: float) -> float:
    return tokens / seconds if seconds > 0 else 0.0
