"""What a model wrote when it was asked to reword a question in; the rewording, or None, out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest import CJK, index_terms, query_terms, sentence_spans

from ..language import Language, language_of
from ..search import PastExchange
from ..strategies.thinking import apart

__all__ = ["checked_rewrite"]

TIMES_AS_LONG = 3
"""So many times as long as the question a rewording may be, and a few words longer."""
FEW_WORDS: dict[Language, int] = {"en": 120, "zh": 40}
"""Characters: "Why?" grows by the names of what was spoken of."""
KNOWN = 0.5
"""Share of a rewording's terms, at least, that the conversation has used."""

_LABEL = re.compile(
    r"^\s*(?:(?:last|stand-?alone|rewritten|reworded)\s+)?question\s*:\s*"
    r"|^\s*(?:最后的|改写后的|独立的)?(?:问题|问句)\s*[：:]\s*",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"""^["'“‘「](?P<inside>.*)["'”’」]$""")
_ASKS = re.compile(
    r"[?？]$|^(?:what|who|whom|whose|when|where|why|which|how|is|are|was|were|do|does|did|can|could"
    r"|will|would|has|have|had|should|may|tell|explain|describe|list|compare|give|show|summari[sz]e"
    r")\b|什么|谁|哪|几|多少|多[大长高久远]|为何|怎|吗|呢$|是否|如何|^请|介绍|说明|解释|列出|比较",
    re.IGNORECASE,
)
_USUAL = re.compile(r"[a-zA-Z0-9\u00c0-\u024f \-–—'’\"“”.,:;?!()/%&+]")
_USUAL_ZH = re.compile(
    rf"{_USUAL.pattern}|[\u3400-\u4dbf\u4e00-\u9fff《》「」、，。：；？！（）·…％]"
)
_NAMED = re.compile(r"(?<!^)\b[A-Z][A-Za-z\u00c0-\u024f]*|\d+")
_SIGNS = re.compile(rf"[^\w{CJK}]+")


def checked_rewrite(
    written: str, question: str, earlier: Sequence[PastExchange], language: Language
) -> str | None:
    """The one question that stands in it; None where it cannot be trusted to be that.

    It is no single line, no single sentence or no question; it is far longer than what was asked,
    in another language, or has signs that nobody used; it repeats what was asked, now or earlier;
    or most of its words, or any of its names and numbers, come from nowhere.

    Args:
        written: by the model, its thoughts included.
        question: as asked.
        earlier: what the model was shown of the conversation.
        language: of the question.
    """
    text = _LABEL.sub("", apart(written)[1].strip())
    if quoted := _QUOTED.match(text):
        text = quoted["inside"]
    said = [question, *(part for one in earlier for part in (one.question, one.answer))]
    longest = TIMES_AS_LONG * len(question) + FEW_WORDS[language]
    if not text or len(text) > longest or language_of(text) != language:
        return None
    if len(sentence_spans(text)) != 1 or not _ASKS.search(text):
        return None
    if _same(text) in map(_same, (question, *(one.question for one in earlier))):
        return None
    return text if _usual(text, said, language) and _known(text, said) else None


def _same(text: str) -> str:
    """The words alone, to compare by."""
    return _SIGNS.sub(" ", text.casefold()).strip()


def _usual(text: str, said: Sequence[str], language: Language) -> bool:
    """Whether all its signs are of the language, or were used; a line break is neither."""
    usual = _USUAL_ZH if language == "zh" else _USUAL
    used = {sign for part in said for sign in part if sign.isprintable()}
    return all(sign in used or usual.fullmatch(sign) for sign in text)


def _known(text: str, said: Sequence[str]) -> bool:
    """Whether enough of its terms were used before, all its names and numbers, and any at all."""
    terms, used = set(query_terms(text)), set(index_terms("\n".join(said)))
    told = "\n".join(said).casefold()
    if not all(name.casefold() in told for name in _NAMED.findall(text)):
        return False
    return len(terms & used) >= KNOWN * len(terms) > 0
