"""A question in; the same with misspelt words as the documents spell them, out. No language model.

A word is taken for a slip of the fingers when no document holds it, the embedder does not know it
for a word either, and the documents hold one that is one slip away: a letter left out, added or
mistaken, or two letters swapped, which are four of five misspellings (Damerau 1964, CACM 7:171).
The first letter is hardly ever the wrong one. Names and rare terms are what people misspell, and
what a search by words then misses.

It is a guess: sulfite is no misspelt sulfate. So it is offered, and nothing is answered by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_lowercase

from ingest import CJK, Index, index_terms

__all__ = ["respelled"]

MOST = 4
"""Words of a question that are looked at; each costs a few hundred looks into the word list."""
_WORD = re.compile(
    rf"(?<![^\W{CJK}])(?<!['’./@\\])[A-Za-z]{{5,30}}(?!['’](?!s\b)\w)(?![./@\\]\w)(?![^\W{CJK}])"
)
_SHORTEST = 4  # letters of a word's stem
_READ = 3  # passages that are read for how a word is written out


def respelled(question: str, index: Index) -> str:
    """The question with the words that it misspells as the documents spell them, else the same.

    Names of code, addresses and words with an apostrophe inside stay as they are, and so does what
    the embedder has as one token: whoever asks for a county does not mean a country, though only
    that stands in the documents.

    Args:
        question: as asked.
        index: the knowledge base, with its words and its embedder's tokens.
    """
    corrected = {word: right for word in _odd(question, index) if (right := _right(word, index))}
    return _WORD.sub(lambda match: corrected.get(match[0], match[0]), question)


def _odd(question: str, index: Index) -> list[str]:
    """Its words that neither the embedder nor the documents know."""
    words = list(dict.fromkeys(_WORD.findall(question)))
    around, *counts = index.embedder.count_tokens(["", *words, *map(str.casefold, words)])
    whole = zip(words, counts[: len(words)], counts[len(words) :], strict=True)
    stems = {}
    for word in (word for word, as_is, folded in whole if min(as_is, folded) > around + 1):
        if len(terms := index_terms(word)) == 1 and len(terms[0]) >= _SHORTEST:
            stems[word] = terms[0]
    rarity = index.rarity(["", *stems.values()])  # no document holds the first
    return [word for word, stem in stems.items() if rarity[stem] == rarity[""]][:MOST]


def _right(word: str, index: Index) -> str:
    """How the documents write the word one slip away that most of them hold; "" without one."""
    (stem,) = index_terms(word)
    rarity = index.rarity(["", *_slips(stem)])
    held = [other for other, weight in rarity.items() if weight < rarity[""]]
    best = min(held, key=lambda other: (rarity[other], other), default="")
    for passage in index.holding(best, _READ) if best else ():
        for match in _WORD.finditer(passage.text):
            if index_terms(match[0]) == [best]:
                return match[0]
    return ""


def _slips(word: str) -> Iterator[str]:
    """Every spelling one slip away, of at least the shortest length; the first letter stays."""
    for at in range(1, len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail and len(word) > _SHORTEST:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in ascii_lowercase:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]
