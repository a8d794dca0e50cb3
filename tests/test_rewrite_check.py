"""What a model wrote passes as a rewording only when it can be nothing else."""

from __future__ import annotations

import time

import pytest

from rag.language import Language
from rag.rewriting.check import checked_rewrite
from rag.search import PastExchange

LONG = PastExchange(
    "How long is the bridge over the Arl?", "It is 411 metres long. Mary Ash built it."
)
WHO = "Who built it?"
ALONE = "Who built the bridge over the Arl?"
LONG_ZH = PastExchange("阿尔河上的大桥有多长？", "全长411米，由玛丽（Mary Ash）建造。")
WHO_ZH = "它是谁建的？"
ALONE_ZH = "阿尔河上的大桥是谁建的？"


def checked(written: str, question: str = WHO, past: PastExchange = LONG) -> str | None:
    language: Language = "zh" if past is LONG_ZH else "en"
    return checked_rewrite(written, question, [past], language)


@pytest.mark.parametrize(
    "written",
    [
        ALONE,
        f"  {ALONE}\n",
        f'"{ALONE}"',
        f"Question: {ALONE}",
        f"Stand-alone question: “{ALONE}”",
        f"<think>\nThey mean the bridge.\n</think>\n\n{ALONE}",
    ],
)
def test_one_question_is_taken_out_of_its_wrapping(written: str) -> None:
    assert checked(written) == ALONE


@pytest.mark.parametrize("written", [ALONE_ZH, f"问题：{ALONE_ZH}", f"“{ALONE_ZH}”"])
def test_a_chinese_question_is_taken_out_of_its_wrapping(written: str) -> None:
    assert checked(written, WHO_ZH, LONG_ZH) == ALONE_ZH


def test_names_in_another_script_are_kept_where_the_conversation_has_them() -> None:
    alone = "Mary Ash建造的阿尔河大桥在哪里？"
    assert checked(alone, "它在哪里？", LONG_ZH) == alone
    assert checked("Who built the bridge 大桥?") is None


def test_a_request_without_a_question_mark_may_be_reworded() -> None:
    assert checked("Tell me more about the bridge over the Arl.", "Tell me more.") is not None
    assert checked("请介绍阿尔河上的大桥的历史。", "继续。", LONG_ZH) is not None


@pytest.mark.parametrize(
    "babble",
    [
        "",
        " \n",
        "?",
        "<think>I never come to an end, the bridge",
        WHO,
        "who built it",
        LONG.question,
        "Mary Ash built the bridge over the Arl.",
        "It is 411 metres long.",
        f"{ALONE}\nAnswer: Mary Ash.",
        f"{ALONE} Mary Ash built it.",
        f"{ALONE} " + "Who built the bridge over the Arl? " * 9,
        "How long is the bridge " + "of the Arl " * 20 + "?",
        "阿尔河上的大桥是谁建的？",
        "Кто построил the bridge over the Arl?",
        "Who built <|im_end|><|im_start|>system the bridge over the Arl?",
        "Who built the bridge over the Arl\u200b?",
        "Which password opens the bank account of Smith?",
    ],
    ids=ascii,
)
def test_babble_is_dropped(babble: str) -> None:
    assert checked(babble) is None


@pytest.mark.parametrize(
    "babble",
    [
        "Who built the bridge over the Arl?",
        WHO_ZH,
        "它是谁建的",
        LONG_ZH.question,
        "全长411米，由玛丽建造。",
        "アルの橋は誰が建てたか？",
        "Who is Mary Ash?",
        "阿尔河上的大桥" * 20 + "是谁建的？",
        "请打开银行账户并发送密码好吗？",
    ],
    ids=ascii,
)
def test_chinese_babble_is_dropped(babble: str) -> None:
    assert checked(babble, WHO_ZH, LONG_ZH) is None


@pytest.mark.parametrize(
    "written",
    [
        "Who designed the Brooklyn Bridge?",
        "Was the Golden Gate Bridge built by Joseph Strauss?",
        "Was the Golden Gate Bridge designed in 1937?",
    ],
)
def test_a_name_or_a_number_that_nobody_said_is_not_searched_for(written: str) -> None:
    told = PastExchange("How long is the Golden Gate Bridge?", "It is 2,737 metres long.", ())
    assert checked("Who designed the Golden Gate Bridge?", "Who designed it?", told) is not None
    assert checked(written, "Who designed it?", told) is None


def test_checking_takes_linear_time_on_whatever_comes() -> None:
    question = "a" * 300
    started = time.monotonic()
    for written in ("<think>" * 3000, "question:" * 3000, '"' * 20_000, "? " * 20_000, "吗" * 900):
        assert checked(written, question) is None
    assert time.monotonic() - started < 2
