"""The kind `summary`: what a language model made of the older turns, and the later ones as said."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from functools import partial
from typing import Any

from .background import Background
from .errors import LogError, OptionError
from .failure import Failure
from .log import ConversationLog
from .logged import LogMemory
from .registry import make_memory
from .render import Renderer, TokenCounter, estimate_tokens, render_turns
from .rows import check_id
from .summaries import Summaries, Summary
from .turn import Exchange, PassageRecord, RecalledTurn, Turn, group_exchanges
from .vectors import TurnEmbedder

__all__ = ["SummaryMemory"]

_PATIENCE_SECONDS = 60.0  # that closing waits for a summary; some five times what one takes
_MOST = 4  # times `trigger`: tokens given to the model at once, so that a long log fits its context
_ERROR_TEXT = re.compile(
    r"\W*(error\b|traceback\b|exception\b|[a-z_.]*(error|exception):|an error (has )?occurred"
    r"|internal server error|i('m| am) (very )?sorry|sorry\b|i (cannot|can't|can not|am unable)"
    r"|as an ai\b|错误|出错|发生错误|异常|抱歉|很抱歉|对不起|我无法|我不能"
    r"|作为(一个|一名)?(ai|人工智能))",
    re.IGNORECASE,
)
_WIDE = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]+")
_INSTRUCTION = {
    "en": (
        "Summarise the conversation in a few short sentences. Keep names, numbers, dates, "
        "decisions and what the user wants. Say only what was said.",
        "Summary so far:",
        "New turns:",
        "Summary:",
    ),
    "zh": (
        "用几个简短的句子总结这段对话。保留姓名、数字、日期、决定以及用户的要求。只写说过的内容。",
        "此前的总结：",
        "新的对话：",
        "总结：",
    ),
}


class SummaryMemory(LogMemory):
    """Recalls a running summary of the older turns, then the later turns, the last exchange first.

    After an exchange is recorded, as soon as the turns without summary, the last exchange aside,
    have `trigger` tokens, the model is asked once for a new summary: of the old one and those
    turns. That happens in a thread of its own, so nobody waits for it but `settle` and, up to a
    minute, `close`; until then the old summary and the raw turns are recalled. Whatever goes wrong
    (it raises, says nothing, says an error, says more than `trigger` tokens or than it was given,
    the program is killed, another program was faster) the old summary and the raw turns stay, and
    it is asked again when `trigger` more tokens have come in. A raw turn is never deleted. The
    summary is left out of a prompt in which it and the last exchange do not fit together. A score
    is 1 for the summary, otherwise that of the kind it stands before.

    Args:
        log: where turns are kept, and summaries as a cache.
        trigger: tokens, 1 or more; 512 is some ten exchanges of a chat.
        model: name of the model, "" for the `name` that `summarise` may have; another one begins
            its summary anew.
        around: another kind, which then chooses the turns that stand beside the summary; None
            takes the latest of those that it does not cover.
        summarise: a prompt to the model's words; None behaves as the other kind alone, or as
            "buffer", and says so.
        embedder: for the other kind.
        count_tokens: text to its number of tokens, as the model counts.
        render: recalled turns to the text that is counted.
        options: the other kind's.

    Raises:
        OptionError: `trigger` is below 1, or the other kind or its options are unknown.
    """

    name = "summary"

    def __init__(
        self,
        log: ConversationLog,
        *,
        trigger: int = 512,
        model: str = "",
        around: str | None = None,
        summarise: Callable[[str], str] | None = None,
        embedder: TurnEmbedder | None = None,
        count_tokens: TokenCounter = estimate_tokens,
        render: Renderer = render_turns,
        **options: Any,
    ) -> None:
        super().__init__(log, count_tokens=count_tokens, render=render)
        if not isinstance(trigger, int) or isinstance(trigger, bool) or trigger < 1:
            raise OptionError(f"trigger is {trigger!r}; give tokens, 1 or more.")
        if around == self.name:
            raise OptionError("A summary around a summary says nothing new; name another kind.")
        self.trigger = trigger
        self.failure = ""
        self._chosen = around is not None
        self._inner = make_memory(
            around or "buffer",
            log,
            count_tokens=count_tokens,
            render=render,
            embedder=embedder,
            **options,
        )
        self._summarise = summarise
        model = model or str(getattr(summarise, "name", ""))
        self._summaries = Summaries(log, model)
        self._wrote_by = f"by {model}" if model else "by the model"
        self._busy = threading.Lock()
        self._background = Background()
        self._failed_at: dict[tuple[str, str], int] = {}

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
        """Store a question with its answer, both or neither; a new summary follows in its time."""
        exchange = self._inner.record(
            question,
            answer,
            user=user,
            session=session,
            passages=passages,
            time=time,
            replaces=replaces,
        )
        if self._summarise is not None:
            renew = partial(self._catch_up, self._summarise, user, session)
            self._background.put((user, session), renew)
        return exchange

    def settle(self, timeout_seconds: float | None = None) -> bool:
        """Wait until all summaries that are due are written; whether that came about in time."""
        return self._background.settle(timeout_seconds)

    def prepare(self, user: str) -> None:
        """Bring the summary of the session written to last up to date, as after an import."""
        inner = getattr(self._inner, "prepare", None)
        if inner is not None:
            inner(user)
        if self._summarise is not None:
            for info in self.sessions(user=user)[:1]:
                with self._busy:
                    while self._renew(self._summarise, user, info.session):
                        pass

    def recall(self, question: str, *, user: str, session: str, budget: int) -> list[RecalledTurn]:
        """The summary, if it leaves room for the last exchange, and turns in the rest."""
        allowed = self.budget(budget)
        check_id("user", user)
        check_id("session", session)
        if self._summarise is None:
            alone = self._inner.recall(question, user=user, session=session, budget=budget)
            return [_noted(item, "without a model that writes a summary") for item in alone]
        summary = self._summaries.find(user=user, session=session)
        if not summary.text:
            return self._inner.recall(question, user=user, session=session, budget=budget)
        first = self._as_turn(summary, user, session)
        last = self.log.tail(user=user, session=session, exchanges=1)
        with_last = [first, *(RecalledTurn(turn, 0.0, "the last exchange") for turn in last)]
        room = allowed.tokens - self._count_tokens(self._render([first]))
        if room < 0 or (allowed.fits(with_last[1:]) and not allowed.fits(with_last)):
            alone = self._inner.recall(question, user=user, session=session, budget=budget)
            return [_noted(item, "the summary does not fit") for item in alone]
        while True:
            beside = self._beside(question, summary, user, session, room)
            here = next((i for i, r in enumerate(beside) if r.turn.session == session), len(beside))
            chosen = [*beside[:here], first, *beside[here:]]
            over = self._count_tokens(self._render(chosen)) - allowed.tokens
            if over <= 0:
                return chosen
            if room == 0:
                return with_last if allowed.fits(with_last) else [first]
            room = max(0, room - over)

    def _beside(
        self, question: str, summary: Summary, user: str, session: str, room: int
    ) -> list[RecalledTurn]:
        recalled = self._inner.recall(question, user=user, session=session, budget=room)
        if self._chosen:
            return recalled
        return [item for item in recalled if item.turn.number > summary.through]

    def _as_turn(self, summary: Summary, user: str, session: str) -> RecalledTurn:
        assert summary.started is not None  # noqa: S101 - it has a text
        turn = Turn(0, user, session, 0, summary.started, "summary", summary.text)
        return RecalledTurn(turn, 1.0, f"summary of turns 1 to {summary.through} {self._wrote_by}")

    def _catch_up(self, summarise: Callable[[str], str], user: str, session: str) -> None:
        with suppress(LogError), self._busy:  # the turns are stored; a later one makes up for it
            self._renew(summarise, user, session)

    def _renew(self, summarise: Callable[[str], str], user: str, session: str) -> bool:
        """Whether there is a new summary."""
        summary = self._summaries.find(user=user, session=session)
        tokens = self._summaries.uncovered(summary.through, user=user, session=session)
        if tokens < max(self.trigger, self._failed_at.get((user, session), 0) + self.trigger):
            return False
        turns = self._pending(summary, user, session)
        source = sum(self._tokens(turn) for turn in turns)
        if source < self.trigger:
            return False
        text = ""
        with Failure() as failure:
            text = " ".join(str(summarise(_prompt(summary.text, turns))).split())
        self.failure = failure.text or self._fault(text, source)
        if self.failure:
            self._failed_at[user, session] = tokens
            return False
        self._failed_at.pop((user, session), None)
        return self._summaries.keep(text, turns, summary, user=user, session=session)

    def _pending(self, summary: Summary, user: str, session: str) -> list[Turn]:
        """Whole exchanges without summary, the last one aside, as many as the model is given."""
        after = self.log.history(user=user, session=session, after=summary.through)
        taken: list[Turn] = []
        tokens = 0
        for exchange in group_exchanges(after)[:-1]:
            tokens += sum(self._tokens(turn) for turn in exchange.turns)
            if taken and tokens > _MOST * self.trigger:
                break
            taken += exchange.turns
        return taken

    def _tokens(self, turn: Turn) -> int:
        return self._count_tokens(turn.text) if turn.tokens is None else turn.tokens

    def _fault(self, text: str, source: int) -> str:
        if not text:
            return "the model said nothing"
        if _ERROR_TEXT.match(text):
            return f"the model said {text[:80]!r}"
        tokens, most = self._count_tokens(text), min(self.trigger, source)
        return f"the summary has {tokens} tokens, allowed are {most}" if tokens > most else ""

    def forget_turn(self, turn_id: int, *, user: str) -> int:
        """Delete one turn for good, and a summary that covers it; how many turns that were."""
        return self._inner.forget_turn(turn_id, user=user)

    def forget_session(self, session: str, *, user: str) -> int:
        """Delete a session for good, with its summary; how many turns that were."""
        return self._inner.forget_session(session, user=user)

    def forget_user(self, user: str) -> int:
        """Delete everything of a user for good; how many turns that were."""
        return self._inner.forget_user(user)

    def close(self) -> None:
        """Wait for a summary under way, then release the log; twice does no harm."""
        with ExitStack() as closing:
            closing.callback(super().close)
            closing.callback(self._inner.close)
            closing.callback(self._background.close, _PATIENCE_SECONDS)


def _prompt(summary: str, turns: Sequence[Turn]) -> str:
    """What the model is asked, in the language of most of the turns."""
    said = render_turns([RecalledTurn(turn, 0.0, "") for turn in turns])
    text = "".join(turn.text for turn in turns)
    chinese = len(_WIDE.findall(text)) > len(_LATIN.findall(text))
    task, before, new, end = _INSTRUCTION["zh" if chinese else "en"]
    old = f"{before}\n{summary}\n\n" if summary else ""
    return f"{task}\n\n{old}{new}\n{said}\n{end}"


def _noted(item: RecalledTurn, remark: str) -> RecalledTurn:
    return RecalledTurn(item.turn, item.score, f"{item.why}; {remark}", item.excerpt)
