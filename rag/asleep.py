"""Conversations put to sleep: what the model has read of them, on the disk beside the log.

One that wakes goes on where it was, without reading its past again. Forgetting anything deletes
all of them; see `memory.Derived`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingest import Index, replace_file
from memory import ConversationError, Derived

from .errors import ModelError
from .language_model import LanguageModel
from .thread import Thread
from .worker import ChatTurn, Prompt

__all__ = ["SleepingThreads"]

_UNDER_WAY = 600.0  # seconds after which a file without its other half is nobody's any more


class SleepingThreads:
    """The threads of the conversations that were left last.

    Args:
        derived: the folder beside the log.
        index: of the documents that the threads show.
        model: that has read them.
        erasures: how often something of a user was forgotten; see `ConversationLog.erasures`.
        most: conversations kept; the one that fell asleep first goes.
    """

    def __init__(
        self,
        derived: Derived,
        index: Index,
        model: LanguageModel,
        erasures: Callable[..., int],
        most: int = 4,
    ) -> None:
        self._derived, self._index, self._model = derived, index, model
        self._erasures, self._most = erasures, most

    def put(self, user: str, session: str, erased: int, thread: Thread) -> int:
        """Put a conversation to sleep.

        Args:
            user: whose.
            session: the conversation.
            erased: `erasures` when the thread's last prompt was made.
            thread: what the model has read.

        Returns:
            Tokens that need not be read again; 0 when it cannot sleep: too short, no room on the
            disk, something was forgotten meanwhile, or the model is one of a server.
        """
        try:
            return self._put(user, session, erased, thread)
        except (OSError, ModelError, ConversationError):
            return 0  # what was written before is as good as it was

    def _put(self, user: str, session: str, erased: int, thread: Thread) -> int:
        if self._erasures(user=user) != erased:
            return 0
        state, notes = self._files(user, session, self._derived.make())
        slept = self._model.sleep(Prompt(turns=thread.turns), state)
        if slept:
            replace_file(notes, _encode(thread, erased, slept))
        if self._erasures(user=user) != erased:
            self._drop(user, session)
            return 0
        self._prune()
        return slept

    def take(self, user: str, session: str) -> tuple[int, Thread]:
        """Wake a conversation: `erased` as it was put, and its thread; empty for none.

        One that shows a document that is gone is deleted; one that was written for another model,
        or for other settings of it, sleeps on.
        """
        state, notes = self._files(user, session, self._derived.folder)
        try:
            kept = json.loads(notes.read_bytes())
            tokens, (erased, thread) = int(kept["tokens"]), self._decode(kept)
        except FileNotFoundError:
            return 0, Thread()
        except (OSError, ValueError, KeyError, TypeError):
            tokens, erased, thread = 0, 0, Thread()
        if thread.turns and erased == self._erasures(user=user):
            try:
                woken = self._model.wake(Prompt(turns=thread.turns), state)
            except ModelError:
                woken = 0  # the answer will say what is wrong with the model
            return (erased, thread) if woken >= tokens else (0, Thread())
        self._drop(user, session)
        return 0, Thread()

    def _files(self, user: str, session: str, folder: Path) -> tuple[Path, Path]:
        key = json.dumps([user, session]).encode("ascii")
        name = hashlib.sha256(key).hexdigest()[:32]
        return folder / f"{name}.state", folder / f"{name}.json"

    def _drop(self, user: str, session: str) -> None:
        for path in self._files(user, session, self._derived.folder):
            path.unlink(missing_ok=True)

    def _prune(self) -> None:
        """Delete what is too old, and what a program that was killed has left half done."""
        asleep = sorted(self._derived.folder.glob("*.json"), key=_age)
        kept = {notes.stem for notes in asleep[: self._most]}
        old = {notes.stem for notes in asleep[self._most :]}
        with suppress(FileNotFoundError):  # the folder, dropped meanwhile
            for path in self._derived.folder.iterdir():
                if path.stem in old or (path.stem not in kept and _age(path) > _UNDER_WAY):
                    path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Delete the conversations that show documents which are gone, and what is left over."""
        if not self._derived.folder.exists():
            return
        for notes in self._derived.folder.glob("*.json"):
            try:
                _, thread = self._decode(json.loads(notes.read_bytes()))
            except (OSError, ValueError, KeyError, TypeError):
                thread = Thread()
            if not thread.turns:
                notes.unlink(missing_ok=True)
                notes.with_suffix(".state").unlink(missing_ok=True)
        self._prune()

    def _decode(self, kept: dict[str, Any]) -> tuple[int, Thread]:
        shown = [int(chunk) for chunk in kept["passages"]]
        passages = {passage.chunk_id: passage for passage in self._index.passages(shown)}
        if len(passages) < len(set(shown)):
            return 0, Thread()
        thread = Thread(
            tuple(ChatTurn(turn["role"], str(turn["content"])) for turn in kept["turns"]),
            kept["language"],
            tuple(passages[chunk] for chunk in shown),
            tuple((int(number), str(question)) for number, question in kept["asked"]),
            frozenset(int(turn) for turn in kept["recalled"]),
            str(kept["notes"]),
        )
        return int(kept["erased"]), thread


def _age(path: Path) -> float:
    """Seconds since it was written; 0 when it is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _encode(thread: Thread, erased: int, slept: int) -> bytes:
    kept = {
        "erased": erased,
        "tokens": slept,
        "turns": [asdict(turn) for turn in thread.turns],
        "language": thread.language,
        "passages": [passage.chunk_id for passage in thread.passages],
        "asked": thread.asked,
        "recalled": sorted(thread.recalled),
        "notes": thread.notes,
    }
    return json.dumps(kept).encode("ascii")
