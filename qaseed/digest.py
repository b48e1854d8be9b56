"""The logical digest of a table: equal for equal rows, whatever the file, layout, order, engine or session settings.

A row is encoded as its columns in the order of the model, each ended by `;`. A text is its length in UTF-8 bytes, `:`
and the text; a whole number is its decimal digits, a bool `1` or `0`, a date its days and a moment its microseconds
since 1970-01-01 UTC; null is nothing. No text but the length-prefixed one can contain a `;`, so no two rows have one
encoding. The digest is `q1-` and 32 hex digits: the sums, modulo 2^64, of the left and of the right half of the MD5
of every row's encoding. It shows whether two tables have the same rows; whether files were tampered with is shown by
their SHA-256.
"""

from __future__ import annotations

from collections.abc import Sequence

from qaseed.logical_types import DIRECT_CAST, TYPES
from qaseed.model import Column, Entity
from qaseed.sql import identifier

_MASK = (1 << 64) - 1
_MAX_ARGUMENTS = 90
"""Of one call in Postgres, which allows 100."""


def _duckdb_encoding(columns: Sequence[Column]) -> str:
    parts = [f"{TYPES[column.type].duckdb_encoding.format(c=identifier(column.name))}, ';'" for column in columns]
    return f"concat({', '.join(parts)})"


def _postgres_encoding(columns: Sequence[Column], version: int) -> str:
    """By `concat_ws`, which skips nulls and takes half the arguments, and so two thirds of the time, of `concat`."""
    parts = [
        f"coalesce(({encoding})::text, '')" if column.nullable else encoding
        for column in columns
        for encoding in [_postgres_value(column, version)]
    ]
    calls = [parts[n : n + _MAX_ARGUMENTS] for n in range(0, len(parts), _MAX_ARGUMENTS)]
    return " || ".join(f"concat_ws(';', {', '.join(call)}) || ';'" for call in calls)


def _postgres_value(column: Column, version: int) -> str:
    logical = TYPES[column.type]
    faster = logical.postgres_18_encoding if version >= DIRECT_CAST else None
    return (faster or logical.postgres_encoding).format(c=identifier(column.name))


def duckdb_sql(entity: Entity, table: str) -> str:
    """A query for the number of rows and the two sums of a table in duckdb; `table` is quoted by the caller."""
    encoding = _duckdb_encoding(entity.columns)
    return (
        f"select count(*), sum(('0x' || left(h, 16))::ubigint), sum(('0x' || right(h, 16))::ubigint) "
        f"from (select md5({encoding}) h from {table})"
    )


def postgres_sql(entity: Entity, table: str, version: int) -> str:
    """The same query for a Postgres of this version, such as 180004; `table` is quoted by the caller."""
    md5 = f"md5({_postgres_encoding(entity.columns, version)})"
    if version >= DIRECT_CAST:
        hashed, left, right = f"decode({md5}, 'hex')", "substr(h, 1, 8)::bigint", "substr(h, 9)::bigint"
    else:
        hashed, left, right = f"('x' || {md5})::bit(128)", "h::bit(64)::bigint", "(h << 64)::bit(64)::bigint"
    # `offset 0` keeps MD5 from running twice
    return f"select count(*), sum({left}), sum({right}) from (select {hashed} h from {table} offset 0) rows"


def digest(left: int | None, right: int | None) -> str:
    """The digest of the two sums, signed or not; null sums are those of no rows."""
    return f"q1-{int(left or 0) & _MASK:016x}{int(right or 0) & _MASK:016x}"
