"""A question and its conversation in; the passages to answer from out. No language model."""

from .bare import lacks_reason
from .followup import PastExchange, Wordings
from .retrieve import Retrieval, retrieve
from .spelling import respelled

__all__ = [
    "PastExchange",
    "Retrieval",
    "Wordings",
    "lacks_reason",
    "respelled",
    "retrieve",
]
