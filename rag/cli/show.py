"""An answer on a terminal: the words, the numbered sources with their quotes, the costs."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ingest import Index, shown

from ..answer import Answer, Citation
from ..language import words
from ..uploads import document_name

__all__ = ["explain", "print_sources", "print_unsupported"]

_CONTEXT = 60
_QUOTE = 320


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _place(citation: Citation, answer: Answer) -> str:
    page = words(answer.language, "page", page=citation.page)
    parts = [f"{document_name(citation.source)}, {page}", *citation.heading_path[-2:]]
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


def print_unsupported(console: Console, answer: Answer, streamed: str) -> None:
    """The sentences that no passage supports, where what was streamed does not mark them."""
    if answer.text.strip() == streamed.strip():
        return
    for sentence in answer.sentences:
        if not sentence.supported:
            line = f"  ? {words(answer.language, 'unsupported')}: {_one_line(sentence.text)}"
            console.print(Text(line, style="yellow"), soft_wrap=True)


def print_sources(console: Console, index: Index, answer: Answer) -> None:
    """The sources of an answer or the turns it quotes, or what came nearest; one line of costs."""
    if answer.refused:
        if answer.passages:
            console.print(Text(words(answer.language, "nearest"), style="dim"))
        for passage in answer.passages[:3]:
            page = words(answer.language, "page", page=passage.page)
            start = _one_line(passage.text)[:_CONTEXT]
            line = f"  · {document_name(passage.source)}, {page}: {start}…"
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
    for remark in answer.remarks:
        console.print(Text(f"  ! {remark}", style="yellow"), soft_wrap=True)
    if answer.meant:
        told = words(answer.language, "meant", question=answer.meant)
        console.print(Text(f"  ! {told}", style="yellow"), soft_wrap=True)
    if answer.strategy in {"note", "courtesy"}:
        return
    seconds = sum(answer.seconds.values())
    parts = [f"{seconds:.2f} s", answer.strategy, f"support {answer.support:.2f}"]
    if answer.method:
        parts.append(answer.method)
    if (agreement := answer.workings.agreement) is not None:
        parts.append(f"{agreement.votes} of {agreement.samples} agree")
    if answer.model:
        parts.append(f"{answer.model}, {_tokens(answer)}")
    console.print(Text("  " + " · ".join(parts), style="dim"), soft_wrap=True)


def _tokens(answer: Answer) -> str:
    """What the answer cost; reading words that are not written counts no calls."""
    read, again = answer.tokens.get("prompt", 0), answer.tokens.get("reused", 0)
    calls = answer.tokens.get("calls", 0)
    if not calls:
        return f"{read} tokens read"
    times = f" in {calls} calls" if calls > 1 else ""
    return f"{read} tokens read ({again} reused), {answer.tokens.get('answer', 0)} written{times}"


def explain(console: Console, answer: Answer) -> None:
    """What was searched for, and what each passage scored."""
    for text in answer.searched:
        by = " (the model's wording)" if text == answer.rewrite else ""
        console.print(Text(f"  searched for: {_one_line(text)}{by}", style="dim"), soft_wrap=True)
    for at, passage in enumerate(answer.passages, 1):
        signals = ", ".join(f"{name} {value:.2f}" for name, value in passage.signals.items())
        place = (
            f"{document_name(passage.source)}, {words(answer.language, 'page', page=passage.page)}"
        )
        console.print(
            Text(f"  {at}. {passage.score:6.2f}  {place}  ({signals})", style="dim"),
            soft_wrap=True,
        )
