"""Kills the model process a hundred times in five ways at five moments; a fault makes it exit 1.

    python bench/crashes.py [--deaths 100] [--seed 1]

The application around it is the real one: documents, a conversation log, the packaged model in its
own words. After each death: no zombie, a question without an answer has left no turn, the next
question is answered. At the end: no more threads and open files than before, and three deaths in
a minute keep the process down for a minute.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from patient import KINDS, MOMENTS, PATIENT, Death, Patient, held, patient

from rag.errors import WorkerHaltedError


def breaker(sick: Patient, wait: float) -> list[str]:
    """Three deaths in short time keep the process down with a clear message, for a while."""
    faults = []
    sick.worker.stop()
    for _ in range(3):
        sick.order("exit")
        if isinstance(sick.ask().end().error, WorkerHaltedError):
            faults.append("the breaker opened too early")
    refused = sick.ask().end()
    if not isinstance(refused.error, WorkerHaltedError) or "stopped 3 times" not in str(
        refused.error
    ):
        faults.append(f"the breaker did not open: {refused.error!r}")
    time.sleep(wait)
    if (answered := sick.ask().end()).error is not None:
        faults.append(f"the breaker did not close: {answered.error!r}")
    return faults


def table(deaths: Sequence[Death]) -> str:
    """By way and by moment: deaths, questions lost and answered all the same, and the recovery."""
    lines = [f"{'':10} deaths  lost  answered  recovered   s to the next words: median    max"]
    for attribute, names in (("kind", KINDS), ("moment", MOMENTS)):
        for name in names:
            some = [death for death in deaths if getattr(death, attribute) == name]
            if not some:
                continue
            seconds = [death.seconds for death in some if death.seconds]
            lines.append(
                f"{name:10} {len(some):6} {sum(d.lost for d in some):5} "
                f"{sum(d.answered for d in some):9} {len(seconds):10} "
                f"{statistics.median(seconds or [0]):28.2f} {max(seconds or [0]):6.2f}"
            )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--deaths", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    deaths: list[Death] = []
    with patient(seed=options.seed) as sick:
        before = held()
        for number in range(options.deaths):
            kind, moment = KINDS[number % 5], MOMENTS[number // 5 % 5]
            deaths.append(sick.die(kind, moment))
            print(f"\r{number + 1}/{options.deaths}", end="", file=sys.stderr, flush=True)
            for fault in deaths[-1].faults:
                print(f"\n{kind}, {moment}: {fault}", file=sys.stderr, flush=True)
        after, repacks = held(), sick.worker.repacks
        faults = [f"{d.kind}, {d.moment}: {text}" for d in deaths for text in d.faults]
        if any(now > then for now, then in zip(after, before, strict=True)):
            faults.append(f"threads and open files: {before} before, {after} after")
        sick.employ(replace(PATIENT, crashes=3))
        faults += breaker(sick, PATIENT.crash_seconds)
    print(f"\n{table(deaths)}\nthreads, open files: {before} before, {after} after")
    print(f"weights are still repacked: {repacks}; faults: {len(faults)}")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
