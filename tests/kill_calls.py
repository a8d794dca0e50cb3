"""Kill a job as it enters its n-th system call of one name, and go on from what is left."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from .kill_forge import CALLS, KILLED, Forge
from .kill_harness import Tally, Tree, Witness, contents, digest, leftovers

__all__ = ["SCENES", "Scene"]

SCENES = ("start", "resume", "rebuild", "reindex")
"""The first ingest; the ingest after one that was killed; `rebuild`; `reindex`."""


@dataclass
class Scene:
    """A store as it stands before a job, and the digest it must have when the job is done.

    Args:
        forge: where the jobs run.
        folder: empty, for everything of this scene.
        name: one of SCENES.
        seed: of the documents.
    """

    forge: Forge
    folder: Path
    name: str
    seed: int
    job: str = field(init=False)
    arguments: dict[str, object] = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.before, self.kb = self.folder / "before", self.folder / "kb"
        self.ledger = self.folder / "ledger"
        tree = Tree(self.folder / "documents", random.Random(self.seed))
        tree.add(4)
        ingest = {"tree": tree.path, "ledger": self.ledger}
        if self.name in {"start", "resume"}:
            self.job, self.arguments = "ingest", ingest
        elif self.name == "rebuild":
            self.job, self.arguments = "rebuild", {}
        else:
            self.job, self.arguments = "reindex", {"salt": "other"}
        if self.name != "start":
            self.forge.run("ingest", kb=self.before, **ingest)
        if self.name == "resume":
            tree.change(edits=2, added=2, removed=1)
            self.forge.kill_at("fdatasync", 3, "ingest", kb=self.before, **ingest)
        clean = self.folder / "clean"
        if self.job != "ingest":
            shutil.copytree(self.before, clean)
        self.forge.run(self.job, kb=clean, **self.arguments)
        self.wanted = digest(clean)
        self.ledger.unlink(missing_ok=True)

    def points(self) -> list[tuple[str, int]]:
        """Every call of the job that changes a file, as name and number."""
        self._set_up()
        log = self.folder / "calls"
        counts = self.forge.count_calls(log, self.job, kb=self.kb, **self.arguments)
        return [(call, at) for call in CALLS for at in range(1, counts[call] + 1)]

    def until_done(self, call: str, tally: Tally, *, times: int = 1) -> int:
        """Kill at the first, second, … call of this name, until the job has no more of them."""
        number = 0
        while self.kill(call, number + 1, tally, times=times):
            number += 1
        return number

    def kill(self, call: str, number: int, tally: Tally, *, times: int = 1) -> bool:
        """Kill the job there, and again as often as said; check; let it end; compare.

        Returns:
            Whether the first run was killed, not too short for it.
        """
        self._set_up()
        witness = Witness(self.kb, self.ledger, self.seed)
        if self.before.exists():
            witness.sure = contents(self.kb)[0]
        place = f"{self.name}, {call} {number}"
        first = False
        for at in range(times):
            killed = self.forge.kill_at(call, number, self.job, kb=self.kb, **self.arguments)
            first |= at == 0 and killed == KILLED
            tally.kills += 1
            tally.live += killed == KILLED
            witness.check(tally)
        self.forge.run(self.job, kb=self.kb, **self.arguments)
        witness.check(tally)
        if digest(self.kb) != self.wanted:
            tally.faults["torn"].append(f"{place}: differs from a run that was not killed")
        if left := leftovers(self.kb):
            tally.faults["left over"].append(f"{place}: {left}")
        return first

    def _set_up(self) -> None:
        self.ledger.unlink(missing_ok=True)
        shutil.rmtree(self.kb, ignore_errors=True)
        if self.before.exists():
            shutil.copytree(self.before, self.kb)
