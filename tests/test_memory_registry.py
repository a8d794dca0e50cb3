"""Kinds by name: our own, an installed package's, and the ones that are refused."""

import subprocess
import sys
from pathlib import Path

import pytest

import memory as room
from ingest.embedders.hashing import HashingEmbedder
from memory import BufferMemory, ConversationLog, OptionError, WindowMemory, open_memory
from memory.registry import KINDS

PACKAGE = '''
from memory import LogMemory, RecalledTurn

class Echo(LogMemory):
    """Recalls the last turn if it fits."""
    name = "echo"
    def __init__(self, log, *, count_tokens, render, loud=False):
        super().__init__(log, count_tokens=count_tokens, render=render)
        self.loud = loud
    def recall(self, question, *, user, session, budget):
        tail = self.log.tail(user=user, session=session, exchanges=1)
        return self.budget(budget).latest([[RecalledTurn(t, 0.0, "last")] for t in tail[-1:]])
'''


def test_each_kind_opens_under_its_name(tmp_path):
    for kind, expected in (("buffer", BufferMemory), ("window", WindowMemory)):
        with open_memory(tmp_path / "log.db", kind) as memory:
            assert type(memory) is expected
            assert memory.name == kind
    assert set(KINDS) <= set(room.memory_kinds())


@pytest.mark.parametrize("kind", ["recall", "vector"])
def test_a_ranking_kind_opens_under_its_name_and_states_its_options(tmp_path, kind):
    with open_memory(tmp_path / "log.db", kind, budget=100, across=False) as memory:
        assert memory.name == kind
    with pytest.raises(OptionError, match=r"its options are \['across', 'budget'"):
        open_memory(tmp_path / "log.db", kind, size=3)


def test_an_embedder_reaches_only_the_kinds_that_take_one(tmp_path):
    embedder = HashingEmbedder()
    for kind in KINDS:
        with open_memory(tmp_path / "log.db", kind, embedder=embedder) as memory:
            memory.record("q", "a", user="u", session="s")
            assert len(memory.recall("q", user="u", session="s", budget=9_000)) >= 2


def test_an_unknown_kind_names_the_known_ones_and_creates_no_file(tmp_path):
    with pytest.raises(OptionError, match=r"'bufer' is unknown; choose one of \['buffer', 'rec"):
        open_memory(tmp_path / "log.db", "bufer")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_option_names_the_known_ones(tmp_path):
    with pytest.raises(OptionError, match=r"\['size'\].*its options are \['k'\]"):
        open_memory(tmp_path / "log.db", "window", size=3)
    with ConversationLog(tmp_path / "log.db"), pytest.raises(OptionError, match=r"are \[\]"):
        open_memory(tmp_path / "log.db", "buffer", k=3)


def install(folder: Path, entry: str) -> None:
    (folder / "echo_memory.py").write_text(PACKAGE)
    info = folder / "echo_memory-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: echo-memory\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[recollect.memory]\n{entry}\n")


def test_an_installed_package_adds_a_kind_with_options(tmp_path, monkeypatch):
    install(tmp_path, "echo = echo_memory:Echo")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "echo" in room.memory_kinds()
    with open_memory(tmp_path / "log.db", "echo", loud=True) as memory:
        memory.record("q", "a", user="u", session="s")
        (last,) = memory.recall("q", user="u", session="s", budget=100)
        assert (last.turn.text, memory.loud) == ("a", True)


def test_a_package_can_neither_break_others_nor_take_our_names(tmp_path, monkeypatch):
    install(tmp_path, "broken = echo_memory:Nothing\nwindow = echo_memory:Echo")
    monkeypatch.syspath_prepend(str(tmp_path))
    with open_memory(tmp_path / "log.db", "window") as memory:
        assert type(memory) is WindowMemory
    with pytest.raises(OptionError, match="cannot be loaded"):
        open_memory(tmp_path / "log.db", "broken")


def test_importing_the_room_imports_nothing_heavy():
    code = (
        "import sys; before = set(sys.modules); import memory;"
        "roots = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(roots - set(sys.stdlib_module_names) - {'memory'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(room.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_the_front_door_lists_every_name_once():
    assert room.__all__ == sorted(set(room.__all__))
    assert [name for name in room.__all__ if not hasattr(room, name)] == []
