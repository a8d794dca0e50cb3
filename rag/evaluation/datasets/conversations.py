"""Conversational search as JSON (`[{topic, turns: [{utterance, rewritten, passage}]}]`)."""

from __future__ import annotations

from typing import Any

from .base import Conversations, TopicTurn

__all__ = ["is_conversations", "read_conversations"]


def is_conversations(value: Any) -> bool:
    """Whether a parsed JSON value is of this format."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(topic, dict) and isinstance(topic.get("turns"), list) for topic in value)
    )


def read_conversations(name: str, sha256: str, value: Any) -> Conversations:
    """The topics of a file; the passage of every turn is a document of its own.

    A turn whose passage is empty is asked, but not measured.

    Raises:
        KeyError: a field is missing.
    """
    documents: dict[str, str] = {}
    topics = []
    for topic in value:
        turns = []
        for item in topic["turns"]:
            document = f"{len(documents):05d}.txt" if item["passage"] else ""
            if document:
                documents[document] = item["passage"]
            turns.append(TopicTurn(item["utterance"], item.get("rewritten", ""), document))
        topics.append(tuple(turns))
    return Conversations(name, sha256, tuple(topics), documents)
