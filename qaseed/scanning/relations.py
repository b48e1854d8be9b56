"""Relations of duckdb as tables of a scan: their columns as text, and what they hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from qaseed.engine import engine, remedy
from qaseed.errors import ResourceError
from qaseed.safety.redaction import located_name
from qaseed.scanning import limits
from qaseed.scanning.findings import Part, Skipped, Table, V, in_name
from qaseed.scanning.queries import Field, beside_each_other
from qaseed.scanning.slices import (
    TOO_LARGE,
    RowsError,
    Slices,
    arrow_slices,
    decoded,
    first,
    grouped,
    is_beyond_limit,
    length_sql,
    longest_row,
    table_slices,
)
from qaseed.scanning.visiting import Visitor
from qaseed.scanning.walking import DENIED, File
from qaseed.sql import identifier

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_DUMB = frozenset("boolean time timetz bit uuid interval".split())
_NESTED = frozenset("struct list map array union".split())
_NUMBERS = re.compile(r"u?(?:tiny|small|big|huge)?int(?:eger)?|decimal|float|double|bignum")
_HIGH_BYTE = r"\\x[89A-F][0-9A-F]"
"""What duckdb writes for a byte that is no ASCII letter."""


def fields_of(connection: duckdb.DuckDBPyConnection, relation: str) -> list[Field]:
    """The columns of a relation as duckdb sees them."""
    columns = connection.sql(f"select * from {relation}")
    return [_field(column, kind) for column, kind in zip(columns.columns, columns.types, strict=True)]


def table_of(
    connection: duckdb.DuckDBPyConnection, name: str, relation: str, sample: int | None, slices: Slices | None = None
) -> Table | Skipped:
    """A relation with its columns as duckdb sees them; `name` is how it is shown."""
    import duckdb

    try:
        fields = fields_of(connection, relation)
    except (duckdb.Error, UnicodeDecodeError) as error:
        return unreadable(name, error)
    return relation_table(connection, name, relation, fields, sample, slices)


def relation_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    relation: str,
    fields: Sequence[Field],
    sample: int | None,
    slices: Slices | None = None,
) -> Table:
    """A relation with these columns, and how it is read where its rows are long; without `slices` those are not."""
    import duckdb
    import pyarrow as pa

    fields = beside_each_other(fields, name)

    def read(start: Callable[[], V], /) -> tuple[V, Skipped | None]:
        visitor = start()
        try:
            _show(visitor, connection, relation, fields, slices, sample)
        except RowsError as error:
            return visitor, Skipped(name, str(error))
        except (duckdb.Error, pa.ArrowException) as error:
            return visitor, unreadable(name, error)
        return visitor, None

    return Table(name, fields, read)


def arrow_table(
    connection: duckdb.DuckDBPyConnection, name: str, file: pa.ipc.RecordBatchFileReader, sample: int | None
) -> Table:
    """The rows of an open Arrow file."""
    import duckdb
    import pyarrow as pa

    def read(start: Callable[[], V], /) -> tuple[V, Skipped | None]:
        visitor = start()
        try:
            for rows in first(grouped(map(file.get_batch, range(file.num_record_batches))), sample):
                connection.register("rows", rows)
                _show(visitor, connection, "rows", fields, arrow_slices(rows), None)
        except (duckdb.Error, pa.ArrowException) as error:
            return visitor, unreadable(name, error)
        return visitor, None

    connection.register("rows", file.schema.empty_table())
    fields = beside_each_other(fields_of(connection, "rows"), name)
    return Table(name, fields, read)


def _show(
    visitor: Visitor,
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    fields: Sequence[Field],
    slices: Slices | None,
    sample: int | None,
) -> None:
    """Show a visitor the rows of a relation, or a sample of them: a few at a time if they are long."""
    longest = longest_row(connection, relation, [one.length for one in visitor.wanted(fields) if one.length])
    if longest is not None and longest <= limits.ROW_BYTES:
        some = f"(from {relation} using sample reservoir({sample} rows) repeatable (1))" if sample else relation
        visitor.add(connection, some, fields)
        return
    if not slices:
        raise RowsError(TOO_LARGE)
    names = [column.name for column in fields]
    batches = (decoded(batch, names) for batch in slices(longest and max(1, limits.BATCH_BYTES // longest)))
    for rows in first(grouped(batches), sample):
        connection.register("batch", rows)
        visitor.add(connection, "batch", fields)


def unreadable(name: str, error: Exception) -> Skipped:
    """Why a relation cannot be read; duckdb's own message may quote its values."""
    known = remedy(error, name)
    if is_beyond_limit(error):
        return Skipped(name, TOO_LARGE)
    if isinstance(known, ResourceError):
        return Skipped(name, str(known).removeprefix(f"{name}: "), known.exit_code)
    if isinstance(known, KeyboardInterrupt):
        raise known
    if known:
        return Skipped(name, DENIED)
    text = str(error).lower()
    if "encrypt" in text:
        return Skipped(name, "is encrypted; decrypt it")
    if "disabled by configuration" in text or "external access" in text:
        return Skipped(name, "reads other files, which a scan does not follow; scan those")
    return Skipped(name, "is damaged or of another format; get a fresh copy")


