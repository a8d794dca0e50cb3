"""The sentences that answer a question: cut, compared, ranked, chosen; how sure one can be of them.

`cut` finds the sentences, `matching` and `pointing` say which words each one holds or takes over,
`expectation`, `headed` and `priors` what else speaks for it, `ranking` puts them in order,
`refusal` and `refusal_units` say how likely it is that they hold an answer at all.
"""

from .ranking import EvidenceSentence, Thread, rank_sentences, select, trusts_cosine
from .refusal import calibration, features

__all__ = [
    "EvidenceSentence",
    "Thread",
    "calibration",
    "features",
    "rank_sentences",
    "select",
    "trusts_cosine",
]
