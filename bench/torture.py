"""Kill -9 by the thousand, at random moments and at every system call; a fault makes it exit 1.

python bench/torture.py --kills 5000 --every-call
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.kill_calls import SCENES, Scene
from tests.kill_forge import CALLS, Forge
from tests.kill_harness import Tally, digest, torment


def random_moments(forge: Forge, folder: Path, kills: int, seed: int) -> Tally:
    """Series of kills, each into one store, until there were enough; each series ends clean."""
    total = Tally()
    while total.kills < kills:
        series = folder / f"series{seed}"
        series.mkdir()
        few = min(500, kills - total.kills)
        tally, tree, witness = torment(forge, series, kills=few, seed=seed)
        forge.run("ingest", kb=witness.kb, tree=tree.path, ledger=witness.ledger)
        forge.run("ingest", kb=series / "clean", tree=tree.path, ledger=series / "other")
        if digest(witness.kb) != digest(series / "clean"):
            tally.faults["torn"].append(f"seed {seed}: differs from a clean ingest")
        print(f"random moments: {tally}, seed {seed}", flush=True)
        total += tally
        seed += 1
    return total


def every_call(forge: Forge, folder: Path, seed: int) -> Tally:
    """Every call of every name, in every scene; recoveries twice."""
    total = Tally()
    for name in SCENES:
        scene = Scene(forge, folder / name, name, seed)
        tally = Tally()
        for call in CALLS:
            points = scene.until_done(call, tally, times=1 if name == "start" else 2)
            print(f"{name}, {call}: {points} points", flush=True)
        print(f"{name}: {tally}, seed {seed}", flush=True)
        total += tally
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="kills at random moments")
    parser.add_argument("--every-call", action="store_true", help="also every system call")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, Forge(Path(name) / "log") as forge:
        total = random_moments(forge, Path(name), options.kills, options.seed)
        if options.every_call:
            total += every_call(forge, Path(name), options.seed)
    print(f"total: {total}; {time.monotonic() - began:.0f} s")
    for line in total.told:
        print(line)
    return 1 if total.told else 0


if __name__ == "__main__":
    sys.exit(main())
