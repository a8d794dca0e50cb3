"""Kills one operation on a shelf at each of its file operations, and tells what it left.

Run as a script with a prepared home and the name of an operation. A warm parent forks one child
for each point; the child kills itself, with SIGKILL, before its n-th file operation. One JSON line
for each point says what a fresh look finds.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from ingest import Index, ingest_paths
from rag import Shelf, ShelfError
from rag.shelves import pack, unpack
from rag.uploads import store_upload

Point = dict[str, Any]


def prepare(home: Path) -> None:
    """What every point starts from: "otters" with two uploads, "herons" empty and its export.

    Beside them lies an export of "otters", to be imported.
    """
    shelf = Shelf(home / "shelf")
    shelf.create("herons")
    otters = shelf.create("otters")
    with Index(otters.path, embedder="hashing") as index:
        for n in range(2):
            text = f"Otter {n} eats fish in the river. " * 40
            ingest_paths(index, [store_upload(otters.path, f"{n}.txt", text.encode())])
    shelf.export("herons", home / "old")
    shelf.export("otters", home / "new")


def kill_everywhere(home: Path, operation: str, step: int = 1) -> list[Point]:
    """What `main` tells of each point, or of each `step`-th; the last one came to its end."""
    ran = subprocess.run(
        [sys.executable, __file__, str(home), operation, str(step)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def die_before(n: int, home: Path) -> Callable[[], None]:
    """Count file operations below `home`; the n-th is never done."""
    seen = 0

    def strike() -> None:
        nonlocal seen
        seen += 1
        if seen == n:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        names = event.startswith("os.")  # below an open folder they are told without their path
        files = event in ("open", "sqlite3.connect")
        if names or (files and any(str(home) in str(argument) for argument in arguments)):
            strike()

    sys.addaudithook(hook)
    return strike


def operate(operation: str, home: Path, strike: Callable[[], None] = lambda: None) -> None:
    shelf = Shelf(home / "shelf")
    if operation == "create":
        shelf.create("new")
    elif operation == "delete":
        shelf.delete("otters")
    elif operation == "export":
        shelf.export("otters", home / "old", lambda *_: strike())
    elif operation == "import":
        shelf.import_file(home / "new.recollect.zip", "new", lambda *_: strike())


def look(home: Path) -> Point:
    """What is there, seen by a fresh shelf."""
    shelf = Shelf(home / "shelf")
    names = {kb.name: [kb.problem, kb.documents, *_wrong(kb.path)] for kb in shelf.list()}
    hidden = [path.name for path in (home / "shelf").iterdir() if path.name.startswith(".")]
    exported = (home / "old.recollect.zip").read_bytes()
    return {
        "found": names,
        "hidden": hidden,
        "export": hashlib.sha256(exported).hexdigest(),
        "exported": shelf.import_file(home / "old.recollect.zip", "check").documents,
    }


def _wrong(folder: Path) -> list[str]:
    with Index(folder, read_only=True) as index:
        return index.verify()


def main(source: Path, operation: str, step: int) -> None:
    import faiss  # noqa: F401 - the parent stays warm for the child

    pack._PIECE = unpack._PIECE = 1 << 13
    for n in count(1, step):
        home = source.parent / "work"
        shutil.copytree(source, home)
        child = os.fork()
        if child == 0:
            operate(operation, home, die_before(n, home))
            os._exit(0)
        killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        told = {"killed": killed, **look(home)}
        if killed:
            with suppress(ShelfError):  # given again after a crash; it may have been done before
                operate(operation, home)
            told["again"] = look(home)["hidden"]
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        shutil.rmtree(home)
        if not killed:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
