"""Several users' questions to one worker in, their rates one after the other and together out."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from comparing import LARGE, Job, Row, words

from rag.worker import Prompt, Sampling, Segment, Worker

__all__ = ["users"]

FREE = Sampling(max_tokens=64, temperature=1.0)
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

    def listen(prompt: Prompt) -> None:
        asked = time.perf_counter()
        generation = worker.generate(prompt, FREE)
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


def _rates(heard: Sequence[Heard], together: bool) -> dict[str, float]:
    """Tokens a second of all users: of prompts read, of answers once all are under way, of all."""
    began = min(one.asked for one in heard)
    wall = max(one.times[-1] for one in heard) - began
    tokens = sum(one.tokens for one in heard)
    prompts = sum(one.prompt for one in heard)
    if together:
        start, end = max(one.times[0] for one in heard), min(one.times[-1] for one in heard)
        decoded = sum(one.within(start, end) for one in heard) / max(end - start, 1e-9)
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
    text = words()
    for count in (4,) if job.quick else (4, 8):
        rounds = 1 if job.quick or job.name == LARGE else 3
        found: dict[bool, list[dict[str, float]]] = {False: [], True: []}
        with job.worker(1024, slots=count) as worker:
            worker.start()
            for number in range(2 * rounds):
                together = number % 2 == 1
                prompts = [
                    Prompt(segments=(Segment(f"{user} {number} {part}"),))
                    for user in range(count)
                    if (part := " ".join(text[(7 * number + 211 * user) :][:PROMPT]))
                ]
                found[together].append(_rates(_hear(worker, prompts, together), together))
        for what, label, reach in (
            ("decoding", "answers, tokens/s", "≥ 2.2" if count == 4 else ""),
            ("reading", "prompts, tokens/s", ""),
            ("both", "answers by the time from question to end, tokens/s", ""),
            ("fair", "slowest / fastest user", ""),
        ):
            alone, all_at_once = (
                statistics.median(one[what] for one in found[kind]) for kind in (False, True)
            )
            yield Row(job.name, f"{count} users; {label}", alone, all_at_once, reach)
