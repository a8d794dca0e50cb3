"""A real Chromium in front of a real `rag ui`: both started here, watched, ended by their id."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Route

__all__ = ["ROOT", "SAMPLES", "SLOW", "Served", "Window", "open_chromium", "serve_page"]

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_docs"
SLOW = 120_000
"""Milliseconds that a busy machine may take for one step; a quiet one takes a second."""

_NEEDED = (
    "needs playwright and a Chromium: pip install playwright; apt-get install chromium "
    "fonts-noto-cjk, or `make test` as root"
)
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
_HOME = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
_LOOKS_FOR_ITS_ROOT = re.compile(r"/(library|memory|models)/_stcore/(health|host-config)$")
"""Where Streamlit's own script asks first when a page is opened by its address."""
_WATCHDOG = """
window.created = [];
new MutationObserver(changes => {
  for (const change of changes)
    for (const node of change.type === 'childList' ? change.addedNodes : [change.target])
      for (const one of node.querySelectorAll ? [node, ...node.querySelectorAll('*')] : [])
        for (const {name, value} of one.attributes)
          if (/^on|^(src|srcset|href|xlink:href|action|formaction|data|poster|style)$/i.test(name)
              && /evil\\.example|pwned|javascript:/i.test(value))
            window.created.push(`<${one.tagName} ${name}=${value}>`);
}).observe(document, {subtree: true, childList: true, attributes: true});
"""
"""Remembers every element, however short its life, that a hostile text could have brought about."""


@dataclass(frozen=True, slots=True)
class Served:
    """A page that is being served.

    Attributes:
        pid: of the server itself, which runs Streamlit.
        url: where it is.
        kb: folder of its knowledge base.
        seconds: from the start of the command until it answered.
    """

    pid: int
    url: str
    kb: Path
    seconds: float

    @property
    def resident_mb(self) -> int:
        """Megabytes of memory that the server holds, without its children."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) // 1000  # type: ignore[index]

    @property
    def children(self) -> list[str]:
        """Command lines of the server's own child processes."""
        return [Path(f"/proc/{pid}/cmdline").read_text() for pid in _children(self.pid)]

    def has_mapped(self, words: str) -> bool:
        """Whether the server has a library or file of such a name in its memory."""
        return words in Path(f"/proc/{self.pid}/maps").read_text()


@contextmanager
def serve_page(folder: Path, *, model: str, kb: Path | None = None) -> Iterator[Served]:
    """Start `rag ui` on a free port of 127.0.0.1 with folders of its own.

    Args:
        folder: an empty one, for everything that it keeps.
        model: name of the language model.
        kb: its knowledge base, made if it is not there; None makes one in the folder.
    """
    kb = kb or folder / "kb"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    own = {name: str(folder / name.lower()) for name in _HOME}
    for place in own.values():
        Path(place).mkdir(parents=True)
    words = ["ui", "--kb", str(kb), "--port", str(port), "--model", model]
    env = {**os.environ, **own, "PYTHONPATH": str(ROOT), "OPENAI_API_KEY": "none"}
    log = folder / "server.log"
    began = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "rag", *words],
            cwd=ROOT,
            env=env,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(process, url, log)
        server = _children(process.pid)[0]
        yield Served(server, url, kb, time.monotonic() - began)
        told = log.read_text("utf-8", "replace")
        assert "Traceback" not in told, told
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)


def _wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text("utf-8", "replace")
        try:
            with urlopen(f"{url}/_stcore/health", timeout=5) as reply:  # noqa: S310
                if reply.read() == b"ok":
                    return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise AssertionError(log.read_text("utf-8", "replace"))


