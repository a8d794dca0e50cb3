"""Recollect: ask your own documents, and see where every answer comes from."""

from .siblings import check_siblings

check_siblings()

from ingest import (  # noqa: E402 - only after the check that it is ours
    DocumentInfo,
    Embedder,
    FileOutcome,
    Index,
    IngestError,
    IngestInterrupted,
    IngestReport,
    PagePicture,
    ParseLimits,
    Passage,
    Progress,
    open_embedder,
)
from memory import (  # noqa: E402
    ConversationError,
    Feedback,
    Memory,
    Note,
    Notes,
    Rating,
    RecalledTurn,
    SessionInfo,
    Turn,
    memory_kinds,
    open_memory,
)

from .adapters import ConversationMemory, MemoryRetriever, memory_middleware  # noqa: E402
from .answer import Answer, Citation, Said, Sentence  # noqa: E402
from .assistant import Assistant  # noqa: E402
from .budget import Budget  # noqa: E402
from .catalogue import EmbedderCard, ModelCard, find_model, list_models  # noqa: E402
from .desk import Desk  # noqa: E402
from .errors import ModelError, QuestionError, RagError, ShelfError, StrategyError  # noqa: E402
from .found import Found, found_in  # noqa: E402
from .jobs import Job, Jobs  # noqa: E402
from .laboratory import WAYS, Hit, Trial, Way, try_out  # noqa: E402
from .library import ExportedFile, Library  # noqa: E402
from .llama_chat import LlamaChat  # noqa: E402
from .methods import Choice, strategies  # noqa: E402
from .model_library import chosen_model, gigabytes, pull_model  # noqa: E402
from .models_here import (  # noqa: E402
    ModelHere,
    ModelsHere,
    discard_model,
    look_at_models,
    use_model,
    wants_tuning,
)
from .page_view import PageView  # noqa: E402
from .reply import Reply  # noqa: E402
from .running import Answering, RunningAnswer  # noqa: E402
from .seen import Seen  # noqa: E402
from .settings import Settings  # noqa: E402
from .shelves import SUFFIX, KnowledgeBase, Shelf, open_shelf  # noqa: E402
from .speed import Speed  # noqa: E402
from .stage import Stage  # noqa: E402
from .stored import Piece, StoredAnswer, StoredExchange, stored_exchanges  # noqa: E402
from .stored_documents import StoredDocument, stored_documents  # noqa: E402
from .tuning import Trial as TuningTrial  # noqa: E402
from .uploads import document_name  # noqa: E402
from .workings import Workings  # noqa: E402
from .would_recall import WouldRecall, would_pin, would_recall  # noqa: E402

__all__ = [
    "SUFFIX",
    "WAYS",
    "Answer",
    "Answering",
    "Assistant",
    "Budget",
    "Choice",
    "Citation",
    "ConversationError",
    "ConversationMemory",
    "Desk",
    "DocumentInfo",
    "Embedder",
    "EmbedderCard",
    "ExportedFile",
    "Feedback",
    "FileOutcome",
    "Found",
    "Hit",
    "Index",
    "IngestError",
    "IngestInterrupted",
    "IngestReport",
    "Job",
    "Jobs",
    "KnowledgeBase",
    "Library",
    "LlamaChat",
    "Memory",
    "MemoryRetriever",
    "ModelCard",
    "ModelError",
    "ModelHere",
    "ModelsHere",
    "Note",
    "Notes",
    "PagePicture",
    "PageView",
    "ParseLimits",
    "Passage",
    "Piece",
    "Progress",
    "QuestionError",
    "RagError",
    "Rating",
    "RecalledTurn",
    "Reply",
    "RunningAnswer",
    "Said",
    "Seen",
    "Sentence",
    "SessionInfo",
    "Settings",
    "Shelf",
    "ShelfError",
    "Speed",
    "Stage",
    "StoredAnswer",
    "StoredDocument",
    "StoredExchange",
    "StrategyError",
    "Trial",
    "TuningTrial",
    "Turn",
    "Way",
    "Workings",
    "WouldRecall",
    "chosen_model",
    "discard_model",
    "document_name",
    "find_model",
    "found_in",
    "gigabytes",
    "list_models",
    "look_at_models",
    "memory_kinds",
    "memory_middleware",
    "open_embedder",
    "open_memory",
    "open_shelf",
    "pull_model",
    "stored_documents",
    "stored_exchanges",
    "strategies",
    "try_out",
    "use_model",
    "wants_tuning",
    "would_pin",
    "would_recall",
]
