"""A question asked in the place of another is answered as if that one had never been."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import RagError
from rag.errors import ModelError, QuestionError

from .scripted_model import Scripted, assistant_with

WHEN = "When was the bridge over the Arl opened?"
LONG = "How long is the bridge over the Arl?"
ZEBRA = "Is the bridge over the Arl painted like a zebra?"


@pytest.mark.parametrize("memory", ["window", "buffer", "recall"])
def test_nothing_of_what_is_replaced_reaches_the_search_or_the_prompt(
    memory: str, tmp_path: Path
) -> None:
    model = Scripted(
        "It was opened in May 1932.", "Yes, a zebra.", "It is 411 metres long.", "411."
    )
    with assistant_with(tmp_path, model, memory=memory) as made:
        first = made.ask(WHEN, session="s").answer
        made.ask(ZEBRA, session="s").answer  # noqa: B018
        last = made.history("s")[-2]
        answer = made.ask(LONG, session="s", replaces=last.number).answer
        assert "zebra" not in str(answer.searched).casefold()
        assert "zebra" not in str(answer.seen.prompts).casefold()
        assert [t.text for t in made.history("s")] == [WHEN, first.text, LONG, answer.text]
        assert made.history("s")[-1].id == answer.turn
        after = made.ask("And how long is its deck?", session="s").answer
        assert "zebra" not in str(after.seen.prompts).casefold()
        assert "411 metres" in str(after.seen.prompts[0].turns), "the conversation goes on"


def test_the_question_before_still_counts(tmp_path: Path) -> None:
    model = Scripted("It was opened in May 1932.", "By Ash.", "By Mary Ash.")
    with assistant_with(tmp_path, model) as made:
        made.ask(WHEN, session="s").answer  # noqa: B018
        made.ask("Who opened it?", session="s").answer  # noqa: B018
        number = made.history("s")[-2].number
        answer = made.ask("Who opened it?", session="s", replaces=number).answer
        assert len(answer.searched) > 1, "it is a follow-up"
        assert "May 1932" in str(answer.seen.prompts)
        assert "By Ash." not in str(answer.seen.prompts)
        assert len(made.history("s")) == 4


def test_notes_of_what_is_replaced_are_as_if_never_pinned(tmp_path: Path) -> None:
    from rag import Assistant

    model = Scripted("In May 1932.", "It is 411 metres long.")
    with assistant_with(tmp_path, model) as plain:
        made = Assistant.over(plain.index, plain.memory.log, model, plain.settings)  # type: ignore[attr-defined]
        made.ask(f"Please remember that my boat is called Ida. {WHEN}", session="s").answer  # noqa: B018
        answer = made.ask(LONG, session="s", replaces=1).answer
        assert "Ida" not in str(answer.seen)
        assert made.notes is not None
        assert made.notes.list(user="me") == []


def test_what_fails_or_is_stopped_replaces_nothing(tmp_path: Path) -> None:
    model = Scripted("It was opened in May 1932.", ModelError("it fell"), "It is long.", "411.")
    with assistant_with(tmp_path, model) as made:
        made.ask(WHEN, session="s").answer  # noqa: B018
        before = made.history("s")
        with pytest.raises(ModelError, match="fell"):
            made.ask(LONG, session="s", replaces=1).answer  # noqa: B018
        assert made.history("s") == before
        reply = made.ask(LONG, session="s", replaces=1)
        for _ in reply:
            reply.cancel()
        with pytest.raises(RagError, match="cancelled"):
            _ = reply.answer
        assert made.history("s") == before
        answer = made.ask(LONG, session="s", replaces=1).answer
        assert [turn.text for turn in made.history("s")] == [LONG, answer.text]


def test_an_answer_is_no_question_that_could_be_replaced(tmp_path: Path) -> None:
    model = Scripted("In May 1932.")
    with assistant_with(tmp_path, model) as made:
        made.ask(WHEN, session="s").answer  # noqa: B018
        with pytest.raises(QuestionError, match="2"):
            made.ask(LONG, session="s", replaces=2).answer  # noqa: B018
        assert len(made.history("s")) == 2
