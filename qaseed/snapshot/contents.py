"""Whether files of rows are what the manifest says, before their rows are used: columns, types, counts, expansion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from qaseed.engine import engine, translated_errors
from qaseed.logical_types import TYPES
from qaseed.model import Entity
from qaseed.snapshot.footer import MalformedFooterError, read_footer
from qaseed.snapshot.limits import EXPANSION, MIN_EXPANSION_BYTES, SCAN_MEMORY, SCAN_THREADS
from qaseed.snapshot.manifest import File, Manifest
from qaseed.snapshot.regular_files import altered
from qaseed.sql import identifier, literal


def check_contents(folder: Path, manifest: Manifest, kind: str) -> None:
    """The files of a format have the columns, types and numbers of rows of the manifest, and expand within bounds.

    A footer may say anything, so the rows themselves are read, in bounded memory. CSV does not expand.
    """
    entities = manifest.model.entities
    files = {
        entity.name: [file for file in manifest.tables[entity.name].files if file.path.endswith(f".{kind}")]
        for entity in entities
    }
    for entity in entities:
        for file in files[entity.name]:
            if kind == "csv":
                _check_header(folder, file, entity)
            else:
                _check_footer(folder, file, entity)
    if kind == "parquet":
        _check_expansion(folder, entities, files)


def _check_header(folder: Path, file: File, entity: Entity) -> None:
    names = ",".join(column.name for column in entity.columns).encode()
    with (folder / file.path).open("rb") as content:
        if content.read(len(names) + 1) != names + b"\n":
            raise altered(folder, f"{file.path} has other columns than its model")


def _check_footer(folder: Path, file: File, entity: Entity) -> None:
    """The footer is read within bounds before duckdb reserves what it asks for."""
    try:
        footer = read_footer(folder / file.path)
    except MalformedFooterError:
        raise altered(folder, f"{file.path} is not a Parquet file") from None
    if footer.columns != tuple((column.name, TYPES[column.type].parquet) for column in entity.columns):
        raise altered(folder, f"{file.path} has other columns than its model")
    if not footer.rows == sum(footer.groups) == file.rows:
        raise altered(folder, f"{file.path} has other rows than the {file.rows:,} of the manifest")


def _check_expansion(folder: Path, entities: Iterable[Entity], files: Mapping[str, list[File]]) -> None:
    """Read every value once, without copying texts: one of a dictionary may stand for gigabytes."""
    with engine() as (connection, scratch):
        link = scratch / "snapshot"
        link.symlink_to(folder.resolve())  # duckdb would read `*` and `[` in the folder's own name as a pattern
        connection.execute(
            f"set memory_limit = '{SCAN_MEMORY}'; set threads = {SCAN_THREADS}; set max_temp_directory_size = '0KB'"
        )
        for entity in (entity for entity in entities if files[entity.name]):
            paths = [link / file.path for file in files[entity.name]]
            expected, size = (sum(getattr(file, of) for file in files[entity.name]) for of in ("rows", "bytes"))
            source = ", ".join(literal(str(path)) for path in paths)
            with (
                translated_errors(folder, f"its files of {entity.name} cannot be read", paths),
                _in_bounds(folder, entity),
            ):
                query = f"select {_read_all(entity)} from read_parquet([{source}])"
                ((rows, expanded, *_),) = connection.execute(query).fetchall()
            if rows != expected or expanded > MIN_EXPANSION_BYTES + EXPANSION * size:
                raise altered(folder, f"its files of {entity.name} expand to {rows:,} rows, {expanded:,} bytes of text")


@contextmanager
def _in_bounds(folder: Path, entity: Entity) -> Iterator[None]:
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        if " used)" not in str(error):  # it is the machine that has no more
            raise
        raise altered(folder, f"its files of {entity.name} need more than {SCAN_MEMORY} of memory") from None


def _read_all(entity: Entity) -> str:
    """What counts rows and bytes of text, and decodes every page of every column, by as few aggregates as can be."""
    sizes = [f"strlen({identifier(column.name)})" for column in entity.columns if column.type == "text"]
    others = [identifier(column.name) for column in entity.columns if column.type != "text"]
    size = f"coalesce(sum(list_sum([{', '.join(sizes)}])), 0)" if sizes else "0"
    return ", ".join(["count(*)", size, *([f"bit_xor(hash({', '.join(others)}))"] if others else [])])