def tables_of(file: File, sample: int | None, *, is_single: bool) -> Iterator[Part]:
    """The tables and views of a duckdb file."""
    import duckdb

    with ExitStack() as opened:
        try:
            connection, _ = opened.enter_context(
                engine(file.path, read_only=True, memory=limits.MEMORY, threads=limits.THREADS)
            )
            connection.execute("set enable_external_access = false")  # its views must not reach other files
        except duckdb.Error as error:
            reason = "cannot be opened; it is not a duckdb file of a known version, or another program writes to it"
            yield unreadable(file.shown, error) if remedy(error, file.shown) else Skipped(file.shown, reason)
            return
        query = (
            "select schema_name, table_name, true from duckdb_tables() where not internal and not temporary union all "
            "select schema_name, view_name, false from duckdb_views() where not internal and not temporary order by all"
        )
        for schema, name, is_table in connection.execute(query).fetchall():
            known = located_name(name) if schema == "main" else f"{located_name(schema)}.{located_name(name)}"
            at = known if is_single else f"{file.shown}.{known}"
            yield from in_name(name, at)
            relation = f"{identifier(schema)}.{identifier(name)}"
            slices = table_slices(connection, relation) if is_table else None
            yield table_of(connection, at, relation, sample, slices)


def _field(name: str, kind: Any) -> Field:
    base, at = kind.id.lower(), identifier(name)
    if base in _DUMB:
        return Field(name)
    if base == "date" or base.startswith("timestamp"):
        return Field(name, f"{at}::varchar", numeric=True)
    length = length_sql(at, kind)
    if base == "blob":
        decoded = f"try(decode({at}))"
        is_binary = f"{at} is not null and {decoded} is null"
        return Field(name, f"coalesce({decoded}, {at}::varchar)", binary=is_binary, length=length)
    is_nested = base in _NESTED or str(kind) == "JSON"
    return Field(
        name,
        f"{at}::varchar",
        bool(_NUMBERS.fullmatch(base)),
        tuple(_inner(kind)),
        nested=is_nested,
        binary=f"regexp_matches({at}::varchar, '{_HIGH_BYTE}')" if is_nested and "BLOB" in str(kind) else None,
        length=length,
        number=_number_sql(base, at, kind),
    )


def _number_sql(base: str, at: str, kind: Any) -> str:
    if re.fullmatch("u?(?:big|huge)?int(?:eger)?", base) or (base == "decimal" and str(kind).endswith(",0)")):
        return at
    return f"if({at} = trunc({at}), try_cast({at} as hugeint), null)" if base == "double" else ""


def _inner(kind: Any) -> Iterator[str]:
    """The names within a nested type."""
    if kind.id not in _NESTED:
        return
    for name, child in kind.children:
        if kind.id in ("struct", "union"):
            yield name
        if hasattr(child, "id"):
            yield from _inner(child)
