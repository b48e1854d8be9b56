"""What can be scanned, opened for reading only: each source is a number of tables, and each table counts itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qaseed.engine import engine, remedy
from qaseed.errors import PostgresError, QaseedError, UsageError
from qaseed.scanning.counting import Counts, Field, count, quoted

if TYPE_CHECKING:
    import duckdb

    from qaseed.postgres.reading import Readable

_URL = re.compile(r"postgres(?:ql)?(?:\+\w+)?://|(?:\w+=\S* )*(?:dbname|host|service)=")
_SCHEME = re.compile(r"([a-z][a-z0-9+]*)://")
_PARQUET, _CSV, _DUCKDB = (".parquet", ".pq"), (".csv", ".csv.gz", ".tsv", ".tsv.gz"), (".duckdb", ".ddb", ".db")
_READ_CSV = "header = true, all_varchar = true, strict_mode = false, null_padding = true, parallel = false, max_line_size = 100000000"
"""Every value of every line as text, also of lines that are too long or too short."""
_DUMB = frozenset("boolean date time timetz timestamp blob bit uuid interval".split())
_NUMBERS = re.compile(r"u?(?:tiny|small|big|huge)?int(?:eger)?|decimal|float|double|bignum")


@dataclass(frozen=True)
class Skipped:
    """A table or file that was not read, why, and the exit code if it should have been."""

    where: str
    reason: str
    exit_code: int

    @property
    def told(self) -> str:
        """In one line."""
        return f"{self.where}: {self.reason}"


@dataclass(frozen=True)
class Table:
    """A table by name and columns, and how to count what they hold; what could be counted before a failure counts."""

    name: str
    fields: Sequence[Field]
    count: Callable[[], tuple[Counts, Skipped | None]]


Opened = Iterator[tuple[str, int, Iterator[Table | Skipped]]]


@contextmanager
def open_source(source: str | Path, sample: int | None, schemas: Sequence[str] | None) -> Opened:
    """How the source may be shown, how many tables it has, and the tables."""
    if sample is not None and sample < 1:
        raise UsageError(f"sample: {sample}; give a number of rows, 1 or more")
    if isinstance(source, str) and _URL.match(source):
        with _postgres(source, sample, schemas) as opened:
            yield opened
        return
    if schemas:
        raise UsageError("schemas are of a Postgres database; leave them out")
    with _of_path(source, sample) as opened:
        yield opened


def _of_path(
    source: str | Path, sample: int | None
) -> AbstractContextManager[tuple[str, int, Iterator[Table | Skipped]]]:
    scheme, path = _SCHEME.match(str(source)), Path(source)
    name = path.name.lower()
    if scheme:
        raise UsageError(
            f"{scheme[1]}: cannot be scanned; give a snapshot, Parquet, CSV or duckdb file, folder, or Postgres URL"
        )
    if (path / "manifest.json").is_file():
        return _snapshot(path, sample)
    if path.is_dir():
        files = (
            file
            for file in sorted(path.rglob("*"))
            if file.is_file() and file.name.lower().endswith((*_PARQUET, *_CSV))
        )
        return _files(path, {file.relative_to(path).as_posix(): file for file in files}, sample)
    if not path.is_file():
        raise UsageError(f"{path}: is not there; give a snapshot, Parquet, CSV or duckdb file, folder, or Postgres URL")
    if name.endswith(_DUCKDB):
        return _duckdb(path, sample)
    if name.endswith((*_PARQUET, *_CSV)):
        return _files(path, {path.name: path}, sample)
    raise UsageError(f"{path}: is no Parquet, CSV or duckdb file by its name; rename it")


@contextmanager
def _snapshot(folder: Path, sample: int | None) -> Opened:
    from qaseed.snapshot import open_snapshot

    snapshot = open_snapshot(folder)
    with snapshot.catalogue() as connection:

        def tables() -> Iterator[Table | Skipped]:
            for entity in snapshot.manifest.model.entities:
                table = _described(connection, entity.name, quoted(entity.name), sample)
                if isinstance(table, Table):
                    declared = [replace(column, declared=entity.by_name.get(column.name)) for column in table.fields]
                    table = _counted(connection, entity.name, quoted(entity.name), declared, sample)
                yield table

        yield str(folder), len(snapshot.manifest.model.entities), tables()


@contextmanager
def _files(source: Path, files: dict[str, Path], sample: int | None) -> Opened:

    if not files:
        raise UsageError(f"{source}: holds no Parquet or CSV file; give another folder")
    with engine() as (connection, aside):

        def tables() -> Iterator[Table | Skipped]:
            for place, (name, path) in enumerate(files.items()):
                is_csv, ending = path.name.lower().endswith(_CSV), ".gz" if path.name.lower().endswith(".gz") else ""
                link = aside / f"{place}{'.csv' if is_csv else '.parquet'}{ending}"
                link.symlink_to(path.resolve())  # duckdb would read `*` and `[` in the file's own name as a pattern
                relation = f"read_csv('{link}', {_READ_CSV})" if is_csv else f"read_parquet('{link}')"
                yield _described(connection, name, relation, sample)

        yield str(source), len(files), tables()


@contextmanager
def _duckdb(path: Path, sample: int | None) -> Opened:
    import duckdb

    with ExitStack() as opened:
        try:
            connection, _ = opened.enter_context(engine(path, read_only=True))
        except duckdb.Error as error:
            raise remedy(error, path) or UsageError(
                f"{path}: cannot be opened; it is no duckdb file of a version known here, or somebody writes to it"
            ) from None
        query = "select schema_name, table_name from duckdb_tables() where not internal and not temporary order by all"
        names = connection.execute(query).fetchall()

        def tables() -> Iterator[Table | Skipped]:
            for schema, name in names:
                shown = name if schema == "main" else f"{schema}.{name}"
                yield _described(connection, shown, f"{quoted(schema)}.{quoted(name)}", sample)

        yield str(path), len(names), tables()


def _described(connection: duckdb.DuckDBPyConnection, name: str, relation: str, sample: int | None) -> Table | Skipped:
    """A table with its columns as duckdb sees them."""
    import duckdb

    try:
        found = connection.sql(f"select * from {relation}")
        fields = [_field(column, kind) for column, kind in zip(found.columns, found.types, strict=True)]
    except (duckdb.Error, UnicodeDecodeError) as error:
        return _unreadable(name, error)
    return _counted(connection, name, relation, fields, sample)


def _counted(
    connection: duckdb.DuckDBPyConnection, name: str, relation: str, fields: Sequence[Field], sample: int | None
) -> Table:
    import duckdb

    rows = f"(from {relation} using sample reservoir({sample} rows) repeatable (1))" if sample else relation

    def counted() -> tuple[Counts, Skipped | None]:
        counts = Counts()
        try:
            count(connection, rows, fields, counts)
        except duckdb.Error as error:
            return counts, _unreadable(name, error)
        return counts, None

    return Table(name, fields, counted)


def _unreadable(name: str, error: Exception) -> Skipped:
    """Why a file cannot be read; duckdb's own message may quote its lines."""
    known = remedy(error, name)
    if isinstance(known, QaseedError):
        return Skipped(name, str(known).removeprefix(f"{name}: "), known.exit_code)
    text = str(error).lower()
    if "unicode" in text or "utf-8" in text or isinstance(error, UnicodeDecodeError):
        reason = "is not UTF-8; convert it"
    else:
        line = re.search(r"on line: (\d+)", text)
        reason = (
            f"cannot be read (line {line[1]}); mend it" if line else "is damaged or of another format; get a fresh copy"
        )
    return Skipped(name, reason, UsageError.exit_code)


