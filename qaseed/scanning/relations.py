"""Relations of duckdb as tables of a scan: their columns as text, and what they hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from qaseed.engine import engine, remedy
from qaseed.errors import ResourceError
from qaseed.safety.redaction import located_name
from qaseed.scanning.findings import Part, Skipped, Table, V, in_name
from qaseed.scanning.queries import Field
from qaseed.scanning.walking import DENIED, File
from qaseed.sql import identifier

if TYPE_CHECKING:
    import duckdb

_DUMB = frozenset("boolean time timetz bit uuid interval".split())
_NESTED = frozenset("struct list map array union".split())
_NUMBERS = re.compile(r"u?(?:tiny|small|big|huge)?int(?:eger)?|decimal|float|double|bignum")
_HIGH_BYTE = r"\\x[89A-F][0-9A-F]"
"""What duckdb writes for a byte that is no ASCII letter."""


def table_of(connection: duckdb.DuckDBPyConnection, name: str, relation: str, sample: int | None) -> Table | Skipped:
    """A relation with its columns as duckdb sees them; `name` is how it is shown."""
    import duckdb

    try:
        relation_columns = connection.sql(f"select * from {relation}")
        fields = [
            _field(column, kind) for column, kind in zip(relation_columns.columns, relation_columns.types, strict=True)
        ]
    except (duckdb.Error, UnicodeDecodeError) as error:
        return unreadable(name, error)
    return relation_table(connection, name, relation, fields, sample)


def relation_table(
    connection: duckdb.DuckDBPyConnection, name: str, relation: str, fields: Sequence[Field], sample: int | None
) -> Table:
    """A relation with these columns."""
    import duckdb

    rows = f"(from {relation} using sample reservoir({sample} rows) repeatable (1))" if sample else relation

    def read(start: Callable[[], V], /) -> tuple[V, Skipped | None]:
        visitor = start()
        try:
            visitor.add(connection, rows, fields)
        except duckdb.Error as error:
            return visitor, unreadable(name, error)
        return visitor, None

    return Table(name, fields, read)


def unreadable(name: str, error: Exception) -> Skipped:
    """Why a relation cannot be read; duckdb's own message may quote its values."""
    known = remedy(error, name)
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
            connection, _ = opened.enter_context(engine(file.path, read_only=True))
            connection.execute("set enable_external_access = false")  # its views must not reach other files
        except duckdb.Error as error:
            reason = "cannot be opened; it is not a duckdb file of a known version, or another program writes to it"
            yield unreadable(file.shown, error) if remedy(error, file.shown) else Skipped(file.shown, reason)
            return
        query = (
            "select schema_name, table_name from duckdb_tables() where not internal and not temporary union all "
            "select schema_name, view_name from duckdb_views() where not internal and not temporary order by all"
        )
        for schema, name in connection.execute(query).fetchall():
            known = located_name(name) if schema == "main" else f"{located_name(schema)}.{located_name(name)}"
            at = known if is_single else f"{file.shown}.{known}"
            yield from in_name(name, at)
            yield table_of(connection, at, f"{identifier(schema)}.{identifier(name)}", sample)


def _field(name: str, kind: Any) -> Field:
    base, at = kind.id.lower(), identifier(name)
    if base in _DUMB:
        return Field(name)
    if base == "date" or base.startswith("timestamp"):
        return Field(name, f"{at}::varchar", numeric=True)
    if base == "blob":
        decoded = f"try(decode({at}))"
        return Field(name, f"coalesce({decoded}, {at}::varchar)", binary=f"{at} is not null and {decoded} is null")
    is_nested = base in _NESTED or str(kind) == "JSON"
    return Field(
        name,
        f"{at}::varchar",
        bool(_NUMBERS.fullmatch(base)),
        tuple(_inner(kind)),
        nested=is_nested,
        binary=f"regexp_matches({at}::varchar, '{_HIGH_BYTE}')" if is_nested and "BLOB" in str(kind) else None,
    )


def _inner(kind: Any) -> Iterator[str]:
    """The names within a nested type."""
    if kind.id not in _NESTED:
        return
    for name, child in kind.children:
        if kind.id in ("struct", "union"):
            yield name
        if hasattr(child, "id"):
            yield from _inner(child)
