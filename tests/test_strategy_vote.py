"""Votes are drawn together, counted by what they say, and reported as they fell."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import ModelBusyError, ModelError
from rag.strategies.agreement import agreeing
from rag.worker import Prompt, Sampling

from .scripted_model import Scripted, ScriptedStream, assistant_with

WHEN = "When was the bridge over the Arl opened?"
WHO = "Who opened the bridge over the Arl?"
RIGHT = "It was opened in May 1932."


@pytest.fixture(autouse=True)
def _quick(quick_parser: None) -> None:
    """Documents are read in this process."""


@pytest.mark.parametrize(
    ("question", "texts", "groups"),
    [
        (WHEN, ["May 1932", RIGHT, "The bridge was opened in May 1932!"], [[0, 1, 2]]),
        (WHEN, ["In 1932.", "In 1933.", "1932"], [[0, 2], [1]]),
        (WHO, ["Mary Ash", "The engineer Mary Ash.", "John Ash"], [[0, 1], [2]]),
        (WHO, ["Mary Ash the engineer, 1932", "Mary Ash the engineer, 1933"], [[0], [1]]),
        ("Is it long?", ["It is long.", "It is not long."], [[0], [1]]),
        ("Is it long?", ["Yes.", "yes", "No.", "Yes!"], [[0, 1, 3], [2]]),
        ("How long is it?", ["411 metres", "", "  ", "411 Metres."], [[0, 3]]),
        ("大桥是谁建的？", ["玛丽。", "大桥是玛丽建的", "约翰"], [[0, 1], [2]]),
        ("大桥有多长？", ["411米。", "大桥长４１１米", "412米"], [[0, 1], [2]]),
        ("Why?", ["\0", "\0", "!"], [[0, 1], [2]]),
        ("Why?", ["", " "], []),
    ],
)
def test_answers_agree_when_they_add_the_same_to_the_question(
    question: str, texts: list[str], groups: list[list[int]]
) -> None:
    assert [list(group.members) for group in agreeing(texts, question)] == groups


def test_the_speaker_of_a_group_is_the_one_most_like_the_others() -> None:
    texts = ["Mary Ash", "engineer Mary Ash", "The engineer Mary Ash of Selm"]
    (group,) = agreeing(texts, WHO)
    assert group.speaker == 1


def test_the_majority_wins_and_the_agreement_is_told(tmp_path: Path) -> None:
    lines = ["In 1940.", RIGHT, "May 1932", "", "It was opened in May 1932!"]
    with assistant_with(tmp_path, Scripted(*lines), strategy="vote") as assistant:
        reply = assistant.ask(WHEN)
        streamed = "".join(reply)
        answer = reply.answer
    assert streamed == answer.text == f"{RIGHT} [1]"
    agreement = answer.workings.agreement
    assert agreement is not None
    assert (agreement.votes, agreement.samples) == (3, 5)
    assert [(one.text, one.votes) for one in agreement.alternatives] == [
        (RIGHT, 3),
        ("In 1940.", 1),
    ]
    assert answer.as_dict()["agreement"] == {
        "votes": 3,
        "samples": 5,
        "alternatives": [{"text": RIGHT, "votes": 3}, {"text": "In 1940.", "votes": 1}],
    }
    assert answer.tokens["calls"] == 5


def test_of_two_equal_groups_the_passages_choose(tmp_path: Path) -> None:
    lines = ["It was opened in 1940.", RIGHT]
    with assistant_with(tmp_path, Scripted(*lines), strategy="vote", votes=2) as assistant:
        answer = assistant.ask(WHEN).answer
    assert answer.text == f"{RIGHT} [1]"
    assert answer.workings.agreement is not None
    assert answer.workings.agreement.votes == 1


def test_every_way_of_finding_nothing_is_one_vote(tmp_path: Path) -> None:
    lines = ["The documents do not say.", "文档中没有找到答案。", "It was opened in 1940."]
    with assistant_with(tmp_path, Scripted(*lines), strategy="vote", votes=3) as assistant:
        answer = assistant.ask(WHEN).answer
    assert answer.refused
    assert answer.workings.agreement is not None
    assert answer.workings.agreement.votes == 2


def test_what_a_vote_thinks_is_not_part_of_it(tmp_path: Path) -> None:
    lines = [f"<think>heron</think>{RIGHT}", RIGHT]
    with assistant_with(tmp_path, Scripted(*lines), strategy="vote", votes=2) as assistant:
        answer = assistant.ask(WHEN).answer
    assert answer.workings.agreement is not None
    assert answer.workings.agreement.votes == 2
    assert "heron" not in str(answer.as_dict())


def test_the_votes_differ_by_their_seeds_alone_and_are_the_same_each_time(tmp_path: Path) -> None:
    model = Scripted(*[RIGHT] * 9)
    with assistant_with(tmp_path, model, strategy="vote", votes=3) as assistant:
        for session in ("a", "b"):
            assistant.ask(WHEN, session=session).answer  # noqa: B018
    with assistant_with(tmp_path, model, strategy="vote", votes=3, seed=1) as assistant:
        assistant.ask(WHEN, session="c").answer  # noqa: B018
    prompts = {prompt for prompt, _ in model.asked}
    seeds = [sampling.seed for _, sampling in model.asked]
    assert len(prompts) == 1
    assert seeds[:3] == seeds[3:6]
    assert len(set(seeds)) == 6, "another seed draws other votes"
    assert {sampling.temperature for _, sampling in model.asked} == {0.7}


def test_all_votes_are_begun_before_the_first_is_read(tmp_path: Path) -> None:
    model = Scripted()

    def look(prompt: Prompt, sampling: Sampling) -> str:
        assert len(model.streams) == 5
        return RIGHT

    model.lines = [look] * 5
    with assistant_with(tmp_path, model, strategy="vote") as assistant:
        assert assistant.ask(WHEN).answer.method == "vote"


def test_c09_one_vote_that_fails_ends_all(tmp_path: Path) -> None:
    model = Scripted(RIGHT, ModelError("it died"), RIGHT)
    with assistant_with(tmp_path, model, strategy="vote", votes=3) as assistant:
        with pytest.raises(ModelError, match="it died"):
            list(assistant.ask(WHEN, session="s"))
        assert assistant.history("s") == []
    assert [stream.cancelled for stream in model.streams] == [True] * 3


def test_c09_a_full_queue_ends_the_votes_begun_before(tmp_path: Path) -> None:
    class Full(Scripted):
        def generate(self, prompt: Prompt, sampling: Sampling) -> ScriptedStream:
            if len(self.streams) == 2:
                raise ModelBusyError("the queue is full")
            return super().generate(prompt, sampling)

    model = Full(RIGHT, RIGHT)
    with (
        assistant_with(tmp_path, model, strategy="vote", votes=3) as assistant,
        pytest.raises(ModelBusyError),
    ):
        list(assistant.ask(WHEN))
    assert [stream.cancelled for stream in model.streams] == [True] * 2
