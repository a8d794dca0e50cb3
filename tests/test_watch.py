"""A reply is watched: its stage, what the model saw, and a stop that is heard wherever it is."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest import Index
from rag import Answer, Assistant, RagError, Reply, Stage

from .scripted_model import BRIDGE, Scripted, assistant_with
from .small_model import open_pretender

WHEN = "When was the bridge over the Arl opened?"
SHORT = "How long is the bridge over the Arl?"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The real small model, made to write freely, one answer at a time."""
    folder = tmp_path_factory.mktemp("watched")
    with open_pretender(folder, answer_tokens=120, slots=1, asleep=0) as made:
        assert made.model is not None
        made.model.start()
        yield made


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.002)


def in_thread(reply: Reply) -> tuple[threading.Thread, list[BaseException]]:
    """Reads the reply to its end elsewhere."""
    fell: list[BaseException] = []

    def read() -> None:
        try:
            _ = reply.answer
        except RagError as error:
            fell.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    return thread, fell


def stages(reply: Reply) -> list[Stage]:
    return [reply.stage for _ in reply]


def test_an_answer_searches_reads_and_writes(tmp_path: Path) -> None:
    with assistant_with(tmp_path, Scripted("It was opened in May 1932, by Mary Ash.")) as made:
        reply = made.ask(WHEN)
        assert reply.stage == Stage("search")
        seen = stages(reply)
    assert {stage.name for stage in seen} == {"write"}
    tokens = [stage.tokens for stage in seen]
    assert tokens == sorted(tokens)
    assert tokens[-1] > 2
    assert seen[-1].rate > 0
    assert seen[-1].searched == reply.answer.searched
    assert seen[-1].passages == len(reply.answer.passages)


@pytest.mark.parametrize(
    ("strategy", "lines"),
    [
        ("direct", ["In May 1932."]),
        ("few-shot", ["In May 1932."]),
        ("step-by-step", ["The text says so.\nAnswer: In May 1932."]),
        ("vote", ["In May 1932."] * 3),
        ("critique", ["In May 1932.", "1. kept\n2. kept", "In May 1932."]),
    ],
)
def test_each_strategy_reads_again_before_each_call_and_counts_on(
    strategy: str, lines: list[str], tmp_path: Path
) -> None:
    shown: list[Stage] = []
    replies: list[Reply] = []

    def saying(line: str) -> Callable[[object, object], str]:
        def say(_prompt: object, _sampling: object) -> str:
            shown.append(replies[0].stage)
            return line

        return say

    model = Scripted(*map(saying, lines))
    with assistant_with(tmp_path, model, votes=3, rules=("Be brief.",)) as made:
        replies.append(made.ask(WHEN, strategy=strategy))  # type: ignore[arg-type]
        answer = replies[0].answer
        assert answer.seen.prompts == tuple(dict.fromkeys(prompt for prompt, _ in model.asked))
    assert shown[0].name == "read"
    assert shown[0].searched[0] == WHEN
    if strategy == "critique":
        assert [stage.name for stage in shown] == ["read"] * len(shown)
        assert shown[1].tokens > 0
    assert replies[0].stage.name == "write"
    assert replies[0].stage.tokens >= len(lines)


def test_what_the_model_saw_is_told_and_not_stored(tmp_path: Path) -> None:
    model = Scripted("It was opened in 1932.", "It is 411 metres long.")
    with assistant_with(tmp_path, model) as made:
        first = made.ask(WHEN, session="a").answer
        answer = made.ask("Is it long, the bridge over the Arl?", session="a").answer
        assert answer.seen.prompts == (model.asked[-1][0],)
        assert [item.turn.text for item in answer.seen.recalled] == [WHEN, first.text]
        assert all(item.why for item in answer.seen.recalled)
        assert [first.turn, answer.turn] == [t.id for t in made.history("a")][1::2]
    stored = json.dumps(answer.as_dict())
    assert "seen" not in answer.as_dict()
    assert model.asked[-1][0].turns[0].content not in stored


