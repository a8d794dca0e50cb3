"""What a test run or a tuning has measured, in; its numbers on the page out."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag import Speed, TuningTrial

from ..texts import UiLanguage, phrase

__all__ = ["show_speed", "show_tuning"]

_AT_ONCE = 0.05  # seconds; what loads faster was loaded
_SLOW = 20.0  # tokens per second below which a tenth matters


def show_speed(language: UiLanguage, speed: Speed, job: str) -> None:
    """Seconds to load, tokens a second read and written, and the sentence, of that job."""
    loaded = phrase(language, "models_seconds", seconds=speed.load_seconds)
    if speed.load_seconds < _AT_ONCE:
        loaded = phrase(language, "models_loaded_before")
    first = phrase(language, "models_seconds", seconds=speed.first_seconds)
    with st.container(horizontal=True, gap="large"):
        for key, value in (
            ("models_load", loaded),
            ("models_first", first),
            ("models_read", _rate(language, speed.prompt_rate)),
            ("models_write", _rate(language, speed.answer_rate)),
        ):
            with st.container(gap=None, width="content", key=f"now_{key}_{job}"):
                st.caption(phrase(language, key))
                st.text(value)
    st.text(speed.text)


def show_tuning(language: UiLanguage, trials: Sequence[TuningTrial], job: str) -> None:
    """The way that was kept, and all that were tried, the best first, of the job of that id."""
    best = trials[0]
    st.caption(
        phrase(
            language,
            "models_job_tuned",
            threads=best.n_threads,
            attention=_attention(language, best),
            keys=best.keys,
            weights=_weights(language, best),
        )
    )
    names = ("threads", "attention", "keys", "weights", "read", "write")
    columns = {name: phrase(language, f"models_way_{name}") for name in names}
    rows = [
        (
            trial.n_threads,
            _attention(language, trial),
            trial.keys,
            _weights(language, trial),
            round(trial.read_rate),
            round(trial.write_rate, 1),
        )
        for trial in trials
        if trial.read_rate
    ]
    table = [dict(zip(columns.values(), row, strict=True)) for row in rows]
    st.dataframe(table, hide_index=True, key=f"models_trials_{job}")


def _rate(language: UiLanguage, rate: float) -> str:
    return phrase(language, "models_rate_slow" if rate < _SLOW else "models_rate", rate=rate)


def _attention(language: UiLanguage, trial: TuningTrial) -> str:
    return phrase(language, f"models_attention_{'flash' if trial.flash_attention else 'plain'}")


def _weights(language: UiLanguage, trial: TuningTrial) -> str:
    if trial.weights == "file":
        return phrase(language, "models_weights_file")
    return phrase(language, "models_weights_other", form=trial.weights)
