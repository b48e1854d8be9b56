"""Reading any database without changing it: which tables there are, and their rows as text, a batch at a time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from qaseed.errors import UsageError, nearest

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

BATCH_BYTES = 8 << 20
"""How many bytes of CSV are decoded and parsed at a time."""

PAGE = 1000
"""Tables, or texts of the catalog, that are in memory at a time."""

_LISTED = """
select n.nspname, array_agg(c.oid::bigint order by c.relname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm', 'v', 'f') and not c.relispartition
    and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
group by n.nspname order by n.nspname
"""
_TABLES = """
with recursive base(oid, root) as (
    select oid, oid from pg_type where typtype <> 'd'
    union all select d.oid, base.root from pg_type d join base on d.typbasetype = base.oid where d.typtype = 'd')
select n.nspname, c.relname, c.relkind, greatest(c.reltuples, 0), has_schema_privilege(n.oid, 'usage'),
    array_agg(a.attname::text order by a.attnum),
    array_agg(t.typcategory::text order by a.attnum),
    array_agg(t.typname::text order by a.attnum),
    array_agg(has_column_privilege(c.oid, a.attnum, 'select') order by a.attnum),
    array_agg((select string_agg(attname::text, chr(31)) from pg_attribute
        where attrelid in (nullif(t.typrelid, 0), e.typrelid) and attnum > 0 and not attisdropped) order by a.attnum)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join base on base.oid = a.atttypid left join pg_type t on t.oid = base.root
left join pg_type e on e.oid = nullif(t.typelem, 0) and t.typcategory = 'A'
where c.oid = any(%s)
group by n.oid, n.nspname, c.oid, c.relname, c.relkind, c.reltuples order by n.nspname, c.relname
"""
_TEXTS = """
select n.nspname, t.typname, 'labels', e.enumlabel from pg_enum e
    join pg_type t on t.oid = e.enumtypid join pg_namespace n on n.oid = t.typnamespace
union all
select n.nspname, c.relname, 'comments', d.description from pg_description d
    join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
union all
select n.nspname, c.relname, 'defaults', pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d
    join pg_class c on c.oid = d.adrelid join pg_namespace n on n.oid = c.relnamespace
order by 1, 2, 3
"""
_TEXTLESS_CATEGORIES = frozenset("BTGV")
"""Categories of types (`typcategory`) whose values contain no text: boolean, interval, geometry, bits."""
_NUMERIC_CATEGORIES = frozenset("ND")
"""Numbers, dates and times."""
_WHOLE_NUMBERS = frozenset({"int4", "int8", "numeric"})
_TEXTLESS_TYPES = frozenset({"uuid", "oid"})
_NESTED_CATEGORIES, _NESTED_TYPES = frozenset("ACR"), frozenset({"json", "jsonb", "hstore", "xml"})
_PLAIN_ERRORS = ("42", "53", "54", "55", "57")
"""Classes of SQLSTATE whose messages never quote a value of a row: access, resources, limits, state, intervention."""


class TableError(Exception):
    """One table could not be read; other tables may be."""


@dataclass(frozen=True)
class ReadColumn:
    """A column that can be read as text.

    `numeric` (also dates) and `binary` (bytea) describe its type, `nested` is for arrays, records and documents,
    `inner` has the field names of a composite type, and `whole` is for whole numbers of more than two bytes.
    """

    name: str
    numeric: bool
    nested: bool
    binary: bool
    inner: tuple[str, ...]
    whole: bool


@dataclass(frozen=True)
class Readable:
    """A table or view.

    `columns` can be read as text; `others` are of types without text, or not permitted. `rows` is the planner's
    estimate. `refused` says, with its remedy, what cannot be read; None if everything can.
    """

    schema: str
    table: str
    relkind: str
    rows: float
    columns: tuple[ReadColumn, ...]
    others: tuple[str, ...]
    refused: str | None
    in_sql: Mapping[str, str]
    """The names to use in SQL, by displayed name, where the two differ (`keep_bytes`)."""

    @property
    def foreign(self) -> bool:
        """Whether its rows are on another server."""
        return self.relkind == "f"


def listed_tables(connection: psycopg.Connection[Any], schemas: Sequence[str] | None) -> dict[str, list[int]]:
    """The tables and views of some schemas, or of all that are not the system's, as numbers for `readable_tables`.

    `UsageError` for a schema without tables. The connection is read-only from then on.
    """
    from qaseed.postgres.session import keep_bytes, readable_name

    connection.read_only = True
    with connection.transaction():
        convert = readable_name if keep_bytes(connection) else str
        tables = {convert(schema): numbers for schema, numbers in connection.execute(_LISTED)}
    for schema in schemas or ():
        if schema not in tables:
            raise UsageError(f"schema {schema!r} has no tables; {nearest(schema, tables)}")
    return {schema: numbers for schema, numbers in tables.items() if not schemas or schema in schemas}


def readable_tables(connection: psycopg.Connection[Any], numbers: Sequence[int]) -> Iterator[Readable]:
    """The tables and views of these numbers, as far as they still exist; a partitioned table is one table."""
    from qaseed.postgres.session import keep_bytes

    for start in range(0, len(numbers), PAGE):
        with connection.transaction():
            unencoded = keep_bytes(connection)
            rows = connection.execute(_TABLES, [numbers[start : start + PAGE]]).fetchall()
        yield from (_readable(*row, unencoded=unencoded) for row in rows)


def _readable(
    schema: str, table: str, relkind: str, rows: float, usable: bool, *columns: list[Any], unencoded: bool
) -> Readable:
    from qaseed.postgres.session import readable_name

    text: list[ReadColumn] = []
    others, denied, in_sql = [], [], {}
    if unencoded:
        in_sql = {readable_name(name): name for name in (schema, table, *columns[0]) if name}
        schema, table = readable_name(schema), readable_name(table)
        columns = ([readable_name(name) for name in columns[0] if name], *columns[1:])
    for name, category, kind, permitted, inner in zip(*columns, strict=False):
        if name is None:  # a table without columns
            continue
        if not permitted or not usable:
            denied.append(name)
        if name in denied or category in _TEXTLESS_CATEGORIES or kind in _TEXTLESS_TYPES:
            others.append(name)
        else:
            nested = category in _NESTED_CATEGORIES or kind in _NESTED_TYPES
            text.append(
                ReadColumn(
                    name,
                    category in _NUMERIC_CATEGORIES,
                    nested,
                    kind == "bytea",
                    tuple(inner.split("\x1f") if inner else ()),
                    kind in _WHOLE_NUMBERS,
                )
            )
    refused = None
    if relkind == "f":
        refused = "is a foreign table; scan the database that contains it"
    elif denied and not text:
        refused = f"permission denied; grant select on it, and usage on schema {schema}"
    elif denied:
        refused = f"permission denied for {len(denied)} of its columns; grant select on them"
    return Readable(schema, table, relkind, rows, tuple(text), tuple(others), refused, in_sql)


def catalog_texts(
    connection: psycopg.Connection[Any], schemas: Sequence[str] | None
) -> Iterator[tuple[str, str, str, list[str]]]:
    """Texts in the catalog that people wrote: enumeration labels, comments, defaults of each schema and object."""
    from qaseed.postgres.session import keep_bytes, readable_name

    with connection.transaction(), connection.cursor("qaseed_texts") as cursor:
        convert = readable_name if keep_bytes(connection) else str
        cursor.itersize = PAGE
        cursor.execute(_TEXTS)
        for (schema, name, kind), rows in groupby((tuple(map(convert, row)) for row in cursor), lambda row: row[:3]):
            if not schemas or schema in schemas:
                yield schema, name, kind, [text for *_, text in rows]


def large_objects(connection: psycopg.Connection[Any]) -> int:
    """How many large objects the database has."""
    with connection.transaction():
        [(number,)] = connection.execute("select count(*) from pg_largeobject_metadata").fetchall()
    return int(number)


def batches(
    connection: psycopg.Connection[Any],
    table: Readable,
    columns: Sequence[ReadColumn],
    sample: int | None,
    longest: int,
) -> Iterator[pa.Table]:
    """The rows of some columns in batches, as text columns c0, c1, ...; `TableError` if Postgres refuses.

    `sample` limits the rows; None reads all of them. Of values with more than `longest` characters, one more is read.
    Text that is not UTF-8 is read as far as possible and ends in
    `TableError`.
    """
    import psycopg

    from qaseed.postgres.session import keep_bytes

    if not columns:
        return
    is_uncertain = False
    try:
        with connection.transaction(), ExitStack() as opened:
            keep_bytes(connection)
            connection.execute("set local bytea_output = 'escape'")  # within arrays and records
            cursor = opened.enter_context(connection.cursor())
            copy = opened.enter_context(cursor.copy(_query(table, columns, sample, longest)))
            for rows in _chunks(copy):
                data, is_guess = _decoded(rows)
                is_uncertain |= is_guess
                yield _parsed(data, len(columns))
    except psycopg.Error as error:
        if connection.broken:
            raise
        is_plain = str(error.sqlstate).startswith(_PLAIN_ERRORS)
        reason = str(error.diag.message_primary) if is_plain else f"Postgres refuses it ({type(error).__name__})"
        raise TableError(f"{reason}; it was not read to the end") from None
    if is_uncertain:
        raise TableError("is not all UTF-8, so that only its ASCII letters were read for sure; convert the database")


def _query(table: Readable, columns: Sequence[ReadColumn], sample: int | None, longest: int) -> Any:
    from psycopg import sql

    most = int(longest) + 1
    forms = {False: sql.SQL(f"left({{}}::text, {most})"), True: sql.SQL(f"encode(substr({{}}, 1, {most}), 'hex')")}
    names = sql.SQL(", ").join(forms[column.binary].format(_identifier(table, column.name)) for column in columns)
    only = sql.SQL("only " if table.relkind == "r" else "")
    limit = sql.SQL("")
    if sample is not None:
        # random pages with about twice the wanted rows; all of a small table
        share = min(100.0, 200.0 * sample / table.rows) if table.rows else 100.0
        some = f" tablesample system ({share:.6f}) repeatable (1)" if share < 100 and table.relkind in "rm" else ""
        limit = sql.SQL(f"{some} limit {int(sample)}")
    source = _identifier(table, table.schema, table.table)
    return sql.SQL("copy (select {} from {}{}{}) to stdout (format csv)").format(names, only, source, limit)


def _identifier(table: Readable, *names: str) -> Any:
    from psycopg import sql

    return sql.Identifier(*(table.in_sql.get(name, name) for name in names))


def _chunks(copy: Iterable[Any]) -> Iterator[list[Any]]:
    """Rows in chunks of about `BATCH_BYTES`; Postgres sends one row a message."""
    rows, size = [], 0
    for row in copy:
        rows.append(row)
        size += len(row)
        if size > BATCH_BYTES:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def _decoded(rows: list[Any]) -> tuple[bytes, bool]:
    """CSV rows as UTF-8, and whether that is a guess: a database in SQL_ASCII may contain any bytes."""
    data = b"".join(rows)
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace").encode(), True
    return data, False


def _parsed(data: bytes, width: int) -> pa.Table:
    """CSV rows as a table of texts."""
    import pyarrow as pa
    from pyarrow import csv

    names = [f"c{number}" for number in range(width)]
    return csv.read_csv(
        io.BytesIO(data),
        csv.ReadOptions(column_names=names, block_size=max(1 << 20, len(data))),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=False,
        ),
    )
