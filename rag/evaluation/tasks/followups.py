"""Conversations in, how high the passage of each follow-up question ranks out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from ingest import Index, Passage, Reranker

from ...search import PastExchange, retrieve
from ..datasets import Conversations, Dataset, DatasetError, TopicTurn
from ..outcome import Case, Options, Outcome, sampled
from ..places import Places
from ..progress import steps
from .common import describe, folder_of, means, ranking_values, require, reranker_of

__all__ = ["measure_followups"]

DEPTH = 40
"""Passages fetched: ten documents remain when long ones have several chunks each."""

Past = Sequence[PastExchange]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A turn with all that was said before it.

    Attributes:
        turn: the question.
        past: the exchanges of its conversation.
        before: those of the conversation before it, for questions that begin a new one.
        aside: sources of the passages shown in this conversation.
    """

    turn: TopicTurn
    past: Past
    before: Past
    aside: frozenset[str]


class _Pool:
    """Every passage of the file: its source, its text and its chunks."""

    def __init__(
        self, index: Index, dataset: Conversations, places: Places, reranker: Reranker | None
    ) -> None:
        self.index = index
        self._reranker = reranker
        self.sources = {name: places.source(name) for name in dataset.documents}
        self._texts = {self.sources[n]: " ".join(t.split()) for n, t in dataset.documents.items()}
        with index.catalog.read() as connection:
            rows = connection.execute(
                "SELECT d.source, c.id FROM chunks c JOIN documents d ON d.id = c.document"
            ).fetchall()
        self.chunks: dict[str, list[int]] = {}
        for source, chunk_id in rows:
            self.chunks.setdefault(source, []).append(chunk_id)

    def find(self, question: str, past: Past) -> Sequence[Passage]:
        """What the program finds for it."""
        return retrieve(self.index, question, past, k=DEPTH, reranker=self._reranker).passages

    def shown(self, sources: Collection[str]) -> list[int]:
        return [chunk for source in sources for chunk in self.chunks.get(source, [])]

    def relevance(
        self, passages: Sequence[Passage], wanted: str, aside: Collection[str]
    ) -> list[bool]:
        """For each text, in the order of its best chunk, whether it is the wanted one.

        Documents of the same text count as one: a twin is neither a second hit nor a miss.
        """
        found = (passage.source for passage in passages if passage.source not in aside)
        order = dict.fromkeys(self._texts.get(source, source) for source in found)
        return [text == self._texts[wanted] for text in order]

    def exchange(self, turn: TopicTurn) -> PastExchange:
        source = self.sources.get(turn.document, "")
        answer = self._texts.get(source, "")
        return PastExchange(turn.question, answer, tuple(self.chunks.get(source, [])))


def _turns(dataset: Conversations, pool: _Pool) -> Iterator[_Asked]:
    before: list[PastExchange] = []
    for topic in dataset.topics:
        past: list[PastExchange] = []
        aside: set[str] = set()
        for turn in topic:
            if turn.document:
                yield _Asked(turn, tuple(past), tuple(before), frozenset(aside))
                aside.add(pool.sources[turn.document])
            past.append(pool.exchange(turn))
        before = past


def measure_followups(dataset: Dataset, options: Options) -> Outcome:
    """Rank the passages for every turn, with the passages of the conversation so far set aside.

    What was said before is given as each question with its canonical passage for an answer.
    Metrics without a prefix are of the follow-ups; "first/" are the questions that begin a
    conversation, "switched/" the same asked behind another conversation, "raw/" the follow-ups
    searched as they are, "human/" as a human words them alone, "alone/" these same wordings asked
    within the conversation.

    Raises:
        DatasetError: the data set is of another kind, or not about this knowledge base.
    """
    talked = require(dataset, Conversations, "followups")
    reranker = reranker_of(options)
    with Index(folder_of(talked, options)) as index:
        places = Places(index, talked.documents, by_text=options.kb is not None)
        pool = _Pool(index, talked, places, reranker)
        chosen = sampled(list(_turns(talked, pool)), options.limit, options.seed)
        if not chosen:
            raise DatasetError(f"{dataset.name!r} has no turn with a passage.")
        rows: dict[str, list[dict[str, float]]] = {}
        cases = []
        for asked in steps("asking", chosen, options.on_step):
            wanted = pool.sources[asked.turn.document]
            for name, passages in _searches(pool, asked):
                relevant = pool.relevance(passages, wanted, asked.aside)
                rows.setdefault(name, []).append(ranking_values(relevant, 1))
                if name == "":
                    cases.append(_case(asked, passages, relevant, talked))
        settings = describe("followups", index, options, questions=len(chosen), set_aside=True)
    metrics = {
        name: estimate
        for prefix, values in sorted(rows.items())
        for name, estimate in means(values, options.seed, prefix).items()
    }
    compared = {}
    if options.compare:
        titles = {"raw/": "raw question", "": "ours", "human/": "a human's wording"}
        compared = {
            title: means(rows[prefix], options.seed)
            for prefix, title in titles.items()
            if prefix in rows
        }
    return Outcome("followups", talked.name, settings, metrics, compared, tuple(cases))


def _searches(pool: _Pool, asked: _Asked) -> Iterator[tuple[str, Sequence[Passage]]]:
    """What each way of asking finds, under the prefix of its metrics."""
    index, turn = pool.index, asked.turn
    aside = pool.shown(asked.aside)
    if not asked.past:
        yield "first/", pool.find(turn.question, [])
        if asked.before:
            yield "switched/", pool.find(turn.question, asked.before)
        return
    yield "", pool.find(turn.question, asked.past)
    yield "raw/", index.search(turn.question, k=DEPTH, exclude=aside)
    if turn.alone:
        yield "human/", index.search(turn.alone, k=DEPTH, exclude=aside)
        yield "alone/", pool.find(turn.alone, asked.past)


def _case(
    asked: _Asked, passages: Sequence[Passage], relevant: Sequence[bool], dataset: Conversations
) -> Case:
    rank = next((rank for rank, hit in enumerate(relevant, 1) if hit), 0)
    question = f"{asked.past[-1].question} → {asked.turn.question}"
    shown = next((p.text for p in passages if p.source not in asked.aside), "")
    note = f"found at rank {rank}" if rank else "not found"
    expected = dataset.documents[asked.turn.document][:240]
    return Case(question, expected, shown[:240], 1 <= rank <= 5, note)  # noqa: PLR2004 - R@5
