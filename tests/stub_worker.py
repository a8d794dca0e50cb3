"""A model process without a model: speaks the real protocol and dies in every way on command.

The last turn of a prompt is the command: "die SIGSEGV", "die SIGKILL", "abort", "exit", "hang",
"babble" (which prints), "forever", "slow TEXT", "say then SIGSEGV"; anything else is echoed.
The flag "four" gives it four slots; "patient" lets it die 20 seconds after the last request.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

# As in rag/worker/boot.py: bare packages, so that a start takes a tenth of a second, not half.
ROOM = Path(__file__).resolve().parent.parent / "rag"
for name, folder in (("rag", ROOM), ("rag.worker", ROOM / "worker")):
    sys.modules[name] = ModuleType(name)
    sys.modules[name].__path__ = [str(folder)]

from rag.worker.halts import Halts  # noqa: E402
from rag.worker.protocol import (  # noqa: E402
    Count,
    Done,
    Generate,
    Held,
    Load,
    Piece,
    Ready,
    Reply,
    Sleep,
    Tokens,
    Track,
    Wake,
    Weigh,
    Weights,
)
from rag.worker.serve import EngineFault, serve  # noqa: E402


class StubEngine:
    """Echoes; how its load behaves is written in the arguments of the process."""

    def __init__(self, halts: Halts, flags: set[str]) -> None:
        self.halts, self.flags = halts, flags
        self.under_way: dict[int, int] = {}
        self.said: list[Reply] = []

    def load(self, request: Load) -> Ready:
        if "hang-on-load" in self.flags:
            time.sleep(600)
        if "die-on-load" in self.flags:
            _die("SIGSEGV")
        if "killed-on-load" in self.flags:
            _die("SIGKILL")
        if "refuse" in self.flags:
            raise EngineFault("model", f"cannot load {request.path!r}")
        if "amx" in self.flags and request.use_extra_bufts:
            _die("SIGSEGV")  # the first batch of more than one token
        with Path(request.path).with_suffix(".loads").open("a") as log:
            log.write(f"extra={request.use_extra_bufts} canary={request.canary}\n")
        if "log" in self.flags:
            with Path(request.path).with_suffix(".settings").open("a") as log:
                settings = [
                    request.n_threads,
                    request.keys,
                    request.flash_attention,
                    request.weights,
                ]
                log.write(json.dumps(settings) + "\n")
        slots = 4 if "four" in self.flags else 1
        return Ready(request.id, 4096, 4096, 100, "stub", "stub 1", False, 0.0, slots)

    def count(self, request: Count) -> Tokens:
        return Tokens(request.id, tuple(len(text.split()) for text in request.texts))

    def sleep(self, request: Sleep) -> Held:
        return Held(request.id, 0)

    def wake(self, request: Wake) -> Held:
        return Held(request.id, 0)

    @property
    def patience(self) -> float | None:
        if self.under_way or self.said:
            return 0.0
        return 20.0 if "patient" in self.flags else None

    def interrupt(self, request: int) -> None:
        pass

    def begin(self, request: Generate) -> None:
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
            self.said.append(Piece(request.id, "half an "))
            self.under_way[request.id] = -1
            return
        elif verb == "forever":
            self.under_way[request.id] = 0
            return
        elif verb == "slow":
            time.sleep(0.02)
        text = rest if verb == "slow" else command
        self.said += [Piece(request.id, text), Done(request.id, "stop", 1, 0, 1)]

    def step(self) -> list[Reply]:
        if self.patience:
            _die("SIGSEGV")
        said, self.said = self.said, []
        for number, words in list(self.under_way.items()):
            if words < 0 and not said:
                _die("SIGSEGV")
            elif words < 0:
                continue
            elif reason := self.halts.reason(number):
                said.append(Done(number, reason, 1, 0, words))
                del self.under_way[number]
            else:
                said.append(Piece(number, "again "))
                self.under_way[number] += 1
        time.sleep(0.002)
        return said

    def weigh(self, request: Weigh) -> Weights:
        command = request.prompt.turns[-1].content
        verb, _, rest = command.partition(" ")
        if verb == "die":
            _die(rest)
        elif verb == "hang":
            time.sleep(600)
        elif verb == "long":
            time.sleep(float(rest))
        while verb == "forever" and self.halts.reason(request.id) is None:
            time.sleep(0.002)
        if reason := self.halts.reason(request.id):
            return Weights(request.id, reason)
        tracks = tuple(Track((len(text),), (-0.5,), (-0.25,)) for text in request.texts)
        return Weights(request.id, "stop", tracks, 1, 0, len(tracks))


def _die(name: str) -> None:
    os.kill(os.getpid(), getattr(signal, name))
    time.sleep(10)


if __name__ == "__main__":
    flags = set(sys.argv[1:-1])
    serve(lambda halts: StubEngine(halts, flags), parent=int(sys.argv[-1]))
