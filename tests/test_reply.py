"""A reply: iterate it for text, ask it for the answer, cancel it, and learn why it failed."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from rag import Answer, RagError, Reply
from rag.errors import WorkerCrashedError

ANSWER = Answer("q", "one two", (), (), "quote", "en", (), ("q",), 0.9)


class Work:
    """Two pieces and an answer; notes what became of it."""

    def __init__(self, fail: Exception | None = None) -> None:
        self.begun = self.ended = self.closed = False
        self.fail = fail
        self.inside = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self) -> Generator[str, None, Answer]:
        self.begun = True
        try:
            yield "one "
            self.inside.set()
            assert self.go_on.wait(10)
            if self.fail is not None:
                raise self.fail
            yield "two"
            self.ended = True
        except GeneratorExit:
            self.closed = True
            raise
        return ANSWER


def test_a_reply_gives_its_pieces_and_then_its_answer() -> None:
    work = Work()
    reply = Reply(work())
    assert not work.begun, "nothing happens before the first piece is asked for"
    assert "".join(reply) == "one two"
    assert reply.answer is ANSWER
    assert list(reply) == []


def test_asking_for_the_answer_reads_what_is_left() -> None:
    work = Work()
    reply = Reply(work())
    assert next(iter(reply)) == "one "
    assert reply.answer is ANSWER
    assert work.ended


def test_a_cancelled_reply_says_so_and_its_work_is_closed() -> None:
    work = Work()
    reply = Reply(work())
    for _ in reply:
        reply.cancel()
    assert work.closed
    assert not work.ended
    with pytest.raises(RagError, match="cancelled"):
        _ = reply.answer


def test_a_reply_cancelled_before_its_first_piece_never_begins() -> None:
    work = Work()
    reply = Reply(work())
    reply.cancel()
    assert list(reply) == []
    assert not work.begun


def test_cancelling_a_finished_reply_leaves_it_its_answer() -> None:
    reply = Reply(Work()())
    "".join(reply)
    reply.cancel()
    reply.cancel()
    assert reply.answer is ANSWER


def test_another_thread_may_cancel_while_a_piece_is_being_made() -> None:
    work = Work()
    work.go_on.clear()
    reply = Reply(work())
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.extend(reply))
    reader.start()
    assert work.inside.wait(10)
    reply.cancel()
    work.go_on.set()
    reader.join(10)
    assert not reader.is_alive()
    assert work.closed
    assert "two" not in got
    with pytest.raises(RagError, match="cancelled"):
        _ = reply.answer


def test_a_failure_is_told_again_by_the_answer_and_not_called_a_cancellation() -> None:
    failure = WorkerCrashedError("the model process stopped", "SIGSEGV")
    reply = Reply(Work(failure)())
    with pytest.raises(WorkerCrashedError):
        list(reply)
    with pytest.raises(WorkerCrashedError, match="stopped") as caught:
        _ = reply.answer
    assert caught.value is failure
    assert list(reply) == []


def test_a_reply_that_is_let_go_closes_its_work() -> None:
    work = Work()
    reply = Reply(work())
    next(iter(reply))
    del reply
    assert work.closed
