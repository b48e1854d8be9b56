"""The tables of a SQLite file, read by Python's own library."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from qaseed.safety.redaction import located_name
from qaseed.scanning.findings import Part, Skipped, Table, V, in_name
from qaseed.scanning.queries import Field, names_identifier
from qaseed.scanning.walking import File
from qaseed.sql import identifier

if TYPE_CHECKING:
    import duckdb

_ROWS = 50_000
_DAMAGED = "is damaged, or another program writes to it; get a fresh copy"


def sqlite_tables(
    memory: duckdb.DuckDBPyConnection, file: File, sample: int | None, *, is_single: bool
) -> Iterator[Part]:
    """The tables and views of a SQLite file."""
    with closing(sqlite3.connect(f"{file.path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        connection.text_factory = bytes
        try:
            query = (
                "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite\\_%' "
                "escape '\\'"
            )
            names = sorted(name.decode("utf-8", "replace") for (name,) in connection.execute(query))
        except sqlite3.Error:
            yield Skipped(file.shown, _DAMAGED)
            return
        for name in names:
            at = located_name(name) if is_single else f"{file.shown}.{located_name(name)}"
            yield from in_name(name, at)
            yield _table(memory, connection, name, at, sample)


def _table(
    memory: duckdb.DuckDBPyConnection, connection: sqlite3.Connection, name: str, at: str, sample: int | None
) -> Table | Skipped:
    limit = f" limit {sample}" if sample else ""
    try:
        cursor = connection.execute(f"select * from {identifier(name)}{limit}")
    except sqlite3.Error:
        return Skipped(at, _DAMAGED)
    fields = [Field(column[0], identifier(f"c{place}")) for place, column in enumerate(cursor.description)]

    def read(start: Callable[[], V], /) -> tuple[V, Skipped | None]:
        import pyarrow as pa

        visitor = start()
        try:
            while rows := cursor.fetchmany(_ROWS):
                columns = zip(*rows, strict=True)
                texts = [
                    [_text(value, column, visitor.binary) for value in values]
                    for column, values in zip(fields, columns, strict=True)
                ]
                memory.register(
                    "batch",
                    pa.table({f"c{place}": pa.array(column, pa.string()) for place, column in enumerate(texts)}),
                )
                visitor.add(memory, "batch", fields)
        except sqlite3.Error:
            return visitor, Skipped(at, _DAMAGED)
        return visitor, None

    return Table(at, fields, read)


def _text(value: Any, column: Field, binary: Counter[str]) -> str | None:
    """A value as text; a number only if the name of its column says what it is."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            binary[column.name] += 1
            return value.decode("latin-1")
    if value is None or not names_identifier(column.name):
        return None
    return str(value)
