"""Memory: the conversation log, and the ways of reading it into a prompt."""

from .base import Memory
from .buffer import BufferMemory
from .derived import Derived
from .errors import (
    ConversationError,
    LogBusyError,
    LogDamagedError,
    LogError,
    LogFullError,
    LogVersionError,
    OptionError,
    TranscriptError,
    UnknownSessionError,
)
from .feedback import Feedback, Rating
from .log import ConversationLog
from .logged import LogMemory
from .notes import Note, Notes
from .registry import make_memory, memory_kinds, open_memory
from .render import Budget, Renderer, TokenCounter, estimate_tokens, render_turns
from .statements import Heard, Statement, find_statements
from .terms import TermFunction, index_terms, query_terms
from .turn import (
    Draft,
    Exchange,
    NoteRecord,
    PassageRecord,
    RatingRecord,
    RecalledTurn,
    Role,
    SessionInfo,
    SessionRecord,
    Turn,
    group_exchanges,
)
from .window import WindowMemory

__all__ = [
    "Budget",
    "BufferMemory",
    "ConversationError",
    "ConversationLog",
    "Derived",
    "Draft",
    "Exchange",
    "Feedback",
    "Heard",
    "LogBusyError",
    "LogDamagedError",
    "LogError",
    "LogFullError",
    "LogMemory",
    "LogVersionError",
    "Memory",
    "Note",
    "NoteRecord",
    "Notes",
    "OptionError",
    "PassageRecord",
    "Rating",
    "RatingRecord",
    "RecalledTurn",
    "Renderer",
    "Role",
    "SessionInfo",
    "SessionRecord",
    "Statement",
    "TermFunction",
    "TokenCounter",
    "TranscriptError",
    "Turn",
    "UnknownSessionError",
    "WindowMemory",
    "estimate_tokens",
    "find_statements",
    "group_exchanges",
    "index_terms",
    "make_memory",
    "memory_kinds",
    "open_memory",
    "query_terms",
    "render_turns",
]
