"""A user's message in; what it explicitly states for keeping, and the rest of it, out."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Heard", "Statement", "find_statements"]

LONGEST_MESSAGE = 1000
"""Characters; in a longer message something was pasted, and what is pasted nobody stated."""

_SENTENCE = re.compile(r"(?:[^.!?。！？\n]|[.!?](?=\S))+[.!?。！？]*[\"'”’」』）)]*|\n")
_ABBREVIATION = re.compile(r"(?:^|\s)(?:Mr|Mrs|Ms|Dr|Prof|St|No|vs|etc|e\.g|i\.e|[A-Z])\.$")
_GREETING = re.compile(
    r"(?:hi|hello|hey|hi there|good (?:morning|afternoon|evening)|by the way|btw|also|and|ok|okay"
    r"|well|so|please|thanks|thank you|谢谢你?|谢了|多谢"
    r"|你好|您好|大家好|早上好|下午好|晚上好|嗨|顺便说一下|另外|好的|好)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,，、;；:：]\s*|\s+and\s+(?=(?:I|we|my|call|you can call)\b)|\s+but\s+(?=(?:I|my)\b)"
    r"|\s*(?:并且|而且)\s*",
    re.IGNORECASE,
)
_KEEP_EN = re.compile(
    r"(?:(?:hi|hello|hey|ok|okay|also|and|by the way|btw)[,:]?\s+)?(?:please,?\s+)?"
    r"(?:(?:always\s+)?remember(?:\s+that\b|\s+this\s*:|\s*[:,]|(?=\s+(?:(?:my|our)\s.+\s(?:is|are)\b|I'm\b"
    r"|(?:I|we)\s+(?:am|are|have|live|work|prefer|like|ship|use|need|want)\b)))"
    r"|keep in mind(?:\s+that\b|\s*[:,])|(?:don't|don’t|do not) forget(?:\s+that\b|\s*[:,])"
    r"|(?:make|take) a note(?:\s+that\b|\s*[:,])|note(?: to self)?\s*:|(?<=please )note that\b)"
    r"\s*(?P<said>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_KEEP_ZH = re.compile(
    r"(?:(?:你好|您好|好的|另外|对了)[，,。\s]*)?(?:请你?|麻烦你?|你要|你)?(?:帮我|一定要|务必)?"
    r"(?:记住|记着|记下来?|记一下|别忘了?|不要忘记|备注|笔记)(?P<mark>\s*[：:，,]\s*|\s*)(?P<said>\S.*)",
    re.DOTALL,
)
_ASKS_EN = re.compile(
    r"(?:what|who|whom|whose|when|where|why|which|how|is|are|was|were|do|does|did|can|could|will"
    r"|would|should|if|suppose|imagine)\b",
    re.IGNORECASE,
)
_ASKS_ZH = re.compile(
    r"什么|怎么|怎样|为何|多少|哪|谁|几[个点号天]|是否|是不是|有没有|[吗么呢嘛]$|^[了过没不吗的]"
)
_ASKED = re.compile(r"[?？][\"'”’」』）)\s.!。！;；,，]*$|(?:吗|呢|么)[。.!！\s]*$")
_TAG = re.compile(
    r"(?:right|correct|isn't it|yes|no|ok|okay|true|don't i|对吗|对吧|是吗|是吧|对不对|是不是)",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"```.*?(?:```|\Z)|^\s*>.*?$|“[^”]*”|「[^」]*」|『[^』]*』|\"[^\"\n]*\"",
    re.MULTILINE | re.DOTALL,
)
_DOTTED = re.compile(r"(?:^|\W)\w\.\w\.$")
_THANKS = re.compile(r"[,，]\s*(?:thanks|thank you|please|谢谢你?|多谢)$", re.IGNORECASE)

_NOT_NAMES = set(
    """not on in at listed misspelled misspelt spelled spelt wrong missing being the a an already
    also still written incorrect correct included mentioned pronounced common rare short long
    hard easy from for what why because too very never always back when if later maybe tomorrow
    now again soon whatever anything crazy old unknown changed there here of it this that""".split()
)
_NAME_EN = re.compile(
    r"(?P<lead>my (?:full |first |last )?name is|my (?:full |first |last )?name[’']s|I am called"
    r"|I[’']m called|call me|you (?:can|may) call me|people call me|everyone calls me)"
    r"\s+(?P<name>.+)",
    re.IGNORECASE,
)
_HOME_EN = re.compile(r"(?:I|we) (?:now |currently )?live in (?P<place>\S.*)", re.IGNORECASE)
_WORK_EN = re.compile(
    r"(?:I|we) (?:now |currently )?work (?:in|at|for|as) "
    r"(?!(?:the moment|present|night|times|example|instance|general)\b)\S.*",
    re.IGNORECASE,
)
_LIKES_EN = re.compile(
    r"I(?: would|[’']d)? (?:always |generally |usually )?prefer"
    r"\s+(?!(?:this|that|it|these|those|not to say|the (?:first|second|third|last|former|latter"
    r"|other))\b)\S.*",
    re.IGNORECASE,
)
_NAME_ZH = re.compile(
    r"(?:我(?:的)?(?:名字|姓名|全名)(?:是|叫)|我名叫|我叫做?|(?:你)?(?:可以|请)?(?:叫我|称呼我)(?:为)?)"
    r"\s*(?P<name>[\u3400-\u9fffA-Za-z·. ]{1,24})"
)
_NOT_NAME_ZH = re.compile(r"[了他她它你您过不人个车外来去们这那什怎]|.*[了的吧啊]$|醒|回|一[声下]")
_HOME_ZH = re.compile(r"(?:我|我们)(?:现在|目前)?(?:家)?(?:住在|定居在|家在)\S.*")
_WORK_ZH = re.compile(
    r"我们?(?:现在|目前|就|也|都|一直)*(?:在(?!找|换|认真|努力|专心|忙|考虑|想)[^,，]{1,30}?"
    r"(?:工作|上班|任职|就职)|(?:就职|任职)于\S+)(?:了?[\d一二两三四五六七八九十]+年了?)?"
)
_GOES_ON_ZH = re.compile(r"^(?:并且|而且|同时|也|还)+")
_REQUEST = re.compile(
    r"\W*(?:what|who|when|where|why|which|how|can|could|do|does|is|are|will|tell|show|give|list"
    r"|explain|find|look|search|help|please|so (?:what|how|where|when))\b"
    r"|\W*[我你您]?[想要请帮给告查找问介需]",
    re.IGNORECASE,
)
_LIKES_ZH = re.compile(
    r"我(?:更|比较|一直|最)?(?:喜欢|偏好|偏爱|倾向于?|习惯)(?![这那你您他她它第]|上面|刚才)\S.*"
)
_ABOUT_EN = re.compile(
    r"(?P<about>(?:my|our|the) [\w'’ -]{1,40}?) (?:is|are|will be) (?:now )?(?P<told>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_ABOUT_ZH = re.compile(
    r"(?:我们?的?)?(?P<about>[\u3400-\u9fffA-Za-z0-9]{1,12}?)(?:现在)?(?:改为|改成|变成|定为|是|为)"
    r"(?P<told>\S.*)",
    re.DOTALL,
)
_NUMBER = re.compile(r"\d|[一二三四五六七八九十百千万亿两零]")
_MANNER = re.compile(r"(?:in|at|on|from|to|by|with|for|called|named|due|在|叫)", re.IGNORECASE)

_UNREPLACED = {"work", "preference"}  # where, as what and for whom somebody works are all true


@dataclass(frozen=True, slots=True)
class Statement:
    """Something to keep.

    Attributes:
        text: in the user's words, without "remember that" and the like.
        subject: what it tells ("name", "home", "my budget: number"), so that a newer one replaces
            it; "" when that cannot be told.
    """

    text: str
    subject: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message states, and what else it says.

    Attributes:
        statements: in their order.
        rest: the message without them and without greetings; "" when there is nothing to answer.
    """

    statements: tuple[Statement, ...]
    rest: str


