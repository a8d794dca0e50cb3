"""Conversation memory in the shapes that LangChain programs know."""

from .agent import memory_middleware
from .retired import ConversationMemory
from .retriever import MemoryRetriever

__all__ = ["ConversationMemory", "MemoryRetriever", "memory_middleware"]
