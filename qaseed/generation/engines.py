"""Where units are made: in processes or threads of this machine, on a dask cluster, or by any executor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from qaseed.errors import ResourceError, UsageError, nearest
from qaseed.generation.cluster import cluster_map
from qaseed.generation.workers import worker_map

ENGINES = ("processes", "threads", "dask")
SCHEDULER = "DASK_SCHEDULER_ADDRESS"
"""The variable by which dask itself knows its scheduler."""

Mapped = Callable[..., Iterator[Any]]
"""`map`: the results of calls, in any order."""


def check_workers(workers: int | None) -> None:
    """`UsageError` for a number of workers that cannot be."""
    if workers is not None and not 1 <= workers <= 1024:
        raise UsageError(f"--workers: {workers}; give a number from 1 to 1024")


@dataclass(frozen=True)
class Engine:
    """Where units are made; it never changes the data. An `executor` goes before everything else."""

    workers: int | None = None
    name: str = ENGINES[0]
    scheduler: str | None = None
    executor: Executor | None = None

    def __post_init__(self) -> None:
        check_workers(self.workers)
        if self.name not in ENGINES:
            raise UsageError(f"--engine: {self.name!r} is not an engine; {nearest(self.name, ENGINES)}")
        if self.scheduler and self.name != "dask":
            raise UsageError(f"--scheduler: {self.name} have none; give --engine dask")
        if self.name == "dask" and not self.address:
            raise UsageError(f"--engine dask: has no scheduler; give --scheduler tcp://HOST:PORT, or set {SCHEDULER}")

    @property
    def address(self) -> str | None:
        """Where the scheduler is."""
        return self.scheduler or os.environ.get(SCHEDULER)

    @property
    def is_elsewhere(self) -> bool:
        """Whether units may be made on other machines."""
        return self.name == "dask" or self.executor is not None


@contextmanager
def engine_map(engine: Engine, tasks: int) -> Iterator[Mapped]:
    """`map` over so many tasks where the engine says; the results come as they are there."""
    workers = max(1, min(engine.workers or os.cpu_count() or 1, tasks))
    if engine.executor is not None:
        with _translated():
            yield engine.executor.map
    elif engine.name == "dask":
        yield cluster_map(str(engine.address))
    elif engine.name == "threads":
        with ThreadPoolExecutor(workers) as pool:
            try:
                yield pool.map
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    else:
        with worker_map(workers) as mapped:
            yield mapped


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except BrokenExecutor as error:
        raise ResourceError(f"the executor ended before its tasks ({error}); run it again") from None