def _field(name: str, kind: Any) -> Field:
    base = kind.id.lower()
    if base.startswith("timestamp") or base in _DUMB:
        return Field(name)
    return Field(name, f"{quoted(name)}::varchar", bool(_NUMBERS.fullmatch(base)), tuple(_inner(kind)))


def _inner(kind: Any) -> Iterator[str]:
    """The names within a nested type."""
    if kind.id not in ("struct", "list", "map", "array", "union"):
        return
    for name, child in kind.children:
        if kind.id in ("struct", "union"):
            yield name
        if hasattr(child, "id"):
            yield from _inner(child)


@contextmanager
def _postgres(url: str, sample: int | None, schemas: Sequence[str] | None) -> Opened:

    from qaseed.postgres.connection import connected, reached
    from qaseed.postgres.reading import readable_tables

    with connected(url) as connection, engine() as (memory, _):
        found = readable_tables(connection, schemas)

        def tables() -> Iterator[Table | Skipped]:
            for table in found:
                if table.refused:
                    yield Skipped(table.name, table.refused, 0 if table.foreign else PostgresError.exit_code)
                if not table.foreign:
                    yield _of_postgres(connection, memory, table, sample)

        yield reached(connection), len(found), tables()


def _of_postgres(connection: Any, memory: duckdb.DuckDBPyConnection, table: Readable, sample: int | None) -> Table:
    from qaseed.postgres.reading import TableError, batches

    named = [Field(name, quoted(f"c{place}"), numeric) for place, (name, numeric) in enumerate(table.columns)]
    read = [column for column in named if column.is_read]
    others = [Field(name) for name in table.others]

    def counted() -> tuple[Counts, Skipped | None]:
        counts = Counts()
        try:
            names = [column.name for column in read]
            for batch in batches(connection, table, names, sample):
                memory.register("batch", batch)
                some = [replace(column, sql=quoted(f"c{place}")) for place, column in enumerate(read)]
                count(memory, "batch", some, counts)
        except TableError as error:
            return counts, Skipped(table.name, str(error), PostgresError.exit_code)
        return counts, None

    return Table(table.name, [*named, *others], counted)
