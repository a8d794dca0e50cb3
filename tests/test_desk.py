"""A desk: everything opened once, chosen anew for each question, and closed for good."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import IngestError
from rag import Desk, RagError, Settings
from rag.errors import ModelMemoryError
from rag.model_library import need
from rag.models import LocalModel

from .scripted_model import BRIDGE

WHEN = "When was the bridge over the Arl opened?"
SMALL = "smollm2-135m"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = Settings(embedder="hashing", refuse_below=0.0, model="none", slots=1)
    made = Desk(tmp_path / "log.sqlite", settings)
    (tmp_path / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    made.assistant(tmp_path / "kb", user="me").ingest(tmp_path / "bridge.txt")
    yield made
    made.close()


def local(desk: Desk, folder: Path, model: str = SMALL) -> LocalModel:
    opened = desk.assistant(folder, user="me", model=model).model
    assert isinstance(opened, LocalModel)
    return opened


def test_one_index_and_one_model_serve_all(desk: Desk, tmp_path: Path) -> None:
    kb = tmp_path / "kb"
    (tmp_path / "link").symlink_to(kb)
    made = [
        desk.assistant(folder, user=user, model=SMALL, memory=memory)
        for folder in (kb, kb / ".." / "kb", tmp_path / "link")
        for user in ("me", "you")
        for memory in ("window", "recall")
    ]
    assert len({id(one.index) for one in made}) == 1
    assert len({id(one.model) for one in made}) == 1


def test_opening_loads_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, rag; desk = rag.Desk(sys.argv[1] + '/log.sqlite');"
        "made = desk.assistant(sys.argv[1] + '/kb', user='me');"
        "assert made.model.worker.pid is None;"
        "heavy = {'torch', 'sentence_transformers', 'faiss', 'llama_cpp', 'chromadb'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules);"
        "assert '_folder' not in vars(made.index.embedder), 'weights';"
        "desk.close()"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=60)


def test_changing_memory_and_model_loses_nothing(desk: Desk, tmp_path: Path) -> None:
    kb = tmp_path / "kb"
    choices = [("none", "window"), (SMALL, "recall"), ("none", "buffer"), (SMALL, "window")]
    for at, (model, memory) in enumerate(choices):
        made = desk.assistant(kb, user="me", model=model, memory=memory)
        answer = made.ask("And who opened it?" if at else WHEN, session="s").answer
        assert "Mary Ash" in answer.text
        assert (len(answer.searched) > 1) == bool(at), "a follow-up finds what it hangs on"
        assert len(made.history("s")) == 2 * (at + 1)
    you = desk.assistant(kb, user="you")
    assert you.history("s") == []
    assert you.sessions() == []


def test_an_idle_model_makes_room_and_a_busy_one_does_not(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kb = tmp_path / "kb"
    first = local(desk, kb)
    first.start()
    copy = tmp_path / "other.gguf"
    copy.symlink_to(first.card.path)
    monkeypatch.setattr(need, "free_memory", lambda: 1 if first.worker.pid else 10**12)
    with first.in_use(), pytest.raises(ModelMemoryError):
        local(desk, kb, str(copy))
    assert first.worker.pid is not None, "a question was under way"
    assert local(desk, kb, str(copy)).worker.pid is None
    assert first.worker.pid is None


def test_a_folder_can_be_deleted_while_others_search(desk: Desk, tmp_path: Path) -> None:
    kb = tmp_path / "kb"
    fell: list[BaseException] = []
    searching, answered = threading.Event(), []
    made = desk.assistant(kb, user="me")

    def search() -> None:
        try:
            for n in range(500):
                answered.append(made.ask(WHEN, session=str(n)).answer)
                searching.set()
        except BaseException as error:  # noqa: BLE001 - whatever it is, is the finding
            fell.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert searching.wait(20)
    desk.release(kb)
    shutil.rmtree(kb)
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert fell
    assert all(isinstance(error, (IngestError, RagError)) for error in fell), fell
    assert desk.assistant(kb, user="me").index.documents() == [], "made anew"


def test_closing_sleeps_ends_and_is_for_good(desk: Desk, tmp_path: Path) -> None:
    model = local(desk, tmp_path / "kb")
    desk.assistant(tmp_path / "kb", user="me", model=SMALL).ask(WHEN, session="s").answer  # noqa: B018
    assert model.worker.pid is not None
    slept: list[str] = []
    for one in desk._assistants.values():
        one.sleep_latest = lambda one=one: slept.append(one.settings.model)  # type: ignore[method-assign, misc]
    desk.close()
    desk.close()
    assert slept == ["none", SMALL], "once each, the one used last in the end"
    assert model.worker.pid is None
    with pytest.raises(RagError, match="closed"):
        desk.assistant(tmp_path / "kb", user="me")
    with pytest.raises(RagError, match="closed"):
        desk.index(tmp_path / "kb")
