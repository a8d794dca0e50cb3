"""One conversation of three days, played with a kind of memory and printed as a transcript.

python bench/three_days.py --memory recall --memory window
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest import Index
from memory import ConversationLog, Notes, make_memory
from rag import Answer, Assistant, Settings
from rag.counting import token_counter
from rag.models import open_model
from rag.summarise import summariser

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "tests" / "data" / "three_days.jsonl"


def lines() -> list[dict[str, Any]]:
    """What is said when, and what is expected of the answer."""
    return [json.loads(line) for line in SCRIPT.read_text("utf-8").splitlines()]


def play(
    script: Sequence[dict[str, Any]], kb: Path, log: Path, kind: str, model: str = "smollm2-135m"
) -> Iterator[tuple[dict[str, Any], Answer]]:
    """Ask line by line at the hour of the script.

    Args:
        script: of `lines()`, all or some.
        kb: a knowledge base of the sample documents.
        log: where the conversation is kept.
        kind: of memory.
        model: name of the language model.
    """
    now = [datetime.now().astimezone()]
    opened = open_model(model)
    conversations = ConversationLog(log, clock=lambda: now[0])
    index = Index(kb)
    memory = make_memory(
        kind,
        conversations,
        count_tokens=token_counter(opened),
        embedder=index.embedder,
        summarise=summariser(opened),
    )
    settings = Settings(model=model, memory=kind)
    with Assistant(index, memory, opened, settings, "me", Notes(conversations)) as assistant:
        for line in script:
            now[0] = datetime.fromisoformat(line["time"])
            yield line, assistant.ask(line["message"], session="three days").answer


def _print(line: dict[str, Any], answer: Answer) -> None:
    print(f"\n{line['time'][:16].replace('T', ' ')}  {line['message']}")
    print("\n".join(f"    {part}" for part in answer.text.splitlines()))
    proof = [f"turn {said.number} of {said.time:%Y-%m-%d}" for said in answer.said]
    proof += [f"{Path(cited.source).name}, p. {cited.page}" for cited in answer.citations]
    print(f"    ({'; '.join([answer.strategy, *proof])})")


def main() -> None:
    """Print the conversation once for each kind of memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memory", action="append", help="a kind; may be given more than once")
    parser.add_argument("--model", default="smollm2-135m")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kb = Path(folder) / "kb"
        with Assistant.open(kb, model="none") as assistant:
            assistant.ingest(ROOT / "sample_docs")
        for kind in chosen.memory or ["window", "recall"]:
            print(f"\n=== {kind}")
            log = Path(folder) / f"{kind}.sqlite"
            for line, answer in play(lines(), kb, log, kind, chosen.model):
                _print(line, answer)


if __name__ == "__main__":
    main()
