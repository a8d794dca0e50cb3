"""`rag kb`, as people run it; and --kb, which takes a path or what stands on the shelf."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.cli.console import knowledge_base

from .command import Ran, rag


def told(*words: str | Path) -> dict[str, Any]:
    ran = rag("kb", *words, "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def names() -> list[str]:
    return [kb["name"] for kb in told("list")["knowledge_bases"]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data, in a folder of its own, where the user also stands."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "otter.txt").write_text("The otter of the Arl eats trout.", encoding="utf-8")
    return tmp_path


def ingest(home: Path, *words: str | Path) -> Ran:
    return rag("ingest", home / "otter.txt", "--embedder", "hashing", *words)


def test_a_knowledge_base_is_made_filled_carried_renamed_and_deleted(home: Path) -> None:
    made = rag("kb", "create", "水獭")
    assert (made.returncode, made.stderr) == (0, "")
    assert "rag ingest PATH --kb" in made.stdout
    assert ingest(home, "--kb", "水獭").returncode == 0
    sent = rag("kb", "export", "水獭", "out")
    assert "rag kb import out.recollect.zip" in sent.stdout
    came = rag("kb", "import", "out.recollect.zip", "--name", "Otters")
    assert "Otters is here: 1 documents" in came.stdout
    assert rag("kb", "rename", "otters", "Otters of the Arl").returncode == 0
    listed = rag("kb", "list").stdout.splitlines()
    assert listed[0].split() == "id name documents pages chunks MB embedder updated".split()
    assert [line.split()[1] for line in listed[1:]] == ["Otters", "水獭"]
    assert "水獭 is gone" in rag("kb", "delete", "水獭", text="y\n").stdout
    assert names() == ["Otters of the Arl"]
    asked = rag("ask", "What does the otter eat?", "--kb", "Otters of the Arl", "--model", "none")
    assert "trout" in asked.stdout


def test_each_command_prints_one_json_object(home: Path) -> None:
    made = told("create", "Otters")
    assert ingest(home, "--kb", made["id"]).returncode == 0
    (listed,) = told("list")["knowledge_bases"]
    assert (listed["id"], listed["documents"], listed["problem"]) == (made["id"], 1, "")
    assert listed["path"] == str(home / "data" / "recollect" / "shelf" / made["id"])
    assert told("rename", "Otters", "Herons")["name"] == "Herons"
    sent = told("export", "Herons", "out.recollect.zip")
    assert sent["bytes"] == Path(sent["path"]).stat().st_size
    assert told("import", sent["path"])["name"] == "Herons (2)"
    assert told("delete", "Herons", "--yes")["id"] == made["id"]
    assert names() == ["Herons (2)"]


def test_nothing_is_deleted_without_a_yes() -> None:
    rag("kb", "create", "Otters")
    assert rag("kb", "delete", "Otters", text="n\n").returncode == 1
    assert names() == ["Otters"]


def test_what_cannot_be_done_is_told_in_one_line(home: Path) -> None:
    rag("kb", "create", "Otters")
    Path("there.recollect.zip").touch()
    for words in (
        ("create", "OTTERS"),
        ("rename", "herons", "x"),
        ("delete", "herons", "--yes"),
        ("export", "herons", "x"),
        ("import", "there.recollect.zip"),
        ("import", "absent.zip"),
    ):
        ran = rag("kb", *words)
        assert (ran.returncode, ran.stdout) == (1, ""), words
        assert ran.stderr.startswith("error: ")
        assert len(ran.stderr.splitlines()) == 1
    assert rag("kb", "export", "Otters", "there").returncode == 2
    assert names() == ["Otters"]


def test_a_damaged_one_is_listed_with_its_problem() -> None:
    made = told("create", "[bold]torn")
    (Path(made["path"]) / "catalog.sqlite").write_bytes(b"x" * 5000)
    listed = rag("kb", "list")
    assert listed.returncode == 0
    assert "problem [bold]torn: The catalog" in listed.stdout


def test_the_one_used_when_none_is_named_is_listed_but_not_deleted(home: Path) -> None:
    assert ingest(home).returncode == 0
    assert names() == ["kb"]
    refused = rag("kb", "delete", "kb", "--yes")
    assert refused.returncode == 1
    assert "not on the shelf" in refused.stderr
    assert (home / "data" / "recollect" / "kb" / "catalog.sqlite").exists()


def test_one_in_a_folder_elsewhere_can_be_named_by_its_path(home: Path) -> None:
    assert ingest(home, "--kb", home / "mine").returncode == 0
    sent = told("export", "../mine/", "out")
    assert told("import", sent["path"])["name"] == "mine"
    assert rag("kb", "delete", home / "mine", "--yes").returncode == 1
    assert (home / "mine" / "catalog.sqlite").exists()


def test_a_path_wins_over_a_name_and_a_new_path_stays_one(home: Path) -> None:
    otters = told("create", "Otters")
    shelved = Path(otters["path"])
    assert knowledge_base(Path("otters")) == knowledge_base(Path(otters["id"])) == shelved
    for new in ("herons", "otters/new", "x" * 300, str(home / "far" / "away")):
        assert knowledge_base(Path(new)) == Path(new)
    assert knowledge_base(None) == home / "data" / "recollect" / "kb"
    Path("otters").mkdir()
    assert knowledge_base(Path("otters")) == Path("otters")
    assert ingest(home, "--kb", "newfolder").returncode == 0
    assert (home / "here" / "newfolder" / "catalog.sqlite").exists()
