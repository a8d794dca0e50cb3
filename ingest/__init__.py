"""Ingest: files become documents, chunks and vectors in an index that can be searched."""

from .atomic import replace_file, sync_folder
from .bm25 import Counts, bm25
from .document import Chunk, Heading, Page, ParsedDocument, Passage
from .embedders.base import Embedder, Role, Vectors
from .embedders.registry import DEFAULT_EMBEDDER, EMBEDDERS, open_embedder
from .errors import (
    EmbedderError,
    EmbedderMismatchError,
    IngestError,
    ParseError,
    PictureError,
    Reason,
    RerankerError,
    SettingError,
    StoreDamagedError,
    StoreError,
    StoreLockedError,
)
from .index.foreign import require_own_tables
from .index.identity import EmbedderIdentity
from .index.index import Index
from .index.lock import writer_lock
from .index.ranking import Query, z_scores
from .index.records import Contents, DocumentInfo, NewDocument
from .lexical import CJK, characters, content_words, index_terms, is_cjk, query_terms
from .packaged import packaged_file, verify_sha256
from .parsers import ParseLimits
from .pictures import PagePainter, PagePicture, PictureLimits, page_picture
from .pipeline import ingest_paths
from .read import read_file
from .reindex import reindex
from .report import FileOutcome, IngestInterrupted, IngestReport, Progress
from .reranker import Reranker
from .sentences import sentence_spans
from .splitter import Splitter
from .stores.registry import VECTOR_STORES
from .vector_store import IndexVectorStore, as_document
from .walk import shown, unshown

__all__ = [
    "CJK",
    "DEFAULT_EMBEDDER",
    "EMBEDDERS",
    "VECTOR_STORES",
    "Chunk",
    "Contents",
    "Counts",
    "DocumentInfo",
    "Embedder",
    "EmbedderError",
    "EmbedderIdentity",
    "EmbedderMismatchError",
    "FileOutcome",
    "Heading",
    "Index",
    "IndexVectorStore",
    "IngestError",
    "IngestInterrupted",
    "IngestReport",
    "NewDocument",
    "Page",
    "PagePainter",
    "PagePicture",
    "ParseError",
    "ParseLimits",
    "ParsedDocument",
    "Passage",
    "PictureError",
    "PictureLimits",
    "Progress",
    "Query",
    "Reason",
    "Reranker",
    "RerankerError",
    "Role",
    "SettingError",
    "Splitter",
    "StoreDamagedError",
    "StoreError",
    "StoreLockedError",
    "Vectors",
    "as_document",
    "bm25",
    "characters",
    "content_words",
    "index_terms",
    "ingest_paths",
    "is_cjk",
    "open_embedder",
    "packaged_file",
    "page_picture",
    "query_terms",
    "read_file",
    "reindex",
    "replace_file",
    "require_own_tables",
    "sentence_spans",
    "shown",
    "sync_folder",
    "unshown",
    "verify_sha256",
    "writer_lock",
    "z_scores",
]
