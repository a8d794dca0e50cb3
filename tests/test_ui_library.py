"""The library page, run by Streamlit's own test runner over real knowledge bases."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Dataframe

from ingest import Reason
from rag import Assistant, ExportedFile, Job
from ui.inert import inert_label
from ui.library.adding import place
from ui.options import read_options
from ui.shared import Shared, open_shared
from ui.texts import TEXTS, phrase

from .pages import one_page, press, run, texts
from .web_server import Page, web_server

BRIDGE = "# The Arl bridge\n\nThe bridge over the Arl is 411 metres long and carries two tracks.\n"
ROAD = "# The Arl road\n\nThe road to the bridge was opened in May 1932 by Mary Ash.\n"
PAYLOADS = (
    "![x](http://evil.example/?q=1) <img src=x onerror=alert(1)> [click](javascript:alert(1)) "
    "http://evil.example www.evil.example me@evil.example :material/home: $x^2$ :red[x]"
)
NAME = "zorb ![x](http:evil.example) <b> :red[x] www.evil.example.md"
DANGEROUS = ("://", "www.", "@", "](", "<", "![", ":red[", ":material/home", "$x", "javascript:")

Open = Callable[[], AppTest]


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two documents."""
    folder = tmp_path_factory.mktemp("papers")
    (folder / "bridge.md").write_text(BRIDGE, encoding="utf-8")
    (folder / "road.md").write_text(ROAD, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def read(papers: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A knowledge base with both, to be copied."""
    base = tmp_path_factory.mktemp("base") / "home"
    with Assistant.open(base, model="none", embedder="hashing") as assistant:
        assert assistant.ingest(papers).count("added") == 2
    return base


@pytest.fixture
def library(read: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shared]:
    """What a page shares: that knowledge base, and a shelf without any."""
    home = shutil.copytree(read, tmp_path / "home")
    words = ["--kb", str(home), "--model", "none", "--shelf", str(tmp_path / "shelf")]
    monkeypatch.setattr(sys, "argv", ["app.py", *words])
    yield open_shared(read_options(words))
    st.cache_resource.clear()


@pytest.fixture
def page(library: Shared) -> AppTest:
    """A browser that opens the page."""
    return run(one_page("library_page"))


def finished(page: AppTest, shared: Shared) -> AppTest:
    """The page once no work is under way."""
    deadline = time.monotonic() + 20
    while any(not job.over for job in shared.jobs.list()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return run(page)


def tab(page: AppTest, name: str) -> AppTest:
    page.session_state["library_tabs_en"] = phrase("en", name)
    return run(page)


def home(shared: Shared) -> str:
    return shared.shelf.list()[0].id


def documents(page: AppTest) -> Dataframe:
    (table,) = [t for t in page.dataframe if str(t.key).startswith("library_table_")]
    return table


def choose(page: AppTest, *names: str) -> AppTest:
    table = documents(page)
    rows = [list(table.value["name"]).index(name) for name in names]
    page.session_state[table.key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return run(page)


def names(page: AppTest) -> list[str]:
    return list(documents(page).value["name"])


def said(page: AppTest) -> str:
    kinds = ("markdown", "caption", "subheader", "error", "info", "warning", "success")
    return "\n".join(element.value for kind in kinds for element in page.get(kind))


def upload(page: AppTest, shared: Shared, *files: tuple[str, bytes]) -> AppTest:
    tab(page, "library_add")
    page.file_uploader[0].set_value([(name, data, "text/plain") for name, data in files])
    return finished(run(page), shared)


def make(page: AppTest, name: str) -> str:
    """A new knowledge base, shown; its id."""
    press(page, "library_new")
    page.text_input(key="library_create_name").set_value(name)
    press(page, "library_create")
    return str(page.session_state["library_shown"])


def test_the_page_shows_the_knowledge_base_of_the_conversation_and_its_documents(
    page: AppTest,
) -> None:
    assert page.subheader[0].value == "home"
    assert "2 documents · 2 chunks" in said(page)
    assert names(page) == ["bridge.md", "road.md"]


def test_drawing_the_page_loads_no_embedder(library: Shared, page: AppTest) -> None:
    for name in ("library_add", "library_lab", "library_documents"):
        tab(page, name)
    assert library.desk.index(library.home)._embedder is None


def test_a_knowledge_base_is_made_and_shown_and_the_conversation_keeps_its_own(
    library: Shared, page: AppTest
) -> None:
    made = make(page, "论文 Papers")
    assert page.subheader[0].value == "论文 Papers"
    assert [kb.name for kb in library.shelf.list()] == ["home", "论文 Papers"]
    assert page.session_state["recollect"].choices.kb == ""
    press(page, f"row-library-{home(library)}")
    assert page.subheader[0].value == "home"
    press(page, f"row-library-{made}")
    assert page.subheader[0].value == "论文 Papers"


def test_a_name_that_is_taken_is_told_in_the_dialog_and_the_page_lives(page: AppTest) -> None:
    make(page, "Papers")
    press(page, "library_new")
    page.text_input(key="library_create_name").set_value("papers")
    press(page, "library_create")
    assert any("choose another name" in words for words in texts(page))
    page.text_input(key="library_create_name").set_value("Letters")
    press(page, "library_create")
    assert page.subheader[0].value == "Letters"


def test_a_knowledge_base_is_renamed(library: Shared, page: AppTest) -> None:
    made = make(page, "Papers")
    press(page, "library_rename")
    page.text_input(key=f"library_rename_name_{made}").set_value("Letters")
    press(page, "library_rename_save")
    assert page.subheader[0].value == "Letters"
    assert library.shelf.find(made).name == "Letters"


def test_deleting_asks_first_and_a_conversation_that_asked_it_falls_back(
    library: Shared, page: AppTest
) -> None:
    made = make(page, "Papers")
    path = library.shelf.find(made).path
    state = page.session_state["recollect"]
    state.choices = replace(state.choices, kb=made)
    press(page, "library_delete")
    assert path.is_dir()
    press(page, "library_delete_yes")
    assert not path.exists()
    assert page.session_state["recollect"].choices.kb == ""
    assert page.subheader[0].value == "home"


def test_what_holds_the_conversations_cannot_be_deleted(page: AppTest) -> None:
    assert "library_delete" not in [button.key for button in page.button]
    make(page, "Papers")
    assert "library_delete" in [button.key for button in page.button]


def test_nothing_is_deleted_while_it_is_worked_on(library: Shared, page: AppTest) -> None:
    made = make(page, "Papers")
    path = library.shelf.find(made).path
    with _busy(library, path):
        press(page, "library_delete")
        press(page, "library_delete_yes")
        assert any("work under way" in words for words in texts(page))
    assert path.is_dir()


def test_uploads_become_documents_and_what_is_not_read_says_why_under_its_own_name(
    library: Shared, page: AppTest
) -> None:
    moon = b"The moon of Quill is made of green cheese."
    upload(page, library, ("../../moon.txt", moon), ("blank.txt", b" \n"))
    assert "1 added · 1 not read" in said(page)
    assert "blank.txt" in texts(page)
    assert any("blank.txt" in words and "no text" in words for words in texts(page))
    assert phrase("en", "library_reason_empty") in said(page)
    kept = sorted(path.suffix for path in (library.home / "uploads").iterdir())
    assert kept == [".txt", ".txt"], "the copy that was read, and its name"
    tab(page, "library_documents")
    assert names(page) == ["../../moon.txt", "bridge.md", "road.md"]


def test_l07_a_drop_starts_one_job_however_often_the_page_runs(
    library: Shared, page: AppTest
) -> None:
    upload(page, library, ("moon.txt", b"The moon of Quill is made of green cheese."))
    run(run(page))
    assert len(library.jobs.list(kind="ingest")) == 1


def test_a_folder_of_this_machine_is_read_and_a_reload_finds_what_came_of_it(
    library: Shared, page: AppTest, tmp_path: Path
) -> None:
    (tmp_path / "ships").mkdir()
    (tmp_path / "ships" / "ship.txt").write_text("The ship is called Fram.", encoding="utf-8")
    tab(page, "library_add")
    page.text_input(key=f"library_path_{home(library)}").set_value(f" '{tmp_path / 'ships'}' ")
    press(page, f"library_go_{home(library)}")
    finished(page, library)
    again = run(one_page("library_page"))
    assert "1 added" in said(again)
    (job,) = library.jobs.list()
    press(again, f"library_dismiss_{job.id}")
    assert library.jobs.list() == []
    assert "1 added" not in said(run(again))


def test_a_page_is_read_by_its_address_and_called_by_it(
    library: Shared, page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    moon = b"<title>Quill</title><p>The moon of Quill is made of green cheese.</p>"
    with web_server(moon=Page(moon)) as web:
        address, missing = f"{web.address}/moon", f"{web.address}/none"
        for words in (f" {address} ", missing):
            tab(page, "library_add")
            field = page.text_input(key=f"library_path_{home(library)}")
            assert "address" in field.label
            assert "https://" in field.placeholder
            field.set_value(words)
            press(page, f"library_go_{home(library)}")
            finished(page, library)
    assert missing in texts(page), "what was not read is called by its address"
    assert any("HTTP 404" in words for words in texts(page))
    assert names(tab(page, "library_documents")) == ["bridge.md", address, "road.md"]
    choose(page, address)
    assert {"Quill", address} <= {*texts(page)}
    assert not any("uploads" in words for words in texts(page))


def test_work_on_a_page_shows_its_address(library: Shared, page: AppTest) -> None:
    address = "https://en.wikipedia.org/wiki/Glow_bridge"
    enough = threading.Event()

    def work(job: Job) -> None:
        enough.wait(20)

    library.jobs.start("ingest", str(library.home), address, work)
    try:
        assert address in texts(run(page))
    finally:
        enough.set()
        finished(page, library)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (" 'https://a.org//b' ", "https://a.org//b"),
        ("HTTP://a.org", "HTTP://a.org"),
        ('"/a/b c"', Path("/a/b c")),
        ("~/a", Path.home() / "a"),
        ("~nobody-so-called/a", Path("~nobody-so-called/a")),
        ("https", Path("https")),
        ("ftp://a.org/b", Path("ftp:/a.org/b")),
    ],
)
def test_an_address_stays_as_it_is_and_all_else_is_a_path(typed: str, found: str | Path) -> None:
    assert place(typed) == found


def test_work_that_waits_can_be_stopped_on_the_page(library: Shared, page: AppTest) -> None:
    with _busy(library, library.home):
        tab(page, "library_add")
        page.file_uploader[0].set_value([("moon.txt", b"Cheese.", "text/plain")])
        run(page)
        (job,) = library.jobs.list(kind="ingest")
        assert phrase("en", "library_waiting") in said(page)
        press(page, f"library_stop_{job.id}")
    finished(page, library)
    assert job.state == "stopped"
    assert phrase("en", "library_stopped") in said(page)
    assert names(tab(page, "library_documents")) == ["bridge.md", "road.md"]


def test_work_that_was_told_to_stop_says_so_until_it_has_heard(
    library: Shared, page: AppTest
) -> None:
    with _busy(library, library.home):
        (job,) = library.jobs.list()
        press(run(page), f"library_stop_{job.id}")
        assert phrase("en", "library_stopping") in said(page)
        assert page.button(key=f"library_stop_{job.id}").disabled


def test_documents_are_filtered_by_name_and_title(library: Shared, page: AppTest) -> None:
    page.text_input(key=f"library_filter_{home(library)}").set_value("BRIDGE")
    assert names(run(page)) == ["bridge.md"]
    page.text_input(key=f"library_filter_{home(library)}").set_value("arl ROAD")
    assert names(run(page)) == ["road.md"]
    page.text_input(key=f"library_filter_{home(library)}").set_value("nothing so called")
    assert phrase("en", "library_none_so_called") in said(run(page))


def test_chosen_documents_are_removed_after_a_question(library: Shared, page: AppTest) -> None:
    choose(page, "bridge.md")
    assert "The Arl bridge" in texts(page), "details of the one that is chosen"
    press(page, "library_remove")
    assert len(library.desk.index(library.home).documents()) == 2
    press(page, "library_remove_yes")
    finished(page, library)
    assert names(page) == ["road.md"]
    assert "1 removed" in said(page)


def test_s16_a_removed_upload_leaves_no_copy_behind(library: Shared, page: AppTest) -> None:
    upload(page, library, ("moon.txt", b"The nonce is QX7781ZZ, said the moon."))
    choose(tab(page, "library_documents"), "moon.txt")
    press(press(page, "library_remove"), "library_remove_yes")
    finished(page, library)
    left = [path for path in library.home.rglob("*") if path.is_file()]
    assert not [path for path in left if b"QX7781ZZ" in path.read_bytes()]
    assert list((library.home / "uploads").iterdir()) == []


def test_chosen_documents_are_read_again_even_unchanged(library: Shared, page: AppTest) -> None:
    choose(page, "bridge.md", "road.md")
    press(page, "library_again")
    finished(page, library)
    assert "2 replaced" in said(page)


def test_an_export_can_be_imported_and_its_file_goes_when_it_is_dismissed(
    library: Shared, page: AppTest
) -> None:
    press(page, "library_export")
    finished(page, library)
    (job,) = library.jobs.list(kind="export")
    assert isinstance(job.result, ExportedFile)
    file = job.result.path
    data = file.read_bytes()
    press(page, f"library_dismiss_{job.id}")
    assert not file.parent.exists()
    press(page, "library_import")
    page.file_uploader(key="library_file").set_value(("home.zip", data, "application/zip"))
    press(page, "library_import_go")
    finished(page, library)
    (job,) = library.jobs.list(kind="import")
    press(page, f"library_show_{job.id}")
    assert page.subheader[0].value == inert_label("home (2)")
    assert names(page) == ["bridge.md", "road.md"]


def test_a_file_that_is_no_export_is_refused_with_words(library: Shared, page: AppTest) -> None:
    press(page, "library_import")
    page.file_uploader(key="library_file").set_value(("x.zip", b"PK nonsense", "application/zip"))
    press(page, "library_import_go")
    finished(page, library)
    assert phrase("en", "library_failed_import") in said(page)
    assert len(library.shelf.list()) == 1


def test_a_damaged_knowledge_base_shows_its_problem_and_can_be_deleted(
    library: Shared, page: AppTest
) -> None:
    made = make(page, "Papers")
    path = library.shelf.find(made).path
    library.desk.release(path)
    for file in path.glob("catalog.sqlite*"):
        file.unlink()
    (path / "catalog.sqlite").write_bytes(b"no database at all" * 300)
    run(page)
    assert phrase("en", "library_problem") in said(page)
    assert any(str(path) in words for words in texts(page))
    press(press(page, "library_delete"), "library_delete_yes")
    assert not path.exists()


def test_the_laboratory_shows_two_rankings_side_by_side_without_a_model(
    library: Shared, page: AppTest
) -> None:
    tab(page, "library_lab")
    page.text_input(key="library_question").set_value("How long is the bridge over the Arl?")
    page.selectbox(key="library_ranking_b").set_value("bm25")
    page.slider(key="library_passages_b").set_value(1)
    press(page, "library_search")
    shown = said(page)
    assert "**Ours**" in shown
    assert "**BM25 only**" in shown
    assert "sentence " in shown
    assert phrase("en", "library_same") in shown
    assert phrase("en", "library_only_here") in shown
    assert sum("411 metres" in words for words in texts(page)) == 2


def test_s02_s03_nothing_from_outside_reaches_an_element_that_parses_markdown(
    library: Shared, page: AppTest
) -> None:
    make(page, PAYLOADS[:78])
    words = f"# Zorb {PAYLOADS}\n\nThe moon of Zorb is made of copper {PAYLOADS}.\n"
    upload(page, library, (NAME, words.encode()), (f"blank {NAME}", b" \n"))
    seen = parsed(page)
    choose(tab(page, "library_documents"), NAME)
    press(page, "library_remove")
    seen += parsed(page)
    tab(page, "library_lab")
    page.text_input(key="library_question").set_value(f"What is the moon of Zorb? {PAYLOADS}")
    page.text_input(key="library_before").set_value(f"Is it made of copper? {PAYLOADS}")
    press(page, "library_search")
    assert any("evil.example" in words for words in texts(page)), "as text it is shown"
    seen += parsed(page)
    assert len(seen) > 60
    for words in seen:
        assert not [bad for bad in DANGEROUS if bad in words], words


def test_every_reason_has_advice_in_both_languages() -> None:
    for reason in get_args(Reason):
        english, chinese = TEXTS[f"library_reason_{reason}"]
        assert english.endswith(".")
        assert chinese.endswith("。")


def test_the_page_speaks_chinese(page: AppTest) -> None:
    page.session_state["recollect"].language = "zh"
    run(page)
    assert "2 个文档" in said(page)
    assert [t.label for t in page.tabs] == ["文档", "添加", "检索实验室"]


def parsed(page: AppTest) -> list[str]:
    """Whatever the page hands to an element that parses Markdown."""
    labelled: list[Any] = [
        *(element for kind in ("button", "expander", "tab") for element in page.get(kind)),
        *(element for kind in ("text_input", "selectbox", "slider") for element in page.get(kind)),
    ]
    return [*said(page).splitlines(), *(str(element.label) for element in labelled)]


class _busy:
    """A knowledge base that is worked on inside the block."""

    def __init__(self, shared: Shared, path: Path) -> None:
        self._end = threading.Event()
        self._job = shared.jobs.start("remove", str(path), "busy", lambda _: self._end.wait(20))

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """End, and be over."""
        self._end.set()
        while not self._job.over:
            time.sleep(0.01)
