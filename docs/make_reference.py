"""Writes docs/cli.md from the command's own help, and docs/api.md from the docstrings.

    python docs/make_reference.py

A test compares both with what they would be now.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["api", "cli", "main"]

_FOLDER = Path(__file__).resolve().parent
_HEAD = "<!-- Written by docs/make_reference.py; a test says when it is out of date. -->\n"


def cli() -> str:
    """The help of every command, as Markdown."""
    os.environ["TYPER_USE_RICH"] = "0"  # plain text; read when typer is imported
    import typer  # noqa: PLC0415
    from typer.testing import CliRunner  # noqa: PLC0415

    from rag.cli.app import app  # noqa: PLC0415

    runner = CliRunner()

    def shown(*words: str) -> str:
        text = runner.invoke(
            app, [*words, "--help"], prog_name="rag", terminal_width=88, env={"COLUMNS": "88"}
        ).stdout
        lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
        return f"\n## `{' '.join(('rag', *words))}`\n\n```text\n{lines}\n```\n"

    def all_of(command: object, *words: str) -> Iterator[str]:
        yield shown(*words)
        for name, below in getattr(command, "commands", {}).items():
            yield from all_of(below, *words, name)

    return f"# The command line\n\n{_HEAD}" + "".join(all_of(typer.main.get_command(app)))


def api() -> str:
    """Every name that `rag` offers, with its docstring, as Markdown."""
    import rag  # noqa: PLC0415

    parts = [f"# The Python interface\n\n{_HEAD}\nEverything below is imported from `rag`.\n"]
    for name in rag.__all__:
        thing = getattr(rag, name)
        head = f"\n## `{name}`\n\n"
        text = inspect.getdoc(thing) or ""
        parts.append(f"{head}```text\n{text}\n```\n")
        if not inspect.isclass(thing) or thing.__module__.split(".")[0] not in ("rag", "ingest"):
            continue
        for below, member in vars(thing).items():
            plain = member.__func__ if isinstance(member, classmethod) else member
            if not below.startswith("_") and inspect.isfunction(plain):
                line = (inspect.getdoc(plain) or "").splitlines()[:1]
                names = ", ".join(p for p in inspect.signature(plain).parameters if p != "self")
                parts.append(f"\n- `.{below}({names.removeprefix('cls, ')})`: {''.join(line)}")
        parts.append("\n")
    return "".join(parts).replace("\n\n\n", "\n\n").rstrip() + "\n"


def main() -> None:
    """Write both files."""
    (_FOLDER / "cli.md").write_text(cli(), "utf-8")
    (_FOLDER / "api.md").write_text(api(), "utf-8")


if __name__ == "__main__":
    main()
