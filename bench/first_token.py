"""A conversation about documents in, the time to the first token of each turn out, ours and theirs.

Theirs is LangChain's `ChatLlamaCpp`: the same model, threads and context in this very process.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chain import chat_llama_cpp

from ingest import Passage
from rag.prompt import Contents, build_prompt
from rag.thread import Thread
from rag.worker import ChatTurn, ModelSpec, Prompt, Sampling, Segment, Worker
from rag.worker.requests import WeightType

__all__ = ["Measured", "converse"]

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ("amundsen-south-pole.md", "cold-injuries-first-aid.md")
WORDS = 88  # of a passage: about 120 tokens
SHOWN = 5  # passages a turn
N_CTX, ANSWER = 4096, 32
QUESTIONS = (
    "Who led the expedition, and what had he done before?",
    "What did they take along, and why?",
    "When did that happen, and where?",
    "What became of the men afterwards?",
    "Which mistake cost them most?",
)
GREEDY = Sampling(max_tokens=ANSWER)
PEERS: dict[str, dict[str, Any]] = {
    "as it comes": {},  # n_batch=8
    "n_batch=512": {"n_batch": 512},
    "usual": {"n_batch": 512},
}


@dataclass
class Measured:
    """Of one kind of conversation.

    Attributes:
        seconds: by who answered, the mean over the turns from the second on, round by round.
        equal: turns whose answer was the same text when its prompt was read anew.
        turns: that were so compared.
        reused: share of the tokens of our prompts that needed no reading.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    equal: int = 0
    turns: int = 0
    reused: list[float] = field(default_factory=list)


def _passages() -> Iterator[Passage]:
    words = [w for name in TEXTS for w in (ROOT / "sample_docs" / name).read_text("utf-8").split()]
    for at in range(0, len(words) - WORDS, WORDS):
        text = " ".join(words[at : at + WORDS])
        yield Passage(at, TEXTS[0], "Polar journeys", 1, at, at + len(text), (), text)


class _Peer:
    """`ChatLlamaCpp` with its own settings but for model, context and threads; greedy."""

    def __init__(self, path: Path, threads: int, **settings: Any) -> None:
        self._model = chat_llama_cpp(path, N_CTX, threads, temperature=0.0, **settings)
        self._turns: list[ChatTurn] = []

    def anew(self, turns: Sequence[ChatTurn]) -> float:
        """Seconds to the first word when nothing of the prompt was read before."""
        self._model.client.reset()
        return self._stream(turns, 1)[0]

    def usual(self, system: str, passages: Sequence[Passage], question: str) -> float:
        """The same for what LangChain's chains send, of which the library knows what it has read.

        The turn's passages stand in the system text, the bare exchanges after it.
        """
        told = ChatTurn("system", "\n\n".join([system, *(p.text for p in passages)]))
        self._turns.append(ChatTurn("user", question))
        seconds, text = self._stream([told, *self._turns], ANSWER)
        self._turns.append(ChatTurn("assistant", text))
        return seconds

    def forget(self) -> None:
        """Begin another conversation."""
        self._turns.clear()
        self._model.client.reset()

    def close(self) -> None:
        """Give the model's memory back."""
        self._model.client.close()

    def _stream(self, turns: Sequence[ChatTurn], most: int) -> tuple[float, str]:
        began, first, text = time.perf_counter(), 0.0, ""
        said = [(turn.role, turn.content) for turn in turns]
        for chunk in self._model.stream(said, max_tokens=most):
            if chunk.content:
                first = first or time.perf_counter()
                text += str(chunk.content)
        return (first or time.perf_counter()) - began, text


def _round(
    worker: Worker, peers: dict[str, _Peer], passages: Sequence[Passage], turns: int, same: bool
) -> tuple[dict[str, list[float]], list[tuple[Prompt, str]], list[float]]:
    """One conversation: seconds of each turn by who answered, our prompts and answers, reuse."""
    seconds: dict[str, list[float]] = defaultdict(list)
    spoken: list[tuple[Prompt, str]] = []
    reused = []
    thread = Thread()
    peers["usual"].forget()
    for number, question in enumerate(QUESTIONS[:turns]):
        start = 0 if same else number * SHOWN
        shown = passages[start : start + SHOWN]
        began = time.perf_counter()
        built = build_prompt(
            Contents(question, "en", shown, session="s", number=2 * number + 1),
            thread,
            render=lambda _: "",
            count=worker.count_prompt,
            n_ctx=N_CTX,
            answer_room=ANSWER,
        )
        assert not built.budget.restarted, "the conversation is too long"
        generation = worker.generate(built.prompt, GREEDY)
        next(iter(generation))
        seconds["ours"].append(time.perf_counter() - began)
        text = generation.read()
        spoken.append((built.prompt, text))
        reused.append(generation.done.reused_tokens / generation.done.prompt_tokens)
        thread = built.thread.answered(text)
        for name, peer in peers.items():
            if name == "usual":
                system = built.prompt.turns[0].content
                seconds[name].append(peer.usual(system, shown, question))
            else:
                seconds[name].append(peer.anew(built.prompt.turns))
    return seconds, spoken, reused


def _unchanged(worker: Worker, spoken: Sequence[tuple[Prompt, str]]) -> int:
    """How many answers are the same when nothing of their prompt was read before."""
    equal = 0
    for prompt, text in spoken:
        worker.generate(Prompt(segments=(Segment("0"),)), Sampling(max_tokens=1)).read()
        anew = worker.generate(prompt, GREEDY)
        equal += anew.read() == text
        assert anew.done.reused_tokens == 0
    return equal


def converse(
    path: Path,
    threads: int,
    *,
    rounds: int,
    turns: int = len(QUESTIONS),
    weights: WeightType = "file",
) -> dict[str, Measured]:
    """Hold conversations that move on to other documents, and such that stay.

    Args:
        path: the model.
        threads: of each side.
        rounds: conversations of each kind.
        turns: of each conversation, 2 to 5.
        weights: the form that ours are loaded in.
    """
    passages = list(_passages())
    found = {"other passages every turn": Measured(), "the same passages": Measured()}
    peers = {name: _Peer(path, threads, **settings) for name, settings in PEERS.items()}
    with tempfile.TemporaryDirectory() as state:
        spec = ModelSpec(path, n_ctx=N_CTX, n_threads=threads, weights=weights)
        with Worker(spec, state_folder=Path(state)) as worker:
            worker.start()
            for number in range(rounds):
                for (_, measured), same in zip(found.items(), (False, True), strict=True):
                    some = passages[number * 3 :]
                    seconds, spoken, reused = _round(worker, peers, some, turns, same)
                    for name, taken in seconds.items():
                        measured.seconds[name].append(statistics.mean(taken[1:]))
                    measured.equal += _unchanged(worker, spoken[1:])
                    measured.turns += len(spoken) - 1
                    measured.reused += reused[1:]
    for peer in peers.values():
        peer.close()
    return found
