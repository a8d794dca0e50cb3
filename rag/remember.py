"""A message in; what it asks to remember pinned and confirmed, the rest answered, all recorded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from dataclasses import replace

from memory import Heard, Memory, Notes, Turn, find_statements

from .answer import Answer
from .aside import answer_aside, own_words
from .courtesy import courtesy
from .errors import QuestionError
from .language import language_of, words
from .personal import states_only

__all__ = ["NOTE_TOKENS", "pinned", "remembering"]

NOTE_TOKENS = 128
"""Tokens of a prompt kept for pinned notes: some ten of them; the newest that fit go in."""


def remembering(
    message: str,
    memory: Memory,
    notes: Notes | None,
    answer: Callable[[str, str], Generator[str, None, Answer]],
    *,
    user: str,
    session: str,
    replaces: int | None = None,
) -> Generator[str, None, Answer]:
    """Answer and record one message; what it states explicitly is confirmed first, then pinned.

    A message that only states something is answered by the confirmation alone, one that asks the
    documents nothing (see `answer_aside`) without `answer`.

    Args:
        message: as asked.
        memory: records the exchange.
        notes: None pins nothing.
        answer: makes the answer of a question and a session.
        user: whose conversation.
        session: the conversation.
        replaces: number of the turn in whose place it is asked; that one and those after it go
            when the answer is there.
    """
    heard = Heard((), message) if notes is None else find_statements(message)
    confirmation = _confirmation(message, heard)

    def earlier() -> list[Turn]:
        turns = memory.history(user=user, session=session)
        return [turn for turn in turns if replaces is None or turn.number < replaces]

    if not confirmation:
        made = yield from _answered(message, session, answer, earlier)
    elif not heard.rest or courtesy(heard.rest) or states_only(heard.rest):
        yield confirmation
        made = own_words(message, confirmation, "note")
    else:
        yield f"{confirmation}\n\n"
        made = yield from _answered(heard.rest, session, answer, earlier)
        made = replace(made, question=message, text=f"{confirmation}\n\n{made.text}")
    exchange = memory.record(
        made.question,
        made.text,
        user=user,
        session=session,
        passages=[
            *_confirmed(heard, session),
            *(said.as_record() for said in made.said),
            *(citation.as_dict() for citation in made.citations),
        ],
        replaces=replaces,
    )
    if notes is not None:
        notes.hear(exchange.turns[0])
    return replace(made, turn=exchange.turns[-1].id)


def pinned(
    notes: Notes | None,
    user: str,
    count_tokens: Callable[[str], int],
    without: Collection[int] = (),
) -> str:
    """The user's notes for a prompt, one line each, within `NOTE_TOKENS`; "" for none."""
    if notes is None:
        return ""
    return notes.render(user=user, budget=NOTE_TOKENS, count_tokens=count_tokens, without=without)


def _answered(
    asked: str,
    session: str,
    answer: Callable[[str, str], Generator[str, None, Answer]],
    earlier: Callable[[], list[Turn]],
) -> Generator[str, None, Answer]:
    """The answer to an aside, or to a question about the documents.

    Raises:
        QuestionError: an earlier turn that it quotes was forgotten while it was read.
    """
    aside = answer_aside(asked, earlier)
    if aside is None:
        return (yield from answer(asked, session))
    yield aside.text
    left = {turn.id: " ".join(turn.text.split()) for turn in earlier()} if aside.said else {}
    if any(" ".join(one.quote.split()) not in left.get(one.turn, "") for one in aside.said):
        raise QuestionError(
            "Something that the answer builds on was forgotten while it was made; ask again."
        )
    return aside


def _confirmation(message: str, heard: Heard) -> str:
    """What will be remembered, or why it will not, in the language of the message."""
    language = language_of(message)
    texts = [statement.text for statement in heard.statements]
    short = [text for text in texts if len(text) <= Notes.longest]
    lines = []
    if short:
        between = "；" if language == "zh" else "; "
        lines.append(words(language, "remember", notes=between.join(short)))
    lines += [
        words(language, "long_note", characters=len(text), most=Notes.longest)
        for text in texts
        if len(text) > Notes.longest
    ]
    return "\n".join(lines)


def _confirmed(heard: Heard, session: str) -> list[dict[str, object]]:
    """What the confirmation repeats of the message right before it, for who forgets that."""
    return [
        {"said": {"session": session, "number": 0}, "quote": statement.text}
        for statement in heard.statements
        if len(statement.text) <= Notes.longest
    ]
