"""Every phrase of the page in both languages; numbers are all that may be filled in."""

from __future__ import annotations

from typing import Literal

__all__ = ["LANGUAGES", "TEXTS", "UiLanguage", "phrase"]

UiLanguage = Literal["en", "zh"]

LANGUAGES: dict[UiLanguage, str] = {"en": "English", "zh": "中文"}

TEXTS: dict[UiLanguage, dict[str, str]] = {
    "en": {
        "tagline": "Ask your documents. Every answer shows where it stands.",
        "language": "Language",
        "view": "View",
        "chat": "Chat",
        "library": "Library",
        "new_chat": "New conversation",
        "chats": "Conversations",
        "untitled": "Conversation",
        "ask": "Ask a question in English or Chinese",
        "searching": "Searching",
        "empty": "The knowledge base is empty. Add documents on the left.",
        "no_model": "No language model is at hand: answers are quotes from the documents.",
        "not_opened": "The knowledge base cannot be opened.",
        "failed": "The question could not be answered.",
        "sources": "Sources: {count}",
        "source": "Source {number}, page {page}",
        "refused": "Not in the documents",
        "nearest": "Nearest passages: {count}",
        "nearest_one": "Page {page}",
        "costs": "{seconds:.1f} s",
        "upload": "Add documents",
        "upload_here": "PDF, DOCX, HTML, Markdown or text",
        "upload_go": "Add",
        "upload_failed": "The documents could not be added.",
        "reading": "Reading",
        "added": "added",
        "updated": "replaced",
        "unchanged": "unchanged",
        "skipped": "not read",
        "removed": "removed",
        "documents": "Documents: {count}",
        "document_sizes": "{pages} pages, {chunks} chunks",
    },
    "zh": {
        "tagline": "向你的文档提问，每个回答都注明出处。",
        "language": "语言",
        "view": "页面",
        "chat": "对话",
        "library": "文档库",
        "new_chat": "新对话",
        "chats": "历史对话",
        "untitled": "对话",
        "ask": "用中文或英文提问",
        "searching": "正在查找",
        "empty": "知识库是空的，请在左侧添加文档。",
        "no_model": "没有可用的语言模型，回答将直接引用文档原文。",
        "not_opened": "无法打开知识库。",
        "failed": "未能回答这个问题。",
        "sources": "出处：{count}",
        "source": "出处 {number}，第 {page} 页",
        "refused": "文档中没有答案",
        "nearest": "最接近的段落：{count}",
        "nearest_one": "第 {page} 页",
        "costs": "{seconds:.1f} 秒",
        "upload": "添加文档",
        "upload_here": "PDF、DOCX、HTML、Markdown 或纯文本",
        "upload_go": "添加",
        "upload_failed": "未能添加文档。",
        "reading": "正在读取",
        "added": "已添加",
        "updated": "已替换",
        "unchanged": "没有变化",
        "skipped": "未读取",
        "removed": "已移除",
        "documents": "文档数：{count}",
        "document_sizes": "{pages} 页，{chunks} 段",
    },
}


def phrase(language: UiLanguage, key: str, **numbers: float) -> str:
    """A phrase in that language.

    Raises:
        KeyError: there is no such phrase.
    """
    return TEXTS[language][key].format(**numbers)
