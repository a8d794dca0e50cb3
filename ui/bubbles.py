"""A message in; a bubble on the page out. Everything from outside goes through `st.text`."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from .inert import inert_label
from .state import Message, Place
from .texts import UiLanguage, phrase

__all__ = ["show_answer", "show_message"]


def show_message(message: Message, language: UiLanguage) -> None:
    """A bubble with all that belongs to it."""
    if message.role == "user":
        with st.chat_message("user"):
            st.text(message.text)
        return
    with st.chat_message("assistant"):
        show_answer(message, language)


def show_answer(message: Message, language: UiLanguage) -> None:
    """An answer with its sources, or a refusal with what came nearest."""
    if message.refused:
        st.warning(phrase(language, "refused"))
    st.text(message.text)
    _places(message.places, phrase(language, "sources", count=len(message.places)), language)
    _places(message.nearest, phrase(language, "nearest", count=len(message.nearest)), language)
    if message.seconds:
        st.caption(phrase(language, "costs", seconds=message.seconds))


def _places(places: Sequence[Place], label: str, language: UiLanguage) -> None:
    if not places:
        return
    with st.expander(label):
        for place in places:
            if place.number:
                line = phrase(language, "source", number=place.number, page=place.page)
            else:
                line = phrase(language, "nearest_one", page=place.page)
            st.markdown(f"**{line}**: {inert_label(place.document)}")
            if place.headings:
                st.text(" › ".join(place.headings))
            st.text(place.words)
