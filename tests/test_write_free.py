"""A model that may speak freely is checked sentence by sentence after it has spoken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ingest import Index
from memory import open_memory
from rag import Assistant, Settings, find_model
from rag.errors import PromptError
from rag.models import LocalModel
from rag.worker import Generation, Prompt, Sampling

BRIDGE = (
    "The bridge over the Arl was opened in May 1932 by the engineer Mary Ash. "
    "It is 411 metres long and carries two railway tracks.\n"
)


class Dictated(LocalModel):
    """The real small model; where `says` is set, a grammar lets it write nothing else."""

    says = ""
    read: Prompt | None = None

    def generate(self, prompt: Prompt, sampling: Sampling) -> Generation:
        self.read = prompt
        if self.says:
            text = json.dumps(self.says, ensure_ascii=False)
            sampling = replace(sampling, grammar=f"root ::= {text}")
        return super().generate(prompt, sampling)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("free")
    (folder / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    card = replace(find_model(), capability="capable", languages={"en": 2, "zh": 2})
    index = Index(folder / "kb")
    model = Dictated(card, 1024)
    memory = open_memory(folder / "log.sqlite", count_tokens=model.count_text)
    with Assistant(index, memory, model, Settings(answer_tokens=60), "me") as made:
        made.ingest(folder / "bridge.txt")
        yield made


@pytest.fixture
def assistant(shared: Assistant, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    assert isinstance(shared.model, Dictated)
    monkeypatch.setattr(shared.model, "says", "")
    return shared


def model_of(assistant: Assistant) -> Dictated:
    assert isinstance(assistant.model, Dictated)
    return assistant.model


def test_a_capable_model_streams_its_own_words(assistant: Assistant) -> None:
    reply = assistant.ask("When was the bridge over the Arl opened?", session="own")
    pieces = list(reply)
    answer = reply.answer
    assert len(pieces) > 3
    assert answer.strategy == "free"
    assert "1932" in "".join(pieces)
    assert answer.tokens["prompt"] == model_of(assistant).count(_read(assistant))
    assert assistant.history("own")[-1].text == answer.text


def _read(assistant: Assistant) -> Prompt:
    read = model_of(assistant).read
    assert read is not None
    return read


def test_q09_invented_markers_go_and_real_ones_point_into_the_prompt(
    assistant: Assistant,
) -> None:
    model_of(assistant).says = (
        "The bridge over the Arl was opened in May 1932 [7]. "
        "Bananas are rich in potassium [1]. It is 411 metres long [Passage 2]."
    )
    reply = assistant.ask("When was the bridge over the Arl opened?", session="markers")
    assert "[7]" in "".join(reply), "what streams is the model's own"
    answer = reply.answer
    assert "[7]" not in answer.text
    assert "Passage 2" not in answer.text
    assert [s.supported for s in answer.sentences] == [True, False, True]
    assert "potassium. [not found in the documents]" in answer.text
    prompt = _read(assistant).turns[-1].content
    assert all(citation.quote in prompt for citation in answer.citations)
    assert {n for s in answer.sentences for n in s.citations} == {
        citation.number for citation in answer.citations
    }


@pytest.mark.parametrize(
    ("question", "says", "refusal"),
    [
        (
            "Who painted the bridge over the Arl in May?",
            "The documents do not say.",
            "The documents do not say.",
        ),
        (
            "Who painted the bridge over the Arl in May?",
            "文档中没有找到答案。",
            "The documents do not say.",
        ),
    ],
)
def test_a_model_that_finds_nothing_refuses_like_the_program(
    assistant: Assistant, question: str, says: str, refusal: str
) -> None:
    model_of(assistant).says = says
    with_doubt = Assistant(
        assistant.index,
        assistant.memory,
        assistant.model,
        Settings(refuse_below=0.0, answer_tokens=60),
        "me",
    )
    answer = with_doubt.ask(question, session="nothing").answer
    assert answer.refused
    assert answer.text == refusal
    assert answer.citations == ()
    assert answer.model == "smollm2-135m"


def test_a_model_that_says_nothing_leaves_the_quotes(assistant: Assistant) -> None:
    model_of(assistant).says = " [3]"
    answer = assistant.ask("When was the bridge over the Arl opened?", session="void").answer
    assert answer.strategy == "quote"
    assert "1932" in answer.citations[0].quote


def test_q02_a_question_over_the_context_is_an_error_with_numbers_and_is_not_recorded(
    assistant: Assistant,
) -> None:
    question = "When was the bridge over the Arl opened? " * 120
    with pytest.raises(PromptError, match=r"takes \d{4} tokens .* reads 1024"):
        list(assistant.ask(question, session="long"))
    assert assistant.history("long") == []


def test_the_conversation_is_in_the_prompt_of_the_next_question(
    assistant: Assistant,
) -> None:
    model_of(assistant).says = "The bridge is 411 metres long."
    assistant.ask("How long is the bridge over the Arl?", session="talk").answer  # noqa: B018
    assistant.ask("When was the bridge over the Arl opened?", session="talk").answer  # noqa: B018
    content = "\n".join(turn.content for turn in _read(assistant).turns)
    assert "How long is the bridge over the Arl?" in content
    assert "How long" not in _system(assistant)


def _system(assistant: Assistant) -> str:
    return _read(assistant).turns[0].content
