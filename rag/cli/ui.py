"""`rag ui`: the chat page, on this machine only."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from ..errors import RagError
from ..web import checked_engine
from .console import ChosenModelOption, KbOption, knowledge_base

__all__ = ["ui"]

_LIGHT_ACCENT, _DARK_ACCENT = "#1f7a6d", "#58bda9"
"""The rest of the theme is Streamlit's own, light or dark as the browser wants it."""
_PATIENCE = 30.0
"""Seconds for conversations to fall asleep and files to be closed."""


def ui(
    kb: KbOption = None,
    model: ChosenModelOption = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 8501,
    web: Annotated[
        str | None,
        typer.Option(
            "--web",
            help="Where new conversations look for what the documents do not answer: 'wikipedia', "
            "or the address of a SearXNG. The question is sent there.",
            show_default="nowhere",
        ),
    ] = None,
) -> None:
    """Open the chat page in a browser; it is served to this machine only."""
    engine = checked_engine(web) if web else ""
    spec = find_spec("ui")
    if spec is None or not spec.submodule_search_locations:
        raise RagError("The page (package 'ui') is not installed; reinstall recollect-rag.")
    page = Path(spec.submodule_search_locations[0]) / "app.py"
    command = [
        # -P: a folder called "memory" where the user stands must not come before ours.
        *(sys.executable, "-P", "-m", "ui", "run", str(page)),
        *("--server.address", "127.0.0.1", "--server.port", str(port)),
        *("--browser.gatherUsageStats", "false", "--server.headless", "true"),
        *("--client.showErrorDetails", "none", "--client.toolbarMode", "minimal"),
        *("--server.fileWatcherType", "none"),
        *("--theme.light.primaryColor", _LIGHT_ACCENT, "--theme.dark.primaryColor", _DARK_ACCENT),
        *("--", "--kb", str(knowledge_base(kb).absolute()), *(["--model", model] if model else [])),
        *(["--web", engine] if engine else []),
    ]
    typer.echo(f"http://127.0.0.1:{port}")
    raise typer.Exit(_served(command))


def _served(command: list[str]) -> int:
    """Its exit status; when this process is interrupted, the server ends in its own time first."""
    server = subprocess.Popen(command)
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()
        try:
            server.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
        raise
