"""Fits the refusal: SQuAD files in, `rag/evidence/refusal.json` out, with the rates it reaches.

    python bench/calibrate_refusal.py en=xquad_en.json zh=xquad_zh.json zh=cmrc2018.json

Every question is asked twice: with all paragraphs, and with its own paragraph removed. Rates are
measured on paragraphs that the fit has not seen (five folds by paragraph). The threshold keeps the
false refusals of every single file below the limit. The knowledge bases are built anew each time.
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

from ingest import Index, query_terms
from rag.evidence.refusal import FEATURES, features
from rag.search import retrieve

Rows = NDArray[np.float64]
FOLDS = 5
FALSE_REFUSALS = 0.048
MOST_QUESTIONS = 700
RIDGE = 10.0  # on standardised features; flat from 1 to 30

USED = {
    "en": FEATURES[: FEATURES.index("held")],
    "zh": tuple(
        "passage_lead expected unexpecting held held_sentence stretch nowhere "
        "size lacking names asked character_lead".split()
    ),
}
"""Features by language: more do not help, and Chinese must not lean on an English embedder."""
SET = {"zh": {"uncounted": -1.5}}
"""Weights set by hand: too few questions have the feature to fit it, and its sense is plain."""


@dataclass(frozen=True)
class Sample:
    """The questions of one file: features, 1 if the paragraph was there, the paragraph's number."""

    name: str
    rows: Rows
    labels: Rows
    groups: NDArray[np.int64]


def measure(index: Index, question: Question) -> tuple[float, ...]:
    found = retrieve(index, question.text, [], k=6)
    wanted = {term: found.rarity[term] for term in query_terms(question.text)}
    return features(question.text, found.sentences, found.passages, wanted)


def observe(path: Path, folder: Path) -> Sample:
    """Features with the paragraph (first half of the rows) and with it removed (second half)."""
    index, questions = build(path, folder)
    questions = questions[:: max(1, len(questions) // MOST_QUESTIONS)]
    sources = {Path(info.source).name: info.source for info in index.documents()}
    asked = list(questions)
    rows = [measure(index, question) for question in questions]
    with index.writing():
        for name in dict.fromkeys(question.document for question in questions):
            stored = index.document(sources[name])
            assert stored is not None
            index.remove([sources[name]])
            about = [question for question in questions if question.document == name]
            rows += [measure(index, question) for question in about]
            asked += about
            index.commit(stored)
    index.close()
    groups = np.array([int(question.document.split(".")[0]) for question in asked])
    labels = np.repeat([1.0, 0.0], len(questions))
    return Sample(path.name, np.array(rows), labels, groups)


def fit(rows: Rows, labels: Rows) -> Rows:
    """Logistic regression by Newton's method; the last weight is the bias."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    design = np.hstack([(rows - mean) / spread, np.ones((len(rows), 1))])
    ridge = np.append(np.full(rows.shape[1], RIDGE), 1e-6)
    weights = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        gradient = design.T @ (p - labels) + ridge * weights
        hessian = (design * (p * (1 - p))[:, None]).T @ design + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    plain = weights[:-1] / spread
    return np.append(plain, weights[-1] - plain @ mean)


def scores(rows: Rows, weights: Rows) -> Rows:
    return rows @ weights[:-1] + weights[-1]


def rates(values: Rows, labels: Rows, limit: float | None = None) -> tuple[str, float]:
    """What a score reaches, in words, and its threshold: `limit`, or its own."""
    positive, negative = values[labels == 1], values[labels == 0]
    auc = float((positive[:, None] > negative[None, :]).mean())
    own = float(np.quantile(positive, FALSE_REFUSALS)) if limit is None else limit
    refused, wrongly = float((negative < own).mean()), float((positive < own).mean())
    return (
        f"refuses {refused:.3f} of the unanswerable at {wrongly:.3f} false refusals, AUC {auc:.3f}",
        own,
    )


def calibrate(samples: list[Sample], language: str) -> dict[str, object]:
    used, given = USED[language], SET.get(language, {})
    every = np.vstack([sample.rows for sample in samples])
    rows = every[:, [FEATURES.index(name) for name in used]]
    offset = every @ np.array([given.get(name, 0.0) for name in FEATURES])
    labels = np.concatenate([sample.labels for sample in samples])
    groups = np.concatenate([sample.groups for sample in samples])
    file = np.repeat(np.arange(len(samples)), [len(sample.labels) for sample in samples])
    held_out = np.zeros(len(rows))
    for fold in range(FOLDS):
        test = groups % FOLDS == fold
        held_out[test] = scores(rows[test], fit(rows[~test], labels[~test])) + offset[test]
    limit = min(rates(held_out[file == n], labels[file == n])[1] for n in range(len(samples)))
    parts = []
    for n, sample in enumerate(samples):
        here = file == n
        said = rates(held_out[here], labels[here], limit)[0]
        parts.append(f"{sample.name}: {int(labels[here].sum())} questions, {said}")
        print(f"held out, {parts[-1]}")
        print(f"    with its own threshold: {rates(held_out[here], labels[here])[0]}")
        if len(samples) > 1:
            other = scores(rows[here], fit(rows[~here], labels[~here])) + offset[here]
            print(f"    fitted on the other files: {rates(other, labels[here])[0]}")
    weights = fit(rows, labels)
    return {
        "weights": dict(zip(used, np.round(weights[:-1], 4).tolist(), strict=True)) | given,
        "bias": round(float(weights[-1]), 4),
        "threshold": round(float(1 / (1 + np.exp(-limit))), 4),
        "provenance": "with and without its paragraph, held out: " + "; ".join(parts),
    }


def main() -> None:
    files: dict[str, list[Path]] = {}
    for argument in sys.argv[1:]:
        language, _, path = argument.partition("=")
        files.setdefault(language, []).append(Path(path))
    target = Path(__file__).resolve().parent.parent / "rag" / "evidence" / "refusal.json"
    result = json.loads(target.read_text("utf-8"))
    for language, paths in files.items():
        samples = []
        for path in paths:
            with tempfile.TemporaryDirectory(prefix="recollect-bench-") as folder:
                samples.append(observe(path, Path(folder)))
        result[language] = calibrate(samples, language)
    target.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
