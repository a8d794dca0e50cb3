"""A piece of the internet on this machine: pages, redirects, and two kinds of search servers."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

__all__ = ["Page", "WebServer", "web_server"]


@dataclass(frozen=True)
class Page:
    """What lies at a path.

    Attributes:
        body: its bytes.
        kind: the header Content-Type; "" sends none.
        status: of the answer.
        location: where it leads; "" for nowhere.
        declared: bytes that the header promises; None promises those that come.
        pause: seconds before every byte.
    """

    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    location: str = ""
    declared: int | None = None
    pause: float = 0.0


@dataclass
class WebServer:
    """The server.

    Attributes:
        pages: by path.
        results: addresses that a search finds, best first.
        asked: every request: path, query, headers.
    """

    pages: dict[str, Page] = field(default_factory=dict)
    results: list[str] = field(default_factory=list)
    asked: list[tuple[str, dict[str, list[str]], Mapping[str, str]]] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]


@contextmanager
def web_server(**pages: Page) -> Iterator[WebServer]:
    """Serve until the block ends; names of pages are their paths without the slash."""
    web = WebServer({f"/{name}": page for name, page in pages.items()})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            path, query = unquote(parts.path), parse_qs(parts.query)
            web.asked.append((path, query, dict(self.headers)))
            if path in web.pages:
                self._send(web.pages[path])
            elif path == "/search":
                self._send_json({"results": [{"url": a, "title": a} for a in web.results]})
            elif path == "/w/api.php":
                titles = [{"ns": 0, "title": a.rsplit("/", 1)[-1]} for a in web.results]
                self._send_json({"batchcomplete": True, "query": {"search": titles}})
            else:
                self._send(Page(b"nothing here", status=404))

        def _send_json(self, what: Any) -> None:
            self._send(Page(json.dumps(what).encode(), "application/json"))

        def _send(self, page: Page) -> None:
            self.send_response(page.status)
            if page.kind:
                self.send_header("Content-Type", page.kind)
            if page.location:
                self.send_header("Location", page.location)
            size = len(page.body) if page.declared is None else page.declared
            self.send_header("Content-Length", str(size))
            self.end_headers()
            try:
                if not page.pause:
                    self.wfile.write(page.body)
                for at in range(len(page.body) if page.pause else 0):
                    time.sleep(page.pause)
                    self.wfile.write(page.body[at : at + 1])
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # who asked has gone

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    web.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
