"""An answer on a terminal: the words, the numbered sources with their quotes, the costs."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from ingest import Index, shown

from ..answer import Answer, Citation
from ..language import words

__all__ = ["explain", "print_sources"]

_CONTEXT = 60
_QUOTE = 320


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _place(citation: Citation, answer: Answer) -> str:
    page = words(answer.language, "page", page=citation.page)
    parts = [f"{Path(citation.source).name}, {page}", *citation.heading_path[-2:]]
    return " › ".join(parts)


def _in_context(index: Index, citation: Citation) -> Text:
    """The quote with the words around it on its page."""
    page = index.page(citation.source, citation.page)
    quote = _one_line(citation.quote)
    quote = quote if len(quote) <= _QUOTE else quote[: _QUOTE - 1] + "…"
    if page is None:
        return Text(quote, style="bold")
    before = page.text[max(0, citation.start - _CONTEXT) : citation.start]
    after = page.text[citation.end : citation.end + _CONTEXT]
    line = Text()
    line.append(f"…{_one_line(before)} " if before.strip() else "", style="dim")
    line.append(quote, style="bold")
    line.append(f" {_one_line(after)}…" if after.strip() else "", style="dim")
    return line


def print_sources(console: Console, index: Index, answer: Answer) -> None:
    """The sources of an answer or the turns it quotes, or what came nearest; one line of costs."""
    if answer.refused:
        if answer.passages:
            console.print(Text(words(answer.language, "nearest"), style="dim"))
        for passage in answer.passages[:3]:
            page = words(answer.language, "page", page=passage.page)
            start = _one_line(passage.text)[:_CONTEXT]
            line = f"  · {Path(passage.source).name}, {page}: {start}…"
            console.print(Text(line, style="dim"), soft_wrap=True)
    for citation in answer.citations:
        console.print(
            Text.assemble((f"  [{citation.number}] ", "cyan"), _place(citation, answer)),
            soft_wrap=True,
        )
        console.print(Text("      ").append_text(_in_context(index, citation)), soft_wrap=True)
    for said in answer.said:
        place = f"  · {said.time:%Y-%m-%d %H:%M} UTC, turn {said.turn}, {shown(said.session)}"
        console.print(Text(place, style="dim"), soft_wrap=True)
    seconds = sum(answer.seconds.values())
    if answer.strategy == "note":
        return
    parts = [f"{seconds:.2f} s", answer.strategy, f"support {answer.support:.2f}"]
    if answer.model:
        parts.append(f"{answer.model}, {answer.tokens.get('prompt', 0)} tokens read")
    console.print(Text("  " + " · ".join(parts), style="dim"))


def explain(console: Console, answer: Answer) -> None:
    """What was searched for, and what each passage scored."""
    for text in answer.searched:
        console.print(Text(f"  searched for: {_one_line(text)}", style="dim"), soft_wrap=True)
    for at, passage in enumerate(answer.passages, 1):
        signals = ", ".join(f"{name} {value:.2f}" for name, value in passage.signals.items())
        place = f"{Path(passage.source).name}, {words(answer.language, 'page', page=passage.page)}"
        console.print(
            Text(f"  {at}. {passage.score:6.2f}  {place}  ({signals})", style="dim"),
            soft_wrap=True,
        )
