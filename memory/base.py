"""What every kind of memory can do: an exchange goes in, the turns worth a prompt come out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from .turn import Exchange, PassageRecord, RecalledTurn, SessionInfo, Turn

__all__ = ["Memory"]


@runtime_checkable
class Memory(Protocol):
    """A way of reading the conversation log.

    All kinds read the same log, so the kind may change in the middle of a session and nothing is
    lost. What a kind derives (vectors, a summary) is a cache: no kind changes or deletes a raw
    turn, except by a `forget_*` method. Every method is about one user and never sees another's
    turns; an empty user or session id is refused with OptionError. Safe for several threads.

    Attributes:
        name: the kind, as a user writes it in the configuration.
    """

    name: str

    def record(
        self,
        question: str,
        answer: str,
        *,
        user: str,
        session: str,
        passages: Sequence[PassageRecord] = (),
        time: datetime | None = None,
        replaces: int | None = None,
    ) -> Exchange:
        """Store a question with its answer: both are on the disk when this returns, or neither.

        `passages` (JSON objects) are kept with the answer and are never recalled as conversation.
        `time` is aware; None means now. Recording the same twice stores it twice.

        With `replaces`, the turns of this session from that number on are forgotten at the same
        moment, as `forget_turn` does it: whatever happens, either they are there or the new
        exchange is. It gets new numbers all the same. A number beyond the last turn replaces
        nothing; one below 1 is refused with OptionError. A LogBusyError that says so comes after
        the deed: only the bytes of what was replaced remain, until they are purged.
        """

    def recall(self, question: str, *, user: str, session: str, budget: int) -> list[RecalledTurn]:
        """The turns worth showing to the model beside `question`, in the order to print them.

        Turns of one session stand together by ascending number, none twice. `render` of the
        result never has more than `budget` tokens; [] if nothing is known or nothing fits.
        Asking changes nothing that was said.
        """

    def render(self, recalled: Sequence[RecalledTurn]) -> str:
        """The text whose tokens `recall` counted; "" for []."""

    def history(self, *, user: str, session: str) -> list[Turn]:
        """Every turn of a session, whole, by ascending number; [] for an unknown one."""

    def sessions(self, *, user: str) -> list[SessionInfo]:
        """This user's sessions, the one written to last first."""

    def search(
        self, query: str, *, user: str, session: str | None = None, limit: int = 10
    ) -> list[RecalledTurn]:
        """The turns that match `query` best, best first; of every session if none is given."""

    def rename(self, title: str, *, user: str, session: str) -> None:
        """Name a session; "" gives it back its first question as title.

        Raises:
            UnknownSessionError: this user has no such session.
        """

    def export_jsonl(self, *, user: str, session: str | None = None) -> str:
        """A user's sessions, or one, with their pinned notes, for `import_jsonl`.

        The user's id is not part of it.
        """

    def export_markdown(self, *, user: str, session: str | None = None) -> str:
        """A user's sessions, or one, with their pinned notes, for reading."""

    def import_jsonl(self, text: str, *, user: str) -> int:
        """Take in what `export_jsonl` gave, as this user's, and return how many turns were new.

        Raises:
            TranscriptError: a line is not of that form, or contradicts what is stored.
        """

    def forget_turn(self, turn_id: int, *, user: str) -> int:
        """Delete one turn and all derived from it, bytes included; how many turns that were.

        A note of it goes. A reply that confirms what it stated, or that quotes it, stays without
        those words; likewise where a session is deleted that a reply of another one quotes.
        """

    def forget_session(self, session: str, *, user: str) -> int:
        """Delete a session likewise; how many turns that were."""

    def forget_user(self, user: str) -> int:
        """Delete everything of a user likewise; how many turns that were."""

    def close(self) -> None:
        """Release the log; twice does no harm."""
