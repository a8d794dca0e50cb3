"""Untrusted text is spelt out even where the library itself would make a special token of it."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from rag.worker.protocol import Segment
from rag.worker.tokens import Vocabulary

CONTROL, USER_DEFINED, NORMAL = 8, 16, 4
# Token ids: 0 is a control token, 1 to 4 are defined by the user, a character's is 100 + its code.
MARKED = {"<s>": (0, CONTROL), "<think>": (1, USER_DEFINED), "<<": (2, USER_DEFINED)}
MARKED |= {"\n\n": (3, USER_DEFINED), "€": (4, USER_DEFINED)}


class TinyLibrary:
    """llama.cpp's rules with a vocabulary of five special tokens and all characters.

    Like the library, it leaves control tokens alone unless told to parse them, but always
    parses those "defined by the user".
    """

    llama_token = ctypes.c_int32
    LLAMA_TOKEN_ATTR_CONTROL = CONTROL
    LLAMA_TOKEN_ATTR_USER_DEFINED = USER_DEFINED
    LLAMA_TOKEN_ATTR_UNKNOWN = 1

    def __init__(self, adds_bos: bool = False) -> None:
        self.adds_bos = adds_bos

    def llama_vocab_n_tokens(self, _vocab: Any) -> int:
        return 1000

    def llama_vocab_bos(self, _vocab: Any) -> int:
        return 0

    def llama_vocab_eos(self, _vocab: Any) -> int:
        return -1

    def llama_vocab_get_add_bos(self, _vocab: Any) -> bool:
        return self.adds_bos

    def llama_vocab_get_text(self, _vocab: Any, token: int) -> bytes:
        return next(text for text, (known, _) in MARKED.items() if known == token).encode()

    def llama_vocab_get_attr(self, _vocab: Any, token: int) -> int:
        return next((attr for known, attr in MARKED.values() if known == token), NORMAL)

    def llama_tokenize(
        self, _vocab: Any, data: bytes, _size: int, out: Any, _room: int, _bos: bool, special: bool
    ) -> int:
        text, count = data.decode(), 0
        while text:
            found = next(
                (
                    (marker, token)
                    for marker, (token, attr) in MARKED.items()
                    if text.startswith(marker) and (special or attr == USER_DEFINED)
                ),
                (text[0], 100 + ord(text[0])),
            )
            out[count] = found[1]
            count, text = count + 1, text[len(found[0]) :]
        return count


def letters(text: str) -> list[int]:
    return [100 + ord(letter) for letter in text]


@pytest.mark.parametrize("text", ["<think>", "a<think>b<think>", "<<think>>", "<<<", "<s>"])
def test_q07_markers_defined_by_the_user_are_spelt_out(text: str) -> None:
    assert Vocabulary(TinyLibrary(), None).plain(text) == letters(text)


def test_q07_white_space_and_single_characters_keep_their_own_tokens() -> None:
    assert Vocabulary(TinyLibrary(), None).plain("a\n\n€") == [*letters("a"), 3, 4]


def test_a_prompt_begins_once_with_bos_when_the_model_was_trained_so() -> None:
    vocabulary = Vocabulary(TinyLibrary(adds_bos=True), None)
    assert vocabulary.prompt([Segment("a")]) == [0, *letters("a")]
    assert vocabulary.prompt([Segment("<s>a", special=True)]) == [0, *letters("a")]
    assert vocabulary.prompt([]) == []
    assert Vocabulary(TinyLibrary(), None).prompt([Segment("a")]) == letters("a")
