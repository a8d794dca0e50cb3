"""The messages between the program and its model process, as frozen values.

Requests carry an `id`, unique per process; every reply names the request it answers. One request
is answered by exactly one of `Ready`, `Tokens`, `Weights`, `Held`, `Done` or `Failed`; a `Generate`
may send any number of `Piece`s before it.
"""

from __future__ import annotations

from .prompts import ChatTurn, Prompt, Segment
from .replies import (
    Done,
    Failed,
    FailedKind,
    FinishReason,
    Held,
    Piece,
    Ready,
    Tokens,
    Track,
    Weights,
)
from .requests import (
    VERSION,
    Cancel,
    Count,
    Generate,
    KeyType,
    Load,
    Quit,
    Sampling,
    Sleep,
    Wake,
    Weigh,
)

__all__ = [
    "VERSION",
    "Cancel",
    "ChatTurn",
    "Count",
    "Done",
    "Failed",
    "FailedKind",
    "FinishReason",
    "Generate",
    "Held",
    "KeyType",
    "Load",
    "Message",
    "Piece",
    "Prompt",
    "Quit",
    "Ready",
    "Reply",
    "Request",
    "Sampling",
    "Segment",
    "Sleep",
    "Tokens",
    "Track",
    "Wake",
    "Weigh",
    "Weights",
]

Request = Load | Count | Generate | Weigh | Sleep | Wake
Reply = Ready | Tokens | Weights | Held | Piece | Done | Failed
Message = Request | Cancel | Quit | Reply
