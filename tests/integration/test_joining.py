"""Several programs load one snapshot into one database: real processes, killed, stopped, late and of another kind."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from qaseed.errors import PostgresError, SnapshotError, UsageError
from qaseed.generation import generate
from qaseed.loading import LoadOptions, LoadResult, join, join_with_options, load, load_with_options
from qaseed.postgres.advisory_lock import is_restoring
from qaseed.postgres.target import NEXT
from qaseed.signatures import read_trust
from qaseed.snapshot import Snapshot
from qaseed.snapshot.by_file import open_files
from qaseed.snapshot.cache import is_cached
from qaseed.snapshot.pushing import push
from support.command_line import qaseed
from support.databases import ask, loaded_snapshot, state

pytestmark = pytest.mark.integration
LOADED = "select count(*) from qaseed_next.qaseed_work where transaction is not null"
CLIENT = """
import sys, time
from qaseed.__main__ import main
from qaseed.loading.options import LoadOptions
wanted, number = sys.argv.pop(1), int(sys.argv.pop(1))
def step(name):
    global number
    number -= name.startswith(wanted)
    if number == 0:
        print(name, flush=True)
        time.sleep(60)
LoadOptions.__init__.__kwdefaults__["step"] = step
main()
"""
"""The command line, which stops at the n-th step that begins so."""


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A snapshot of sixteen files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qaseed.generation.making.UNIT_ROWS", 60)
        return generate("minimal", tmp_path_factory.mktemp("pieces"), workers=1, validated=False).snapshot


@pytest.fixture(scope="module")
def stored(pieces: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same in a store."""
    store = tmp_path_factory.mktemp("store")
    return str(push(pieces, str(store), tag="latest").reference)


