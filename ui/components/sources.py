"""The numbered sources of an answer; one that is pressed opens its page with the words marked."""

from __future__ import annotations

import streamlit as st

from rag import (
    Answer,
    Assistant,
    Citation,
    IngestError,
    PagePicture,
    PageView,
    RagError,
    StoredAnswer,
)

from ..links import link_to, name_of, short_name
from ..opened import Opened
from ..state import PageState
from ..texts import UiLanguage, phrase

__all__ = ["show_nearest", "source_buttons"]

NEAREST = 3
MARGIN, LEAST_HEIGHT = 90, 300
"""Pixels of the page above and below the marked lines, and of the close-up at least."""
AROUND = 900
"""Characters of the page that are shown on each side of the quoted words."""


def source_buttons(state: PageState, opened: Opened, answer: StoredAnswer) -> None:
    """One button for each citation."""
    if not answer.citations:
        return
    with st.container(key=f"sources-{answer.turn.id}", horizontal=True):
        for citation in answer.citations:
            label = phrase(
                state.language,
                "source_button",
                number=citation.number,
                name=short_name(name_of(citation.source, citation.title)),
                page=citation.page,
            )
            key = f"source-{answer.turn.id}-{citation.number}"
            if st.button(label, key=key, icon=":material/format_quote:"):
                _open(state.language, opened.assistant, citation)


def show_nearest(state: PageState, answer: Answer) -> None:
    """What came nearest to a question that the documents do not answer."""
    nearest = answer.passages[:NEAREST]
    if not nearest:
        return
    with st.expander(phrase(state.language, "nearest")):
        for passage in nearest:
            name = short_name(name_of(passage.source, passage.title))
            place = phrase(state.language, "source_place", name=name, page=passage.page)
            st.caption(place)
            if passage.heading_path:
                st.text(" › ".join(passage.heading_path))
            with st.container(key=f"near-{answer.turn}-{passage.chunk_id}"):
                st.text(passage.text)


def _open(language: UiLanguage, assistant: Assistant, citation: Citation) -> None:
    title = phrase(language, "source_title", number=citation.number)
    st.dialog(title, width="medium")(_page)(language, assistant, citation)


def _page(language: UiLanguage, assistant: Assistant, citation: Citation) -> None:
    name = name_of(citation.source, citation.title)
    short = short_name(name)
    st.caption(phrase(language, "source_place", name=short, page=citation.page))
    if link_to(name):
        label = phrase(language, "source_open", name=short)
        st.link_button(label, link_to(name), icon=":material/open_in_new:")
    if citation.heading_path:
        st.text(" › ".join(citation.heading_path))
    try:
        view = assistant.view_page(citation.source, citation.page, [(citation.start, citation.end)])
    except (RagError, IngestError):
        st.info(phrase(language, "source_gone"))
        _marked(citation.quote)
        return
    if view.picture is not None:
        _pictured(language, view.picture, citation)
        return
    if view.problem:
        st.text(view.problem)
    _in_context(view, citation)


def _pictured(language: UiLanguage, picture: PagePicture, citation: Citation) -> None:
    """The quoted lines from near, then the whole page; both are the same picture."""
    if not any(picture.found):
        _marked(citation.quote)
    else:
        st.html(_close_up(picture))
        with st.container(key="source-near"):
            st.image(picture.png, width="stretch", output_format="PNG")
        st.caption(phrase(language, "source_page"))
    with st.container(key="source-picture"):
        st.image(picture.png, width="stretch", output_format="PNG")


def _close_up(picture: PagePicture) -> str:
    """A style that shows the marked lines with some of the page around, made of numbers alone."""
    boxes = [box for of_span in picture.boxes for box in of_span]
    top, bottom = min(box[1] for box in boxes), max(box[3] for box in boxes)
    height = min(max(bottom - top + 2 * MARGIN, LEAST_HEIGHT), picture.height)
    start = min(max(0.0, (top + bottom - height) / 2), picture.height - height)
    share = 100 * start / (picture.height - height) if picture.height > height else 0.0
    return (
        f"<style>.st-key-source-near img {{ aspect-ratio: {picture.width} / {height:.0f}; "
        f"object-fit: cover; object-position: 0 {share:.2f}%; }}</style>"
    )


def _in_context(view: PageView, citation: Citation) -> None:
    before = view.text[max(0, citation.start - AROUND) : citation.start].strip()
    after = view.text[citation.end : citation.end + AROUND].strip()
    with st.container(key="source-text"):
        if before:
            st.text(("… " if citation.start > AROUND else "") + before)
        _marked(view.text[citation.start : citation.end])
        if after:
            st.text(after + (" …" if citation.end + AROUND < len(view.text) else ""))


def _marked(words: str) -> None:
    with st.container(key="source-quote"):
        st.text(words)
