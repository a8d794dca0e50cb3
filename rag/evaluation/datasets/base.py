"""The values that a data set is made of, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ...language import Language

__all__ = [
    "Conversations",
    "Dataset",
    "Dialogue",
    "DialogueQuestion",
    "DialogueTurn",
    "Dialogues",
    "Place",
    "Question",
    "QuestionSet",
    "TopicTurn",
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer stands, as the data set says it.

    Attributes:
        document: name of the file, as in the knowledge base.
        page: its number from 1, or 0 when the data set does not say.
        quote: the words, or "" for the whole page.
        start: first character of the quote in the document's text, or None when not said.
    """

    document: str
    page: int = 0
    quote: str = ""
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what a good answer holds.

    Attributes:
        text: as a user would ask it.
        language: "en" or "zh".
        answers: accepted short answers; () when the data set has none.
        evidence: for each fact that is needed the places that prove it, one of which is enough;
            () for a question that the documents do not answer.
    """

    text: str
    language: Language
    answers: tuple[str, ...] = ()
    evidence: tuple[tuple[Place, ...], ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the documents hold an answer."""
        return bool(self.evidence)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions about documents.

    Attributes:
        name: of the file.
        sha256: of the file's bytes, in hexadecimal.
        questions: in the file's order.
        documents: name to text of the documents that the file brings along; {} when they are
            looked for in a knowledge base.
    """

    name: str
    sha256: str
    questions: tuple[Question, ...]
    documents: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class TopicTurn:
    """One question of a conversation.

    Attributes:
        question: as it was asked, leaning on what was said before.
        alone: the same as a human would ask it alone; "" when the data set has none.
        document: name of the document that answers it; "" when none is known.
    """

    question: str
    alone: str
    document: str


@dataclass(frozen=True, slots=True)
class Conversations:
    """Conversations about documents.

    Attributes:
        name: of the file.
        sha256: of the file's bytes, in hexadecimal.
        topics: each a conversation, turn by turn.
        documents: name to text; one document for each turn's passage.
    """

    name: str
    sha256: str
    topics: tuple[tuple[TopicTurn, ...], ...]
    documents: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class DialogueTurn:
    """One thing that one of two speakers said.

    Attributes:
        id: as the evidence names it.
        first: whether the first of the two speakers said it.
        text: with the speaker's name in front and the caption of a picture behind.
    """

    id: str
    first: bool
    text: str


@dataclass(frozen=True, slots=True)
class DialogueQuestion:
    """A question about what was said.

    Attributes:
        text: as asked.
        evidence: ids of the turns that prove the answer, at least one.
        category: 1 multi-hop, 2 temporal, 3 open-domain, 4 single-hop, 5 adversarial.
        answer: as the data set words it, or "".
    """

    text: str
    evidence: frozenset[str]
    category: int
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation of two over many sessions.

    Attributes:
        name: of the conversation.
        sessions: when each was held (aware), and its turns.
        questions: about all of it.
    """

    name: str
    sessions: tuple[tuple[datetime, tuple[DialogueTurn, ...]], ...]
    questions: tuple[DialogueQuestion, ...]


@dataclass(frozen=True, slots=True)
class Dialogues:
    """Long conversations that a memory is asked about.

    Attributes:
        name: of the file.
        sha256: of the file's bytes, in hexadecimal.
        dialogues: in the file's order.
    """

    name: str
    sha256: str
    dialogues: tuple[Dialogue, ...]


Dataset = QuestionSet | Conversations | Dialogues
