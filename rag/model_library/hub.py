"""One file of a hub repository onto the disk, continued where it broke off; speaks to the network.

The only file of this library that does. `hf_hub_download` begins anew after a broken connection,
so its parts are used one by one: ask for the file's identity, then read from where the part ends.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib import import_module
from typing import Any, BinaryIO

from ..errors import ModelPullError
from .card import ModelCard

__all__ = ["HUB", "Progress", "RemoteFile", "fetch", "hub_endpoint", "is_offline", "look_up"]

HUB = "https://huggingface.co"
Progress = Callable[[int, int], None]
"""Is told bytes that are here and bytes of the whole file, again and again."""

_SECONDS = 10.0  # until the server must have begun to answer
_TRUE = {"1", "ON", "YES", "TRUE"}


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the server describes it.

    Attributes:
        url: where its bytes are.
        etag: changes when the bytes change; the SHA-256 of a file kept in large-file storage.
        size: bytes; 0 when the server does not tell.
    """

    url: str
    etag: str
    size: int


def is_offline() -> bool:
    """Whether the environment forbids the network, by the hub's own variable."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in _TRUE


def hub_endpoint(mirror: str | None = None) -> str:
    """The server to ask: the mirror, else what HF_ENDPOINT says, else the hub.

    Raises:
        ModelPullError: the address is none.
    """
    address = (mirror or os.environ.get("HF_ENDPOINT") or HUB).strip().rstrip("/")
    scheme, _, host = address.partition("://")
    if scheme not in ("http", "https") or not host:
        raise ModelPullError(
            "address",
            f"{address!r} is no address of a hub; give one such as https://hub.example.org "
            "(--mirror or HF_ENDPOINT).",
        )
    return address


def look_up(card: ModelCard, endpoint: str) -> RemoteFile:
    """Ask the server what the card's file is.

    Raises:
        ModelPullError: it cannot be reached, has no such file, or wants a login.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url  # noqa: PLC0415 (a tenth of a s)

    with _translated(card, endpoint), _untold():
        url = hf_hub_url(card.repository, card.file, revision=card.revision, endpoint=endpoint)
        found = get_hf_file_metadata(url, token=False, timeout=_SECONDS)
    if not found.etag:
        raise ModelPullError(
            "refused",
            f"{endpoint} does not answer as a hub does when asked for {card.id!r} (no ETag); "
            "check the address.",
        )
    return RemoteFile(found.location, found.etag, found.size or 0)


def fetch(
    card: ModelCard, remote: RemoteFile, part: BinaryIO, endpoint: str, progress: Progress
) -> None:
    """Append to `part` what it lacks of the file.

    Args:
        card: for messages.
        remote: from `look_up`.
        part: open for reading and writing; what is in it is the file's beginning.
        endpoint: for messages.
        progress: is told how far it is.

    Raises:
        ModelPullError: the connection broke, or the disk is full; what came stays in `part`.
    """
    from huggingface_hub.file_download import http_get  # noqa: PLC0415

    class Bar(_Bar):
        told = staticmethod(progress)

    start = part.seek(0, os.SEEK_END)
    with _translated(card, endpoint):
        http_get(
            remote.url,
            part,
            resume_size=start,
            expected_size=remote.size or None,
            tqdm_class=Bar,
        )
        part.flush()
        os.fsync(part.fileno())


class _Bar:
    """What the hub's client takes for a progress bar."""

    told: Progress

    def __init__(
        self, *_: object, total: int | None = None, initial: int = 0, **__: object
    ) -> None:
        self.done, self.total = initial, total or 0

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def update(self, count: float | None = 1) -> None:
        """So many bytes more, or fewer when a server does not continue but begins anew."""
        self.done += int(count or 0)
        self.told(self.done, self.total)


@contextmanager
def _untold() -> Iterator[None]:
    """Within it the client neither tells what runs here, nor asks its home server how to tell.

    It reads the variable HF_HUB_DISABLE_TELEMETRY when it is imported, which may be long ago.
    """
    constants: Any = import_module("huggingface_hub.constants")
    before = constants.HF_HUB_DISABLE_TELEMETRY
    constants.HF_HUB_DISABLE_TELEMETRY = True
    try:
        yield
    finally:
        constants.HF_HUB_DISABLE_TELEMETRY = before


@contextmanager
def _translated(card: ModelCard, endpoint: str) -> Iterator[None]:
    """Turns what the hub's client raises into one `ModelPullError` that says what to do."""
    try:
        yield
    except _client_errors() as error:
        raise _said(error, card, endpoint) from error


def _client_errors() -> tuple[type[BaseException], ...]:
    """What the hub's client raises; which HTTP library it uses depends on its version."""
    hub: Any = import_module("huggingface_hub.errors")
    return OSError, ValueError, hub.HTTPError, hub.EntryNotFoundError


def _said(error: BaseException, card: ModelCard, endpoint: str) -> ModelPullError:
    hub: Any = import_module("huggingface_hub.errors")
    absent = hub.EntryNotFoundError, hub.RepositoryNotFoundError, hub.RevisionNotFoundError
    where, status = f"{endpoint}/{card.repository}", _status(error)
    if isinstance(error, hub.GatedRepoError):
        return ModelPullError(
            "refused",
            f"{where} is shown to logged-in users only; fetch {card.file!r} with a browser, "
            f"then: rag models pull {card.id} --from FILE",
        )
    if isinstance(error, absent) or status == HTTPStatus.NOT_FOUND:
        return ModelPullError(
            "missing",
            f"{where} has no {card.file!r} at revision {card.revision!r}; the mirror may "
            "lack it, try another (--mirror), or correct the catalogue.",
        )
    if status is not None:
        return ModelPullError(
            "connection" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "refused",
            f"{endpoint} answers with HTTP {status} when asked for {card.id!r}; "
            "run the same command again later, it goes on where it stopped.",
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ModelPullError(
            "space",
            f"The disk became full while {card.id!r} was fetched; free some space and run "
            "the same command again, it goes on where it stopped.",
        )
    return ModelPullError(
        "connection",
        f"{card.id!r} could not be fetched from {endpoint} ({type(error).__name__}: {error}); "
        "run the same command again, it goes on where it stopped, or try another server "
        "(--mirror).",
    )


def _status(error: BaseException) -> int | None:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None
