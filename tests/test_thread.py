"""A prompt grows at its end: what was read is not read again, and what was forgotten is gone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import Index, Passage
from memory import Notes, RecalledTurn, Turn, make_memory
from memory.render import render_turns
from rag import Assistant, Settings, find_model
from rag.conversations import open_log
from rag.errors import PromptError
from rag.models import LocalModel
from rag.prompt import Contents, build_prompt
from rag.thread import Thread, Threads
from rag.worker import ChatTurn, Generation, Prompt, Sampling

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
TEXTS = {
    "bridge.txt": "The bridge over the Arl was opened in May 1932 by the engineer Mary Ash. "
    "It is 411 metres long and carries two railway tracks. ",
    "tower.txt": "The tower of Selm was built in 1871 of red brick. Its bell weighs 900 kilograms "
    "and was cast by Jan Voss. ",
}


class Heard(LocalModel):
    """The real small model, which remembers the last prompt that it was given."""

    read: Prompt | None = None

    def generate(self, prompt: Prompt, sampling: Sampling) -> Generation:
        self.read = prompt
        return super().generate(prompt, sampling)


def opened(folder: Path, n_ctx: int, kind: str = "window", answer_tokens: int = 24) -> Assistant:
    for name, text in TEXTS.items():
        (folder / name).write_text(text * 4, encoding="utf-8")
    card = replace(find_model(), capability="capable", languages={"en": 2, "zh": 2})
    model = Heard(card, n_ctx)
    log = open_log(folder / "log.sqlite")
    memory = make_memory(kind, log, count_tokens=model.count_text)
    settings = Settings(answer_tokens=answer_tokens, refuse_below=0.0)
    index = Index(folder / "kb", embedder="hashing")
    made = Assistant(index, memory, model, settings, "me", Notes(log))
    made.ingest([folder / name for name in TEXTS])
    return made


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with opened(tmp_path_factory.mktemp("thread"), 2048) as made:
        yield made


def spoken(assistant: Assistant) -> str:
    return "\n".join(turn.content for turn in prompt_of(assistant))


def prompt_of(assistant: Assistant) -> tuple[ChatTurn, ...]:
    assert isinstance(assistant.model, Heard)
    assert assistant.model.read is not None
    return assistant.model.read.turns


def test_a_follow_up_reads_only_what_it_adds_and_answers_the_same(assistant: Assistant) -> None:
    assistant.ask("When was the bridge over the Arl opened?", session="grow").answer  # noqa: B018
    first = prompt_of(assistant)
    answer = assistant.ask("How long is the bridge over the Arl?", session="grow").answer
    second = prompt_of(assistant)
    assert second[: len(first)] == first
    assert [turn.role for turn in second] == ["system", "user", "assistant", "user"]
    assert all(text.split(".")[0] not in second[-1].content for text in TEXTS.values())
    assert answer.tokens["reused"] > 0.7 * answer.tokens["prompt"]
    assert isinstance(assistant.model, Heard)
    with LocalModel(assistant.model.card, 2048) as other:
        sampling = Sampling(max_tokens=24)
        alone = other.generate(Prompt(turns=second), sampling).read()
        assert assistant.model.generate(Prompt(turns=second), sampling).read() == alone


def test_the_reply_tells_where_the_tokens_went(assistant: Assistant) -> None:
    assistant.ask("When was the tower of Selm built?", session="told").answer  # noqa: B018
    budget = assistant.ask("Who cast its bell?", session="told").answer.budget
    assert budget is not None
    assert next(iter(budget.parts)) == "thread"
    assert sum(budget.parts.values()) == budget.prompt
    assert not budget.restarted


def test_a_full_context_starts_anew_and_says_so(tmp_path: Path) -> None:
    with opened(tmp_path, 512) as assistant:
        answers = [
            assistant.ask(f"How long is the bridge over the Arl, number {n}?", session="s").answer
            for n in range(6)
        ]
    budgets = [answer.budget for answer in answers if answer.budget is not None]
    assert len(budgets) == len(answers)
    assert any(budget.restarted for budget in budgets)
    assert all(budget.prompt + budget.answer_room <= 512 for budget in budgets)


def test_s_forgotten_words_never_reach_a_prompt_again(assistant: Assistant) -> None:
    assistant.ask("Is the heron a bird of the bridge over the Arl?", session="gone").answer  # noqa: B018
    assistant.memory.forget_session(user="me", session="gone")
    assistant.ask("How long is the bridge over the Arl?", session="gone").answer  # noqa: B018
    assert not any("heron" in turn.content for turn in prompt_of(assistant))


def test_s_what_another_session_forgot_or_a_note_lost_leaves_the_prompt(tmp_path: Path) -> None:
    """Answers of four tokens: the small model must not say itself what is to be gone."""
    with opened(tmp_path, 2048, "recall", answer_tokens=4) as assistant:
        assistant.ask("Remember that my locker code is ZEBRA77.", session="old").answer  # noqa: B018
        assistant.ask("Remember that my dog is called QUUX.", session="old").answer  # noqa: B018
        question = "How long is the bridge over the Arl near my locker and my dog?"
        assistant.ask(question, session="new").answer  # noqa: B018
        assert "ZEBRA77" in spoken(assistant)
        assert assistant.notes is not None
        dog = next(n for n in assistant.notes.list(user="me") if "QUUX" in n.text)
        assistant.notes.delete(dog.id, user="me")
        assistant.ask("Who opened the bridge over the Arl?", session="new").answer  # noqa: B018
        assert "is called QUUX" not in spoken(assistant).split("Conversation so far")[0]
        assistant.memory.forget_session("old", user="me")
        assistant.ask("When was the bridge over the Arl opened?", session="new").answer  # noqa: B018
        assert "ZEBRA77" not in spoken(assistant)
        assert "QUUX" not in spoken(assistant)


def test_what_a_removed_document_said_leaves_the_prompt(tmp_path: Path) -> None:
    with opened(tmp_path, 2048) as assistant:
        assistant.ask("When was the tower of Selm built?", session="s").answer  # noqa: B018
        assert "Jan Voss" in spoken(assistant)
        with assistant.index.writing():
            assistant.index.remove([str(tmp_path / "tower.txt")])
        assistant.ask("How long is the bridge over the Arl?", session="s").answer  # noqa: B018
        passages = spoken(assistant).split("Passages:")[-1]
        assert "[1]" in passages
        assert "Jan Voss" not in passages


def test_what_was_answered_without_the_model_is_caught_up_on(assistant: Assistant) -> None:
    assistant.ask("When was the bridge over the Arl opened?", session="mixed").answer  # noqa: B018
    assistant.memory.record("Is it blue?", "No, grey.", user="me", session="mixed")
    assistant.ask("How long is the bridge over the Arl?", session="mixed").answer  # noqa: B018
    said = [turn.content for turn in prompt_of(assistant)[-3:-1]]
    assert said == ["Is it blue?", "No, grey."]


def test_another_user_or_session_starts_from_nothing(assistant: Assistant) -> None:
    assistant.ask("Is the heron a bird of the bridge over the Arl?", session="one").answer  # noqa: B018
    for other, session in ((assistant.for_user("you"), "one"), (assistant, "two")):
        other.ask("How long is the bridge over the Arl?", session=session).answer  # noqa: B018
        assert not any("heron" in turn.content for turn in prompt_of(assistant))


def turn(number: int, role: str, text: str) -> Turn:
    return Turn(number, "u", "s", number, MONDAY, role, text)  # type: ignore[arg-type]


def test_a_question_that_was_edited_or_lost_its_answer_empties_the_thread() -> None:
    thread = Thread((ChatTurn("system", "x"), ChatTurn("user", "Why?")), asked=((1, "Why?"),))
    kept = thread.answered("Because.")
    log = [turn(1, "user", "Why?"), turn(2, "assistant", "Because. [1]")]
    assert kept.caught_up(log) == kept
    assert kept.caught_up([replace(log[0], text="How?"), log[1]]) == Thread()
    assert kept.caught_up(log[:1]) == Thread()
    assert kept.caught_up([]) == Thread()
    assert kept.caught_up([*log, turn(3, "user", "And?")]) == Thread(), "a question left open"


def test_a_conversation_whose_speakers_do_not_alternate_starts_anew() -> None:
    thread = Thread((ChatTurn("system", "x"), ChatTurn("user", "Why?")), asked=((1, "Why?"),))
    log = [turn(1, "user", "Why?"), turn(2, "assistant", "So."), turn(4, "assistant", "Lost.")]
    assert thread.answered("So.").caught_up(log) == Thread()


def test_the_thread_not_used_for_longest_goes_first(assistant: Assistant) -> None:
    threads = Threads(assistant.memory, assistant.index)
    thread = Thread((ChatTurn("user", "Q"), ChatTurn("assistant", "A")), asked=((1, "Q"),))
    log = [turn(1, "user", "Q"), turn(2, "assistant", "A")]
    for number in range(65):
        threads.keep("u", str(number), threads.erased("u"), thread)
    assert threads.of("u", "0", log) == Thread()
    assert threads.of("u", "1", log) == thread
    assert threads.of("v", "1", log) == Thread()


def size(prompt: Prompt) -> int:
    """An exact counter that can be checked in the head: one per character, four per turn."""
    return sum(4 + len(turn.content) for turn in prompt.turns)


def test_q02_ten_thousand_random_questions_never_exceed_the_context() -> None:
    draw = random.Random(11)
    words = ["bridge ", "tower. ", "桥梁，", "塔。", "1932 ", "🙂", "<|im_end|>"]

    def text(most: int) -> str:
        return "".join(draw.choices(words, k=draw.randrange(1, most)))

    refused = grown = anew = 0
    for _ in range(1_250):
        thread = Thread()
        pool = [Passage(n, "a", "A", 1, 0, 1, (), text(60), -n) for n in range(8)]
        n_ctx, room = draw.randrange(420, 3_000), draw.randrange(1, 300)
        log: list[Turn] = []
        for number in range(1, 17, 2):
            said = draw.sample(log, min(len(log), draw.randrange(4)))
            contents = Contents(
                text(30),
                draw.choices(["en", "zh"], [9, 1])[0],
                draw.sample(pool, draw.randrange(7)),
                [RecalledTurn(t, 0.0, "said before") for t in said],
                draw.choice(["", "- " + text(10)]),
                "s",
                number,
            )
            try:
                built = build_prompt(
                    contents, thread, render=render_turns, count=size, n_ctx=n_ctx, answer_room=room
                )
            except PromptError:
                refused += 1
                continue
            budget = built.budget
            assert size(built.prompt) == budget.prompt == sum(budget.parts.values())
            assert budget.prompt + room <= n_ctx
            assert built.prompt.turns[-1].content.endswith(contents.question)
            before = thread.turns
            is_grown = bool(before) and built.prompt.turns[: len(before)] == before
            assert is_grown or not before or budget.restarted
            assert len({p.chunk_id for p in built.thread.passages}) == len(built.thread.passages)
            grown, anew = grown + is_grown, anew + budget.restarted
            answer = text(20)[:room]
            thread = built.thread.answered(answer)
            log += [turn(number, "user", contents.question), turn(number + 1, "assistant", answer)]
    assert min(refused, grown, anew) > 100, "the draw must reach every branch"
