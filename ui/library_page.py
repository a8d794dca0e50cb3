"""The documents: what is in the knowledge base, and a form that takes more in."""

from __future__ import annotations

from pathlib import PurePath

import streamlit as st

from rag import Assistant, ConversationError, IngestError, IngestReport, RagError

from .texts import UiLanguage, phrase

__all__ = ["library_page", "upload_form"]


def library_page(assistant: Assistant, language: UiLanguage) -> None:
    """List every document with its size."""
    documents = assistant.index.documents()
    st.subheader(phrase(language, "documents", count=len(documents)))
    for document in documents:
        st.text(assistant.document_name(document.source))
        st.caption(phrase(language, "document_sizes", pages=document.pages, chunks=document.chunks))


def upload_form(assistant: Assistant, language: UiLanguage) -> None:
    """Take files, read them once per press of the button, and say what became of each."""
    with st.form("upload", clear_on_submit=True):
        st.markdown(phrase(language, "upload"))
        files = st.file_uploader(
            phrase(language, "upload_here"), accept_multiple_files=True, key="files"
        )
        sent = st.form_submit_button(phrase(language, "upload_go"))
    if not sent:
        return
    for file in files:
        try:
            with st.spinner(phrase(language, "reading")):
                report = assistant.add_file(file.name, file.getvalue(), wait_seconds=60)
        except (RagError, IngestError, ConversationError, OSError) as error:
            st.error(phrase(language, "upload_failed"))
            st.text(str(error))
        else:
            _outcomes(assistant, report, language)


def _outcomes(assistant: Assistant, report: IngestReport, language: UiLanguage) -> None:
    for outcome in report.outcomes:
        name = assistant.document_name(outcome.source)
        st.text(f"{name}: {phrase(language, outcome.status)}")
        if outcome.message:
            words = outcome.message.replace(outcome.source, name)
            st.text(words.replace(PurePath(outcome.source).name, name))
