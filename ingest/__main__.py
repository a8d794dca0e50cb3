"""`python -m ingest PATH… --kb FOLDER`: files into a knowledge base, and a summary that adds up."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from . import Index, IngestError, IngestInterrupted, IngestReport, ingest_paths

__all__ = ["main"]

_INTERRUPTED = 130
_WAIT_SECONDS = 600.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 done, 1 no file could be stored or an error, 2 bad usage, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="python -m ingest", description=__doc__)
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files and folders to read")
    parser.add_argument("--kb", required=True, metavar="FOLDER", help="the knowledge base")
    parser.add_argument("--embedder", help="of a new knowledge base: a name or a folder")
    parser.add_argument("--prune", action="store_true", help="take out what is gone from the disk")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        with Index(options.kb, embedder=options.embedder) as index:
            report = ingest_paths(
                index,
                options.paths,
                prune=options.prune,
                wait_seconds=_WAIT_SECONDS,
                on_wait=lambda who: _tell(f"waiting for another writer ({who})"),
            )
    except IngestInterrupted as stop:
        _print(stop.report, as_json=options.json)
        _tell("interrupted; run it again to go on")
        return _INTERRUPTED
    except KeyboardInterrupt:
        _tell("interrupted before the first file")
        return _INTERRUPTED
    except IngestError as error:
        _tell(str(error))
        return 1
    _print(report, as_json=options.json)
    return 1 if report.skipped and len(report.skipped) == report.seen else 0


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _tell(words: str) -> None:
    sys.stderr.write(words + "\n")


def _print(report: IngestReport, *, as_json: bool) -> None:
    for warning in report.warnings:
        _tell(warning)
    if as_json:
        sys.stdout.write(json.dumps(report.as_dict()) + "\n")
        return
    for outcome in report.skipped:
        sys.stdout.write(f"skipped ({outcome.reason}): {outcome.message}\n")
    parts = [f"{report.count(s)} {s}" for s in ("added", "updated", "unchanged", "skipped")]
    sys.stdout.write(
        f"{report.seen} files: {', '.join(parts)}, {report.left} left; "
        f"{report.count('removed')} removed; {report.chunks} chunks in {report.seconds:.1f} s\n"
    )


if __name__ == "__main__":
    sys.exit(main())
