"""A warm parent process, seen from outside: jobs go in, their children are killed on request."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import ingest

__all__ = ["CALLS", "KILLED", "Forge"]

CALLS = (
    *("write", "pwrite64", "fsync", "fdatasync", "ftruncate"),
    *("rename", "renameat", "renameat2", "unlink", "unlinkat"),
)
"""The system calls that change a file."""

KILLED = -signal.SIGKILL
_CHILDREN = Path(__file__).with_name("kill_children.py")


class Forge:
    """The warm parent, seen from outside: starts a child for a job, and waits for its end.

    Args:
        log: file for what the children say when they fail.
        warm: "langchain" also keeps LangChain's store imported.
    """

    def __init__(self, log: Path, *warm: str) -> None:
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        root = str(Path(ingest.__file__).parents[1])
        self.log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-B", str(_CHILDREN), *warm],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=os.environ | one | {"PYTHONPATH": root},
                bufsize=0,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pipe in self._pipes():
            pipe.close()
        self._process.wait(60)

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("started without pipes")
        return self._process.stdin, self._process.stdout

    def start(self, job: str, *, traced: bool = False, **arguments: object) -> int:
        """Fork a child; its process id. `wait` must follow before the next start."""
        requests, _ = self._pipes()
        words = json.dumps({"job": job, "traced": traced, "arguments": arguments}, default=str)
        requests.write(words.encode() + b"\n")
        return self.wait()

    def wait(self) -> int:
        """The next number from the parent: after `start`, the child's exit status."""
        line = self._pipes()[1].readline()
        if not line:
            raise RuntimeError(f"the parent of the children died: {self.log.read_text()}")
        return int(line)

    def run(self, job: str, **arguments: object) -> None:
        """Do a job without killing it."""
        self.start(job, **arguments)
        self.sound(self.wait())

    def kill_after(
        self, seconds: float, job: str, *, sign: Path | None = None, **arguments: object
    ) -> int:
        """Do a job and kill it after so long, if it still runs; its exit status.

        Args:
            seconds: from the start, or from when the file `sign` appears.
            job: its name.
            sign: a file that the job makes.
            arguments: of the job.
        """
        pid = self.start(job, **arguments)
        handle = os.pidfd_open(pid)
        try:
            while sign is not None and not sign.exists() and not self._ends_in(0.001):
                pass
            if not self._ends_in(seconds):
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)
        return self.sound(self.wait())

    def _ends_in(self, seconds: float) -> bool:
        return bool(select.select([self._pipes()[1]], [], [], seconds)[0])

    def sound(self, status: int) -> int:
        """The status, which is 0 or that of a killed child."""
        if status not in (0, KILLED):
            raise AssertionError(f"a child ended with {status}: {self.log.read_text()[-3000:]}")
        return status

    def kill_at(self, call: str, number: int, job: str, **arguments: object) -> int:
        """Do a job and kill it as it enters its `number`-th system call of this name."""
        return self._traced([f"inject={call}:signal=SIGKILL:when={number}"], call, job, arguments)

    def count_calls(self, output: Path, job: str, **arguments: object) -> dict[str, int]:
        """How many calls of each name in CALLS the main thread of a job makes."""
        pid = self._traced([], ",".join(CALLS), job, arguments, "-o", str(output))
        lines = output.read_text("ascii", "replace").splitlines()
        own = [line.split(None, 1)[1] for line in lines if line.split(None, 1)[0] == str(self.pid)]
        if pid != 0:
            raise AssertionError(f"the traced job ended with {pid}")
        return {call: sum(line.startswith(f"{call}(") for line in own) for call in CALLS}

    def _traced(
        self, inject: list[str], calls: str, job: str, arguments: dict[str, object], *more: str
    ) -> int:
        self.pid = self.start(job, traced=True, **arguments)
        command = ["strace", "-f", "-qq", "-p", str(self.pid), "-e", f"trace={calls}", *more]
        for item in inject:
            command += ["-e", item]
        with self.log.open("ab") as errors:
            out = None if more else subprocess.DEVNULL
            tracer = subprocess.Popen(command, stdout=out, stderr=errors if more else out)
        status = self.wait()
        tracer.wait(60)
        return self.sound(status)
