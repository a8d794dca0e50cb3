"""The command line: a thin user of the API that turns errors into one line and an exit code."""

from __future__ import annotations

import signal
import sys
from types import FrameType

import typer

from ingest import IngestError
from memory import ConversationError

from ..errors import RagError
from . import ask, doctor, index, ingest, kb, memory, models, sources, ui
from . import eval as evaluation
from .console import ERRORS

__all__ = ["app", "main"]

app = typer.Typer(
    name="rag",
    help="Ask your own documents, in English and Chinese, offline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("ingest")(ingest.ingest)
app.command("ask")(ask.ask)
app.command("chat")(ask.chat)
app.command("ui")(ui.ui)
app.command("doctor")(doctor.doctor)
app.add_typer(kb.app, name="kb")
app.add_typer(index.app, name="index")
app.add_typer(sources.app, name="sources")
app.add_typer(memory.app, name="memory")
app.add_typer(models.app, name="models")
app.add_typer(evaluation.app, name="eval")


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Run the command; 0 is success, 1 an error said in one line, 130 an interruption."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        app()
    except (IngestError, RagError, ConversationError) as error:
        ERRORS.print(f"[bold red]error:[/] {escape_one_line(error)}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        ERRORS.print("interrupted")
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)


def escape_one_line(error: Exception) -> str:
    """The error's message on one line, with what could be taken for markup escaped."""
    from rich.markup import escape  # noqa: PLC0415 - only for an error

    return escape(" ".join(str(error).split()))
