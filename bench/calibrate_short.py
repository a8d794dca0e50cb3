"""Fits the short wording: SQuAD files in, `rag/writing/short.json` out, with the F1 it reaches.

    python bench/calibrate_short.py xquad_en.json

Every question is searched for, its sentences are quoted, and the model weighs the stretches of the
quotes. The weights make the likely stretches those that share words with an accepted answer;
the F1 is that of paragraphs that the fit has not seen (five folds by paragraph).
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from squad import Question, build

from ingest import Index
from rag.evaluation.metrics import squad_f1
from rag.evidence import select
from rag.models import LanguageModel, open_model
from rag.search import retrieve
from rag.settings import Settings
from rag.writing.short import FEATURES, candidates, wants_few_words

Array = NDArray[np.float64]
FOLDS = 5
ROUNDS = 400
RIDGE = 0.05
"""Pull of the weights of standardised features to 0; flat from 0.02 to 0.1."""
LEAST = 0.1
"""Probability below which no short wording is shown."""
TARGET = Path(__file__).resolve().parent.parent / "rag" / "writing" / "short.json"


@dataclass(frozen=True)
class Seen:
    """One question: features of its stretches [n, features], their F1 [n], and its paragraph."""

    values: Array
    f1: Array
    group: int


def observe(index: Index, model: LanguageModel, question: Question) -> Seen | None:
    """None when there is nothing to choose from."""
    settings = Settings()
    found = retrieve(index, question.text, [], k=settings.passages)
    quotes = select(found.sentences, found.rarity, most=settings.quotes, lead=found.lead)
    stretches, _ = candidates(
        question.text,
        [quote.text for quote in quotes],
        [quote.score for quote in quotes],
        found.rarity,
        model,
    )
    if not stretches:
        return None
    return Seen(
        np.array([stretch.values for stretch in stretches]),
        np.array([squad_f1(stretch.text, question.answers) for stretch in stretches]),
        int(question.document.split(".")[0]),
    )


def softmax(scores: Array) -> Array:
    risen = np.exp(scores - scores.max())
    return np.asarray(risen / risen.sum(), dtype=np.float64)


def fit(seen: list[Seen], ridge: float = RIDGE) -> Array:
    """Weights that give the right stretches a high share of the probability (Adam)."""
    spread = np.concatenate([one.values for one in seen]).std(axis=0) + 1e-6
    pairs = [(one.values / spread, one.f1**2) for one in seen if one.f1.max() > 0.3]
    weights, mean, square = (np.zeros(len(spread)) for _ in range(3))
    for step in range(1, ROUNDS + 1):
        gradient = ridge * weights
        for values, worth in pairs:
            share = softmax(values @ weights)
            right = share * (worth + 1e-4)
            gradient -= values.T @ (right / right.sum() - share) / len(pairs)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        rise = mean / (1 - 0.9**step)
        weights -= 0.05 * rise / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return np.asarray(weights / spread, dtype=np.float64)


def held_out(seen: list[Seen], ridge: float = RIDGE) -> tuple[Array, Array]:
    """F1 and probability of the chosen stretch of each question, by weights fitted without it."""
    f1, probability = np.zeros(len(seen)), np.zeros(len(seen))
    for fold in range(FOLDS):
        weights = fit([one for one in seen if one.group % FOLDS != fold], ridge)
        for at, one in enumerate(seen):
            if one.group % FOLDS == fold:
                shares = softmax(one.values @ weights)
                best = int(shares.argmax())
                f1[at], probability[at] = one.f1[best], shares[best]
    return f1, probability


def calibrate(seen: list[Seen], names: str) -> dict[str, object]:
    f1, probability = held_out(seen)
    shown = probability >= LEAST
    model_alone = np.mean([one.f1[one.values[:, 0].argmax()] for one in seen])
    ceiling = np.mean([one.f1.max() for one in seen])
    provenance = (
        f"{names}; {len(seen)} questions that want few words; held out: F1 {f1.mean():.3f} of all, "
        f"{f1[shown].mean():.3f} of the {shown.mean():.3f} shown; the likeliest stretch alone "
        f"{model_alone:.3f}, the best one to choose {ceiling:.3f}"
    )
    print(provenance)
    for low, high in ((0, 0.1), (0.1, 0.2), (0.2, 0.35), (0.35, 0.5), (0.5, 0.7), (0.7, 1.01)):
        inside = (probability >= low) & (probability < high)
        if inside.any():
            print(f"probability {low}-{high}: {inside.sum()} questions, F1 {f1[inside].mean():.3f}")
    weights = dict(zip(FEATURES, np.round(fit(seen), 4).tolist(), strict=True))
    return {"weights": weights, "least": LEAST, "provenance": provenance}


def main() -> None:
    seen: list[Seen] = []
    folder = Path(tempfile.gettempdir()) / "recollect-bench"
    paths = [Path(argument) for argument in sys.argv[1:]]
    with open_model("smollm2-135m") as model:
        for path in paths:
            index, questions = build(path, folder / path.stem)
            for question in questions:
                one = observe(index, model, question) if wants_few_words(question.text) else None
                seen += [one] if one is not None else []
    result = calibrate(seen, ", ".join(path.name for path in paths))
    TARGET.write_text(json.dumps(result, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
