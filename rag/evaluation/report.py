"""Measurements in, one HTML page out that needs no other file and no network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .outcome import Case, Outcome, pick
from .plot import MissingPlotterError, compare_svg
from .rankings import RANKINGS
from .table import Table, tables

__all__ = ["html_report"]

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #ddd; padding: .25rem .75rem; text-align: left; }
td + td, th + th { text-align: right; }
.case { border-left: 4px solid #2a7; padding: .1rem 1rem; margin: 1rem 0; }
.bad { border-color: #c33; }
.words { white-space: pre-wrap; overflow-wrap: anywhere; }
.note { color: #666; }
svg { max-width: 100%; height: auto; }
"""
_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Evaluation</title>
<style>{style}</style>
</head>
<body>
<h1>Evaluation</h1>
{body}
</body>
</html>
"""


def html_report(outcomes: Sequence[Outcome], seed: int = 0) -> str:
    """The tables, plots and some cases of all measurements.

    Everything that comes from data is escaped. Without matplotlib the page says so in place of
    the plots.

    Args:
        outcomes: in the order of the page.
        seed: draws the cases: at most five bad ones and five good ones each.
    """
    body = "\n".join(_section(outcome, seed) for outcome in outcomes)
    return _HEAD.format(style=_STYLE, body=body)


def _section(outcome: Outcome, seed: int) -> str:
    settings = ", ".join(f"{name} {value}" for name, value in outcome.settings.items())
    parts = [f"<h2>{escape(outcome.dataset)}: {escape(outcome.task)}</h2>"]
    parts.append(f'<p class="note">{escape(settings)}</p>')
    parts += [_table(table) for table in tables(outcome)]
    if outcome.compared:
        parts.append(_plot(outcome))
    cases = pick(outcome.cases, seed)
    if cases:
        wrong = sum(not case.good for case in outcome.cases)
        parts.append(f"<h3>Some of {len(outcome.cases)} cases, of which {wrong} are bad</h3>")
        parts += [_case(case) for case in cases]
    return "\n".join(parts)


def _plot(outcome: Outcome) -> str:
    titled = {
        RANKINGS[way].title if way in RANKINGS else way: metrics
        for way, metrics in outcome.compared.items()
    }
    try:
        return compare_svg(f"{outcome.dataset}: {outcome.task}", titled)
    except MissingPlotterError as error:
        return f'<p class="note">{escape(str(error))}</p>'


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.columns)
    rows = (f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    return (
        f"<h3>{escape(table.title)}</h3>\n<table>\n<tr>{head}</tr>\n"
        + "\n".join(rows)
        + "\n</table>"
    )


def _case(case: Case) -> str:
    kind = "case" if case.good else "case bad"
    return (
        f'<div class="{kind}"><p><b>{escape(case.question)}</b> '
        f'<span class="note">{"good" if case.good else "bad"}: {escape(case.note)}</span></p>\n'
        f'<p class="note">expected</p><p class="words">{escape(case.expected)}</p>\n'
        f'<p class="note">shown</p><p class="words">{escape(case.shown)}</p></div>'
    )
