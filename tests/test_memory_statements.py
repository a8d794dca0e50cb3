"""What a message states for keeping, in English and Chinese, and all that only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory import find_statements

STATED = [
    ("My name is Li Wei", "My name is Li Wei", "name"),
    ("my name is li wei.", "my name is li wei", "name"),
    ("You can call me Ann!", "You can call me Ann", "name"),
    ("I'm called Ann", "I'm called Ann", "name"),
    ("Hello, I live in Paris, France.", "I live in Paris, France", "home"),
    ("I prefer tea, coffee and milk.", "I prefer tea, coffee and milk", ""),
    ("Remember that we ship on Fridays.", "we ship on Fridays", ""),
    ("Remember that Dr. Smith leaves on 3 May.", "Dr. Smith leaves on 3 May", ""),
    ("note: we close at 5 p.m. on Fridays", "we close at 5 p.m. on Fridays", ""),
    ("Remember my budget is 300", "my budget is 300", "my budget: number"),
    ("Don't forget that my flight is at 9.", "my flight is at 9", "my flight: at"),
    ("please remember: my name is Ann Lee", "my name is Ann Lee", "name"),
    ("记住:预算是三万", "预算是三万", "预算: number"),
    ("请记住我们周五发货", "我们周五发货", ""),
    ("请帮我记住，会议改为周三。", "会议改为周三", "会议: number"),
    ("请记住：我叫李伟。", "我叫李伟", "name"),
    ("我叫李伟", "我叫李伟", "name"),
    ("我的名字是王小明。", "我的名字是王小明", "name"),
    ("叫我小王", "叫我小王", "name"),
    ("我住在北京市海淀区", "我住在北京市海淀区", "home"),
    ("我更喜欢中文回答，谢谢", "我更喜欢中文回答", ""),
    ("我偏好表格。", "我偏好表格", ""),
    ("我喜欢简洁而且准确的回答", "我喜欢简洁而且准确的回答", ""),
    ("I work in Denver as an engineer.", "I work in Denver as an engineer", ""),
    ("Remember that I work in sales", "I work in sales", ""),
    ("我在西宁工作三年了。", "我在西宁工作三年了", ""),
]


@pytest.mark.parametrize(("message", "text", "subject"), STATED, ids=[s[0] for s in STATED])
def test_an_explicit_statement_is_heard_and_leaves_nothing_to_answer(message, text, subject):
    heard = find_statements(message)
    assert [(s.text, s.subject) for s in heard.statements] == [(text, subject)]
    assert heard.rest == ""


MIXED = [
    ("Hello, my name is Li Wei. What is the budget?", ["my name is Li Wei"], "What is the budget?"),
    ("My name is Li Wei, what is the budget?", ["My name is Li Wei"], "what is the budget?"),
    ("I live in Paris, where is the office?", ["I live in Paris"], "where is the office?"),
    ("请记住会议在周三。预算是多少？", ["会议在周三"], "预算是多少？"),
    ("我叫李伟，预算是多少？", ["我叫李伟"], "预算是多少？"),
    ("你好，我叫李伟，我住在上海。", ["我叫李伟", "我住在上海"], ""),
    ("My name is Ann and I live in Rome.", ["My name is Ann", "I live in Rome"], ""),
    ("My name is Nora and I work in Denver.", ["My name is Nora", "I work in Denver"], ""),
    (
        "My name is Nora and we work for Acme, Oslo.",
        ["My name is Nora", "we work for Acme, Oslo"],
        "",
    ),
    (
        "I work in Denver, how many days off do I get?",
        ["I work in Denver"],
        "how many days off do I get?",
    ),
    (
        "I live in Paris, tell me where the office is.",
        ["I live in Paris"],
        "tell me where the office is.",
    ),
    ("我叫李明，在西宁工作。", ["我叫李明", "在西宁工作"], ""),
    ("我叫李明，并且在西宁的生产部上班。", ["我叫李明", "在西宁的生产部上班"], ""),
    ("我叫李明并且住在西宁", ["我叫李明", "住在西宁"], ""),
    ("我住在上海，在浦东工作。", ["我住在上海", "在浦东工作"], ""),
    ("我在西宁工作，年假有几天？", ["我在西宁工作"], "年假有几天？"),
    ("我在西宁工作，想请年假", ["我在西宁工作"], "想请年假"),
    ("我叫李明，在西宁工作吗？", ["我叫李明"], "在西宁工作吗？"),
]


@pytest.mark.parametrize(("message", "texts", "rest"), MIXED, ids=[m[0] for m in MIXED])
def test_a_question_beside_a_statement_is_left_to_be_answered(message, texts, rest):
    heard = find_statements(message)
    assert [s.text for s in heard.statements] == texts
    assert heard.rest == rest


@pytest.mark.parametrize(
    "message",
    [
        "Is my name Li Wei?",
        "My name is Li Wei, right?",
        "What is my name?",
        "Do you remember that we ship on Fridays?",
        "Remember that we ship on Fridays?",
        "请记住我们周五发货，好吗？",
        "Can you remember that we ship on Fridays?",
        "Remember my last question?",
        "If I live in Berlin, do I pay?",
        "你记住了吗？",
        "我叫什么名字？",
        "我住在哪里？",
        "我住在哪里",
        "我在哪里工作",
        "If I work in Berlin, do I pay?",
        "我叫李伟，对吗？",
        "记住密码的方法有哪些",
        "如果我住在上海，要交多少税？",
    ],
)
def test_a_question_is_never_a_statement(message):
    assert find_statements(message).statements == ()
    assert find_statements(message).rest == message


@pytest.mark.parametrize(
    "message",
    [
        "We ship on Fridays.",
        "My budget is 300.",
        "My name is not on the list.",
        "Call me back tomorrow.",
        "Remember when we met",
        "remember to buy milk",
        "Note that the report is late.",
        "I prefer the second one.",
        "He said: my name is Bob.",
        'He said "my name is Bob".',
        'Remember that "we ship on Fridays".',
        "> Remember that we ship on Fridays.",
        "```\nnote: pasted\n```",
        "他说：“我叫李伟”",
        "我叫了外卖",
        "我叫他来",
        "我在找工作",
        "在西宁工作。",
        "I work at the moment on the budget.",
        "我喜欢你的回答",
        "记住了",
        "记住：",
        "Remember that",
        "word " * 250 + "\nRemember that we ship on Fridays.",
    ],
)
def test_what_is_not_explicitly_stated_by_the_speaker_is_not_heard(message):
    assert find_statements(message).statements == ()


def test_two_things_told_of_one_subject_do_not_replace_each_other():
    told = ["my dog is called Rex", "my dog is 3 years old", "my dog is 4 years old"]
    subjects = [find_statements(f"Remember that {t}").statements[0].subject for t in told]
    assert subjects[0] != subjects[1] == subjects[2]


_PIECES = [
    "remember that ",
    "记住：",
    "my name is ",
    "我叫",
    "?",
    "？",
    ". ",
    "，",
    "\n",
    '"',
    "Ann",
    "李伟",
]


@given(st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=5)), max_size=12))
def test_any_message_is_read_and_only_its_own_words_are_kept(pieces):
    message = "".join(pieces)
    heard = find_statements(message)
    for statement in heard.statements:
        assert statement.text in message
        assert statement.text.strip()
        assert not statement.text.endswith(("?", "？"))
    assert heard.statements or heard.rest == message
