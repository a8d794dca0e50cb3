"""Whatever a file or a parser does, the parent gets a document or a ParseError and goes on."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import ingest.parsers.process as process_module
from ingest.errors import ParseError
from ingest.parsers import ParseLimits, ParserProcess, parse

GOOD = ("# 标题\n\nwords\n".encode(), "good.md")


@pytest.fixture
def child() -> Iterator[ParserProcess]:
    with ParserProcess() as running:
        yield running


def with_parser(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """Run a real child that does `source` first, but for names that begin with "good"."""
    program = f"""
import ctypes, os, sys, time
from ingest.errors import ParseError
original = child.parse
def strange(data, name):
    if not name.startswith("good"):
        {source}
    return original(data, name)
child.parse = strange
child.main()
"""
    boot = process_module._BOOT.removesuffix("child.main()\n")
    monkeypatch.setattr(process_module, "_BOOT", boot + program)


def refused(running: ParserProcess, data: bytes = b"x", name: str = "bad.txt") -> ParseError:
    with pytest.raises(ParseError) as caught:
        running.parse(data, name)
    assert name in str(caught.value)
    assert running.parse(*GOOD) == parse(*GOOD)
    return caught.value


def test_a_child_gives_what_the_parser_gives_in_this_process(child: ParserProcess) -> None:
    for data, name in (GOOD, (b"a,b\n", "x.csv"), ("你好".encode("gb18030"), "x\udcff.txt")):
        assert child.parse(data, name) == parse(data, name)


def test_one_child_serves_many_files(child: ParserProcess) -> None:
    child.parse(*GOOD)
    pid = repr(child)
    start = time.monotonic()
    for _ in range(50):
        child.parse(*GOOD)
    assert repr(child) == pid
    assert time.monotonic() - start < 5


def test_a_child_is_replaced_after_its_share_of_files(
    child: ParserProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_module, "_FILES_PER_CHILD", 2)
    pids = []
    for _ in range(4):
        child.parse(*GOOD)
        pids.append(repr(child))
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_leaving_the_context_ends_the_child() -> None:
    with ParserProcess() as running:
        running.parse(*GOOD)
        assert running._child is not None
        pid = running._child.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    running.close()


@pytest.mark.parametrize(
    ("source", "reason", "named"),
    [
        ("os.kill(os.getpid(), 11)", "damaged", "SIGSEGV"),
        ("ctypes.string_at(0)", "damaged", "SIG"),
        ("os._exit(3)", "damaged", "exit status 3"),
        ("os.kill(os.getpid(), 9)", "too_expensive", ""),
        ("raise ZeroDivisionError", "damaged", "ZeroDivisionError"),
        ("raise KeyboardInterrupt", "damaged", "KeyboardInterrupt"),
        ("strange(data, name)", "damaged", "RecursionError"),
        ("bytearray(2 << 30)", "too_expensive", "memory"),
        ("os.write(3, b'x') and [os.write(n, bytes(8)) for n in range(3, 9)]", "damaged", ""),
    ],
)
def test_i06_a_parser_that_fails_in_any_way_is_one_refused_file(
    monkeypatch: pytest.MonkeyPatch, source: str, reason: str, named: str
) -> None:
    with_parser(monkeypatch, source)
    with ParserProcess(ParseLimits(wall_seconds=20)) as running:
        assert running.parse(*GOOD) == parse(*GOOD)
        error = refused(running)
        assert error.reason == reason
        assert named in str(error)


def test_i06_a_parser_that_works_forever_is_stopped_by_its_cpu_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_parser(monkeypatch, "sum(iter(int, 1))")
    with ParserProcess(ParseLimits(cpu_seconds=0.2, wall_seconds=30)) as running:
        error = refused(running)
        assert error.reason == "too_expensive"
        assert "seconds of work" in str(error)


def test_i06_a_parser_that_sleeps_forever_is_stopped_by_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_parser(monkeypatch, "time.sleep(60)")
    with ParserProcess(ParseLimits(wall_seconds=1.5)) as running:
        assert refused(running).reason == "too_expensive"


def test_what_a_library_prints_does_not_get_into_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_parser(
        monkeypatch, "print('noise', flush=True); os.write(1, b'x' * 100); sys.stdin.read()"
    )
    with ParserProcess(ParseLimits(wall_seconds=20)) as running:
        assert running.parse(b"x", "a.txt").pages[0].text == "x"


def test_a_child_killed_between_two_files_is_not_blamed_on_the_second(
    child: ParserProcess,
) -> None:
    child.parse(*GOOD)
    assert child._child is not None
    os.kill(child._child.pid, signal.SIGKILL)
    child._child.wait()
    assert child.parse(*GOOD) == parse(*GOOD)


def test_a_child_killed_while_it_reads_a_large_file_is_one_refused_file() -> None:
    with ParserProcess() as running:
        running.parse(*GOOD)
        assert running._child is not None
        pid = running._child.pid
        os.kill(pid, signal.SIGSTOP)
        timer = threading.Timer(0.5, os.kill, (pid, signal.SIGTERM))
        timer.start()
        waker = threading.Timer(0.6, os.kill, (pid, signal.SIGCONT))
        waker.start()
        assert refused(running, b"x" * 20_000_000).reason == "damaged"
        timer.join()
        waker.join()


def test_i13_a_file_over_the_limit_never_reaches_the_child() -> None:
    with ParserProcess(ParseLimits(file_bytes=100)) as running:
        assert refused(running, b"x" * 101).reason == "too_large"


def test_i13_an_answer_over_the_limit_is_refused() -> None:
    with ParserProcess(ParseLimits(text_bytes=10_000)) as running:
        assert refused(running, b"x" * 20_000).reason == "too_large"


def flate_bomb(size: int) -> bytes:
    """A PDF of one page whose content stream inflates to `size` zeros."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R"
        b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Courier>>>>>>>>endobj\n"
        b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n"
        b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%%%EOF" % (len(packed), packed)
    )


