"""Queries that lack memory are run with half of it, and leave the limit as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from qaseed.engine import rows_of
from qaseed.snapshot import Snapshot

LIMIT = "select current_setting('memory_limit') as memory"


@dataclass
class Crowded:
    """A connection to duckdb on which a query fails as often as its joins leave no room for each other."""

    connection: duckdb.DuckDBPyConnection
    failures: int

    def execute(self, query: str) -> Any:
        if query == LIMIT and self.failures:
            self.failures -= 1
            raise duckdb.OutOfMemoryException("Out of Memory Error: failed to pin block")
        return self.connection.execute(query)


def test_a_query_that_lacks_memory_runs_with_half_of_it(minimal: Snapshot) -> None:
    with minimal.catalog(threads=1, memory=100) as connection:
        assert rows_of(connection, LIMIT) == [("100.0 MiB",)]
        assert rows_of(Crowded(connection, 1), LIMIT) == [("50.0 MiB",)]  # type: ignore[arg-type]  # duckdb's is final
        assert rows_of(connection, LIMIT) == [("100.0 MiB",)]


def test_a_query_that_lacks_memory_twice_fails_and_the_limit_is_as_before(minimal: Snapshot) -> None:
    with minimal.catalog(threads=1, memory=100) as connection:
        with pytest.raises(duckdb.OutOfMemoryException):
            rows_of(Crowded(connection, 2), LIMIT)  # type: ignore[arg-type]  # duckdb's is final
        assert rows_of(connection, LIMIT) == [("100.0 MiB",)]


def test_a_query_fails_where_the_limit_is_locked() -> None:
    with duckdb.connect(config={"memory_limit": "100MiB", "lock_configuration": True}) as connection:
        with pytest.raises(duckdb.OutOfMemoryException):
            rows_of(Crowded(connection, 1), LIMIT)  # type: ignore[arg-type]  # duckdb's is final
        assert rows_of(connection, LIMIT) == [("100.0 MiB",)]
