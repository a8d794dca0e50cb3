"""Whatever a PDF or the native code does, a picture or an error of ours comes out of it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

import ingest.pictures.painter as painter_module
from ingest import PagePainter, PagePicture, PictureError, PictureLimits

SAMPLES = Path(__file__).parents[1] / "sample_docs"


def text_pdf(lines: Sequence[tuple[float, float, str]], size: int = 12) -> bytes:
    """One A4 page with words at millimetres from its upper left corner, in this order."""
    document = FPDF()
    document.add_page()
    document.set_font("helvetica", size=size)
    for left, top, words in lines:
        document.text(left, top, words)
    return bytes(document.output())


PROSE = [
    (20, 30, "Nobody had seen the island before the storm of"),
    (20, 37, "that winter; the captain wrote of it in his log-"),
    (20, 44, "book, and the harbour master kept a second copy."),
]
PROSE_TEXT = (
    "Nobody had seen the island before the storm of that winter; the captain wrote of it in his "
    "logbook, and the harbour master kept a second copy."
)


def locked(data: bytes) -> bytes:
    """The same PDF behind a password."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(data)))
    writer.encrypt("secret", algorithm="RC4-128")
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def sized(width: float, height: float) -> bytes:
    document = FPDF(unit="pt", format=(width, height))
    document.add_page()
    return bytes(document.output())


def refused(painter: PagePainter, data: bytes, page: int = 1) -> PictureError:
    """The error of this file; the next one is drawn all the same."""
    with pytest.raises(PictureError) as caught:
        painter.draw(data, page, "x", [])
    assert painter.draw(text_pdf(PROSE), 1, PROSE_TEXT, [(0, 6)]).found == (True,)
    return caught.value


@pytest.fixture(scope="module")
def painter() -> Iterator[PagePainter]:
    with PagePainter() as running:
        yield running


@pytest.mark.parametrize(
    ("data", "page", "reason"),
    [
        (b"", 1, "damaged"),
        (b"%PDF-1.7\n" + b"rubbish " * 99, 1, "damaged"),
        (locked(text_pdf(PROSE)), 1, "encrypted"),
        (text_pdf(PROSE), 2, "no_page"),
        (text_pdf(PROSE), 10**30, "no_page"),
        (sized(10, 14_400), 1, "too_large"),
    ],
    ids=["empty", "rubbish", "password", "beyond", "far beyond", "strip"],
)
def test_a_file_that_cannot_be_drawn_says_why(
    painter: PagePainter, data: bytes, page: int, reason: str
) -> None:
    assert refused(painter, data, page).reason == reason


def test_a_giant_sheet_is_drawn_in_the_width_that_was_asked_for(painter: PagePainter) -> None:
    picture = painter.draw(sized(14_400, 14_400), 1, "x", [])
    assert (picture.width, picture.height) == (1000, 1000)


def test_a_pdf_over_the_size_limit_never_reaches_the_child() -> None:
    with PagePainter(PictureLimits(file_bytes=2000)) as small:
        with pytest.raises(PictureError) as caught:
            small.draw(bytes(2001), 1, "x", [])
        assert caught.value.reason == "too_large"
        assert "None" in repr(small)


