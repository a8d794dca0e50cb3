"""A model behind an address of this machine: it says what a test wrote down, piece by piece."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["ScriptedServer", "serve_script"]


class ScriptedServer(ThreadingHTTPServer):
    """Speaks as much of the OpenAI protocol as a chat needs.

    Attributes:
        pieces: of each answer.
        first: pieces of the next answers, each used once, before those.
        pause: seconds after each piece.
        may_end: unset holds the last piece back until it is set.
        breaks_off: whether an answer ends without a word on why.
        asked: the messages of every request.
        limits: what every request says of the length of its answer.
        drawn: what every request says of how it is drawn and where it stops.
        hung_up: answers that nobody listened to till the end.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Speaker)
        self.pieces: Sequence[str] = ("Hello.",)
        self.first: list[Sequence[str]] = []
        self.pause = 0.0
        self.may_end = threading.Event()
        self.may_end.set()
        self.breaks_off = False
        self.asked: list[list[dict[str, str]]] = []
        self.limits: list[object] = []
        self.drawn: list[tuple[object, object]] = []
        self.hung_up = 0

    @property
    def model(self) -> str:
        """What `--model` takes."""
        return f"openai:scripted@http://127.0.0.1:{self.server_port}/v1"


class _Speaker(BaseHTTPRequestHandler):
    server: ScriptedServer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked["messages"])
        self.server.limits.append(asked.get("max_tokens"))
        self.server.drawn.append((asked.get("seed"), asked.get("stop")))
        pieces = self.server.first.pop(0) if self.server.first else self.server.pieces
        self.send_response(200)
        if not asked.get("stream"):
            message = {"role": "assistant", "content": "".join(pieces)}
            body = _chunk(message=message, finish_reason="stop").encode()
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            self._speak(pieces)
        except (BrokenPipeError, ConnectionResetError):
            self.server.hung_up += 1

    def _speak(self, pieces: Sequence[str]) -> None:
        *first, last = pieces
        for piece in first:
            self._send(_chunk(delta={"content": piece}, finish_reason=None))
            time.sleep(self.server.pause)
        while not self.server.may_end.wait(0.05):
            self._send(_chunk(delta={"content": ""}, finish_reason=None))
        self._send(_chunk(delta={"content": last}, finish_reason=None))
        if self.server.breaks_off:
            return
        self._send(_chunk(delta={}, finish_reason="stop"))
        self._send("[DONE]")

    def _send(self, data: str) -> None:
        self.wfile.write(f"data: {data}\n\n".encode())
        self.wfile.flush()


def _chunk(**choice: object) -> str:
    whole = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
    return json.dumps({**whole, "choices": [{"index": 0, **choice}]})


@contextmanager
def serve_script() -> Iterator[ScriptedServer]:
    """One that answers until the end of the block."""
    with ScriptedServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.may_end.set()
            server.shutdown()
            thread.join(10)
