"""What a reading did, file by file: what was added, and why something was not read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from rag import FileOutcome, IngestReport, Job

from ..links import reported_name
from .view import View

__all__ = ["draw_outcome", "outcome_words"]

_MOST_IN_WORDS = 10
"""Files that were not read and are told in words; all are in the table."""
_COUNTED: tuple[Literal["added", "updated", "unchanged", "skipped", "removed"], ...] = (
    "added",
    "updated",
    "unchanged",
    "skipped",
    "removed",
)


def outcome_words(view: View, report: IngestReport) -> str:
    """How many files had which outcome, with an icon that says whether all is well."""
    counts = {status: report.count(status) for status in _COUNTED}
    words = [view.say(f"library_count_{s}", count=n) for s, n in counts.items() if n]
    if report.left:
        words.append(view.say("library_count_left", count=report.left))
    bad = bool(report.skipped or report.left or report.warnings)
    icon = ":material/warning:" if bad else ":material/check_circle:"
    return f"{icon} {' · '.join(words) or view.say('library_nothing')}"


def draw_outcome(view: View, job: Job, report: IngestReport) -> None:
    """Draw the files that were not read, and all of them in a table to be unfolded."""
    if job.state == "stopped":
        st.caption(view.say("library_stopped"))
    for outcome in report.skipped[:_MOST_IN_WORDS]:
        _not_read(view, outcome)
    for warning in report.warnings:
        st.caption(view.say("library_warning"))
        st.text(warning)
    if report.outcomes and job.kind == "ingest":
        with st.expander(view.say("library_file_by_file"), key=f"library_files_of_{job.id}"):
            _table(view, job, report.outcomes)


def _not_read(view: View, outcome: FileOutcome) -> None:
    with st.container(gap=None):
        st.text(reported_name(outcome.source))
        st.caption(view.say(f"library_reason_{outcome.reason}"))
        st.text(outcome.message)


def _table(view: View, job: Job, outcomes: Sequence[FileOutcome]) -> None:
    say = view.say
    st.dataframe(
        {
            say("library_name"): [reported_name(o.source) for o in outcomes],
            say("library_status"): [say(f"library_was_{o.status}") for o in outcomes],
            say("library_pages"): [o.pages for o in outcomes],
            say("library_chunks"): [o.chunks for o in outcomes],
            say("library_notes"): [o.message or "; ".join(o.notes) for o in outcomes],
        },
        key=f"library_outcomes_{job.id}",
        hide_index=True,
        alt=say("library_file_by_file"),
    )
