"""A conversation of a thousand turns: prompts stay within budget, growth stays even, facts stay."""

from __future__ import annotations

import gc
import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest.embedders.hashing import HashingEmbedder
from memory import Memory, open_memory
from memory.contract import count_words

EXCHANGES = 500
BUDGET = 120
LIVES = 2
BYTES_PER_TURN = 1000  # in memory: a vector of 64 numbers is 256, and arrays grow by doubling
FACTS = {
    "The vault code of the Bergen office is 4711.": "What is the vault code in Bergen?",
    "Ann Holm keeps the spare key of the lighthouse.": "Who keeps the spare key?",
    "奥斯陆的仓库在五月三日搬家。": "奥斯陆的仓库什么时候搬家？",
    "The ferry to Kelm leaves from pier nine.": "From which pier does the Kelm ferry leave?",
    "项目预算是三万七千元。": "项目预算是多少？",
}
KINDS = ("buffer", "recall", "summary", "vector", "window")


def exchange(number: int) -> tuple[str, str]:
    """Chatter of even length, no two alike; facts among the first ten exchanges."""
    facts = list(FACTS)
    if number % 2 == 1 and number // 2 < len(facts):
        return facts[number // 2], f"Noted as item {number}."
    return (
        f"Let me think about item {number}, its colour and its weight in week {number % 52}.",
        f"Item {number} is number {number * 7 % 1000} of the list; 第{number}项也在列表中。",
    )


@contextmanager
def opened(kind: str, path: Path) -> Iterator[Memory]:
    made: Any = open_memory(
        path,
        kind,
        count_tokens=count_words,
        embedder=HashingEmbedder(64),
        summarise=lambda prompt: f"They spoke of {len(prompt)} things.",
    )
    with closing(made):
        yield made


def size(path: Path) -> int:
    """Bytes of the log without what only waits to be moved into it."""
    raw = sqlite3.connect(path)
    (pages,) = raw.execute("PRAGMA page_count").fetchone()
    (page,) = raw.execute("PRAGMA page_size").fetchone()
    raw.close()
    return int(pages * page)


@pytest.mark.parametrize("kind", KINDS)
def test_l03_a_thousand_turns_stay_within_bounds(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "log.db"
    sizes, used = [0], {}
    tracemalloc.start()
    try:
        for part in range(LIVES):
            with opened(kind, path) as memory:
                for number in range(EXCHANGES * part // LIVES, EXCHANGES * (part + 1) // LIVES):
                    memory.record(*exchange(number), user="u", session="s")
                    if number % 20 == 0:
                        turns = memory.recall(
                            f"item {number // 2}", user="u", session="s", budget=BUDGET
                        )
                        assert 0 < count_words(memory.render(turns)) <= BUDGET
                    if number in (EXCHANGES // 2 + 50, EXCHANGES - 1):
                        gc.collect()
                        used[number] = tracemalloc.get_traced_memory()[0]
            sizes.append(size(path))
    finally:
        tracemalloc.stop()
    first, second = sizes[1] - sizes[0], sizes[2] - sizes[1]
    assert second <= 1.5 * first, "bytes on disk for each turn"
    (begun, before), (ended, after) = used.items()
    assert after - before < BYTES_PER_TURN * 2 * (ended - begun)
    with opened(kind, path) as memory:
        assert len(memory.history(user="u", session="s")) == 2 * EXCHANGES
        missed = [
            question
            for fact, question in FACTS.items()
            if fact not in memory.render(memory.recall(question, user="u", session="s", budget=200))
        ]
    if kind in ("recall", "vector"):
        assert missed == []
    else:
        assert missed, "the latest turns and a short summary cannot hold them all"
