"""Phrases that several pages share. Key: (English, Chinese)."""

from __future__ import annotations

__all__ = ["COMMON"]

COMMON: dict[str, tuple[str, str]] = {
    "chat": ("Chat", "对话"),
    "library": ("Library", "文档库"),
    "memory": ("Memory", "记忆"),
    "models": ("Models", "模型"),
    "language": ("Language", "语言"),
    "knowledge_base": ("Knowledge base", "知识库"),
    "memory_kind": ("Memory", "记忆方式"),
    "model": ("Model", "模型"),
    "not_opened": ("The knowledge base cannot be opened.", "无法打开知识库。"),
    "failed": ("That did not work.", "操作未成功。"),
    "no_model": (
        "No language model is at hand: answers are quotes from the documents.",
        "没有可用的语言模型，回答将直接引用文档原文。",
    ),
    "quotes_only": ("quotes only, no model", "仅引用原文，不用模型"),
    "save": ("Save", "保存"),
    "cancel": ("Cancel", "取消"),
    "delete": ("Delete", "删除"),
    "rename": ("Rename", "重命名"),
    "search": ("Search", "搜索"),
    "stop": ("Stop", "停止"),
    "done": ("Done", "完成"),
    "dismiss": ("Dismiss", "关闭"),
    "download": ("Download", "下载"),
    "page_number": ("page {page}", "第 {page} 页"),
    "sure": ("Delete for good?", "确定永久删除？"),
}
