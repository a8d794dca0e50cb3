"""Several users' questions to one worker in, their rates one after the other and together out.

Beside them the rate of LangChain's `ChatLlamaCpp`, which answers one after the other; and what
llama.cpp itself gains from a batch on this machine, which is as much as there is to gain.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

from chain import chat_llama_cpp
from comparing import LARGE, THREADS, Job, Row, words
from direct import Model, sequences_rate

from rag.worker import Prompt, Sampling, Segment, Worker

__all__ = ["users"]

ANSWER = 16  # tokens times users: the first still answers when the last one's prompt is read
PROMPT = 220  # words: about 300 tokens


@dataclass
class Heard:
    """One user's answer as it came: when it was asked, when pieces came, and its counts."""

    asked: float
    times: list[float]
    tokens: int
    prompt: int

    @property
    def rate(self) -> float:
        """Tokens a second from the question to the end."""
        return self.tokens / (self.times[-1] - self.asked)

    def within(self, start: float, end: float) -> float:
        """Tokens that came after `start` until `end`."""
        came = sum(start < at <= end for at in self.times)
        return came * self.tokens / len(self.times)


def _hear(worker: Worker, prompts: Sequence[Prompt], together: bool) -> list[Heard]:
    heard: list[Heard] = []
    sampling = Sampling(max_tokens=ANSWER * len(prompts), temperature=1.0)

    def listen(prompt: Prompt) -> None:
        asked = time.perf_counter()
        generation = worker.generate(prompt, sampling)
        times = [time.perf_counter() for _ in generation]
        done = generation.done
        heard.append(Heard(asked, times, done.answer_tokens, done.prompt_tokens))

    threads = [threading.Thread(target=listen, args=(prompt,)) for prompt in prompts]
    for thread in threads:
        thread.start()
        if not together:
            thread.join()
    for thread in threads:
        thread.join()
    return heard


def _chain(peer: Any, texts: Sequence[str]) -> list[Heard]:
    """The same of the peer, which answers one after the other."""
    heard: list[Heard] = []
    for text in texts:
        asked = time.perf_counter()
        stream = peer.stream([("user", text)])
        times = [time.perf_counter() for chunk in stream if chunk.content]
        if len(times) > 1:  # else it ended at once
            heard.append(Heard(asked, times, len(times), peer.client.n_tokens - len(times)))
    return heard


def _rates(heard: Sequence[Heard], together: bool) -> dict[str, float]:
    """Tokens a second of all users: of prompts read, of answers once all are under way, of all."""
    began = min(one.asked for one in heard)
    wall = max(one.times[-1] for one in heard) - began
    tokens = sum(one.tokens for one in heard)
    prompts = sum(one.prompt for one in heard)
    if together:
        start, end = max(one.times[0] for one in heard), min(one.times[-1] for one in heard)
        decoded = nan  # where one had ended before another began
        if start < end:
            decoded = sum(one.within(start, end) for one in heard) / (end - start)
        read = prompts / (start - began)
    else:
        decoded = sum(one.tokens - 1 for one in heard) / sum(
            one.times[-1] - one.times[0] for one in heard
        )
        read = prompts / sum(one.times[0] - one.asked for one in heard)
    rates = [one.rate for one in heard]
    fair = min(rates) / max(rates)
    return {"reading": read, "decoding": decoded, "both": tokens / wall, "fair": fair}


def users(job: Job) -> Iterator[Row]:
    some = words()
    for count in (4,) if job.quick else (4, 8):
        most = ANSWER * count
        peer = chat_llama_cpp(job.path, 1024, n_batch=512, temperature=1.0, max_tokens=most)
        found: dict[str, list[dict[str, float]]] = {"chain": [], "alone": [], "together": []}
        with job.worker(1024, slots=count) as worker:
            worker.start()
            for number in range(1 if job.quick or job.name == LARGE else 5):
                texts = [
                    f"{user} {number} {' '.join(some[(7 * number + 211 * user) :][:PROMPT])}"
                    for user in range(count)
                ]
                found["chain"].append(_rates(_chain(peer, texts), together=False))
                for kind, add in (("alone", "a"), ("together", "b")):
                    # The first word differs, so that nothing of the prompt was read before.
                    prompts = [Prompt(segments=(Segment(f"{add} {text}"),)) for text in texts]
                    together = kind == "together"
                    found[kind].append(_rates(_hear(worker, prompts, together), together))
            repacks = worker.repacks
        peer.client.close()
        yield from _rows(job.name, count, found)
        yield _library(job, count, repacks)


def _library(job: Job, count: int, repacks: bool) -> Row:
    """The same step without anything around it, with the weights that the worker has made."""
    made = sorted((job.state / "weights").glob("*.gguf")) if job.weights != "file" else []
    model = Model(made[0] if made else job.path, repack=repacks)
    rates: dict[int, list[float]] = {1: [], count: []}
    for _ in range(3):
        for sequences, taken in rates.items():
            taken.append(sequences_rate(model, sequences, 300, ANSWER, THREADS))
    model.close()
    alone, together = (statistics.median(taken) for taken in rates.values())
    name = f"{count} sequences in a batch beside one; llama.cpp itself; tokens/s"
    return Row(job.name, name, alone, together)


def _middle(rates: Sequence[float]) -> float:
    """The median of those that were measured."""
    measured = [rate for rate in rates if not isnan(rate)]
    return statistics.median(measured) if measured else nan


def _rows(model: str, count: int, found: dict[str, list[dict[str, float]]]) -> Iterator[Row]:
    middle = {
        kind: {what: _middle([each[what] for each in rates]) for what in rates[0]}
        for kind, rates in found.items()
    }
    reach = "≥ 2.2" if count == 4 else ""
    together = middle["together"]
    for kind, label in (("chain", "ChatLlamaCpp"), ("alone", "this program")):
        for what, measure, asked in (
            ("decoding", "answers, tokens/s", reach),
            ("reading", "prompts, tokens/s", ""),
            ("both", "answers by the time from question to end, tokens/s", ""),
        ):
            name = f"{count} users together; beside {label} one after the other; {measure}"
            yield Row(model, name, middle[kind][what], together[what], asked)
    name = f"{count} users; slowest / fastest, one after the other and together"
    yield Row(model, name, middle["alone"]["fair"], together["fair"])
