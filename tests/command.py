"""The command `rag` in this process: words in; exit code, output and errors out."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from rag.cli import console, main

__all__ = ["Ran", "rag", "told"]

Ran = subprocess.CompletedProcess[str]


def rag(*words: str | Path, text: str = "") -> Ran:
    """The command's own `main`, to spare each test the start of a Python; `text` is typed."""
    out, err = StringIO(), StringIO()
    signals = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["rag", *map(str, words)])
        patch.setattr(sys, "stdin", StringIO(text))
        patch.setattr(console.OUT, "width", 200)
        with pytest.raises(SystemExit) as left:
            main()
    for number, handler in signals.items():
        signal.signal(number, handler)
    return Ran([], int(left.value.code or 0), out.getvalue(), err.getvalue())


def told(*words: str | Path) -> dict[str, Any]:
    """What a command with --json printed: one object, nothing else."""
    ran = rag(*words, "--json")
    assert ran.stderr == ""
    found: dict[str, Any] = json.loads(ran.stdout)
    return found
