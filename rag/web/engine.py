"""A question in; the addresses of pages that a search server finds for it out.

Two kinds of servers are asked: Wikipedia, which needs neither an account nor a key, and any
SearXNG, the search server that people run themselves and that asks the large ones for them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from ingest import content_words

from ..errors import WebError
from ..language import Language, language_of
from .address import LONGEST_ADDRESS, checked_address, is_address
from .page import fetch_bytes

__all__ = ["ENGINE", "FoundPage", "checked_engine", "search"]

ENGINE = "wikipedia"
"""The search server that is known by name; any other is given by its address."""
_WIKIPEDIA = "https://{language}.wikipedia.org"
_LONGEST_QUESTION = 300  # characters; more than search servers take
_MOST_BYTES = 4 << 20  # of a list of results
_ASKING_ZH = re.compile(
    r"请问|为什么|为何|什么时候|什么|怎么样?|怎样|如何|多少|哪[一个些里儿年位种]*|谁|几[个年次]?|[吗呢吧？?，,。]|是|的|了|有"
)


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page that a search server names.

    Attributes:
        address: where it lies.
        title: as the server calls it.
    """

    address: str
    title: str


def checked_engine(engine: str) -> str:
    """The search server, written the way it is kept.

    Raises:
        WebError: it is neither "wikipedia" nor an address.
    """
    name = engine.strip()
    if name.lower() == ENGINE:
        return ENGINE
    if not is_address(name):
        raise WebError(
            "address",
            f"{engine!r} is no search server; give 'wikipedia', or the address of a SearXNG such "
            "as http://127.0.0.1:8888.",
        )
    return checked_address(name).rstrip("/").removesuffix("/search")


def search(question: str, engine: str, count: int) -> list[FoundPage]:
    """Pages for a question, best first, as the server ranks them; [] where it finds none.

    Nothing but the question is sent.

    Args:
        question: in English or Chinese.
        engine: "wikipedia", or the address of a SearXNG.
        count: pages at most, above 0.

    Raises:
        WebError: the server cannot be asked, or is no search server.
    """
    server, asked = checked_engine(engine), " ".join(question.split())[:_LONGEST_QUESTION]
    language = language_of(asked)
    found = (
        _wikipedia(asked, language, count)
        if server == ENGINE
        else _searxng(asked, language, server)
    )
    usable = [page for page in found if is_address(page.address)]
    unlike = {page.address: page for page in reversed(usable)}
    return [page for page in usable if unlike.pop(page.address, None) is not None][:count]


def _wikipedia(question: str, language: Language, count: int) -> list[FoundPage]:
    """Its search wants all words at once, so those that only ask are left out; then any of them."""
    server = _WIKIPEDIA.format(language=language)
    words = _content_words(question, language)
    for query in dict.fromkeys((" ".join(words), " OR ".join(words))):
        asked = {
            "action": "query",
            "list": "search",
            "srsearch": query,
            "srlimit": str(count),
            "srprop": "",
            "format": "json",
            "formatversion": "2",
        }
        answer = _json(f"{server}/w/api.php?{urlencode(asked)}")
        titles = [str(one["title"]) for one in _listed(answer, ("query", "search"), "title")]
        if titles:
            return [
                FoundPage(f"{server}/wiki/{quote(title.replace(' ', '_'), safe=':/(),')}", title)
                for title in titles
            ]
    return []


def _searxng(question: str, language: Language, server: str) -> list[FoundPage]:
    asked = {"q": question, "format": "json", "language": language}
    try:
        answer = _json(f"{server}/search?{urlencode(asked)}")
    except WebError as error:
        if error.kind == "refused" and "HTTP 403" in str(error):
            raise WebError(
                "engine",
                f"{server!r} does not answer programs; its settings.yml must list 'json' under "
                "search: formats:.",
            ) from error
        raise
    found = _listed(answer, ("results",), "url")
    return [FoundPage(str(one["url"]), str(one.get("title") or "")) for one in found]


def _json(address: str) -> Any:
    """What a server says; the user named it, so it may be his own."""
    data, _ = fetch_bytes(address[:LONGEST_ADDRESS], named=True, limit=_MOST_BYTES)
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _no_engine(address) from error


def _listed(answer: Any, path: tuple[str, ...], wanted: str) -> list[dict[str, Any]]:
    """The list at `path`, of its members those that have what is wanted."""
    for step in path:
        if not isinstance(answer, dict) or step not in answer:
            raise _no_engine(str(answer)[:80])
        answer = answer[step]
    if not isinstance(answer, list):
        raise _no_engine(str(answer)[:80])
    return [one for one in answer if isinstance(one, dict) and isinstance(one.get(wanted), str)]


def _no_engine(said: str) -> WebError:
    return WebError(
        "engine",
        f"What answers there is no search server ({said[:120]!r}); give 'wikipedia', or the "
        "address of a SearXNG.",
    )


def _content_words(question: str, language: Language) -> list[str]:
    """The words to look for; all of them where every one only asks."""
    if language == "zh":
        words = _ASKING_ZH.sub(" ", question).split()
    else:
        words = content_words(question).split()
    return words or question.split()
