"""Databases for tests: one for each test, copied from a template that has a snapshot; the pytest plugin is `plugin`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qaseed.testing.databases import TestDatabase, TestServer
    from qaseed.testing.loaders import load, loader
    from qaseed.testing.preparation import Preparation
    from qaseed.testing.scenarios import Row, Scenario, find_scenario
    from qaseed.testing.snapshots import snapshot_for_tests

_HOMES = {
    "Preparation": "preparation",
    "Row": "scenarios",
    "Scenario": "scenarios",
    "TestDatabase": "databases",
    "TestServer": "databases",
    "find_scenario": "scenarios",
    "load": "loaders",
    "snapshot_for_tests": "snapshots",
    "loader": "loaders",
}


def __getattr__(name: str) -> Any:
    """Names are imported when they are used: pytest imports this package in runs that use none of it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'qaseed.testing' has no attribute {name!r}")
    return getattr(import_module(f"qaseed.testing.{_HOMES[name]}"), name)


__all__ = [
    "Preparation",
    "Row",
    "Scenario",
    "TestDatabase",
    "TestServer",
    "find_scenario",
    "load",
    "loader",
    "snapshot_for_tests",
]
