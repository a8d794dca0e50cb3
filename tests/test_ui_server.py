"""`rag ui` as a user starts it: a real server, on this machine only, that leaves when told."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def get(url: str, **headers: str) -> tuple[int, str]:
    if not url.startswith("http://127.0.0.1:"):
        raise ValueError(url)
    try:
        with urlopen(Request(url, headers=headers), timeout=5) as reply:  # noqa: S310
            return reply.status, reply.read().decode()
    except HTTPError as error:
        return error.code, ""


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "memory").mkdir()
    (folder / "memory" / "__init__.py").write_text("raise SystemExit('a stranger was imported')")
    port = free_port()
    root = str(Path(__file__).resolve().parent.parent)
    command = f"import sys; sys.path.insert(0, {root!r}); from rag.cli import main; main()"
    process = subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-c",
            command,
            "ui",
            "--kb",
            "kb",
            "--port",
            str(port),
            "--model",
            "none",
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until_healthy(process, port)
        yield process, port
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def wait_until_healthy(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended at once"
        try:
            if get(f"http://127.0.0.1:{port}/_stcore/health") == (200, "ok"):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError("the server did not become healthy")


def listeners(port: int) -> set[str]:
    """Addresses, in the kernel's hexadecimal, on which somebody listens at this port."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            address, _, number = fields[1].partition(":")
            if int(number, 16) == port and fields[3] == "0A":
                found.add(address)
    return found


def test_s12_the_page_is_served_to_this_machine_only(
    server: tuple[subprocess.Popen[bytes], int],
) -> None:
    _, port = server
    assert listeners(port) == {"0100007F"}


def test_s11_the_page_tells_the_browser_to_send_no_statistics(
    server: tuple[subprocess.Popen[bytes], int],
) -> None:
    status, page = get(f"http://127.0.0.1:{server[1]}/")
    assert status == 200
    assert "<title>" in page
    line = command_line(server[0].pid)
    assert re.search(r"--browser\.gatherUsageStats\0false", line)


def test_s12_a_foreign_page_may_not_open_the_socket(
    server: tuple[subprocess.Popen[bytes], int],
) -> None:
    for origin, expected in (("http://evil.example", b" 403 "), ("", b" 101 ")):
        own = f"http://127.0.0.1:{server[1]}"
        lines = [
            "GET /_stcore/stream HTTP/1.1",
            f"Host: 127.0.0.1:{server[1]}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
            f"Origin: {origin or own}",
        ]
        with socket.create_connection(("127.0.0.1", server[1]), timeout=10) as wire:
            wire.sendall("\r\n".join([*lines, "", ""]).encode())
            assert expected in wire.recv(64)


def children(pid: int) -> list[int]:
    return [
        int(child)
        for tasks in Path(f"/proc/{pid}/task").iterdir()
        for child in (tasks / "children").read_text().split()
    ]


def command_line(pid: int) -> str:
    return "".join(Path(f"/proc/{child}/cmdline").read_text() for child in children(pid))


def test_d04_the_server_ends_with_its_command_and_leaves_nobody_behind(
    server: tuple[subprocess.Popen[bytes], int],
) -> None:
    process, port = server
    below = children(process.pid)
    assert below
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 130
    deadline = time.monotonic() + 10
    while listeners(port) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not listeners(port)
    while any(map(alive, below)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in below if alive(pid)]


def alive(pid: int) -> bool:
    """Whether it runs; one that is dead and only waits to be counted does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