def find_statements(message: str) -> Heard:
    """Explicit statements for keeping, in English and Chinese, by rules; no guess is made.

    "Remember that …", "note: …", "记住：…" keep what follows; "my name is …", "call me …", "I live
    in …", "I work in …", "I prefer …", "我叫…", "我住在…", "我在…工作", "我喜欢…" keep themselves
    when a sentence begins with them. Never taken: questions, conditions, quotations, and anything
    in a message of more than 1,000 characters, where something was pasted.
    """
    if len(message) > LONGEST_MESSAGE:
        return Heard((), message)
    bare = _QUOTED.sub(lambda match: "\ufffc" * len(match[0]), message)
    statements: list[Statement] = []
    rest: list[str] = []
    for start, end in _sentences(bare):
        taken = _take(bare[start:end].strip())
        said = [statement.text for statement in taken.statements] if taken else []
        if taken is None or any("\ufffc" in text or _ASKED.search(text) for text in said):
            rest.append(message[start:end])
        else:
            statements += taken.statements
            rest.append(taken.rest)
    left = " ".join(part.strip() for part in rest if part.strip())
    if not statements:
        return Heard((), message)
    return Heard(tuple(statements), "" if _is_courtesy(left) else left)


def _sentences(text: str) -> list[tuple[int, int]]:
    """Where sentences begin and end; an abbreviation does not end one."""
    spans: list[tuple[int, int]] = []
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        before = text[slice(*spans[-1])] if spans else ""
        goes_on = _DOTTED.search(before) and text[start:end].lstrip()[:1].islower()
        if goes_on or _ABBREVIATION.search(before):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _take(sentence: str) -> Heard | None:
    """What one sentence states, or None if it states nothing."""
    kept = _KEEP_EN.fullmatch(sentence) or _KEEP_ZH.fullmatch(sentence)
    if kept:
        said = _tidy(kept["said"])
        loose = "mark" in kept.groupdict() and not kept["mark"].strip()
        asked = _ASKS_EN.match(said) or (loose and _ASKS_ZH.search(said))
        if _ASKED.search(sentence) or asked or len(said) < 2:  # noqa: PLR2004 - one letter
            return None
        return Heard((Statement(said, _subject(said)),), "")
    return _about_oneself(sentence)


