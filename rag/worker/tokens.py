"""Text in, token ids out, and no untrusted text ever becomes a special token."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable
from typing import Any

from .protocol import Segment

__all__ = ["Vocabulary"]

_ROUNDS = 8  # dividing one marker may uncover another inside it; markers are short


class Vocabulary:
    """The tokens of a loaded model.

    Args:
        library: the `llama_cpp` module; passed in, because one file alone imports it.
        handle: the model's `llama_vocab`.

    Attributes:
        size: number of tokens.
        bos_text: text of the token that begins a prompt, or "".
        eos_text: text of the token that ends a turn, or "".
        any_token: some valid token.
    """

    def __init__(self, library: Any, handle: Any) -> None:
        self._library, self.handle = library, handle
        self.size = int(library.llama_vocab_n_tokens(handle))
        self._bos = int(library.llama_vocab_bos(handle))
        self._begins = bool(library.llama_vocab_get_add_bos(handle)) and self._bos >= 0
        self.bos_text = self._text(self._bos)
        self.eos_text = self._text(int(library.llama_vocab_eos(handle)))
        self.any_token = self._bos if self._bos >= 0 else 0
        self._buffer = ctypes.create_string_buffer(64)
        self._markers: dict[int, str] = {}

    def plain(self, text: str) -> list[int]:
        """Tokens of untrusted text: what looks like a special token is spelt out in letters."""
        parts = [text]
        for _ in range(_ROUNDS):
            found = [self._tokens(part, special=False) for part in parts]
            markers = {
                marker
                for tokens, part in zip(found, parts, strict=True)
                for token in set(tokens)
                if (marker := self._marker(token)) and marker in part
            }
            if not markers:
                break
            parts = [piece for part in parts for piece in _divide(part, markers)]
        return [token for tokens in found for token in tokens]

    def prompt(self, segments: Iterable[Segment]) -> list[int]:
        """Tokens of a whole prompt, beginning with BOS if the model was trained so."""
        tokens: list[int] = []
        for segment in segments:
            if segment.special:
                tokens += self._tokens(segment.text, special=True)
            else:
                tokens += self.plain(segment.text)
        if tokens and self._begins and tokens[0] != self._bos:
            tokens.insert(0, self._bos)
        return tokens

    def piece(self, token: int) -> bytes:
        """Bytes of a token; not always whole characters. Control tokens have none."""
        length = self._library.llama_token_to_piece(
            self.handle, token, self._buffer, len(self._buffer), 0, False
        )
        if length < 0:
            self._buffer = ctypes.create_string_buffer(-length)
            return self.piece(token)
        return self._buffer.raw[:length]

    def is_end(self, token: int) -> bool:
        """Whether the model ends its turn with this token."""
        return bool(self._library.llama_vocab_is_eog(self.handle, token))

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        if not text:
            return []
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        array = (self._library.llama_token * room)()
        count = self._library.llama_tokenize(
            self.handle, data, len(data), array, room, False, special
        )
        if count < 0:
            room = -count
            array = (self._library.llama_token * room)()
            count = self._library.llama_tokenize(
                self.handle, data, len(data), array, room, False, special
            )
        return list(array[:count])

    def _text(self, token: int) -> str:
        if token < 0:
            return ""
        text: bytes | None = self._library.llama_vocab_get_text(self.handle, token)
        return text.decode("utf-8", "replace") if text else ""

    def _marker(self, token: int) -> str:
        """Text of a token that must not come from outside, "" for every other token.

        The library leaves out control tokens when told to, but not those "defined by the user",
        among which publishers put marks such as `<think>` and `<tool_call>`.
        """
        known = self._markers.get(token)
        if known is None:
            library = self._library
            kinds = (
                library.LLAMA_TOKEN_ATTR_CONTROL
                | library.LLAMA_TOKEN_ATTR_USER_DEFINED
                | library.LLAMA_TOKEN_ATTR_UNKNOWN
            )
            special = library.llama_vocab_get_attr(self.handle, token) & kinds
            text = self._text(token) if special else ""
            known = self._markers[token] = text if len(text.strip()) > 1 else ""
        return known


def _divide(text: str, markers: set[str]) -> list[str]:
    """`text` cut after the first character of every marker in it."""
    pattern = "|".join(re.escape(marker) for marker in sorted(markers, key=len, reverse=True))
    cuts = [match.start() + 1 for match in re.finditer(pattern, text)]
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
