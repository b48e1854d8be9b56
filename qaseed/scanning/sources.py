"""What can be scanned, opened for reading only: each source is a number of parts, most of them tables that count
themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qaseed.engine import engine
from qaseed.errors import PostgresError, UsageError
from qaseed.safety.redaction import located_name, printable, shown_path, shown_source
from qaseed.scanning import limits
from qaseed.scanning.files import reader
from qaseed.scanning.findings import Part, Skipped, Table, V, in_name
from qaseed.scanning.proof import is_proof
from qaseed.scanning.queries import Field, beside_each_other
from qaseed.scanning.relations import relation_table, table_of, unreadable
from qaseed.scanning.walking import DENIED, Walk
from qaseed.sql import identifier

if TYPE_CHECKING:
    import duckdb

    from qaseed.model import Entity
    from qaseed.postgres.reading import Readable, ReadColumn

_URL = re.compile(r"postgres(?:ql)?(?:\+\w+)?://", re.IGNORECASE)
_SETTING = r"\w+\s*=\s*(?:'(?:[^'\\]|\\.)*'|[^\s']*)\s+"
_SETTINGS = re.compile(rf"\s*(?:{_SETTING})*(?:dbname|host|hostaddr|port|user|password|service)\s*=", re.IGNORECASE)
_SCHEME = re.compile(r"(?:jdbc:)?([a-z][a-z0-9+]*)(?:://|:/|//)", re.IGNORECASE)
_ACCEPTED_SOURCES = "give a snapshot, file, folder, or Postgres URL (postgresql://USER@HOST:PORT/DATABASE)"

Opened = AbstractContextManager[tuple[str, int, Callable[[], Iterator[Part]]]]
"""How a source may be shown, how many tables or files it has, and its parts, each time that they are asked for."""


def exists(source: str | Path) -> bool:
    """Whether there is such a file or folder; whatever cannot be the name of one does not exist."""
    try:
        Path(source).lstat()
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def open_source(source: str | Path, sample: int | None, schemas: Sequence[str] | None) -> Opened:
    """The source for the duration of the block."""
    if sample is not None and sample < 1:
        raise UsageError(f"sample: {sample}; give a number of rows, 1 or more")
    text = str(source).strip()
    if not text:
        raise UsageError(f"the source is empty; {_ACCEPTED_SOURCES}")
    if isinstance(source, str) and (_URL.match(text) or (_SETTINGS.match(text) and not exists(source))):
        scheme, colon, rest = text.partition("://")
        return _postgres(f"{scheme.lower()}{colon}{rest}" if _URL.match(text) else text, sample, schemas)
    if schemas:
        raise UsageError("schemas are of a Postgres database; leave them out")
    return _of_path(source, sample)


def _of_path(source: str | Path, sample: int | None) -> Opened:
    scheme, path = _SCHEME.match(str(source)), Path(source)
    if not exists(path):
        if str(source) == "-":
            raise UsageError("standard input cannot be scanned; save it as a file, and scan that")
        if scheme:
            raise UsageError(f"{scheme[1].lower()}: cannot be scanned, or is misspelt; {_ACCEPTED_SOURCES}")
        raise UsageError(f"{shown_source(str(source))}: is not there; {_ACCEPTED_SOURCES}")
    try:
        if (path / "manifest.json").is_file():
            return _snapshot(path, sample)
        is_folder = path.is_dir()
    except PermissionError:
        raise UsageError(f"{shown_path(str(path))}: {DENIED}") from None
    return _files(path, sample, is_folder=is_folder)


@contextmanager
def _snapshot(folder: Path, sample: int | None) -> Iterator[tuple[str, int, Callable[[], Iterator[Part]]]]:
    from qaseed.snapshot import open_snapshot

    snapshot = open_snapshot(folder)
    entities = snapshot.manifest.model.entities
    read = {folder / file.path for entity in entities for file in snapshot.files(entity.name, snapshot.kind)}
    walk = Walk.of(folder)
    others = [file for file in walk.files if file.path not in read]
    with snapshot.catalog(limits.THREADS, limits.MEMORY) as connection, reader(sample) as files:

        def parts() -> Iterator[Part]:
            for entity in entities:
                table = table_of(connection, entity.name, identifier(entity.name), sample)
                if isinstance(table, Table):
                    declared = [_declared(column, entity) for column in table.fields]
                    table = relation_table(connection, entity.name, identifier(entity.name), declared, sample)
                yield table
            yield from walk.findings
            yield from walk.skipped
            for file in others:
                yield from files.parts(file)

        yield shown_path(str(folder)), len(entities) + len(others), parts


def _declared(column: Field, entity: Entity) -> Field:
    """A column with what its snapshot declares of it."""
    declared = entity.by_name.get(column.name)
    is_proven = declared is not None and is_proof(entity.name, column.name, declared.safe)
    return replace(column, declared=declared, is_proven=is_proven)


@contextmanager
def _files(
    source: Path, sample: int | None, *, is_folder: bool
) -> Iterator[tuple[str, int, Callable[[], Iterator[Part]]]]:
    walk = Walk.of(source)
    if is_folder and not walk.files and not walk.skipped:
        raise UsageError(f"{shown_path(str(source))}: holds no file; give another folder")
    with reader(sample, is_single=not is_folder) as files:

        def parts() -> Iterator[Part]:
            yield from walk.findings
            yield from walk.skipped
            for file in walk.files:
                yield from files.parts(file)

        yield shown_path(str(source)), len(walk.files), parts


@contextmanager
def _postgres(
    url: str, sample: int | None, schemas: Sequence[str] | None
) -> Iterator[tuple[str, int, Callable[[], Iterator[Part]]]]:
    from qaseed.postgres.connection import connected, display_url
    from qaseed.postgres.reading import catalog_texts, large_objects, listed_tables, readable_tables

    with connected(url) as connection, engine(threads=limits.THREADS, memory=limits.MEMORY) as (memory, _):
        listed = listed_tables(connection, schemas)
        if not listed:
            raise UsageError(f"{display_url(connection)}: has no tables; give another database")

        def parts() -> Iterator[Part]:
            for schema in listed:
                yield from in_name(schema, located_name(schema))
            for numbers in listed.values():
                for table in readable_tables(connection, numbers):
                    yield from _of_postgres(connection, memory, table, sample)
            for schema, name, kind, texts in catalog_texts(connection, schemas):
                yield _of_texts(memory, f"{located_name(schema)}.{located_name(name)}", kind, texts)
            number = 0 if schemas else large_objects(connection)
            if number:
                yield Skipped(
                    "large objects", f"{number:,} were not read; export and scan them", PostgresError.exit_code
                )

        yield display_url(connection), sum(map(len, listed.values())), parts


def _of_postgres(
    connection: Any, memory: duckdb.DuckDBPyConnection, table: Readable, sample: int | None
) -> Iterator[Part]:
    at = f"{located_name(table.schema)}.{located_name(table.table)}"
    yield from in_name(table.table, at)
    if table.refused:
        yield Skipped(at, table.refused, PostgresError.exit_code)
    if not table.foreign:
        yield _rows_of_postgres(connection, memory, table, at, sample)


def _rows_of_postgres(
    connection: Any, memory: duckdb.DuckDBPyConnection, table: Readable, at: str, sample: int | None
) -> Table:
    import duckdb

    from qaseed.postgres.reading import TableError, batches

    names = [*(column.name for column in table.columns), *table.others]
    known = {one.name: one.in_table for one in beside_each_other([Field(name) for name in names], table.table)}

    def field(column: ReadColumn, place: int) -> Field:
        cell = identifier(f"c{place}")
        decoded = f"try(decode(unhex({cell})))"
        return Field(
            column.name,
            f"coalesce({decoded}, unhex({cell})::varchar)" if column.binary else cell,
            column.numeric,
            column.inner,
            nested=column.nested,
            binary=f"{cell} is not null and {decoded} is null" if column.binary else None,
            in_table=known[column.name],
            number=f"if(contains({cell}, '.'), null, try_cast({cell} as hugeint))" if column.whole else "",
        )

    read = [column for column in table.columns if field(column, 0).is_read or field(column, 0).is_counted]
    fields = [field(column, place) for place, column in enumerate(read)]
    others = [column.name for column in table.columns if column not in read] + list(table.others)

    def rows(start: Callable[[], V], /) -> tuple[V, Skipped | None]:
        visitor = start()
        wanted = visitor.wanted(fields)
        columns = [column for column, one in zip(read, fields, strict=True) if one in wanted]
        cells = [field(column, place) for place, column in enumerate(columns)]
        try:
            for batch in batches(connection, table, columns, sample, limits.LONGEST):
                memory.register("batch", batch)
                visitor.add(memory, "batch", cells)
        except TableError as error:
            return visitor, Skipped(at, printable(str(error)), PostgresError.exit_code)
        except duckdb.Error as error:
            return visitor, unreadable(at, error)
        return visitor, None

    unread = [Field(name, in_table=known[name]) for name in others]
    return Table(at, [*fields, *unread], rows, PostgresError.exit_code)


def _of_texts(memory: duckdb.DuckDBPyConnection, at: str, kind: str, texts: Sequence[str]) -> Table:
    def read(start: Callable[[], V], /) -> tuple[V, Skipped | None]:
        import pyarrow as pa

        visitor = start()
        memory.register("batch", pa.table({"c0": pa.array(texts, pa.string())}))
        visitor.add(memory, "batch", fields)
        return visitor, None

    fields = [Field(f"({kind})", identifier("c0"))]
    return Table(at, fields, read)
