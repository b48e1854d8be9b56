"""Real processes that are told to end at some moment: folders and processes are afterwards as they were before."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from qaseed.generation import generate
from qaseed.profiles import PROFILES
from qaseed.snapshot import Snapshot, open_snapshot

pytestmark = [pytest.mark.slow, pytest.mark.integration]
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A snapshot that takes each command seconds."""
    out = tmp_path_factory.mktemp("large")
    return generate(PROFILES["load_test"].scaled(8), out, validated=False).snapshot


@pytest.fixture
def spill(tmp_path: Path) -> Path:
    """The temporary folder of the processes that are started."""
    folder = tmp_path / "spill"
    folder.mkdir()
    return folder


class Run:
    """A command in a process of its own, and in a session of its own, as a shell or a CI runner starts it."""

    def __init__(self, spill: Path, *arguments: str, program: tuple[str, str] = ("-m", "qaseed")) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"TMPDIR": str(spill)}, start_new_session=True,
        )  # fmt: skip

    def wait_for(self, begun: Callable[[], bool]) -> None:
        while self.process.poll() is None and not begun():
            time.sleep(0.02)

    def members(self) -> list[int]:
        """The processes of its session that are alive."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
            except OSError:
                continue
            if int(session) == self.process.pid and state != "Z":
                found.append(int(stat.parent.name))
        return found

    def end(self, number: signal.Signals, *, group: bool = False) -> str:
        """Tell it to end, and what it said."""
        if group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        _, said = self.process.communicate(timeout=120)
        for _ in range(200):  # what Python's own helper process takes to see that its parent is gone
            if not self.members():
                break
            time.sleep(0.05)
        return said


def spilling(folder: Path) -> Callable[[], bool]:
    return lambda: any(folder.glob("qaseed-*"))


def _is_ready(run: Run) -> Callable[[], bool]:
    """Whether Python has started as far as to catch SIGTERM."""

    def ready() -> bool:
        status = Path(f"/proc/{run.process.pid}/status").read_text()
        return bool(int(status.partition("SigCgt:")[2].split()[0], 16) >> (signal.SIGTERM - 1) & 1)

    return ready


SMALL_UNITS = "from qaseed import __main__, generation; generation.making.UNIT_ROWS = 10_000; __main__.main()"


def _start_generate(out: Path, spill: Path, *, workers: int = 2) -> Run:
    """A run of several units of work, so that workers are needed for few rows."""
    options = ("--workers", str(workers), "--out", str(out))
    return Run(spill, "generate", "-e", "load_test", *options, program=("-c", SMALL_UNITS))


@pytest.mark.parametrize(
    ("moment", "number", "group"),
    [
        ("start", signal.SIGTERM, False),
        ("workers", signal.SIGTERM, False),
        ("rows", signal.SIGTERM, True),
        ("rows", signal.SIGHUP, False),
        ("check", signal.SIGTERM, False),
        ("check", signal.SIGINT, True),
    ],
)
def test_generate_leaves_nothing(moment: str, number: signal.Signals, group: bool, tmp_path: Path, spill: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    run = _start_generate(out, spill)
    moments: dict[str, Callable[[], bool]] = {
        "start": _is_ready(run),
        "workers": lambda: len(run.members()) > 2,
        "rows": lambda: any(out.glob(".*.partial/data/*/*")),
        "check": lambda: any(spill.glob("qaseed-*/snapshot")),  # workers have a folder there, too
    }
    run.wait_for(moments[moment])
    said = run.end(number, group=group)
    assert (run.process.returncode, "Traceback" in said) == (130, False), said
    assert (list(out.iterdir()), list(spill.iterdir()), run.members()) == ([], [], [])


LOST = """
import contextlib, signal
from qaseed import __main__
from qaseed.scanning import counting
function = counting.collected_values

