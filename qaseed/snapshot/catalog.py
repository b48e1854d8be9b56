"""The rows of a snapshot as views of a locked duckdb."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qaseed import scratch
from qaseed.engine import engine, translated_errors
from qaseed.logical_types import TYPES
from qaseed.model import Model
from qaseed.snapshot.integrity import is_whole
from qaseed.sql import identifier, literal

if TYPE_CHECKING:
    import duckdb


@contextmanager
def open_catalog(
    folder: Path,
    model: Model,
    paths: Mapping[str, list[str]],
    threads: int | None = None,
    where: Path | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A duckdb in which each entity is a view of its files, and nothing else of the machine can be reached.

    `paths` are the entity's files within `folder`, all of one format. The connection is in UTC and cannot be
    reconfigured: a manifest's rules come from outside. What does not fit in memory is spilled into a folder that is
    removed with the connection. Each of the `threads` (one for each core by default) buffers rows of its own.
    Failures name `where`, the folder itself by default.
    """
    where = where or folder
    with suppress(OSError), scratch.exclusive(folder.parent):
        scratch.sweep_partial(folder.parent)
    all_files = [folder / path for entity in model.entities for path in paths[entity.name]]
    with (
        translated_errors(where, "its rows cannot be read", all_files, partial(is_whole, folder)),
        engine() as (connection, spill_folder),
    ):
        link = spill_folder / "snapshot"
        link.symlink_to(folder.resolve())  # duckdb would read `*` and `[` in the folder's own name as a pattern
        connection.execute("set global TimeZone = 'UTC'")  # cursors of the connection have it too
        if threads:
            connection.execute(f"set threads = {threads}")
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
        connection.execute("set lock_configuration = true")
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