@contextmanager
def client(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", CLIENT, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def coordinated(snapshot: str, url: str, step: Callable[[str], object]) -> Iterator[Future[LoadResult]]:
    """A load that others may join, over one connection."""
    with open_files(snapshot) as files, ThreadPoolExecutor(1) as pool:
        options = LoadOptions(workers=1, step=lambda name: step(name) and None)
        yield pool.submit(load_with_options, files.snapshot, url, options, None, files)


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def recorded_keys(url: str) -> dict[str, list[object]]:
    return {name: sorted(keys["groups"]) for name, keys in ask(url, "select table_name, keys from qaseed_target")}


def test_two_programs_load_what_is_in_a_store(stored: str, pieces: Snapshot, database: str) -> None:
    load(pieces, database)
    recorded = recorded_keys(database)

    def other_first(step: str) -> None:
        if step.startswith("claimed"):
            wait_for(lambda: ask(database, LOADED) != [(0,)])

    command = [sys.executable, "-m", "qaseed", "load", stored, "--to", database, "--join", "--json"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other,
        coordinated(stored, database, other_first) as loading,
    ):
        result, (output, _) = loading.result(), other.communicate()
    assert other.returncode == 0
    joined = json.loads(output)
    assert (joined["strategy"], joined["snapshot"], joined["verified"]) == ("join", stored, False)
    assert 0 < joined["total_records"] <= pieces.manifest.total_records
    assert (result.verified, result.strategy, result.rows) == (True, "staged", pieces.manifest.rows)
    assert not is_cached(stored.partition("@")[2])
    assert loaded_snapshot(database, pieces)
    assert recorded_keys(database) == recorded
    ask(database, "update client set first_name = 'Changed' where id = (select min(id) from client)")
    again = load(pieces, database)
    assert {name: vars(change) for name, change in again.changes.items()} == {
        "client": {"inserted": 0, "updated": 1, "deleted": 0}
    }


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_what_a_lost_program_has_claimed_is_loaded_by_others(
    fault: signal.Signals, pieces: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qaseed.loading.coordinating.MAX_SILENCE_SECONDS", 0.5)
    lost = threading.Event()
    with (
        coordinated(str(pieces.folder), database, lambda step: step.startswith("claimed") and lost.wait(60)) as loading,
        client("claimed", "2", "load", str(pieces.folder), "--to", database, "--join", "--workers", "1") as other,
    ):
        assert other.stdout is not None
        assert other.stdout.readline().startswith("claimed ")
        other.send_signal(fault)
        lost.set()
        assert loading.result().verified
    assert loaded_snapshot(database, pieces)
    assert ask(database, "select nspname from pg_namespace where nspname like 'qaseed%'") == []


def test_a_killed_coordinator_leaves_the_old_rows_and_is_continued(
    pieces: Snapshot, changed: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(changed, database)
    before = state(database)
    with client(
        "claimed", "6", "load", str(pieces.folder), "--to", database, "--coordinate", "--workers", "1"
    ) as first:
        assert first.stdout is not None
        first.stdout.readline()

        def kill(step: str) -> None:
            first.kill()
            with psycopg.connect(database, autocommit=True) as connection:
                wait_for(lambda: not is_restoring(connection, NEXT))

        with open_files(pieces) as files, pytest.raises(PostgresError, match="ended before its files were loaded"):
            join_with_options(files, database, LoadOptions(workers=1, step=kill))
    monkeypatch.setattr("qaseed.loading.joining.MAX_WAIT_SECONDS", 0)
    with pytest.raises(PostgresError, match="nobody coordinates a load of minimal"):
        join(pieces, database)
    assert state(database) == before
    assert ask(database, LOADED) == [(6,)]
    steps: list[str] = []
    with open_files(pieces) as files:
        options = LoadOptions(step=steps.append)
        assert load_with_options(files.snapshot, database, options, files=files).verified
    assert len([step for step in steps if step.startswith("copied ")]) == 10
    assert loaded_snapshot(database, pieces)
    with pytest.raises(PostgresError, match="nobody coordinates"):
        join(pieces, database)


def test_a_stage_that_waits_for_old_snapshots_is_kept_with_what_is_known_of_it(
    pieces: Snapshot, changed: Snapshot, database: str
) -> None:
    load(changed, database)
    with psycopg.connect(database) as reader:
        reader.execute("set transaction isolation level repeatable read")
        reader.execute("select 1 from pg_class").fetchone()
        with pytest.raises(PostgresError, match="still sees the database as it was"):
            load(pieces, database, coordinate=True, max_snapshot_wait=0.1)
    steps: list[str] = []
    assert load_with_options(pieces, database, LoadOptions(step=steps.append)).verified
    assert "discarded" not in steps
    assert load(pieces, database).changes == {}


def test_who_does_not_fit_may_not_join(
    pieces: Snapshot, all_columns: Snapshot, changed: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    with coordinated(
        str(pieces.folder), database, lambda step: step.startswith("claimed") and over.wait(60)
    ) as loading:
        try:
            with pytest.raises(PostgresError, match="is of another snapshot"):
                join(changed, database)
            with pytest.raises(PostgresError, match="has other files"):
                join(all_columns, database)
            monkeypatch.setattr("qaseed.loading.joining.__version__", "0.0.1")
            with pytest.raises(PostgresError, match=r"and this is 0\.0\.1"):
                join(pieces, database)
        finally:
            over.set()
        assert loading.result().verified
    with pytest.raises(UsageError, match="no load in place"):
        load(pieces, database, coordinate=True, strategy="in-place")
    refused = qaseed("load", str(pieces.folder), "--to", database, "--join", "--schema", "other", "--keep-old")
    assert (refused.returncode, "--join has no --schema and no --keep-old" in refused.stderr) == (2, True)


def test_manifest_and_files_are_checked_before_they_are_used(pieces: Snapshot, stored: str, tmp_path: Path) -> None:
    subprocess.run(("ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", tmp_path / "key"), check=True)
    (tmp_path / "signers").write_text(f"qa@example.com {(tmp_path / 'key.pub').read_text()}")
    for unsigned in (stored, pieces):
        with pytest.raises(SnapshotError, match="sign"), open_files(unsigned, trust=read_trust(tmp_path / "signers")):
            pass
    copy = Path(shutil.copytree(pieces.folder, tmp_path / "minimal"))
    store, _, rest = stored.rpartition("/")
    damaged = Path(shutil.copytree(store, tmp_path / "damaged"))
    with open_files(copy) as local, open_files(f"{damaged}/{rest}") as remote:
        path, (entity, file) = next((path, item) for path, item in local.files.items() if item[1].rows)
        with remote.only(path) as part, part.catalog() as source:
            assert source.execute(f"select count(*) from {entity}").fetchall() == [(file.rows,)]
        for altered in (copy / path, next(damaged.rglob(file.sha256))):
            altered.chmod(0o644)
            altered.write_bytes(altered.read_bytes()[:-1] + b"x")
        for files in (local, remote):
            with pytest.raises(SnapshotError, match="is not what"), files.only(path):
                pass
