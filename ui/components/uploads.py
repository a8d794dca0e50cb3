"""The files that were dropped on the conversation: their reading, then what became of each."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from rag import IngestReport, Job

from ..errors import shown_error
from ..opened import Opened
from ..shared import Shared
from ..state import PageState
from ..texts import UiLanguage, phrase

__all__ = ["being_read", "show_uploads"]

GLANCE = 0.3
"""Seconds between two looks at it."""
_STATES: dict[str, Literal["green", "gray", "orange"]] = {
    "added": "green",
    "updated": "green",
    "unchanged": "gray",
    "skipped": "orange",
}


def being_read(shared: Shared, state: PageState) -> frozenset[str]:
    """The jobs of this conversation that are not over at this moment, by their id."""
    return frozenset(job.id for job in _jobs(shared, state) if not job.over)


def show_uploads(shared: Shared, state: PageState, opened: Opened, reading: frozenset[str]) -> None:
    """Draw the jobs that this conversation began; the page goes on when they are over.

    Args:
        shared: of all browsers.
        state: of this one.
        opened: what the conversation is asked with.
        reading: jobs that were not over when this run looked; the page is drawn anew after them.
    """
    for job in _jobs(shared, state):
        with st.chat_message("assistant", avatar=":material/upload_file:"):
            if job.id in reading:
                _watch(state.language, job)
                st.rerun()
            _report(state.language, opened, job)


def _jobs(shared: Shared, state: PageState) -> list[Job]:
    return [job for job in shared.jobs.list("ingest") if job.id in state.uploads]


def _watch(language: UiLanguage, job: Job) -> None:
    st.text(job.title)
    bar = st.empty()
    st.button(phrase(language, "stop"), key=f"stop-{job.id}", on_click=job.stop)
    while not job.wait(GLANCE):
        share = job.done / job.total if job.total else 0.0
        key = "chat_waiting_files" if job.state == "waiting" else "chat_reading_files"
        bar.progress(min(share, 1.0), phrase(language, key, done=job.done, total=job.total))


def _report(language: UiLanguage, opened: Opened, job: Job) -> None:
    if job.error:
        shown_error(phrase(language, "failed"), job.error)
    if not isinstance(job.result, IngestReport):
        return
    assistant = opened.assistant
    for outcome in job.result.outcomes:
        name = assistant.document_name(outcome.source)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(phrase(language, outcome.status), color=_STATES.get(outcome.status, "gray"))
            st.text(name)
        if outcome.message:
            st.text(assistant.plain_message(outcome))
