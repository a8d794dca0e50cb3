"""The dialogs of the library page; whichever is open is drawn until it is done or dismissed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from rag import KnowledgeBase

from ..errors import shown_error
from .documents import chosen_documents
from .view import FAILURES, View, close_dialog
from .words import first_names, megabytes

__all__ = ["draw_dialog"]


def draw_dialog(view: View, kb: KnowledgeBase | None) -> None:
    """Draw the one that is open, if any."""
    name = view.dialog
    if name == "create":
        _dialog(view, "library_new_title", _create, view)
    elif name == "import":
        _dialog(view, "library_import_title", _import, view)
    elif kb is not None and name == "rename":
        _dialog(view, "rename", _rename, view, kb)
    elif kb is not None and name == "delete":
        _dialog(view, "sure", _delete, view, kb)
    elif kb is not None and name == "remove":
        _dialog(view, "sure", _remove, view, kb)


def _dialog(view: View, title: str, draw: Callable[..., None], *what: object) -> None:
    st.dialog(view.say(title), on_dismiss=close_dialog)(draw)(*what)


def _done() -> None:
    close_dialog()
    st.rerun()


def _create(view: View) -> None:
    with st.form("library_create_form", border=False):
        name = st.text_input(view.say("library_name_of_kb"), key="library_create_name")
        sent = st.form_submit_button(
            view.say("library_create"), key="library_create", type="primary"
        )
    if not sent:
        return
    try:
        view.show(view.shared.shelf.create(name or "").id)
    except FAILURES as error:
        shown_error(view.say("failed"), error)
    else:
        _done()


def _rename(view: View, kb: KnowledgeBase) -> None:
    with st.form("library_rename_form", border=False):
        name = st.text_input(
            view.say("library_name_of_kb"), value=kb.name, key=f"library_rename_name_{kb.id}"
        )
        sent = st.form_submit_button(view.say("save"), key="library_rename_save", type="primary")
    if not sent:
        return
    try:
        view.shared.shelf.rename(kb.id, name or "")
    except FAILURES as error:
        shown_error(view.say("failed"), error)
    else:
        _done()


def _delete(view: View, kb: KnowledgeBase) -> None:
    st.text(kb.name)
    st.caption(view.say("library_delete_what", documents=kb.documents, size=megabytes(kb.size)))
    if not st.button(
        view.say("delete"), key="library_delete_yes", icon=":material/delete:", type="primary"
    ):
        return
    try:
        view.library.delete(kb)
        view.removed()
    except FAILURES as error:
        shown_error(view.say("failed"), error)
        return
    if view.state.choices.kb == kb.id:
        view.state.choices = replace(view.state.choices, kb="")
    view.show("")
    _done()


def _remove(view: View, kb: KnowledgeBase) -> None:
    chosen = chosen_documents(kb)
    st.text(first_names([document.name for document in chosen]))
    st.caption(view.say("library_remove_what"))
    if chosen and st.button(
        view.say("library_remove"),
        key="library_remove_yes",
        icon=":material/delete:",
        type="primary",
    ):
        view.library.remove(kb, [document.info.source for document in chosen])
        view.removed()
        _done()


def _import(view: View) -> None:
    with st.form("library_import_form", border=False):
        file = st.file_uploader(view.say("library_import_file"), type="zip", key="library_file")
        sent = st.form_submit_button(
            view.say("library_import_go"), key="library_import_go", type="primary"
        )
    st.caption(view.say("library_import_what"))
    if sent and file is not None:
        view.library.take_in(file.name, file)
        _done()
