"""While dropped files are read, the page shows how far that is."""

from __future__ import annotations

import threading

import pytest
from streamlit.testing.v1 import AppTest

from rag import Job
from rag.jobs import Jobs


@pytest.mark.parametrize(("language", "told"), [("en", "Reading 2 of 5"), ("zh", "正在读取 2 / 5")])
def test_a_bar_shows_how_many_files_are_read(language: str, told: str) -> None:
    enough = threading.Event()

    def work(job: Job) -> None:
        job.tell(2, 5)
        enough.wait(60)

    def page(language: str, job: object) -> None:
        from ui.components.uploads import _watch

        _watch(language, job)  # type: ignore[arg-type]

    job = Jobs().start("ingest", "a", "**two** files", work)
    threading.Timer(2.0, enough.set).start()
    drawn = AppTest.from_function(page, args=(language, job), default_timeout=60).run()
    assert not drawn.exception
    (bar,) = drawn.get("progress")
    assert (bar.proto.value, bar.proto.text) == (40, told)  # type: ignore[attr-defined]
    assert drawn.text[0].value == "**two** files"
    assert job.state == "done"
