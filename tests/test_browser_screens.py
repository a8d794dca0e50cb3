"""Every page at two widths, in two languages, light and dark: drawn at once, nothing sticks out.

The pictures go to the folder that RECOLLECT_SCREENS names, else to one of the test's own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag import Assistant

from .browser import SAMPLES, Served, Window, serve_page

pytestmark = pytest.mark.browser

QUESTIONS = {"en-GB": "What does the 3-2-1 backup rule say?", "zh-CN": "什么是KV缓存？"}
SIZES = {"wide": (1280, 900), "phone": (390, 800)}
HEAVY = ("safetensors", "faiss", "onnxruntime", "torch", ".gguf")
PAGES = ("library", "memory", "models")
Open = Callable[..., Window]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("screens")
    with Assistant.open(folder / "kb", model="none") as assistant:
        assistant.ingest(SAMPLES)
    with serve_page(folder, model="smollm2-135m") as page:
        yield page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    wanted = Path(os.environ.get("RECOLLECT_SCREENS") or tmp_path)
    wanted.mkdir(parents=True, exist_ok=True)
    return wanted


def test_the_page_is_there_before_any_model_or_embedder_is_loaded(
    window: Open, served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    visitor = window()
    began = time.monotonic()
    visitor.page.goto(served.url)
    visitor.page.locator('[data-testid="stChatInput"] textarea').wait_for()
    first = time.monotonic() - began
    visitor.idle()
    assert not [child for child in served.children if "worker" in child], served.children
    loaded = [
        name
        for name in ("safetensors", "faiss", "onnxruntime", "torch", ".gguf")
        if served.has_mapped(name)
    ]
    assert loaded == []
    with capsys.disabled():
        print(  # noqa: T201
            f"\nserver ready after {served.seconds:.1f} s, first visitor's page after "
            f"{first:.1f} s, {served.resident_mb} MB",
        )
    visitor.ask(QUESTIONS["en-GB"])
    assert served.has_mapped("safetensors"), "what was looked for is not how it is loaded"
    assert [child for child in served.children if "worker" in child]


@pytest.mark.parametrize("locale", QUESTIONS)
def test_no_page_is_wider_than_the_window(window: Open, folder: Path, locale: str) -> None:
    visitor = window(locale=locale)

    def look(name: str) -> None:
        visitor.idle()
        for size, (width, height) in SIZES.items():
            visitor.page.set_viewport_size({"width": width, "height": height})
            visitor.page.wait_for_function("width => innerWidth === width", arg=width)
            for colours in ("dark", "light"):
                visitor.page.emulate_media(color_scheme=colours)
                visitor.page.wait_for_function(_IS_DARK, arg=colours == "dark")
                path = folder / f"{name}-{locale[:2]}-{colours}-{size}.png"
                visitor.page.screenshot(path=path, animations="disabled")
            wide, who = visitor.page.evaluate(_WIDEST)
            assert wide <= width, (name, size, who)
        visitor.page.set_viewport_size(dict(zip(("width", "height"), SIZES["wide"], strict=True)))

    visitor.open()
    look("chat-empty")
    visitor.ask(QUESTIONS[locale])
    look("chat")
    visitor.key("sources-", "button").first.click()
    visitor.key("source-picture", "img").last.wait_for()
    look("source")
    visitor.page.keyboard.press("Escape")
    visitor.page.get_by_role("dialog").wait_for(state="detached")
    visitor.key("seen-", "summary").first.click()
    visitor.page.locator('[data-testid="stDataFrame"] canvas').first.wait_for()
    look("seen")
    for name in PAGES:
        visitor.open(f"/{name}")
        if name == "library":
            visitor.page.locator('[data-testid="stDataFrame"] canvas').first.wait_for()
        look(name)


_IS_DARK = """wanted => {
    const app = document.querySelector('[data-testid="stApp"]');
    const light = getComputedStyle(app).backgroundColor.match(/[0-9.]+/g).slice(0, 3);
    return wanted === (light.reduce((sum, part) => sum + +part, 0) < 384);
}"""
_WIDEST = """() => {
    const app = document.querySelector('[data-testid="stAppViewContainer"]');
    const main = app.querySelector('[data-testid="stMain"]') || app;
    const wide = [document.scrollingElement, app, main].filter(e => e.scrollWidth > e.clientWidth);
    const out = [...app.querySelectorAll('*')].filter(
        e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('canvas, svg')
             && getComputedStyle(e).visibility !== 'hidden');
    const width = Math.max(0, ...wide.map(e => e.scrollWidth));
    return [width, out.slice(0, 3).map(e => e.outerHTML.slice(0, 200))];
}"""
"""Width of what scrolls sideways, 0 for nothing, and the elements that reach beyond the window."""
