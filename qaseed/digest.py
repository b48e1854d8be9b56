"""The logical digest of a table: equal for equal rows, whatever the file, layout, order, engine or session settings.

A row is encoded as its columns in the order of the model, each ended by `;`. A text is its length in UTF-8 bytes, `:` and
the text; a whole number is its decimal digits, a bool `1` or `0`, a date its days and a moment its microseconds since
1970-01-01 UTC; null is nothing. No text but the length-prefixed one can hold a `;`, so no two rows have one encoding.
The digest is `q1-` and 32 hex digits: the sums, modulo 2^64, of the left and of the right half of the MD5 of every row's
encoding. It tells whether two tables hold the same rows; whether files were tampered with is told by their SHA-256.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qaseed.model import Column, Entity, Type

_MASK = (1 << 64) - 1

DUCKDB: Mapping[Type, str] = {
    "bool": "({c}::int)::varchar",
    "bigint": "{c}::varchar",
    "text": "(strlen({c})::varchar || ':' || {c})",
    "date": "({c} - date '1970-01-01')::varchar",
    "timestamptz": "epoch_us({c})::varchar",
}
POSTGRES: Mapping[Type, str] = {
    "bool": "{c}::int",
    "bigint": "{c}",
    "text": "octet_length({c}) || ':' || {c}",
    "date": "({c} - date '1970-01-01')",
    # its binary form, microseconds since 2000 in every version, is exact and cheaper than arithmetic on its numeric seconds
    "timestamptz": "('x' || encode(timestamptz_send({c}), 'hex'))::bit(64)::bigint + 946684800000000",
}


_MOST_ARGUMENTS = 90
"""Of a function in Postgres, which allows 100."""


def _duckdb_encoding(columns: Sequence[Column]) -> str:
    told = [DUCKDB[column.type].format(c='"' + column.name + '"') + ", ';'" for column in columns]
    return f"concat({', '.join(told)})"


_BYTES_AS_NUMBERS = 180000
"""The version of Postgres that learnt to cast bytea to bigint, which takes a fifth off a digest."""


def _postgres_encoding(columns: Sequence[Column], version: int) -> str:
    """By `concat_ws`, which passes over nulls and takes half the arguments, and so two thirds of the time, of `concat`."""
    forms = dict(POSTGRES)
    if version >= _BYTES_AS_NUMBERS:
        forms["timestamptz"] = "timestamptz_send({c})::bigint + 946684800000000"
    told = [
        f"coalesce(({part})::text, '')" if column.nullable else part
        for column in columns
        for part in [forms[column.type].format(c='"' + column.name + '"')]
    ]
    cut = range(0, len(told), _MOST_ARGUMENTS)
    return " || ".join(f"concat_ws(';', {', '.join(told[n : n + _MOST_ARGUMENTS])}) || ';'" for n in cut)


def duckdb_sql(entity: Entity, table: str) -> str:
    """A query for the two sums of a table in duckdb; `table` is quoted by the caller."""
    encoding = _duckdb_encoding(entity.columns)
    return (
        f"select count(*), sum(('0x' || left(h, 16))::ubigint), sum(('0x' || right(h, 16))::ubigint) "
        f"from (select md5({encoding}) h from {table})"
    )


def postgres_sql(entity: Entity, table: str, version: int) -> str:
    """The same query for a Postgres of this version, such as 180004; `table` is quoted by the caller."""
    told = f"md5({_postgres_encoding(entity.columns, version)})"
    if version >= _BYTES_AS_NUMBERS:
        made, left, right = f"decode({told}, 'hex')", "substr(h, 1, 8)::bigint", "substr(h, 9)::bigint"
    else:
        made, left, right = f"('x' || {told})::bit(128)", "h::bit(64)::bigint", "(h << 64)::bit(64)::bigint"
    # `offset 0` keeps MD5 from running twice
    return f"select count(*), sum({left}), sum({right}) from (select {made} h from {table} offset 0) rows"


def digest(left: int | None, right: int | None) -> str:
    """The digest told by the two sums, signed or not; null sums are those of no rows."""
    return f"q1-{int(left or 0) & _MASK:016x}{int(right or 0) & _MASK:016x}"
