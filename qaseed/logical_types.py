"""The types that a column can have: one record each, with its name in every engine and how its values are written.

No other module has a table of types: a new type is one more record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

TypeName = Literal["bool", "bigint", "text", "date", "timestamptz"]

DIRECT_CAST = 180000
"""The version of Postgres from which bytea casts to bigint, which makes a digest faster by a fifth."""

CSV_OPTIONS: dict[str, Any] = {
    "quote_style": "necessary",
    "null_value": "",
    "datetime_format": "%Y-%m-%d %H:%M:%S%.6f+00",
}
"""How polars writes the CSV of snapshots, so that null, the empty text and every moment are read back.

An empty text is quoted, null is not. `LogicalType.duckdb_csv` writes the same for COPY."""


@dataclass(frozen=True)
class LogicalType:
    """One type of column. Encodings, which `qaseed.digest` defines, are SQL in which `{c}` is the quoted column."""

    constant: type[bool | int | str]
    """The Python type of its choices and of its default, in the model and in manifests."""
    polars: tuple[str, ...]
    """The name of its dtype in polars, and the arguments of a parametric one; see `polars_type`."""
    duckdb: str
    """Its name in duckdb."""
    parquet: str
    """Its physical and logical type in Parquet, as pyarrow names them."""
    postgres: str
    """Its name in Postgres, as `format_type` spells it."""
    width: int
    """Bytes of a value in a table of Postgres; of a text, what is usual in a model."""
    duckdb_encoding: str
    """Its encoding in the logical digest, in duckdb: arguments of `concat`."""
    duckdb_csv: str
    """Its value in CSV, in duckdb: byte by byte what polars writes with `CSV_OPTIONS`."""
    postgres_encoding: str
    """The encoding in Postgres: equal text for equal values, in every version and under every setting."""
    postgres_18_encoding: str | None = None
    """A faster form for servers from `DIRECT_CAST` on, if there is one."""
    row_default: str | None = None
    """The default that Postgres computes for each row, as SQL; columns of the type then have no constant as default."""
    binary_copy: bool = True
    """Whether tests/integration prove its binary COPY by a round trip through a real server; if not, rows are CSV."""

    def polars_type(self) -> Any:
        """Its dtype in polars, which is imported only now."""
        import polars as pl

        name, *arguments = self.polars
        return getattr(pl, name)(*arguments)


TYPES: Mapping[TypeName, LogicalType] = {
    "bool": LogicalType(
        constant=bool,
        polars=("Boolean",),
        duckdb="boolean",
        parquet="BOOLEAN NONE",
        postgres="boolean",
        width=1,
        duckdb_encoding="({c}::int)::varchar",
        duckdb_csv="{c}",
        postgres_encoding="{c}::int",
    ),
    "bigint": LogicalType(
        constant=int,
        polars=("Int64",),
        duckdb="bigint",
        parquet="INT64 NONE",
        postgres="bigint",
        width=8,
        duckdb_encoding="{c}::varchar",
        duckdb_csv="{c}",
        postgres_encoding="{c}",
    ),
    "text": LogicalType(
        constant=str,
        polars=("String",),
        duckdb="varchar",
        parquet="BYTE_ARRAY STRING",
        postgres="text",
        width=16,
        duckdb_encoding="strlen({c})::varchar || ':', {c}",  # in one argument the text is copied once more
        duckdb_csv=(
            "case when {c} = '' or contains({c}, ',') or contains({c}, '\"')"
            " or contains({c}, chr(10)) or contains({c}, chr(13))"
            " then '\"' || replace({c}, '\"', '\"\"') || '\"' else {c} end"
        ),
        postgres_encoding="octet_length({c}) || ':' || {c}",
    ),
    "date": LogicalType(
        constant=str,
        polars=("Date",),
        duckdb="date",
        parquet="INT32 DATE",
        postgres="date",
        width=4,
        duckdb_encoding="({c} - date '1970-01-01')::varchar",
        duckdb_csv="{c}",
        postgres_encoding="({c} - date '1970-01-01')",
        row_default="current_date",
    ),
    "timestamptz": LogicalType(
        constant=str,
        polars=("Datetime", "us", "UTC"),
        duckdb="timestamptz",
        parquet="INT64 TIMESTAMP",
        postgres="timestamp with time zone",
        width=8,
        duckdb_encoding="epoch_us({c})::varchar",
        duckdb_csv="strftime(make_timestamp(epoch_us({c})), '%Y-%m-%d %H:%M:%S.%f+00')",
        # the binary form, microseconds since 2000 in every version, is exact and cheaper than numeric seconds
        postgres_encoding="('x' || encode(timestamptz_send({c}), 'hex'))::bit(64)::bigint + 946684800000000",
        postgres_18_encoding="timestamptz_send({c})::bigint + 946684800000000",
        row_default="now()",
    ),
}
"""By the name that models and manifests use."""
