"""Rows on their way to Postgres: batches of a snapshot, encoded, sent by COPY or INSERT."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from psycopg.sql import SQL, Identifier, Placeholder

from qaseed.engine import arrow_batches
from qaseed.logical_types import TYPES
from qaseed.model import Entity
from qaseed.postgres import tables
from qaseed.sql import identifier

if TYPE_CHECKING:
    from hashlib import _Hash

    import duckdb
    import psycopg

    from qaseed.loading.options import CopyMethod

    Connection = psycopg.Connection[Any]


def copy_format(entity: Entity) -> CopyMethod:
    """Binary if every type of the entity is proven and the encoder is installed, else text."""
    proven = all(TYPES[column.type].binary_copy for column in entity.columns)
    return "binary" if proven and find_spec("pgpq") else "text"


def send(
    connection: Connection,
    schema: str,
    entity: Entity,
    source: duckdb.DuckDBPyConnection,
    how: CopyMethod | Literal["rows"],
    batch_rows: int,
    *,
    freeze: bool = False,
    sent: _Hash | None = None,
) -> Iterator[int]:
    """Stream the rows of an entity in a snapshot's catalog into a table; yields the rows of each batch when it is sent.

    With `freeze`, which needs a table created or emptied in this transaction, its rows are visible to transactions that
    began before, and need no second visit by VACUUM. `sent` is updated with all bytes of a COPY in batches; few `rows`
    are sent as they are read, without an encoder.
    """
    if how == "insert":
        yield from _insert(connection, schema, entity, source, batch_rows)
        return
    formats = {"binary": SQL("binary"), "text": SQL("csv"), "rows": SQL("text")}
    options = SQL("format {}, freeze {}").format(formats[how], SQL("true" if freeze else "false"))
    names = SQL(", ").join(Identifier(column.name) for column in entity.columns)
    statement = SQL("copy {} ({}) from stdin with ({})").format(Identifier(schema, entity.name), names, options)
    if how == "rows":
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for batch in _batches(source, _values_query(entity), batch_rows):
                for row in batch:
                    copy.write_row(row)
                yield len(batch)
        return
    encoded = (_binary if how == "binary" else csv_lines)(source, entity, batch_rows)
    if sent is not None:
        encoded = _hashed(encoded, sent)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for content, rows in _prefetched(encoded):
            copy.write(content)
            yield rows


def _prefetched(items: Iterator[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """The same items; each is encoded while the one before is sent."""
    with ThreadPoolExecutor(1) as executor:
        following = executor.submit(next, items, None)
        while item := following.result():
            following = executor.submit(next, items, None)
            yield item


def _hashed(items: Iterator[tuple[bytes, int]], sent: _Hash) -> Iterator[tuple[bytes, int]]:
    for content, rows in items:
        sent.update(content)
        yield content, rows


def read_back(connection: Connection, schema: str, entity: Entity) -> tuple[int, bytes]:
    """The number of rows of a table, and the SHA-256 of the binary COPY stream that Postgres sends of them."""
    names = SQL(", ").join(Identifier(column.name) for column in entity.columns)
    statement = SQL("copy {} ({}) to stdout with (format binary)").format(Identifier(schema, entity.name), names)
    received = hashlib.sha256()
    connection.execute("set local synchronize_seqscans = off")  # else a scan begins where another one is
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for message in copy:
                received.update(message)
        return cursor.rowcount, received.digest()


def _insert(
    connection: Connection, schema: str, entity: Entity, source: duckdb.DuckDBPyConnection, batch_rows: int
) -> Iterator[int]:
    names = SQL(", ").join(tables.parameterized_identifier(column.name) for column in entity.columns)
    places = SQL(", ").join(Placeholder() * len(entity.columns))
    relation = tables.parameterized_identifier(schema, entity.name)
    # a column may be an identity, and keeps the snapshot's values all the same, as with COPY
    statement = SQL("insert into {} ({}) overriding system value values ({})").format(relation, names, places)
    with connection.cursor() as cursor:
        for rows in _batches(source, _values_query(entity) + _referenced_first(entity), batch_rows):
            cursor.executemany(statement, rows)
            yield len(rows)


def _values_query(entity: Entity) -> str:
    """All values but texts and numbers as text that Postgres reads: Python's types have fewer values."""
    values = [
        name if column.type in ("text", "bigint") else f"({TYPES[column.type].duckdb_csv.format(c=name)})::varchar"
        for column in entity.columns
        for name in [identifier(column.name)]
    ]
    return f"select {', '.join(values)} from {identifier(entity.name)}"


_REFERENCED_FIRST = """ left join (
    with recursive edges as (select tenant_id, id, unnest([{own}]) as _refers from {table}),
    placed as (select distinct tenant_id, _refers as id, 0 as _depth from edges where _refers is not null
        union select e.tenant_id, e.id, p._depth + 1 from edges e
        join placed p on e.tenant_id = p.tenant_id and e._refers = p.id where e.id <> p.id and p._depth < {longest})
    select tenant_id, id, max(_depth) as _depth from placed group by all
) using (tenant_id, id) order by _depth nulls first"""
_LONGEST = 1000
"""References in a row, from row to row of one table; more, as in a circle, cannot be inserted one by one."""


def _referenced_first(entity: Entity) -> str:
    """The order of rows in which each comes after those of its own table that it references.

    Keys are checked for each INSERT, while COPY checks them at its end.
    """
    own = ", ".join(identifier(column.name) for column in entity.references if column.refers == entity.name)
    return _REFERENCED_FIRST.format(own=own, table=identifier(entity.name), longest=_LONGEST) if own else ""


def _binary(source: duckdb.DuckDBPyConnection, entity: Entity, batch_rows: int) -> Iterator[tuple[bytes, int]]:
    from pgpq import ArrowToPostgresBinaryEncoder

    batches = arrow_batches(source.sql(f"select * from {identifier(entity.name)}"), batch_rows)
    encoder = ArrowToPostgresBinaryEncoder(batches.schema)
    yield encoder.write_header(), 0
    for batch in batches:
        yield encoder.write_batch(batch), len(batch)
    yield encoder.finish(), 0  # holds back small batches until here


def csv_lines(source: duckdb.DuckDBPyConnection, entity: Entity, batch_rows: int) -> Iterator[tuple[bytes, int]]:
    """The rows of an entity as CSV, byte by byte as in the files of a snapshot, and how many rows they are."""
    values = [TYPES[column.type].duckdb_csv.format(c=identifier(column.name)) for column in entity.columns]
    separated = ", ',', ".join(values)
    # a null is nothing
    query = f"select concat({separated}, chr(10)) from {identifier(entity.name)}"
    for rows in _batches(source, query, batch_rows):
        yield "".join(line for (line,) in rows).encode(), len(rows)


def _batches(source: duckdb.DuckDBPyConnection, query: str, batch_rows: int) -> Iterator[list[tuple[Any, ...]]]:
    result = source.cursor().execute(query)
    while rows := result.fetchmany(batch_rows):
        yield rows
