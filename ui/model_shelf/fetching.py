"""A model that is not here in; the download that brings it, begun, out."""

from __future__ import annotations

from functools import partial

import streamlit as st

from rag import Job, ModelCard, ModelHere, ModelsHere, gigabytes, pull_model

from ..shared import Shared
from ..state import PageState
from ..texts import phrase

__all__ = ["LANE", "PULL", "fetch_button", "is_fetched", "mirror_address"]

LANE, PULL = "models", "pull"


def mirror_address(state: PageState) -> str:
    """Draw the field for another server; what stands in it, "" for the hub itself."""
    language = state.language
    with st.expander(phrase(language, "models_mirror"), key="models_mirror_part"):
        address = st.text_input(
            phrase(language, "models_mirror_address"),
            key="models_mirror",
            placeholder="https://hub.example.org",
        )
        st.caption(phrase(language, "models_mirror_help"))
    return (address or "").strip()


def fetch_button(
    shared: Shared, state: PageState, here: ModelsHere, model: ModelHere, mirror: str
) -> None:
    """Draw it for a model that can be fetched; a part that is here is continued."""
    card, language = model.card, state.language
    if not card.repository:
        return
    size = gigabytes(card.bytes) if card.bytes else "?"
    label = phrase(language, "models_pull", size=size)
    if model.part:
        label = phrase(language, "models_continue", part=gigabytes(model.part), size=size)
    elif not card.bytes:
        label = phrase(language, "models_pull_unsized")
    if st.button(
        label,
        key=f"models_pull_{card.id}",
        icon=":material/download:",
        type="primary" if model.recommended else "secondary",
        disabled=here.offline or is_fetched(shared, card.id),
    ):
        _start(shared, card, mirror)
        st.rerun()


def is_fetched(shared: Shared, name: str) -> bool:
    """Whether its download waits or is under way."""
    jobs = shared.jobs.list(PULL, LANE)
    return any(job.title == name and not job.over for job in jobs)


def _start(shared: Shared, card: ModelCard, mirror: str) -> None:
    """Fetch it in a job; one click too many fetches nothing twice."""
    if not is_fetched(shared, card.id):
        shared.jobs.start(PULL, LANE, card.id, partial(_fetch, card, mirror))


def _fetch(card: ModelCard, mirror: str, job: Job) -> object:
    return str(pull_model(card, mirror=mirror or None, progress=job.tell))
