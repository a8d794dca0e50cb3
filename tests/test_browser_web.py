"""A page of the internet in a real browser: read by its address, quoted, and opened from a source.

The pictures go to the folder that RECOLLECT_SCREENS names, else to one of the test's own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag import Assistant

from .browser import Served, Window, serve_page
from .web_server import Page, WebServer, web_server

pytestmark = pytest.mark.browser

GLOW = b"""<html><head><title>The Glow bridge</title></head><body><h1>The Glow bridge</h1>
<p>The Glow bridge was opened in 1934 by Maria Stein. It is 411 metres long.</p></body></html>"""
PATH = "/the_Glow_bridge"
Open = Callable[..., Window]


@pytest.fixture(scope="module")
def web() -> Iterator[WebServer]:
    with pytest.MonkeyPatch.context() as patch, web_server() as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            patch.delenv(name, raising=False)
        server.pages[PATH] = Page(GLOW)
        yield server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, web: WebServer) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("web")
    (folder / "kelm.md").write_text("The lighthouse of Kelm is 38 metres tall.\n", "utf-8")
    with Assistant.open(folder / "kb", model="none") as assistant:
        assistant.ingest(folder / "kelm.md")
    with serve_page(folder, model="none") as page:
        yield page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    wanted = Path(os.environ.get("RECOLLECT_SCREENS") or tmp_path)
    wanted.mkdir(parents=True, exist_ok=True)
    return wanted


def test_a_page_is_read_by_its_address_and_its_source_leads_back_to_it(
    window: Open, web: WebServer, folder: Path
) -> None:
    visitor, address = window(), web.address + PATH
    visitor.open("/library")
    visitor.page.get_by_role("tab", name="Add").click()
    field = visitor.key("library_path_", "input")
    field.fill(address)
    visitor.page.screenshot(path=folder / "web-library.png", animations="disabled")
    field.press("Enter")
    visitor.page.get_by_text("1 added").wait_for()
    visitor.open()
    assert "Maria Stein" in visitor.ask("Who opened the Glow bridge?")
    source = visitor.key("sources-", "button").first
    assert f"127.0.0.1：{web.port} › the Glow bridge · p. 1" in source.inner_text()
    source.click()
    link = visitor.page.get_by_role("dialog").get_by_role("link")
    link.wait_for()
    visitor.idle()
    visitor.page.screenshot(path=folder / "web-source.png", animations="disabled")
    assert [link.get_attribute(name) for name in ("href", "target", "rel")] == [
        address,
        "_blank",
        "noreferrer",
    ]
    assert "Maria Stein" in visitor.key("source-quote").inner_text()


def test_the_internet_is_chosen_and_the_closed_switch_says_so(window: Open, folder: Path) -> None:
    visitor = window(size=(390, 800))
    visitor.open()
    visitor.press("choices")
    field = visitor.key("choose-web")
    field.get_by_role("combobox").click()
    visitor.page.get_by_role("option", name="Wikipedia").click()
    visitor.page.get_by_text("the question is sent there").first.wait_for()
    visitor.idle()
    visitor.page.screenshot(path=folder / "web-choice-phone.png", animations="disabled")
    visitor.page.keyboard.press("Escape")
    visitor.idle()
    assert "Wikipedia" in visitor.key("choices", "button").first.inner_text()
    visitor.page.screenshot(path=folder / "web-switch-phone.png", animations="disabled")
    out = visitor.page.evaluate(
        "[...document.querySelectorAll('.st-key-set-up, .st-key-set-up *')].filter("
        "e => e.getBoundingClientRect().right > innerWidth + 1).length"
    )
    assert out == 0
