"""The words behind `streamlit run app.py --` in; the options of the page out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Options", "read_options"]


@dataclass(frozen=True, slots=True)
class Options:
    """What the page was started with.

    Attributes:
        kb: folder of the knowledge base that a new conversation asks; the log is kept in it.
        model: name or path of the language model, or "none"; "" takes the one in use.
        shelf: folder of the other knowledge bases; "" takes the user's own.
        web: search server that a new conversation asks for what the documents do not answer:
            "wikipedia" or the address of a SearXNG; "" asks none.
    """

    kb: str
    model: str
    shelf: str = ""
    web: str = ""


def read_options(arguments: Sequence[str]) -> Options:
    """Read them; what is not known ends the page with a message."""
    parser = argparse.ArgumentParser(prog="rag ui")
    parser.add_argument("--kb", required=True)
    parser.add_argument("--model", default="")
    parser.add_argument("--shelf", default="")
    parser.add_argument("--web", default="")
    found = parser.parse_args(arguments)
    return Options(found.kb, found.model, found.shelf, found.web)
