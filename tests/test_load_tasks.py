"""Tasks of a load: order, dependencies, and what a failure ends."""

from __future__ import annotations

import graphlib
import inspect
import threading
from dataclasses import fields
from typing import Any

import pytest

from qaseed import loading
from qaseed.loading.options import LoadOptions
from qaseed.loading.task_graph import Task, run_tasks


class NoConnection:
    """Cancels nothing."""

    def cancel_safe(self, timeout: float) -> None:
        pass


def connections(count: int) -> list[Any]:
    return [NoConnection() for _ in range(count)]


@pytest.mark.parametrize("count", [1, 3])
def test_each_task_runs_once_after_those_that_it_depends_on(count: int) -> None:
    order: list[str] = []
    tasks = [
        Task("keys", "index", lambda _: order.append("keys"), frozenset({"copy a", "copy b"})),
        Task("copy a", "copy", lambda _: order.append("copy a")),
        Task("copy b", "copy", lambda _: order.append("copy b")),
        Task("end", "check", lambda _: order.append("end"), frozenset({"keys"})),
    ]
    ended: list[Task] = []
    run_tasks(tasks, connections(count), ended.append)
    assert sorted(order[:2]) == ["copy a", "copy b"]
    assert order[2:] == ["keys", "end"]
    assert len(ended) == len(tasks)
    if count == 1:
        assert order[:2] == ["copy a", "copy b"], "earlier tasks begin first"


def test_the_first_failure_ends_all() -> None:
    order: list[str] = []
    begun = threading.Event()

    def fail(_: Any) -> None:
        begun.set()
        raise ValueError("the disk is full")

    tasks = [
        Task("fails", "copy", fail),
        Task("runs", "copy", lambda _: (begun.wait(5), order.append("runs"))[1]),
        Task("depends", "index", lambda _: order.append("depends"), frozenset({"fails", "runs"})),
    ]
    with pytest.raises(ValueError, match="the disk is full"):
        run_tasks(tasks, connections(2), lambda _: None)
    assert "depends" not in order


def test_tasks_that_wait_for_each_other_are_an_error() -> None:
    tasks = [Task(name, "copy", lambda _: None, frozenset({other})) for name, other in (("a", "b"), ("b", "a"))]
    with pytest.raises(graphlib.CycleError):
        run_tasks(tasks, connections(1), lambda _: None)


@pytest.mark.parametrize("function", [loading.load, loading.clone, loading.rollback, loading.load_within, loading.join])
def test_public_defaults_are_those_of_the_options(function: Any) -> None:
    defaults = {field.name: field.default for field in fields(LoadOptions)}
    parameters = inspect.signature(function).parameters.values()
    optional = {one.name: one.default for one in parameters if one.default is not one.empty and one.name != "progress"}
    assert optional == {name: defaults.get(name) for name in optional}  # the owner of a clone is no option of loads
    assert all(one.kind is one.KEYWORD_ONLY for one in parameters if one.name in optional)


def test_load_has_a_parameter_for_each_option() -> None:
    names = {field.name for field in fields(LoadOptions)} - {"step"}
    assert names <= set(inspect.signature(loading.load).parameters)
