"""How long `recall` and `vector` take per question, beside plain BM25 over everything in FTS5.

    python bench/recall.py [--turns 6000 100000] [--questions 60] [--cpu]

The conversation is made up: words drawn by rank as in real text, sessions of 40 turns a day apart,
random unit vectors of 384 numbers. Embedding the question is not counted; what the figures contain
is ranking, reading the chosen turns, counting and rendering. The first question after opening,
which reads all vectors, is stated apart.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parents[1])  # this file bears a room's name

from ingest import index_terms, query_terms  # noqa: E402
from memory import ConversationLog, Draft, make_memory  # noqa: E402

DIMENSION, BUDGET, SESSION = 384, 1024, 40
START = datetime(2020, 1, 1, 9, tzinfo=UTC)


class Dice:
    """An embedder that throws its vectors; as quick as can be."""

    languages: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self._random = np.random.default_rng(7)

    def fingerprint(self) -> str:  # noqa: D102
        return "dice"

    def embed(self, texts: Sequence[str], role: str = "passage") -> np.ndarray:  # noqa: D102
        rows = self._random.standard_normal((len(texts), DIMENSION), dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def make_sentences(count: int, low: int, high: int, seed: int) -> list[str]:
    random = np.random.default_rng(seed)
    lengths = random.integers(low, high, count)
    ranks = (random.zipf(1.25, int(lengths.sum())) - 1) % 20_000
    words = iter([f"w{rank}" for rank in ranks])
    return [" ".join(next(words) for _ in range(length)) for length in lengths]


def build(path: Path, texts: list[str]) -> None:
    with ConversationLog(path, index_terms=index_terms, query_terms=query_terms) as log:
        for at in range(0, len(texts), SESSION):
            drafts = [
                Draft(("user", "assistant")[i % 2], text, tokens=2 * len(text.split()))
                for i, text in enumerate(texts[at : at + SESSION])
            ]
            day = START + timedelta(days=at // SESSION)
            dated = [Draft(d.role, d.text, (), d.tokens, day) for d in drafts]
            log.append(dated, user="u", session=f"day {at // SESSION}")


def milliseconds(call: Callable[[str], object], questions: list[str]) -> list[float]:
    clock = time.process_time if "--cpu" in sys.argv else time.perf_counter
    taken = []
    for question in questions:
        start = clock()
        call(question)
        taken.append((clock() - start) * 1000)
    return taken


def reference(folder: Path, texts: list[str]) -> Callable[[str], object]:
    plain = sqlite3.connect(folder / "plain.sqlite")
    plain.execute("CREATE VIRTUAL TABLE plain USING fts5(text)")
    plain.executemany("INSERT INTO plain (text) VALUES (?)", [(text,) for text in texts])
    plain.commit()

    def ask(question: str) -> object:
        match = " OR ".join(f'"{word}"' for word in question.split())
        return plain.execute(
            "SELECT rowid, text FROM plain WHERE plain MATCH ? ORDER BY rank LIMIT 40", (match,)
        ).fetchall()

    return ask


def measure(turns: int, asked: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = make_sentences(turns, 8, 33, seed=1)
        build(folder / "log.sqlite", texts)
        questions = make_sentences(asked, 5, 10, seed=2)
        plain = milliseconds(reference(folder, texts), questions)
        base = statistics.median(plain)
        print(f"\n{turns:,} turns, {asked} questions, {BUDGET} tokens")
        print(f"{'':22}{'median':>9}{'95 %':>9}{'ratio':>8}{'first':>9}   (milliseconds)")
        print(f"{'BM25 alone (FTS5)':22}{base:9.1f}{np.quantile(plain, 0.95):9.1f}{1:8.1f}")
        for kind, embedder in [("recall", Dice()), ("recall", None), ("vector", Dice())]:
            log = ConversationLog(
                folder / "log.sqlite", query_terms=query_terms, index_terms=index_terms
            )
            with make_memory(kind, log, embedder=embedder) as memory:
                memory.prepare("u")

                def ask(question: str) -> object:
                    last = f"day {(turns - 1) // SESSION}"
                    return memory.recall(question, user="u", session=last, budget=BUDGET)

                (first,) = milliseconds(ask, [questions[0]])
                taken = milliseconds(ask, questions)
            middle, high = statistics.median(taken), np.quantile(taken, 0.95)
            label = f"{kind}, {'vectors' if embedder else 'words only'}"
            print(f"{label:22}{middle:9.1f}{high:9.1f}{middle / base:8.1f}{first:9.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, nargs="+", default=[6_000, 100_000])
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--cpu", action="store_true", help="processor time, on a busy machine")
    chosen = parser.parse_args()
    for turns in chosen.turns:
        measure(turns, chosen.questions)


if __name__ == "__main__":
    main()
