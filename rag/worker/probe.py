"""Remembers, per machine, library build and model, how the model is best run.

Whether repacked weights can be used is found out at the first load. On machines whose kernel
shows a matrix unit (AMX) that faults when used, llama.cpp dies at the first prompt of more than
one token. The first load therefore reads such a prompt in the child; what worked is written down
here and not tried again. The rest is written down by a tuning.
"""

from __future__ import annotations

import hashlib
import json
import platform
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from importlib import metadata
from pathlib import Path
from typing import Any, get_args

from platformdirs import user_cache_dir, user_state_dir

from .requests import KeyType, WeightType

__all__ = ["Choices", "Probe", "machine_identity"]


_MOST_THREADS = 1024
_FORMS: dict[str, Any] = {"keys": KeyType, "weights": WeightType}


@dataclass(frozen=True, slots=True)
class Choices:
    """How a model is run on a machine; None has not been tried.

    Attributes:
        use_extra_bufts: repack weights for the processor.
        n_threads: threads that read and write.
        flash_attention: the other way to compute attention.
        keys: how the keys of the context are kept.
        weights: in which form they are loaded.
    """

    use_extra_bufts: bool | None = None
    n_threads: int | None = None
    flash_attention: bool | None = None
    keys: KeyType | None = None
    weights: WeightType | None = None


class Probe:
    """The choices for one model on this machine.

    Args:
        model: identity of the model file: its SHA-256, or path, size and time of change.
        folder: where choices are kept; the user's state folder when None.

    Attributes:
        model: the identity.
        copies: folder for other forms of the model; dispensable.
    """

    def __init__(self, model: str, folder: Path | None = None) -> None:
        self.model = model
        cache = folder or Path(user_cache_dir("recollect"))
        self.copies = cache / "weights"
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

    def recall(self) -> Choices:
        """What is written down."""
        try:
            held = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return Choices()
        if not isinstance(held, dict):
            return Choices()
        known = {field.name: held.get(field.name) for field in fields(Choices)}
        return Choices(**{name: value for name, value in known.items() if _fits(name, value)})

    def remember(self, **changes: bool | int | str) -> None:
        """Write choices down; a folder that cannot be written only costs another try."""
        with suppress(OSError):
            chosen = asdict(replace(self.recall(), **changes))  # type: ignore[arg-type]
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=self._path.parent, delete=False) as file:
                json.dump(chosen, file)
            Path(file.name).replace(self._path)


def _fits(name: str, value: Any) -> bool:
    if name in _FORMS:
        return value in get_args(_FORMS[name])
    if name == "n_threads":
        return type(value) is int and 0 < value <= _MOST_THREADS
    return isinstance(value, bool)


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
