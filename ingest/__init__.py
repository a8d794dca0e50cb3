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
    Reason,
    RerankerError,
    SettingError,
    StoreDamagedError,
    StoreError,
    StoreLockedError,
)
from .index.identity import EmbedderIdentity
from .index.index import Index
from .index.ranking import Query, z_scores
from .index.records import DocumentInfo, NewDocument
from .lexical import CJK, characters, index_terms, is_cjk, query_terms
from .packaged import packaged_file, verify_sha256
from .parsers import ParseLimits
from .pipeline import ingest_paths
from .reindex import reindex
from .report import FileOutcome, IngestInterrupted, IngestReport, Progress
from .reranker import Reranker
from .sentences import sentence_spans
from .splitter import Splitter
from .stores.registry import VECTOR_STORES
from .vector_store import IndexVectorStore, as_document
from .walk import shown

__all__ = [
    "CJK",
    "DEFAULT_EMBEDDER",
    "EMBEDDERS",
    "VECTOR_STORES",
    "Chunk",
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
    "ParseError",
    "ParseLimits",
    "ParsedDocument",
    "Passage",
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
    "index_terms",
    "ingest_paths",
    "is_cjk",
    "open_embedder",
    "packaged_file",
    "query_terms",
    "reindex",
    "replace_file",
    "sentence_spans",
    "shown",
    "sync_folder",
    "verify_sha256",
    "z_scores",
]
