"""Publishes copies of a knowledge base, each in a child that ends at one step further on.

Arguments: the knowledge base, and a folder for the copies. Prints each child's exit code.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import faiss  # noqa: F401 - before the fork

import ingest.atomic
from ingest import Index
from ingest.embedders.hashing import HashingEmbedder
from ingest.index import cache
from ingest.stores import faiss_store

NEVER = 10**9
left = NEVER


def guarded(function: Callable[..., object]) -> Callable[..., object]:
    """End the process at the step whose turn it is, before it is made."""

    def call(*args: object, **options: object) -> object:
        global left  # noqa: PLW0603 - one counter over all steps
        left -= 1
        if left == 0:
            os._exit(137)
        return function(*args, **options)

    return call


STEPS = (
    (faiss_store, "write_file"),
    (ingest.atomic, "write_file"),
    (ingest.atomic, "sync_folder"),
    (cache, "sync_folder"),
    (cache, "replace_file"),
    (cache.shutil, "rmtree"),
    *((os, name) for name in ("write", "fsync", "mkdir", "replace", "rename", "unlink", "rmdir")),
)
for module, name in STEPS:
    setattr(module, name, guarded(getattr(module, name)))

for stop in range(1, 90):
    copy = Path(sys.argv[2]) / f"{stop:02}"
    shutil.copytree(sys.argv[1], copy)
    child = os.fork()
    if child == 0:
        index = Index(copy, embedder=HashingEmbedder(64))
        left = stop
        index.publish()
        left = NEVER
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.stdout.write(f"{copy.name} {code}\n")
    sys.stdout.flush()
    if code == 0:
        break
