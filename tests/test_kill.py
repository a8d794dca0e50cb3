"""kill -9 in the middle of it: what was acknowledged is there, and nothing is there by half."""

import importlib.util
import random
import shutil

import pytest

from .kill_calls import Scene
from .kill_forge import CALLS, KILLED, Forge
from .kill_harness import Tally, contents, digest, leftovers, open_index, self_query_faults, torment

SEED = 20261
KILLS = 200
RIVAL_KILLS = 30

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


class Summary:
    """Lines for the end of pytest's output."""

    def __init__(self):
        self.lines = []

    def pytest_terminal_summary(self, terminalreporter):
        terminalreporter.section("kill -9")
        for line in self.lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="module")
def summary(request):
    plugin = Summary()
    request.config.pluginmanager.register(plugin)
    return plugin.lines


@pytest.fixture
def forge(tmp_path):
    with Forge(tmp_path / "log") as made:
        yield made


def spread(points, most):
    """Of each system call the first, the last and some between, at most so many."""
    chosen = []
    for call in CALLS:
        own = [point for point in points if point[0] == call]
        steps = min(most, len(own))
        chosen += [own[i * (len(own) - 1) // max(1, steps - 1)] for i in range(steps)]
    return chosen


@pytest.mark.slow
def test_d01_nothing_acknowledged_is_lost_and_nothing_is_torn_in_200_kills(
    forge, tmp_path, summary
):
    tally, tree, witness = torment(forge, tmp_path, kills=KILLS, seed=SEED)
    summary.append(f"random moments: {tally}, seed {SEED} ({tally.midway} after a first commit)")
    assert tally.told == []
    assert tally.live > KILLS / 2, "most kills must meet a living ingest"
    assert tally.midway > KILLS / 10, "the kills must not all come before the first commit"

    forge.run("ingest", kb=witness.kb, tree=tree.path, ledger=witness.ledger)
    forge.run("ingest", kb=tmp_path / "clean", tree=tree.path, ledger=tmp_path / "other")
    assert digest(witness.kb) == digest(tmp_path / "clean")
    assert leftovers(witness.kb) == []
    assert len(contents(witness.kb)[0]) == 60
    with open_index(witness.kb) as index:
        assert index.verify() == []
        assert self_query_faults(index, random.Random(SEED), 10_000) == []


@needs_strace
@pytest.mark.parametrize(("kind", "fault"), [("two", "torn"), ("early", "lost")])
def test_d02_the_kills_show_an_index_that_breaks_its_promise(forge, tmp_path, kind, fault):
    scene = Scene(forge, tmp_path / kind, "start", SEED)
    scene.arguments["kind"] = kind
    tally = Tally()
    points = scene.points()
    syncs = [point for point in points if point[0] == "fdatasync"]
    writes = [point for point in points if point[0] == "pwrite64"]
    for call, number in [*syncs[-8:-4], writes[len(writes) // 2], writes[len(writes) * 2 // 3]]:
        scene.kill(call, number, tally)
    assert tally.faults[fault]


@needs_strace
@pytest.mark.slow
def test_d02_a_kill_at_a_system_call_that_changes_a_file_leaves_a_sound_store(
    forge, tmp_path, summary
):
    scene = Scene(forge, tmp_path / "start", "start", SEED)
    points = scene.points()
    tally = Tally()
    for call, number in spread(points, 6):
        scene.kill(call, number, tally)
    summary.append(f"system calls: {tally}, seed {SEED} (of {len(points)} points)")
    assert tally.told == []
    assert tally.live > 20


@needs_strace
@pytest.mark.parametrize("name", ["resume", "rebuild", "reindex"])
def test_d03_a_recovery_may_be_killed_twice_and_ends_like_one_that_was_not(
    forge, tmp_path, summary, name
):
    scene = Scene(forge, tmp_path / name, name, SEED)
    points = scene.points()
    tally = Tally()
    for call, number in spread(points, 2):
        scene.kill(call, number, tally, times=2)
    summary.append(f"{name}, killed twice: {tally}, seed {SEED} (of {len(points)} points)")
    assert tally.told == []
    assert tally.live > 10


@pytest.mark.skipif(
    importlib.util.find_spec("langchain_community") is None,
    reason="langchain-community is not installed",
)
def test_d01_the_same_kills_damage_the_store_of_langchain(tmp_path, summary):
    sound, folder, ledger = tmp_path / "sound", tmp_path / "store", tmp_path / "ledger"
    chooser = random.Random(SEED)
    verdicts = []
    with Forge(tmp_path / "log", "langchain") as forge:
        forge.run("langchain_new", folder=sound, count=2000)
        for _ in range(RIVAL_KILLS):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(sound, folder)
            ledger.unlink(missing_ok=True)
            status = forge.kill_after(
                chooser.uniform(0.0, 0.2),
                "langchain_add",
                sign=ledger,
                folder=folder,
                ledger=ledger,
                first=2000,
                count=4000,
            )
            assert status == KILLED
            kept = ledger.read_text("utf-8").count("\n") if ledger.exists() else 0
            result = tmp_path / "result"
            numbers = list(range(2000 + kept))
            forge.run("langchain_check", folder=folder, numbers=numbers, result=result)
            verdicts.append(result.read_text("utf-8"))
    bad = [verdict for verdict in verdicts if verdict != "sound"]
    kinds = ", ".join(f"{kind} {bad.count(kind)}" for kind in sorted(set(bad)))
    summary.append(
        f"LangChain's FAISS.save_local: kills {RIVAL_KILLS}, damaged {len(bad)} "
        f"({len(bad) / RIVAL_KILLS:.0%}): {kinds}; seed {SEED}"
    )
    assert bad
