"""Bytes from strangers come in; a document or a ParseError comes out, whatever the parser does."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass
from types import TracebackType

from ..confined.frame import frame
from ..confined.outside import BARE_ROOM, ChildError, ask_child, end_child, start_child
from ..document import ParsedDocument
from ..errors import ParseError
from ..walk import shown
from .wire import document_from

__all__ = ["ParseLimits", "ParserProcess"]

_BOOT = f"{BARE_ROOM}from ingest.parsers import child\nchild.main()\n"
_FILES_PER_CHILD = 500  # then a fresh one; what a library leaks goes with the old


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What one file may cost.

    Attributes:
        cpu_seconds: processor time of the child, rounded up to whole seconds.
        wall_seconds: time until the answer is complete.
        memory_bytes: address space of the child beyond what it has at its start.
        file_bytes: size of a file.
        text_bytes: size of the answer, which is what it costs the parent.
    """

    cpu_seconds: float = 60
    wall_seconds: float = 120
    memory_bytes: int = 1 << 30
    file_bytes: int = 100 << 20
    text_bytes: int = 256 << 20


class ParserProcess:
    """A child that parses file after file; replaced when it dies or takes too much.

    A context manager. It starts with the first file and knows neither the environment's secrets nor
    the current folder. For one thread at a time.

    Attributes:
        limits: what one file may cost.
    """

    def __init__(self, limits: ParseLimits | None = None) -> None:
        self.limits = limits or ParseLimits()
        self._child: subprocess.Popen[bytes] | None = None
        self._files = 0

    def __enter__(self) -> ParserProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"ParserProcess(pid={self._child.pid if self._child else None}, {self.limits})"

    def parse(self, data: bytes, name: str) -> ParsedDocument:
        """Read one file in the child.

        Args:
            data: the whole file.
            name: its name or path; only the extension counts, and messages show it.

        Raises:
            ParseError: for every fault of the file, "too_expensive" when it ran into a limit.
        """
        if len(data) > self.limits.file_bytes:
            message = f"'{shown(name)}' has {len(data):,} bytes, over {self.limits.file_bytes:,}."
            raise ParseError("too_large", message)
        if self._files >= _FILES_PER_CHILD:
            self.close()
        child = self._started()
        self._files += 1
        body: bytearray | None = None
        try:
            request = frame({"name": name, "size": len(data)})
            body = self._asked(child, (request, data), name)
        finally:
            if body is None:
                self.close()
        result, goes_on = document_from(body)
        if not goes_on:
            self.close()
        if isinstance(result, ParseError):
            raise result
        return result

    def close(self) -> None:
        """End the child; the next file starts another. Does nothing when there is none."""
        child, self._child, self._files = self._child, None, 0
        if child is not None:
            end_child(child)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self.close()
        if self._child is None:
            self._child = start_child(_BOOT, json.dumps(asdict(self.limits)))
        return self._child

    def _asked(
        self, child: subprocess.Popen[bytes], pieces: tuple[bytes, bytes], name: str
    ) -> bytearray:
        limits = self.limits
        try:
            return ask_child(
                child, pieces, wall_seconds=limits.wall_seconds, answer_bytes=limits.text_bytes
            )
        except ChildError as error:
            which = f"'{shown(name)}'"
            if error.trouble == "crashed":
                message = f"{which} crashed its parser ({error.cause}); save it anew."
                raise ParseError("damaged", message) from error
            if error.trouble == "wordy":
                message = f"{which} gave too much text; split it."
                raise ParseError("too_large", message) from error
            cost = f"{limits.wall_seconds:g} seconds"
            if error.trouble == "overworked":
                cost = f"{limits.cpu_seconds:g} seconds of work"
            message = f"{which} took over {cost}; split or simplify it."
            raise ParseError("too_expensive", message) from error
