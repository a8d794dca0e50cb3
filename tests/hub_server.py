"""A hub on this machine: answers HEAD and GET of `/{repo}/resolve/{revision}/{file}` as it does."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Asked", "Hub", "serve_hub"]

COMMIT = "c" * 40


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    range: str
    authorization: str


@dataclass
class Hub:
    """What the server holds, what it was asked, and how it shall misbehave.

    Attributes:
        files: bytes by "repository/file".
        cuts: bytes after which each GET to come is cut off, one per GET; then whole again.
        errors: HTTP status of each request to come instead of an answer; 0 answers.
        etag: what it says instead of the SHA-256.
        says_error_code: whether a 404 tells by header what is missing, as the real hub does.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    etag: str = ""
    says_error_code: bool = True
    ignores_ranges: bool = False
    asked: list[Asked] = field(default_factory=list)
    address: str = ""

    def gets(self) -> list[Asked]:
        """The requests for bytes."""
        return [one for one in self.asked if one.method == "GET"]


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

        def answer(self, *, with_body: bool) -> None:
            wanted = self.headers.get("Range", "")
            hub.asked.append(
                Asked(self.command, self.path, wanted, self.headers.get("Authorization", ""))
            )
            status = hub.errors.pop(0) if hub.errors else 0
            place = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/([^?]+).*", self.path)
            data = hub.files.get(f"{place[1]}/{place[3]}") if place else None
            if status or data is None:
                self.refuse(status or 404)
                return
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted else 0  # type: ignore[index]
            if hub.ignores_ranges:
                start = 0
            self.send_response(206 if start else 200)
            self.send_header("ETag", f'"{hub.etag or hashlib.sha256(data).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Accept-Ranges", "bytes")
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            if not with_body:
                return
            if hub.cuts:
                self.wfile.write(data[start : start + hub.cuts.pop(0)])
                self.wfile.flush()
                self.close_connection = True
                self.connection.shutdown(2)
                return
            self.wfile.write(data[start:])

        def refuse(self, status: int) -> None:
            self.send_response(status)
            if status == 404 and hub.says_error_code:
                self.send_header("X-Error-Code", "EntryNotFound")
                self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Handler


@contextmanager
def serve_hub() -> Iterator[Hub]:
    """A hub without files, until the block ends."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
