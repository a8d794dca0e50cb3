"""Where the command line writes, and the options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_data_path
from rich.console import Console

from memory import ConversationLog, LogError

from ..conversations import log_path, open_log
from ..errors import ShelfError
from ..model_library import is_there
from ..shelves import open_shelf

__all__ = [
    "ERRORS",
    "OUT",
    "BaseUrlOption",
    "ChosenModelOption",
    "JsonOption",
    "KbOption",
    "ModelOption",
    "RamCheckOption",
    "RerankerOption",
    "UserOption",
    "existing_log",
    "knowledge_base",
]

OUT = Console(highlight=False, emoji=False)
ERRORS = Console(stderr=True, highlight=False, emoji=False)

KbOption = Annotated[
    Path | None,
    typer.Option(
        "--kb",
        help="Folder of the knowledge base, or its name on the shelf.",
        show_default="user data folder",
    ),
]
ModelOption = Annotated[
    str,
    typer.Option("--model", help="Name or GGUF path of the language model; 'none' only quotes."),
]
RerankerOption = Annotated[
    str | None,
    typer.Option(
        "--reranker",
        help="Name or folder of a cross-encoder that reads what is found.",
        show_default="none",
    ),
]
ChosenModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Name or GGUF path of the language model; 'none' only quotes.",
        show_default="the one of `rag models use`, else smollm2-135m",
    ),
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        help="Address of the server of a model such as openai:NAME; passages are sent to it.",
    ),
]
RamCheckOption = Annotated[
    bool,
    typer.Option(
        "--ram-check/--no-ram-check",
        help="Refuse a model that needs more memory than is free.",
    ),
]
UserOption = Annotated[str, typer.Option("--user", help="Whose conversations.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def knowledge_base(folder: Path | None) -> Path:
    """The folder that was named, or the user's own knowledge base.

    What is no path yet may be the id or name of one on the shelf; otherwise it is a new folder.
    """
    if folder is None:
        return user_data_path("recollect") / "kb"
    if is_there(str(folder)):
        return folder
    try:
        return open_shelf().find(str(folder)).path
    except ShelfError:
        return folder


def existing_log(folder: Path | None) -> ConversationLog:
    """The conversation log of a knowledge base.

    Raises:
        LogError: there is none yet.
    """
    path = log_path(knowledge_base(folder))
    if not path.exists():
        raise LogError(
            f"No conversation log {str(path)!r}; ask a question first, or name another --kb."
        )
    return open_log(path)
