"""Bytes of a file in, pages of clean text out; in this process or in a child with limits."""

from .dispatch import parse
from .process import ParseLimits, ParserProcess

__all__ = ["ParseLimits", "ParserProcess", "parse"]
