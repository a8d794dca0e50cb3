"""A model on this machine in; a test run or a tuning of it, begun, out."""

from __future__ import annotations

from functools import partial

import streamlit as st

from rag import Job, ModelsHere, TuningTrial

from ..inert import inert_label
from ..shared import Shared
from ..state import PageState
from ..texts import phrase
from .fetching import LANE

__all__ = ["TEST", "TUNE", "begin_tuning", "try_out"]

TEST, TUNE = "test", "tune"
_SECONDS = 60.0  # of a tuning


def try_out(shared: Shared, state: PageState, here: ModelsHere) -> None:
    """Draw the choice of a model, and both buttons."""
    language = state.language
    st.subheader(phrase(language, "models_try"), anchor=False)
    st.caption(phrase(language, "models_try_intro"))
    names = [model.card.id for model in here.models if model.card.installed is not None]
    if here.chosen.lower().endswith(".gguf"):
        names.append(here.chosen)
    if not names:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            phrase(language, "models_try_which"),
            names,
            index=names.index(here.chosen) if here.chosen in names else 0,
            format_func=inert_label,
            key="models_try",
            width=320,
        )
        busy = any(not job.over for kind in (TEST, TUNE) for job in shared.jobs.list(kind, LANE))
        test = st.button(
            phrase(language, "models_test"),
            key="models_test",
            icon=":material/speed:",
            disabled=busy,
        )
        tune = st.button(
            phrase(language, "models_tune"),
            key="models_tune",
            icon=":material/tune:",
            disabled=busy,
        )
    if test or tune:
        if test:
            shared.jobs.start(TEST, LANE, name, partial(_measure, shared, name))
        else:
            begin_tuning(shared, name)
        st.rerun()


def begin_tuning(shared: Shared, name: str) -> None:
    """Look for the fastest way to run it here, in the background."""
    shared.jobs.start(TUNE, LANE, name, partial(_tune, shared, name))


def _measure(shared: Shared, name: str, job: Job) -> object:
    return shared.desk.measure(name)


def _tune(shared: Shared, name: str, job: Job) -> object:
    def on_trial(_: TuningTrial) -> None:
        job.tell(job.done + 1, 0)

    return shared.desk.tune(name, seconds=_SECONDS, on_trial=on_trial)
