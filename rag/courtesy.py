"""A message in; the courtesy that it is and nothing else, such as a greeting or thanks, out."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, cast

__all__ = ["Courtesy", "courtesy"]

Courtesy = Literal["greeting", "thanks", "goodbye", "fine", "who"]
"""What is said: a greeting, thanks, a farewell, that it is fine, or who the program is."""

LONGEST = 80
"""Characters; nobody greets at length."""

_ENGLISH: dict[Courtesy, str] = {
    "greeting": r"(?:hi|hello|hey)(?: there| all| everyone| again| recollect)?|hiya|greetings"
    r"|good (?:morning|afternoon|evening|day)|how are you(?: doing)?(?: today)?"
    r"|nice to meet you|(?:are you|anyone|anybody) there",
    "thanks": r"(?:many |ok(?:ay)? )?(?:thanks|thank you|thx|cheers)(?: again)?"
    r"(?: a lot| so much| very much)?(?: for (?:your|the|all your) (?:help|answers?))?",
    "goodbye": r"(?:good ?)?bye(?: bye| for now)?|farewell|good night"
    r"|see you(?: later| soon| tomorrow)?|have a (?:nice|good) (?:day|evening|weekend)",
    "fine": r"ok|okay|alright|all right|got it|i see|understood|great|sounds good|very good",
    "who": r"(?:who|what) are you|what(?: is|s) your name|what (?:can|do) you do(?: for me)?"
    r"|how can you help(?: me)?|what can i ask(?: you)?|help(?: me)?",
}
_CHINESE: dict[Courtesy, str] = {
    "greeting": r"(?:你|您|大家|老师)好[吗啊呀]?|嗨|嘿|哈[喽啰罗]|早安?"
    r"|(?:早上|上午|中午|下午|晚上)好|[你您]?在(?:吗|么|不在)|有人(?:吗|在吗)|很高兴认识[你您]",
    "thanks": r"(?:非常|十分|太|好的)?(?:谢谢|多谢|谢了|感谢|谢啦)[你您了啦]?(?:的(?:帮助|回答))?"
    r"|辛苦[了啦]?",
    "goodbye": r"再见|拜拜|晚安|(?:回头|明天|下次|改天)见",
    "fine": r"好的?[吧呀啊]?|嗯+|收到|明白了?|知道了|了解了?|没问题",
    "who": r"(?:请问)?[你您](?:是谁|是什么|叫什么(?:名字)?"
    r"|[能会可以]+(?:帮我)?[做干](?:什么|啥|些什么)|会什么|有(?:什么|哪些)功能)|帮助",
}


def _pattern() -> re.Pattern[str]:
    """Courtesies one after the other; the group of the last one is its kind."""
    kinds = {kind: rf"(?:(?:{_ENGLISH[kind]})(?![a-z])|(?:{_CHINESE[kind]}))" for kind in _ENGLISH}
    last = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in kinds.items())
    return re.compile(rf"(?:(?:{'|'.join(kinds.values())}) ?)*(?:{last})")


_COURTESY = _pattern()


def courtesy(message: str) -> Courtesy | None:
    """The courtesy that the whole message is, the last of several; None for any other message.

    Punctuation and emoji count for nothing. A courtesy before a question leaves it a question.
    """
    if len(message) > LONGEST:
        return None
    plain = re.sub(r"['’]", "", unicodedata.normalize("NFKC", message).casefold())
    found = _COURTESY.fullmatch(re.sub(r"\W+", " ", plain).strip())
    return cast(Courtesy, found.lastgroup) if found else None
