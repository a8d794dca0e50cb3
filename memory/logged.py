"""All of `Memory` but `recall`, over the conversation log: the part that kinds have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import ClassVar, Self

from .log import ConversationLog
from .render import Budget, Renderer, TokenCounter, estimate_tokens, render_turns
from .transcript import export_jsonl, export_markdown
from .transcript_import import import_jsonl
from .turn import Draft, Exchange, PassageRecord, RecalledTurn, SessionInfo, Turn

__all__ = ["LogMemory"]


class LogMemory(ABC):
    """A kind of memory, but for the choice of turns.

    Args:
        log: where turns are kept; may be shared by several kinds. `close` closes it.
        count_tokens: text to its number of tokens, as the model counts.
        render: recalled turns to the text that enters the prompt and is counted.
    """

    name: ClassVar[str]

    def __init__(
        self,
        log: ConversationLog,
        *,
        count_tokens: TokenCounter = estimate_tokens,
        render: Renderer = render_turns,
    ) -> None:
        self.log = log
        self._count_tokens = count_tokens
        self._render = render

    @abstractmethod
    def recall(self, question: str, *, user: str, session: str, budget: int) -> list[RecalledTurn]:
        """The turns worth showing to the model beside `question`; see `Memory.recall`."""

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
        """Store a question with its answer, both or neither, in place of what it replaces."""
        asked = Draft("user", question, (), self._count_tokens(question), time)
        given = Draft("assistant", answer, tuple(passages), self._count_tokens(answer), time)
        drafts = [asked, given]
        turns = self.log.append(drafts, user=user, session=session, replaces=replaces)
        return Exchange(turns)

    def render(self, recalled: Sequence[RecalledTurn]) -> str:
        """The text whose tokens `recall` counted."""
        return self._render(recalled)

    def history(self, *, user: str, session: str) -> list[Turn]:
        """Every turn of a session, whole, by ascending number."""
        return self.log.history(user=user, session=session)

    def sessions(self, *, user: str) -> list[SessionInfo]:
        """This user's sessions, the one written to last first."""
        return self.log.sessions(user=user)

    def search(
        self, query: str, *, user: str, session: str | None = None, limit: int = 10
    ) -> list[RecalledTurn]:
        """The turns that share most words with `query`, best first."""
        return self.log.search(query, user=user, session=session, limit=limit)

    def rename(self, title: str, *, user: str, session: str) -> None:
        """Name a session."""
        self.log.rename(title, user=user, session=session)

    def export_jsonl(self, *, user: str, session: str | None = None) -> str:
        """A user's sessions, or one, with their pinned notes, for `import_jsonl`."""
        return export_jsonl(self.log, user=user, session=session)

    def export_markdown(self, *, user: str, session: str | None = None) -> str:
        """A user's sessions, or one, with their pinned notes, for reading."""
        return export_markdown(self.log, user=user, session=session)

    def import_jsonl(self, text: str, *, user: str) -> int:
        """Take in what `export_jsonl` gave; how many turns were new."""
        return import_jsonl(self.log, text, user=user)

    def forget_turn(self, turn_id: int, *, user: str) -> int:
        """Delete one turn for good; how many turns that were."""
        return self.log.forget_turn(turn_id, user=user)

    def forget_session(self, session: str, *, user: str) -> int:
        """Delete a session for good; how many turns that were."""
        return self.log.forget_session(session, user=user)

    def forget_user(self, user: str) -> int:
        """Delete everything of a user for good; how many turns that were."""
        return self.log.forget_user(user)

    def erasures(self, *, user: str) -> int:
        """How often something was forgotten, by anybody; another number means: read anew."""
        return self.log.erasures(user=user)

    def close(self) -> None:
        """Close the log; twice does no harm."""
        self.log.close()

    def budget(self, tokens: int) -> Budget:
        """`tokens` counted as this memory prints and counts."""
        return Budget(tokens, self._count_tokens, self._render)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
