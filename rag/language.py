"""Which language a question is in, and what the program itself says in that language."""

from __future__ import annotations

import re
from typing import Literal

from ingest import CJK

__all__ = ["Language", "language_of", "words"]

Language = Literal["en", "zh"]

_CJK_CHARACTER = re.compile(rf"[{CJK}]")
_ENGLISH_START = re.compile(
    r"\s*(?:what|who|whom|whose|when|where|why|which|how|is|are|was|were|do|does|did|can|could|tell"
    r"|explain|describe|list|summari[sz]e)\b",
    re.IGNORECASE,
)
_ASKS_IN_CHINESE = re.compile("什么|怎|多少|哪|谁|[吗呢]|如何|为何|是否|几[个种次]|区别|[是有]没有")
_LATIN_WORD = re.compile(r"[A-Za-z]+")

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "refusal": "The documents do not say.",
        "nearest": "The nearest passages:",
        "short": "In short: {words}",
        "meant": "Did you mean: {question}",
        "empty": "The knowledge base is empty; add documents first.",
        "page": "p. {page}",
        "unsupported": "not found in the documents",
        "remember": "I'll remember: {notes}",
        "web_read": "Read on the internet: {pages}",
        "web_nothing": "The search on the internet found no page.",
        "web_failed": "The internet could not be read: {why}",
        "said_by_user": "You said on {date}: “{quote}”",
        "said_by_assistant": "I said on {date}: “{quote}”",
        "noted": "Your note of {date} says: “{quote}”",
        "long_note": "That is too long to pin ({characters} characters, at most {most}); "
        "it stays in this conversation.",
        "greeting": "Hello! Ask me something about your documents.",
        "thanks": "You're welcome! Ask me more about your documents.",
        "goodbye": "Goodbye!",
        "fine": "All right. Ask me more about your documents.",
        "who": "I am Recollect. I answer questions from your documents, show where the answer "
        "stands, and remember what you ask me to.",
        "asked_by_user": "You asked on {date}: “{quote}”",
        "asked_here": "You asked in this conversation:",
        "said_here": "You wrote in this conversation:",
        "nothing_asked": "You have not asked anything in this conversation yet.",
        "nothing_said": "Nothing has been said in this conversation yet.",
        "so_many": "So far this conversation has only {count}.",
    },
    "zh": {
        "refusal": "文档中没有找到答案。",
        "nearest": "最接近的段落：",
        "short": "简而言之：{words}",
        "meant": "您是不是想问：{question}",
        "empty": "知识库是空的，请先添加文档。",
        "page": "第 {page} 页",
        "unsupported": "文档中没有依据",
        "remember": "我会记住：{notes}",
        "web_read": "已在互联网上阅读：{pages}",
        "web_nothing": "在互联网上没有搜索到网页。",
        "web_failed": "无法读取互联网：{why}",
        "said_by_user": "您在 {date} 说过：“{quote}”",
        "said_by_assistant": "我在 {date} 说过：“{quote}”",
        "noted": "您 {date} 的笔记写着：“{quote}”",
        "long_note": "这段话太长，无法固定（{characters} 个字符，最多 {most} 个），"
        "但会保留在本次对话中。",
        "greeting": "您好！您想了解文档中的什么内容？",
        "thanks": "不客气！您还想了解文档中的什么内容？",
        "goodbye": "再见！",
        "fine": "好的。您还想了解文档中的什么内容？",
        "who": "我是 Recollect。我根据您的文档回答问题，注明答案的出处，也会记住您让我记住的事。",
        "asked_by_user": "您在 {date} 问过：“{quote}”",
        "asked_here": "您在本次对话中问过：",
        "said_here": "您在本次对话中写过：",
        "nothing_asked": "您在本次对话中还没有提过问题。",
        "nothing_said": "本次对话中还没有说过什么。",
        "so_many": "到目前为止，本次对话中这样的内容只有 {count} 条。",
    },
}


def language_of(text: str) -> Language:
    """English if it begins as such or has more words than Chinese characters, else Chinese.

    What asks in Chinese may begin with an English word: "list 和 tuple 有什么区别？"
    """
    if _ENGLISH_START.match(text) and not _ASKS_IN_CHINESE.search(text):
        return "en"
    characters = len(_CJK_CHARACTER.findall(text))
    return "zh" if characters and characters >= len(_LATIN_WORD.findall(text)) else "en"


def words(language: Language, key: str, **values: object) -> str:
    """One of the program's own phrases.

    Raises:
        KeyError: there is no such phrase.
    """
    return _WORDS[language][key].format(**values)
