"""Remembers, per machine, library build and model, whether repacked weights can be used.

On machines whose kernel shows a matrix unit (AMX) that faults when used, llama.cpp dies at the
first prompt of more than one token. The first load therefore reads such a prompt in the child;
what worked is written down here and not tried again.
"""

from __future__ import annotations

import hashlib
import json
import platform
import tempfile
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from platformdirs import user_state_dir

__all__ = ["Probe", "machine_identity"]


class Probe:
    """The choice for one model on this machine.

    Args:
        model: identity of the model file: its SHA-256, or path, size and time of change.
        folder: where choices are kept; the user's state folder when None.
    """

    def __init__(self, model: str, folder: Path | None = None) -> None:
        key = json.dumps([machine_identity(), _library_identity(), model])
        name = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        folder = folder or Path(user_state_dir("recollect")) / "models"
        self._path = folder / f"{name}.json"

    @classmethod
    def of_file(cls, path: Path, sha256: str = "", folder: Path | None = None) -> Probe:
        """The choice for the model at `path`, by its hash where that is known."""
        if sha256:
            return cls(sha256, folder)
        try:
            stat = path.stat()
        except OSError:  # the load will say so
            return cls(str(path), folder)
        return cls(f"{path.resolve()}:{stat.st_size}:{stat.st_mtime_ns}", folder)

    def recall(self) -> bool | None:
        """Whether repacking may be used; None when it has not been tried."""
        try:
            held = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return None
        choice = held.get("use_extra_bufts") if isinstance(held, dict) else None
        return choice if isinstance(choice, bool) else None

    def remember(self, choice: bool) -> None:
        """Write the choice down; a folder that cannot be written only costs another try."""
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=self._path.parent, delete=False) as file:
                json.dump({"use_extra_bufts": choice}, file)
            Path(file.name).replace(self._path)


def machine_identity() -> str:
    """Kernel, processor and its features: what decides whether an instruction faults."""
    lines: set[str] = set()
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith(("model name", "flags", "Features", "CPU part")):
                lines.add(line)
    return json.dumps([platform.system(), platform.release(), platform.machine(), sorted(lines)])


def _library_identity() -> str:
    try:
        found = metadata.distribution("llama-cpp-python")
    except metadata.PackageNotFoundError:
        return ""
    parts = [found.version]
    for file in found.files or ():
        if file.name.startswith(("libllama", "libggml-cpu")):
            with suppress(OSError):
                stat = Path(str(file.locate())).stat()
                parts.append(f"{file.name}:{stat.st_size}:{stat.st_mtime_ns}")
    return json.dumps(parts)
