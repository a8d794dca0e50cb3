"""Answers made of what the user asked to remember and of what was said: quoted, with its day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ingest import index_terms, is_cjk, sentence_spans
from memory import Note, RecalledTurn, Turn, find_statements

from ..answer import Said
from ..aside import is_aside
from ..cite import strip_markers
from ..language import Language, words
from ..personal import Personal, read_personal, tells
from .draft import Draft, Task, Writing

__all__ = ["write_memory"]

LONGEST_QUOTE = 300
"""Characters of a quoted turn or note; the rest is an ellipsis."""
MOST_SAID = 2
"""Quotes at most where somebody asks what was said; any other question gets one."""
OWN, ANY_ENGLISH, ANY_CHINESE, WHAT_WAS_SAID = 2 / 3, 1.0, 0.8, 0.6
"""Share of a question's terms that a sentence must hold: the surer it is that the user asks about
himself, the less. Chinese terms are pairs of characters, some of which belong to no word."""
FEWEST_TERMS = 2
"""Terms that a question must have before a turn answers it although it is not about the user."""


def write_memory(task: Task, otherwise: Callable[[Task], Writing], *, refused: bool) -> Writing:
    """Quote notes or turns where they answer, and leave everything else to `otherwise`.

    They come before the documents only where the question is plainly about the user or the
    conversation, or where a note answers a question about the user. What the documents do not
    answer (`refused`) may be answered by a note, or by a turn that holds what is asked for. What
    they do answer gets a line more where a note tells of the same.

    Args:
        task: the question; its memory is asked for turns only where they may answer.
        otherwise: the way of answering, or of refusing, that would be taken without this one.
        refused: whether the documents do not hold the answer.
    """
    asked = read_personal(task.question)
    said = _found(task, asked, refused=refused)
    if not said:
        beside = None if refused else _beside(task, asked)
        for piece in otherwise(task):
            if beside is not None and isinstance(piece, Draft):
                line = f"\n{_shown(replace(beside, edited=True), task.language)}"
                yield line
                yield replace(piece, text=piece.text + line, said=(*piece.said, _cut(beside)))
            else:
                yield piece
        return
    text = "\n".join(_shown(one, task.language) for one in said)
    yield text
    yield Draft(text, (), (), "memory", said=tuple(map(_cut, said)))


def _found(task: Task, asked: Personal, *, refused: bool) -> list[Said]:
    """What answers: of the notes first, then of the turns; [] where nothing surely does."""
    if not (refused or asked.plain or asked.own):
        return []
    if asked.said_by != "assistant":
        surely = asked.plain or (asked.own and not asked.advice)
        for note in reversed(task.pinned() if refused or surely else ()):
            if _note_answers(asked, note):
                return [_from_note(note)]
    return _from_turns(task, asked) if refused or asked.plain else []


def _note_answers(asked: Personal, note: Note) -> bool:
    if asked.subject:
        return note.subject == asked.subject
    least = WHAT_WAS_SAID if asked.said_by else _least(asked)
    return bool(asked.terms) and asked.coverage(note.text) >= least and asked.fits(note.text)


def _beside(task: Task, asked: Personal) -> Said | None:
    """The latest note that tells of the very thing that the documents are asked for."""
    if asked.plain or asked.own or asked.advice or not asked.terms:
        return None
    for note in reversed(task.pinned()):
        whole = asked.coverage(note.text) >= _least(asked) and asked.fits(note.text)
        if whole and _tells_of_it(asked, note):
            return _from_note(note)
    return None


def _tells_of_it(asked: Personal, note: Note) -> bool:
    """Whether a note with all terms of a question is surely about them, and not about the user."""
    if find_statements(note.text).statements:  # "I prefer green tea"
        return False
    about = set(index_terms(note.subject.partition(":")[0]))
    several = len(asked.terms) >= FEWEST_TERMS
    return several or asked.expected is not None or asked.terms <= about


def _from_turns(task: Task, asked: Personal) -> list[Said]:
    """The best sentences of recalled turns: those that hold most, of these the latest."""
    recalled: Sequence[RecalledTurn] = task.recall()
    role = asked.said_by or "user"
    turns = [item.turn for item in recalled if item.turn.role == role]
    if role == "user":
        turns = [turn for turn in turns if not is_aside(turn.text)]
    if asked.said_by and not asked.terms:
        return [_from_turn(turn, turn.text) for turn in turns[-1:]]
    if not asked.plain and not asked.own and len(asked.terms) < FEWEST_TERMS:
        return []
    least = WHAT_WAS_SAID if asked.said_by else _least(asked)
    found: list[tuple[float, Said]] = []
    for turn in turns:
        for sentence, worth in _sentences(turn, asked):
            if worth >= least:
                found.append((worth, _from_turn(turn, sentence)))
    found.sort(key=lambda pair: (pair[0], pair[1].time, pair[1].turn))
    best = [said for _, said in found[-(MOST_SAID if asked.said_by else 1) :]]
    return sorted(best, key=lambda said: (said.time, said.turn))


def _sentences(turn: Turn, asked: Personal) -> Iterator[tuple[str, float]]:
    """Sentences of a turn that may answer, each with the share of the question that it holds."""
    if asked.subject:
        for statement in find_statements(turn.text).statements:
            if statement.subject == asked.subject:
                yield statement.text, 1.0
        return
    if turn.role == "assistant" and any("said" in record for record in turn.passages):
        return  # it quotes somebody else
    text = strip_markers(turn.text) if turn.role == "assistant" else turn.text
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        told = tells(sentence) or (asked.asked and not read_personal(sentence).said_by)
        if told and asked.fits(sentence):
            yield sentence, asked.coverage(sentence)


def _least(asked: Personal) -> float:
    if asked.own:
        return OWN
    return ANY_CHINESE if any(is_cjk(term) for term in asked.terms) else ANY_ENGLISH


def _from_note(note: Note) -> Said:
    return Said(
        note.turn_id,
        note.session,
        note.number,
        "user",
        note.time,
        _line(note.text),
        note.id,
        note.edited,
    )


def _from_turn(turn: Turn, words_of_it: str) -> Said:
    role: str = turn.role
    return Said(
        turn.id,
        turn.session,
        turn.number,
        "assistant" if role == "assistant" else "user",
        turn.time,
        _line(words_of_it),
    )


def _cut(said: Said) -> Said:
    return replace(said, quote=said.quote[:LONGEST_QUOTE])


def _line(text: str) -> str:
    return " ".join(text.split())


def _shown(said: Said, language: Language) -> str:
    """A quote with who said it when."""
    key = "noted" if said.edited else f"said_by_{said.role}"
    rest = "…" if len(said.quote) > LONGEST_QUOTE else ""
    quote = said.quote[:LONGEST_QUOTE] + rest
    return words(language, key, date=f"{said.time:%Y-%m-%d}", quote=quote)
