"""The rows of a snapshot as views of a locked duckdb."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qaseed import scratch
from qaseed.engine import engine, translated_errors, translated_query_errors
from qaseed.logical_types import TYPES
from qaseed.model import Model
from qaseed.snapshot.integrity import is_whole
from qaseed.snapshot.limits import CHECK_MEMORY, CHECK_THREADS, FEW_ROWS
from qaseed.sql import identifier, literal

if TYPE_CHECKING:
    import duckdb


def resources_to_check(rows: int) -> dict[str, Any]:
    """The threads and memory of a catalog in which so many rows are digested or checked, for `open_catalog`.

    Memory is the same at any size. Few rows are read sooner by one thread than they are shared among several.
    """
    threads = 1 if rows <= FEW_ROWS else min(os.cpu_count() or 1, CHECK_THREADS)
    return {"threads": threads, "memory": CHECK_MEMORY}


@contextmanager
def open_catalog(
    folder: Path,
    model: Model,
    paths: Mapping[str, list[str]],
    threads: int | None = None,
    where: Path | None = None,
    memory: int | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A duckdb in which each entity is a view of its files, and nothing else of the machine can be reached.

    `paths` are the entity's files within `folder`, all of one format. The connection is in UTC and cannot be
    reconfigured, but for the memory that it uses: a manifest's rules come from outside. What does not fit in memory is
    spilled into a folder that is removed with the connection. Each of the `threads` (one for each core by default)
    buffers rows of its own; all of them use `memory` MiB, or most of the machine's if that is less.
    Failures name `where`, the folder itself by default: a `SnapshotError` where files cannot be read, a `UsageError`
    for a query that is no SQL, or of tables and columns that there are not.
    """
    import duckdb

    where = where or folder
    with suppress(OSError), scratch.exclusive(folder.parent):
        scratch.sweep_partial(folder.parent)
    all_files = [folder / path for entity in model.entities for path in paths[entity.name]]
    with (
        translated_errors(where, "its rows cannot be read", all_files, partial(is_whole, folder)),
        engine(threads=threads, memory=memory) as (connection, spill_folder),
    ):
        link = spill_folder / "snapshot"
        link.symlink_to(folder.resolve())  # duckdb would read `*` and `[` in the folder's own name as a pattern
        connection.execute("set global TimeZone = 'UTC'")  # cursors of the connection have it too
        connection.execute("set allowed_directories = [?]", [f"{link}/"])
        for entity in model.entities:
            files = [str(link / path) for path in paths[entity.name]]
            columns = {column.name: TYPES[column.type].duckdb for column in entity.columns}
            selected = ", ".join(f"{identifier(name)}::{kind} as {identifier(name)}" for name, kind in columns.items())
            wrong = f"its files of {entity.name} cannot be read"
            with translated_errors(where, wrong, all_files, partial(is_whole, folder)):
                connection.execute(
                    f"create view {identifier(entity.name)} as select {selected} from {_source(files, columns)}"
                )
        connection.execute("set enable_external_access = false")
        with suppress(duckdb.CatalogException):  # before duckdb 1.5 nothing of a locked configuration can be changed
            connection.execute("set allowed_configs = ['memory_limit']")  # for `rows_of`
        connection.execute("set lock_configuration = true")
        with translated_query_errors(where):
            yield connection


def _source(files: list[str], columns: Mapping[str, str]) -> str:
    names = "[" + ", ".join(literal(path) for path in files) + "]"
    if not files:
        empty = ", ".join(f"null::{kind} as {identifier(name)}" for name, kind in columns.items())
        return f"(select {empty} where false)"
    if files[0].endswith(".csv"):
        types = "{" + ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in columns.items()) + "}"
        return (
            f"read_csv({names}, header = true, auto_detect = false, delim = ',', "
            "quote = '\"', escape = '\"', new_line = '\\n', "
            f"nullstr = '', allow_quoted_nulls = false, max_line_size = 100000000, columns = {types})"
        )
    return f"read_parquet({names})"
