"""Data sets: one reader per format, and the values that all of them become."""

from .base import (
    Conversations,
    Dataset,
    Dialogue,
    DialogueQuestion,
    Dialogues,
    DialogueTurn,
    Place,
    Question,
    QuestionSet,
    TopicTurn,
)
from .errors import DatasetError
from .sniff import open_dataset

__all__ = [
    "Conversations",
    "Dataset",
    "DatasetError",
    "Dialogue",
    "DialogueQuestion",
    "DialogueTurn",
    "Dialogues",
    "Place",
    "Question",
    "QuestionSet",
    "TopicTurn",
    "open_dataset",
]
