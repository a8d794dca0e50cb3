"""The jobs on a knowledge base: how far each is while it runs, and what came of it afterwards."""

from __future__ import annotations

import streamlit as st

from rag import ExportedFile, IngestReport, Job, KnowledgeBase

from ..inert import inert_label
from ..links import link_to
from .outcome import draw_outcome, outcome_words
from .view import View
from .words import megabytes

__all__ = ["draw_work"]

_SECONDS = 0.7
"""How often the page looks, only while something runs."""


def draw_work(view: View, kb: KnowledgeBase | None) -> None:
    """Draw them, the latest first; they go on without the page, and are there after a reload."""
    jobs = _jobs(view, kb)
    if not jobs:
        return
    running = any(not job.over for job in jobs)
    over = frozenset(job.id for job in jobs if job.over)
    st.fragment(_draw, run_every=_SECONDS if running else None)(view, kb, over)


def _jobs(view: View, kb: KnowledgeBase | None) -> list[Job]:
    return [*view.library.imports(), *(view.library.jobs(kb) if kb is not None else [])]


def _draw(view: View, kb: KnowledgeBase | None, over: frozenset[str]) -> None:
    jobs = _jobs(view, kb)
    if any(job.over and job.id not in over for job in jobs):
        st.rerun()  # the documents have changed
    for job in reversed(jobs):
        with st.container(key=f"library-job-{job.id}", gap="small"):
            if job.over:
                _over(view, job)
            else:
                _running(view, job)


def _running(view: View, job: Job) -> None:
    key = "library_waiting" if job.state == "waiting" else f"library_running_{job.kind}"
    if job.stopping:
        key = "library_stopping"
    with st.container(horizontal=True, vertical_alignment="center", key=f"library-run-{job.id}"):
        st.markdown(f":material/hourglass_top: {view.say(key)}", width="stretch")
        st.button(
            view.say("stop"),
            key=f"library_stop_{job.id}",
            icon=":material/stop_circle:",
            type="tertiary",
            on_click=job.stop,
            disabled=job.stopping,
        )
    done, total = job.done, job.total
    st.progress(min(1.0, done / total) if total else 0.0)
    if job.kind == "ingest" and total:
        st.caption(view.say("library_files_done", done=done, total=total))
    elif total and job.kind in ("export", "import"):
        st.caption(view.say("library_bytes_done", done=megabytes(done), total=megabytes(total)))
    name = job.current or job.title
    if name:
        st.text(link_to(name) or inert_label(name))


def _over(view: View, job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"library-end-{job.id}"):
        st.markdown(_headline(view, job), width="stretch")
        if st.button(
            view.say("dismiss"),
            key=f"library_dismiss_{job.id}",
            icon=":material/close:",
            type="tertiary",
        ):
            view.library.dismiss(job)
            st.rerun()
    if job.error:
        st.text(job.error)
    elif isinstance(job.result, IngestReport):
        draw_outcome(view, job, job.result)
    elif isinstance(job.result, ExportedFile):
        _fetch(view, job, job.result)
    elif isinstance(job.result, KnowledgeBase):
        _show(view, job, job.result)


def _show(view: View, job: Job, kb: KnowledgeBase) -> None:
    label, key = view.say("library_show"), f"library_show_{job.id}"
    if st.button(label, key=key, icon=":material/folder_open:"):
        view.show(kb.id)
        st.rerun()  # the whole page: this button may stand in a part that is drawn by itself


def _headline(view: View, job: Job) -> str:
    if job.error:
        return f":material/error: {view.say(f'library_failed_{job.kind}')}"
    if isinstance(job.result, IngestReport):
        return outcome_words(view, job.result)
    if isinstance(job.result, ExportedFile):
        size = megabytes(job.result.size)
        return f":material/check_circle: {view.say('library_exported', name=job.title, size=size)}"
    if isinstance(job.result, KnowledgeBase):
        return f":material/check_circle: {view.say('library_imported', name=job.result.name)}"
    return f":material/stop_circle: {view.say('library_stopped')}"


def _fetch(view: View, job: Job, file: ExportedFile) -> None:
    st.download_button(
        view.say("download"),
        data=lambda: file.path.open("rb"),
        file_name=file.path.name,
        mime="application/zip",
        key=f"library_download_{job.id}",
        icon=":material/download:",
        on_click="ignore",
    )
