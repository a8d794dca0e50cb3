"""What foreign code raises, made a value: an embedder or a model that fails costs its help only."""

from __future__ import annotations

from types import TracebackType
from typing import Self

__all__ = ["Failure"]


class Failure:
    """Makes a value of what a foreign callable raises; interrupts pass.

    Attributes:
        text: what was raised, "" if nothing was.
    """

    text = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if isinstance(error, Exception):
            self.text = f"{type(error).__name__}: {error}"
        return isinstance(error, Exception)
