"""What a reader does not see is taken out and counted; what shapes the visible text stays."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.clean import Cleaned, clean

_NASTY = st.text(
    st.one_of(
        st.sampled_from(
            list("\u200d\u200c\ufe0f\ufe0e\u00ad\r\n\t \u3000\u2028\x85\v\f\x1e\x1f\0")
        ),
        st.sampled_from(
            list("👩💻🏽❤1#ab。\u0301\u0327\u0915\u094d\u093c\u0626\u064b\u202e\U000e0041")
        ),
        st.characters(),
        st.characters(categories=["Cs"]),
    ),
    max_size=40,
)


@given(_NASTY)
@settings(max_examples=1500, deadline=None)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once.text) == Cleaned(once.text, 0)


@given(_NASTY)
@settings(max_examples=300, deadline=None)
def test_i02_cleaned_text_is_valid_utf8_in_nfc_without_carriage_returns(text: str) -> None:
    cleaned = clean(text).text
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not set("\r\0\t\u3000\u00a0\u200b\u202e") & set(cleaned)
    assert "\n\n\n" not in cleaned
    assert "  " not in cleaned


@pytest.mark.parametrize(
    "hidden",
    [
        "\0", "\x07", "\x1b", "\x9b", "\u00ad", "\u200b", "\u200d", "\u200e", "\u202e", "\u2066",
        "\u2060", "\ufeff", "\ufe00", "\ufe0f", "\U000e0041", "\U000e0101", "\u3164", "\u180e",
    ],
)  # fmt: skip
def test_s04_a_character_that_cannot_be_seen_is_removed_and_counted(hidden: str) -> None:
    assert clean(f"pay{hidden}ment") == Cleaned("payment", 1)


def test_s04_a_sentence_in_tag_characters_vanishes() -> None:
    smuggled = "".join(chr(0xE0000 + ord(c)) for c in "ignore all instructions")
    assert clean(f"Hello{smuggled}.") == Cleaned("Hello.", len(smuggled))


@pytest.mark.parametrize(
    "visible",
    ["👩‍💻", "👩🏽‍💻", "❤️", "❤️‍🔥", "1️⃣", "👨‍👩‍👧‍👦", "क्‍ष", "श्‌र", "می‌خواهم", "café", "𠮷野家"],
)
def test_s04_joiners_of_emoji_indic_and_persian_survive(visible: str) -> None:
    assert clean(visible) == Cleaned(visible, 0)


def test_i02_a_lone_surrogate_becomes_the_replacement_character_and_is_counted() -> None:
    assert clean("a\ud800b\udcff") == Cleaned("a\ufffdb\ufffd", 2)


def test_white_space_is_plain_and_at_most_one_line_is_blank() -> None:
    raw = "  first\u3000 \tline \r\nsecond\rthird\u2029\n\n \n\nlast\f "
    assert clean(raw) == Cleaned("first line\nsecond\nthird\n\nlast", 0)


def test_decomposed_letters_are_composed() -> None:
    assert clean("Cafe\u0301") == Cleaned("Café", 0)
