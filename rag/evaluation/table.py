"""A measurement in, tables of words out, which the terminal, Markdown and HTML share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .metrics import Estimate
from .outcome import Metrics, Outcome
from .rankings import RANKINGS

__all__ = ["Table", "markdown", "tables"]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of words.

    Attributes:
        title: what it shows.
        columns: headings; the first column names the row.
        rows: as many cells each as there are columns.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(outcome: Outcome) -> list[Table]:
    """The metrics of a measurement, and the comparison when there is one."""
    made = []
    title = f"{outcome.dataset}: {outcome.task}"
    if outcome.metrics:
        rows = tuple((name, *_cells(estimate)) for name, estimate in outcome.metrics.items())
        made.append(Table(title, ("metric", "value", "95 % interval", "questions"), rows))
    if outcome.compared:
        made.append(_side_by_side(f"{title}, side by side", outcome.compared))
    return made


def _side_by_side(title: str, compared: Mapping[str, Metrics]) -> Table:
    """One column per way of doing it, one row per metric; a dash where a metric is missing."""
    names = dict.fromkeys(name for metrics in compared.values() for name in metrics)
    ways = tuple(RANKINGS[way].title if way in RANKINGS else way for way in compared)
    rows = []
    for name in names:
        found = (metrics.get(name) for metrics in compared.values())
        rows.append((name, *("–" if e is None else " ".join(_cells(e)[:2]) for e in found)))
    return Table(title, ("metric", *ways), tuple(rows))


def _cells(estimate: Estimate) -> tuple[str, str, str]:
    interval = f"{estimate.low:.3f}–{estimate.high:.3f}"
    return f"{estimate.value:.3f}", interval, f"{estimate.n:,}"


def markdown(table: Table) -> str:
    """A table as Markdown, with its title above."""
    lines = [f"**{table.title}**", "", _line(table.columns), _line(["---"] * len(table.columns))]
    return "\n".join([*lines, *map(_line, table.rows)]) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
