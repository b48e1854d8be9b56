"""Failures are expected by what is to be done about them: memory, disk, permission, removal and interrupts are not damage."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb
import pytest
import typer

from qaseed import engine
from qaseed.cli.output import command
from qaseed.config import get_qa_seed_config
from qaseed.errors import ResourceError, SnapshotError, UsageError
from qaseed.generation import generate
from qaseed.loading.copying import csv_lines
from qaseed.profiles import EARLIEST, LATEST, PROFILES
from qaseed.seeding import validate_snapshot
from qaseed.snapshot import Snapshot, open_snapshot

SORT = "select count(*) from (select distinct i, md5(i::varchar) from range(1000000) t(i))"


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """duckdb with less memory than the data needs."""
    monkeypatch.setattr("duckdb.connect", partial(duckdb.connect, config={"memory_limit": "24MB", "threads": 1}))
    return


def test_too_little_room_for_spilling(minimal: Snapshot, little_memory: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MAX_SPILL", "1MB")
    wanted = r"no room for what does not fit in memory; .* TMPDIR"
    with pytest.raises(ResourceError, match=wanted), minimal.catalog() as connection:
        connection.execute(SORT)


def test_a_full_disk_for_spilling(minimal: Snapshot) -> None:
    script = (
        "import resource, functools, sys; sys.dont_write_bytecode = True; import duckdb; from pathlib import Path; from qaseed.snapshot import open_snapshot\n"
        "duckdb.connect = functools.partial(duckdb.connect, config={'memory_limit': '24MB', 'threads': 1})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        f"with open_snapshot(Path({str(minimal.folder)!r})).catalog() as connection:\n    connection.execute({SORT!r})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "ResourceError" in done.stderr.splitlines()[-1]
    assert "TMPDIR" in done.stderr.splitlines()[-1]


def test_too_little_memory_for_duckdb(minimal: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duckdb.connect", partial(duckdb.connect, config={"memory_limit": "1MB"}))
    with pytest.raises(ResourceError, match=r"not enough memory|no room"):
        validate_snapshot(minimal)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("can't start new thread"),
        ImportError("libarrow.so.2600: failed to map segment from shared object"),
    ],
    ids=["memory", "a thread", "a library"],
)
def test_a_command_that_lacks_memory_or_processes_ends_in_one_line(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    @command
    def lacking() -> None:
        raise error

    with pytest.raises(typer.Exit) as ended:
        lacking()
    told = capsys.readouterr().err
    assert (ended.value.exit_code, told.count("\n")) == (2, 1)
    assert "not enough memory or processes" in told
    assert "ulimit" in told


def test_another_error_of_a_command_stays_a_traceback() -> None:
    @command
    def broken() -> None:
        raise RuntimeError("a defect")

    with pytest.raises(RuntimeError, match="a defect"):
        broken()


def test_want_of_memory_that_looks_like_damage(minimal: Snapshot) -> None:
    error = duckdb.InvalidInputException('Invalid Input Error: Failed to read file "x": ZSTD Decompression failure')
    with pytest.raises(ResourceError, match="although its files are whole"), minimal.catalog():
        raise error


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select nope from client", 'Referenced column "nope" not found'),
        ("select * from nope", "Table with name nope does not exist"),
        ("selec 1", 'syntax error at or near "selec"'),
    ],
)
def test_a_query_that_fails_says_nothing_about_the_files(query: str, message: str, minimal: Snapshot) -> None:
    with pytest.raises(UsageError, match=f"a query fails .*{message}.*qaseed schema"), minimal.catalog() as catalog:
        catalog.sql(query)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select first_name::int from client", "Conversion Error"),
        ("copy client to 'client.csv'", "file system operations are disabled"),
        ("select * from read_csv('/etc/passwd')", "file system operations are disabled"),
    ],
)
def test_a_query_is_to_be_checked_where_the_files_are_whole(query: str, message: str, minimal: Snapshot) -> None:
    expected = f"{message}.*although its files are whole; check the query"
    with pytest.raises(SnapshotError, match=expected), minimal.catalog() as catalog:
        catalog.execute(query).fetchall()


def test_damage_is_still_damage(copied: Path) -> None:
    snapshot = open_snapshot(copied)
    path = next(copied.glob("data/client/*"))
    path.write_bytes(b"PAR1" + bytes(path.stat().st_size - 8) + b"PAR1")
    with pytest.raises(SnapshotError, match="get a fresh copy"):
        validate_snapshot(snapshot)


def _remove_and_read(snapshot: Snapshot) -> None:
    with snapshot.catalog() as connection:
        shutil.rmtree(snapshot.folder)
        list(csv_lines(connection, snapshot.manifest.model.entity("note"), 10))


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_snapshot_that_is_removed_while_it_is_read(kind: str, tmp_path: Path) -> None:
    snapshot = generate("minimal", tmp_path / "gone", format=kind, validated=False).snapshot
    with pytest.raises(SnapshotError, match="was removed or moved while it was read"):
        _remove_and_read(snapshot)
    with pytest.raises(SnapshotError, match="was removed or moved while it was read"):
        validate_snapshot(snapshot)


def test_a_snapshot_that_may_not_be_read(copied: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (copied / "SHA256SUMS").chmod(0)
    with pytest.raises(SnapshotError, match=r"permission denied.*; check its permissions"):
        open_snapshot(copied)


def _query_for_seconds(snapshot: Snapshot) -> None:
    with snapshot.catalog() as connection:
        for _ in range(1000):
            connection.execute("select sum(hash(i)) from range(10000000) t(i)").fetchall()


def test_a_signal_in_a_query_is_an_interrupt(minimal: Snapshot) -> None:
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            _query_for_seconds(minimal)
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    "text", ["Binder Error: no column interrupted", "Parser Error: at 'Out of memory, no space left on device'"]
)
def test_words_of_a_rule_are_no_remedy(text: str) -> None:
    assert engine.remedy(duckdb.BinderException(text), "x") is None


def test_a_temporary_folder_that_cannot_be_written(minimal: Snapshot, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "qaseed", "validate", str(minimal.folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"TMPDIR": str(tmp_path / "nowhere")}
    )
    assert done.returncode == 0, done.stderr  # Python goes on to /tmp


def test_a_killed_worker_is_reported() -> None:
    script = "import os\nfrom qaseed.generation.workers import worker_map\nwith worker_map(2) as mapped:\n    list(mapped(os._exit, [9]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith("most likely for lack of memory; give fewer --workers"), done.stderr


@pytest.mark.timeout(60)
def test_a_killed_worker_is_reported_however_large_its_task_is(tmp_path: Path) -> None:
    """Python 3.11.2, which is Debian's, waits for ever where a worker dies before it has read a task to its end."""
    (tmp_path / "dying.py").write_text("import os\n\ndef die(_, number):\n    os.kill(os.getpid(), 9)\n")
    script = (
        "from functools import partial\n"
        "from dying import die\n"
        "from qaseed.generation.workers import worker_map\n"
        "with worker_map(2) as mapped:\n"
        "    list(mapped(partial(die, bytes(10_000_000)), range(8)))"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=environment)
    assert done.stderr.splitlines()[-1].endswith("most likely for lack of memory; give fewer --workers"), done.stderr


@pytest.mark.parametrize("day", [EARLIEST, LATEST])
def test_the_first_and_the_last_day_are_those_that_are_documented(day: dt.date) -> None:
    standard = PROFILES["standard"]
    assert standard.vary(as_of=day).as_of == day
    beyond = day + dt.timedelta(days=1 if day == LATEST else -1)
    with pytest.raises(UsageError, match="a date from 1990 to 2200"):
        standard.vary(as_of=beyond)


def test_bounds_of_settings_are_those_that_are_documented() -> None:
    most = (1 << 31) - 1
    assert get_qa_seed_config("minimal", {"validation_sample_size": most}).settings.validation_sample_size == most
    with pytest.raises(UsageError, match=f"a whole number from 1 to {most:,}"):
        get_qa_seed_config("minimal", {"validation_sample_size": most + 1})
