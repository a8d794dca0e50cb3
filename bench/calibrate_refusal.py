"""Fits the refusal: SQuAD-format files in, `rag/refusal.json` out, with the rates it reaches.

    python bench/calibrate_refusal.py en=xquad_en.json zh=xquad_zh.json zh=cmrc2018.json

Every question is asked twice: with all paragraphs, and with its own paragraph removed. Rates are
measured on paragraphs that the fit has not seen (five folds by paragraph).
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from squad import Question, build

from ingest import Index, query_terms
from rag.refusal import FEATURES, features
from rag.retrieve import retrieve

Rows = NDArray[np.float64]
FOLDS = 5
FALSE_REFUSALS = 0.045
MOST_QUESTIONS = 700


def measure(index: Index, question: Question) -> tuple[float, ...]:
    found = retrieve(index, question.text, [], k=6)
    wanted = {term: found.rarity[term] for term in query_terms(question.text)}
    return features(question.text, found.sentences, found.passages, wanted)


def observe(index: Index, questions: list[Question]) -> tuple[list[tuple[float, ...]], list[int]]:
    """Features with the paragraph (first half of the rows) and with it removed (second half)."""
    sources = {Path(info.source).name: info.source for info in index.documents()}
    rows = [measure(index, question) for question in questions]
    groups = [int(question.document.split(".")[0]) for question in questions]
    with index.writing():
        for name in dict.fromkeys(question.document for question in questions):
            stored = index.document(sources[name])
            index.remove([sources[name]])
            rows += [
                measure(index, question) for question in questions if question.document == name
            ]
            groups += [
                int(question.document.split(".")[0])
                for question in questions
                if question.document == name
            ]
            if stored is not None:
                index.commit(stored)
    return rows, groups


def fit(rows: Rows, labels: Rows, ridge: float = 1e-2) -> Rows:
    """Logistic regression by Newton's method; the last weight is the bias."""
    design = np.hstack([rows, np.ones((len(rows), 1))])
    weights = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        gradient = design.T @ (p - labels) + ridge * weights
        hessian = (design * (p * (1 - p))[:, None]).T @ design + ridge * np.eye(len(weights))
        step = np.linalg.solve(hessian, gradient)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def scores(rows: Rows, weights: Rows) -> Rows:
    return rows @ weights[:-1] + weights[-1]


def calibrate(rows: Rows, labels: Rows, groups: NDArray[np.int64], names: str) -> dict[str, object]:
    held_out = np.zeros(len(rows))
    for fold in range(FOLDS):
        test = groups % FOLDS == fold
        held_out[test] = scores(rows[test], fit(rows[~test], labels[~test]))
    limit = float(np.quantile(held_out[labels == 1], FALSE_REFUSALS))
    refused = float((held_out[labels == 0] < limit).mean())
    positive, negative = held_out[labels == 1], held_out[labels == 0]
    auc = float((positive[:, None] > negative[None, :]).mean())
    weights = fit(rows, labels)
    provenance = (
        f"{names}; {int(labels.sum())} questions, each with and without its paragraph; held out: "
        f"refuses {refused:.3f} of the unanswerable at {FALSE_REFUSALS:.3f} false refusals, "
        f"AUC {auc:.3f}"
    )
    print(provenance)
    return {
        "weights": dict(zip(FEATURES, np.round(weights[:-1], 4).tolist(), strict=True)),
        "bias": round(float(weights[-1]), 4),
        "threshold": round(float(1 / (1 + np.exp(-limit))), 4),
        "provenance": provenance,
    }


def main() -> None:
    files: dict[str, list[Path]] = {}
    for argument in sys.argv[1:]:
        language, _, path = argument.partition("=")
        files.setdefault(language, []).append(Path(path))
    result = {}
    for language, paths in files.items():
        rows: list[tuple[float, ...]] = []
        groups: list[int] = []
        labels: list[int] = []
        for path in paths:
            folder = Path(tempfile.gettempdir()) / "recollect-bench" / path.stem
            index, questions = build(path, folder)
            seen, owners = observe(index, questions[:: max(1, len(questions) // MOST_QUESTIONS)])
            rows += seen
            groups += owners
            labels += [1] * (len(seen) // 2) + [0] * (len(seen) // 2)
        names = ", ".join(path.name for path in paths)
        result[language] = calibrate(
            np.array(rows), np.array(labels, dtype=np.float64), np.array(groups), names
        )
    target = Path(__file__).resolve().parent.parent / "rag" / "refusal.json"
    target.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
