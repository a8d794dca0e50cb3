"""Importing the library is light, and it refuses strangers that bear its rooms' names."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "sentence_transformers", "chromadb", "faiss", "llama_cpp", "streamlit")
MOST_CPU_SECONDS = 8.0  # 1.7 on a quiet laptop core; sentence_transformers alone would add 4.6


def _python(code: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **changes},
    )


@pytest.mark.parametrize("module", ["rag", "rag.cli", "ingest", "memory"])
def test_importing_loads_no_heavy_library(module: str) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = _python(f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    loaded = {name.split(".")[0] for name in json.loads(ran.stdout)}
    assert loaded & set(HEAVY) == set()
    assert module.split(".", maxsplit=1)[0] in loaded
    assert after.ru_utime - before.ru_utime < MOST_CPU_SECONDS


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys, rag.cli; sys.argv = ['rag', '--help']\n"
        "try: rag.cli.main()\n"
        f"finally: print('HEAVY', sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    ran = _python(code)
    assert ran.returncode == 0
    assert "ingest" in ran.stdout
    assert ran.stdout.rstrip().endswith("HEAVY []")


def test_the_check_for_heavy_libraries_would_see_one() -> None:
    ran = _python("import json, sys, faiss; print(json.dumps(sorted(sys.modules)))")
    assert "faiss" in json.loads(ran.stdout)


@pytest.mark.parametrize("room", ["memory", "ingest", "ui"])
def test_a_stranger_of_the_same_name_is_refused_by_its_path(room: str, tmp_path: Path) -> None:
    intruder = tmp_path / room / "__init__.py"
    intruder.parent.mkdir()
    intruder.write_text('raise SystemExit("the intruder ran")\n')
    ran = _python(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import rag")
    assert ran.returncode == 1
    assert f"ImportError: rag needs its own {room!r}" in ran.stderr
    assert str(intruder) in ran.stderr
    assert "the intruder ran" not in ran.stderr


def test_a_single_file_of_a_rooms_name_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "memory.py").write_text("")
    ran = _python(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import rag")
    assert "rag needs its own 'memory'" in ran.stderr
    assert str(tmp_path / "memory.py") in ran.stderr
    assert ran.returncode == 1


def test_a_folder_without_code_is_not_taken_for_a_room(tmp_path: Path) -> None:
    """A folder called memory where the user stands is passed over for the real one."""
    (tmp_path / "memory").mkdir()
    ran = _python(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import rag; print('fine')")
    assert ran.stdout.strip() == "fine"


def test_the_parser_process_loads_no_heavy_library_and_neither_numpy_nor_langchain() -> None:
    code = f"""
import json, os
from pathlib import Path
from ingest import ParseLimits
from ingest.parsers import ParserProcess

def parent(stat):
    return int(stat.read_text().rsplit(")", 1)[1].split()[1])

with ParserProcess(ParseLimits()) as parser:
    parsed = parser.parse(b"# A title\\n\\nSome words.", "a.md")
    (child,) = [s.parent for s in Path("/proc").glob("[0-9]*/stat") if parent(s) == os.getpid()]
    mapped = (child / "maps").read_text()
    own = Path("/proc/self/maps").read_text()
heavy = [n for n in {[*HEAVY, "numpy", "pydantic_core"]!r} if f"/{{n}}/" in mapped]
print(json.dumps([parsed.title, heavy, "/numpy/" in own]))
"""
    ran = _python(code)
    assert json.loads(ran.stdout) == ["A title", [], True]


def test_every_name_the_library_offers_is_there() -> None:
    ran = _python("import rag; print([n for n in rag.__all__ if not hasattr(rag, n)])")
    assert ran.stdout.strip() == "[]"
