"""Texts in, an embedder's own tokens out, without loading the model: reads a tokenizer.json."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from ..errors import EmbedderError

__all__ = ["Tokens", "encodable"]


def encodable(text: str) -> str:
    """The text with lone surrogates replaced by "?", as the tokenizer's UTF-8 demands."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


class Tokens:
    """The tokenizer of one model folder, never cutting and never padding.

    Args:
        path: a tokenizer.json.

    Raises:
        EmbedderError: the file is missing or damaged.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._tokenizer = Tokenizer.from_buffer(path.read_bytes())
        except (OSError, ValueError) as error:
            raise EmbedderError(
                f"The tokenizer {str(path)!r} cannot be read ({error}); install the embedder's "
                "package again, or use a folder that holds a fast tokenizer (tokenizer.json)."
            ) from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, special tokens included."""
        encodings = self._tokenizer.encode_batch_fast([encodable(text) for text in texts])
        return [encoding.ids for encoding in encodings]

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens included."""
        encodings = self._tokenizer.encode_batch_fast([encodable(text) for text in texts])
        return [len(encoding) for encoding in encodings]
