"""What one browser session holds, typed: who it is, which conversation is open, what was chosen."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import cast

import streamlit as st

from rag import Choice, ModelError, Settings, chosen_model, list_models, memory_kinds, strategies

from .options import Options
from .texts import UiLanguage

__all__ = ["WIKIPEDIA", "Choices", "PageState", "first_choices", "page_state"]

_KEY = "recollect"
WIKIPEDIA = "wikipedia"
"""The search server that everybody may choose."""
SHOWN = 20
"""Exchanges drawn at first, and more each time that earlier ones are asked for."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a conversation is asked with.

    Attributes:
        kb: id of the knowledge base on the shelf; "" is the one the page was started with.
        model: name or path, or "none".
        memory: kind.
        strategy: how answers are made.
        web: search server that is asked for what the documents do not answer; "" asks none.
    """

    kb: str
    model: str
    memory: str
    strategy: Choice = "auto"
    web: str = ""

    def as_options(self) -> dict[str, str]:
        """As they are kept with the conversation."""
        return asdict(self)

    def restored(self, kept: Mapping[str, str], engine: str = "") -> Choices:
        """These, but for what was kept with a conversation and is still there to be chosen.

        A conversation may have come from a stranger: a server that it names is not asked, and the
        internet only if whoever sits here has chosen so.

        Args:
            kept: with the conversation.
            engine: search server that the page was started with.
        """
        known = {"none", self.model, chosen_model(), *(card.id for card in list_models())}
        model = kept.get("model", self.model)
        ways: dict[str, Choice] = {name: name for name in strategies(examples=True)}
        memory = kept.get("memory", self.memory)
        web = kept.get("web", self.web)
        return Choices(
            kept.get("kb", self.kb),
            model if model in known else self.model,
            memory if memory in memory_kinds() else self.memory,
            ways.get(kept.get("strategy", ""), self.strategy),
            web if web in {"", engine} else self.web,
        )


def first_choices(options: Options) -> Choices:
    """What a first conversation is asked with."""
    model = options.model or _model_in_use()
    return Choices("", model, Settings().memory, web=options.web)


def _model_in_use() -> str:
    try:
        return chosen_model()
    except ModelError:  # the models page says what is wrong with the choice
        return Settings().model


@dataclass(slots=True)
class PageState:
    """One browser session.

    Attributes:
        secret: of the visitor; see `visitor`.
        language: of the page.
        choices: of the open conversation; a new one begins with them.
        engine: search server that the page was started with, "" for none.
        session: the conversation that is open.
        editing: id of the question's turn that is being edited, 0 for none.
        changed: what of the choices changed since the last question, as keys of `Choices`.
        uploads: ids of the jobs that read files dropped on this conversation since then.
        refused_question: one that could not be asked, and why.
        failure: why the last press of a button did not work, "" once it was shown.
        restored: whether the conversation that the page's address names has been opened.
        to_chat: whether a conversation was opened, so that the chat page is wanted.
        shown: exchanges of the conversation that are drawn, the last ones.
        chat: the page to go to where a conversation is opened elsewhere.
    """

    secret: str
    language: UiLanguage
    choices: Choices
    engine: str = ""
    session: str = field(default_factory=lambda: secrets.token_hex(16))
    editing: int = 0
    changed: tuple[str, ...] = ()
    uploads: tuple[str, ...] = ()
    refused_question: tuple[str, str] | None = None
    failure: str = ""
    restored: bool = False
    to_chat: bool = False
    shown: int = SHOWN
    chat: st.Page | None = None

    @property
    def user(self) -> str:
        """Of the conversation log; nobody opens another's conversations without the secret."""
        return f"page {self.secret}"

    def begin(self) -> None:
        """Open a new conversation."""
        self.open(secrets.token_hex(16))

    def open(self, session: str) -> None:
        """Open a conversation; this user's, or nobody's yet."""
        self.session, self.editing, self.changed, self.to_chat = session, 0, (), True
        self.uploads, self.refused_question, self.shown = (), None, SHOWN

    def show_more(self) -> None:
        """Show earlier exchanges, too."""
        self.shown += SHOWN


def page_state(secret: str, choices: Choices) -> PageState:
    """This browser session's state, made on its first run.

    Args:
        secret: of the visitor, for the first run.
        choices: of a new conversation.
    """
    if _KEY not in st.session_state:
        chinese = (st.context.locale or "").startswith("zh")
        language: UiLanguage = "zh" if chinese else "en"
        st.session_state[_KEY] = PageState(secret, language, choices, choices.web)
    return cast(PageState, st.session_state[_KEY])
