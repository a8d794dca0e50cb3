"""A chat and a model's template in, segments out, of which none that anybody typed is special.

The template comes with a downloaded file and the contents come from documents: neither is
trusted. The template runs in Jinja's immutable sandbox, bounded in time, memory and output in
whatever thread asks for it, and never sees a content: it is rendered around random placeholders,
and the contents are put between the pieces afterwards, so that the tokenizer can be told which is
which.
"""

from __future__ import annotations

import ctypes
import json
import re
import resource
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from jinja2 import TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .protocol import ChatTurn, Segment

__all__ = ["CHATML", "CHATML_STOP", "ChatTemplate", "TemplateFault"]

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CHATML_STOP = "<|im_end|>"

_SECONDS = 2.0  # real templates take a few milliseconds
_MEMORY = 256 << 20  # bytes that rendering may add
_OUTPUT = 1 << 20  # characters of template text around the contents
_SOURCE = 1 << 18  # characters of a template; the longest published one has 20,000
_ONE = threading.Lock()  # a limit of memory is the whole process's: one template at a time
_OPENED = re.compile(r"<think>\s*\Z")

_Made = TypeVar("_Made")


class TemplateFault(Exception):
    """The template cannot be rendered; the message says why."""


class _Refused(TemplateError):
    """The template called `raise_exception`: it does not like the order of the turns."""


class _Overdue(BaseException):
    """The time is over; nothing that Jinja does to exceptions may swallow it."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """Without the operator that builds numbers too large to be interrupted."""

    intercepted_binops = frozenset(["**"])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> NoReturn:
        raise SecurityError(f"a chat template has no use for the operator {operator!r}")


class ChatTemplate:
    """One model's template, compiled once.

    Args:
        source: Jinja text as found in the file's metadata; "" means ChatML.
        bos: text of the token that begins a prompt.
        eos: text of the token that ends a turn.
        seconds: longest rendering.
    """

    def __init__(
        self, source: str, *, bos: str = "", eos: str = "", seconds: float = _SECONDS
    ) -> None:
        if len(source) > _SOURCE:
            raise TemplateFault(f"it is {len(source):,} characters long")
        self._bos, self._eos, self._seconds = bos, eos, seconds
        sandbox = _Sandbox(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        sandbox.filters["tojson"] = _to_json
        sandbox.globals["raise_exception"] = _refuse
        sandbox.globals["strftime_now"] = lambda layout: datetime.now().strftime(layout)
        compiling = partial(sandbox.from_string, source or CHATML)
        self._template = _bounded(seconds, compiling)

    def render(self, turns: Sequence[ChatTurn]) -> list[Segment]:
        """The chat up to where the answer begins; contents are not special, all else is.

        A template that refuses the order of the turns is tried again with neighbours of one role
        joined and the system text put before the first question.

        Raises:
            TemplateFault: it cannot be compiled or rendered within its bounds, does something
                the sandbox forbids, or leaves out the last turn.
        """
        try:
            return self._render(turns)
        except _Refused:
            pass
        try:
            return self._render(_plainest(turns))
        except _Refused as error:
            raise TemplateFault(f"it refuses the conversation: {error}") from error

    def _render(self, turns: Sequence[ChatTurn]) -> list[Segment]:
        nonce = secrets.token_hex(12)
        marks = [f"zq{nonce}n{number}z" for number in range(len(turns))]
        messages = [
            {"role": turn.role, "content": mark} for turn, mark in zip(turns, marks, strict=True)
        ]
        text = _bounded(self._seconds, partial(self._fill, messages, sum(map(len, marks))))
        # What answers at once where a template knows no `enable_thinking`.
        text = _OPENED.sub("<think>\n\n</think>\n\n", text)
        if turns and marks[-1] not in text:
            raise TemplateFault("it leaves out the last message")
        segments: list[Segment] = []
        for number, piece in enumerate(re.split(f"zq{nonce}n([0-9]+)z", text)):
            if number % 2:
                segments.append(Segment(turns[int(piece)].content))
            elif piece:
                segments.append(Segment(piece, special=True))
        return segments

    def _fill(self, messages: list[dict[str, str]], contents: int) -> str:
        pieces, length = [], 0
        for piece in self._template.generate(
            messages=messages,
            add_generation_prompt=True,
            bos_token=self._bos,
            eos_token=self._eos,
            # A model that would first think aloud for thousands of tokens answers at once.
            enable_thinking=False,
        ):
            length += len(piece)
            if length > _OUTPUT + contents:
                raise TemplateFault(f"it writes more than {_OUTPUT:,} characters")
            pieces.append(piece)
        return "".join(pieces)


def _plainest(turns: Sequence[ChatTurn]) -> list[ChatTurn]:
    system = "\n\n".join(turn.content for turn in turns if turn.role == "system")
    rest = [turn for turn in turns if turn.role != "system"]
    if system:
        rest.insert(0, ChatTurn("user", system))
    return [
        ChatTurn(role, "\n\n".join(turn.content for turn in group))
        for role, group in groupby(rest, key=lambda turn: turn.role)
    ]


def _refuse(message: str) -> NoReturn:
    raise _Refused(message)


def _to_json(value: Any, ensure_ascii: bool = False, indent: int | None = None) -> str:
    # Jinja's own filter writes HTML entities, which no model was trained on.
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)


def _bounded(seconds: float, work: Callable[[], _Made]) -> _Made:
    """What a template makes; it ends in time, in memory, and when badly as a `TemplateFault`."""
    try:
        with _ONE, _memory_limit(_MEMORY):
            return _in_time(seconds, work)
    except (_Refused, TemplateFault):
        raise
    except MemoryError as error:
        raise TemplateFault("it needs too much memory") from error
    except (
        TemplateError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError,
        ValueError,
    ) as error:  # fmt: skip
        raise TemplateFault(f"{type(error).__name__}: {error}") from error


def _in_time(seconds: float, work: Callable[[], _Made]) -> _Made:
    """Work in this thread, whichever it is, until another interrupts it.

    The interruption comes once at most, and inside the outer `try` or not at all: none is sent
    after `over` was set, and one that was sent and has not struck by then is taken back.
    """
    thread, guard, over = threading.get_ident(), threading.Lock(), False

    def interrupt() -> None:
        with guard:
            if not over:
                _send(thread, _Overdue)

    alarm = threading.Timer(seconds, interrupt)
    alarm.daemon = True
    try:
        try:
            alarm.start()
            return work()
        finally:
            with guard:
                over = True
            _send(thread, None)
            alarm.cancel()
    except _Overdue:
        raise TemplateFault(f"it takes longer than {seconds:g} seconds") from None


def _send(thread: int, error: type[BaseException] | None) -> None:
    """Have a thread raise this at its next step; None takes back what it has not raised yet."""
    raised = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), raised)


@contextmanager
def _memory_limit(extra: int) -> Iterator[None]:
    statm = Path("/proc/self/statm")
    if not statm.exists():  # without it the limit cannot be set relative to what is in use
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = int(statm.read_text().split()[0]) * resource.getpagesize() + extra
    ceilings = [value for value in (limit, soft, hard) if value != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(ceilings), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
