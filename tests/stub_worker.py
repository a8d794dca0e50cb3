"""A model process without a model: speaks the real protocol and dies in every way on command.

The last turn of a prompt is the command: "die SIGSEGV", "die SIGKILL", "abort", "exit", "hang",
"babble" (which prints), "forever", "slow TEXT", "say then SIGSEGV"; anything else is echoed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

# As in rag/worker/boot.py: bare packages, so that a start takes a tenth of a second, not half.
ROOM = Path(__file__).resolve().parent.parent / "rag"
for name, folder in (("rag", ROOM), ("rag.worker", ROOM / "worker")):
    sys.modules[name] = ModuleType(name)
    sys.modules[name].__path__ = [str(folder)]

from rag.worker.protocol import (  # noqa: E402
    Count,
    Done,
    Generate,
    Load,
    Ready,
    Tokens,
    Track,
    Weigh,
    Weights,
)
from rag.worker.serve import EngineFault, Halt, serve  # noqa: E402


class StubEngine:
    """Echoes; how its load behaves is written in the arguments of the process."""

    def __init__(self, halt: Halt, flags: set[str]) -> None:
        self.halt, self.flags = halt, flags

    def load(self, request: Load) -> Ready:
        if "hang-on-load" in self.flags:
            time.sleep(600)
        if "die-on-load" in self.flags:
            _die("SIGSEGV")
        if "refuse" in self.flags:
            raise EngineFault("model", f"cannot load {request.path!r}")
        if "amx" in self.flags and request.use_extra_bufts:
            _die("SIGSEGV")  # the first batch of more than one token
        with Path(request.path).with_suffix(".loads").open("a") as log:
            log.write(f"extra={request.use_extra_bufts} canary={request.canary}\n")
        return Ready(request.id, 4096, 4096, 100, "stub", "stub 1", False, 0.0)

    def count(self, request: Count) -> Tokens:
        return Tokens(request.id, tuple(len(text.split()) for text in request.texts))

    def generate(self, request: Generate, say: Callable[[str], None]) -> Done:
        command = request.prompt.turns[-1].content
        verb, _, rest = command.partition(" ")
        if verb == "die":
            _die(rest)
        elif verb == "abort":
            os.write(2, b"GGML_ASSERT(stub) failed\n")
            os.abort()
        elif verb == "exit":
            os._exit(0)
        elif verb == "hang":
            time.sleep(600)
        elif verb == "babble":
            os.write(1, b"noise of a native library\n")
            subprocess.run([sys.executable, "-c", "print('noise of its child')"], check=True)
        elif command == "say then SIGSEGV":
            say("half an ")
            _die("SIGSEGV")
        elif verb == "forever":
            return self._forever(request, say)
        elif verb == "slow":
            time.sleep(0.02)
        say(rest if verb == "slow" else command)
        return Done(request.id, "stop", 1, 0, 1)

    def weigh(self, request: Weigh) -> Weights:
        command = request.prompt.turns[-1].content
        verb, _, rest = command.partition(" ")
        if verb == "die":
            _die(rest)
        elif verb == "hang":
            time.sleep(600)
        while verb == "forever" and self.halt.reason is None:
            time.sleep(0.002)
        if self.halt.reason is not None:
            return Weights(request.id, self.halt.reason)
        tracks = tuple(Track((len(text),), (-0.5,), (-0.25,)) for text in request.texts)
        return Weights(request.id, "stop", tracks, 1, 0, len(tracks))

    def _forever(self, request: Generate, say: Callable[[str], None]) -> Done:
        said = 0
        while self.halt.reason is None:
            said += 1
            say("again ")
            time.sleep(0.002)
        return Done(request.id, self.halt.reason, 1, 0, said)


def _die(name: str) -> None:
    os.kill(os.getpid(), getattr(signal, name))
    time.sleep(10)


if __name__ == "__main__":
    flags = set(sys.argv[1:-1])
    serve(lambda halt: StubEngine(halt, flags), parent=int(sys.argv[-1]))
