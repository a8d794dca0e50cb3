"""Conversations put to sleep: what the model has read of them, on the disk beside the log.

One that wakes goes on where it was, without reading its past again. Forgetting anything deletes
all of them; see `memory.Derived`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingest import Index, replace_file
from memory import Derived

from .errors import ModelError
from .language_model import LanguageModel
from .thread import Thread
from .worker import ChatTurn, Prompt

__all__ = ["SleepingThreads"]


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
            state, notes = self._files(user, session, self._derived.make())
            slept = self._model.sleep(Prompt(turns=thread.turns), state)
            if slept:
                replace_file(notes, _encode(thread, erased))
        except (OSError, ModelError):
            slept = 0
        if not slept or self._erasures(user=user) != erased:
            self._drop(user, session)
            return 0
        self._prune()
        return slept

    def take(self, user: str, session: str) -> tuple[int, Thread]:
        """Wake a conversation: `erased` as it was put, and its thread; empty for none.

        One that shows a document that is gone, or that was written for another model, stays away.
        """
        state, notes = self._files(user, session, self._derived.folder)
        try:
            erased, thread = self._decode(json.loads(notes.read_bytes()))
        except FileNotFoundError:
            return 0, Thread()
        except (OSError, ValueError, KeyError, TypeError):
            erased, thread = 0, Thread()
        if thread.turns and erased == self._erasures(user=user):
            try:
                if self._model.wake(Prompt(turns=thread.turns), state):
                    return erased, thread
            except ModelError:
                return 0, Thread()  # the answer will say what is wrong with the model
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
        asleep = sorted(self._derived.folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for notes in asleep[: max(0, len(asleep) - self._most)]:
            notes.unlink(missing_ok=True)
            notes.with_suffix(".state").unlink(missing_ok=True)

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


def _encode(thread: Thread, erased: int) -> bytes:
    kept = {
        "erased": erased,
        "turns": [asdict(turn) for turn in thread.turns],
        "language": thread.language,
        "passages": [passage.chunk_id for passage in thread.passages],
        "asked": thread.asked,
        "recalled": sorted(thread.recalled),
        "notes": thread.notes,
    }
    return json.dumps(kept).encode("ascii")