def _about_oneself(sentence: str) -> Heard | None:
    """The clauses at the beginning of a sentence in which somebody introduces himself."""
    clauses = [part for part in _CLAUSE.split(sentence) if part.strip()]
    found: list[Statement] = []
    at = 0
    for at, clause in enumerate(clauses):  # noqa: B007 - where it stopped is needed below
        words = _tidy(clause)
        words = re.sub(rf"^{_GREETING.pattern}\s+", "", words, flags=re.IGNORECASE)
        subject = _introduces(words)
        if found and subject is None:  # Chinese names a speaker once: "我叫李明，在西宁工作"
            words = _GOES_ON_ZH.sub("", words)
            subject = _introduces(f"我{words}")
        if subject is not None and not _ASKED.search(clause):
            found.append(Statement(words, subject))
        elif found or not _GREETING.fullmatch(words):
            break
    else:
        at += 1
    left = sentence[sentence.find(clauses[at]) :] if at < len(clauses) else ""
    if not found or _TAG.fullmatch(left.strip(" ?？.。!！")):
        return None
    asks = _ASKED.search(left) or _REQUEST.match(left)
    if left and not asks and found[-1].subject in _UNREPLACED | {"home"}:
        # "I prefer tea, coffee and milk": an enumeration goes on, not another sentence.
        last = sentence[sentence.find(found[-1].text) :]
        found[-1], left = Statement(_tidy(last), found[-1].subject), ""
    kept = (Statement(s.text, "" if s.subject in _UNREPLACED else s.subject) for s in found)
    return Heard(tuple(kept), left)


def _introduces(clause: str) -> str | None:
    """What a clause says of its speaker ("name", "home", "work", "preference"), or None."""
    name, name_zh = _NAME_EN.fullmatch(clause), _NAME_ZH.fullmatch(clause)
    named = name and _is_name(name["name"], strict="call" in name["lead"].lower())
    if named or (name_zh and not _NOT_NAME_ZH.match(name_zh["name"].strip())):
        return "name"
    if _ASKS_ZH.search(clause):
        return None
    if _HOME_EN.fullmatch(clause) or _HOME_ZH.fullmatch(clause):
        return "home"
    if _WORK_EN.fullmatch(clause) or _WORK_ZH.fullmatch(clause):
        return "work"
    if _LIKES_EN.fullmatch(clause) or _LIKES_ZH.fullmatch(clause):
        return "preference"
    return None


def _is_name(words: str, *, strict: bool) -> bool:
    """Up to four words, none of which makes "my name is not listed" or "call me back"."""
    parts = words.split()
    plain = all(re.fullmatch(r"[^\W\d_][^\W\d_'’.-]*(?:['’.-][^\W\d_]*)*", part) for part in parts)
    listed = {part.casefold() for part in parts} & _NOT_NAMES
    large = not strict or not parts[0][0].islower()
    return 1 <= len(parts) <= 4 and plain and not listed and large  # noqa: PLR2004


def _subject(said: str) -> str:
    """What a statement is about, "" if that cannot be told."""
    of_speaker = _introduces(said)
    if of_speaker:
        return "" if of_speaker in _UNREPLACED else of_speaker
    told = _ABOUT_EN.fullmatch(said) or _ABOUT_ZH.fullmatch(said)
    if told is None:
        return ""
    about = " ".join(told["about"].split()).casefold()
    manner = _MANNER.match(told["told"])
    # "My dog is called Rex" and "my dog is 3 years old" are about one dog and tell two things.
    kind = manner[0].casefold() if manner else "number" if _NUMBER.search(told["told"]) else "is"
    return f"{about}: {kind}"


def _tidy(words: str) -> str:
    bare = words.strip()
    if not _DOTTED.search(bare):
        bare = bare.rstrip(".。!！;；,，").strip()
    return _THANKS.sub("", bare)


def _is_courtesy(text: str) -> bool:
    return not re.search(r"\w", re.sub(rf"(?<!\w){_GREETING.pattern}(?!\w)", "", text, flags=re.I))
