"""Phrases of: Library page. Key: (English, Chinese)."""

from __future__ import annotations

from .library_work import LIBRARY_WORK

__all__ = ["LIBRARY"]

LIBRARY: dict[str, tuple[str, str]] = {
    "library_new": ("New", "新建"),
    "library_import": ("Import", "导入"),
    "library_export": ("Export", "导出"),
    "library_kb_line": (
        "{documents:,} documents · {chunks:,} chunks  \n{size:,.1f} MB · {updated}",
        "{documents:,} 个文档 · {chunks:,} 个片段  \n{size:,.1f} MB · {updated}",
    ),
    "library_kb_empty": ("empty", "空"),
    "library_kb_problem": ("cannot be read", "无法读取"),
    "library_facts": (
        "{documents:,} documents · {pages:,} pages · {chunks:,} chunks · {size:,.1f} MB · "
        "updated {updated} · embedder {embedder}",
        "{documents:,} 个文档 · {pages:,} 页 · {chunks:,} 个片段 · {size:,.1f} MB · "
        "更新于 {updated} · 嵌入模型 {embedder}",
    ),
    "library_problem": ("This knowledge base cannot be read.", "无法读取此知识库。"),
    "library_new_title": ("New knowledge base", "新建知识库"),
    "library_name_of_kb": ("Name", "名称"),
    "library_create": ("Create", "创建"),
    "library_import_title": ("Import a knowledge base", "导入知识库"),
    "library_import_file": ("An exported file", "导出的文件"),
    "library_import_go": ("Import", "导入"),
    "library_import_what": (
        "It is checked first, and becomes a knowledge base of its own. For a larger file: "
        "rag kb import FILE.",
        "文件会先接受检查，然后成为一个单独的知识库。更大的文件请用：rag kb import FILE。",
    ),
    "library_delete_what": (
        "{documents:,} documents, {size:,.1f} MB: the knowledge base and the uploads in it go. "
        "Files elsewhere on this machine and your conversations stay.",
        "{documents:,} 个文档，{size:,.1f} MB：知识库及其中上传的文件将被删除。"
        "本机其他位置的文件和对话会保留。",
    ),
    "library_documents": ("Documents", "文档"),
    "library_add": ("Add", "添加"),
    "library_lab": ("Laboratory", "检索实验室"),
    "library_no_documents": (
        "No documents yet: add the first ones here.",
        "还没有文档，请在这里添加。",
    ),
    "library_filter": ("Filter by name or title", "按名称或标题筛选"),
    "library_none_so_called": ("No document is called so.", "没有这样的文档。"),
    "library_choose": (
        "Choose rows to read them again or to remove them.",
        "选择行以重新读取或移除文档。",
    ),
    "library_chosen": ("{count} chosen", "已选 {count} 个"),
    "library_again": ("Read again", "重新读取"),
    "library_remove": ("Remove", "移除"),
    "library_remove_what": (
        "Their words are wiped from the knowledge base. Uploaded copies are deleted, files "
        "elsewhere on this machine stay.",
        "文档内容将从知识库中彻底清除。上传的副本会被删除，本机其他位置的文件会保留。",
    ),
    "library_name": ("Name", "名称"),
    "library_status": ("Status", "状态"),
    "library_kind": ("Kind", "类型"),
    "library_pages": ("Pages", "页数"),
    "library_chunks": ("Chunks", "片段"),
    "library_size": ("Size", "大小"),
    "library_when": ("Read", "读取时间"),
    "library_title": ("Title", "标题"),
    "library_place": ("Where it came from", "来源"),
    "library_ok": ("ok", "正常"),
    "library_remarks": ("remarks", "有备注"),
    "library_notes": ("Remarks", "备注"),
    "library_files": (
        "Drop files here: PDF, Word, HTML, Markdown, text",
        "把文件拖到这里：PDF、Word、HTML、Markdown、文本",
    ),
    "library_path": (
        "Or a folder or file on this machine, or the address of a page",
        "或者本机上的文件夹或文件，或网页地址",
    ),
    "library_path_example": (
        "~/Documents/papers or https://example.org/page",
        "~/Documents/papers 或 https://example.org/page",
    ),
    "library_read_path": ("Read it", "读取"),
    "library_lab_what": (
        "What a question finds, and how each ranking orders it. No language model takes part.",
        "查看一个问题能找到什么，以及各种排序方式的结果。不使用语言模型。",
    ),
    "library_question": ("Question", "问题"),
    "library_before": (
        "Asked just before (heeded by our ranking on the left)",
        "上一个问题（仅左侧的本程序排序会参考）",
    ),
    "library_before_example": (
        "Optional, to try out a follow-up",
        "可选，用于试验追问",
    ),
    "library_way_a": ("Left", "左侧"),
    "library_way_b": ("Right", "右侧"),
    "library_passages": ("Passages", "段落数"),
    "library_ranking_ours": ("Ours", "本程序"),
    "library_ranking_vectors": ("Vectors only", "仅向量"),
    "library_ranking_bm25": ("BM25 only", "仅 BM25"),
    "library_ranking_rrf": ("Reciprocal rank fusion", "倒数排名融合（RRF）"),
    "library_searching": (
        "Searching; the first time loads the embedder",
        "正在检索，首次需加载嵌入模型",
    ),
    "library_took": ("{count} passages in {ms:,.0f} ms", "{count} 个段落，用时 {ms:,.0f} 毫秒"),
    "library_wordings": ("Searched for", "检索用语"),
    "library_nothing_found": ("Nothing was found.", "没有找到内容。"),
    "library_whole": ("Whole passage", "完整段落"),
    "library_only_here": ("only here", "仅此侧"),
    "library_higher": ("{count} higher", "高 {count} 位"),
    "library_lower": ("{count} lower", "低 {count} 位"),
    "library_same": ("same rank", "名次相同"),
    **LIBRARY_WORK,
}
