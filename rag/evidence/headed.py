"""A question in; how near a sentence is to what names the thing asked about or asks the same, out.

"What is the 3-2-1 rule?" is answered below the heading "3. The 3-2-1 rule", whose first sentence
says "the rule" and looks unlike the question; any question is answered where a page of frequent
questions asks it. English and Chinese, by rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from ingest import Heading, Page, index_terms, query_terms, sentence_spans

from .cut import HEADING_MARKS, Cut, squeezed
from .expectation import asks_alike

__all__ = ["answering", "asks", "asks_same", "echoes", "headed", "is_asked", "is_headed", "thing"]

NAMED = 0.6
"""Share of the words of name and heading together that both must hold; flat from 0.51 to 0.66."""
SAME = 0.8
"""The same for two questions that are one."""
FADING = 0.5
"""What a sentence has of the one before it: a section says first what it is about."""
OPENING = 600
"""Characters behind a heading that open its section."""
LONGEST = 200
"""Characters of a question that names a thing and asks nothing else."""

_THING = re.compile(
    r"^\W*(?:(?:what(?:['’]s|\s+is|\s+are|\s+does|\s+do)(?:\s+meant\s+by)?|define)\s+"
    r"(?:(?:an?|the)\s+)?(?P<en>\S.*?)(?:\s+(?:mean|say|state|stand\s+for))?[^\w+#]*"
    r"|(?:请问|请)?(?:什么是|什么叫|何谓|何为|解释一?下?|介绍一?下?)(?P<zh>\S+?)[？?。！\s]*"
    r"|(?:请问)?(?P<hz>\S+?)(?:(?:的(?:意思|含义|定义))?(?:是|指的?是|是指)什么(?:意思|东西)?|指什么)[？?。\s]*)$",
    re.IGNORECASE,
)
_NUMBERING = re.compile(
    r"^\W*(?:(?:chapter|section|part)\s+)?(?:\d+(?:\.\d+)*[.)、．](?!\d)\s*|\d+(?:\.\d+)+\s+"
    r"|第?[一二三四五六七八九十百\d]+[章节部分篇]*[、.．：:\s]\s*)",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^\W*(?:q(?:uestion)?|问题?)\s*\d*\s*[:：.．、)）]\s*", re.IGNORECASE)
_ASKS = re.compile(r"[?？][\s\"'”’）)\]*_`~]*$")
_ASKS_UNMARKED = re.compile(
    r"^\W*(?:how|what|when|where|which|who|whom|whose|why|can|could|do|does|did|is|are|may|must"
    r"|should|will)\b|如何|怎么|怎样|什么|为何|哪|谁|多少|多久|几|是否|能否|能不能|可不可以|吗$",
    re.IGNORECASE,
)
_HOW_TO = re.compile(r"^\W*how (?:do|can|to|should|could)\b|如何|怎么(?!样)|怎样", re.IGNORECASE)
_PARTS = re.compile(r"[:;：；（）()]|\s[–—-]\s")
_LIST = re.compile("[,，、]")  # the first of several things is what the section begins with
_NUMBER = re.compile(r"\d+")
_TURNS = re.compile(
    r"\b(?:not|no|non|before|after|under|over|above|below|without|with|except|against)\b|[+#]"
    r"|不|非|无|未|前|后|除|外",
    re.IGNORECASE,
)


def thing(question: str) -> str | None:
    """The name of what a question asks to be told about, without its article; None if no such."""
    asked = _THING.match(question.strip()) if len(question) <= LONGEST else None
    return asked and (asked["en"] or asked["zh"] or asked["hz"])


def headed(question: str) -> Callable[[Cut], float] | None:
    """How far a sentence opens a section that is named like what is asked about, in [0, 1].

    None when the question does not ask what something is.
    """
    name = thing(question)
    if not name or not query_terms(name):
        return None

    def opening(sentence: Cut) -> float:
        heading = _above(sentence)
        if heading is None or sentence.page is None:
            return 0.0
        alike = _alike(name, heading.title)
        before = _before(sentence.page, heading, sentence.start) if alike >= NAMED else None
        return 0.0 if before is None else alike * FADING**before

    return opening


def is_headed(question: str, path: Sequence[str]) -> bool:
    """Whether the question asks what something is, and the innermost of the headings names it.

    All its words must stand in the headings: a section "Refund policy" need not tell the refund
    policy for students.

    Args:
        question: as asked.
        path: the document's title and the headings, outermost first.
    """
    name = thing(question)
    words = frozenset(query_terms(name)) if name else frozenset()
    _, *headings = path or ("",)
    if not name or not words or not headings:
        return False
    told = words.issubset(query_terms(" ".join(path)))
    return told and _alike(name, headings[-1]) >= NAMED


def asks(text: str) -> bool:
    """Whether a sentence ends with a question mark."""
    return _ASKS.search(text) is not None


@lru_cache(maxsize=2_048)
def asks_same(question: str, other: str) -> bool:
    """Whether another question has nearly the question's words, and its numbers and "not"."""
    if max(len(question), len(other)) > OPENING:
        return False
    other = _LABEL.sub("", _NUMBERING.sub("", other))
    words, more = (frozenset(query_terms(text)) for text in (question, other))
    alike = len(words & more) >= SAME * len(words | more) > 0
    numbers, others = (set(_NUMBER.findall(text)) for text in (question, other))
    same = numbers == others and not _opposed(question, other)
    return alike and same and asks_alike(question, other)


