"""Every measure on every data set of a folder: one Markdown table out, and an HTML report.

    python bench/quality.py FOLDER [--limit 60] [--report quality.html]

Each file is measured by the tasks that fit its format; files of no known format are named and
passed over. The folder can also be named by the environment variable RECOLLECT_DATA.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rag.evaluation import (
    DatasetError,
    Options,
    Outcome,
    evaluate,
    html_report,
    markdown,
    tables,
    tasks_for,
)

COMPARED = ("retrieval", "followups")


def jobs(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each task with each file that fits it, the quick ones first."""
    found = []
    for path in sorted([*folder.glob("*.json"), *folder.glob("*.jsonl")]):
        try:
            tasks = tasks_for(path)
        except DatasetError as error:
            print(f"passed over: {error}", file=sys.stderr)
        else:
            found += [(task, path) for task in tasks]
    return iter(sorted(found, key=lambda job: (job[1].stat().st_size, job)))


def show(label: str, done: int, total: int) -> None:
    if sys.stderr.isatty() or done == total:
        print(f"\r{label} {done}/{total}", end="", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=os.environ.get("RECOLLECT_DATA"))
    parser.add_argument("--limit", type=int, default=0, help="questions per task; 0 takes all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--kb", type=Path, help="for data sets without documents of their own")
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    if options.folder is None or not Path(options.folder).is_dir():
        parser.error("name a folder with data sets, here or in RECOLLECT_DATA")
    outcomes: list[Outcome] = []
    for task, path in jobs(Path(options.folder)):
        began = time.monotonic()
        chosen = Options(
            kb=options.kb if path.suffix == ".jsonl" else None,
            model=options.model,
            limit=options.limit,
            seed=options.seed,
            compare=task in COMPARED,
            on_step=show,
        )
        try:
            outcome = evaluate(task, path, chosen)
        except DatasetError as error:
            print(f"\npassed over: {error}", file=sys.stderr)
            continue
        outcomes.append(outcome)
        for table in tables(outcome):
            print(f"\n{markdown(table)}", flush=True)
        print(f"\n{time.monotonic() - began:.0f} s", file=sys.stderr)
        if options.report is not None:
            options.report.write_text(html_report(outcomes, options.seed), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
