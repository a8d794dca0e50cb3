"""A question about a thing in; how near a sentence is to the heading that names the thing, out.

"What is the 3-2-1 rule?" is answered below the heading "3. The 3-2-1 rule", whose first sentence
says "the rule" and looks unlike the question. English and Chinese, by rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from ingest import Heading, Page, index_terms, query_terms, sentence_spans

from .cut import HEADING_MARKS, Cut, squeezed

__all__ = ["echoes", "headed", "is_headed", "thing"]

NAMED = 0.6
"""Share of the words of name and heading together that both must hold; flat from 0.51 to 0.66."""
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


def echoes(sentence: Cut, question: str) -> bool:
    """Whether it is a heading of which the question has every word; its number does not count."""
    words = index_terms(_NUMBERING.sub("", sentence.text)) if sentence.heading else ()
    return sentence.heading and frozenset(index_terms(question)).issuperset(words)


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
