"""Tasks shared among connections: each runs once those that it depends on are done; the first failure ends all."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from heapq import heappop, heappush
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Task:
    """A piece of work for one connection: its phase is reported; `depends_on` names the tasks that precede it."""

    name: str
    phase: str
    run: Callable[[Connection], None]
    depends_on: frozenset[str] = frozenset()


class _Schedule:
    """Which tasks can begin, under one lock; `graphlib.CycleError` for tasks that wait for each other."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.tasks = tasks
        self.position = {task.name: position for position, task in enumerate(tasks)}
        self.graph = TopologicalSorter({task.name: task.depends_on for task in tasks})
        self.graph.prepare()
        self.ready: list[int] = []
        self.failures: list[BaseException] = []
        self.changed = threading.Condition()

    @property
    def over(self) -> bool:
        return bool(self.failures) or not self.graph.is_active()

    def take(self) -> Task | None:
        """The earliest of the tasks that can begin, as soon as there is one; None when no more will begin."""
        with self.changed:
            while not self.over:
                for name in self.graph.get_ready():
                    heappush(self.ready, self.position[name])
                if self.ready:
                    return self.tasks[heappop(self.ready)]
                self.changed.wait()
        return None

    def end(self, task: Task) -> None:
        with self.changed:
            self.graph.done(task.name)
            self.changed.notify_all()

    def fail(self, failure: BaseException) -> None:
        with self.changed:
            self.failures.append(failure)
            self.changed.notify_all()


def run_tasks(tasks: Sequence[Task], connections: Sequence[Connection], ended: Callable[[Task], None]) -> None:
    """Run all tasks, earlier ones first where they can begin, one at a time on each connection; calls `ended` after
    each.

    After a failure no task begins, those that run are cancelled, and the failure is raised when no thread is left.
    """
    schedule = _Schedule(tasks)

    def serve(connection: Connection) -> None:
        while task := schedule.take():
            try:
                task.run(connection)
                ended(task)
            except BaseException as error:  # noqa: BLE001  # raised again where all are waited for
                schedule.fail(error)
            else:
                schedule.end(task)

    threads = [threading.Thread(target=serve, args=(each,), daemon=True) for each in connections]
    for thread in threads:
        thread.start()
    try:
        with schedule.changed:
            schedule.changed.wait_for(lambda: schedule.over)
    except BaseException as error:
        schedule.fail(error)
        raise
    finally:
        if schedule.failures:
            _cancel(threads, connections)
        for thread in threads:
            thread.join()
    if schedule.failures:
        raise schedule.failures[0]


def _cancel(threads: Sequence[threading.Thread], connections: Sequence[Connection]) -> None:
    """Cancel the statements that run, again until all threads have ended: one that begins later would be missed."""
    while any(thread.is_alive() for thread in threads):
        for connection in connections:
            with contextlib.suppress(psycopg.Error):  # the connection, or the whole server, may be gone
                connection.cancel_safe(timeout=5)
        for thread in threads:
            thread.join(timeout=0.1)
