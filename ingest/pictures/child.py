"""The process behind `PagePainter`: PDFs come in on fd 0, pictures go out on fd 1."""

from __future__ import annotations

import json
import select
import sys

from ..confined.frame import LENGTH_BYTES, frame
from ..confined.inside import end_with_parent, limit_cpu, limit_memory, private_pipes
from ..errors import PictureError
from .drawing import draw
from .wire import refusal_of, reply_of

__all__ = ["main"]


def main() -> None:
    """Answer one request after the other until the parent is gone, or asks nothing for long.

    A request is a frame with the arguments of `draw` and "size", then that many bytes of PDF.
    """
    limits = json.loads(sys.argv[-1])
    requests, replies = private_pipes()
    end_with_parent(requests)
    limit_memory(limits["memory_bytes"])
    while select.select([requests], [], [], limits["idle_seconds"])[0]:
        head = requests.read(LENGTH_BYTES)
        request = json.loads(requests.read(int.from_bytes(head, "big")))
        data = requests.read(request.pop("size"))
        limit_cpu(limits["cpu_seconds"])
        try:
            reply = reply_of(draw(data, **request))
        except PictureError as error:
            reply = refusal_of(error.reason, str(error))
        except MemoryError:
            message = "The page needs more memory than allowed to be drawn; simplify it."
            reply = refusal_of("too_expensive", message)
        replies.write(frame(reply))
        replies.flush()
        del request, data, reply
