"""Addresses in; the pages that lie there stand in a knowledge base out, as copies named by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import PathLike, fspath
from typing import Any

from ingest import FileOutcome, Index, IngestReport, ingest_paths

from ..errors import WebError, WebKind
from ..stored_documents import upload_documents
from .address import is_address
from .page import FetchedPage, fetch

__all__ = ["ingest_all", "read_pages"]

_AT_ONCE = 4  # pages that are waited for


def ingest_all(index: Index, named: Iterable[str | PathLike[str]], **options: Any) -> IngestReport:
    """Bring a knowledge base up to date with files, folders and pages of the internet.

    Args:
        index: the knowledge base.
        named: paths, and addresses that begin with http:// or https://.
        **options: of `ingest_paths`.

    Raises:
        IngestInterrupted: see `ingest_paths`, as for all else.
    """
    every = [fspath(one) for one in named]
    addresses = [one for one in every if is_address(one)]
    paths = [one for one in every if not is_address(one)]
    report = ingest_paths(index, paths, **options) if paths or not addresses else IngestReport()
    if addresses:
        options.pop("prune", None)  # nothing lies below an address
        _add(report, read_pages(index, addresses, named=True, **options))
    return report


def read_pages(
    index: Index,
    addresses: Sequence[str],
    *,
    named: bool,
    **options: Any,
) -> IngestReport:
    """Fetch pages and read them; the same address again replaces what was read from it.

    One that cannot be had is reported as skipped, and what is stored of it stays.

    Args:
        index: the knowledge base.
        addresses: of the pages.
        named: whether the user named them; see `fetch`.
        **options: of `ingest_paths`.
    """
    limits = options.get("limits")
    most = None if limits is None else limits.file_bytes

    def fetched(address: str) -> FetchedPage | FileOutcome:
        try:
            return fetch(address, named=named, limit=most)
        except WebError as error:
            return FileOutcome(
                address,
                "skipped",
                reason=_REASONS.get(error.kind, "unreadable"),
                message=str(error),
            )

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(fetched, dict.fromkeys(address.strip() for address in addresses)))
    pages = [one for one in found if isinstance(one, FetchedPage)]
    report = IngestReport(outcomes=[one for one in found if isinstance(one, FileOutcome)])
    if pages:
        _add(report, upload_documents(index, [(p.address, p.data) for p in pages], **options))
    return report


_REASONS: dict[WebKind, Any] = {"size": "too_large", "type": "unsupported"}


def _add(report: IngestReport, more: IngestReport) -> None:
    report.outcomes += more.outcomes
    report.warnings += more.warnings
    report.seconds += more.seconds
    report.embedded += more.embedded
    report.reused += more.reused
    report.left += more.left
