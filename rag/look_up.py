"""A question that the documents do not answer in; pages of the internet, read for it, out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ingest import Index, StoreLockedError

from .errors import WebError
from .language import Language, words
from .search import Retrieval
from .stored_documents import remove_documents
from .watch import Watch
from .web import read_pages, search
from .writing import Draft

__all__ = ["LookedUp", "forget_unused", "look_up", "told"]

_WAIT_SECONDS = 30.0  # for another writer of the knowledge base


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What came of looking a question up.

    Attributes:
        pages: addresses of the pages that were read.
        new: of the documents made of them, those that were not there before.
        remark: what to tell the user, in the language of the question; "" for nothing.
    """

    pages: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    remark: str = ""


def look_up(
    index: Index, found: Retrieval, language: Language, engine: str, most: int, watch: Watch
) -> LookedUp:
    """Ask a search server for the question, and read what it names into the knowledge base.

    Nothing but the question is sent; of a follow-up the earlier question too, or the model's own
    wording. What goes wrong out there is told, not raised: the documents have been searched.

    Args:
        index: the knowledge base.
        found: in the documents.
        language: of the question.
        engine: see `search`.
        most: pages to read.
        watch: told that the internet is asked.

    Raises:
        RagError: it was stopped.
    """
    asked = found.wordings
    question = asked.rewrite or " ".join([*asked.context[-1:], found.question])
    watch.looking_up((question,))
    try:
        pages = search(question, engine, most)
        if not pages:
            return LookedUp(remark=words(language, "web_nothing"))
        watch.looking_up(tuple(page.address for page in pages))
        report = read_pages(
            index,
            [page.address for page in pages],
            named=False,
            wait_seconds=_WAIT_SECONDS,
        )
    except (WebError, StoreLockedError) as error:
        return LookedUp(remark=words(language, "web_failed", why=error))
    skipped = {outcome.source for outcome in report.skipped}
    read = tuple(page.address for page in pages if page.address not in skipped)
    if not read:
        why = report.skipped[0].message if report.skipped else ""
        return LookedUp(remark=words(language, "web_failed", why=why))
    new = tuple(outcome.source for outcome in report.outcomes if outcome.status == "added")
    return LookedUp(read, new)


def told(looked_up: LookedUp, draft: Draft, language: Language) -> Draft:
    """The draft with the pages that were read for it, and with what went wrong."""
    remarks = draft.workings.remarks
    if looked_up.pages:
        read = words(language, "web_read", pages=", ".join(looked_up.pages))
        remarks = (*remarks, read)
    if looked_up.remark:
        remarks = (*remarks, looked_up.remark)
    workings = replace(draft.workings, remarks=remarks, pages=looked_up.pages)
    return replace(draft, workings=workings)


def forget_unused(index: Index, looked_up: LookedUp, draft: Draft) -> None:
    """Take out again what was read for nothing, so that it is in the way of no other question."""
    cited = {citation.source for citation in draft.citations}
    unused = [source for source in looked_up.new if source not in cited]
    if unused:
        remove_documents(index, unused, wait_seconds=_WAIT_SECONDS, wipe=False)
