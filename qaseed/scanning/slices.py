"""Tables with long rows, a few rows at a time: duckdb takes 2,048 of them, whatever their length."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qaseed.engine import arrow_batches
from qaseed.scanning import limits
from qaseed.scanning.visiting import interruptible
from qaseed.sql import literal

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from pyarrow import parquet

Slices = Callable[[int | None], Iterator["pa.RecordBatch"]]
"""The rows of a table, so many at a time; without a number, because they could not be measured, one by one."""
TOO_LARGE = f"its rows take more than {limits.MEMORY} MiB at a time; export it in smaller parts, and scan those"

_BEYOND_LIMIT = re.compile(r"Out of Memory Error: .* used\)")
_EXPANDS = f"expands more than {limits.EXPANSION}-fold, and was not read to the end; look at it by other means"


class RowsError(Exception):
    """Why rows are not read, or not all."""


def is_beyond_limit(error: Exception) -> bool:
    """Whether something takes more memory than a scan gives to duckdb, and not more than the machine has."""
    return "max_temp_directory_size" not in str(error) and bool(_BEYOND_LIMIT.match(str(error)))


def longest_row(connection: duckdb.DuckDBPyConnection, relation: str, lengths: Sequence[str]) -> int | None:
    """The bytes of the longest value of each column together: no row has more. None where they are too many."""
    import duckdb

    longest = ", ".join(f"max({length})" for length in lengths)
    try:
        with interruptible():
            [row] = connection.execute(f"select {longest} from {relation}").fetchall() if longest else [()]
    except duckdb.OutOfMemoryException as error:
        if is_beyond_limit(error):
            return None
        raise
    return sum(length or 0 for length in row)


def length_sql(value: str, kind: Any, depth: int = 0) -> str:
    """The bytes of text in a value of a type of duckdb; empty for types without text.

    A value is not made a text for it: the same long value in all rows would be there as many times.
    """
    base, one = kind.id.lower(), f"x{depth}"
    if base == "blob":
        return f"octet_length({value})"
    if base in ("varchar", "enum", "union", "tuple", "variant"):
        return f"strlen({value}::varchar)"
    if base in ("list", "array"):
        return _sum_sql(value, one, length_sql(one, kind.children[0][1], depth + 1))
    if base == "map":
        return _sum_sql(f"map_entries({value})", one, _struct_sql(one, kind.children, depth + 1))
    return _struct_sql(value, kind.children, depth) if base == "struct" else ""


def _sum_sql(values: str, one: str, length: str) -> str:
    return f"list_sum(list_transform({values}, lambda {one}: {length}))" if length else ""


def _struct_sql(value: str, children: Sequence[tuple[str, Any]], depth: int) -> str:
    parts = (length_sql(f"struct_extract({value}, {literal(name)})", kind, depth) for name, kind in children)
    return " + ".join(f"coalesce({part}, 0)" for part in parts if part)


def parquet_slices(path: Path) -> Slices:
    """The rows of a Parquet file; `RowsError` where it expands far, or may need too many bytes at a time."""

    def read(rows: int | None) -> Iterator[pa.RecordBatch]:
        from pyarrow import parquet

        left = max(limits.MIN_EXPANSION_BYTES, limits.EXPANSION * path.stat().st_size)
        with parquet.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
            if rows is None and _longest_chunk(file.metadata) > limits.MOST_CHUNK_BYTES:
                raise RowsError(TOO_LARGE)
            for batch in file.iter_batches(batch_size=rows or 1, use_threads=False):
                left -= batch.nbytes
                if left < 0:
                    raise RowsError(_EXPANDS)
                yield batch

    return read


def _longest_chunk(metadata: parquet.FileMetaData) -> int:
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    chunks = (group.column(number) for group in groups for number in range(group.num_columns))
    return max((chunk.total_uncompressed_size for chunk in chunks), default=0)


def table_slices(connection: duckdb.DuckDBPyConnection, relation: str) -> Slices:
    """The rows of a table that duckdb keeps; `RowsError` where it cannot read them at all."""

    def read(rows: int | None) -> Iterator[pa.RecordBatch]:
        if rows is None:
            raise RowsError(TOO_LARGE)
        with connection.cursor() as cursor:
            yield from arrow_batches(cursor.sql(f"select * from {relation}"), rows)

    return read


def arrow_slices(table: pa.Table) -> Slices:
    """The rows of a table in memory."""
    return lambda rows: iter(table.to_batches(max_chunksize=rows or 1))


def grouped(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Rows put together as far as they are judged together."""
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        if waiting and (size + batch.nbytes > limits.BATCH_BYTES or len(waiting) == limits.SLICES):
            yield pa.Table.from_batches(waiting)
            waiting, size = [], 0
        waiting.append(batch)
        size += batch.nbytes
    if waiting:
        yield pa.Table.from_batches(waiting)


def decoded(batch: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
    """Rows with values in place of numbers of values, of long ones the beginning, and their columns by these names."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [one.dictionary_decode() if isinstance(one, pa.DictionaryArray) else one for one in batch.columns]
    if batch.nbytes > limits.LONGEST:
        texts = (pa.StringArray, pa.LargeStringArray)
        columns = [
            pc.utf8_slice_codeunits(one, 0, limits.LONGEST + 1) if isinstance(one, texts) else one for one in columns
        ]
    return pa.RecordBatch.from_arrays(columns, list(names))


def first(tables: Iterable[pa.Table], sample: int | None) -> Iterator[pa.Table]:
    """The first rows of tables, so many of all together; all without a number."""
    left = sample
    for table in tables:
        if left is None:
            yield table
        elif left > 0:
            yield table.slice(0, left)
            left -= table.num_rows
        else:
            return
