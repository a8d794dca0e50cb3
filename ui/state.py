"""What one browser session holds, typed: who it is, which conversation is open, what it shows."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import streamlit as st

from rag import Answer, Assistant, Turn

from .texts import UiLanguage

__all__ = ["Message", "PageState", "Place", "message_of", "messages_of", "page_state"]

NEAREST = 3
_KEY = "recollect"
_VISITOR = "me"
_VISITOR_FORM = re.compile(r"[A-Za-z0-9_-]{22}\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """A cited or near place, ready to be shown as text.

    Attributes:
        number: as in the answer; 0 for a nearest passage.
        document: the document's name.
        page: from 1.
        headings: outermost first.
        words: the quote or the passage.
    """

    number: int
    document: str
    page: int
    headings: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Message:
    """One bubble of the conversation.

    Attributes:
        role: "user" or "assistant".
        text: the words.
        places: what the answer cites.
        nearest: what came nearest when nothing answers.
        refused: the documents do not say.
        seconds: the answer took, 0.0 when nobody knows any more.
    """

    role: str
    text: str
    places: tuple[Place, ...] = ()
    nearest: tuple[Place, ...] = ()
    refused: bool = False
    seconds: float = 0.0


@dataclass(slots=True)
class PageState:
    """One browser session.

    Attributes:
        user: of the conversation log; a secret, so that nobody opens another's conversations.
        language: of the page.
        session: the conversation that is open.
        messages: of that conversation, oldest first.
    """

    user: str
    language: UiLanguage
    session: str = field(default_factory=lambda: secrets.token_hex(16))
    messages: list[Message] = field(default_factory=list)

    def begin(self) -> None:
        """Open a new conversation."""
        self.session, self.messages = secrets.token_hex(16), []

    def reload(self, assistant: Assistant, session: str) -> None:
        """Open a conversation of this user's again."""
        self.session, self.messages = session, messages_of(assistant, assistant.history(session))


def page_state() -> PageState:
    """This browser session's state, made on its first run.

    The visitor's secret stands in the page's address, so a reload or a bookmark comes back to the
    same conversations; an address without it begins anew.
    """
    if _KEY not in st.session_state:
        secret = st.query_params.get(_VISITOR, "")
        if not _VISITOR_FORM.match(secret):
            secret = secrets.token_urlsafe(16)
            st.query_params[_VISITOR] = secret
        chinese = (st.context.locale or "").startswith("zh")
        st.session_state[_KEY] = PageState(f"page {secret}", "zh" if chinese else "en")
    return cast(PageState, st.session_state[_KEY])


def message_of(assistant: Assistant, answer: Answer) -> Message:
    """A fresh answer as a bubble."""
    near = answer.passages[:NEAREST] if answer.refused else ()
    return Message(
        "assistant",
        answer.text,
        tuple(_place(assistant, citation.as_dict()) for citation in answer.citations),
        tuple(
            Place(0, assistant.document_name(p.source), p.page, p.heading_path, p.text)
            for p in near
        ),
        answer.refused,
        sum(answer.seconds.values()),
    )


def messages_of(assistant: Assistant, turns: Sequence[Turn]) -> list[Message]:
    """A stored conversation as bubbles; an answer that cites and quotes nothing was a refusal."""
    return [
        Message(
            turn.role,
            turn.text,
            tuple(_place(assistant, record) for record in turn.passages if "said" not in record),
            refused=turn.role == "assistant" and not turn.passages,
        )
        for turn in turns
    ]


def _place(assistant: Assistant, record: Mapping[str, object]) -> Place:
    """A stored citation; what an older version did not store is left empty."""
    number, page, headings = (record.get(key) for key in ("number", "page", "heading_path"))
    return Place(
        number if isinstance(number, int) else 0,
        assistant.document_name(str(record.get("source", ""))),
        page if isinstance(page, int) else 0,
        tuple(map(str, headings)) if isinstance(headings, list) else (),
        str(record.get("quote", "")),
    )
