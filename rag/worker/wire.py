"""Messages to and from lines: one line of ASCII JSON each, and nothing of a wrong type gets in.

The first line that one side cannot read ends the process: there is no negotiating with noise.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from .protocol import ChatTurn, Message, Prompt, Sampling, Segment, Track

__all__ = ["ProtocolError", "decode", "encode"]

_BY_NAME: dict[str, type[Any]] = {kind.__name__.lower(): kind for kind in get_args(Message)}
_PARTS: tuple[type[Any], ...] = (ChatTurn, Prompt, Sampling, Segment, Track)
_HINTS = {kind: get_type_hints(kind) for kind in (*_BY_NAME.values(), *_PARTS)}


class ProtocolError(Exception):
    """A line that is no message of this version."""


def encode(message: Message) -> bytes:
    """One line of ASCII JSON, line feed included; lone surrogates survive as escapes."""
    fields = {"type": type(message).__name__.lower(), **asdict(message)}
    return json.dumps(fields, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Message:
    """The message of a line.

    Raises:
        ProtocolError: unknown type, unknown or missing field, or a value of the wrong type.
    """
    try:
        fields = json.loads(line)
        kind = _BY_NAME[fields.pop("type")]
        message: Message = _build(kind, fields)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ProtocolError(f"{line[:200]!r} is no message: {error!r}") from error
    return message


def _build(kind: type[Any], fields: dict[str, Any]) -> Any:
    hints = _HINTS[kind]
    return kind(**{name: _value(hints[name], value) for name, value in fields.items()})


def _value(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        if value is None:
            return None
        hint = next(part for part in get_args(hint) if part is not type(None))
        return _value(hint, value)
    if origin is tuple:
        if not isinstance(value, list):
            raise TypeError(f"{value!r} is no list")
        return tuple(_value(get_args(hint)[0], item) for item in value)
    if origin is Literal:
        if value not in get_args(hint):
            raise ValueError(f"{value!r} is none of {get_args(hint)}")
        return value
    return _build(hint, value) if hint in _PARTS else _plain(hint, value)


def _plain(hint: Any, value: Any) -> Any:
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise TypeError(f"{value!r} is not of type {hint.__name__}")
    return value
