"""LoCoMo-format JSON: conversations of two people over many sessions, and questions about them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from .base import Dialogue, DialogueQuestion, Dialogues, DialogueTurn

__all__ = ["is_locomo", "read_locomo"]

_SESSION = re.compile(r"session_(\d+)")
_ID = re.compile(r"D:?(\d+):(\d+)")
_TIME = "%I:%M %p on %d %B, %Y"


def is_locomo(value: Any) -> bool:
    """Whether a parsed JSON value is of this format."""
    samples = value if isinstance(value, list) else [value]
    return bool(samples) and all(
        isinstance(sample, dict) and "qa" in sample and "session_1" in _talk(sample)
        for sample in samples
    )


def read_locomo(name: str, sha256: str, value: Any) -> Dialogues:
    """The conversations of a file; questions without evidence in the conversation are left out.

    Sessions stand at the top of a sample, or under "conversation" as in the original release.

    Raises:
        KeyError: a field is missing.
        ValueError: the time of a session cannot be read.
    """
    samples = value if isinstance(value, list) else [value]
    return Dialogues(name, sha256, tuple(_dialogue(sample) for sample in samples))


def _talk(sample: dict[str, Any]) -> dict[str, Any]:
    nested = sample.get("conversation")
    return nested if isinstance(nested, dict) else sample


def _dialogue(sample: dict[str, Any]) -> Dialogue:
    talk = _talk(sample)
    numbers = sorted(int(m[1]) for key in talk if (m := _SESSION.fullmatch(key)) and talk[key])
    sessions = []
    for number in numbers:
        when = datetime.strptime(talk[f"session_{number}_date_time"], _TIME).replace(tzinfo=UTC)
        turns = tuple(_turn(item, talk["speaker_a"]) for item in talk[f"session_{number}"])
        sessions.append((when, turns))
    known = {turn.id for _, turns in sessions for turn in turns}
    questions = []
    for item in sample["qa"]:
        named = {_id(match) for text in item["evidence"] for match in _ID.finditer(text)}
        if evidence := frozenset(named & known):
            category, answer = int(item["category"]), str(item.get("answer", ""))
            questions.append(DialogueQuestion(item["question"], evidence, category, answer))
    return Dialogue(str(sample.get("sample_id", "")), tuple(sessions), tuple(questions))


def _turn(item: dict[str, Any], first: str) -> DialogueTurn:
    caption = f" [{item['blip_caption']}]" if item.get("blip_caption") else ""
    match = _ID.fullmatch(item["dia_id"])
    name = _id(match) if match else item["dia_id"]
    return DialogueTurn(
        name, item["speaker"] == first, f"{item['speaker']}: {item['text']}{caption}"
    )


def _id(match: re.Match[str]) -> str:
    """One spelling: the release has "D:11:26" and "D30:05" beside "D11:26"."""
    return f"D{int(match[1])}:{int(match[2])}"
