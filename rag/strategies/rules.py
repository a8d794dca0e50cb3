"""Rules in plain language in; the check of an answer against them, as words and as verdicts, out.

Every rule gets one line: its number, yes or no, and a reason. A grammar holds the model to that
form; where there is none, as with a server, what it writes is read tolerantly, and a rule without
a readable verdict counts as not checked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ..errors import StrategyError
from ..language import Language
from ..settings import LONGEST_RULE, MOST_RULES
from ..workings import Verdict

__all__ = ["BUILT_IN", "check_text", "form", "read_rules", "revise_text", "verdicts"]

BUILT_IN: dict[Language, str] = {
    "en": "Every claim is in the passages.",
    "zh": "每个说法都出自段落。",
}
"""The rule that always holds; the check of the passages decides it together with the model."""
_CHECK: dict[Language, str] = {
    "en": "Check your answer against these rules:\n{rules}\n{evidence}Write one line for each "
    'rule: its number, "yes" if your answer keeps it or "no" if it does not, and a short reason.',
    "zh": "请对照以下规则检查你的回答：\n{rules}\n{evidence}每条规则写一行：先写编号，"
    "遵守了写“是”，没有遵守写“否”，再写简短的理由。",
}
_EVIDENCE: dict[Language, str] = {
    "en": "Nothing in the passages was found for: {sentences}\n",
    "zh": "段落中没有找到依据的句子：{sentences}\n",
}
_REVISE: dict[Language, str] = {
    "en": "Write your answer again so that it keeps every rule. It broke:\n{broken}\n{evidence}"
    "Write the new answer alone.",
    "zh": "请重写你的回答，使其遵守所有规则。它违反了：\n{broken}\n{evidence}只写新的回答。",
}
_FORM: dict[Language, tuple[str, str]] = {
    "en": ('"{n}: " ("yes" | "no") " - " reason', "reason ::= [^\\n]{1,80}"),
    "zh": ('"{n}：" ("是" | "否") "，" reason', "reason ::= [^\\n]{1,40}"),
}
_LINE = re.compile(
    r"^\W*(?:rule|规则)?[ ]*(?P<number>\d{1,2})\W+(?P<kept>yes\b|no\b|是|否|不)(?P<reason>.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_BULLET = re.compile(r"^(?:[-*•]|\d{1,2}[.)、])\s+")
_MOST_NAMED, _LONGEST_NAMED = 3, 160  # sentences without support, and characters of each


def read_rules(path: str | Path) -> tuple[str, ...]:
    """The rules of a text file: one per line, empty lines and those that begin with # left out.

    Raises:
        StrategyError: it cannot be read, or holds none, too many, or one that is too long.
    """
    name = str(path)
    try:
        text = Path(path).read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise StrategyError(
            f"The rules {name!r} cannot be read ({error}); give a UTF-8 text file with one rule "
            "per line."
        ) from error
    lines = [(n, line.strip()) for n, line in enumerate(text.split("\n"), 1)]
    rules = [(n, _BULLET.sub("", line)) for n, line in lines if line and line[0] != "#"]
    if not 0 < len(rules) <= MOST_RULES:
        raise StrategyError(
            f"The rules {name!r} are {len(rules)!r}; write from 1 to {MOST_RULES!r}, one per line."
        )
    for n, rule in rules:
        if len(rule) > LONGEST_RULE:
            raise StrategyError(
                f"Line {n} of the rules {name!r} has {len(rule)!r} characters, at most "
                f"{LONGEST_RULE!r} are read; shorten it, or make two rules of it."
            )
    return tuple(rule for _, rule in rules)


def check_text(rules: Sequence[str], unsupported: Sequence[str], language: Language) -> str:
    """What the model is asked about its answer.

    Args:
        rules: the built-in one last.
        unsupported: sentences of the answer that no passage supports.
        language: of the question.
    """
    numbered = "\n".join(f"{n}. {rule}" for n, rule in enumerate(rules, 1))
    return _CHECK[language].format(rules=numbered, evidence=_evidence(unsupported, language))


def revise_text(broken: Sequence[Verdict], unsupported: Sequence[str], language: Language) -> str:
    """What the model is asked after the check."""
    named = "\n".join(f"- {one.rule}" for one in broken)
    return _REVISE[language].format(broken=named, evidence=_evidence(unsupported, language))


def _evidence(unsupported: Sequence[str], language: Language) -> str:
    if not unsupported:
        return ""
    named = " ".join(f"“{text[:_LONGEST_NAMED]}”" for text in unsupported[:_MOST_NAMED])
    return _EVIDENCE[language].format(sentences=named)


def form(count: int, language: Language) -> str:
    """The grammar of the verdicts on so many rules, in GBNF."""
    line, reason = _FORM[language]
    lines = ' "\\n" '.join(line.replace("{n}", str(n)) for n in range(1, count + 1))
    return f"root ::= {lines}\n{reason}"


def verdicts(
    rules: Sequence[str], text: str, unsupported: Sequence[str], language: Language
) -> tuple[Verdict, ...]:
    """One verdict per rule, in their order.

    The built-in rule is broken as soon as a sentence has no support, whatever the model says; the
    model alone can also find it broken.

    Args:
        rules: the built-in one last.
        text: what the model wrote about them.
        unsupported: sentences of the answer that no passage supports.
        language: of the question.
    """
    said: dict[int, tuple[bool, str]] = {}
    for found in _LINE.finditer(text):
        kept = found["kept"].casefold() in ("yes", "是")
        reason = found["reason"].strip(" \t*-–—:：,，.。)")
        said.setdefault(int(found["number"]), (kept, reason))
    made = []
    for number, rule in enumerate(rules, 1):
        verdict = said.get(number, (None, ""))
        made.append(Verdict(rule, *verdict))
    if unsupported:
        reason = _evidence(unsupported, language).strip()
        made[-1] = Verdict(rules[-1], False, reason, "passages")
    elif made[-1].kept is None:
        made[-1] = Verdict(rules[-1], True, "", "passages")
    return tuple(made)
