"""A question and the sentences quoted for it in; the few words among them that answer it out.

A tiny model writes badly and reads fairly. SmolLM2-135M on XQuAD, SQuAD F1 of the few words: it
writes them itself 0.12 to 0.30; the stretch of the two quotes that it would likeliest write 0.32;
the same weighed together with the rules of `stretches` 0.54 (the rules alone 0.38), see
`short.json`. So it never writes: the wording is always a piece of a sentence shown above it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from ..budget import Budget
from ..models import LanguageModel
from ..worker import Prompt, Segment, Track
from .stretches import RULES, Asked, Words, beginnings, rules, stretches

__all__ = [
    "FEATURES",
    "Candidate",
    "ShortWording",
    "candidates",
    "choose",
    "fitted",
    "short_budget",
    "wants_few_words",
]

FEATURES = ("likelihood", "beginning", *RULES)
"""Names of the numbers that a stretch is judged by, in the order of `Candidate.values`."""

TRACKS = 12
"""Beginnings that the model reads on from; 14 or 10 change the F1 by less than 0.01."""
TRACK_TOKENS = 12
"""Tokens of a stretch; "16 September 1872" takes ten, for each digit is one."""
_LONGEST = 600  # characters of a sentence that are looked at
_LONGEST_QUESTION = 300  # characters

_LONG_ANSWER = re.compile(
    r"^\W*(?:why|explain|describe|summari[sz]e|tell|compare|list|discuss|outline"
    r"|how(?! (?:many|much|long|old|far|tall|high|wide|deep|large|big|fast|often|heavy)\b)"
    r"|is|are|was|were|do|does|did|can|could|will|would|has|have|had|should|may|must)\b",
    re.IGNORECASE,
)
_SHOTS = (
    (
        "The bridge was opened in May 1932 by the engineer Ada Holt. It is 411 metres long.",
        "How long is the bridge?",
        "411 metres",
    ),
    (
        "Tea reached the island in 1662, when merchants from Lisbon sold it to the court.",
        "Who sold tea to the court?",
        "merchants from Lisbon",
    ),
    (
        "The school was founded on 4 March 1871 in Leeds to train nurses and midwives.",
        "When was the school founded?",
        "4 March 1871",
    ),
    (
        "Most of the salt comes from dry lakes, where it is loaded onto narrow wooden boats.",
        "What is used to carry the salt?",
        "narrow wooden boats",
    ),
    (
        "After the fire the council moved to Tarn Hall, which lies in the northern town of Selby.",
        "Where is Tarn Hall?",
        "the northern town of Selby",
    ),
    (
        "The team won five of the twelve races, more than any other club except Roma.",
        "How many races did the team win?",
        "five",
    ),
)
"""One example for each kind of answer; the model keeps them read, so they cost nothing again."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stretch that might be the answer.

    Attributes:
        text: its words.
        sentence: number of the sentence it stands in, from 0.
        start: its first character in that sentence.
        values: one number per feature.
    """

    text: str
    sentence: int
    start: int
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ShortWording:
    """The chosen words, and the model's work.

    Attributes:
        text: stands word for word in one of the sentences.
        probability: that among all stretches it is the one, in [0, 1].
    """

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights of the features, with the data they were fitted on."""

    weights: tuple[float, ...]
    least: float
    provenance: str


@cache
def fitted() -> Fit:
    """The fit that ships."""
    entry = json.loads(resources.files(__package__).joinpath("short.json").read_text("utf-8"))
    weights = tuple(float(entry["weights"][name]) for name in FEATURES)
    return Fit(weights, float(entry["least"]), str(entry["provenance"]))


def wants_few_words(question: str) -> bool:
    """Whether a few words can answer; not "why", "explain" or what is answered by yes or no."""
    return _LONG_ANSWER.match(question) is None


def _shots() -> str:
    return "".join(f"Text: {t}\nQuestion: {q}\nAnswer: {a}\n\n" for t, q, a in _SHOTS)


def _asked(question: str) -> str:
    return f"\nQuestion: {' '.join(question.split())[:_LONGEST_QUESTION]}\nAnswer:"


def _prompt(question: str, sentences: Sequence[Words]) -> Prompt:
    text = " ".join(sentence.text for sentence in sentences)
    return Prompt(segments=(Segment(_shots()), Segment(f"Text: {text}{_asked(question)}")))


def short_budget(question: str, read: int, model: LanguageModel) -> Budget:
    """Where the tokens went that the model read to choose.

    Args:
        question: as asked.
        read: tokens of the whole prompt.
        model: has read it.

    Raises:
        ModelError: it cannot count.
    """
    examples = min(read, model.count_text(_shots()))
    asked = min(read - examples, model.count_text(_asked(question)))
    parts = {"examples": examples, "passages": read - examples - asked, "question": asked}
    return Budget(model.n_ctx, read, TRACK_TOKENS, MappingProxyType(parts))


def candidates(
    question: str,
    quotes: Sequence[str],
    scores: Sequence[float],
    rarity: Mapping[str, float],
    model: LanguageModel,
) -> tuple[list[Candidate], dict[str, int]]:
    """Every stretch that the model would begin with, and how many tokens it read.

    A row of a table has none, for which of its cells is asked for stands in the table's head. Where
    a row is the best sentence, the others have none either.

    Args:
        question: as asked.
        quotes: the sentences, best first.
        scores: of the same.
        rarity: weight of each term.
        model: reads them.

    Raises:
        ModelError: the model's process died or cannot read them.
    """
    asked = Asked.of(question, rarity)
    sentences = [Words.of(" ".join(quote.split())[:_LONGEST]) for quote in quotes]
    begins = [
        (number, at)
        for number, sentence in enumerate(sentences)
        if not (sentence.is_row() or sentences[0].is_row())
        for at in beginnings(asked, sentence)
    ]
    weights = model.weigh(
        _prompt(question, sentences),
        [_text(sentences[number], at) for number, at in begins],
        tracks=TRACKS,
        track_tokens=TRACK_TOKENS,
    )
    found: dict[str, Candidate] = {}
    for (number, at), track in zip(begins, weights.tracks, strict=False):
        sentence = sentences[number]
        for stretch in stretches(number, sentence, at):
            start, end = sentence.spans[at][0], sentence.spans[stretch.last][1]
            heard = _heard(track, len(f" {sentence.text[start:end]}".encode("utf-8", "replace")))
            if heard is None:
                continue
            values = (*heard, *rules(asked, sentences, stretch, scores[0] - scores[number]))
            key = f"{number} {start} {end}"
            found[key] = Candidate(sentence.text[start:end], number, start, values)
    read = {"prompt": weights.prompt_tokens, "answer": weights.read_tokens}
    return list(found.values()), read


def _text(sentence: Words, at: int) -> str:
    start = sentence.spans[at][0]
    return f" {sentence.text[start : start + 8 * TRACK_TOKENS]}"


def _heard(track: Track, size: int) -> tuple[float, float] | None:
    """Likelihood of the first `size` bytes as the whole answer, and of their first token."""
    if size not in track.sizes:
        return None
    at = track.sizes.index(size)
    return sum(track.logprobs[: at + 1]) + track.ends[at], track.logprobs[0]


def choose(found: Sequence[Candidate], weights: Sequence[float]) -> ShortWording | None:
    """The best candidate, None when there is none."""
    if not found:
        return None
    scores = [sum(w * v for w, v in zip(weights, c.values, strict=True)) for c in found]
    highest = max(scores)
    total = sum(math.exp(score - highest) for score in scores)
    return ShortWording(found[scores.index(highest)].text, 1 / total)
