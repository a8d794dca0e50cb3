"""Who looks at the page: a secret that the browser keeps in, a user of the conversation log out.

Conversations belong to whoever holds the secret. It stands in a cookie, so the same browser finds
its conversations tomorrow, and another one finds none of them. An address that ends with
`?me=SECRET` brings them into another browser.
"""

from __future__ import annotations

import re
import secrets

import streamlit as st

__all__ = ["remember_visitor", "visitor"]

_NAME = "recollect_me"
_ADDRESS = "me"
_FORM = re.compile(r"[A-Za-z0-9_-]{22}\Z")
_YEAR = 365 * 24 * 3600  # seconds


def visitor() -> str:
    """The secret of the address, else of the cookie, else a new one; 22 characters.

    It leaves the address, where others could read it.
    """
    named = st.query_params.get(_ADDRESS)
    if named is not None:
        del st.query_params[_ADDRESS]
    for found in (named, st.context.cookies.get(_NAME)):
        if isinstance(found, str) and _FORM.match(found):
            return found
    return secrets.token_urlsafe(16)


def remember_visitor(secret: str) -> None:
    """Let the browser keep the secret for a year, sent to this page alone.

    A browser that keeps another one goes on keeping that: an address must not take its owner's
    conversations away.

    Raises:
        ValueError: it is none; nothing else may stand in the script.
    """
    if not _FORM.match(secret):
        raise ValueError(f"{secret!r} is not a visitor's secret.")
    kept = st.context.cookies.get(_NAME)
    if isinstance(kept, str) and _FORM.match(kept) and kept != secret:
        return
    cookie = f"{_NAME}={secret}; path=/; max-age={_YEAR}; SameSite=Strict"
    st.html(f"<script>document.cookie = '{cookie}';</script>", unsafe_allow_javascript=True)