def is_asked(question: str, path: Sequence[str]) -> bool:
    """Whether the innermost of the headings asks the question; "Paying" asks how one pays.

    All its words must stand in the headings.

    Args:
        question: as asked.
        path: the document's title and the headings, outermost first.
    """
    _, *headings = path or ("",)
    told = frozenset(query_terms(question)).issubset(query_terms(" ".join(path)))
    return bool(headings) and told and _asked_by(question, headings[-1])


def answering(question: str, sentences: Sequence[Cut]) -> list[float]:
    """How far each sentence opens what stands below the same question, in [0, 1].

    Args:
        question: as asked.
        sentences: in reading order within their pages.
    """
    shares = [_below(question, sentence) for sentence in sentences]
    places = [(s.passage.source, s.passage.page, s.start) for s in sentences]
    asked: Cut | None = None
    share = 0.0
    for at in sorted(range(len(sentences)), key=lambda n: places[n]):
        sentence = sentences[at]
        if asks(sentence.text):
            asked = sentence if asks_same(question, sentence.text) else None
            share = 1.0
        elif asked is not None and _goes_on(asked, sentence):
            shares[at] = max(share, shares[at])
            share *= FADING
        else:
            asked = None
    return shares


def echoes(sentence: Cut, question: str) -> bool:
    """Whether it is a heading of which the question has every word, or the question itself.

    The number of a heading does not count.
    """
    if asks(sentence.text) and asks_same(question, sentence.text):
        return True
    words = index_terms(_NUMBERING.sub("", sentence.text)) if sentence.heading else ()
    return sentence.heading and frozenset(index_terms(question)).issuperset(words)


def _asked_by(question: str, title: str) -> bool:
    """Whether a heading asks what the question asks."""
    asking = asks(title) or _ASKS_UNMARKED.search(title) or _HOW_TO.search(question)
    return bool(asking) and asks_same(question, title)


def _below(question: str, sentence: Cut) -> float:
    heading = _above(sentence)
    if heading is None or sentence.page is None or not _asked_by(question, heading.title):
        return 0.0
    before = _before(sentence.page, heading, sentence.start)
    return 0.0 if before is None else FADING**before


def _goes_on(asked: Cut, sentence: Cut) -> bool:
    """Whether a sentence stands below one that asks, near it and under the same heading."""
    one, two = asked.passage, sentence.passage
    here = (one.source, one.page) == (two.source, two.page) and _above(asked) == _above(sentence)
    return here and asked.end <= sentence.start <= asked.end + OPENING


def _above(sentence: Cut) -> Heading | None:
    """The last heading before a sentence."""
    headings = sentence.page.headings if sentence.page is not None else ()
    return next((each for each in reversed(headings) if each.start <= sentence.start), None)


@lru_cache(maxsize=512)
def _alike(name: str, title: str) -> float:
    """Share of their words that a name and a heading, or a part of it, have in common.

    None in common where one of them alone has a word that turns its sense, or numbers differ.
    """
    title = _NUMBERING.sub("", title)
    words = frozenset(query_terms(name))
    best = 0.0
    for part in (title, _LIST.split(title)[0], *_PARTS.split(title)):
        other = frozenset(query_terms(part))
        if words & other and not _opposed(name, part):
            best = max(best, len(words & other) / len(words | other))
    return best


def _opposed(name: str, title: str) -> bool:
    turns, others = ({turn.casefold() for turn in _TURNS.findall(t)} for t in (name, title))
    numbers, more = (set(_NUMBER.findall(t)) for t in (name, title))
    return turns != others or bool(numbers and more and numbers != more)


def _before(page: Page, heading: Heading, start: int) -> int | None:
    """Sentences between a heading and an offset; None when it is far or the heading elsewhere.

    A heading that goes on from the page before is open here without standing here.
    """
    reach = heading.start + len(heading.title) + HEADING_MARKS
    at = page.text.find(heading.title, heading.start, reach)
    end = at + len(heading.title)
    if at < 0:  # marks of emphasis or code stand between its words
        line = page.text[heading.start : reach + HEADING_MARKS].partition("\n")[0]
        end = heading.start + len(line)
        if squeezed(heading.title) not in squeezed(line):
            return None
    if start > end + OPENING:
        return None
    return len(sentence_spans(page.text[end:start]))
