"""Answers under way: one for each conversation, watched, stopped and looked at from anywhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from dataclasses import replace

import pytest

from rag import Answer, Answering, RagError, Reply, RunningAnswer
from rag.errors import QuestionError, WorkerCrashedError

ANSWER = Answer("q", "one two", (), (), "quote", "en", (), ("q",), 0.9, turn=2)


class Work:
    """An answer that waits before its end and says whether it came to it."""

    def __init__(self, fail: Exception | None = None, turn: int = 2) -> None:
        self.fail, self.turn, self.recorded = fail, turn, False
        self.inside, self.go_on = threading.Event(), threading.Event()

    def __call__(self) -> Reply:
        return Reply(self._work())

    def _work(self) -> Generator[str, None, Answer]:
        yield "one "
        self.inside.set()
        assert self.go_on.wait(10)
        if self.fail is not None:
            raise self.fail
        yield "two"
        self.recorded = True
        return replace(ANSWER, turn=self.turn)


@pytest.fixture
def answering() -> Answering:
    return Answering()


def started(answering: Answering, work: Work, session: str = "s") -> RunningAnswer:
    running = answering.start(work, "q", user="me", session=session)
    assert work.inside.wait(10)
    return running


def test_it_goes_on_by_itself_and_is_there_until_it_was_seen_off(answering: Answering) -> None:
    work = Work()
    running = started(answering, work)
    assert (running.text, running.over) == ("one ", False)
    answering.done_with(running, user="me")
    assert answering.of(user="me", session="s") is running, "it is not over"
    work.go_on.set()
    assert running.wait(10)
    assert running.text == "one two"
    assert running.answer is answering.details(2, user="me")
    assert answering.of(user="me", session="s") is running
    answering.done_with(running, user="me")
    assert answering.of(user="me", session="s") is None
    assert answering.details(2, user="me") is not None


def test_a_second_question_is_refused_while_one_is_answered(answering: Answering) -> None:
    work, second = Work(), Work()
    running = started(answering, work)
    with pytest.raises(QuestionError, match="still being answered"):
        answering.start(second, "q2", user="me", session="s")
    other = started(answering, second, session="t")
    for one in (work, second):
        one.go_on.set()
    assert running.wait(10)
    assert other.wait(10)
    third = Work()
    running = started(answering, third)
    third.go_on.set()
    assert running.wait(10)


def test_a_stopped_answer_is_neither_answered_nor_failed(answering: Answering) -> None:
    work = Work()
    running = started(answering, work)
    running.stop()
    work.go_on.set()
    assert running.wait(10)
    assert (running.stopped, running.answer, running.error) == (True, None, None)
    assert not work.recorded


def test_a_stop_after_the_end_changes_nothing(answering: Answering) -> None:
    work = Work()
    running = started(answering, work)
    work.go_on.set()
    assert running.wait(10)
    running.stop()
    assert not running.stopped
    assert running.answer is not None


def test_a_stop_at_any_moment_never_calls_a_recorded_answer_stopped(answering: Answering) -> None:
    ends = set()
    for turn in range(400):
        work = Work(turn=turn)
        running = started(answering, work)
        stopper = threading.Thread(target=running.stop)
        first, second = (stopper.start, work.go_on.set)[:: 1 if turn % 2 else -1]
        first()
        second()
        assert running.wait(10)
        stopper.join(10)
        assert running.error is None
        assert running.stopped != work.recorded
        assert (running.answer is not None) == work.recorded
        ends.add(running.stopped)
    assert ends == {True, False}, "both ends were met"


def test_a_reply_that_is_read_and_cancelled_at_once_never_stumbles() -> None:
    for _ in range(300):
        reply = Reply(_quick())
        fell: list[BaseException] = []

        def read(reply: Reply = reply, fell: list[BaseException] = fell) -> None:
            try:
                list(reply)
            except BaseException as error:  # noqa: BLE001 - whatever it is, is the finding
                fell.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        reply.cancel()
        reader.join(10)
        assert fell == []


def _quick() -> Generator[str, None, Answer]:
    try:
        for _ in range(50):
            yield "piece"
    finally:
        time.sleep(0.001)  # what it holds is released: another thread gets its turn
    return ANSWER


def test_a_failure_is_told(answering: Answering) -> None:
    work = Work(WorkerCrashedError("the model process stopped", "SIGSEGV"))
    running = started(answering, work)
    work.go_on.set()
    assert running.wait(10)
    assert isinstance(running.error, WorkerCrashedError)
    assert running.answer is None


def test_an_error_of_the_program_is_told_and_reaches_its_log(
    answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: logged.append(args.exc_type))
    work = Work(ZeroDivisionError())
    running = started(answering, work)
    work.go_on.set()
    assert running.wait(10)
    assert isinstance(running.error, RagError)
    assert "broke off" in str(running.error)
    again = Work()
    running = started(answering, again)
    again.go_on.set()
    assert running.wait(10)
    assert running.answer is not None, "the conversation goes on"
    end = time.monotonic() + 10
    while not logged and time.monotonic() < end:
        time.sleep(0.01)  # the hook is called at the very end of the thread
    assert logged == [ZeroDivisionError]


def test_details_are_each_users_own_and_go_when_something_is_forgotten(
    answering: Answering,
) -> None:
    work, late = Work(), Work(turn=4)
    running, behind = started(answering, work), started(answering, late, session="t")
    work.go_on.set()
    assert running.wait(10)
    assert answering.details(2, user="you") is None
    answering.forget(user="you")
    assert answering.details(2, user="me") is not None
    answering.forget(user="me")
    assert answering.details(2, user="me") is None
    late.go_on.set()
    assert behind.wait(10)
    assert answering.details(4, user="me") is None, "it may show what was forgotten meanwhile"


def test_closing_stops_what_is_under_way_and_begins_nothing(answering: Answering) -> None:
    work = Work()
    running = started(answering, work)
    threading.Timer(0.05, work.go_on.set).start()
    answering.close()
    assert running.over
    assert running.stopped
    with pytest.raises(QuestionError, match="closing"):
        answering.start(Work(), "q", user="me", session="new")
