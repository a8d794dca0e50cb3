"""The real model process, but it dies when it is told to.

    python -P dying_worker.py ORDER PARENT_PID

ORDER is a file: "abort", "exit" or "hang" in it is obeyed within milliseconds, whatever the process
is doing. One that hangs is stuck in its next native call, while its other threads go on.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

STUCK = threading.Event()


def obey(order: Path) -> None:
    while True:
        time.sleep(0.002)
        try:
            word = order.read_text()
            order.unlink()
        except FileNotFoundError:
            continue
        if word == "abort":
            os.abort()
        elif word == "exit":
            os._exit(0)
        STUCK.set()


def that_may_stick(call: Callable[..., Any]) -> Callable[..., Any]:
    def native(*arguments: Any) -> Any:
        while STUCK.is_set():
            time.sleep(1)
        return call(*arguments)

    return native


if __name__ == "__main__":
    threading.Thread(target=obey, args=(Path(sys.argv[1]),), daemon=True).start()
    # As in rag/worker/boot.py: bare packages, so that a start takes a tenth of a second, not half.
    room = Path(__file__).resolve().parent.parent / "rag"
    for name, folder in (("rag", room), ("rag.worker", room / "worker")):
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__path__ = [str(folder)]
    import llama_cpp

    for name in ("llama_model_load_from_file", "llama_init_from_model", "llama_decode"):
        setattr(llama_cpp, name, that_may_stick(getattr(llama_cpp, name)))
    from rag.worker import child

    child.main()
