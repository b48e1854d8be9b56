"""Wherever units are made, and whatever happens to those who make them, the snapshot is that of one run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import current_process
from pathlib import Path
from shutil import rmtree
from threading import Event
from typing import Any

import pytest

from qaseed.errors import ResourceError, UsageError
from qaseed.generation import PartResult, assemble, generate, generate_part
from qaseed.generation import cluster as dask_cluster
from qaseed.generation.building import build_folder
from qaseed.generation.making import make_unit, units_of
from qaseed.generation.unit_folder import UnitFolder
from qaseed.plan import plan
from qaseed.practice import MODEL
from qaseed.profiles import PROFILES
from qaseed.snapshot import Snapshot
from support.command_line import qaseed
from support.snapshot_files import checksums


@pytest.fixture(scope="module", autouse=True)
def _small_units() -> Iterator[None]:
    """Units of about 200 rows, so that a small snapshot has several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qaseed.generation.making.UNIT_ROWS", 200)
        yield


@pytest.fixture(scope="module", autouse=True)
def _own_scratch_space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder for dask's workers, who leave theirs in the temporary folder."""
    import dask

    folder = str(tmp_path_factory.mktemp("dask"))
    with pytest.MonkeyPatch.context() as patch, dask.config.set({"temporary-directory": folder}):
        patch.setenv("DASK_TEMPORARY_DIRECTORY", folder)  # of workers that are programs of their own
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return generate("standard", tmp_path_factory.mktemp("whole"), workers=1, validated=False).snapshot


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The scheduler of two worker processes on the loopback interface."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0") as cluster:
        yield cluster.scheduler_address


def records(folder: Path) -> list[Path]:
    return list(folder.glob("units/*.json"))


def wait_for_a_unit(folder: Path, run: Future[Any]) -> None:
    while not records(folder):
        assert not run.done(), run.result()
        time.sleep(0.005)


def test_threads_make_the_same(whole: Snapshot, tmp_path: Path) -> None:
    made = generate("standard", tmp_path, engine="threads", workers=3, validated=False).snapshot
    assert checksums(made.folder) == checksums(whole.folder)


