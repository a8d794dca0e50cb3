"""SQuAD-format data as knowledge bases: one document per paragraph, through the real pipeline."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ingest import Index, ingest_paths

__all__ = ["Question", "build", "load"]


@dataclass(frozen=True)
class Question:
    """A question, the name of its paragraph's file, and the accepted answers."""

    text: str
    document: str
    answers: tuple[str, ...]


def load(path: Path) -> tuple[dict[str, str], list[Question]]:
    """Paragraphs by file name, and the questions."""
    paragraphs: dict[str, str] = {}
    questions = []
    for article in json.loads(path.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            name = f"{len(paragraphs):05d}.txt"
            paragraphs[name] = paragraph["context"]
            for qa in paragraph["qas"]:
                answers = tuple(dict.fromkeys(answer["text"] for answer in qa["answers"]))
                questions.append(Question(qa["question"], name, answers))
    return paragraphs, questions


def build(path: Path, folder: Path) -> tuple[Index, list[Question]]:
    """A knowledge base of the file's paragraphs below `folder`, made once."""
    paragraphs, questions = load(path)
    documents = folder / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    for name, text in paragraphs.items():
        target = documents / name
        if not target.exists():
            target.write_text(text, "utf-8")
    index = Index(folder / "kb")
    ingest_paths(index, [documents])
    return index, questions
