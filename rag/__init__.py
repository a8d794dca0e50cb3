"""Recollect: ask your own documents, and see where every answer comes from."""

from .siblings import check_siblings

check_siblings()

from ingest import (  # noqa: E402 - only after the check that it is ours
    DocumentInfo,
    Embedder,
    Index,
    IngestError,
    IngestInterrupted,
    IngestReport,
    ParseLimits,
    Passage,
    Progress,
    open_embedder,
)
from memory import (  # noqa: E402
    ConversationError,
    Memory,
    RecalledTurn,
    SessionInfo,
    Turn,
    open_memory,
)

from .adapters import ConversationMemory, MemoryRetriever, memory_middleware  # noqa: E402
from .answer import Answer, Citation, Said, Sentence  # noqa: E402
from .assistant import Assistant  # noqa: E402
from .catalogue import ModelCard, find_model, list_models  # noqa: E402
from .errors import ModelError, RagError  # noqa: E402
from .llama_chat import LlamaChat  # noqa: E402
from .reply import Reply  # noqa: E402
from .settings import Settings  # noqa: E402

__all__ = [
    "Answer",
    "Assistant",
    "Citation",
    "ConversationError",
    "ConversationMemory",
    "DocumentInfo",
    "Embedder",
    "Index",
    "IngestError",
    "IngestInterrupted",
    "IngestReport",
    "LlamaChat",
    "Memory",
    "MemoryRetriever",
    "ModelCard",
    "ModelError",
    "ParseLimits",
    "Passage",
    "Progress",
    "RagError",
    "RecalledTurn",
    "Reply",
    "Said",
    "Sentence",
    "SessionInfo",
    "Settings",
    "Turn",
    "find_model",
    "list_models",
    "memory_middleware",
    "open_embedder",
    "open_memory",
]
