"""Many knowledge bases: a shelf that lists, names and deletes them, and one file to carry one."""

from .kb_file import SUFFIX
from .knowledge_base import KnowledgeBase
from .shelf import Shelf, open_shelf

__all__ = ["SUFFIX", "KnowledgeBase", "Shelf", "open_shelf"]
