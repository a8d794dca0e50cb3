"""Phrases of: work on knowledge bases, and what came of it. Key: (English, Chinese)."""

from __future__ import annotations

__all__ = ["LIBRARY_WORK"]

LIBRARY_WORK: dict[str, tuple[str, str]] = {
    "library_waiting": ("Waiting for the work before it", "等待前面的任务"),
    "library_running_ingest": ("Reading documents", "正在读取文档"),
    "library_running_remove": ("Removing documents", "正在移除文档"),
    "library_running_export": ("Writing the file", "正在写出文件"),
    "library_running_import": ("Taking in the file", "正在导入文件"),
    "library_stopping": ("Stopping after the files in hand", "处理完手头的文件后停止"),
    "library_failed_ingest": ("The documents could not be read.", "无法读取文档。"),
    "library_failed_remove": ("The documents could not be removed.", "无法移除文档。"),
    "library_failed_export": ("The file could not be written.", "无法写出文件。"),
    "library_failed_import": ("The file could not be imported.", "无法导入文件。"),
    "library_files_done": ("{done} of {total} files", "{total} 个文件中的 {done} 个"),
    "library_bytes_done": ("{done:,.1f} of {total:,.1f} MB", "{done:,.1f} / {total:,.1f} MB"),
    "library_stopped": ("Stopped; what is done stays done.", "已停止，已完成的部分会保留。"),
    "library_exported": ("{name} is ready, {size:,.1f} MB", "{name} 已就绪，{size:,.1f} MB"),
    "library_imported": ("{name} is on the shelf", "{name} 已导入"),
    "library_show": ("Show it", "查看"),
    "library_warning": ("Warning", "警告"),
    "library_nothing": ("There was nothing to do", "没有需要处理的内容"),
    "library_file_by_file": ("File by file", "逐个文件"),
    "library_count_added": ("{count} added", "新增 {count} 个"),
    "library_count_updated": ("{count} replaced", "替换 {count} 个"),
    "library_count_unchanged": ("{count} unchanged", "未变 {count} 个"),
    "library_count_skipped": ("{count} not read", "未读取 {count} 个"),
    "library_count_removed": ("{count} removed", "移除 {count} 个"),
    "library_count_left": ("{count} left", "剩余 {count} 个"),
    "library_was_added": ("added", "新增"),
    "library_was_updated": ("replaced", "替换"),
    "library_was_unchanged": ("unchanged", "未变"),
    "library_was_skipped": ("not read", "未读取"),
    "library_was_removed": ("removed", "已移除"),
    "library_reason_binary": (
        "Neither text nor a format that is read. Save it as PDF, Word or text.",
        "既不是文本，也不是可读取的格式。请另存为 PDF、Word 或文本。",
    ),
    "library_reason_changed": (
        "It changed while it was read. Add it again.",
        "读取时文件发生了变化。请重新添加。",
    ),
    "library_reason_damaged": (
        "The file is damaged. Save it anew with the program it came from.",
        "文件已损坏。请用原程序重新保存。",
    ),
    "library_reason_empty": (
        "There are no words in it.",
        "文件中没有文字。",
    ),
    "library_reason_encrypted": (
        "It wants a password. Save a copy without one.",
        "文件有密码保护。请另存一份无密码的副本。",
    ),
    "library_reason_scanned": (
        "Its pages are pictures. Run text recognition (OCR) over it, then add it again.",
        "页面都是图片。请先进行文字识别（OCR），再重新添加。",
    ),
    "library_reason_special": (
        "It is no ordinary file.",
        "这不是普通文件。",
    ),
    "library_reason_symlink": (
        "The link leads out of the folder, or to nothing. Add the file it leads to.",
        "链接指向文件夹之外或不存在的位置。请直接添加目标文件。",
    ),
    "library_reason_too_expensive": (
        "Reading took too much time or memory. Split it into parts.",
        "读取所需的时间或内存过多。请将文件拆分。",
    ),
    "library_reason_too_large": (
        "The file is too large. Split it into parts.",
        "文件太大。请将文件拆分。",
    ),
    "library_reason_unreadable": (
        "It cannot be opened. Check that it is there, and its permissions.",
        "无法打开。请检查文件是否存在及其权限。",
    ),
    "library_reason_unsupported": (
        "This format is not read. Save it as PDF, Word or text.",
        "不支持此格式。请另存为 PDF、Word 或文本。",
    ),
}
