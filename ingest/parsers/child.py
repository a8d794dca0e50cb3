"""The process behind `ParserProcess`: files come in on fd 0, documents go out on fd 1."""

from __future__ import annotations

import gc
import json
import sys
from types import TracebackType
from typing import BinaryIO

from ..confined.frame import LENGTH_BYTES, frame
from ..confined.inside import limit_cpu, limit_memory, private_pipes
from ..errors import ParseError
from ..walk import shown
from .dispatch import parse
from .wire import reply_error, reply_of

__all__ = ["main"]


def main() -> None:
    """Answer one request after the other until the parent closes its end.

    A request is a frame with "name" and "size", then that many bytes of file. What a parser raises
    beside ParseError ends this process, after an answer that names it: who knows what it left.
    """
    limits = json.loads(sys.argv[-1])
    requests, replies = private_pipes()
    limit_memory(limits["memory_bytes"])
    while head := requests.read(LENGTH_BYTES):
        request = json.loads(requests.read(int.from_bytes(head, "big")))
        name = request["name"]
        data = requests.read(request["size"])
        limit_cpu(limits["cpu_seconds"])
        _answer_when_dying(replies, name)
        try:
            reply = reply_of(parse(data, name))
        except ParseError as error:
            reply = reply_error(error.reason, str(error))
        body = frame(reply)
        if len(body) > limits["text_bytes"]:
            message = (
                f"'{shown(name)}' holds more text than the limit of {limits['text_bytes']:,} bytes."
            )
            body = frame(reply_error("too_large", message))
        replies.write(body)
        replies.flush()
        del request, data, reply, body
        gc.collect()


def _answer_when_dying(replies: BinaryIO, name: str) -> None:
    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, MemoryError):
            message = (
                f"'{shown(name)}' needs more memory than allowed; split it or raise the limit."
            )
            replies.write(frame(reply_error("too_expensive", message, last=True)))
        else:
            message = f"'{shown(name)}' made its parser fail ({kind.__name__}); save it anew."
            replies.write(frame(reply_error("damaged", message, last=True)))
        replies.flush()

    sys.excepthook = hook