def loses(*arguments):
    with contextlib.suppress(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    return function(*arguments)

counting.collected_values = loses
__main__.main()
"""


def test_an_interrupt_that_a_library_loses_ends_a_scan(minimal: Snapshot, spill: Path) -> None:
    """duckdb loses one of an import within its function, for one."""
    run = Run(spill, "scan", str(minimal.folder / "data"), program=("-c", LOST))
    _, said = run.process.communicate(timeout=120)
    assert (run.process.returncode, said.count("interrupted"), "damaged" in said) == (130, 1, False), said


BOTH = """
import signal
from qaseed import __main__
from qaseed.cli import root
signals = {signal.SIGINT, signal.SIGTERM}

def both(*arguments):
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    for number in signals:
        signal.raise_signal(number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)

root.import_commands = both
__main__.main()
"""


def test_two_signals_at_once_are_one(spill: Path) -> None:
    """As a terminal that is closed and a runner send them."""
    run = Run(spill, "profiles", program=("-c", BOTH))
    _, said = run.process.communicate(timeout=120)
    assert (run.process.returncode, said) == (130, "qaseed: interrupted; nothing was left half done\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", ["validate", "scan", "scan-files"])
def test_reading_leaves_nothing(command: str, number: signal.Signals, large: Snapshot, spill: Path) -> None:
    before = sorted(large.folder.parent.rglob("*"))
    source = large.folder / "data" if command == "scan-files" else large.folder
    run = Run(spill, command.partition("-")[0], str(source))
    run.wait_for(spilling(spill))
    time.sleep(0.5)  # into its queries
    said = run.end(number)
    assert (run.process.returncode, "Traceback" in said) == (130, False), said
    assert (list(spill.iterdir()), run.members()) == ([], [])
    assert sorted(large.folder.parent.rglob("*")) == before


def _schemas(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("select nspname from pg_namespace where nspname ~ '^qaseed'")}


def _begun(url: str) -> Callable[[], bool]:
    def begun() -> bool:
        with psycopg.connect(url) as connection:
            return bool(connection.execute("select 1 from pg_stat_progress_copy").fetchone())

    return begun


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_load_leaves_nothing(number: signal.Signals, large: Snapshot, database: str, spill: Path) -> None:
    run = Run(spill, "load", str(large.folder), "--to", database)
    run.wait_for(_begun(database))
    said = run.end(number)
    assert (run.process.returncode, "Traceback" in said) == (130, False), said
    assert (list(spill.iterdir()), run.members(), _schemas(database)) == ([], [], set())


@pytest.fixture(scope="module")
def left(minimal_parquet: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two killed runs left beside a snapshot, in `out`, and in their temporary folder, `spill`."""
    folder = tmp_path_factory.mktemp("left")
    out, spill = folder / "out", folder / "spill"
    shutil.copytree(minimal_parquet.folder, out / "minimal")
    spill.mkdir()
    for moment in (lambda: any(out.glob(".*.partial/data/*/*")), spilling(spill)):
        run = _start_generate(out, spill, workers=1)
        run.wait_for(moment)
        run.process.kill()
        run.process.communicate()
    return folder


@pytest.mark.parametrize("after", ["generate", "validate", "scan", "load"])
@pytest.mark.usefixtures("unvalidated")
def test_what_a_killed_run_left_is_swept_by_any_other(after: str, left: Path, database: str, tmp_path: Path) -> None:
    out, spill = tmp_path / "out", tmp_path / "spill"
    for folder in (out, spill):
        shutil.copytree(left / folder.name, folder, symlinks=True)
    assert list(spill.iterdir())
    assert len(list(out.iterdir())) > 1
    commands = {
        "generate": ["generate", "-e", "minimal", "--seed", "7", "--out", str(out)],
        "validate": ["validate", str(out / "minimal")],
        "scan": ["scan", str(out / "minimal")],
        "load": ["load", str(out / "minimal"), "--to", database],
    }
    done = Run(spill, *commands[after])
    _, said = done.process.communicate(timeout=120)
    assert done.process.returncode == 0, said
    assert list(spill.iterdir()) == []
    made = list(out.glob("minimal-*"))
    assert (len(made), {*out.iterdir()} - {*made}) == (after == "generate", {out / "minimal"})
    open_snapshot(out / "minimal")


def test_a_killed_load_is_swept_by_another(large: Snapshot, minimal: Snapshot, database: str, spill: Path) -> None:
    run = Run(spill, "load", str(large.folder), "--to", database)
    run.wait_for(_begun(database))
    run.process.kill()
    run.process.communicate()
    done = Run(spill, "load", str(minimal.folder), "--to", database)
    _, said = done.process.communicate(timeout=120)
    assert done.process.returncode == 0, said
    assert (list(spill.iterdir()), _schemas(database)) == ([], set())


def test_partial_folders_of_others_stay(minimal: Snapshot, tmp_path: Path) -> None:
    shutil.copytree(minimal.folder, tmp_path / "minimal")
    kept = tmp_path / ".movie.x.partial" / "film"
    kept.mkdir(parents=True)
    with open_snapshot(tmp_path / "minimal").catalog():
        assert kept.is_dir()
