"""The third-party memory of docs/custom_memory.md, an installed package, passes the contract."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import memory as room
from memory import Memory, OptionError, open_memory
from memory.contract import MemoryContract, count_words

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "custom_memory.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"```(\w+)\n(.*?)```", PAGE[: PAGE.index("## Prove it")], re.DOTALL))


@pytest.fixture(autouse=True, scope="module")
def installed(tmp_path_factory):
    """The package of the page, as pip would leave it."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "tagged_memory.py").write_text(BLOCKS["python"], encoding="utf-8")
    info = folder / "tagged_memory-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tagged-memory\nVersion: 1.0\n")
    entry = re.search(r'^(\w+) = "(.+)"$', BLOCKS["toml"], re.MULTILINE)
    group = re.search(r'entry-points\."(.+)"\]', BLOCKS["toml"])
    assert entry
    assert group
    (info / "entry_points.txt").write_text(f"[{group[1]}]\n{entry[1]} = {entry[2]}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield


class TestTaggedMemory(MemoryContract):
    def open(self, path, count_tokens) -> Memory:
        return open_memory(path, "tagged", count_tokens=count_tokens)


def test_the_example_has_less_than_forty_lines():
    assert len(BLOCKS["python"].splitlines()) < 40


def test_it_is_listed_and_does_what_the_page_says(tmp_path):
    assert "tagged" in room.memory_kinds()
    with open_memory(tmp_path / "log.db", "tagged", count_tokens=count_words) as memory:
        memory.record("the #budget is 300", "ok", user="u", session="s")
        for i in range(9):
            memory.record(f"q {i}", "a", user="u", session="s")
        asked = {"user": "u", "session": "s", "budget": 30}
        texts = [item.text for item in memory.recall("what was the #budget?", **asked)]
        assert texts == ["the #budget is 300", "q 8", "a"]
        assert [i.text for i in memory.recall("what?", **asked)] == ["q 8", "a"]
    with pytest.raises(OptionError, match="at least 1 turn"):
        open_memory(tmp_path / "log.db", "tagged", most=0)


def test_the_class_that_proves_it_is_the_one_that_runs_here():
    shown = re.search(r"class TestTaggedMemory.*?(?=```)", PAGE, re.DOTALL)
    assert shown
    assert "".join(shown[0].split()).replace("->Memory", "") in "".join(
        Path(__file__).read_text("utf-8").split()
    ).replace("->Memory", "")
