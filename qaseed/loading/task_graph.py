"""Work shared among connections: each piece is done once those that it needs are; the first failure ends all."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Task:
    """A piece of work for one connection, of a phase that is told, and the names of the tasks that must be done before."""

    name: str
    phase: str
    run: Callable[[Connection], None]
    depends_on: frozenset[str] = frozenset()


@dataclass
class _Queue:
    """Tasks that wait, and what has become of the others; everything under one lock."""

    waiting: list[Task]
    done: set[str] = field(default_factory=set)
    failures: list[BaseException] = field(default_factory=list)
    left: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def over(self) -> bool:
        return bool(self.failures) or not self.left

    def take(self) -> Task | None:
        """The first task that can begin, as soon as there is one; None when there is nothing left to begin."""
        with self.changed:
            while self.waiting and not self.failures:
                for task in self.waiting:
                    if task.depends_on <= self.done:
                        self.waiting.remove(task)
                        return task
                self.changed.wait()
        return None

    def end(self, task: Task, failure: BaseException | None) -> None:
        with self.changed:
            if failure is None:
                self.done.add(task.name)
                self.left -= 1
            else:
                self.failures.append(failure)
            self.changed.notify_all()


def run_tasks(tasks: Sequence[Task], connections: Sequence[Connection], ended: Callable[[Task], None]) -> None:
    """Do all tasks, earlier ones first where they can begin, one at a time on each connection; tells each that ended."""
    queue = _Queue(list(tasks), left=len(tasks))

    def serve(connection: Connection) -> None:
        while task := queue.take():
            try:
                task.run(connection)
                ended(task)
            except BaseException as error:  # noqa: BLE001  # raised again where all are waited for
                queue.end(task, error)
            else:
                queue.end(task, None)

    threads = [threading.Thread(target=serve, args=(each,), daemon=True) for each in connections]
    for thread in threads:
        thread.start()
    try:
        with queue.changed:
            queue.changed.wait_for(lambda: queue.over)
    except BaseException as error:
        with queue.changed:
            queue.failures.append(error)
        raise
    finally:
        if queue.failures:
            _stop(threads, connections, queue)
        for thread in threads:
            thread.join()
    if queue.failures:
        raise queue.failures[0]


def _stop(threads: Sequence[threading.Thread], connections: Sequence[Connection], queue: _Queue) -> None:
    """End what still runs: a statement that has not begun when it is cancelled is cancelled again."""
    with queue.changed:
        queue.changed.notify_all()
    while any(thread.is_alive() for thread in threads):
        for connection in connections:
            with contextlib.suppress(psycopg.Error):  # the connection, or the whole server, may be gone
                connection.cancel_safe(timeout=5)
        for thread in threads:
            thread.join(timeout=0.1)
