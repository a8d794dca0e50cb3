"""The real model process dies in every way at every moment, and the application goes on."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _load(name: str) -> ModuleType:
    path = ROOT / "bench" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # by this name the others import it
    spec.loader.exec_module(module)
    return module


PATIENT: Any = _load("patient")
CRASHES: Any = _load("crashes")
SOON = replace(PATIENT.PATIENT, wall_seconds=2.0, grace_seconds=0.5)
TEN = [
    ("SIGSEGV", "answering"),
    ("SIGKILL", "reading"),
    ("abort", "idle"),
    ("exit", "several"),
    ("hang", "answering"),
    ("SIGKILL", "loading"),
    ("exit", "answering"),
    ("SIGSEGV", "several"),
    ("abort", "reading"),
    ("exit", "idle"),
]


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    document = tmp_path_factory.mktemp("documents") / "pole.md"
    document.write_text("# The pole\n\nThe men reached the pole with 16 dogs in December 1911.\n")
    with PATIENT.patient(SOON, document=document) as made:
        yield made


def test_q03_ten_deaths_lose_their_own_questions_alone_and_leave_nothing_behind(
    patient: Any,
) -> None:
    before, others = PATIENT.held(), PATIENT.children()
    deaths = [patient.die(kind, moment) for kind, moment in TEN]
    assert [(d.kind, d.moment, d.faults) for d in deaths if d.faults] == []
    assert sum(death.lost for death in deaths) >= 5, "most of them came too late"
    ended = {child for child, state in PATIENT.children().items() if state == "Z"}
    assert ended <= others.keys(), "children that nobody has waited for"
    threads, files = PATIENT.held()
    assert threads <= before[0]
    assert files <= before[1]


def test_q03_three_deaths_of_the_real_process_open_the_breaker_and_it_closes_again(
    patient: Any,
) -> None:
    patient.employ(replace(SOON, crashes=3, crash_seconds=3.0))
    assert CRASHES.breaker(patient, 3.1) == []
