"""A knowledge base in; its documents added, named, shown and handed to LangChain out."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from ingest import FileOutcome, Index, IndexVectorStore, IngestReport

from .page_view import PageView, view_page
from .retriever import IndexRetriever
from .settings import Settings
from .stored_documents import upload_documents
from .uploads import document_name
from .web import ingest_all

__all__ = ["Documents"]


class Documents:
    """What an assistant does with its documents besides answering from them.

    Attributes:
        index: the knowledge base.
        settings: see `Settings`.
    """

    index: Index
    settings: Settings

    def ingest(
        self,
        paths: str | PathLike[str] | Sequence[str | PathLike[str]],
        **options: Any,
    ) -> IngestReport:
        """Read files, folders and pages of the internet into the knowledge base.

        Args:
            paths: of files and folders, and addresses that begin with http:// or https://; a copy
                of what lies there is kept, and the document is named by its address.
            **options: of `ingest_paths`.
        """
        several = [paths] if isinstance(paths, (str, PathLike)) else list(paths)
        return ingest_all(self.index, several, **options)

    def add_file(self, name: str, data: bytes, **options: Any) -> IngestReport:
        """Keep a copy of an uploaded file and read it; the same name again replaces it.

        Args:
            name: as it came; data only, never part of a path.
            data: the file's bytes.
            **options: of `ingest_paths`.
        """
        return self.add_files([(name, data)], **options)

    def add_files(self, files: Sequence[tuple[str, bytes]], **options: Any) -> IngestReport:
        """The same for several files, a name and its bytes each, in one run."""
        return upload_documents(self.index, files, **options)

    def document_name(self, source: str) -> str:
        """What to call the document of a citation: its file's name, as uploaded or as found."""
        return document_name(source)

    def plain_message(self, outcome: FileOutcome) -> str:
        """What a report says of a file, under the name that `document_name` gives it."""
        name = self.document_name(outcome.source)
        words = outcome.message.replace(outcome.source, name)
        return words.replace(Path(outcome.source).name, name)

    def retriever(self, k: int | None = None) -> IndexRetriever:
        """The knowledge base as a LangChain retriever."""
        return IndexRetriever(index=self.index, k=self.settings.passages if k is None else k)

    def vector_store(self) -> IndexVectorStore:
        """The knowledge base as a LangChain vector store."""
        return IndexVectorStore(self.index)

    def view_page(
        self, source: str, page: int, spans: Sequence[tuple[int, int]] = (), **options: Any
    ) -> PageView:
        """The page of a citation with the quotes on it, as text and picture; see `view_page`."""
        return view_page(self.index, source, page, spans, **options)
