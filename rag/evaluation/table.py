"""A measurement in, tables of words out, which the terminal, Markdown and HTML share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .metrics import Estimate
from .outcome import COSTS, Metrics, Outcome
from .rankings import RANKINGS

__all__ = ["Table", "markdown", "tables"]

_DIGITS = {"fell_back": 2, "tokens": 0, "calls": 1, "seconds": 2}
_ANSWERS = ("contained", "f1", "citation_precision", *_DIGITS)
"""What is shown of each way of answering: quality, then costs."""


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
        rows = tuple((name, *_cells(e, name)) for name, e in outcome.metrics.items())
        made.append(Table(title, ("metric", "value", "95 % interval", "questions"), rows))
    if outcome.compared and outcome.task == "answers":
        made.append(_one_below_the_other(f"{title}, side by side", outcome.compared))
    elif outcome.compared:
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


def _one_below_the_other(title: str, compared: Mapping[str, Metrics]) -> Table:
    """One row per way of answering, with its quality and its costs per question."""
    columns = ("strategy", *(name.replace("_", " ") for name in _ANSWERS))
    rows = tuple(
        (way, *("–" if name not in metrics else _cell(metrics[name], name) for name in _ANSWERS))
        for way, metrics in compared.items()
    )
    return Table(f"{title} (costs per question)", columns, rows)


def _cell(estimate: Estimate, name: str) -> str:
    """A value in little room: of a rate with its interval, of a cost without."""
    if name in _DIGITS:
        return f"{estimate.value:,.{_DIGITS[name]}f}"
    return f"{estimate.value:.3f} {estimate.low:.2f}–{estimate.high:.2f}"


def _cells(estimate: Estimate, name: str = "") -> tuple[str, str, str]:
    if name in COSTS:
        digits = 2 if name == "seconds" else 1
        low, high = f"{estimate.low:,.{digits}f}", f"{estimate.high:,.{digits}f}"
        return f"{estimate.value:,.{digits}f}", f"{low}–{high}", f"{estimate.n:,}"
    interval = f"{estimate.low:.3f}–{estimate.high:.3f}"
    return f"{estimate.value:.3f}", interval, f"{estimate.n:,}"


def markdown(table: Table) -> str:
    """A table as Markdown, with its title above."""
    lines = [f"**{table.title}**", "", _line(table.columns), _line(["---"] * len(table.columns))]
    return "\n".join([*lines, *map(_line, table.rows)]) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
