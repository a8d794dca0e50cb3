"""How much memory this process and its children could still take, in bytes."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
from pathlib import Path

__all__ = ["free_memory"]

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def free_memory() -> int:
    """Bytes that could be taken without swapping; 0 where the machine does not tell.

    What the kernel only keeps to save reading counts as free. A container's limit and the
    process's own limit (`ulimit -v`) are kept to.
    """
    known = [size for size in (_of_machine(), _of_container(), _of_process()) if size is not None]
    return max(0, min(known)) if known else 0


def _of_machine() -> int | None:
    if sys.platform == "win32":
        return _windows()
    if sys.platform == "darwin":
        return _mac()
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB", _MEMINFO.read_text("ascii"), re.MULTILINE)
        if found:
            return int(found[1]) * 1024
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None


def _of_container() -> int | None:
    """What a container (cgroup, version 2) may still take; None without a limit."""
    try:
        limit = (_CGROUP / "memory.max").read_text("ascii").strip()
        if limit == "max":
            return None
        used = int((_CGROUP / "memory.current").read_text("ascii"))
        kept = re.search(
            r"^inactive_file (\d+)", (_CGROUP / "memory.stat").read_text("ascii"), re.MULTILINE
        )
        return int(limit) - used + (int(kept[1]) if kept else 0)
    except (OSError, ValueError):
        return None


def _of_process() -> int | None:
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 - Windows has none

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft


def _mac() -> int | None:
    """Free, inactive and speculative pages, as `vm_stat` counts them."""
    try:
        said = subprocess.run(
            ["/usr/bin/vm_stat"], capture_output=True, text=True, check=True, timeout=5
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    size = re.search(r"page size of (\d+) bytes", said)
    pages = re.findall(r"^Pages (?:free|inactive|speculative):\s+(\d+)", said, re.MULTILINE)
    return int(size[1]) * sum(map(int, pages)) if size and pages else None


def _windows() -> int | None:
    """`ullAvailPhys` of GlobalMemoryStatusEx, the third of its 64-bit numbers."""
    status = (ctypes.c_ulonglong * 8)()
    status[0] = ctypes.sizeof(status)  # dwLength, the lower half of the first eight bytes
    library = getattr(ctypes, "windll", None)
    if library is None or not library.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return int(status[2])