def _children(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """The machine's own Chromium; without one tests are skipped, or fail if it is required."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None or importlib.util.find_spec("playwright") is None:
        if os.environ.get("RECOLLECT_REQUIRES_BROWSER"):
            pytest.fail(_NEEDED)
        pytest.skip(_NEEDED)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Window:
    """One visitor with cookies of its own, and a watch over all that the page does.

    Args:
        browser: opens it.
        served: the page.
        locale: language of the browser.
        size: width and height in pixels.
        colours: "light" or "dark".
        cookies: of another window, to be the same visitor.

    Attributes:
        page: see Playwright.
        trouble: what must not happen: requests to other hosts, dialogs, errors in the console.
    """

    def __init__(
        self,
        browser: Browser,
        served: Served,
        *,
        locale: str = "en-GB",
        size: tuple[int, int] = (1280, 900),
        colours: Any = "light",
        cookies: Sequence[Any] = (),
    ) -> None:
        self.served, self.trouble = served, list[str]()
        self.context = browser.new_context(
            locale=locale,
            viewport={"width": size[0], "height": size[1]},
            color_scheme=colours,
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(SLOW)
        self.context.add_cookies(cookies)
        self.context.add_init_script(_WATCHDOG)
        self.context.expose_function("pwned", lambda *what: self.trouble.append(f"ran {what}"))
        self.context.route("**/*", self._only_ours)
        self.page = self.context.new_page()
        self.page.on("dialog", self._dialog)
        self.page.on("pageerror", lambda error: self.trouble.append(f"page error: {error}"))
        self.page.on("console", self._console)
        self.page.on("websocket", self._socket)
        self.page.on("popup", lambda popup: self.trouble.append(f"a window opened: {popup.url}"))

    def _only_ours(self, route: Route) -> None:
        url = route.request.url
        if url.startswith((self.served.url + "/", "data:", "blob:")):
            route.continue_()
        else:
            self.trouble.append(f"asked for {url}")
            route.abort()

    def _dialog(self, dialog: Any) -> None:
        self.trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: Any) -> None:
        where = message.location["url"]
        if message.type == "error" and not _LOOKS_FOR_ITS_ROOT.search(where):
            self.trouble.append(f"console: {message.text} ({where})")

    def _socket(self, socket: Any) -> None:
        if not socket.url.startswith(self.served.url.replace("http", "ws") + "/"):
            self.trouble.append(f"socket to {socket.url}")

    def close(self) -> list[str]:
        """Close it; what went wrong in it, [] for nothing."""
        if not self.page.is_closed():
            self.trouble += self.page.evaluate("window.created || []")
        self.context.close()
        return self.trouble

    def open(self, path: str = "/") -> Window:
        """Go to the page, and wait until it is drawn."""
        self.page.goto(self.served.url + path)
        self.key("language").wait_for(state="attached")  # what is drawn last of all
        return self.idle()

    def idle(self) -> Window:
        """Wait until the script behind the page has come to its end."""
        self.page.wait_for_selector(
            '[data-testid="stApp"][data-test-script-state="notRunning"]'
            '[data-test-connection-state="CONNECTED"]'
        )
        return self

    def key(self, name: str, more: str = "") -> Locator:
        """What the page calls by this key; by its beginning where it ends with "-" or "_"."""
        found = f'[class*="st-key-{name}"]' if name.endswith(("-", "_")) else f".st-key-{name}"
        return self.page.locator(f"{found} {more}".strip())

    def press(self, name: str, *, at_once: bool = False) -> None:
        """Press the first visible button of this key; one with a hint is there twice.

        A page that is being drawn moves under the hand, so that is waited for, unless `at_once`.
        """
        if not at_once:
            self.idle()
        self.key(name, "button:visible:not([disabled])").first.click()

    @property
    def messages(self) -> Locator:
        """The bubbles of the conversation."""
        return self.page.locator('[data-testid="stChatMessage"]')

    @property
    def titles(self) -> list[str]:
        """Of the conversations in the sidebar."""
        return [
            row.strip() for row in self.key("row-", '[data-testid="stButton"] p').all_inner_texts()
        ]

    def type_question(self, question: str) -> None:
        """Type into the field and press Enter, once the page stands still."""
        self.idle()
        field = self.page.locator('[data-testid="stChatInput"] textarea')
        field.fill(question)
        field.press("Enter")

    def ask(self, question: str) -> str:
        """Ask, wait for the recorded answer, and return the words of its bubble."""
        before = self.key("actions-").count()
        self.type_question(question)
        self.key("actions-").nth(before).wait_for()
        self.key("running").wait_for(state="detached")
        self.idle()
        return self.messages.last.inner_text()

    def drop(self, *files: Path | dict[str, Any]) -> None:
        """Drop files on the field for questions, once the page stands still, and send them.

        A press is lost if the field is drawn anew under it; the button sleeps once they are sent.
        """
        self.idle()
        field = self.page.locator('[data-testid="stChatInput"]')
        field.locator('input[type="file"]').set_input_files(files)
        send = field.locator('[data-testid="stChatInputSubmitButton"]:not([disabled])')
        send.wait_for()
        while send.count():
            send.click()
            self.page.wait_for_timeout(2_000)
