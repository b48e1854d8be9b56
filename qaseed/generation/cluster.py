"""Tasks on a dask cluster: workers may be killed, tasks may run twice, and the scheduler may be restarted."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from qaseed.errors import ResourceError, UsageError

if TYPE_CHECKING:
    from distributed import Client

CONNECT = 30
"""Seconds in which a scheduler must answer, also one that is restarted, and have a worker."""
RESTARTS = 5
"""How often a scheduler may be lost in one run."""
AHEAD = 2
"""Tasks for each thread of the cluster that are submitted at a time: each has a copy of the plan."""


def cluster_map(address: str) -> Callable[..., Iterator[Any]]:
    """`map` on the cluster of the scheduler at `address`, its results as they are there.

    dask gives the tasks of a killed worker to others. What a lost scheduler knew is submitted again.
    """

    def mapped(task: Callable[..., Any], numbers: Iterable[int], units: Iterable[Any]) -> Iterator[Any]:
        missing = dict(zip(numbers, units, strict=True))
        for _ in range(RESTARTS):
            with _connect(address) as client:
                for number, result in _results(client, task, missing):
                    del missing[number]
                    yield result
            if not missing:
                return
        raise ResourceError(f"{address}: the scheduler was lost {RESTARTS} times; find out why, then run it again")

    return mapped


def _connect(address: str) -> Client:
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise UsageError("--engine dask needs dask.distributed; pip install 'qaseed[dask]'") from None
    try:
        client = Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ResourceError(f"{address}: no scheduler answers ({reason}); start one, then run it again") from None
    try:
        client.wait_for_workers(1, timeout=CONNECT)
    except TimeoutError:
        client.close()
        raise ResourceError(f"{address}: the scheduler has no worker; start one: dask worker {address}") from None
    except (CancelledError, OSError):  # it is lost again, as `_results` notices
        pass
    return client


def _results(client: Client, task: Callable[..., Any], missing: dict[int, Any]) -> Iterator[tuple[int, Any]]:
    """The results of the missing tasks by number, until all are there or the scheduler is lost."""
    from distributed import as_completed

    run = secrets.token_hex(4)
    waiting = list(reversed(missing.items()))
    running: dict[str, int] = {}
    completed = as_completed(loop=client.loop)

    def submit() -> None:
        room = AHEAD * max(1, sum(client.ncores().values()))
        while waiting and len(running) < room:
            number, unit = waiting.pop()
            future = client.submit(task, number, unit, key=f"qaseed-{run}-{number}", pure=False)
            running[future.key] = number
            completed.add(future)

    try:
        submit()
        for future in completed:
            if future.status == "cancelled":
                return
            yield running.pop(future.key), _result(future)
            submit()
    except (CancelledError, OSError):
        return


def _result(future: Any) -> Any:
    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker as error:
        raise ResourceError(
            f"unit {future.key.rpartition('-')[2]}: its worker was killed {error.allowed_failures} times, most likely "
            "for lack of memory; give workers more, or fewer threads"
        ) from None
    except ModuleNotFoundError as error:
        raise UsageError(f"a worker of the cluster has no {error.name}; install the same qaseed on all") from None
