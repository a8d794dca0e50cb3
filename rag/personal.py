"""A question in; whether the user asks about himself or what was said, by which words, out.

Rules in English and Chinese, no model; what is not plainly meant is not guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ingest import index_terms, is_cjk, query_terms

__all__ = ["Personal", "read_personal", "states_only", "tells"]

LONGEST = 300
"""Characters of a question that are looked at; who asks about himself is brief."""

_NAME = re.compile(
    r"\bmy (?:full |first |last |own )?name\b(?! (?:of|in|on))|\bwho am i\b|\bam i called\b"
    r"|\b(?:do|should|will) you call me\b"
    r"|我的?(?:名字|姓名|全名)(?!在)|我(?:叫|姓)(?:什么|啥|甚么)|我是谁|称呼我",
    re.IGNORECASE,
)
_HOME = re.compile(
    r"\bwhere do (?:i|we) (?:now |currently )?live\b|\bwhere(?:'s|’s| is) my home\b"
    r"|我们?(?:现在|目前)?家?住在?(?:哪|什么)|我们?家在哪",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:my|mine|our|ours|we|me)\b|我|咱"
    r"|\b(?:do|did|am|was|have|had|will|would|can|could|should|must) i\b",
    re.IGNORECASE,
)
_SAID = r"(?:sa(?:y|id)|tell|told|mention(?:ed)?|stated?|wr(?:i|o)te|written"
_TALKED = r"|talk(?:ed)? about|discuss(?:ed)?|agreed?(?: on)?|decided?)"
_AGO = r"(?:ever |just |already |once |last |previously )*"
_BY_USER = re.compile(
    rf"\b(?:did|have|had) (?:i|we) {_AGO}(?:{_SAID}{_TALKED}|ask(?:ed)?)\b"
    rf"|\b(?:i|we) {_AGO}(?:said|told you|mentioned|asked|agreed|decided|discussed)\b"
    r"|我们?(?:刚才|刚刚|之前|以前|上次|前面|曾经?|有没有|都|跟你|对你|和你|向你)*"
    r"(?:说|讲|提|问|聊|告诉)(?:过|到过|起过|了|到了)|我们?(?:刚才|刚刚|之前|上次)(?:说|讲|提|问|聊)",
    re.IGNORECASE,
)
_BY_ASSISTANT = re.compile(
    rf"\b(?:did|have|had) you {_AGO}{_SAID}|answer(?:ed)?)\b"
    rf"|\byou {_AGO}(?:said|told (?:me|us)|mentioned|answered)\b"
    r"|[你您](?:刚才|刚刚|之前|以前|上次|前面|曾经?|有没有|都|跟我|对我)*"
    r"(?:说|讲|提|回答|告诉我?)(?:过|到过|了)|[你您](?:刚才|刚刚|之前|上次)(?:说|讲|提|回答)",
    re.IGNORECASE,
)
_ASKED = re.compile(r"\bask(?:ed)?\b|问[过了到]?", re.IGNORECASE)
_ADVICE = re.compile(
    r"\b(?:should|could|can|may|must|why|how to|how (?:do|does|can|could|should|would))\b"
    r"|怎么|怎样|如何|为什么|为何|应该|应当|可以|能不能|该不该",
    re.IGNORECASE,
)
_FRAME = re.compile(
    r"\b(?:what|which) (?:days?|dates?|times?|years?|months?|kinds? of|sorts? of)\b"
    r"|\bof the week\b|\b(?:what|when|where|who)'s|'s names?\b"
    r"|\b(?:names? of|called|remember|remind|recall|know|again"
    r"|earlier|previously|currently|usually|conversation|chat|yesterday|last time|ago|did|have"
    r"|had)\b"
    rf"|\b{_SAID}{_TALKED}\b|\bask(?:ed)?\b|\banswer(?:ed)?\b",
    re.IGNORECASE,
)
_FRAME_ZH = re.compile(
    r"我们|咱们|[我你您]|刚才|刚刚|之前|以前|上次|前面|曾经?|昨天|还?记得|记不记得|知道|告诉"
    r"|[说讲提聊问][过到了起]{0,2}|有没有|什么时候|时候|何时|在?哪一?[天年月日个里儿]|星期几|周几"
    r"|[几多][点号岁少大长久高]|叫?什么|名字叫?|谁|请问|一下|关于|的事情?|在哪|[是叫的了吗呢么啥过跟和对都]"
)
_WHEN = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:days?|dates?|times?|years?|months?)\b|\bhow (?:soon|often)\b"
    r"|什么时候|何时|哪一?[天年月日]|几[点号月]|周几|星期几|多久",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"\bhow (?:many|much|old|long|far|tall|big|large|high)\b|多少|多[大长高远]"
    r"|几[个名人岁次块元本张台位]",
    re.IGNORECASE,
)
_A_TIME = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july"
    r"|august|september|october|november|december|today|tonight|tomorrow|yesterday|daily|weekly"
    r"|monthly|yearly|every|each|noon|midnight|mornings?|afternoons?|evenings?|weekends?|spring"
    r"|summer|autumn|winter|next|last|ago|o'clock|\d{4}|\d{1,2} ?[ap]m|\d{1,2}:\d\d)\b"
    r"|\d+(?:st|nd|rd|th)\b|[周星期礼拜][一二三四五六日天末]|[今明后昨前每]天|[上下本这每]个?[周月年]"
    r"|[\d一二三四五六七八九十〇零]+[年月日号点]|早上|上午|中午|下午|晚上|月底|年底|季度",
    re.IGNORECASE,
)
_A_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|million"
    r"|half)\b|[一二两三四五六七八九十百千万亿半]",
    re.IGNORECASE,
)
_NAMED = re.compile(r"'s names?\b|\bnames? of\b|\bcalled\b|叫什么|叫啥|名字|姓什么", re.IGNORECASE)
_A_NAME = re.compile(r"\b(?:called|named|names?)\b|叫|名字|姓|名为", re.IGNORECASE)
_TELLS_NOTHING = re.compile(
    r"[?？][\"'”’」』）)\s]*$"
    r"|^\W*(?:what|who|whom|whose|when|where|why|which|how|is|are|was|were|do|does|did|can|could"
    r"|will|would|should|if|suppose|imagine|tell|explain|describe|list|summari[sz]e|show|give"
    r"|compare|find|write|translate|no|not|i (?:wonder|want to know|want you|need to know|mean"
    r"|meant|ask|asked|am asking)|i(?:'d|’d| would) like (?:you )?to|i(?:'m|’m) asking"
    r"|please (?!remember|note))\b"
    r"|^\W*(?:请(?!记)|告诉我|介绍|说说|解释|总结|列出|帮我(?!记)|不是|不对|我是说|我的意思|如果|假如|要是"
    r"|我(?:想|要|需要)(?:知道|问|了解|请))"
    r"|给我[讲说]|讲讲|说说|什么|多少|怎么|怎样|如何|为何|是否|有没有|哪[里儿个些一]|几[个点号]|谁(?!都)|[吗呢么][。.!！\s]*$",
    re.IGNORECASE,
)

_SPEAKER = re.compile(
    r"\b(?:i|i'm|i've|we|my|our|me|us)\b|[我咱]"
    r"|^\W*(?:并且|而且|也|还|现在|目前|今年|刚)*(?:是|在|住|来自|有|做|负责|从事|属于|\d+岁)",
    re.IGNORECASE,
)
_WANTS = re.compile(
    r"[?？]|\b(?:i|we)(?:'m| am| are)? (?:need|want|looking for|would like)\b|\bplease\b"
    r"|是不是|能不能|可不可以|会不会|多[久长大少]|哪|想要?|需要|请|帮",
    re.IGNORECASE,
)
_PART = re.compile(r"[,，;；。.!！\n]|\b(?:and|but|so)\b|并且|而且|但是?|所以", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Personal:
    """What a question asks of notes and turns.

    Attributes:
        subject: "name" or "home" where it asks for the user's own, otherwise "".
        said_by: who said what it asks for, None unless it asks what was said.
        asked: it asks what was asked.
        own: it is about the user or his group.
        advice: it asks for a way, a reason or permission, not for a fact.
        terms: what it looks for, without the words that only frame it.
        expected: what stands in an answer, such as a day; None for nothing in particular.
        known: the question's own words, which are no answer to it.
    """

    subject: str
    said_by: Literal["user", "assistant"] | None
    asked: bool
    own: bool
    advice: bool
    terms: frozenset[str]
    expected: re.Pattern[str] | None
    known: str

    @property
    def plain(self) -> bool:
        """Whether it is about the user himself or the conversation beyond doubt."""
        return bool(self.subject or self.said_by)

    def coverage(self, text: str) -> float:
        """Share of the terms that `text` holds, in [0, 1]; 0 when there are none."""
        return len(self.terms.intersection(index_terms(text))) / max(1, len(self.terms))

    def fits(self, text: str) -> bool:
        """Whether `text` holds what is expected, and says more than the question."""
        if not set(index_terms(text)) - self.terms:
            return False
        if self.expected is None or self.expected is _A_NAME:
            return self.expected is None or _A_NAME.search(text) is not None
        return any(match[0].casefold() not in self.known for match in self.expected.finditer(text))


def read_personal(question: str) -> Personal:
    """Read a question by its wording alone."""
    text = " ".join(question[:LONGEST].replace("’", "'").split())
    said_by: Literal["user", "assistant"] | None = None
    if _BY_USER.search(text):
        said_by = "user"
    elif _BY_ASSISTANT.search(text):
        said_by = "assistant"
    subject = "name" if _NAME.search(text) else "home" if _HOME.search(text) else ""
    own = _OWN.search(text) is not None
    return Personal(
        subject,
        said_by,
        said_by is not None and _ASKED.search(text) is not None,
        own,
        _ADVICE.search(text) is not None,
        _terms(text, framed=own or said_by is not None),
        None if said_by or subject else _expected(text, own=own),
        text.casefold(),
    )


def _expected(text: str, *, own: bool) -> re.Pattern[str] | None:
    if _WHEN.search(text):
        return _A_TIME
    if _HOW_MANY.search(text):
        return _A_NUMBER
    return _A_NAME if own and _NAMED.search(text) else None


def tells(sentence: str) -> bool:
    """Whether a sentence states something: no question, no request, no correction."""
    return _TELLS_NOTHING.search(sentence.strip()) is None


def states_only(text: str) -> bool:
    """Whether a text tells something of its speaker, and asks or wants nothing in any part."""
    plain = text.replace("’", "'")
    if _WANTS.search(plain) or not _SPEAKER.search(plain):
        return False
    return all(tells(part) for part in _PART.split(plain) if part.strip())


def _terms(text: str, *, framed: bool) -> frozenset[str]:
    bare = _FRAME.sub(" ", text) if framed else text
    if is_cjk(bare):
        bare = _FRAME_ZH.sub(" ", bare)
    # A text of nothing but common words gives those words, which nothing is indexed by.
    terms = frozenset(query_terms(bare)).intersection(index_terms(bare))
    telling = frozenset(term for term in terms if len(term) > 1 or not is_cjk(term))
    return telling or terms
