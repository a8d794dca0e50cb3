"""A comparison in, a bar chart with confidence intervals out, as SVG; matplotlib lives here."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from io import StringIO

from .outcome import COSTS, Metrics

__all__ = ["MissingPlotterError", "compare_svg"]

_MOST_METRICS = 7
_GROUP = 0.8  # of the room between two groups is filled by bars


class MissingPlotterError(ImportError):
    """Matplotlib is not installed; the message names the extra."""


def compare_svg(title: str, compared: Mapping[str, Metrics]) -> str:
    """Groups of bars, one per metric, one bar per way of doing it; an `<svg>` element.

    Labels are text, not outlines, and the same values give the same drawing.

    Args:
        title: above the chart.
        compared: metrics in [0, 1] by way of doing it; at least one.

    Raises:
        MissingPlotterError: matplotlib is not installed.
    """
    try:
        import matplotlib  # noqa: PLC0415 - heavy and optional
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise MissingPlotterError(
            "No plot without matplotlib; install the extra with: pip install 'recollect-rag[eval]'"
        ) from error
    shared = [set(metrics) for metrics in compared.values()]
    both = set.intersection(*shared).difference(COSTS, ("quotes",))
    names = [name for name in next(iter(compared.values())) if name in both]
    names = names[:_MOST_METRICS]
    width = _GROUP / len(compared)
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "recollect"}):
        figure = Figure(figsize=(9, 4), layout="constrained")
        axes = figure.add_subplot()
        for at, (way, metrics) in enumerate(compared.items()):
            chosen = [metrics[name] for name in names]
            places = [group + (at + 0.5) * width - _GROUP / 2 for group in range(len(names))]
            values = [estimate.value for estimate in chosen]
            below = [max(0.0, e.value - e.low) for e in chosen]
            above = [max(0.0, e.high - e.value) for e in chosen]
            axes.bar(places, values, width, label=way, yerr=[below, above], capsize=2)
        axes.set_xticks(range(len(names)), names)
        axes.set_ylim(0, 1.02)
        axes.set_title(title, parse_math=False)
        legend = figure.legend(loc="outside lower center", ncols=4, fontsize="small")
        for text in legend.get_texts():
            text.set_parse_math(False)
        drawn = StringIO()
        with warnings.catch_warnings():  # the text stays text: who looks at it has the glyphs
            warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
            figure.savefig(drawn, format="svg", metadata={"Date": None})
    found = re.search(r"<svg.*</svg>", drawn.getvalue(), re.DOTALL)
    return found[0] if found else ""
