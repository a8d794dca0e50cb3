"""Fits the refusal: SQuAD-format files in, `rag/refusal.json` out, with the rates it reaches.

    python bench/calibrate_refusal.py en=xquad_en.json zh=xquad_zh.json zh=cmrc2018.json

Every question is asked twice: with all paragraphs, and with its own paragraph set aside. Rates are
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
from rag.evidence import rank_sentences, trusts_cosine
from rag.refusal import FEATURES, features

Rows = NDArray[np.float64]
FOLDS = 5
FALSE_REFUSALS = 0.045
MOST_QUESTIONS = 700


def measure(index: Index, question: Question, aside: frozenset[int]) -> tuple[float, ...]:
    passages = index.search(question.text, k=6, exclude=aside)
    terms = query_terms(question.text)
    rarity = index.rarity(terms)
    embedder = index.embedder if trusts_cosine(question.text, index.embedder) else None
    ranked = rank_sentences(question.text, passages, rarity, embedder)
    return features(ranked, passages, rarity)


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
        rows, labels, groups = [], [], []
        for path in paths:
            folder = Path(tempfile.gettempdir()) / "recollect-bench" / path.stem
            index, questions = build(path, folder)
            owners: dict[str, set[int]] = {}
            with index.catalog.read() as connection:
                for chunk, source in connection.execute(
                    "SELECT c.id, d.source FROM chunks c JOIN documents d ON d.id = c.document"
                ):
                    owners.setdefault(Path(source).name, set()).add(chunk)
            for question in questions[:: max(1, len(questions) // MOST_QUESTIONS)]:
                for label, aside in ((1, frozenset()), (0, frozenset(owners[question.document]))):
                    rows.append(measure(index, question, aside))
                    labels.append(label)
                    groups.append(int(question.document.split(".")[0]))
        names = ", ".join(path.name for path in paths)
        result[language] = calibrate(
            np.array(rows), np.array(labels, dtype=np.float64), np.array(groups), names
        )
        np.savez(
            Path(tempfile.gettempdir()) / f"refusal-{language}.npz", x=rows, y=labels, g=groups
        )
    target = Path(__file__).resolve().parent.parent / "rag" / "refusal.json"
    target.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