def test_any_executor_makes_the_same(whole: Snapshot, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as executor:
        made = generate("standard", tmp_path, executor=executor, validated=False).snapshot
        assert executor.submit(int, 5).result() == 5, "it is still its owner's"
    assert checksums(made.folder) == checksums(whole.folder)


def test_a_daemonic_process_makes_the_same(whole: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one of `multiprocessing.Pool`, which may start no process."""
    monkeypatch.setattr(current_process(), "daemon", True)
    made = generate("standard", tmp_path, workers=2, validated=False).snapshot
    assert checksums(made.folder) == checksums(whole.folder)


def test_an_executor_that_is_shut_down_is_named(tmp_path: Path) -> None:
    executor = ThreadPoolExecutor(1)

    def shut_down(phase: str, done: int, total: int) -> None:
        executor.shutdown(wait=False, cancel_futures=True)

    with pytest.raises(UsageError, match=r"executor: takes no task .*; give one that is open"):
        generate("standard", tmp_path, executor=executor, progress=shut_down)
    executor = ThreadPoolExecutor(1)
    with pytest.raises(ResourceError, match=r"the executor ended before its tasks \(it was shut down\)"):
        generate(
            "standard", tmp_path, executor=executor, progress=lambda _, done, __: shut_down("", 1, 1) if done else None
        )
    assert list(tmp_path.iterdir()) == []


def test_no_task_of_an_executor_writes_after_a_failure(tmp_path: Path) -> None:
    class UnluckyError(Exception):
        pass

    begun, made = Event(), []

    class Slow(ThreadPoolExecutor):
        """The second task is in the middle of its work when the first fails."""

        tasks = 0

        def submit(self, call: Callable[..., Any], /, *arguments: Any, **_: Any) -> Future[Any]:
            self.tasks += 1
            return super().submit((self.fail, self.work)[self.tasks > 1], call, *arguments)

        def fail(self, *_: Any) -> None:
            begun.wait()
            raise UnluckyError

        def work(self, call: Callable[..., Any], *arguments: Any) -> Any:
            begun.set()
            time.sleep(0.5)
            made.append(call(*arguments))
            return made[0]

    with Slow(2) as executor, pytest.raises(UnluckyError):
        generate("standard", tmp_path, executor=executor)
    assert made, "its folder was there until it ended"
    assert list(tmp_path.iterdir()) == []


def test_a_task_that_outlives_its_run_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of a cluster do: their folder is gone at once."""
    planned = plan(MODEL, PROFILES["standard"])
    unit = units_of(planned, ("parquet",))[0]
    late: list[UnitFolder] = []

    def write_late(folder: Path, **_: Any) -> None:
        with pytest.raises(UsageError, match="workers do not have this folder"):
            make_unit(late[0], planned, ("parquet",), 0, unit)
        rmtree(folder)

    with monkeypatch.context() as patch, build_folder(tmp_path / "x") as building:
        late.append(UnitFolder(building))
        patch.setattr("qaseed.generation.building.shutil.rmtree", write_late)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_worker_and_a_task_run_twice_change_nothing(whole: Snapshot, scheduler: str, tmp_path: Path) -> None:
    from distributed import Client

    planned = plan(MODEL, PROFILES["standard"])
    units = units_of(planned, ("parquet",))
    folder = tmp_path / "standard.part-1-of-1"
    with ThreadPoolExecutor(1) as pool, Client(scheduler, set_as_default=False) as client:
        workers = client.run(os.getpid)
        run = pool.submit(generate_part, "standard", "1/1", tmp_path, engine="dask", scheduler=scheduler)
        wait_for_a_unit(folder, run)
        os.kill(next(iter(workers.values())), signal.SIGKILL)
        assert len(records(folder)) < len(units), "it was killed in the middle"
        twice = client.submit(
            make_unit, UnitFolder(folder), planned, ("parquet",), len(units) - 1, units[-1], pure=False
        )
        part: PartResult = run.result()
        assert twice.result()[0] == len(units) - 1
        assert set(client.run(os.getpid).values()) != set(workers.values())
    assert part.generated == len(units) > 5
    joined = assemble([part.place], tmp_path, validated=False).snapshot
    assert checksums(joined.folder) == checksums(whole.folder)


CLUSTER = """
import sys, threading
from distributed import LocalCluster

options = {"host": "127.0.0.1", "scheduler_port": int(sys.argv[1]), "dashboard_address": None}
with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", **options):
    threading.Event().wait()
"""


class OwnCluster:
    """A scheduler with a worker, in a process of their own."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.running = subprocess.Popen(
            [sys.executable, "-c", CLUSTER, str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        self.running.kill()
        self.running.wait(timeout=60)


@pytest.fixture
def own_cluster() -> Iterator[OwnCluster]:
    cluster = OwnCluster()
    cluster.start()
    yield cluster
    cluster.kill()


@pytest.mark.slow
def test_a_restarted_scheduler_changes_nothing(whole: Snapshot, own_cluster: OwnCluster, tmp_path: Path) -> None:
    folder = tmp_path / "standard.part-1-of-1"
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(generate_part, "standard", "1/1", tmp_path, engine="dask", scheduler=own_cluster.address)
        wait_for_a_unit(folder, run)
        own_cluster.kill()
        assert not run.done(), "it was stopped in the middle"
        own_cluster.start()
        part = run.result()
    joined = assemble([part.place], tmp_path, validated=False).snapshot
    assert checksums(joined.folder) == checksums(whole.folder)


def test_no_scheduler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "CONNECT", 0.2)
    with pytest.raises(ResourceError, match=r"tcp://127\.0\.0\.1:1: no scheduler answers"):
        generate("minimal", tmp_path, engine="dask", scheduler="tcp://127.0.0.1:1")
    assert list(tmp_path.iterdir()) == []


def test_a_scheduler_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(dask_cluster, "CONNECT", 2)
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0") as cluster:
        address = cluster.scheduler_address
        with pytest.raises(ResourceError, match=f"{address}: the scheduler has no worker; start one: dask worker"):
            generate("minimal", tmp_path, engine="dask", scheduler=address)
    assert list(tmp_path.iterdir()) == []


def test_workers_of_other_versions_are_refused(scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from qaseed.generation.request import versions

    monkeypatch.setattr("qaseed.generation.making.versions", lambda: versions() | {"polars": "0"})
    with pytest.raises(UsageError, match=r"worker on .*: has polars [\d.]+ and not 0; install the same versions"):
        generate("minimal", tmp_path, engine="dask", scheduler=scheduler)
    assert list(tmp_path.iterdir()) == []


def test_workers_that_do_not_share_the_folder_are_named(tmp_path: Path) -> None:
    class Elsewhere(ThreadPoolExecutor):
        """Workers whose folder of that name is another one."""

        def submit(self, call: Callable[..., Any], /, *arguments: Any, **_: Any) -> Future[Any]:
            other = tmp_path / "elsewhere"
            other.mkdir(exist_ok=True)
            version, _, *rest = call.args  # type: ignore[attr-defined]
            return super().submit(call.func, version, UnitFolder(other), *rest, *arguments)  # type: ignore[attr-defined]

    with Elsewhere(1) as executor, pytest.raises(UsageError, match="a folder that all machines share"):
        generate("minimal", tmp_path / "out", executor=executor)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--engine", "dusk"), "did you mean 'dask'?"),
        (("--engine", "dask"), "has no scheduler"),
        (("--scheduler", "tcp://x:1"), "processes have none; give --engine dask"),
    ],
)
def test_impossible_engines_are_refused(options: tuple[str, str], message: str, tmp_path: Path) -> None:
    done = qaseed("generate", "-e", "minimal", "--out", str(tmp_path), *options, DASK_SCHEDULER_ADDRESS="")
    assert done.returncode == 2
    assert message in done.stderr
