"""What happens when the model process dies, hangs or babbles: real processes, real signals."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.errors import (
    GenerationTimeoutError,
    ModelBusyError,
    ModelError,
    ModelFileError,
    WorkerCrashedError,
    WorkerHaltedError,
)
from rag.worker import ChatTurn, ModelSpec, Prompt, Sampling, Worker, WorkerLimits

STUB = Path(__file__).with_name("stub_worker.py")
PATIENT = WorkerLimits(crashes=1000)


def ask(text: str) -> Prompt:
    return Prompt(turns=(ChatTurn("user", text),))


def stub(
    folder: Path, *flags: str, limits: WorkerLimits = PATIENT, choice: bool | None = True
) -> Worker:
    return Worker(
        ModelSpec(folder / "m.gguf", use_extra_bufts=choice),
        limits=limits,
        command=[sys.executable, "-P", str(STUB), *flags],
        state_folder=folder / "state",
    )


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    with stub(tmp_path) as made:
        yield made


def no_such_process(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize(
    ("command", "name", "code"),
    [
        ("die SIGSEGV", "SIGSEGV", None),
        ("die SIGKILL", "SIGKILL", None),
        ("die SIGBUS", "SIGBUS", None),
        ("abort", "SIGABRT", None),
        ("exit", "", 0),
    ],
)
def test_q03_a_death_is_named_and_the_next_question_is_answered(
    worker: Worker, command: str, name: str, code: int | None
) -> None:
    worker.start()
    pid = worker.pid
    with pytest.raises(WorkerCrashedError, match=r"stopped .* ask again") as caught:
        worker.generate(ask(command)).read()
    assert (caught.value.signal, caught.value.exit_code) == (name, code)
    assert pid is not None
    assert no_such_process(pid), "a zombie stays"
    assert worker.generate(ask("hello")).read() == "hello"
    assert worker.pid != pid


@pytest.mark.parametrize("deaths", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_q03_deaths_in_a_row_leave_the_program_working(worker: Worker, deaths: int) -> None:
    commands = ["die SIGSEGV", "die SIGKILL", "abort", "exit", "say then SIGSEGV"]
    for number in range(deaths):
        with pytest.raises(WorkerCrashedError):
            worker.generate(ask(commands[number % 5])).read()
        if number % 10 == 0:
            assert worker.generate(ask(f"alive {number}")).read() == f"alive {number}"
    assert threading.active_count() < 10
    assert len(list(Path("/proc/self/fd").iterdir())) < 100


def test_q03_the_words_of_a_dying_process_are_in_the_message(worker: Worker) -> None:
    with pytest.raises(WorkerCrashedError, match=r"GGML_ASSERT\(stub\) failed"):
        worker.generate(ask("abort")).read()


def test_q03_what_was_said_before_a_death_is_kept_but_the_answer_is_not_over(
    worker: Worker,
) -> None:
    generation = worker.generate(ask("say then SIGSEGV"))
    with pytest.raises(WorkerCrashedError):
        generation.read()
    assert generation.text == "half an "
    with pytest.raises(ModelError, match="not over"):
        _ = generation.done


def test_an_answer_that_failed_fails_again_however_often_it_is_read(worker: Worker) -> None:
    generation = worker.generate(ask("say then SIGSEGV"))
    failed: list[str] = []

    def read() -> None:
        try:
            generation.read()
        except WorkerCrashedError as error:
            failed.append(error.signal)

    for _ in range(3):
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        reader.join(10)
    assert failed == ["SIGSEGV"] * 3
    assert generation.text == "half an "


def test_q03_a_hanging_process_is_killed_at_its_limit(tmp_path: Path) -> None:
    with stub(tmp_path, limits=WorkerLimits(wall_seconds=0.2, grace_seconds=0.3)) as worker:
        worker.start()
        pid = worker.pid
        started = time.monotonic()
        with pytest.raises(GenerationTimeoutError, match="longer than"):
            worker.generate(ask("hang")).read()
        assert time.monotonic() - started < 3
        assert pid is not None
        assert no_such_process(pid)
        assert worker.generate(ask("hello")).read() == "hello"


def test_q03_a_question_waiting_behind_a_crash_is_answered(worker: Worker) -> None:
    first, second = worker.generate(ask("die SIGSEGV")), worker.generate(ask("second"))
    with pytest.raises(WorkerCrashedError):
        first.read()
    assert second.read() == "second"


def test_q03_three_deaths_within_the_time_open_the_breaker_and_it_closes_again(
    tmp_path: Path,
) -> None:
    with stub(tmp_path, limits=WorkerLimits(crashes=3, crash_seconds=2.0)) as worker:
        for _ in range(3):
            with pytest.raises(WorkerCrashedError) as caught:
                worker.generate(ask("die SIGSEGV")).read()
            assert not isinstance(caught.value, WorkerHaltedError)
        with pytest.raises(WorkerHaltedError, match=r"stopped 3 times within 2 seconds.*SIGSEGV"):
            worker.generate(ask("hello")).read()
        assert worker.pid is None
        time.sleep(2.1)
        assert worker.generate(ask("hello")).read() == "hello"


def test_q03_a_death_while_idle_is_noticed_and_repaired(worker: Worker) -> None:
    worker.start()
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 3
    while not no_such_process(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert no_such_process(pid)
    assert worker.generate(ask("hello")).read() == "hello"


def test_q03_noise_of_native_code_on_standard_output_does_not_reach_the_protocol(
    worker: Worker,
) -> None:
    assert worker.generate(ask("babble")).read() == "babble"


def test_a_stream_that_is_no_protocol_counts_as_a_death(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('hello', flush=True); import time; time.sleep(60)"]
    model = ModelSpec(tmp_path / "m.gguf", use_extra_bufts=True)
    with Worker(model, command=command) as worker, pytest.raises(WorkerCrashedError):
        worker.start()


def test_a_program_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    model = ModelSpec(tmp_path / "m.gguf", use_extra_bufts=True)
    with (
        Worker(model, command=["/no/such/python"]) as worker,
        pytest.raises(WorkerCrashedError, match="'/no/such/python' cannot be started"),
    ):
        worker.start()


def test_a_model_that_hangs_while_it_loads_is_given_up(tmp_path: Path) -> None:
    with (
        stub(tmp_path, "hang-on-load", limits=WorkerLimits(load_seconds=0.3)) as worker,
        pytest.raises(GenerationTimeoutError, match="loading"),
    ):
        worker.start()


def test_a_model_that_is_refused_gives_the_reason_and_no_crash(tmp_path: Path) -> None:
    with stub(tmp_path, "refuse") as worker:
        for _ in range(4):
            with pytest.raises(ModelFileError, match="cannot load") as caught:
                worker.start()
            assert caught.value.kind == "refused"


def test_a_fault_of_the_matrix_unit_is_found_once_and_remembered(tmp_path: Path) -> None:
    loads = tmp_path / "m.loads"
    with stub(tmp_path, "amx", choice=None) as worker:
        assert worker.generate(ask("hello")).read() == "hello"
    assert loads.read_text() == "extra=False canary=True\n"
    with stub(tmp_path, "amx", choice=None) as worker:
        assert worker.generate(ask("hello")).read() == "hello"
    assert loads.read_text().splitlines()[1] == "extra=False canary=False"


def test_a_healthy_machine_is_probed_once_and_keeps_its_fast_weights(tmp_path: Path) -> None:
    for _ in range(2):
        with stub(tmp_path, choice=None) as worker:
            worker.start()
    assert (tmp_path / "m.loads").read_text().splitlines() == [
        "extra=True canary=True",
        "extra=True canary=False",
    ]


@pytest.mark.parametrize(("flag", "tried"), [("die-on-load", True), ("killed-on-load", False)])
def test_a_death_that_no_instruction_explains_is_not_blamed_on_the_processor(
    flag: str, tried: bool, tmp_path: Path
) -> None:
    if tried:
        with stub(tmp_path, choice=None) as worker:
            worker.start()
    with stub(tmp_path, flag, choice=None) as worker, pytest.raises(WorkerCrashedError):
        worker.start()
    with stub(tmp_path, choice=None) as worker:
        worker.start()
        assert worker.repacks
    assert (tmp_path / "m.loads").read_text().splitlines()[-1].startswith("extra=True")


def test_a_model_that_dies_with_both_kinds_of_weights_is_a_crash(tmp_path: Path) -> None:
    with (
        stub(tmp_path, "die-on-load", choice=None) as worker,
        pytest.raises(WorkerCrashedError) as caught,
    ):
        worker.start()
    assert caught.value.signal == "SIGSEGV"
    assert not list(tmp_path.glob("state/*"))


def test_q05_an_endless_answer_ends_at_its_wall_limit_with_what_it_said(worker: Worker) -> None:
    worker.start()
    started = time.monotonic()
    generation = worker.generate(ask("forever"), Sampling(wall_seconds=0.3))
    assert generation.read().startswith("again again ")
    assert generation.done.reason == "time"
    assert time.monotonic() - started < 1.5


def test_q05_stop_takes_effect_at_once_and_the_process_lives_on(worker: Worker) -> None:
    worker.start()
    pid = worker.pid
    generation = worker.generate(ask("forever"))
    pieces = iter(generation)
    next(pieces)
    started = time.monotonic()
    generation.cancel()
    assert len(list(pieces)) < 500
    assert time.monotonic() - started < 1
    assert generation.done.reason == "cancelled"
    assert worker.generate(ask("hello")).read() == "hello"
    assert worker.pid == pid


def test_q05_a_dropped_answer_stops_and_makes_room(worker: Worker) -> None:
    generation = worker.generate(ask("forever"))
    next(iter(generation))
    del generation
    gc.collect()
    assert worker.generate(ask("hello")).read() == "hello"


def test_a_cancelled_question_in_the_queue_is_never_asked(worker: Worker) -> None:
    with worker.generate(ask("forever")) as first:
        next(iter(first))
        second = worker.generate(ask("die SIGKILL"))
        third = worker.generate(ask("third"))
        assert (second.position, third.position) == (1, 2)
        second.cancel()
        assert second.read() == ""
        assert second.done.reason == "cancelled"
    assert third.read() == "third"


def test_a_reader_that_stops_reading_does_not_keep_the_others_waiting(worker: Worker) -> None:
    slow = worker.generate(ask("slow never read"))
    assert worker.generate(ask("hello")).read() == "hello"
    assert slow.read() == "never read"


def test_a_full_queue_and_a_long_wait_are_refused(tmp_path: Path) -> None:
    limits = WorkerLimits(queue_length=1, queue_seconds=3.0)
    with stub(tmp_path, limits=limits) as worker:
        worker.start()
        with worker.generate(ask("forever")) as first:
            next(iter(first))
            second = worker.generate(ask("second"))
            with pytest.raises(ModelBusyError, match="waiting for the model"):
                worker.generate(ask("third"))
            with pytest.raises(ModelBusyError, match="busy with other questions"):
                second.read()


def test_c05_sixteen_threads_get_their_own_answers_in_fair_order(worker: Worker) -> None:
    worker.start()
    finished: list[int] = []
    wrong: list[str] = []

    def chat(number: int) -> None:
        for turn in range(20):
            nonce = f"nonce-{number}-{turn}"
            answer = worker.generate(ask(nonce)).read()
            if answer != nonce:
                wrong.append(answer)
            finished.append(number)

    threads = [threading.Thread(target=chat, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
    assert len(finished) == 320
    half = [finished[:160].count(number) for number in range(16)]
    assert min(half) >= 5, f"someone starved: {half}"


def test_closing_tells_those_who_wait_and_the_worker_can_be_used_again(worker: Worker) -> None:
    generation = worker.generate(ask("hang"))
    worker.stop()
    with pytest.raises(ModelError, match="closed"):
        generation.read()
    assert worker.generate(ask("hello")).read() == "hello"


def test_the_process_leaves_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\n"
        f"sys.path[:0] = [{str(STUB.parent.parent)!r}, {str(STUB.parent)!r}]\n"
        "from test_worker_crashes import stub, ask\n"
        f"worker = stub(Path({str(tmp_path)!r}))\n"
        "generation = worker.generate(ask('hang'))\n"
        "time.sleep(0.3)\nprint(worker.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not no_such_process(pid)
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 3
        while not no_such_process(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
    assert no_such_process(pid), "an orphan stays"
