"""Which questions are about the user or the conversation, and what they look for."""

from __future__ import annotations

import pytest

from rag.personal import read_personal, states_only, tells


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("What is my name?", "name"),
        ("what's my last name again", "name"),
        ("Who am I?", "name"),
        ("我叫什么？", "name"),
        ("我的名字是什么？", "name"),
        ("我是谁？", "name"),
        ("Where do I live?", "home"),
        ("我住在哪里？", "home"),
        ("What is my wife's name?", ""),
        ("Who was Amundsen?", ""),
        ("他叫什么名字？", ""),
        ("Where does the otter live?", ""),
    ],
)
def test_the_users_own_name_and_home_are_told_from_those_of_others(
    question: str, subject: str
) -> None:
    assert read_personal(question).subject == subject


@pytest.mark.parametrize(
    ("question", "said_by"),
    [
        ("What did I say about the budget?", "user"),
        ("Have we agreed on a date?", "user"),
        ("我刚才说过预算是多少？", "user"),
        ("我提到过预算吗？", "user"),
        ("What did you tell me about frostbite?", "assistant"),
        ("你刚才说了什么？", "assistant"),
        ("What does the 3-2-1 rule say?", None),
        ("What did Scott say about ponies?", None),
        ("What should I say to a patient?", None),
        ("Can you tell me when Amundsen was born?", None),
        ("请告诉我什么是KV缓存", None),
        ("斯科特说过什么？", None),
    ],
)
def test_a_question_about_what_was_said_is_told_from_one_about_the_documents(
    question: str, said_by: str | None
) -> None:
    assert read_personal(question).said_by == said_by


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("When do we ship?", {"ship"}),
        ("我们什么时候发货？", {"发货"}),
        ("我们周几发货？", {"发货"}),
        ("我在哪里工作？", {"工作"}),
        ("我在哪个部门？", {"部门"}),
        ("What did I tell you about the budget?", {"budget"}),
        ("What's the name of my dog?", {"dog"}),
        ("Who am I?", set()),
        ("What was the name of the pony that Oates led?", {"name", "poni", "oat", "led"}),
    ],
)
def test_words_that_only_frame_a_question_are_not_looked_for(
    question: str, terms: set[str]
) -> None:
    assert read_personal(question).terms == terms


@pytest.mark.parametrize(
    ("question", "sentence", "fits"),
    [
        ("When do we ship?", "We ship on Fridays.", True),
        ("When do we ship?", "We ship the books to Rome.", False),
        ("我们什么时候发货？", "我们周五发货", True),
        ("我们什么时候发货？", "我们发货很快", False),
        ("How many desks do we have?", "We have 14 desks.", True),
        ("How many desks do we have?", "We have many desks.", False),
        ("训练GPT-3用了多少度电？", "我训练了GPT-3，用了不少电。", False),
        ("What is my wife's name?", "My wife is called Ann.", True),
        ("What is my wife's name?", "My wife lives in Rome.", False),
        ("What is the budget?", "The budget.", False),
    ],
)
def test_an_answer_holds_what_is_asked_for_and_says_more_than_the_question(
    question: str, sentence: str, fits: bool
) -> None:
    assert read_personal(question).fits(sentence) is fits


@pytest.mark.parametrize(
    ("sentence", "states"),
    [
        ("We ship on Fridays.", True),
        ("我们周五发货。", True),
        ("When do we ship?", False),
        ("Tell me when we ship.", False),
        ("I wonder when we ship.", False),
        ("I'd like to know when we ship on Fridays", False),
        ("No, the expedition of Amundsen.", False),
        ("我想知道我们周五是否发货", False),
        ("请介绍一下预算", False),
        ("预算是三万吗", False),
    ],
)
def test_questions_requests_and_corrections_state_nothing(sentence: str, states: bool) -> None:
    assert tells(sentence) is states


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("I have two kids.", True),
        ("I'm an engineer and I like my job.", True),
        ("是工程师。", True),
        ("今年30岁，我有两个孩子。", True),
        ("What is the budget?", False),
        ("I have two kids, what is the budget", False),
        ("I have two kids and I need the budget.", False),
        ("I have two kids. Tell me the budget.", False),
        ("the budget of 2024", False),
        ("The bridge was opened in 1932.", False),
        ("我有两个孩子，产假多少天", False),
        ("我想请年假", False),
        ("预算", False),
    ],
)
def test_a_text_that_asks_or_wants_something_in_any_part_does_not_only_state(
    text: str, only: bool
) -> None:
    assert states_only(text) is only
