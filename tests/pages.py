"""The pages in Streamlit's own test runner: opened, pressed, read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

import ui
from ui.options import read_options
from ui.shared import Shared, open_shared
from ui.state import PageState

__all__ = [
    "Start",
    "ask",
    "choose",
    "one_page",
    "open_app",
    "press",
    "run",
    "shared_now",
    "state_of",
    "texts",
]

Start = Callable[..., AppTest]


def open_app(**address: str) -> AppTest:
    """A browser that opens the whole page, as `sys.argv` says, at this address."""
    page = AppTest.from_file(str(Path(ui.__file__).with_name("app.py")), default_timeout=60)
    page.query_params.update(address)
    return run(page)


def one_page(name: str) -> AppTest:
    """A browser that will open one page alone, as `app.py` would."""
    page = AppTest.from_function(_one_page, default_timeout=60)
    page.session_state["page_name"] = name
    return page


def _one_page() -> None:
    import importlib
    import sys

    import streamlit as st

    from ui.options import read_options
    from ui.shared import open_shared
    from ui.state import first_choices, page_state
    from ui.visitor import visitor

    options, name = read_options(sys.argv[1:]), st.session_state["page_name"]
    state = page_state(visitor(), first_choices(options))
    page = importlib.import_module(f"ui.{name}")
    getattr(page, name)(open_shared(options), state)


def run(page: AppTest) -> AppTest:
    """Draw it; nothing is raised."""
    page.run()
    assert not page.exception
    return page


def press(page: AppTest, key: str) -> AppTest:
    """Press a button."""
    page.button(key=key).click()
    return run(page)


def ask(page: AppTest, question: str) -> AppTest:
    """Ask in the open conversation."""
    page.chat_input(key="question").set_value(question)
    return run(page)


def choose(page: AppTest, what: str, value: str) -> AppTest:
    """Open the switch of the conversation, and choose another "kb", "memory", "model"…"""
    page.session_state["choices"] = True
    run(page).selectbox(key=f"choose-{what}").set_value(value)
    return run(page)


def texts(page: AppTest) -> list[str]:
    """What stands there as plain text."""
    return [element.value for element in page.text]


def state_of(page: AppTest) -> PageState:
    """What this browser session holds."""
    state = page.session_state["recollect"]
    assert isinstance(state, PageState)
    return state


def shared_now() -> Shared:
    """What the browsers share of the page that `sys.argv` says."""
    return open_shared(read_options(sys.argv[1:]))
