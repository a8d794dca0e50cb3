"""Phrases of "what the model saw". Key: (English, Chinese)."""

from __future__ import annotations

__all__ = ["SEEN"]

SEEN: dict[str, tuple[str, str]] = {
    "seen": ("What the model saw", "模型看到了什么"),
    "seen_gone": (
        "Kept only while the program runs, so that forgetting is complete.",
        "仅在程序运行期间保留，以便彻底遗忘。",
    ),
    "seen_budget": (
        "{prompt} of {n_ctx} tokens read, {room} kept for the answer",
        "读入 {prompt} / {n_ctx} 个词元，为回答保留 {room} 个",
    ),
    "seen_no_prompt": (
        "The answer is made of the documents' own sentences; the model wrote nothing.",
        "回答由文档原句组成，模型没有写任何内容。",
    ),
    "seen_short": (
        "The sentences are the documents' own; the model only chose the short wording from them.",
        "句子均为文档原文，模型只从中选出简短的答案。",
    ),
    "part_system": ("instructions", "指令"),
    "part_thread": ("read before", "此前已读"),
    "part_notes": ("pinned notes", "固定笔记"),
    "part_recalled": ("recalled turns", "回忆的发言"),
    "part_passages": ("passages", "段落"),
    "part_examples": ("examples", "示例"),
    "part_question": ("question", "问题"),
    "part_instruction": ("strategy", "策略"),
    "part_room": ("answer", "回答"),
    "part_free": ("free", "空闲"),
    "seen_dropped": (
        "Left out to fit: {turns} turns, {passages} passages, {examples} examples.",
        "因空间不足省略：{turns} 条发言、{passages} 个段落、{examples} 个示例。",
    ),
    "seen_restarted": (
        "An earlier prompt of this conversation was given up to make room.",
        "为腾出空间，已舍弃本次对话较早的提示。",
    ),
    "seen_searched": ("Searched for", "查找的内容"),
    "seen_rewrite": ("Searched for, too, in the model's wording", "另按模型改写的问题查找"),
    "seen_support": (
        "Chance that these passages hold the answer: {percent:.0f} %",
        "这些段落包含答案的可能性：{percent:.0f} %",
    ),
    "seen_passages": ("Passages and their signals", "段落及各项得分"),
    "seen_recalled": ("Recalled turns", "回忆的发言"),
    "seen_notes": ("Pinned notes", "固定笔记"),
    "seen_prompt": ("The exact prompt", "完整提示"),
    "seen_prompts": ("The exact prompts: {count}", "完整提示：{count} 个"),
    "seen_steps": ("Thought before the answer", "回答前的思考"),
    "seen_votes": ("{votes} of {samples} answers agree", "{samples} 个回答中有 {votes} 个一致"),
    "seen_verdicts": ("Checked against", "检查的规则"),
    "seen_first": ("First version", "初稿"),
    "verdict_kept": ("kept", "符合"),
    "verdict_broken": ("broken", "不符合"),
    "verdict_unknown": ("not checked", "未检查"),
    "seen_tokens": (
        "{prompt} tokens read, {reused} of them from before; {answer} written",
        "读入 {prompt} 个词元，其中 {reused} 个沿用；写出 {answer} 个",
    ),
    "column_rank": ("#", "#"),
    "column_document": ("Document", "文档"),
    "column_page": ("Page", "页"),
    "column_score": ("Score", "总分"),
    "column_text": ("Passage", "段落"),
    "said_by_user": ("You, {day}", "你，{day}"),
    "said_by_assistant": ("Answer, {day}", "回答，{day}"),
    "said_by_summary": ("Summary, {day}", "摘要，{day}"),
    "why_score": ("score {score:.2f}", "得分 {score:.2f}"),
}
