"""The internet, where the user asks for it: pages by their address, and pages by a question.

The only room besides `model_library` that speaks to a network. What it reads becomes documents of
the knowledge base, named by their address: citations hold then, and the answer is there offline.
"""

from .address import is_address
from .documents import ingest_all, read_pages
from .engine import ENGINE, FoundPage, checked_engine, search
from .page import FetchedPage, fetch

__all__ = [
    "ENGINE",
    "FetchedPage",
    "FoundPage",
    "checked_engine",
    "fetch",
    "ingest_all",
    "is_address",
    "read_pages",
    "search",
]