def test_notes_that_were_shown_are_seen(tmp_path: Path) -> None:
    with Assistant.over(
        Index(tmp_path / "kb", embedder="hashing"),
        *_log_model_settings(tmp_path, Scripted("It was opened in 1932.")),
    ) as made:
        (tmp_path / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
        made.ingest(tmp_path / "bridge.txt")
        made.ask("Please remember that my boat is called Ida.", session="a").answer  # noqa: B018
        answer = made.ask(WHEN, session="a").answer
    assert "Ida" in answer.seen.notes
    assert "Ida" in str(answer.seen.prompts)


def _log_model_settings(folder: Path, model: Scripted) -> tuple[object, ...]:
    from rag import Settings
    from rag.conversations import open_log

    return open_log(folder / "log.sqlite"), model, Settings(refuse_below=0.0, answer_tokens=200)


def stopped_at(
    made: Assistant, question: str, at: Callable[[Reply], bool], **options: object
) -> float:
    """Seconds from the stop to the end of a reply that is stopped as soon as `at` holds."""
    reply = made.ask(question, session="stopped", **options)  # type: ignore[arg-type]
    thread, fell = in_thread(reply)
    until(lambda: at(reply))
    began = time.monotonic()
    reply.cancel()
    thread.join(30)
    took = time.monotonic() - began
    assert not thread.is_alive()
    assert len(fell) == 1, "it says that it was stopped"
    assert made.history("stopped") == [], "nothing is recorded"
    return took


def test_a_stop_between_tokens_is_heard_at_once(real: Assistant) -> None:
    assert stopped_at(real, WHEN, lambda reply: reply.stage.tokens > 1) < 2.0
    assert real.ask(SHORT, session="next 1", strategy="direct").answer.text


def test_a_stop_while_a_long_prompt_is_read_is_heard(real: Assistant) -> None:
    question = WHEN + " " + "Please tell me about the bridge. " * 150
    took = stopped_at(real, question, lambda reply: reply.stage.name == "read", strategy="direct")
    assert took < 3.0


def test_a_stop_in_the_queue_is_heard_and_its_place_is_told(real: Assistant) -> None:
    first = real.ask(WHEN, session="first")
    ahead, _ = in_thread(first)
    until(lambda: first.stage.name == "write")
    took = stopped_at(real, SHORT, lambda reply: reply.stage.name == "wait", strategy="direct")
    assert took < 2.0
    assert first.stage.name == "write", "the answer before it goes on"
    first.cancel()
    ahead.join(20)
    assert real.history("first") == []


def test_a_stop_during_the_search_keeps_the_model_from_being_asked(tmp_path: Path) -> None:
    model = Scripted("never said")
    with assistant_with(tmp_path, model) as made:
        inside, go_on = threading.Event(), threading.Event()
        search = made.index.search

        def slow(*args: object, **options: object) -> object:
            inside.set()
            assert go_on.wait(10)
            return search(*args, **options)  # type: ignore[arg-type]

        made.index.search = slow  # type: ignore[method-assign, assignment]
        reply = made.ask(WHEN, session="a")
        thread, fell = in_thread(reply)
        assert inside.wait(10)
        reply.cancel()
        go_on.set()
        thread.join(10)
        made.index.search = search  # type: ignore[method-assign]
        assert fell
        assert model.asked == []
        assert made.history("a") == []
        assert made.ask(WHEN, session="a").answer.text


def test_a_stop_while_the_short_wording_is_weighed_is_heard(tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    with Assistant.open(tmp_path / "kb", embedder="hashing", refuse_below=0.0, asleep=0) as made:
        made.ingest(tmp_path / "bridge.txt")
        assert made.model is not None
        made.model.start()
        worker = made.model.worker  # type: ignore[attr-defined]
        took = stopped_at(made, SHORT, lambda _reply: worker.busy)
        assert took < 2.0
        assert made.ask(SHORT, session="next").answer.text


def test_a_stop_at_any_moment_leaves_no_answer_or_a_whole_one(tmp_path: Path) -> None:
    """Whoever is told of a stop finds nothing recorded; whoever gets an answer finds it."""
    outcomes = set()
    with assistant_with(tmp_path, None) as made:
        for turn in range(60):
            session = f"s{turn}"
            reply = made.ask(WHEN, session=session)
            got: list[Answer] = []
            thread, fell = in_thread(reply)
            time.sleep(turn * 0.0004)
            reply.cancel()
            thread.join(10)
            assert not thread.is_alive()
            got += [] if fell else [reply.answer]
            recorded = len(made.history(session))
            assert recorded == 2 * len(got)
            outcomes.add(recorded)
    assert outcomes == {0, 2}, "both ends were met"
