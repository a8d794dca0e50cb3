"""Everything rag raises.

RagError
├── QuestionError              the question is empty or far too long
├── StrategyError              what an answer strategy works with cannot be used
├── DatasetError               a data set to measure on cannot be used (`rag.evaluation`)
├── WebError                   the internet cannot be asked, or not for that; carries a kind
├── PlaceNotFoundError         no such document, page or span in the knowledge base
├── ShelfError                 a knowledge base cannot be found, named, made or deleted
│   └── KnowledgeBaseFileError a knowledge base cannot be written to one file, or taken from it
└── ModelError                 the language model cannot do what was asked
    ├── ModelNotFoundError     no such model, or none installed at all
    ├── ModelMemoryError       the model needs more memory than is free; nothing was loaded
    ├── ModelPullError         a model file could not be fetched; carries a kind
    ├── ModelFileError         a model file that cannot be used; carries a kind
    ├── PromptError            the prompt cannot be read by the model; carries a kind
    ├── ModelBusyError         the queue is too long, or waiting in it took too long
    ├── GenerationTimeoutError the model process did not answer within its limit
    └── WorkerCrashedError     the model process died; carries the signal's name
        └── WorkerHaltedError  it died too often: nothing is started for a while
"""

from __future__ import annotations

from typing import Literal, get_args

__all__ = [
    "FileKind",
    "GenerationTimeoutError",
    "KnowledgeBaseFileError",
    "ModelBusyError",
    "ModelError",
    "ModelFileError",
    "ModelMemoryError",
    "ModelNotFoundError",
    "ModelPullError",
    "PlaceNotFoundError",
    "PromptError",
    "PromptKind",
    "PullKind",
    "QuestionError",
    "RagError",
    "ShelfError",
    "StrategyError",
    "WebError",
    "WebKind",
    "WorkerCrashedError",
    "WorkerHaltedError",
]

FileKind = Literal[
    "missing",  # nothing at that path
    "folder",  # a folder where a file is needed
    "unreadable",  # permission or input/output error
    "empty",  # zero bytes
    "html",  # a web page, saved in place of the model
    "text",  # plain text, such as a Git LFS pointer
    "safetensors",  # weights in another format
    "zip",  # an archive, such as a PyTorch checkpoint
    "unknown",  # none of the formats we can name
    "version",  # a GGUF version nobody here reads
    "malformed",  # a GGUF whose header contradicts itself
    "truncated",  # shorter than its own header says
    "hash",  # not the bytes its publisher signed for
    "refused",  # llama.cpp would not load it
]

PromptKind = Literal[
    "too_long",  # more tokens than the context holds
    "empty",  # no token at all
    "template",  # the model's chat template cannot be rendered
    "grammar",  # the grammar cannot be parsed
]

PullKind = Literal[
    "nothing",  # this model is not one that is fetched: packaged, or a file of the user's own
    "offline",  # the network is switched off by an option or the environment
    "address",  # the mirror's address is none
    "space",  # the disk is too full
    "connection",  # the server cannot be reached, or the connection broke; a part is kept
    "missing",  # the server has no such repository, revision or file
    "refused",  # the server wants a login, or answers with another error
    "hash",  # the bytes are not the publisher's; they were removed
    "busy",  # another process is fetching the same model
]

WebKind = Literal[
    "offline",  # the network is switched off by the environment
    "address",  # it is no address
    "private",  # it lies in the user's own network, and the user did not name it
    "connection",  # nobody answers, or the connection broke
    "refused",  # the server answers with an error
    "type",  # a picture, a film: nothing that is read here
    "size",  # over the limit of a file
    "engine",  # what answers is no search server
]


class RagError(Exception):
    """Root of what rag raises; the message says what, which, and what to do."""


class QuestionError(RagError):
    """The question is empty or far too long."""


class StrategyError(RagError):
    """No such answer strategy, or its examples or rules cannot be used."""


class WebError(RagError):
    """The internet cannot be asked, or not for that; nothing was stored.

    Attributes:
        kind: one of the codes in `WebKind`.
    """

    def __init__(self, kind: WebKind, message: str) -> None:
        if kind not in get_args(WebKind):
            raise ValueError(f"unknown kind {kind!r}")
        super().__init__(message)
        self.kind: WebKind = kind


class PlaceNotFoundError(RagError):
    """No such document, page or span in the knowledge base."""


class ShelfError(RagError):
    """A knowledge base cannot be found, named, made or deleted."""


class KnowledgeBaseFileError(ShelfError):
    """A knowledge base cannot be written to one file, or taken from it; nothing was changed."""


class ModelError(RagError):
    """The language model cannot do what was asked."""


class ModelNotFoundError(ModelError):
    """No such model, or none installed at all."""


class ModelFileError(ModelError):
    """A model file that cannot be used.

    Attributes:
        kind: one of the codes in `FileKind`.
    """

    def __init__(self, kind: FileKind, message: str) -> None:
        if kind not in get_args(FileKind):
            raise ValueError(f"unknown kind {kind!r}")
        super().__init__(message)
        self.kind: FileKind = kind


class ModelMemoryError(ModelError):
    """The model needs more memory than is free; nothing was loaded.

    Attributes:
        needed: bytes.
        free: bytes.
    """

    def __init__(self, message: str, needed: int, free: int) -> None:
        super().__init__(message)
        self.needed = needed
        self.free = free


class ModelPullError(ModelError):
    """A model file could not be fetched.

    Attributes:
        kind: one of the codes in `PullKind`.
    """

    def __init__(self, kind: PullKind, message: str) -> None:
        if kind not in get_args(PullKind):
            raise ValueError(f"unknown kind {kind!r}")
        super().__init__(message)
        self.kind: PullKind = kind


class PromptError(ModelError):
    """The prompt cannot be read by the model.

    Attributes:
        kind: one of the codes in `PromptKind`.
    """

    def __init__(self, kind: PromptKind, message: str) -> None:
        if kind not in get_args(PromptKind):
            raise ValueError(f"unknown kind {kind!r}")
        super().__init__(message)
        self.kind: PromptKind = kind


class ModelBusyError(ModelError):
    """The queue is too long, or waiting in it took too long."""


class GenerationTimeoutError(ModelError):
    """The model process did not answer within its limit; it has been stopped."""


class WorkerCrashedError(ModelError):
    """The model process died; the next request starts a new one.

    Attributes:
        signal: the signal's name such as "SIGSEGV", or "" when the process left by itself.
        exit_code: what it left with, None when a signal ended it.
    """

    def __init__(self, message: str, signal: str = "", exit_code: int | None = None) -> None:
        super().__init__(message)
        self.signal = signal
        self.exit_code = exit_code


class WorkerHaltedError(WorkerCrashedError):
    """The model process died too often: nothing is started for a while."""
