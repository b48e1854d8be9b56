"""Reading any database without changing it: which tables there are, and their rows as text, a batch at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qaseed.errors import UsageError, nearest

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

BATCH_BYTES = 8 << 20

_TABLES = """
select n.nspname, c.relname, c.relkind, greatest(c.reltuples, 0), has_schema_privilege(n.oid, 'usage'),
    array_agg(a.attname::text order by a.attnum),
    array_agg(coalesce(nullif(b.typcategory, 'X'), t.typcategory)::text order by a.attnum),
    array_agg(coalesce(b.typname, t.typname)::text order by a.attnum),
    array_agg(has_column_privilege(c.oid, a.attnum, 'select') order by a.attnum)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_type t on t.oid = a.atttypid left join pg_type b on b.oid = nullif(t.typbasetype, 0)
where c.relkind in ('r', 'p', 'm', 'f') and not c.relispartition
    and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
group by n.oid, n.nspname, c.oid, c.relname, c.relkind, c.reltuples order by n.nspname, c.relname
"""
_DUMB_CATEGORIES = frozenset("BDTGV")
"""Types that say nothing as text: boolean, date and time, span, geometry, bits."""
_DUMB_TYPES = frozenset({"bytea", "uuid", "tsvector", "oid"})


class TableError(Exception):
    """One table could not be read; the others can."""


@dataclass(frozen=True)
class Readable:
    """A table: its columns that can be read as text and whether they are numbers, all its other columns, and what is refused."""

    schema: str
    table: str
    relkind: str
    rows: float
    columns: tuple[tuple[str, bool], ...]
    others: tuple[str, ...]
    refused: str | None
    in_sql: Mapping[str, str]
    """How names are sent, where that is not how they are shown."""

    @property
    def name(self) -> str:
        """Schema and table, as findings name it."""
        return f"{self.schema}.{self.table}"

    @property
    def foreign(self) -> bool:
        """Whether its rows are on another server."""
        return self.relkind == "f"


def readable_tables(connection: psycopg.Connection[Any], schemas: Sequence[str] | None) -> list[Readable]:
    """All tables, partitioned tables as one, and materialised views of all schemas that are not the system's, or of some."""
    from qaseed.postgres.session import keep_bytes

    connection.read_only = True
    with connection.transaction():
        unencoded = keep_bytes(connection)
        found = [_readable(*row, unencoded=unencoded) for row in connection.execute(_TABLES)]
    known = {table.schema for table in found}
    for schema in schemas or ():
        if schema not in known:
            raise UsageError(f"schema {schema!r} has no tables; {nearest(schema, known)}")
    return [table for table in found if not schemas or table.schema in schemas]


def _readable(
    schema: str, table: str, relkind: str, rows: float, usable: bool, *columns: list[Any], unencoded: bool
) -> Readable:
    from qaseed.postgres.session import readable_name

    text: list[tuple[str, bool]] = []
    others, closed, in_sql = [], [], {}
    if unencoded:
        in_sql = {readable_name(name): name for name in (schema, table, *columns[0]) if name}
        schema, table = readable_name(schema), readable_name(table)
        columns = ([readable_name(name) for name in columns[0] if name], *columns[1:])
    for name, category, kind, permitted in zip(*columns, strict=False):
        if name is None:  # a table without columns
            continue
        if not permitted or not usable:
            closed.append(name)
        if name in closed or category in _DUMB_CATEGORIES or kind in _DUMB_TYPES:
            others.append(name)
        else:
            text.append((name, category == "N"))
    refused = None
    if relkind == "f":
        refused = "is a foreign table; scan the database that it is in"
    elif closed and not text:
        refused = f"permission denied; grant select on it, and usage on schema {schema}"
    elif closed:
        refused = f"permission denied for {len(closed)} of its columns; grant select on them"
    return Readable(schema, table, relkind, rows, tuple(text), tuple(others), refused, in_sql)


def batches(
    connection: psycopg.Connection[Any], table: Readable, columns: Sequence[str], sample: int | None
) -> Iterator[pa.Table]:
    """The rows of some columns as text, named c0, c1, ...; `TableError` if Postgres refuses them."""
    import psycopg

    from qaseed.postgres.session import keep_bytes

    if not columns:
        return
    try:
        with connection.transaction(), ExitStack() as opened:
            keep_bytes(connection)
            cursor = opened.enter_context(connection.cursor())
            copy = opened.enter_context(cursor.copy(_query(table, columns, sample)))
            held, size = [], 0
            for row in copy:  # Postgres sends one whole row a message
                held.append(row)
                size += len(row)
                if size > BATCH_BYTES:
                    yield _parsed(held, len(columns))
                    held, size = [], 0
            if held:
                yield _parsed(held, len(columns))
    except psycopg.Error as error:
        if connection.broken:
            raise
        what = str(error.diag.message_primary or type(error).__name__)
        if isinstance(error, psycopg.errors.UntranslatableCharacter | psycopg.errors.CharacterNotInRepertoire):
            what = "holds characters that UTF8 has none for"  # the server's words quote them
        raise TableError(f"{what}; it was not read to the end") from None


def _query(table: Readable, columns: Sequence[str], sample: int | None) -> Any:
    from psycopg import sql

    names = sql.SQL(", ").join(sql.SQL("{}::text").format(_identifier(table, name)) for name in columns)
    only = sql.SQL("only " if table.relkind == "r" else "")
    limit = sql.SQL("")
    if sample is not None:
        # some pages, of twice as many rows as are wanted; all of a small table
        share = min(100.0, 200.0 * sample / table.rows) if table.rows else 100.0
        some = f" tablesample system ({share:.6f}) repeatable (1)" if share < 100 and table.relkind != "p" else ""
        limit = sql.SQL(f"{some} limit {int(sample)}")
    source = _identifier(table, table.schema, table.table)
    return sql.SQL("copy (select {} from {}{}{}) to stdout (format csv)").format(names, only, source, limit)


def _identifier(table: Readable, *names: str) -> Any:
    from psycopg import sql

    return sql.Identifier(*(table.in_sql.get(name, name) for name in names))


def _parsed(rows: list[Any], width: int) -> pa.Table:
    """CSV rows as a table of texts."""
    import pyarrow as pa
    from pyarrow import csv

    names = [f"c{place}" for place in range(width)]
    data = b"".join(rows).decode("utf-8", "replace").encode()  # a database in SQL_ASCII holds any bytes
    return csv.read_csv(
        io.BytesIO(data),
        csv.ReadOptions(column_names=names, block_size=max(1 << 20, max(map(len, rows)) * 2)),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=False,
        ),
    )
