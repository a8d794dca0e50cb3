"""Answers of the documents' and the user's own words: quotes, a short wording, a refusal.

`draft` is what every way of answering works with and makes, those with a model's words too.
"""

from .draft import Draft, Task, Writing
from .memory import write_memory
from .quote import write_quote, write_refusal, write_short

__all__ = [
    "Draft",
    "Task",
    "Writing",
    "write_memory",
    "write_quote",
    "write_refusal",
    "write_short",
]
