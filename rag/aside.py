"""A message that asks the documents nothing in; the answer to it out: no search, no model.

It is a courtesy, or a question about the conversation itself, which the conversation answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from memory import Turn, find_statements

from .answer import Answer, Citation, Said, Strategy
from .courtesy import courtesy
from .language import language_of, words
from .stored import stored_exchanges
from .talk import Talk, read_talk

__all__ = ["answer_aside", "is_aside", "own_words", "without_asides"]

LONGEST_QUOTE = 300
"""Characters of a quoted turn; the rest is an ellipsis."""
MOST_LISTED = 10
"""Turns at most in a list of what was said; the latest."""


def answer_aside(message: str, earlier: Callable[[], Sequence[Turn]]) -> Answer | None:
    """The answer to a courtesy or to a question about the conversation; None for any other message.

    Args:
        message: as asked.
        earlier: fetches every turn of the conversation before it, oldest first.
    """
    if kind := courtesy(message):
        return own_words(message, words(language_of(message), kind), "courtesy")
    talk = read_talk(message)
    if talk is None:
        return None
    return (_repeated if talk.of == "answer" else _told)(message, talk, earlier())


def is_aside(message: str) -> bool:
    """Whether a message, without what it states for keeping, asks the documents nothing."""
    asked = find_statements(message).rest
    return courtesy(asked) is not None or read_talk(asked) is not None


def without_asides(turns: Sequence[Turn]) -> list[Turn]:
    """The turns on which a question to the documents may hang.

    Of an answer that cites documents, too, a quoted note is taken out of what was shown with it,
    since an answer by notes or turns alone is none of the documents.
    """
    kept: list[Turn] = []
    aside = False
    for turn in turns:
        aside = is_aside(turn.text) if turn.role == "user" else aside
        if aside:
            continue
        cited = any("chunk_id" in record for record in turn.passages)
        shown = tuple(r for r in turn.passages if not cited or "said" not in r)
        kept.append(turn if len(shown) == len(turn.passages) else replace(turn, passages=shown))
    return kept


def own_words(
    message: str,
    text: str,
    strategy: Strategy,
    said: tuple[Said, ...] = (),
    citations: tuple[Citation, ...] = (),
) -> Answer:
    """An answer that nothing was searched for.

    Args:
        message: as asked.
        text: the answer.
        strategy: how its words came about.
        said: the turns that it quotes.
        citations: of documents, where an earlier answer is given again.
    """
    return Answer(
        question=message,
        text=text,
        sentences=(),
        citations=citations,
        strategy=strategy,
        language=language_of(message),
        passages=(),
        searched=(),
        support=0.0,
        said=said,
    )


def _repeated(message: str, talk: Talk, earlier: Sequence[Turn]) -> Answer:
    """An earlier answer, whole, with its citations; one to a courtesy where there is no other.

    All of it is quoted, so that all of it goes when that one is forgotten.
    """
    exchanges = stored_exchanges(earlier)
    other = [one for one in exchanges if courtesy(one.question.text) is None]
    answers = [one.answer for one in other or exchanges if one.answer is not None]
    if not answers:
        return own_words(message, words(language_of(message), "nothing_said"), "memory")
    answer = answers[min(talk.place, len(answers) - 1)]
    turn = answer.turn
    return own_words(message, turn.text, "memory", (_said(turn, turn.text),), answer.citations)


def _told(message: str, talk: Talk, earlier: Sequence[Turn]) -> Answer:
    """What the user asked or said, in the order of the conversation."""
    language = language_of(message)
    asking = talk.of in ("question", "questions")
    turns = [turn for turn in earlier if turn.role == "user" and not is_aside(turn.text)]
    if asking:
        turns = [turn for turn in turns if find_statements(turn.text).rest]
    if not turns:
        none = words(language, "nothing_asked" if asking else "nothing_said")
        return own_words(message, none, "memory")
    if talk.place >= len(turns):
        return own_words(message, words(language, "so_many", count=len(turns)), "memory")
    if talk.of in ("questions", "all"):
        said = tuple(_said(turn, _line(turn)) for turn in turns[-MOST_LISTED:])
        before = ["…"] if len(turns) > MOST_LISTED else []
        lines = [words(language, "asked_here" if asking else "said_here"), *before]
        lines += [f"“{_shown(turn)}”" for turn in turns[-MOST_LISTED:]]
        return own_words(message, "\n".join(lines), "memory", said)
    turn = turns[talk.place]
    key = "asked_by_user" if asking else "said_by_user"
    text = words(language, key, date=f"{turn.time:%Y-%m-%d}", quote=_shown(turn))
    return own_words(message, text, "memory", (_said(turn, _line(turn)),))


def _line(turn: Turn) -> str:
    return " ".join(turn.text.split())[:LONGEST_QUOTE]


def _shown(turn: Turn) -> str:
    line = _line(turn)
    return line if line == " ".join(turn.text.split()) else f"{line}…"


def _said(turn: Turn, quote: str) -> Said:
    role: Literal["user", "assistant"] = "assistant" if turn.role == "assistant" else "user"
    return Said(turn.id, turn.session, turn.number, role, turn.time, quote)
