"""What the README says is so: its commands and its Python run, its tables and links are right.

The commands run in a folder of their own that holds a copy of two of the sample documents, so
that reading them takes seconds. Blocks marked `bash` and `python` are all executed, but for
`make demo` and `make test`: these would set up an environment inside this one, so it is checked
that the Makefile has the targets. Blocks marked `text` show output or need a network; of these
the rebuild command is compared with the one that `rag doctor` prints.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import rag
from rag import Settings
from rag.doctor import REBUILD

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
COPIED = ("amundsen-south-pole.md", "rag-zh.html")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


COMMANDS = [line for block in blocks("bash") for line in block.splitlines() if line.strip()]
MAKE = [line for line in COMMANDS if line.startswith("make ")]
RUN = [line for line in COMMANDS if line not in MAKE]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `sample_docs`, and `my-kb` once the first command has run."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "sample_docs").mkdir()
    for name in COPIED:
        shutil.copy(ROOT / "sample_docs" / name, folder / "sample_docs")
    return folder


def _run(command: list[str], place: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        cwd=place,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_commands_of_the_readme_run_one_after_the_other(place: Path) -> None:
    assert len(RUN) >= 8
    said = {}
    for line in RUN:
        ran = _run(["bash", "-c", line], place)
        assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"
        said[line] = ran.stdout
    told = "\n".join(said.values())
    assert "2 files: 2 added" in told
    assert "16 July 1872" in told
    assert "通常取1.2到2.0" in told
    assert "The documents do not say." in told
    assert "2 documents, 0 problems" in told
    assert "'smollm2-135m' is too small for the strategy 'vote'" in told


@pytest.mark.parametrize("at", range(len(blocks("python"))))
def test_a_python_block_of_the_readme_runs(place: Path, at: int) -> None:
    ran = _run([sys.executable, "-W", "error", "-c", blocks("python")[at]], place)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ("16 July 1872" in ran.stdout) or ("amundsen-south-pole.md 1 " in ran.stdout)


def test_make_has_the_targets_that_the_readme_names() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert {line.removeprefix("make ") for line in MAKE} == {"demo", "test"}
    for line in MAKE:
        assert re.search(rf"^{line.removeprefix('make ')}:", makefile, re.MULTILINE)


def test_the_rebuild_command_is_the_one_that_doctor_prints() -> None:
    assert f"```text\n{REBUILD}\n```" in README


def test_the_table_of_settings_is_that_of_the_code() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", README, re.MULTILINE))
    assert rows == {name: repr(field.default) for name, field in Settings.model_fields.items()}


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_a_link_leads_to_a_file_that_is_there(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", text)
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_command_line_help_is_the_real_one() -> None:
    """In a process of its own: the plain help is chosen when typer is imported."""
    code = "import make_reference as m; print(m.cli(), end='')"
    ran = _run([sys.executable, "-c", code], ROOT / "docs")
    assert ran.stdout == (ROOT / "docs" / "cli.md").read_text("utf-8"), (
        "run `python docs/make_reference.py`"
    )


def test_every_public_name_is_documented_as_it_is() -> None:
    ran = _run(
        [sys.executable, "-c", "import make_reference as m; print(m.api(), end='')"], ROOT / "docs"
    )
    assert ran.stdout == (ROOT / "docs" / "api.md").read_text("utf-8"), (
        "run `python docs/make_reference.py`"
    )
    for name in rag.__all__:
        assert f"\n## `{name}`\n\n```text\n" in ran.stdout


def test_every_promise_names_tests_that_exist() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    there = {
        name
        for path in (ROOT / "tests").glob("test_*.py")
        for name in [path.name, *re.findall(r"def (test_\w+)", path.read_text("utf-8"))]
    }
    named = set(re.findall(r"`(test_\w+(?:\.py)?)`", text))
    assert len(named) >= 11
    assert named - there == set()
