"""Phrases of the chat page. Key: (English, Chinese)."""

from __future__ import annotations

__all__ = ["CHAT"]

CHAT: dict[str, tuple[str, str]] = {
    "tagline": (
        "Ask your documents. Every answer shows where it stands.",
        "向你的文档提问，每个回答都注明出处。",
    ),
    "chat_empty": (
        "Nothing to ask yet: drop PDF, Word, HTML, Markdown or text files on the field below.",
        "还没有可提问的内容：请把 PDF、Word、HTML、Markdown 或文本文件拖到下方输入框。",
    ),
    "chat_ready": (
        "{documents} documents are ready. Ask in English or Chinese.",
        "{documents} 份文档已就绪，可用中文或英文提问。",
    ),
    "ask": ("Ask a question, or drop files here", "输入问题，或把文件拖到这里"),
    "new_chat": ("New conversation", "新对话"),
    "chats": ("Conversations", "历史对话"),
    "untitled": ("Conversation", "对话"),
    "chat_find": ("Search in all conversations", "搜索全部对话"),
    "chat_found": ("Found in {count} places", "找到 {count} 处"),
    "chat_found_none": ("No conversation holds these words.", "没有对话包含这些词。"),
    "chat_more": ("Older conversations", "更早的对话"),
    "chat_options": ("This conversation", "本次对话"),
    "chat_title": ("Title", "标题"),
    "chat_markdown": ("Export as Markdown", "导出为 Markdown"),
    "chat_jsonl": ("Export as JSON lines", "导出为 JSON"),
    "chat_delete": ("Delete this conversation", "删除本次对话"),
    "chat_delete_sure": (
        "Its turns, notes pinned in it and ratings go for good.",
        "其中的发言、固定的笔记和评价将被永久删除。",
    ),
    "chat_set_up": ("Ask with", "提问设置"),
    "chat_switched_memory": (
        "Memory is now “{kind}”. Nothing is lost: it reads the same {turns} turns.",
        "记忆方式现为“{kind}”。内容不会丢失：它读取同样的 {turns} 条发言。",
    ),
    "chat_switched_model": ("The next answer is by {model}.", "下一个回答将由 {model} 生成。"),
    "chat_switched_kb": (
        "The next question searches in {name}.",
        "下一个问题将在“{name}”中查找。",
    ),
    "chat_kind_recall": (
        "recall: the turns that matter, from all conversations",
        "recall：所有对话中相关的发言",
    ),
    "chat_kind_window": ("window: the last few exchanges", "window：最近几轮对话"),
    "chat_kind_buffer": ("buffer: everything, until it is full", "buffer：全部内容，直到装满"),
    "chat_kind_vector": ("vector: turns of similar meaning", "vector：含义相近的发言"),
    "chat_kind_summary": ("summary: a running summary", "summary：不断更新的摘要"),
    "stage_search": ("Searching the documents …", "正在查找文档……"),
    "stage_searched": ("Searched for:", "查找了："),
    "stage_read": ("Reading {passages} passages …", "正在阅读 {passages} 个段落……"),
    "stage_wait": (
        "Waiting for {position} questions before this one …",
        "前面还有 {position} 个问题……",
    ),
    "stage_write": ("Writing, about {rate:.0f} tokens/s", "正在生成，约每秒 {rate:.0f} 个词元"),
    "stage_load": ("The first question loads the models.", "首次提问需要载入模型。"),
    "stopped": ("Stopped. This is not part of the conversation.", "已停止，未计入对话。"),
    "chat_failed": ("The question could not be answered.", "未能回答这个问题。"),
    "again": ("Ask again", "重新提问"),
    "regenerate": ("Answer anew", "重新生成"),
    "edit": ("Edit the question", "编辑问题"),
    "copy": ("Copy", "复制"),
    "refused": ("Not in the documents", "文档中没有答案"),
    "nearest": ("The nearest passages", "最接近的段落"),
    "source_button": ("{number} · {name} · p. {page}", "{number} · {name} · 第 {page} 页"),
    "source_title": ("Source {number}", "出处 {number}"),
    "source_place": ("{name}, page {page}", "{name}，第 {page} 页"),
    "source_page": ("The whole page", "整页"),
    "source_gone": (
        "The document is no longer in this knowledge base; this is what was quoted.",
        "该文档已不在此知识库中，以下是当时引用的内容。",
    ),
    "unsupported_hint": (
        "Words in grey have no support in the documents.",
        "灰色部分在文档中没有依据。",
    ),
    "rate_note": ("What was good, or wrong?", "哪里好，或哪里不对？"),
    "rate_save": ("Keep the note", "保存评语"),
    "chat_reading_files": ("Reading {done} of {total}", "正在读取 {done} / {total}"),
    "chat_waiting_files": ("Waiting for other documents", "正在等待其他文档"),
    "added": ("added", "已添加"),
    "updated": ("replaced", "已替换"),
    "unchanged": ("unchanged", "没有变化"),
    "skipped": ("not read", "未读取"),
    "removed": ("removed", "已移除"),
    "costs": ("{seconds:.1f} s", "{seconds:.1f} 秒"),
}
