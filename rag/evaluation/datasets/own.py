"""A user's own JSONL: one question per line, with the document, page and words that answer it.

    {"question": "…", "document": "guide.pdf", "page": 2, "quote": "…", "answer": "…"}
    {"question": "…", "answerable": false}

Only `question` and, unless it is marked unanswerable, `document` are needed. `answer` may be a list
of accepted answers, `language` is "en" or "zh", `also` lists further places that a whole answer
needs. A field that is null is as if left out.
"""

from __future__ import annotations

from typing import Any, cast

from ...language import Language, language_of
from .base import Place, Question, QuestionSet
from .errors import DatasetError

__all__ = ["read_own"]

_LAST_PAGE = 1_000_000
_KEYS = frozenset("question language answerable document page quote answer also".split())


def read_own(name: str, sha256: str, rows: list[Any]) -> QuestionSet:
    """The questions of a file.

    Args:
        name: of the file.
        sha256: of the file's bytes.
        rows: the parsed lines.

    Raises:
        DatasetError: a line is not as described above; the message names it.
    """
    return QuestionSet(
        name, sha256, tuple(_question(name, n, row) for n, row in enumerate(rows, 1))
    )


def _question(name: str, number: int, row: Any) -> Question:
    where = f"Question {number!r} of {name!r}"
    if not isinstance(row, dict) or not isinstance(row.get("question"), str):
        raise DatasetError(f'{where} is {row!r}; write {{"question": "…", "document": "…"}}.')
    if unknown := sorted(set(row) - _KEYS):
        raise DatasetError(f"{where} has the unknown fields {unknown!r}; known: {sorted(_KEYS)!r}.")
    row = _given(row)
    text = row["question"].strip()
    if row.get("language", "en") not in ("en", "zh"):
        raise DatasetError(f"{where} is in {row['language']!r}; write 'en' or 'zh'.")
    language = cast(Language, row.get("language", language_of(text)))
    answerable, also = row.get("answerable", True), row.get("also", [])
    if not isinstance(answerable, bool):
        raise DatasetError(f"{where} has answerable {answerable!r}; write true or false.")
    if not answerable:
        return Question(text, language)
    if not isinstance(also, list) or not all(isinstance(place, dict) for place in also):
        raise DatasetError(f'{where} has also {also!r}; write [{{"document": "…"}}].')
    evidence = [(_place(where, _given(place)),) for place in (row, *also)]
    return Question(text, language, _accepted(where, row.get("answer", [])), tuple(evidence))


def _given(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _accepted(where: str, answer: Any) -> tuple[str, ...]:
    answers = answer if isinstance(answer, list) else [answer]
    for one in answers:
        if not isinstance(one, str | int | float) or isinstance(one, bool):
            raise DatasetError(
                f"{where} has the answer {one!r}; write a string, or a list of strings."
            )
    return tuple(answer for one in answers if (answer := str(one).strip()))


def _place(where: str, row: dict[str, Any]) -> Place:
    document, page, quote = row.get("document"), row.get("page", 0), row.get("quote", "")
    if not isinstance(document, str) or not document:
        raise DatasetError(f'{where} names no document; add "document", or "answerable": false.')
    if not isinstance(page, int) or isinstance(page, bool) or not 0 <= page <= _LAST_PAGE:
        raise DatasetError(f"{where} has the page {page!r}; pages count from 1.")
    if not isinstance(quote, str):
        raise DatasetError(f"{where} has the quote {quote!r}; write the words as a string.")
    return Place(document, page, quote.strip())
