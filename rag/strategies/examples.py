"""A JSONL file of the user's solved examples in; those most similar to a question out.

    {"question": "…", "answer": "…", "passages": ["…"], "steps": "…"}

Only `question` and `answer` are needed. `passages` are the texts that the answer was read from;
`steps`, a text or a list of texts, are the thoughts that led to it.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest import Embedder, Vectors, query_terms

from ..errors import StrategyError
from ..evidence import trusts_cosine

__all__ = ["Example", "Examples", "nearest", "read_examples"]

MOST = 5_000
"""Examples of a file: some ten seconds of embedding, once."""
LONGEST = 4_000
"""Characters of an example's texts together; more would be left out of most prompts."""
_KEPT_FILES = 8
_FORM = 'write {"question": "…", "answer": "…"}, and "passages" and "steps" if you like'


@dataclass(frozen=True, slots=True)
class Example:
    """A question that somebody has answered well.

    Attributes:
        question: as it might be asked.
        answer: as it should be answered.
        passages: what it was answered from.
        steps: what was thought before it was answered, "" where that is not told.
    """

    question: str
    answer: str
    passages: tuple[str, ...] = ()
    steps: str = ""


@dataclass(frozen=True, slots=True)
class Examples:
    """The examples of one file.

    Attributes:
        sha256: of the file's bytes.
        items: in the file's order.
    """

    sha256: str
    items: tuple[Example, ...]


def read_examples(path: str | Path) -> Examples:
    """The examples of a file.

    Raises:
        StrategyError: it cannot be read, or a line is not as the module describes; the message
            says which line and what to do.
    """
    name = str(path)
    try:
        data = Path(path).read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise StrategyError(
            f"The examples {name!r} cannot be read ({error}); give a UTF-8 file with one JSON "
            "object per line."
        ) from error
    lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not 0 < len(lines) <= MOST:
        raise StrategyError(
            f"The examples {name!r} have {len(lines)!r} lines, 1 to {MOST!r} are read; {_FORM}."
        )
    items = tuple(_example(f"Line {n} of the examples {name!r}", line) for n, line in lines)
    return Examples(hashlib.sha256(data).hexdigest(), items)


def _example(where: str, line: str) -> Example:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise StrategyError(f"{where} is no JSON ({error}); {_FORM}.") from error
    if not isinstance(row, dict):
        raise StrategyError(f"{where} is no JSON object; {_FORM}.")
    if unknown := sorted(set(row) - {"question", "answer", "passages", "steps"}):
        raise StrategyError(f"{where} has the unknown fields {unknown!r}; {_FORM}.")
    texts = {name: _texts(where, row, name) for name in ("question", "answer", "passages", "steps")}
    for name in ("question", "answer"):
        if len(texts[name]) != 1:
            raise StrategyError(f"{where} needs one text as its {name!r}; {_FORM}.")
    size = sum(len(text) for several in texts.values() for text in several)
    if size > LONGEST:
        raise StrategyError(
            f"{where} has {size!r} characters, at most {LONGEST!r} are read; shorten its passages."
        )
    return Example(
        texts["question"][0], texts["answer"][0], texts["passages"], "\n".join(texts["steps"])
    )


def _texts(where: str, row: dict[str, Any], name: str) -> tuple[str, ...]:
    """A field as texts without white space around them; () where it is left out or empty."""
    value = row.get(name, [])
    several = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in several):
        raise StrategyError(f"{where} has something else than text as its {name!r}; {_FORM}.")
    return tuple(text.strip() for text in several if text.strip())


class _Kept:
    """Vectors of the questions of the latest files, so that a file is embedded once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._vectors: OrderedDict[tuple[str, str], Vectors] = OrderedDict()

    def of(self, examples: Examples, embedder: Embedder) -> Vectors:
        key = (examples.sha256, embedder.fingerprint())
        with self._lock:
            if key not in self._vectors:
                questions = [item.question for item in examples.items]
                self._vectors[key] = embedder.embed(questions, "query")
                if len(self._vectors) > _KEPT_FILES:
                    self._vectors.popitem(last=False)
            self._vectors.move_to_end(key)
            return self._vectors[key]


_KEPT = _Kept()


def nearest(
    examples: Examples,
    question: str,
    embedder: Embedder,
    most: int,
    fits: Callable[[Example], bool] = lambda _example: True,
) -> list[Example]:
    """The examples whose questions are most similar, the most similar one last.

    By cosine; by the share of common terms where the embedder does not speak the language of the
    question. Equal ones in the file's order.

    Args:
        examples: to choose from.
        question: as asked.
        embedder: of the knowledge base.
        most: examples at most.
        fits: which of them may be chosen.
    """
    if trusts_cosine(question, embedder):
        row = embedder.embed([question], "query")[0]
        scores: Sequence[float] = (_KEPT.of(examples, embedder) @ row).tolist()
    else:
        asked = set(query_terms(question))
        scores = [_shared(asked, set(query_terms(item.question))) for item in examples.items]
    order = sorted(range(len(scores)), key=lambda at: -scores[at])
    chosen = [examples.items[at] for at in order if fits(examples.items[at])][:most]
    return chosen[::-1]


def _shared(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0
