"""Bytes from strangers come in; a document or a ParseError comes out, whatever the parser does."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from ..confined.frame import frame
from ..confined.outside import BARE_ROOM, ChildError
from ..confined.owner import ChildOwner
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


class ParserProcess(ChildOwner):
    """A child that parses file after file; replaced when it dies or takes too much.

    A context manager. It starts with the first file and knows neither the environment's secrets nor
    the current folder. For one thread at a time.

    Attributes:
        limits: what one file may cost.
    """

    def __init__(self, limits: ParseLimits | None = None) -> None:
        self.limits = limits or ParseLimits()
        super().__init__(_BOOT, json.dumps(asdict(self.limits)))
        self._files = 0

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
        body = self._answer(frame({"name": name, "size": len(data)}), data, name)
        self._files += 1
        result, goes_on = document_from(body)
        if not goes_on:
            self.close()
        if isinstance(result, ParseError):
            raise result
        return result

    def _end(self) -> None:
        super()._end()
        self._files = 0

    def _answer(self, request: bytes, data: bytes, name: str) -> bytearray:
        limits = self.limits
        try:
            return self._ask(
                request, data, wall_seconds=limits.wall_seconds, answer_bytes=limits.text_bytes
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
