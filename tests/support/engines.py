"""What detection finds in values of one column, by duckdb and by Python."""

from __future__ import annotations

from collections import Counter

import duckdb

from qaseed.safety.detection import name_context
from qaseed.scanning.counting import Counts
from qaseed.scanning.queries import Field


def in_duckdb(name: str, values: list[str]) -> Counter[str]:
    with duckdb.connect() as connection:
        connection.execute("create table t as select unnest(?::varchar[]) as v", [values])
        counts = Counts()
        counts.add(connection, "t", [Field(name, "v")])
        return Counter({kind: number for (_, kind), number in counts.kinds.items()})


def in_python(name: str, values: list[str]) -> Counter[str]:
    return Counter(kind for text in values for kind in name_context(name).kinds_of(text))


def each_in_duckdb(values: list[str]) -> list[Counter[str]]:
    """The same of each value alone: they are columns of one row, whose names say nothing."""
    names = ["_" * number for number in range(1, len(values) + 1)]
    assert all(name_context(name) == name_context("") for name in names)
    with duckdb.connect() as connection:
        connection.execute(f"create table t as select {', '.join(f'?::varchar as {name}' for name in names)}", values)
        counts = Counts()
        counts.add(connection, "t", [Field(name, name) for name in names])
    return [Counter({kind: n for (column, kind), n in counts.kinds.items() if column == name}) for name in names]
