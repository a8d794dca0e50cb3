"""Conversations that sleep beside the log: they wake where they were, and forget what they must."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import Index
from memory import Draft, Notes, make_memory
from rag import Assistant, Settings, find_model
from rag.asleep import SleepingThreads
from rag.conversations import open_log
from rag.models import LocalModel
from rag.thread import Thread

FIRST = "When was the bridge over the Arl opened?"
THEN = "How long is the bridge over the Arl?"
TEXT = (
    "The bridge over the Arl was opened in May 1932 by the engineer Mary Ash. It is 411 metres "
    "long and carries two railway tracks. Its piers are of granite, its arch is of iron. "
)


@contextmanager
def opened(folder: Path, most: int = 4, **settings: object) -> Iterator[Assistant]:
    """As a program would open it again and again, with a model that may use its own words."""
    card = replace(find_model(), capability="capable", languages={"en": 2, "zh": 2})
    with ExitStack() as stack:
        model = stack.enter_context(LocalModel(card, 1536, slots=2))
        log = open_log(folder / "log.sqlite")
        memory = make_memory("window", log, count_tokens=model.count_text)
        index = Index(folder / "kb", embedder="hashing")
        asleep = SleepingThreads(log.derived, index, model, log.erasures, most)
        chosen = Settings(answer_tokens=16, refuse_below=0.0, **settings)  # type: ignore[arg-type]
        notes = Notes(log)
        yield stack.enter_context(
            Assistant(index, memory, model, chosen, "me", notes, None, asleep)
        )


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a knowledge base and one conversation that sleeps."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "bridge.txt").write_text(TEXT * 2, encoding="utf-8")
    with opened(folder) as assistant:
        assistant.ingest(folder / "bridge.txt")
        assistant.ask(FIRST, session="one").answer  # noqa: B018
    return folder


@pytest.fixture
def folder(asked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(asked, tmp_path / "copy"))


def left(folder: Path) -> int:
    return len([*folder.glob("log.sqlite-derived/*.state")])


def test_a_session_goes_on_after_a_restart_without_reading_its_past(folder: Path) -> None:
    assert left(folder) == 1
    with opened(folder) as assistant:
        follow_up = assistant.ask(THEN, session="one").answer
        assert follow_up.tokens["reused"] > 0.8 * follow_up.tokens["prompt"]
    with opened(folder) as assistant:
        other = assistant.ask(THEN, session="two").answer
        assert other.tokens["reused"] == 0
    assert left(folder) == 2


def test_what_was_said_elsewhere_meanwhile_is_in_the_prompt_that_wakes(folder: Path) -> None:
    with opened(folder, asleep=0) as assistant:
        assistant.ask("Remember that we ship on Fridays.", session="one").answer  # noqa: B018
    with opened(folder) as assistant:
        answer = assistant.ask(THEN, session="one").answer
        assert answer.budget is not None
        assert answer.tokens["reused"] > 0.6 * answer.tokens["prompt"]


def _forget_turn(assistant: Assistant) -> None:
    turn = assistant.history("one")[0]
    assistant.memory.forget_turn(turn.id, user="me")


def _forget_user(assistant: Assistant) -> None:
    assistant.memory.forget_user("me")


def _delete_note(assistant: Assistant) -> None:
    assert assistant.notes is not None
    assistant.ask("Remember that we ship on Fridays.", session="other").answer  # noqa: B018
    (note,) = assistant.notes.list(user="me")
    assistant.notes.delete(note.id, user="me")


def _edit_note(assistant: Assistant) -> None:
    assert assistant.notes is not None
    assistant.ask("Remember that we ship on Fridays.", session="other").answer  # noqa: B018
    (note,) = assistant.notes.list(user="me")
    assistant.notes.edit(note.id, "we ship on Mondays", user="me")


@pytest.mark.parametrize("act", [_forget_turn, _forget_user, _delete_note, _edit_note])
def test_what_was_forgotten_while_the_program_was_open_is_not_written_when_it_closes(
    act: Callable[[Assistant], None], folder: Path
) -> None:
    with opened(folder) as assistant:
        assistant.ask(THEN, session="one").answer  # noqa: B018
        act(assistant)
    assert left(folder) == 0


def test_closing_twice_leaves_what_sleeps_asleep(folder: Path) -> None:
    with opened(folder) as assistant:
        assistant.ask(THEN, session="one").answer  # noqa: B018
        assistant.close()
        assistant.close()
    assert left(folder) == 1


def test_forgetting_succeeds_while_another_program_puts_conversations_to_sleep(
    tmp_path: Path,
) -> None:
    log = open_log(tmp_path / "log.sqlite")
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with suppress(FileNotFoundError):
                (log.derived.make() / "x.state").write_bytes(b"secret" * 999)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(30):
            (turn,) = log.append([Draft("user", f"ZEBRA{number}")], user="me", session="s")
            assert log.forget_turn(turn.id, user="me") == 1
    finally:
        stop.set()
        writer.join()
    log.purge()
    log.close()
    assert not [*tmp_path.glob("log.sqlite-derived*")]
    assert b"ZEBRA" not in (tmp_path / "log.sqlite").read_bytes()


def test_an_assistant_that_opens_sweeps_what_shows_removed_documents(folder: Path) -> None:
    with opened(folder, asleep=0) as assistant:
        assistant.index.remove([found.source for found in assistant.index.documents()])
        log = assistant.memory.log
        assert assistant.model is not None
        SleepingThreads(log.derived, assistant.index, assistant.model, log.erasures).sweep()
    assert left(folder) == 0


def test_halves_of_a_killed_program_go_when_they_are_old(folder: Path) -> None:
    derived = folder / "log.sqlite-derived"
    for name in ("0123.state", ".tmpabc"):
        (derived / name).write_bytes(b"words")
        os.utime(derived / name, (1e9, 1e9))
    (derived / "4567.state").write_bytes(b"being written")
    with opened(folder, asleep=0) as assistant:
        log = assistant.memory.log
        assert assistant.model is not None
        SleepingThreads(log.derived, assistant.index, assistant.model, log.erasures).sweep()
    assert sorted(path.suffix for path in derived.iterdir()) == [".json", ".state", ".state"]


@pytest.mark.parametrize("act", [_forget_turn, _forget_user, _delete_note, _edit_note])
def test_forgetting_anything_deletes_every_sleeping_conversation(
    act: Callable[[Assistant], None], folder: Path
) -> None:
    assert left(folder) == 1
    with opened(folder, asleep=0) as assistant:
        act(assistant)
    assert left(folder) == 0


def test_a_conversation_about_a_document_that_is_gone_stays_away(folder: Path) -> None:
    with opened(folder, asleep=0) as assistant:
        assistant.index.remove([found.source for found in assistant.index.documents()])
        (folder / "new.txt").write_text(TEXT.replace("411", "412") * 2, encoding="utf-8")
        assistant.ingest(folder / "new.txt")
        answer = assistant.ask(THEN, session="one").answer
        assert answer.tokens["reused"] < 0.5 * answer.tokens["prompt"]
    assert left(folder) == 0


def test_what_was_forgotten_while_it_fell_asleep_is_not_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(folder, asleep=0) as assistant:
        assistant.ask(THEN, session="one").answer  # noqa: B018
        model = assistant.model
        assert isinstance(model, LocalModel)
        sleep = model.sleep

        def forgetful(*given: object) -> int:
            slept = sleep(*given)  # type: ignore[arg-type]
            assistant.memory.forget_turn(assistant.history("one")[0].id, user="me")
            return slept

        monkeypatch.setattr(model, "sleep", forgetful)
        assert assistant.sleep("one") == 0
    assert left(folder) == 0


def test_only_so_many_conversations_sleep_and_the_first_goes(folder: Path) -> None:
    with opened(folder, most=2, asleep=4) as assistant:
        for session in ("two", "three"):
            assistant.ask(FIRST, session=session).answer  # noqa: B018
    assert left(folder) == 2
    assert len([*folder.glob("log.sqlite-derived/*")]) == 4
    with opened(folder) as assistant:
        assert assistant.ask(THEN, session="three").answer.tokens["reused"] > 100


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"erased": 0, "turns": 3}'])
def test_a_damaged_note_beside_a_state_costs_a_new_reading_and_nothing_else(
    text: str, folder: Path
) -> None:
    (notes,) = folder.glob("log.sqlite-derived/*.json")
    notes.write_text(text, encoding="utf-8")
    with opened(folder, asleep=0) as assistant:
        log = assistant.memory.log
        assert assistant.model is not None
        asleep = SleepingThreads(log.derived, assistant.index, assistant.model, log.erasures)
        assert asleep.take("me", "one") == (0, Thread())
    assert left(folder) == 0


def test_another_user_never_wakes_it(folder: Path) -> None:
    with opened(folder) as assistant:
        other = assistant.for_user("ann")
        assert other.ask(THEN, session="one").answer.tokens["reused"] == 0
        assert other.sleep("elsewhere") == 0
