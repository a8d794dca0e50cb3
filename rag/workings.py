"""How an answer came about: rewording, votes, verdicts, hidden steps; kept beside it, unshown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .methods import Method

__all__ = ["Agreement", "Alternative", "Critique", "Verdict", "Workings"]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of the answers that were voted on.

    Attributes:
        text: in the words of the sample that is most like the others of its kind.
        votes: samples that say so.
    """

    text: str
    votes: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the samples of one question said.

    Attributes:
        samples: drawn, those included that said nothing.
        alternatives: every different answer, the winner first.
    """

    samples: int
    alternatives: tuple[Alternative, ...]

    @property
    def votes(self) -> int:
        """Samples that say what the winner says."""
        return self.alternatives[0].votes if self.alternatives else 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer keeps one rule.

    Attributes:
        rule: in the user's words, or the built-in one.
        kept: None where the model gave no verdict that can be read.
        reason: in the words of whoever judged.
        by: "passages" where the check against the passages decided, "model" otherwise.
    """

    rule: str
    kept: bool | None
    reason: str
    by: Literal["model", "passages"] = "model"


@dataclass(frozen=True, slots=True)
class Critique:
    """An answer, what was found wrong with it, and its second version.

    Attributes:
        first: the first version, markers stripped.
        verdicts: one per rule, the built-in one last.
        revised: the second version, "" where every rule was kept.
        taken: whether the second version is the answer; it is not when the passages support a
            smaller share of it than of the first, or it says nothing.
    """

    first: str
    verdicts: tuple[Verdict, ...]
    revised: str = ""
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Workings:
    """How an answer was made.

    Attributes:
        method: the strategy that wrote it, "" where the words are the documents' or the program's.
        remarks: why it is not what was asked for, in the language of the question.
        steps: what the model thought before it answered; never part of the conversation.
        agreement: of "vote", else None.
        critique: of "critique", else None.
        rewrite: the model's own wording of the question, which was searched for, too; "" for none.
        meant: of a refused question, the same with its misspellings mended, which the documents do
            answer; "" for none.
        pages: addresses of the pages of the internet that were read for it.
    """

    method: Method | Literal[""] = ""
    remarks: tuple[str, ...] = ()
    steps: str = ""
    agreement: Agreement | None = None
    critique: Critique | None = None
    rewrite: str = ""
    meant: str = ""
    pages: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """JSON-able values."""
        voted, checked = self.agreement, self.critique
        return {
            "method": self.method,
            "remarks": list(self.remarks),
            "rewrite": self.rewrite,
            "meant": self.meant,
            "pages": list(self.pages),
            "steps": self.steps,
            "agreement": voted
            and {
                "votes": voted.votes,
                "samples": voted.samples,
                "alternatives": [
                    {"text": one.text, "votes": one.votes} for one in voted.alternatives
                ],
            },
            "critique": checked
            and {
                "first": checked.first,
                "verdicts": [
                    {"rule": v.rule, "kept": v.kept, "reason": v.reason, "by": v.by}
                    for v in checked.verdicts
                ],
                "revised": checked.revised,
                "taken": checked.taken,
            },
        }
