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
    "chat_gone_on": (
        "This conversation has gone on in another window; look at it there, or load this one anew.",
        "本次对话已在另一个窗口中继续，请到那里查看，或刷新此页面。",
    ),
    "kb_damaged": (
        "The chosen knowledge base cannot be read; the first one is asked instead.",
        "所选知识库无法读取，改为查找第一个知识库。",
    ),
    "chat_earlier": ("Earlier in this conversation", "更早的内容"),
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
    "chat_switched_strategy": (
        "The next answer is made that way, where the model is up to it.",
        "若模型足够胜任，下一个回答将采用这种方式。",
    ),
    "chat_switched_web": (
        "What the documents do not answer is looked up at {name} from now on; the question is sent "
        "there.",
        "文档无法回答的问题，今后会到 {name} 查询，问题会发送到那里。",
    ),
    "chat_switched_web_off": (
        "The internet is not asked; the documents answer alone.",
        "不查询互联网，只根据文档回答。",
    ),
    "web": ("Internet", "互联网"),
    "web_off": ("off: the documents alone", "关闭：仅用文档"),
    "web_wikipedia": ("Wikipedia", "维基百科"),
    "web_help": (
        "For what the documents do not answer. The question is sent there (of a follow-up also the "
        "one before it), and the pages that are found are read. Pages that the answer cites become "
        "documents of this knowledge base.",
        "用于文档无法回答的问题。问题会发送到那里（追问时连同上一个问题），并阅读找到的网页。"
        "回答所引用的网页会成为此知识库的文档。",
    ),
    "strategy": ("Way of answering", "回答方式"),
    "strategy_auto": ("auto: what suits the model", "auto：适合该模型的方式"),
    "strategy_direct": ("direct: in its own words", "direct：用自己的话回答"),
    "strategy_step-by-step": ("step-by-step: it thinks first", "step-by-step：先思考再回答"),
    "strategy_vote": ("vote: several answers, the majority", "vote：多次回答取多数"),
    "strategy_critique": ("critique: checked, then revised", "critique：检查后修改"),
    "chat_kind_recall": (
        "recall: the turns that matter, from all conversations",
        "recall：所有对话中相关的发言",
    ),
    "chat_kind_window": ("window: the last few exchanges", "window：最近几轮对话"),
    "chat_kind_buffer": ("buffer: everything, until it is full", "buffer：全部内容，直到装满"),
    "chat_kind_vector": ("vector: turns of similar meaning", "vector：含义相近的发言"),
    "chat_kind_summary": ("summary: a running summary", "summary：不断更新的摘要"),
    "stage_rewrite": ("Rewording the question …", "正在改写问题……"),
    "stage_search": ("Searching the documents …", "正在查找文档……"),
    "stage_searched": ("Searched for:", "查找了："),
    "stage_web": ("Asking the internet …", "正在查询互联网……"),
    "stage_asked": ("Asked or read there:", "在那里查询或阅读："),
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
    "meant": ("Did you mean: {question}", "您是不是想问：{question}"),
    "copy": ("Copy", "复制"),
    "refused": ("Not in the documents", "文档中没有答案"),
    "nearest": ("The nearest passages", "最接近的段落"),
    "source_button": ("{number} · {name} · p. {page}", "{number} · {name} · 第 {page} 页"),
    "source_title": ("Source {number}", "出处 {number}"),
    "source_place": ("{name}, page {page}", "{name}，第 {page} 页"),
    "source_open": ("Open {name}", "打开 {name}"),
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
