"""The models page: what there is, chosen, fetched from a real hub, tried out, removed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rag import Assistant, Job, Speed, TuningTrial, chosen_model, use_model, wants_tuning
from rag.model_library import model_file
from rag.model_library.places import own_catalogue
from ui.options import read_options
from ui.shared import Shared, open_shared
from ui.texts import phrase

from .hub_server import Hub
from .pages import one_page, press, run, state_of, texts
from .small_model import (
    SMOLLM2,
    bring_twin,
    keep_catalogue,
    quick_tuning,
    serve_twin,
    tuned,
    twin,
)

HOSTILE = "Twin ![x](http://evil.example) :red[w]"
TWIN = twin(HOSTILE, licence="[y](javascript:z)")
Page = Callable[[], AppTest]


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("models") / "kb"
    Assistant.open(folder, model="none").close()
    yield folder
    st.cache_resource.clear()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of its own, and a catalogue of the user's own with a twin of SmolLM2."""
    keep_catalogue(TWIN, tmp_path, monkeypatch)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that has the twin; pieces of 20 MB, so that a download can break in between."""
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 20_000_000)
    with serve_twin(monkeypatch) as served:
        yield served


@pytest.fixture
def shared(kb: Path) -> Iterator[Shared]:
    opened = open_shared(read_options(["--kb", str(kb), "--model", "smollm2-135m"]))
    yield opened
    for job in opened.jobs.list():
        job.stop()
        ended(job)
        opened.jobs.dismiss(job)


@pytest.fixture
def open_page(kb: Path, shared: Shared, monkeypatch: pytest.MonkeyPatch) -> Page:
    arguments = ["app.py", "--kb", str(kb), "--model", "smollm2-135m"]
    monkeypatch.setattr(sys, "argv", arguments)

    return lambda: run(one_page("models_page"))


def ended(job: Job) -> Job:
    deadline = time.monotonic() + 60
    while not job.over and time.monotonic() < deadline:
        time.sleep(0.02)
    assert job.over
    return job


def keys(page: AppTest) -> set[str]:
    return {str(button.key) for button in page.button}


def test_every_model_is_shown_with_what_it_needs_and_nothing_is_loaded(
    open_page: Page, shared: Shared
) -> None:
    page = open_page()
    assert {"SmolLM2 135M Instruct (Q4_1)", "Qwen3 4B (Q4_K_M)"} <= set(texts(page))
    assert any("2.5 GB · needs 3.6 GB of memory · Apache-2.0" in text for text in texts(page))
    assert "models_pull_qwen3-4b" in keys(page)
    assert "models_pull_smollm2-135m" not in keys(page)
    assert shared.desk.running("smollm2-135m") is None


def test_s03_what_a_catalogue_says_is_never_markdown(open_page: Page) -> None:
    page = open_page()
    assert HOSTILE in texts(page)
    parsed = [e.value for kind in (page.markdown, page.caption) for e in kind]
    parsed += [button.label for button in page.button]
    for text in parsed:
        assert "](" not in text, text
        assert "evil.example" not in text or "．" in text or "／" in text, text


def test_a_model_in_use_answers_new_questions_and_the_open_conversation(open_page: Page) -> None:
    tuned(bring_twin())
    page = press(open_page(), "models_use_twin")
    assert chosen_model() == "twin"
    assert state_of(page).choices.model == "twin"
    assert state_of(page).changed == ("model",)
    assert "models_use_twin" not in keys(page)
    assert "models_use_smollm2-135m" in keys(page)


def test_at_its_first_use_the_fastest_way_to_run_a_model_is_looked_for_and_only_then(
    open_page: Page, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick_tuning(monkeypatch)
    monkeypatch.setattr("ui.model_shelf.trying._SECONDS", 0.0)
    bring_twin()
    page = press(open_page(), "models_use_twin")
    (job,) = shared.jobs.list("tune")
    assert (ended(job).state, job.title) == ("done", "twin")
    assert not wants_tuning("twin")
    page = press(page, "models_use_smollm2-135m")
    assert chosen_model() == "smollm2-135m", "the same weights"
    assert len(shared.jobs.list("tune")) == 1


def test_the_model_in_use_is_that_of_a_page_opened_later(
    kb: Path, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_twin()
    use_model("twin")
    monkeypatch.setattr(sys, "argv", ["app.py", "--kb", str(kb)])
    assert state_of(run(one_page("models_page"))).choices.model == "twin"


def test_a_file_is_used_by_its_path(open_page: Page, tmp_path: Path) -> None:
    (tmp_path / "mine.gguf").symlink_to(SMOLLM2)
    tuned(tmp_path / "mine.gguf")
    page = open_page()
    page.text_input(key="models_path").set_value(str(tmp_path / "mine.gguf"))
    press(page, "models_path_use")
    assert chosen_model() == str(tmp_path / "mine.gguf") == state_of(page).choices.model


def test_what_is_no_model_is_told_and_changes_nothing(open_page: Page, tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"nothing")
    page = open_page()
    page.text_input(key="models_path").set_value(str(tmp_path / "x.gguf"))
    press(page, "models_path_use")
    assert [e.value for e in page.error] == [phrase("en", "models_not_used")]
    assert chosen_model() == "smollm2-135m"


def test_a_servers_model_is_used_with_a_warning_that_passages_go_there(open_page: Page) -> None:
    page = open_page()
    assert phrase("en", "models_server_warning") in [w.value for w in page.warning]
    page.text_input(key="models_server_name").set_value("openai:gpt")
    page.text_input(key="models_server_address").set_value("http://127.0.0.1:8000/v1")
    press(page, "models_server_use")
    assert chosen_model() == "openai:gpt@http://127.0.0.1:8000/v1"


def test_no_model_can_be_used_too(open_page: Page) -> None:
    press(open_page(), "models_use_none")
    assert chosen_model() == "none"


def test_a_download_that_broke_is_continued_and_another_page_sees_it(
    open_page: Page, shared: Shared, hub: Hub
) -> None:
    hub.cuts, hub.errors = [45_000_000], [0, 0, 503]
    press(open_page(), "models_pull_twin")
    (job,) = shared.jobs.list("pull", "models")
    assert ended(job).state == "failed"
    page = open_page()
    assert phrase("en", "models_job_failed") in [e.value for e in page.error]
    assert page.button(key="models_pull_twin").label.startswith("Continue, 40 MB")
    press(page, "models_pull_twin")
    assert ended(shared.jobs.list("pull", "models")[-1]).state == "done"
    assert hub.gets()[-1].range == "bytes=40000000-"
    page = open_page()
    assert "models_use_twin" in keys(page)
    assert phrase("en", "models_job_pulled") in [c.value for c in page.caption]


def test_a_download_is_stopped_and_what_came_is_kept(
    open_page: Page, shared: Shared, hub: Hub
) -> None:
    page = open_page()
    page.text_input(key="models_mirror").set_value(hub.address)
    blocker = shared.jobs.start("test", "models", "other", lambda job: time.sleep(0.5))
    press(page, "models_pull_twin")
    (job,) = shared.jobs.list("pull", "models")
    assert page.button(key="models_pull_twin").disabled, "one click too many starts nothing"
    press(page, f"models_stop_{job.id}")
    assert (ended(blocker).state, ended(job).state) == ("done", "stopped")
    page = press(open_page(), f"models_dismiss_{job.id}")
    assert shared.jobs.list("pull", "models") == []


def test_an_address_that_is_none_is_told(open_page: Page, shared: Shared) -> None:
    page = open_page()
    page.text_input(key="models_mirror").set_value("nonsense")
    press(page, "models_pull_twin")
    ended(shared.jobs.list("pull", "models")[0])
    assert any("'nonsense' is no address" in text for text in texts(open_page()))


def test_offline_is_said_and_nothing_can_be_fetched(
    open_page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    page = open_page()
    assert phrase("en", "models_offline") in [i.value for i in page.info]
    assert page.button(key="models_pull_twin").disabled


def test_a_model_that_is_removed_is_no_longer_asked(open_page: Page) -> None:
    tuned(bring_twin())
    page = press(open_page(), "models_use_twin")
    assert "models_remove_smollm2-135m" not in keys(page)
    press(page, "models_remove_twin")
    assert not model_file("twin").exists()
    assert chosen_model() == state_of(page).choices.model == "smollm2-135m"


def test_a_test_run_tells_how_fast_it_is_here_and_frees_the_memory_again(
    open_page: Page, shared: Shared
) -> None:
    press(open_page(), "models_test")
    job = ended(shared.jobs.list("test", "models")[0])
    assert isinstance(job.result, Speed)
    page = open_page()
    assert phrase("en", "models_write") in [c.value for c in page.caption]
    assert job.result.text in texts(page)
    assert shared.desk.running("smollm2-135m") is None


def test_a_tuning_shows_every_way_the_best_first(open_page: Page, shared: Shared) -> None:
    ways = [TuningTrial(4, keys="q8_0", read_rate=90.4, write_rate=11.2), TuningTrial(2)]
    ended(shared.jobs.start("tune", "models", "smollm2-135m", lambda job: ways))
    page = open_page()
    table = next(frame.value for frame in page.dataframe if len(frame.value) == 1)
    assert table.iloc[0].tolist() == [4, "plain attention", "q8_0", "weights as they are", 90, 11.2]
    assert any("with 4 threads" in caption.value for caption in page.caption)


def test_a_wrong_catalogue_is_told_on_the_page(open_page: Page) -> None:
    own_catalogue().write_text(TWIN.replace("n_ctx = 1024", 'n_ctx = "many"'))
    page = open_page()
    assert any("has an entry that is wrong" in text for text in texts(page))
