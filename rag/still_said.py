"""What an answer builds on in; nothing when all of it is still in the log, an error otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from memory import Memory, Notes, Turn

from .answer import Said
from .errors import QuestionError
from .seen import Seen

__all__ = ["check_still_said"]


def check_still_said(
    memory: Memory,
    notes: Notes | None,
    user: str,
    history: Sequence[Turn],
    seen: Seen,
    said: Sequence[Said],
) -> None:
    """Return when the turns and notes that an answer may repeat are still there, unchanged.

    Args:
        memory: of the conversations.
        notes: pinned ones.
        user: whose.
        history: of the conversation, as it was read for the answer.
        seen: what the model was shown.
        said: what the answer quotes.

    Raises:
        QuestionError: some of it was forgotten meanwhile, and must not be recorded again.
    """
    used = {turn.id: turn.session for turn in history}
    used |= {item.turn.id: item.turn.session for item in seen.recalled if item.turn.id}
    used |= {one.turn: one.session for one in said}
    left = {
        turn.id
        for session in set(used.values())
        for turn in memory.history(user=user, session=session)
    }
    pinned = notes.list(user=user) if notes is not None else ()
    lines = {f"- {' '.join(note.text.split())}" for note in pinned}
    if not used.keys() <= left or not set(seen.notes.splitlines()) <= lines:
        raise QuestionError(
            "Something that the answer builds on was forgotten while it was made; ask again."
        )
