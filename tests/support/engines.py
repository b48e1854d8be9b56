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