def test_mutations_of_a_pdf_give_a_picture_or_an_error_of_ours(painter: PagePainter) -> None:
    chance = random.Random(7)
    good = text_pdf(PROSE)
    outcomes = set()
    for _ in range(60):
        data = bytearray(good)
        for _ in range(chance.randint(1, 30)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            outcomes.add(type(painter.draw(bytes(data), 1, PROSE_TEXT, [(0, 20)], width=200)))
        except PictureError as error:
            outcomes.add(type(error))
    assert outcomes == {PagePicture, PictureError}


def with_drawing(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """Run a real child that does `source` before it draws a PDF that begins with "bad"."""
    program = f"""
import ctypes, os, pathlib, time
original = child.draw
def strange(data, **request):
    if data.startswith(b"bad"):
        {source}
    return original(data, **request)
child.draw = strange
child.main()
"""
    boot = painter_module._BOOT.removesuffix("child.main()\n")
    assert boot != painter_module._BOOT
    monkeypatch.setattr(painter_module, "_BOOT", boot + program)


@pytest.mark.parametrize(
    ("source", "reason", "named"),
    [
        ("ctypes.string_at(0)", "damaged", "SIG"),
        ("os.abort()", "damaged", "SIGABRT"),
        ("os.kill(os.getpid(), 9)", "too_expensive", "memory"),
        ("raise ZeroDivisionError", "damaged", "exit status 1"),
        ("bytearray(2 << 30)", "too_expensive", "memory"),
        ("sum(iter(int, 1))", "too_expensive", "seconds of work"),
        ("time.sleep(60)", "too_expensive", "over 4 seconds"),
        ("return original(b'', **request)", "damaged", "opened"),
    ],
)
def test_whatever_happens_in_the_child_is_one_page_without_a_picture(
    monkeypatch: pytest.MonkeyPatch, source: str, reason: str, named: str
) -> None:
    with_drawing(monkeypatch, source)
    wall_seconds = 4 if "sleep" in source else 30
    with PagePainter(PictureLimits(cpu_seconds=0.3, wall_seconds=wall_seconds)) as running:
        running.draw(text_pdf(PROSE), 1, "x", [])
        error = refused(running, b"bad")
    assert error.reason == reason
    assert named in str(error)


def test_a_stopped_child_is_given_up_at_the_deadline() -> None:
    with PagePainter(PictureLimits(wall_seconds=4)) as running:
        running.draw(text_pdf(PROSE), 1, "x", [])
        assert running._child is not None
        os.kill(running._child.pid, signal.SIGSTOP)
        assert refused(running, text_pdf(PROSE)).reason == "too_expensive"


def test_a_child_killed_between_two_pictures_is_replaced() -> None:
    with PagePainter() as running:
        running.draw(text_pdf(PROSE), 1, "x", [])
        assert running._child is not None
        os.kill(running._child.pid, signal.SIGKILL)
        running._child.wait()
        running.draw(text_pdf(PROSE), 1, "x", [])


def test_one_child_draws_many_pictures_and_ends_when_none_are_wanted() -> None:
    with PagePainter(PictureLimits(idle_seconds=0.5)) as running:
        running.draw(text_pdf(PROSE), 1, "x", [])
        first = running._child
        running.draw(text_pdf(PROSE), 1, "x", [])
        assert first is not None
        assert running._child is first
        assert first.wait(10) == 0
        running.draw(text_pdf(PROSE), 1, "x", [])
        assert running._child is not first


def test_a_child_that_retires_just_when_it_is_asked_costs_nothing_but_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    flag = tmp_path / "retired"
    with_drawing(
        monkeypatch,
        f"flag = pathlib.Path({str(flag)!r}); flag.exists() or (flag.touch(), os._exit(0)); "
        "data = data[3:]",
    )
    with PagePainter() as running:
        assert running.draw(b"bad" + text_pdf(PROSE), 1, "x", []).pages == 1
    assert flag.exists()


def test_several_threads_get_each_their_own_page(painter: PagePainter) -> None:
    data = (SAMPLES / "backup-guide.pdf").read_bytes()
    alone = [painter.draw(data, page, "x", [], width=200).png for page in (1, 2, 3)]
    together: dict[int, bytes] = {}

    def draw(page: int) -> None:
        together[page] = painter.draw(data, page, "x", [], width=200).png

    threads = [threading.Thread(target=draw, args=(page,)) for page in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[page] for page in (1, 2, 3)] == alone


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_the_child_dies_with_its_parent(busy: bool) -> None:
    work = "threading.Thread(target=painter.draw, args=(b'bad', 1, 'x', []), daemon=True).start()"
    source = f"""
import sys, threading, time
import ingest.pictures.painter as module
module._BOOT = module._BOOT.removesuffix("child.main()\\n") + '''
import time
original = child.draw
child.draw = lambda data, **request: time.sleep(60) or original(data, **request)
child.main()
'''
painter = module.PagePainter(module.PictureLimits())
painter._started()
if {busy}:
    {work}
print(painter._child.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(0.7)
        assert alive(pid)
        parent.kill()
    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(pid)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_this_process_never_loads_the_native_code() -> None:
    code = (
        "import sys, ingest; ingest.page_picture; "
        "assert not {'pypdfium2', 'pypdfium2_raw', 'PIL'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
