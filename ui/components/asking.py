"""The field for questions and files in; an answer under way, files being read, out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from rag import ConversationError, Job, QuestionError, RagError

from ..errors import shown_error
from ..opened import Opened
from ..shared import Shared
from ..state import PageState
from ..texts import phrase
from .avatars import ASKS

if TYPE_CHECKING:
    from streamlit.elements.widgets.chat import ChatInputValue

__all__ = ["ask", "show_refused", "take_input"]

FILE_TYPES = ("pdf", "docx", "html", "htm", "md", "markdown", "txt", "text", "rst", "csv", "log")


def take_input(shared: Shared, state: PageState, opened: Opened, *, busy: bool) -> None:
    """Draw the field; ask what was typed, read what was dropped, first the files."""
    given = st.chat_input(
        phrase(state.language, "ask"),
        key="question",
        accept_file="multiple",
        file_type=list(FILE_TYPES),
        disabled=busy,
    )
    if given is None:
        return
    if isinstance(given, str):
        ask(shared, state, opened, given)
    elif given.files:
        _read(shared, state, opened, given)
    elif given.text.strip():
        ask(shared, state, opened, given.text)
    st.rerun()


def ask(
    shared: Shared, state: PageState, opened: Opened, question: str, *, replaces: int | None = None
) -> None:
    """Start the answer in the open conversation; what cannot be asked is told at once."""
    assistant, session, chosen = opened.assistant, state.session, state.choices
    try:
        _check_last(state, opened, replaces)
        shared.answering.start(
            lambda: assistant.ask(
                question,
                session=session,
                strategy=chosen.strategy,
                web=chosen.web,
                replaces=replaces,
            ),
            question,
            user=state.user,
            session=session,
            replaces=replaces,
        )
        _keep_choices(shared, state)
    except (RagError, ConversationError) as error:
        state.refused_question = (question, str(error))
        return
    state.refused_question, state.editing, state.uploads = None, 0, ()


def _check_last(state: PageState, opened: Opened, replaces: int | None) -> None:
    """Return unless a question would be replaced that others have followed, in another window.

    Raises:
        QuestionError: it would, and those others would be forgotten.
    """
    asked = [t.number for t in opened.assistant.history(state.session) if t.role == "user"]
    if replaces is not None and asked[-1:] != [replaces]:
        raise QuestionError(phrase(state.language, "chat_gone_on"))


def _keep_choices(shared: Shared, state: PageState) -> None:
    """Keep what the conversation is asked with, beside it."""
    state.changed = ()
    options = state.choices.as_options()
    shared.desk.log.set_options(options, user=state.user, session=state.session)


def _read(shared: Shared, state: PageState, opened: Opened, given: ChatInputValue) -> None:
    """Read the files in a job of the knowledge base, then ask what was typed beside them."""
    files = [(file.name, file.getvalue()) for file in given.files]
    question, assistant = given.text.strip(), opened.assistant
    session, user, chosen = state.session, state.user, state.choices
    begun = bool(assistant.history(session))
    state.refused_question = None

    def work(job: Job) -> object:
        report = assistant.add_files(
            files,
            wait_seconds=600,
            on_progress=lambda p: job.tell(p.files, p.total_files, p.current),
        )
        deleted = begun and not assistant.history(session)
        if question and not deleted:
            try:
                shared.answering.start(
                    lambda: assistant.ask(
                        question, session=session, strategy=chosen.strategy, web=chosen.web
                    ),
                    question,
                    user=user,
                    session=session,
                )
            except RagError as error:
                state.refused_question = (question, str(error))
        return report

    title = ", ".join(name for name, _ in files)
    job = shared.jobs.start("ingest", str(opened.kb), title, work)
    state.uploads = (*state.uploads, job.id)
    if question:
        _keep_choices(shared, state)


def show_refused(state: PageState) -> None:
    """Why the last question could not even be asked."""
    if state.refused_question is not None:
        question, why = state.refused_question
        with st.chat_message("user", avatar=ASKS):
            st.text(question[:500])
        shown_error(phrase(state.language, "chat_failed"), why)
