"""What is published is complete and tells nothing of the machine it was made on."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("ingest", "memory", "rag", "ui")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NOT_OURS = {"build", "dist", "__pycache__", ".venv", ".git", ".demo"}
TEXT = {".py", ".md", ".toml", ".txt", ".json", ".jsonl", ".html", ".cfg", ".yml", ".yaml", ""}

# Built from pieces, so that this file does not find itself.
PLACES = re.compile(
    r"(?<![\w.])/(?:" + "home|Users|root|work|mnt/[a-z]|workspace" + r")/[\w.-]+"
    r"|[A-Z]:\\\\?" + r"Users"
)
INDEXES = re.compile(
    r"--(?:extra-)?index-" + r"url|--trusted-" + r"host|--find-" + r"links"
    r"|https?://(?!pypi\.org/project/)[\w.-]*(?:py"
    + r"pi|artifactory|nexus|registry|mirror)[\w.-]*",
    re.IGNORECASE,
)


def _published() -> Iterator[Path]:
    """Every text file of the source tree, without what tools leave behind."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = parts[0].startswith(".") and parts[0] not in (".ci", ".gitignore")
        left_behind = NOT_OURS & set(parts) or any(p.endswith(".egg-info") for p in parts)
        if path.is_file() and path.suffix in TEXT and not hidden and not left_behind:
            yield path


def _says(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in _published():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)}: {m.group()}" for m in pattern.finditer(text)]
    return found


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert _says(PLACES) == []


def test_no_file_names_a_package_index() -> None:
    assert _says(INDEXES) == []


@pytest.mark.parametrize(
    "text", ["/home/" + "ada/x", "see /Users/" + "ada", "/root/" + "x", "C:" + "\\Users\\ada"]
)
def test_a_place_would_be_found(text: str) -> None:
    assert PLACES.search(text)


@pytest.mark.parametrize(
    "text",
    ["pip --extra-index-" + "url x", "https://py" + "pi.example.org/simple"],
)
def test_an_index_would_be_found(text: str) -> None:
    assert INDEXES.search(text)
    assert not INDEXES.search(PROJECT["project"]["urls"]["Documentation"])


def test_every_data_file_of_a_room_is_packaged() -> None:
    packaged = PROJECT["tool"]["setuptools"]["package-data"]
    missing = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                package = ".".join(path.relative_to(ROOT).parent.parts)
                if not any(fnmatch(path.name, glob) for glob in packaged.get(package, [])):
                    missing.append(str(path.relative_to(ROOT)))
    assert missing == []


def test_every_room_that_is_imported_says_that_it_is_typed() -> None:
    assert [room for room in ROOMS[:3] if not (ROOT / room / "py.typed").exists()] == []


def test_every_folder_with_code_is_a_package() -> None:
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_tests_are_one_flat_folder_without_a_package() -> None:
    paths = [path for path in (ROOT / "tests").rglob("*.py") if "__pycache__" not in path.parts]
    assert {path.parent for path in paths} == {ROOT / "tests"}
    assert "__init__.py" not in {path.name for path in paths}


def test_no_page_bears_the_name_of_a_room_or_of_the_standard_library() -> None:
    """Streamlit puts this folder first on the path; such a file would be imported instead."""
    names = {path.stem for path in (ROOT / "ui").glob("*.py")} - {"__init__"}
    assert names & ({*ROOMS} | sys.stdlib_module_names) == set()


def test_every_dependency_has_one_exact_version() -> None:
    def plain(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert [pin for pin in pins if len(pin) != 2] == []
    names = [plain(pin[0]) for pin in pins]
    assert len(names) == len(set(names))
    wanted = list(PROJECT["project"]["dependencies"])
    for extra in PROJECT["project"]["optional-dependencies"].values():
        wanted += extra
    needed = {plain(re.split(r"[<>=!~;\[ ]", name, maxsplit=1)[0]) for name in wanted}
    assert needed - set(names) == set()


def test_the_version_is_one_everywhere() -> None:
    from importlib.metadata import version

    assert version("recollect-rag") == PROJECT["project"]["version"]
    assert f"## [{PROJECT['project']['version']}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
