"""Documents that change, and a witness who says what a killed ingest lost, tore or doubled."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from ingest import Index, Splitter
from ingest.embedders.hashing import HashingEmbedder

from .kill_forge import KILLED, Forge

__all__ = [
    "Tally",
    "Tree",
    "Witness",
    "contents",
    "digest",
    "leftovers",
    "open_index",
    "self_query_faults",
    "torment",
]

KINDS = ("lost", "torn", "duplicate", "left over")
_WORDS = "ice sledge tent depot compass blizzard ration dog pony ship harbour map rope fuel".split()
_CHINESE = "我们在冰原上前行，雪橇很重。向导说明天会有暴风雪，所以今晚要检查帐篷和燃料。"
_SPLITTER = Splitter(HashingEmbedder(256).count_tokens, max_tokens=40, overlap_tokens=0)


@dataclass
class Tree:
    """A folder of small documents, English and Chinese, which changes from round to round."""

    path: Path
    random: random.Random
    serial: int = 0

    def add(self, count: int) -> None:
        for _ in range(count):
            self.serial += 1
            ending = "md" if self.serial % 3 == 0 else "txt"
            self._write(self.path / f"{self.serial % 4}" / f"{self.serial:05d}.{ending}")

    def change(self, *, edits: int, added: int, removed: int) -> None:
        files = sorted(file for file in self.path.rglob("*") if file.is_file())
        chosen = self.random.sample(files, min(len(files), edits + removed))
        for file in chosen[:edits]:
            self._write(file)
        for file in chosen[edits:]:
            file.unlink()
        self.add(added)

    def _write(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"# Note {file.stem}, edition {self.random.randrange(10**9)}", ""]
        for _ in range(self.random.randint(1, 5)):
            words = self.random.choices(_WORDS, k=25)
            lines += [f"{' '.join(words)} {self.random.randrange(10**6)}.", ""]
        start = self.random.randrange(len(_CHINESE) - 12)
        lines.append(f"{_CHINESE[start:]}第{self.random.randrange(10**6)}号。")
        file.write_text("\n".join(lines), "utf-8")


@dataclass
class Tally:
    """What a series of kills showed.

    Attributes:
        kills: signals sent, or that would have been sent had the child not been faster.
        live: of these, the ones that ended a living child.
        midway: rounds that had committed something when they ended.
        faults: by kind, in words.
    """

    kills: int = 0
    live: int = 0
    midway: int = 0
    faults: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def __str__(self) -> str:
        found = ", ".join(f"{kind} {len(words)}" for kind, words in self.faults.items())
        return f"kills {self.kills}, hit a live ingest {self.live}, {found}"

    def __iadd__(self, other: Tally) -> Self:
        self.kills += other.kills
        self.live += other.live
        self.midway += other.midway
        for kind, words in other.faults.items():
            self.faults[kind] += words
        return self

    @property
    def told(self) -> list[str]:
        return [f"{kind}: {text}" for kind, texts in self.faults.items() for text in texts]


class Witness:
    """Knows what was acknowledged, and compares a freshly opened store with it."""

    def __init__(self, kb: Path, ledger: Path, seed: int) -> None:
        self.kb = kb
        self.ledger = ledger
        self.sure: dict[str, tuple[str, int]] = {}
        self._random = random.Random(seed)

    def read_ledger(self) -> tuple[int, tuple[str, tuple[str, int]] | None]:
        """Take in the acknowledgements; how many they were, and the plan left open, if any."""
        lines = self.ledger.read_text("utf-8").splitlines() if self.ledger.exists() else []
        self.ledger.unlink(missing_ok=True)
        entries = [json.loads(line) for line in lines]
        for word, source, content_hash, chunks in entries:
            if word == "done":
                self._note(source, (content_hash, chunks))
        left = entries[-1] if entries and entries[-1][0] == "plan" else None
        done = sum(entry[0] == "done" for entry in entries)
        return done, (left[1], (left[2], left[3])) if left else None

    def _note(self, source: str, state: tuple[str, int]) -> None:
        if state[0]:
            self.sure[source] = state
        else:
            self.sure.pop(source, None)

    def check(self, tally: Tally, *, sample: int = 25) -> None:
        """Open the store afresh; every difference from what is sure becomes a fault."""
        done, plan = self.read_ledger()
        tally.midway += done > 0
        faults = tally.faults
        with open_index(self.kb) as index:
            faults["torn"] += [f"verify: {problem}" for problem in index.verify()]
            faults["torn"] += self_query_faults(index, self._random, sample)
        found, repeated = contents(self.kb)
        faults["duplicate"] += repeated
        if plan is not None and found.get(plan[0], ("", 0)) == plan[1]:
            self._note(*plan)  # committed, and killed before it could say so
        for source in sorted(self.sure.keys() | found.keys()):
            wanted, seen = self.sure.get(source), found.get(source)
            if wanted == seen:
                continue
            same = wanted is not None and seen is not None and wanted[0] == seen[0]
            faults["torn" if same or wanted is None else "lost"].append(
                f"{source}: acknowledged {wanted}, stored {seen}"
            )
        self.sure = found


def open_index(kb: Path, *, salt: str = "") -> Index:
    """As the children open it."""
    embedder = HashingEmbedder(256, salt)
    return Index(kb, embedder=embedder, splitter=_SPLITTER)


def contents(kb: Path) -> tuple[dict[str, tuple[str, int]], list[str]]:
    """By source: content hash and the number of its chunks that are whole; and the repetitions."""
    with contextlib.closing(sqlite3.connect(kb / "catalog.sqlite")) as raw:
        found = raw.execute(
            "SELECT source, content_hash, (SELECT count(*) FROM chunks c JOIN vectors ON chunk = id"
            " JOIN lexical l ON l.rowid = c.id WHERE c.document = d.id) FROM documents d"
        ).fetchall()
        spans = raw.execute("SELECT document, page, start FROM chunks").fetchall()
    repeated = []
    if len({row[0] for row in found}) < len(found):
        repeated.append("a source stands twice")
    if len(set(spans)) < len(spans):
        repeated.append("a chunk stands twice")
    return {source: (content_hash, chunks) for source, content_hash, chunks in found}, repeated


def self_query_faults(index: Index, chooser: random.Random, sample: int) -> list[str]:
    """Ask the vector cache for chunks by their own rows; each finds itself or an equal row."""
    faults = []
    with index.catalog.read() as connection:
        rows = dict(connection.execute("SELECT chunk, vector FROM vectors ORDER BY chunk"))
        for chunk in chooser.sample(list(rows), min(sample, len(rows))):
            row = np.frombuffer(rows[chunk], dtype="<f4")
            ids, cosines = index._vectors().search(connection, index.catalog.state, row, 1)
            if [rows.get(found) for found in ids.tolist()] != [rows[chunk]]:
                faults.append(f"chunk {chunk} finds {ids.tolist()} at {cosines.tolist()}")
    return faults


def digest(kb: Path) -> str:
    """SHA-256 over everything that a document is, in an order that no history can change."""
    with contextlib.closing(sqlite3.connect(kb / "catalog.sqlite")) as raw:
        rows = raw.execute(
            "SELECT d.source, content_hash, splitter, embedder, title, media_type, bytes,"
            " page_count, chunk_count, notes, metadata, c.key, c.page, c.start, c.end,"
            " heading_path, c.text, p.text, p.headings, hex(vector), l.body, l.context"
            " FROM documents d JOIN pages p ON p.document = d.id"
            " LEFT JOIN chunks c ON c.document = d.id AND c.page = p.number"
            " LEFT JOIN vectors ON chunk = c.id LEFT JOIN lexical l ON l.rowid = c.id"
            " ORDER BY d.source, p.number, c.start"
        ).fetchall()
        manifest = raw.execute("SELECT value FROM manifest WHERE key = 'embedder'").fetchall()
    return hashlib.sha256(json.dumps([rows, manifest]).encode()).hexdigest()


def leftovers(kb: Path) -> list[str]:
    """Files in the store that no finished ingest needs.

    Beside the published copy of the vectors one older copy may stand: when the kill came between
    the publishing of the one and the removal of the other, the next publishing takes it away.
    """
    known = {"catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm", "writer.lock", "cache"}
    names = [file.name for file in kb.iterdir() if file.name not in known]
    cache = sorted(file.name for file in (kb / "cache").iterdir())
    copies = [name for name in cache if name.startswith("faiss-")]
    return names + [name for name in cache if name not in {"faiss.json", *copies[:2]}]


def torment(
    forge: Forge, folder: Path, *, kills: int, seed: int, documents: int = 60, kind: str = "sound"
) -> tuple[Tally, Tree, Witness]:
    """Kill ingests of a changing tree into one store at random moments, and look after each kill.

    The moment is uniform over a little more than the time an ingest takes, every other time over
    that from its first commit to its end; both are learned on the way.
    """
    chooser = random.Random(seed)
    tree = Tree(folder / "documents", random.Random(seed))
    tree.add(documents)
    witness = Witness(folder / "kb", folder / "ledger", seed)
    work = {"tree": tree.path, "ledger": witness.ledger, "kind": kind}
    began = time.monotonic()
    forge.run("ingest", kb=folder / "measured", **work)
    whole = time.monotonic() - began
    spans = [whole, whole / 4]
    witness.ledger.unlink()
    tally = Tally()
    for at in range(kills):
        way = at % 2
        sign = witness.ledger if way else None
        delay = chooser.uniform(0.0, spans[way])
        killed = forge.kill_after(delay, "ingest", sign=sign, kb=witness.kb, **work) == KILLED
        spans[way] *= 1.05 if killed else 0.75
        tally.kills += 1
        tally.live += killed
        witness.check(tally)
        tree.change(edits=10, added=2, removed=2)
    return tally, tree, witness
