"""What all browsers of this page share, opened once: a desk, its shelf, and the work under way."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from rag import Answering, Desk, Jobs, Settings, Shelf, open_shelf

from .options import Options

__all__ = ["Shared", "open_shared"]


@dataclass(frozen=True, slots=True)
class Shared:
    """Nobody's own: whoever takes an assistant from the desk says for which user.

    Attributes:
        desk: open knowledge bases and models, and the conversation log.
        shelf: which knowledge bases there are.
        answering: answers under way.
        jobs: documents being read, models being fetched.
        home: folder of the knowledge base that a new conversation asks.
    """

    desk: Desk
    shelf: Shelf
    answering: Answering
    jobs: Jobs
    home: Path


def _release(shared: Shared) -> None:
    with ExitStack() as closing:
        closing.callback(shared.desk.close)
        closing.callback(shared.jobs.close)
        closing.callback(shared.answering.close)


@st.cache_resource(show_spinner=False, on_release=_release)
def open_shared(options: Options) -> Shared:
    """Open the log and look at the shelf; models and embedders load with the first question.

    Raises:
        IngestError: the folder cannot be used.
        ConversationError: its conversations cannot be read.
    """
    home = Path(options.kb).absolute()
    shelf = Shelf(Path(options.shelf), also=[home]) if options.shelf else open_shelf(home)
    desk = Desk.beside(home, Settings(model=options.model or Settings().model))
    with ExitStack() as undo:
        undo.callback(desk.close)
        desk.index(home)
        shared = Shared(desk, shelf, Answering(desk.erasures), Jobs(), home)
        undo.pop_all()
    atexit.register(_release, shared)  # Streamlit releases nothing when it ends
    return shared
