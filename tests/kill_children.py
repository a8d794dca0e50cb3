"""The processes that get killed: a warm parent without threads forks one child for each job.

Run as a script it reads one JSON line for each job and answers with two lines: the child's process
id at once, and the child's exit status when it has ended.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
import traceback
from collections.abc import Iterable
from pathlib import Path

import faiss  # the parent stays warm for the child

from ingest import Index, NewDocument, Splitter, ingest_paths, reindex
from ingest.embedders.hashing import HashingEmbedder
from ingest.index import documents as rows

DIMENSION = 256
_ANY_TRACER = 0x59616D61  # prctl's PR_SET_PTRACER


class Ledger:
    """A file outside the store: what is about to be done, and what was done, line by line.

    A plan need not be fsynced to outlive SIGKILL; an acknowledgement is, like a real one would be.
    """

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def plan(self, source: str, content_hash: str, chunks: int) -> None:
        os.write(self._file, json.dumps(["plan", source, content_hash, chunks]).encode() + b"\n")

    def done(self, source: str, content_hash: str, chunks: int) -> None:
        os.write(self._file, json.dumps(["done", source, content_hash, chunks]).encode() + b"\n")
        os.fsync(self._file)


class AcknowledgingIndex(Index):
    """Writes a ledger around every change."""

    ledger: Ledger

    def commit(self, document: NewDocument) -> None:
        entry = (document.source, document.content_hash, len(document.chunks))
        self.ledger.plan(*entry)
        self.change(document)
        self.ledger.done(*entry)

    def change(self, document: NewDocument) -> None:
        super().commit(document)

    def remove(self, sources: Iterable[str]) -> int:
        count = 0
        for source in sources:
            self.ledger.plan(source, "", 0)
            count += super().remove([source])
            self.ledger.done(source, "", 0)
        return count


class TwoTransactions(AcknowledgingIndex):
    """Breaks the rule: a document's record is one transaction, its chunks are another."""

    def change(self, document: NewDocument) -> None:
        with self.catalog.write() as connection:
            rows.add_document(connection, document)
            chunks = connection.execute(
                "SELECT c.id FROM chunks c JOIN documents d ON d.id = document WHERE source = ?",
                (document.source,),
            ).fetchall()
            connection.executemany("DELETE FROM lexical WHERE rowid = ?", chunks)
            connection.executemany("DELETE FROM chunks WHERE id = ?", chunks)
        super().change(document)


class TooEarly(AcknowledgingIndex):
    """Breaks the rule: it acknowledges first and commits afterwards."""

    def change(self, document: NewDocument) -> None:
        self.ledger.done(document.source, document.content_hash, len(document.chunks))
        super().change(document)


KINDS = {"sound": AcknowledgingIndex, "two": TwoTransactions, "early": TooEarly}


def embedder(salt: str = "") -> HashingEmbedder:
    return HashingEmbedder(DIMENSION, salt)


def splitter() -> Splitter:
    return Splitter(embedder().count_tokens, max_tokens=40, overlap_tokens=0)


def run_ingest(kb: str, tree: str, ledger: str, kind: str = "sound") -> None:
    with KINDS[kind](kb, embedder=embedder(), splitter=splitter()) as index:
        index.ledger = Ledger(ledger)
        report = ingest_paths(index, [tree], prune=True)
        if report.skipped:
            raise RuntimeError(f"skipped: {report.skipped}")


def run_rebuild(kb: str) -> None:
    with Index(kb, embedder=embedder(), splitter=splitter()) as index:
        index.rebuild()


def run_reindex(kb: str, salt: str) -> None:
    with Index(kb, embedder=embedder(salt), splitter=splitter()) as index:
        reindex(index)


def run_langchain_add(folder: str, ledger: str, first: int, count: int) -> None:
    """Add texts in batches to LangChain's FAISS store, save and acknowledge each batch."""
    from langchain_community.vectorstores import FAISS  # noqa: TID251 - measured, never used

    store = FAISS.load_local(folder, embedder(), allow_dangerous_deserialization=True)
    log = Ledger(ledger)
    for at in range(first, first + count, 20):
        batch = range(at, at + 20)
        store.add_texts([langchain_text(i) for i in batch], ids=[str(i) for i in batch])
        store.save_local(folder)
        for i in batch:
            log.done(str(i), "", 1)


def run_langchain_new(folder: str, count: int) -> None:
    """A store of `count` texts to begin with."""
    from langchain_community.vectorstores import FAISS  # noqa: TID251 - measured, never used

    numbers = range(count)
    store = FAISS.from_texts(
        [langchain_text(i) for i in numbers], embedder(), ids=[str(i) for i in numbers]
    )
    store.save_local(folder)


def run_langchain_check(folder: str, numbers: list[int], result: str) -> None:
    """Write "sound", or what is wrong with the store, to the file `result`."""
    from langchain_community.vectorstores import FAISS  # noqa: TID251 - measured, never used

    try:
        store = FAISS.load_local(folder, embedder(), allow_dangerous_deserialization=True)
    except Exception as error:  # noqa: BLE001 - whatever it raises, it cannot be opened
        Path(result).write_text(f"unreadable: {type(error).__name__}", "utf-8")
        return
    held = set(store.index_to_docstore_id.values())
    if not {str(i) for i in numbers} <= held:
        verdict = "lost"
    elif store.index.ntotal != len(store.index_to_docstore_id):
        verdict = "torn: vectors and texts differ in number"
    else:
        verdict = "sound"
    Path(result).write_text(verdict, "utf-8")


def langchain_text(number: int) -> str:
    return f"note {number} " + " ".join(f"word{number * 7 + i}" for i in range(40))


def wait_for_tracer() -> None:
    """Go on only when strace holds this process; allow it to, where the kernel asks."""
    ctypes.CDLL(None).prctl(_ANY_TRACER, ctypes.c_ulong(-1), 0, 0, 0)
    status = Path("/proc/self/status")
    deadline = time.monotonic() + 20
    while "\nTracerPid:\t0\n" in status.read_text("ascii"):
        if time.monotonic() > deadline:
            raise RuntimeError("strace did not come")
        time.sleep(0.002)
    time.sleep(0.01)


JOBS = {
    "ingest": run_ingest,
    "rebuild": run_rebuild,
    "reindex": run_reindex,
    "langchain_new": run_langchain_new,
    "langchain_add": run_langchain_add,
    "langchain_check": run_langchain_check,
}


def child(job: str, traced: bool, arguments: dict[str, object]) -> None:
    code = 1
    try:
        if traced:
            wait_for_tracer()
        JOBS[job](**arguments)
        code = 0
    except BaseException:  # noqa: BLE001 - the forked copy must never return into the parent
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    faiss.omp_set_num_threads(1)
    if "langchain" in sys.argv[1:]:
        from langchain_community.vectorstores import FAISS  # noqa: F401, TID251 - keeps it warm
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as replies:
        for line in sys.stdin:
            request = json.loads(line)
            pid = os.fork()
            if pid == 0:
                child(request["job"], request["traced"], request["arguments"])
            replies.write(f"{pid}\n")
            replies.flush()
            _, status = os.waitpid(pid, 0)
            replies.write(f"{os.waitstatus_to_exitcode(status)}\n")
            replies.flush()


if __name__ == "__main__":
    main()
