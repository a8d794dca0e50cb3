"""Phrases of: Memory page. Key: (English, Chinese)."""

from __future__ import annotations

__all__ = ["MEMORY"]

MEMORY: dict[str, tuple[str, str]] = {
    "memory_title": ("What is remembered", "记住了什么"),
    "memory_intro": (
        "Kept on this machine, seen by you alone. What you forget here is gone for good.",
        "保存在本机，只有您能看到。在这里忘记的内容将永久消失。",
    ),
    "memory_part": ("Part of the page", "页面部分"),
    "memory_part_notes": ("Notes", "笔记"),
    "memory_part_conversations": ("Conversations", "对话"),
    "memory_part_prompt": ("Prompt", "提示词"),
    "memory_part_manage": ("Manage", "管理"),
    "memory_day": ("{month_name} {day}, {year}", "{year}年{month}月{day}日"),
    "memory_turns_one": ("1 turn", "1 条发言"),
    "memory_turns": ("{turns} turns", "{turns} 条发言"),
    "memory_more": ("Show more", "显示更多"),
    "memory_options": ("What can be done with it", "可执行的操作"),
    "memory_open": ("Open in the chat", "在对话中打开"),
    "memory_untitled": ("Untitled", "无标题"),
    "memory_changed": ("Saved.", "已保存。"),
    "memory_gone": ("That was gone already.", "该内容此前已不存在。"),
    # Notes
    "memory_notes_intro": (
        "What you asked to remember. Prompts carry these notes, and answers may quote them.",
        "您要求记住的内容。提示词会带上这些笔记，回答也可能引用它们。",
    ),
    "memory_notes_none": ("Nothing is pinned yet.", "还没有笔记。"),
    "memory_notes_how": (
        "Say “Remember that we ship on Fridays.” in the chat, and it stands here.",
        "在对话中说“记住：我们周五发货。”，它就会出现在这里。",
    ),
    "memory_note_from": ("{day} · from “{title}”", "{day} · 来自“{title}”"),
    "memory_note_edited": ("{day} · from “{title}” · edited", "{day} · 来自“{title}” · 已修改"),
    "memory_note_text": ("What it should say", "笔记内容"),
    "memory_note_sure": (
        "The note goes for good. The turn it came from stays.",
        "笔记将永久删除，来源发言会保留。",
    ),
    "memory_note_delete": ("Delete the note", "删除笔记"),
    "memory_note_deleted": ("The note is deleted.", "笔记已删除。"),
    # Conversations
    "memory_find": ("Search everything that was said", "搜索所有说过的内容"),
    "memory_none": ("There is no conversation yet.", "还没有对话。"),
    "memory_none_how": (
        "Ask a question in the chat; it is kept here.",
        "在对话中提问，内容会保存在这里。",
    ),
    "memory_found": ("{count} turns, the best first", "{count} 条发言，最匹配的在前"),
    "memory_found_one": ("1 turn", "1 条发言"),
    "memory_found_none": ("Nothing that was said has these words.", "没有包含这些词的发言。"),
    "memory_said_user": ("You", "您"),
    "memory_said_assistant": ("Answer", "回答"),
    "memory_said_summary": ("Summary", "摘要"),
    "memory_said_on": ("{who} · {day}", "{who} · {day}"),
    "memory_said_in": ("{who} · {day} · “{title}”", "{who} · {day} · “{title}”"),
    "memory_session_line": ("{turns} · {day}", "{turns} · {day}"),
    "memory_inside": ("Show its turns", "显示发言"),
    "memory_inside_title": ("Turns of “{title}”", "“{title}”的发言"),
    "memory_inside_close": ("Back to the list", "返回列表"),
    # Forgetting
    "memory_forget_turn": ("Forget this turn", "忘记这条发言"),
    "memory_forget_turn_sure": (
        "The turn goes for good, with all that was made of it: a note, a rating, its vectors, a "
        "summary that covers it, its words where other answers quote them, and everything that "
        "models had put to sleep on the disk.",
        "这条发言将永久删除，由它产生的内容也一并删除：笔记、评价、向量、包含它的摘要、其他回答中"
        "引用的原话，以及模型休眠在磁盘上的全部内容。",
    ),
    "memory_forget_session": ("Forget the conversation", "忘记这个对话"),
    "memory_forget_session_sure": (
        "{turns} go for good, with their notes, ratings, vectors and summaries, their words where "
        "other answers quote them, and everything that models had put to sleep on the disk. An "
        "answer under way is stopped.",
        "{turns}将永久删除，其笔记、评价、向量和摘要，其他回答中引用的原话，以及模型休眠在磁盘上的"
        "全部内容也一并删除。进行中的回答会停止。",
    ),
    "memory_forgotten": ("{turns} forgotten.", "已忘记{turns}。"),
    "memory_forget_all": ("Forget everything", "忘记全部"),
    "memory_forget_all_intro": (
        "All your conversations, for good: {sessions} with {turns} turns, and {notes} notes.",
        "永久删除您的全部内容：{sessions} 个对话，共 {turns} 条发言，以及 {notes} 条笔记。",
    ),
    "memory_forget_all_sure": (
        "Ratings, vectors and summaries go too, and everything that models had put to sleep on "
        "the disk. Documents and models stay. An answer under way is stopped.",
        "评价、向量和摘要，以及模型休眠在磁盘上的全部内容也一并删除。文档和模型会保留。"
        "进行中的回答会停止。",
    ),
    "memory_forget_all_yes": ("I want to forget everything", "我要忘记全部内容"),
    # Carrying
    "memory_carry": ("Take it with you", "导出"),
    "memory_carry_intro": (
        "All conversations and notes in one file: JSON lines can be taken in again, Markdown is "
        "for reading.",
        "全部对话和笔记导出为一个文件：JSON 行可再次导入，Markdown 供阅读。",
    ),
    "memory_jsonl": ("JSON lines", "JSON 行"),
    "memory_markdown": ("Markdown", "Markdown"),
    "memory_import": ("Take conversations in", "导入对话"),
    "memory_import_file": ("A file of JSON lines, as exported here", "此处导出的 JSON 行文件"),
    "memory_import_start": ("Take it in", "导入"),
    "memory_imported": (
        "{turns} turns were new; what was here already was passed over.",
        "新增 {turns} 条发言；已有的内容已跳过。",
    ),
    "memory_import_failed": ("The file was not taken in.", "文件未导入。"),
    "memory_import_unreadable": ("It is not UTF-8 text.", "它不是 UTF-8 文本。"),
    # What a prompt would have
    "memory_prompt_intro": (
        "A question that is not asked: what would each kind of memory put into its prompt?",
        "试一个问题（不会真正提问）：每种记忆方式会把什么放进提示词？",
    ),
    "memory_prompt_question": ("Question", "问题"),
    "memory_prompt_example": ("And how long is it?", "那它有多长？"),
    "memory_prompt_session": ("Asked in", "所在对话"),
    "memory_prompt_new": ("a new conversation", "新对话"),
    "memory_prompt_budget": ("Budget in tokens", "词元预算"),
    "memory_prompt_show": ("Show", "显示"),
    "memory_prompt_empty": ("Type a question first.", "请先输入问题。"),
    "memory_prompt_counted": (
        "Tokens as {model} counts them; it is loaded already.",
        "词元数由已加载的 {model} 计算。",
    ),
    "memory_prompt_estimated": (
        "Tokens are estimated, because no model is loaded for that.",
        "词元数为估计值，不会为此加载模型。",
    ),
    "memory_prompt_notes": ("Pinned notes", "笔记"),
    "memory_prompt_used": ("{tokens} of {budget} tokens", "{tokens} / {budget} 词元"),
    "memory_prompt_used_turns": (
        "{tokens} of {budget} tokens · {turns}",
        "{tokens} / {budget} 词元 · {turns}",
    ),
    "memory_prompt_kind": ("Kind", "记忆方式"),
    "memory_prompt_nothing": ("It would recall nothing.", "不会回忆任何内容。"),
    "memory_prompt_row": (
        "{who} · {day} · {tokens} tokens · score {score:.2f}",
        "{who} · {day} · {tokens} 词元 · 得分 {score:.2f}",
    ),
    "memory_prompt_why": ("why: {why}", "原因：{why}"),
    "memory_prompt_whole": ("As the model would read it", "模型读到的原文"),
    "memory_about_recall": (
        "The turns that matter for the question, of all conversations.",
        "所有对话中与问题最相关的发言。",
    ),
    "memory_about_window": ("The last few exchanges.", "最近几轮对话。"),
    "memory_about_buffer": (
        "Everything said here, until it is full.",
        "本对话的全部内容，直到装满。",
    ),
    "memory_about_vector": ("Turns of similar meaning.", "含义相近的发言。"),
    "memory_about_summary": (
        "A running summary, and what was said since.",
        "不断更新的摘要，以及其后的发言。",
    ),
}
