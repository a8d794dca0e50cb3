"""Downloads, test runs and tunings on the page, as they go on and as they ended."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag import Job, Speed, gigabytes

from ..errors import shown_error
from ..shared import Shared
from ..state import PageState
from ..texts import phrase
from .fetching import LANE, PULL
from .measured import show_speed, show_tuning
from .trying import TEST, TUNE

__all__ = ["under_way"]

GLANCE = 0.5
"""Seconds between two looks, while something goes on."""


def under_way(
    shared: Shared, state: PageState, kinds: Sequence[str], name: str | None = None
) -> None:
    """Draw them, the latest first; also what another tab, or this one before a reload, has begun.

    Args:
        shared: of all browsers.
        state: of this one.
        kinds: of jobs.
        name: of one model; None takes all.
    """
    going = [job.id for job in _jobs(shared, kinds, name) if not job.over]

    def draw() -> None:
        jobs = _jobs(shared, kinds, name)
        for job in jobs:
            with st.container(key=f"models_job_{job.id}"):
                _job(shared, state, job)
        if any(job.over for job in jobs if job.id in going):
            st.rerun()  # the whole page: what came is listed elsewhere, too

    if _jobs(shared, kinds, name):
        st.fragment(draw, run_every=GLANCE if going else None)()


def _jobs(shared: Shared, kinds: Sequence[str], name: str | None) -> list[Job]:
    jobs = shared.jobs.list(lane=LANE)[::-1]
    return [job for job in jobs if job.kind in kinds and name in (None, job.title)]


def _job(shared: Shared, state: PageState, job: Job) -> None:
    language = state.language
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{phrase(language, f'models_job_{job.kind}')}**", width="content")
        if job.kind != PULL:
            st.text(job.title)
        if job.over:
            pressed = st.button(
                phrase(language, "dismiss"),
                key=f"models_dismiss_{job.id}",
                icon=":material/close:",
                type="tertiary",
            )
            if pressed:
                shared.jobs.dismiss(job)
                st.rerun()
        else:
            st.button(
                phrase(language, "stop"),
                key=f"models_stop_{job.id}",
                icon=":material/stop_circle:",
                type="tertiary",
                on_click=job.stop,
            )
    if job.over:
        _ended(state, job)
    else:
        _going(state, job)


def _going(state: PageState, job: Job) -> None:
    language = state.language
    if job.state == "waiting":
        st.caption(phrase(language, "models_job_waiting"))
        return
    if job.kind == PULL and job.total:
        done, total = gigabytes(job.done), gigabytes(job.total)
        key = "models_job_checking" if job.done >= job.total else "models_job_bytes"
        share = min(job.done / job.total, 1.0)
        st.progress(share, phrase(language, key, done=done, total=total))
        return
    keys = {PULL: "models_job_starting", TEST: "models_job_testing", TUNE: "models_job_trials"}
    st.caption(phrase(language, keys[job.kind], done=job.done))


def _ended(state: PageState, job: Job) -> None:
    language = state.language
    if job.state == "failed":
        shown_error(phrase(language, "models_job_failed"), job.error)
        if job.kind == PULL:
            st.caption(phrase(language, "models_job_failed_pull"))
    elif job.state == "stopped":
        key = "models_job_stopped" if job.kind == PULL else "models_job_stopped_test"
        st.caption(phrase(language, key))
    elif isinstance(job.result, Speed):
        show_speed(language, job.result, job.id)
    elif isinstance(job.result, list):
        show_tuning(language, job.result, job.id)
    else:
        st.caption(phrase(language, "models_job_pulled"))
