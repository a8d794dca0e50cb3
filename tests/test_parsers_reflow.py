"""Where a paragraph of a PDF begins: at the mark of an item, not at a decimal or an initial."""

from __future__ import annotations

import pytest

from ingest.parsers.reflow import reflowed

FULL = "The pump of the new cooling unit moves four litres of glycol a minute and"
SHORTER = "The pump of the new cooling unit moves four litres of"  # 70 % of it


def begins(line: str, *above: str) -> bool:
    """Whether `line` begins a paragraph below the lines `above`, on a page of full lines."""
    joined = reflowed([*above, line, "", FULL])
    return line in joined.split("\n")


@pytest.mark.parametrize(
    ("end", "line"),
    [
        ("its motor draws a power of only", "3.1 kilowatts when the valve is fully open"),
        ("it is used with several coolants,", "e.g. glycol or brine"),
        ("it is used with several coolants,", "e. g. glycol or brine"),
        ("it was paid for by the government of the", "U.S. Department of Energy"),
        ("it was designed by a team led by Dr.", "J. Smith, who had worked on it"),
        ("it was designed by a team led by", "J. Smith, who had worked on it"),
        ("it was designed by a team led by", "J. R. Smith, who had worked on it"),
        ("it was built by Miller Inc.", "J. Smith was there"),
        ("the number of units that were sold comes to", "12. The next year is open"),
        ("what it says about the valve stands on", "p. 5 of the book"),
        ("the motor of the pump has a speed of", "3.1 GHz and a fan"),
        ("it was opened to the public on the", "12.5.2024 by the king"),
        ("of its fans one takes 2 kilowatts;", "3.1 kilowatts go to the other"),
        ("its motor draws a power of:", "3.1 kilowatts when the valve is open"),
        ("the motor has the power that is told under", "3.2 Scope of the book"),
    ],
)
def test_a_line_that_goes_on_with_the_sentence_begins_no_paragraph(end: str, line: str) -> None:
    assert not begins(line, FULL, f"{FULL} {end}")


@pytest.mark.parametrize(
    "line",
    ["1. Open the valve", "2. Close it", "a. open it", "A. Scope", "3.1 Scope", "3.1. Scope"],
)
@pytest.mark.parametrize("end", [".", "?", "。", ":"])
def test_a_mark_below_the_end_of_a_sentence_or_a_colon_begins_an_item(line: str, end: str) -> None:
    assert begins(line, FULL, FULL + end)


@pytest.mark.parametrize(
    "line",
    [
        "2) Close it",
        "(a) open it",
        "(3) wait",
        "一、总则",
        "（二）范围",
        "1、打开",
        "• open",
        "1. Open",
    ],
)
def test_a_mark_that_is_nothing_else_begins_an_item_anywhere(line: str) -> None:
    assert begins(line, FULL, FULL)


@pytest.mark.parametrize(
    ("above", "line", "begun"),
    [
        ("2. Open", "3. Close", True),
        ("2. Open", "4. Close", False),
        ("a. open", "b. close", True),
        ("A. Scope", "B. Limits", True),
        ("A. Scope", "C. Smith", False),
        ("3.1 Scope", "3.2 Limits", True),
        ("3.1 Scope", "3.1.1 Limits", True),
        ("3.1 Scope", "4. Limits", True),
        ("3. Scope", "3.1 Limits", True),
        ("3.1 Scope", "3.2 litres", False),
        ("3.1 Scope", "5.2 Limits", False),
    ],
)
def test_a_mark_that_counts_on_from_the_paragraph_above_begins_an_item(
    above: str, line: str, begun: bool
) -> None:
    assert begins(line, FULL + ".", f"{above} of {FULL}") is begun


@pytest.mark.parametrize(
    ("line", "begun"),
    [("4. Close", True), ("b. close", True), ("3.1 Scope", True), ("J. Smith", False)],
)
def test_a_line_that_left_room_lets_a_mark_begin_an_item_but_no_initial(
    line: str, begun: bool
) -> None:
    assert begins(line, FULL, SHORTER) is begun


def test_a_line_that_left_room_after_a_title_goes_on() -> None:
    assert not begins("Wolfeschlegelsteinhausen", FULL, f"{SHORTER[:-8]} by Dr.")
    assert begins("Wolfeschlegelsteinhausen", FULL, f"{SHORTER[:-8]} by him.")
