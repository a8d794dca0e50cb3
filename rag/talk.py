"""A question in; what it asks of the conversation itself, by which place in it, out.

Rules in English and Chinese for whole questions, no model; any other question is about something.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from ingest import is_cjk

__all__ = ["Talk", "read_talk"]

LONGEST = 80
"""Characters; who asks for more than a place in the conversation names what it was about."""

Of = Literal["question", "words", "answer", "questions", "all"]

_FIRST = r"(?:very )?first|at the (?:start|beginning)|to begin with"
_NTH = r"second|third|fourth|fifth|(?:very )?last|latest|previous|most recent"
_PLACE = rf"(?:{_FIRST}|{_NTH}|just|just now|before(?: that)?|a moment ago)"
_HERE = r"(?: (?:so far|until now|earlier|in this (?:conversation|chat|session)))?"
_SAY = r"(?:say|tell you|write)"
_TALKED = r"(?:talk(?:ed|ing)?|sp(?:eak|oken)|chatt(?:ed|ing)) about|discuss(?:ed|ing)?"
_POLITE = r"(?:(?:so|and|ok|okay|sorry|please|(?:can|could|would|will) you) )*"
_ENGLISH: dict[Of, str] = {
    "question": rf"what (?:was|is) my {_PLACE} question"
    rf"|what (?:was|is) the {_PLACE} (?:question|thing) (?:that )?i asked"
    rf"|what did i (?:ask(?: you)? {_PLACE}|{_PLACE} ask)|what was my question"
    rf"|(?:repeat|show(?: me)?|tell me) my {_PLACE} question",
    "words": rf"what (?:was|is) my {_PLACE} message"
    rf"|what (?:was|is) the {_PLACE} thing (?:that )?i (?:said|wrote)"
    rf"|what did i (?:{_SAY} {_PLACE}|{_PLACE} {_SAY})",
    "answer": rf"what (?:was|is) your (?:{_PLACE} )?(?:answer|reply|response)"
    r"|what did you (?:just )?(?:say|answer|reply|tell me)(?: (?:just now|before|last))?"
    r"|what was that|(?:say|tell me|show me) (?:that|it|this) (?:again|once more)|come again"
    r"|repeat(?: (?:that|it|this|yourself|(?:your|the) (?:last |previous )?answer))?"
    r"(?: once more| for me)?|once more|one more time",
    "questions": rf"what (?:did|have) i ask(?:ed)?(?: you)?{_HERE}"
    rf"|(?:what|which) questions (?:did|have) i ask(?:ed)?(?: you)?{_HERE}"
    rf"|(?:list|show(?: me)?) (?:all )?(?:of )?my questions{_HERE}",
    "all": rf"what (?:did|have|were|are) we (?:been )?(?:{_TALKED}){_HERE}"
    r"|what (?:was|is) (?:our|this) (?:conversation|chat) about"
    rf"|(?:summari[sz]e|recap) (?:our|this|the) (?:conversation|chat|talk){_HERE}",
}
_FIRST_ZH = r"最初|最开始|一开始|开头|最先|首先"
_NTH_ZH = (
    rf"(?:第[一二三四五1-5][个次句]?|{_FIRST_ZH}"
    r"|上一?[个句条]|最后一?[个句条]?|前一[个句条]|刚才|刚刚)"
)
_WHAT = r"(?:什么|啥|哪个|哪些|些什么|些啥)"
_POLITE_ZH = r"(?:请问?|麻烦|你?还?记得|能不能|能|可以|可否|告诉我|那么?|[你您](?=再|重|能|可))*"
_ENGLISH_END, _CHINESE_END = (
    r"(?: you)?(?: again)?(?: please)?",
    r"(?:来着|吗|呢|啊|吧|好吗|可以吗)?",
)
_CHINESE: dict[Of, str] = {
    "question": rf"我(?:问你?的|的)?{_NTH_ZH}的?(?:问的)?问题(?:是{_WHAT})?"
    rf"|我{_NTH_ZH}都?(?:问|提)[你您]?[了过的]?(?:问题)?是?{_WHAT}(?:问题)?",
    "words": rf"我{_NTH_ZH}[跟对和]?[你您]?(?:说|讲|告诉)[你您]?[了过的]?话?是?{_WHAT}",
    "answer": rf"[你您]的?{_NTH_ZH}?的?(?:回答|答案|答复)的?[是了]?{_WHAT}"
    rf"|[你您](?:刚才|刚刚)?(?:说|讲)[了过的]?是?{_WHAT}"
    r"|(?:把?(?:刚才|上面|上一个)?的?(?:话|回答|答案|内容))?(?:再|重新)(?:说|讲|回答|来|重复)"
    r"(?:一遍|一次|一下)|重复(?:一遍|一次|一下)?(?:[你您]?的?(?:上一个|刚才的?)?(?:回答|答案|话))?",
    "questions": rf"我(?:都|一共|之前|到目前为止)*(?:问|提)[了过][你您]?{_WHAT}(?:问题)?",
    "all": rf"[我咱]们(?:都|刚才|刚刚|之前|到目前为止)*(?:聊|谈|讨论|说)[了过到]{_WHAT}(?:内容)?"
    r"|(?:总结|概括|回顾)(?:一下)?(?:[我咱]们|这次|本次)?的?(?:对话|聊天|谈话|会话)(?:内容)?",
}
_COUNTED = (
    re.compile(rf"\b(?:{_FIRST})\b|第[一1]|{_FIRST_ZH}"),
    re.compile(r"\bsecond\b|第[二2]"),
    re.compile(r"\bthird\b|第[三3]"),
    re.compile(r"\bfourth\b|第[四4]"),
    re.compile(r"\bfifth\b|第[五5]"),
)


@dataclass(frozen=True, slots=True)
class Talk:
    """What is asked of the conversation.

    Attributes:
        of: one "question" of the user, his "words", an "answer", all "questions", "all" he said.
        place: which of them, from 0; -1 is the last.
    """

    of: Of
    place: int = -1


def _whole(
    before: str, kinds: dict[Of, str], behind: str
) -> tuple[tuple[Of, re.Pattern[str]], ...]:
    return tuple((of, re.compile(f"{before}(?:{kind}){behind}")) for of, kind in kinds.items())


_READ_ENGLISH = _whole(_POLITE, _ENGLISH, _ENGLISH_END)
_READ_CHINESE = _whole(_POLITE_ZH, _CHINESE, _CHINESE_END)


def read_talk(question: str) -> Talk | None:
    """Read a question by its wording alone; None for one that is not about the talk as such."""
    if len(question) > LONGEST:
        return None
    plain = re.sub(r"['’]", "", unicodedata.normalize("NFKC", question).casefold())
    chinese = is_cjk(plain)
    text = re.sub(r"\W+", "" if chinese else " ", plain).strip()
    for of, pattern in _READ_CHINESE if chinese else _READ_ENGLISH:
        if pattern.fullmatch(text):
            counted = (at for at, place in enumerate(_COUNTED) if place.search(text))
            return Talk(of, next(counted, -1))
    return None