def test_i06_a_flate_bomb_costs_the_parent_nothing(child: ParserProcess) -> None:
    bomb = flate_bomb(300 << 20)
    child.parse(*GOOD)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refused(child, bomb, "bomb.pdf").reason == "too_expensive"
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 50 << 10


def test_i06_memory_beyond_the_limit_is_one_refused_file() -> None:
    with ParserProcess(ParseLimits(memory_bytes=24 << 20)) as running:
        error = refused(running, b"words and words\n" * 600_000)
        assert error.reason == "too_expensive"


def test_i09_a_child_opens_no_connection_and_no_file_a_document_names(
    child: ParserProcess,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        html = (
            f'<!DOCTYPE html [<!ENTITY x SYSTEM "{url}">]><base href="{url}"><img src="{url}">'
            f'<link rel=stylesheet href="{url}"><iframe src="{url}"></iframe><p>text &x;'
        )
        assert child.parse(html.encode(), "a.html").pages[0].text.endswith("text &x;")
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_child_does_not_import_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json.py", "ingest.py", "pypdf.py", "sitecustomize.py"):
        (tmp_path / name).write_text(f"open({str(tmp_path / 'canary')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    with ParserProcess() as running:
        assert running.parse(*GOOD) == parse(*GOOD)
    assert not (tmp_path / "canary").exists()


def test_a_child_does_not_see_the_secrets_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with_parser(monkeypatch, "raise ParseError('empty', name + repr(dict(os.environ)))")
    with ParserProcess() as running:
        error = refused(running)
    assert error.reason == "empty"
    assert "PATH" in str(error)
    assert "secret" not in str(error)


def test_importing_the_parsers_imports_no_parser_library() -> None:
    import subprocess

    code = "import sys, ingest.parsers; assert not {'pypdf', 'lxml', 'docx'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)
