"""Where units are made: in processes or threads of this machine, on a dask cluster, or by any executor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor, wait
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
        with _executor_map(engine.executor) as mapped:
            yield mapped
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
def _executor_map(executor: Executor) -> Iterator[Mapped]:
    """`map` of an executor that stays open; no task runs when the block ends, so that none writes afterwards."""
    futures: list[Future[Any]] = []

    def mapped(task: Callable[..., Any], *arguments: Iterable[Any]) -> Iterator[Any]:
        for each in zip(*arguments, strict=True):
            futures.append(_submit(executor, task, *each))  # noqa: PERF401  # after a failure, the others are here
        return (future.result() for future in futures)

    try:
        yield mapped
    except (BrokenExecutor, CancelledError) as error:
        reason = str(error) or "it was shut down"
        raise ResourceError(f"the executor ended before its tasks ({reason}); run it again") from None
    finally:
        wait([future for future in futures if not future.cancel()])


def _submit(executor: Executor, task: Callable[..., Any], *arguments: Any) -> Future[Any]:
    try:
        return executor.submit(task, *arguments)
    except BrokenExecutor:
        raise
    except RuntimeError as error:  # what it raises after `shutdown`
        raise UsageError(f"executor: takes no task ({error}); give one that is open") from None
