"""A question's terms and the sentences found in; how much of the question stands in one window.

A window is a sentence with its neighbours, so that the numbers do not hang on the size of chunks.
English is compared by terms. Chinese is compared by characters, each held where one of its two
bigrams is: a bigram across the border of two words weighs nothing extra then, and a paraphrase
costs what it changes. On Chinese XQuAD this alone parts answerable from unanswerable questions with
AUC 0.943, against 0.921 for the share of bigrams by rarity. A Latin word in a Chinese question may
be spelt a little differently: people copy foreign names by ear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from math import log

from ingest import Passage, index_terms, is_cjk

from .ranking import EvidenceSentence

__all__ = ["Held", "Unit", "held", "uncounted", "units"]

ALONE = 0.3
"""What a Chinese character counts when it is found without its neighbours, against 1."""
FUNCTION = 0.3
"""Weight of a Chinese function character against 1; flat between 0.1 and 0.3."""
FOREIGN = 3.0
"""Weight of a Latin word or a number in a Chinese question, about the characters of a word."""

_FUNCTION = frozenset(
    "的了在是有被和与为对中上于到个这那谁哪何什么多少几最用能会要可以及或从以其之将把由向给让使得着过吗呢吧而但也都还又就才只"
    "很更太不没无所因地它他她们我你此该每各另同里后前时内外下间些样怎如"
)
_COUNTED = re.compile(r"(?:多少|(?<![好几])几)(?![几多]|比例|百分)(?P<what>[\u4e00-\u9fff]{1,2})")
_FOREIGN_NAMES = frozenset(
    "阿埃艾安奥巴贝比伯博布查茨达戴丹德迪蒂杜顿恩尔菲费弗夫福盖戈格哈汉赫霍基吉杰卡凯坎科克库奎拉莱兰劳雷里利林隆卢鲁伦罗洛马玛"
    "迈曼梅蒙米莫姆穆纳内尼诺帕佩皮普奇乔切琴萨塞桑瑟沙舍史斯索塔泰坦汤特提廷图托瓦维韦沃乌西希夏肖辛雅亚耶伊尤约泽詹朱兹佐"
)
_ASKED = re.compile(
    r"(?:什么|哪(?:一|几|两|三)?[个位家种些部所座支名项条类年]?|何种|多少|几)(?P<what>[\u4e00-\u9fff]{1,4})"
)
_ASKED_END = re.compile("[的是在了被有和与为对于会要能可用成将]")
_HEAVY = 30.0  # about the weight of a short question, so that shares and weights are alike in size
_SAME_WORD = 0.75  # of the letters of a Latin word, in order
_LETTERS = 2  # that one spelling may have more than the other
_SPELT = 4  # letters of the shortest word that may be spelt differently
_AMOUNT = r"[\d一二两三四五六七八九十百千万亿半几余][多余]?\s*"


@dataclass(frozen=True, slots=True)
class Unit:
    """A word, a number or a Chinese character of the question.

    Attributes:
        text: as a term of the index.
        keys: terms of which one must be found.
        weight: above 0.
        loose: whether a word spelt nearly alike stands for it in part; never of numbers and models.
    """

    text: str
    keys: tuple[str, ...]
    weight: float
    loose: bool = False

    def share(self, terms: frozenset[str]) -> float:
        """How far it stands among the terms of a text, in [0, 1]."""
        if any(key in terms for key in self.keys):
            return 1.0
        if self.loose:
            return max((_alike(self.text, term) for term in terms), default=0.0)
        return ALONE if self.text in terms else 0.0


@dataclass(frozen=True, slots=True)
class Held:
    """How much of a question stands in its best window; shares by weight in [0, 1].

    Attributes:
        window: of all units, in the best window.
        sentence: of all units, in the best single sentence.
        elsewhere: of all units, in the best window of another passage.
        stretch: the heaviest unbroken part of the question that the window does not hold.
        nowhere: of the units that no passage holds.
        size: natural logarithm of the number of units.
        lacking: weight that the window does not hold, in thirties.
        names: the same of names transcribed into Chinese or written in Latin letters.
        asked: share, by number, that it lacks of what stands behind the asking word.
    """

    window: float
    sentence: float
    elsewhere: float
    stretch: float
    nowhere: float
    size: float
    lacking: float
    names: float
    asked: float


def units(wanted: Mapping[str, float]) -> list[Unit]:
    """The units of a question.

    Args:
        wanted: the question's terms in reading order, with their rarity.
    """
    found: list[Unit] = []
    chinese = any(is_cjk(term) for term in wanted)
    for run in _runs(wanted):
        if not is_cjk(run[0]):
            loose = chinese and len(run[0]) >= _SPELT and run[0].isalpha()
            weight = wanted[run[0]] * (FOREIGN if chinese else 1.0)
            found.append(Unit(run[0], (run[0],), weight, loose))
            continue
        text = run[0][0] + "".join(term[-1] for term in run) if len(run[0]) > 1 else run[0]
        for at, character in enumerate(text):
            keys = tuple(run[max(0, at - 1) : at + 1])
            weight = min(wanted[key] for key in keys)
            weight *= FUNCTION if character in _FUNCTION else 1.0
            found.append(Unit(character, keys, weight))
    return found


def _runs(terms: Mapping[str, float]) -> Iterator[list[str]]:
    """Neighbouring bigrams together, everything else alone."""
    run: list[str] = []
    for term in terms:
        pair = len(term) > 1 and is_cjk(term)
        if run and not (pair and len(run[-1]) > 1 and is_cjk(run[-1]) and run[-1][-1] == term[0]):
            yield run
            run = []
        run.append(term)
    if run:
        yield run


def held(
    question: str,
    wanted: Mapping[str, float],
    ranked: Sequence[EvidenceSentence],
    passages: Sequence[Passage],
) -> Held:
    """How much of the question stands in the best window, and what is missing.

    Args:
        question: as asked.
        wanted: its terms in reading order, with their rarity; not empty.
        ranked: the sentences of the passages; not empty.
        passages: what was found.
    """
    asked = units(wanted)
    total = sum(unit.weight for unit in asked)
    texts = [frozenset(index_terms(passage.text)) for passage in passages]
    windows = list(_windows(ranked))
    shares = [_weigh(asked, window) / total for _, _, window in windows]
    at = max(range(len(windows)), key=lambda i: shares[i])
    place, _, best = windows[at]
    nowhere = [unit for unit in asked if not any(unit.share(t) == 1 for t in texts)]
    lacks = [1 - unit.share(best) for unit in asked]
    weights = [unit.weight * lack for unit, lack in zip(asked, lacks, strict=True)]
    behind = _behind_asking(question, asked)
    return Held(
        window=shares[at],
        sentence=max(_weigh(asked, own) for _, own, _ in windows) / total,
        elsewhere=max(
            (share for share, (other, _, _) in zip(shares, windows, strict=True) if other != place),
            default=0.0,
        ),
        stretch=_stretch(asked, best) / total,
        nowhere=sum(unit.weight for unit in nowhere) / total,
        size=log(len(asked)),
        lacking=sum(weights) / _HEAVY,
        names=sum(weights[i] for i in _names(asked)) / _HEAVY,
        asked=sum(lacks[i] for i in behind) / max(1, len(behind)),
    )


def uncounted(question: str, passages: Sequence[Passage]) -> bool:
    """Whether a Chinese question counts something that no passage counts: "多少度电"?

    It is counted where a number stands before its first character, or where it is named.
    """
    asked = _COUNTED.search(question)
    if asked is None:
        return False
    counted = re.compile(rf"{_AMOUNT}{asked['what'][0]}|{asked['what']}")
    return not any(counted.search(passage.text) for passage in passages)


def _alike(word: str, other: str) -> float:
    """Share of the letters that two Latin words have in common, 0 where they are not the same."""
    if word[0] != other[0] or abs(len(word) - len(other)) > _LETTERS:
        return 0.0
    ratio = SequenceMatcher(None, word, other).ratio()
    return ratio if ratio >= _SAME_WORD else 0.0


def _names(asked: Sequence[Unit]) -> list[int]:
    """Units that foreign names are made of, two or more in a row."""
    name = [unit.text in _FOREIGN_NAMES or not is_cjk(unit.text) for unit in asked]
    around = zip([False, *name], name, [*name[1:], False], strict=False)
    return [at for at, (before, here, after) in enumerate(around) if here and (before or after)]


def _behind_asking(question: str, asked: Sequence[Unit]) -> list[int]:
    """The units of what is asked for: the river of "which river", in Chinese."""
    found = _ASKED.search(question)
    what = _ASKED_END.split(found["what"])[0] if found else ""
    return [at for at, unit in enumerate(asked) if unit.text in what]


def _weigh(asked: Sequence[Unit], terms: frozenset[str]) -> float:
    return sum(unit.weight * unit.share(terms) for unit in asked)


def _stretch(asked: Sequence[Unit], terms: frozenset[str]) -> float:
    longest = current = 0.0
    for unit in asked:
        current = 0.0 if unit.share(terms) else current + unit.weight
        longest = max(longest, current)
    return longest


def _windows(
    ranked: Sequence[EvidenceSentence],
) -> Iterator[tuple[int, frozenset[str], frozenset[str]]]:
    """For each sentence its passage, its own terms, and those of it and its two neighbours."""
    together: dict[int, list[EvidenceSentence]] = {}
    for sentence in ranked:
        together.setdefault(sentence.passage.chunk_id, []).append(sentence)
    for chunk_id, sentences in together.items():
        sentences.sort(key=lambda sentence: sentence.start)
        terms = [frozenset(index_terms(sentence.text)) for sentence in sentences]
        for at, own in enumerate(terms):
            yield chunk_id, own, frozenset[str]().union(*terms[max(0, at - 1) : at + 2])
