"""The tables of a SQLite file, read by Python's own library."""

from __future__ import annotations

import codecs
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from qaseed.safety.redaction import located_name
from qaseed.scanning import limits
from qaseed.scanning.findings import Part, Skipped, Table, V, in_name
from qaseed.scanning.queries import Field, beside_each_other, names_identifier
from qaseed.scanning.relations import unreadable
from qaseed.scanning.walking import File
from qaseed.sql import identifier

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

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
        described = connection.execute(f"select * from {identifier(name)} limit 0").description
    except sqlite3.Error:
        return Skipped(at, _DAMAGED)
    fields = [Field(column, identifier(f"c{place}")) for place, (column, *_) in enumerate(described)]
    fields = beside_each_other(fields, name)
    values = ", ".join(_value_sql(identifier(column.name)) for column in fields)

    def read(start: Callable[[], V], /) -> tuple[V, Skipped | None]:
        import duckdb

        visitor = start()
        try:
            rows = connection.execute(f"select {values} from {identifier(name)}{limit}")
            for batch in _batches(rows, fields, visitor.binary):
                memory.register("batch", batch)
                visitor.add(memory, "batch", fields)
        except sqlite3.Error:
            return visitor, Skipped(at, _DAMAGED)
        except duckdb.Error as error:
            return visitor, unreadable(at, error)
        return visitor, None

    return Table(at, fields, read)


def _value_sql(column: str) -> str:
    """A value, of a longer one the beginning and as much more as a character may have."""
    begin = f"substr({column}, 1, {limits.LONGEST + 4})"
    return f"case when length({column}) > {limits.LONGEST} then {begin} else {column} end"


def _batches(rows: Iterable[Sequence[Any]], fields: Sequence[Field], binary: Counter[str]) -> Iterator[pa.Table]:
    """Rows as text, as many as are judged together."""
    columns: list[list[str | None]] = [[] for _ in fields]
    size = 0
    for row in rows:
        for column, texts, value in zip(fields, columns, row, strict=True):
            text = _text(value, column, binary)
            texts.append(text)
            size += len(text) if text else 0
        if size >= limits.BATCH_BYTES or len(columns[0]) == limits.BATCH_ROWS:
            yield _table_of(columns)
            columns, size = [[] for _ in fields], 0
    yield _table_of(columns)


def _table_of(columns: Sequence[Sequence[str | None]]) -> pa.Table:
    import pyarrow as pa

    return pa.table({f"c{place}": pa.array(texts, pa.string()) for place, texts in enumerate(columns)})


def _text(value: Any, column: Field, binary: Counter[str]) -> str | None:
    """A value as text; a number only if the name of its column says what it is."""
    if isinstance(value, bytes):
        try:
            return codecs.getincrementaldecoder("utf-8")().decode(value, final=len(value) <= limits.LONGEST)
        except UnicodeDecodeError:
            binary[column.name] += 1
            return value.decode("latin-1")
    if value is None or not names_identifier(column.name):
        return None
    return str(value)
