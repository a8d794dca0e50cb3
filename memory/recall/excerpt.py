"""A long turn in, the groups of its sentences that a question is about out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from ..render import TokenCounter
from ..sentence_groups import sentence_groups

__all__ = ["excerpt"]

_GROUP = 240  # size of a group of sentences, as `sentence_groups` measures it
_GAP = " … "


def excerpt(
    text: str,
    rarity: Mapping[str, float],
    index_terms: Callable[[str], list[str]],
    count_tokens: TokenCounter,
    tokens: int,
) -> str:
    """The groups that hold most of a question's words, in their order, in at most `tokens` tokens.

    Where words do not decide, earlier groups are taken. At least one group is, whatever its length.
    """
    groups = sentence_groups(text, _GROUP)
    worth = [sum(rarity.get(term, 0.0) for term in set(index_terms(group))) for group in groups]
    order = sorted(range(len(groups)), key=lambda at: (-worth[at], at))
    kept = [order[0]]
    left = tokens - count_tokens(groups[order[0]])
    for at in order[1:]:
        cost = count_tokens(groups[at]) + 1
        if cost > left:
            break
        kept.append(at)
        left -= cost
    kept.sort()
    pieces = [groups[kept[0]]]
    for before, at in pairwise(kept):
        pieces.append(groups[at] if at == before + 1 else _GAP + groups[at])
    return "".join(pieces).strip()
