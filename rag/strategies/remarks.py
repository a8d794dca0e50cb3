"""Why an answer was not made as it was asked for, and what to do, in the question's language."""

from __future__ import annotations

from ..language import Language

__all__ = ["remark"]

_REMARKS: dict[Language, dict[str, str]] = {
    "en": {
        "no_model": "There is no language model, so the strategy '{method}' was not used: the "
        "words are the documents' own. Choose a model: rag models list.",
        "too_small": "The model {model} is too small for the strategy '{method}' (it is up to: "
        "{able}), so the answer was made in the way that suits it. Choose a larger model, see: rag "
        "models list; or list what it is up to in your own catalogue.",
        "language": "The model {model} does not speak English well enough for the strategy "
        "'{method}': the words are the documents' own. Choose another model: rag models list.",
        "no_examples": "The strategy '{method}' needs solved examples, so the model answered "
        "directly. Name a JSONL file: --examples FILE.",
        "no_room": "The strategy '{method}' needs more room than the {n_ctx} tokens that the model "
        "reads, so the model answered directly. Raise context_tokens, or take fewer passages, "
        "rules or examples.",
        "no_passage": "Not one passage has room in the {n_ctx} tokens that the model reads, so the "
        "words are the documents' own. Raise context_tokens, or take fewer notes and examples.",
        "cut_length": "The answer breaks off at its limit of {most} tokens. Raise answer_tokens, "
        "or ask for less.",
        "cut_time": "The answer breaks off at its limit of time.",
        "cut_repetition": "The answer breaks off where the model began to repeat itself.",
        "no_final": "The model thought and came to no final answer, so it answered directly in "
        "place of '{method}'. Raise reasoning_tokens, or choose a larger model.",
        "silent": "The model wrote nothing ('{method}'), so the words are the documents' own.",
        "unchecked": "The model gave no verdict on {count} of the rules; they were not checked.",
        "none": "none",
    },
    "zh": {
        "no_model": "没有语言模型，因此没有使用策略“{method}”，回答用的是文档原文。"
        "请选择模型：rag models list。",
        "too_small": "模型 {model} 太小，不适合策略“{method}”（它能胜任的：{able}），"
        "因此改用适合它的方式作答。请选择更大的模型（rag models list），"
        "或在您自己的模型目录中写明它能胜任的策略。",
        "language": "模型 {model} 的中文不足以使用策略“{method}”，回答用的是文档原文。"
        "请选择其他模型：rag models list。",
        "no_examples": "策略“{method}”需要已解答的例子，因此模型直接作答。"
        "请指定 JSONL 文件：--examples FILE。",
        "no_room": "策略“{method}”需要的空间超过模型能读的 {n_ctx} 个词元，因此模型直接作答。"
        "请调大 context_tokens，或减少段落、规则或例子。",
        "no_passage": "模型能读的 {n_ctx} 个词元连一个段落也容纳不下，因此回答用的是文档原文。"
        "请调大 context_tokens，或减少笔记和例子。",
        "cut_length": "回答到达 {most} 个词元的上限，在此中断。请调大 answer_tokens，或缩小问题。",
        "cut_time": "回答到达时间上限，在此中断。",
        "cut_repetition": "模型开始重复自己，回答在此中断。",
        "no_final": "模型思考后没有给出最终答案，因此没有使用“{method}”，而是直接作答。"
        "请调大 reasoning_tokens，或选择更大的模型。",
        "silent": "模型什么也没有写（“{method}”），因此回答用的是文档原文。",
        "unchecked": "模型没有对其中 {count} 条规则作出判断，这些规则未经检查。",
        "none": "无",
    },
}


def remark(language: Language, key: str, **values: object) -> str:
    """One remark.

    Raises:
        KeyError: there is no such remark.
    """
    return _REMARKS[language][key].format(**values)
