"""`rag ask` and `rag chat`: questions in, answers with their sources out."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.text import Text

from ..assistant import Assistant
from ..errors import RagError
from ..model_library import chosen_model
from ..remote import remote_name
from ..settings import Settings
from .console import (
    ERRORS,
    OUT,
    BaseUrlOption,
    ChosenModelOption,
    JsonOption,
    KbOption,
    RamCheckOption,
    RerankerOption,
    knowledge_base,
)
from .show import explain, print_sources, print_unsupported
from .strategy import (
    ExamplesOption,
    RulesOption,
    StepsOption,
    StrategyOption,
    VotesOption,
    strategy_settings,
)
from .workings import print_rewrite, print_steps

__all__ = ["ask", "chat"]

SessionOption = Annotated[
    str | None,
    typer.Option("--session", help="The conversation to go on with.", show_default="a new one"),
]
DEFAULT_MEMORY: str = Settings.model_fields["memory"].default
MemoryOption = Annotated[str, typer.Option("--memory", help="Kind of conversation memory.")]
ExplainOption = Annotated[bool, typer.Option("--explain", help="Show searches and scores.")]
RewriteOption = Annotated[
    bool | None,
    typer.Option(
        "--rewrite/--no-rewrite",
        help="The model rewords follow-up questions, for one more search.",
        show_default="where the catalogue trusts it with that",
    ),
]
WebOption = Annotated[
    str | None,
    typer.Option(
        "--web",
        help="Where to look for what the documents do not answer: 'wikipedia', or the address of "
        "a SearXNG. The question is sent there.",
        show_default="nowhere",
    ),
]
PassagesOption = Annotated[int, typer.Option("--passages", help="Passages read.", min=1, max=50)]


def _new_session() -> str:
    """A name that no other conversation has."""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {secrets.token_hex(2)}"


def _answer(
    assistant: Assistant, question: str, session: str, *, explained: bool, steps: bool
) -> None:
    reply = assistant.ask(question, session=session)
    streamed = ""
    for piece in reply:
        streamed += piece
        OUT.print(Text(piece), end="", soft_wrap=True)
    OUT.print()
    print_unsupported(OUT, reply.answer, streamed)
    print_sources(OUT, assistant.index, reply.answer)
    if steps or explained:
        print_steps(OUT, reply.answer)
    if explained:
        explain(OUT, reply.answer)
    else:
        print_rewrite(OUT, reply.answer)


def ask(
    question: Annotated[str, typer.Argument(help="In English or Chinese.")],
    kb: KbOption = None,
    session: SessionOption = None,
    model: ChosenModelOption = None,
    memory: MemoryOption = DEFAULT_MEMORY,
    passages: PassagesOption = 6,
    reranker: RerankerOption = None,
    base_url: BaseUrlOption = None,
    ram_check: RamCheckOption = True,
    rewrite: RewriteOption = None,
    web: WebOption = None,
    strategy: StrategyOption = "auto",
    examples: ExamplesOption = None,
    rules: RulesOption = None,
    votes: VotesOption = 5,
    steps: StepsOption = False,
    explained: ExplainOption = False,
    as_json: JsonOption = False,
) -> None:
    """Answer one question from the documents."""
    with Assistant.open(
        knowledge_base(kb),
        settings=strategy_settings(strategy, examples, rules, votes),
        model=remote_name(model or chosen_model(), base_url),
        memory=memory,
        passages=passages,
        reranker=reranker,
        ram_check=ram_check,
        rewrite=rewrite,
        web=web,
        # A conversation without a name is never gone on with.
        asleep=int(session is not None),
    ) as assistant:
        conversation = session or _new_session()
        if as_json:
            found = assistant.ask(question, session=conversation).answer.as_dict()
            if not (steps or explained):
                del found["steps"]
            typer.echo(json.dumps(found, ensure_ascii=False))
        else:
            _answer(assistant, question, conversation, explained=explained, steps=steps)


def _questions() -> Iterator[str]:
    """Lines from the terminal, or from a file that is piped in; those are echoed."""
    interactive = sys.stdin.isatty()
    while True:
        if interactive:
            try:
                line = OUT.input("[bold cyan]›[/] ")
            except EOFError:
                return
        else:
            line = sys.stdin.readline()
            if not line:
                return
        if line.strip():
            if not interactive:
                OUT.print(f"\n[bold cyan]›[/] [bold]{escape(line.strip())}[/]", soft_wrap=True)
            yield line.strip()


def chat(
    kb: KbOption = None,
    session: SessionOption = None,
    model: ChosenModelOption = None,
    memory: MemoryOption = DEFAULT_MEMORY,
    passages: PassagesOption = 6,
    reranker: RerankerOption = None,
    base_url: BaseUrlOption = None,
    ram_check: RamCheckOption = True,
    rewrite: RewriteOption = None,
    web: WebOption = None,
    strategy: StrategyOption = "auto",
    examples: ExamplesOption = None,
    rules: RulesOption = None,
    votes: VotesOption = 5,
    steps: StepsOption = False,
    explained: ExplainOption = False,
) -> None:
    """Ask one question after the other; the conversation is remembered. Ctrl-D ends it."""
    with Assistant.open(
        knowledge_base(kb),
        settings=strategy_settings(strategy, examples, rules, votes),
        model=remote_name(model or chosen_model(), base_url),
        memory=memory,
        passages=passages,
        reranker=reranker,
        ram_check=ram_check,
        rewrite=rewrite,
        web=web,
    ) as assistant:
        conversation = session or _new_session()
        for question in _questions():
            try:
                _answer(assistant, question, conversation, explained=explained, steps=steps)
            except RagError as error:
                ERRORS.print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True)
