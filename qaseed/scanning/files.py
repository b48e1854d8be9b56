"""What files hold, by their first bytes and else by their names: tables of text, or why they are not read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qaseed.engine import engine
from qaseed.scanning import limits
from qaseed.scanning.delimited import EXTRA, Cells, layout_of, readings_of
from qaseed.scanning.dumps import Dump, batches_of, is_dump, read_dump
from qaseed.scanning.findings import Part, Skipped, Table, V, in_name
from qaseed.scanning.messages import decompressed_bytes
from qaseed.scanning.queries import Field, beside_each_other
from qaseed.scanning.relations import arrow_table, table_of, tables_of, unreadable
from qaseed.scanning.slices import parquet_slices
from qaseed.scanning.sqlite import sqlite_tables
from qaseed.scanning.texts import DAMAGED, HEAD_BYTES, MemoryExceededError, TextFile, lines_of, opener_of
from qaseed.scanning.walking import File, why
from qaseed.sql import identifier

if TYPE_CHECKING:
    import duckdb

_ARCHIVE = "is an archive; unpack it and scan what comes out"
_DOCUMENT = "is a document; export it as text or CSV"
_OWN_DUMP = "is a dump in pg_dump's own format; make a plain one of it (pg_restore -f dump.sql) and scan that"
_OTHER = "is of a type that is not read; convert it to text, CSV or Parquet"
_DEMANDING = "takes too much memory to decompress; decompress it and scan what comes out"
_TRUNCATED = "is empty or cut short; get a fresh copy"
_LARGE_BATCHES = (
    f"has batches of more than {limits.MOST_ARROW_BYTES >> 20} MiB once decompressed; write it in smaller batches"
)
_CHANGED = "changed while it was read; scan it again, or a copy of it"
_ENCODED = "is not UTF-8, so that only its ASCII letters were read for sure; convert it to UTF-8"
_MAGIC_NUMBERS = (
    (0, b"PAR1", "parquet"), (0, b"PARE", "is encrypted; decrypt it"), (8, b"DUCK", "duckdb"), (0,
    b"SQLite format 3\0", "sqlite"),
    (0, b"ARROW1\0\0", "arrow"), (0, b"PK\3\4", _ARCHIVE), (0, b"PK\5\6", _ARCHIVE), (0, b"7z\xbc\xaf\x27\x1c",
    _ARCHIVE), (257, b"ustar", _ARCHIVE),
    (0, b"Rar!\x1a", _ARCHIVE), (0, b"%PDF-", _DOCUMENT), (0, b"\xd0\xcf\x11\xe0", _DOCUMENT), (0, b"Obj\1", _OTHER),
    (0, b"FEA1", _OTHER),
    (0, b"PGDMP", _OWN_DUMP), (0, b"\x89PNG", _OTHER), (0, b"GIF8",
    _OTHER), (0, b"{\\rtf", _DOCUMENT),
)  # fmt: skip
_ENDINGS = {
    (".parquet", ".pq"): "parquet", (".duckdb", ".ddb"): "duckdb", (".sqlite", ".sqlite3"): "sqlite", (".arrow",
    ".feather", ".ipc"): "arrow",
    (".zip", ".tar", ".7z", ".rar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".lz4"): _ARCHIVE, (".orc", ".avro"): _OTHER,
}  # fmt: skip
_OFFICE = (".xlsx", ".xlsm", ".xlsb", ".docx", ".pptx", ".ods", ".odt")
_DELIMITED = (".csv", ".tsv", ".tab", ".psv")
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4")
Readings = Callable[[TextFile], list[Callable[[], Cells]]]


@dataclass
class Reader:
    """Reads files, one after the other: a duckdb in memory, and a folder for links by plain names.

    The tables of a file that is scanned `is_single` are called by their own names.
    """

    sample: int | None
    is_single: bool
    memory: duckdb.DuckDBPyConnection
    temporary_folder: Path
    links: int = 0
    dumps: dict[tuple[Path, tuple[int, int, int]], Dump | None] = field(default_factory=dict)

    def parts(self, file: File) -> Iterator[Part]:
        """The tables of a file, or why it is not read."""
        import duckdb

        try:
            state = _state(file)
            with file.path.open("rb") as opened:
                head = opened.read(HEAD_BYTES)
            for part in self._of_kind(file, head):
                yield _as_it_is(part, file, state) if isinstance(part, Table) else part
        except DAMAGED as error:
            yield Skipped(file.shown, _failure(error))
        except duckdb.Error as error:
            yield unreadable(file.shown, error)

    def _of_kind(self, file: File, head: bytes) -> Iterator[Part]:
        name = file.path.name.lower()
        kind = _kind(head) or next((kind for endings, kind in _ENDINGS.items() if name.endswith(endings)), "text")
        readers = {"parquet": self._parquet, "arrow": self._arrow, "duckdb": self._duckdb, "sqlite": self._sqlite}
        opener = opener_of(head)
        if opener:
            yield from self._of_compressed(file, opener)
        elif not head:
            yield _nothing(file) if kind == "text" else Skipped(file.shown, _TRUNCATED)
        elif kind == "text":
            yield from self._of_text(file, TextFile(file.path, head), name)
        elif kind in readers:
            yield from readers[kind](file)
        else:
            yield Skipped(file.shown, _DOCUMENT if name.endswith(_OFFICE) else kind)

    def _of_compressed(self, file: File, opener: Any) -> Iterator[Part]:
        with opener(file.path) as stream:
            head = stream.read(HEAD_BYTES)
        name = file.path.name.lower()
        inner = name.removesuffix(next((ending for ending in _COMPRESSED if name.endswith(ending)), ""))
        if _kind(head) or opener_of(head):
            yield Skipped(file.shown, _ARCHIVE)
        else:
            yield from self._of_text(file, TextFile(file.path, head, opener), inner)

    def _of_text(self, file: File, text: TextFile, name: str) -> Iterator[Part]:
        dump = self._dump(file, text) if is_dump(text, name) and not text.is_binary else None
        if dump:
            yield from self._of_dump(file, dump)
        else:
            yield self._of_lines_or_cells(file, text, name)

    def _dump(self, file: File, text: TextFile) -> Dump | None:
        """The parts of a dump, read once for all passes over a source; None if it is in another encoding."""
        key = (file.path, _state(file))
        if key not in self.dumps:
            self.links += 1
            try:
                self.dumps[key] = read_dump(text, self.temporary_folder / f"{self.links}")
            except UnicodeDecodeError:
                self.dumps[key] = None
        return self.dumps[key]

    def _of_dump(self, file: File, dump: Dump) -> Iterator[Part]:
        lines = [Field("text", identifier("c0"), is_lines=True)]
        yield Table(file.shown, lines, partial(self._rows_of_dump, file.shown, dump.statements, lines))
        for table in dump.tables:
            at = table.name if self.is_single else f"{file.shown}.{table.name}"
            fields = [Field(column, identifier(f"c{place}")) for place, column in enumerate(table.columns)]
            fields = beside_each_other(fields, table.name)
            yield from in_name(table.name, at)
            yield Table(at, fields, partial(self._rows_of_dump, at, table.rows, fields))

    def _rows_of_dump(
        self, shown: str, path: Path, fields: list[Field], start: Callable[[], V], /
    ) -> tuple[V, Skipped | None]:
        import duckdb

        try:
            return self._visited(batches_of(path), fields, start()), None
        except duckdb.Error as error:
            return start(), unreadable(shown, error)

    def _of_lines_or_cells(self, file: File, text: TextFile, name: str) -> Table | Skipped:
        import duckdb

        is_delimited = name.endswith(_DELIMITED)
        if text.is_binary and not is_delimited:
            return Skipped(file.shown, _OTHER)
        layout = layout_of(text, tabs=name.endswith((".tsv", ".tab")))
        if layout.is_table or (is_delimited and layout.header):
            fields = [
                Field(column, identifier(f"c{place}"), is_headless=not layout.has_titles)
                for place, column in enumerate(layout.names)
            ]
            fields = beside_each_other(fields, name)
            readings: Readings = partial(readings_of, layout=layout)
        else:
            fields, readings = [Field("text", identifier("c0"), is_lines=True)], _line_readings

        def read(start: Callable[[], V], /) -> tuple[V, Skipped | None]:
            try:
                visitor = self._first_whole(readings(text), fields, start)
                skipped = Skipped(file.shown, _ENCODED) if text.is_binary else None
            except UnicodeDecodeError:
                visitor = self._first_whole(readings(replace(text, guessed=True)), fields, start)
                visitor.values.clear()
                skipped = Skipped(file.shown, _ENCODED)
            except DAMAGED as error:
                visitor, skipped = start(), Skipped(file.shown, _failure(error))
            except duckdb.Error as error:
                visitor, skipped = start(), unreadable(file.shown, error)
            return visitor, skipped

        return Table(file.shown, fields, read)

    def _first_whole(self, readings: Sequence[Callable[[], Cells]], fields: list[Field], start: Callable[[], V]) -> V:
        """Who got the rows of the first reading that comes to its end."""
        import pyarrow as pa

        for reading in readings[:-1]:
            try:
                return self._visited(reading(), fields, start())
            except pa.ArrowInvalid:
                continue
        return self._visited(readings[-1](), fields, start())

    def _visited(self, cells: Cells, fields: list[Field], visitor: V) -> V:
        left = self.sample
        for is_extra, batch in cells:
            rows = batch if left is None or is_extra else batch.slice(0, left)
            left = left if left is None or is_extra else left - rows.num_rows
            if is_extra and fields[-1].name != EXTRA:
                fields.append(Field(EXTRA, identifier("c0")))
            self.memory.register("batch", rows)
            read = fields[-1:] if is_extra else [one for one in fields if one.name != EXTRA]
            visitor.add(self.memory, "batch", read)
            if left == 0:
                break
        return visitor

    def _parquet(self, file: File) -> Iterator[Part]:
        from pyarrow import ArrowException, parquet

        self.links += 1
        link = self.temporary_folder / f"{self.links}.parquet"
        link.symlink_to(file.path.resolve())  # duckdb would read `*` and `[` in the file's own name as a pattern
        relation = f"read_parquet('{link}')"
        table = table_of(self.memory, file.shown, relation, self.sample, parquet_slices(file.path))
        if isinstance(table, Skipped):
            try:
                is_bare = not parquet.read_schema(file.path).names
            except (ArrowException, OSError):
                is_bare = False
            table = _nothing(file) if is_bare else table
        yield table

    def _arrow(self, file: File) -> Iterator[Part]:
        import pyarrow as pa

        try:
            with pa.memory_map(str(file.path)) as mapped:
                if decompressed_bytes(mapped) > limits.MOST_ARROW_BYTES:
                    yield Skipped(file.shown, _LARGE_BATCHES)
                    return
                opened = pa.ipc.open_file(mapped)
                yield (
                    arrow_table(self.memory, file.shown, opened, self.sample) if opened.schema.names else _nothing(file)
                )
        except pa.ArrowException:
            yield Skipped(file.shown, "is damaged or of another format; get a fresh copy")

    def _duckdb(self, file: File) -> Iterator[Part]:
        return tables_of(file, self.sample, is_single=self.is_single)

    def _sqlite(self, file: File) -> Iterator[Part]:
        return sqlite_tables(self.memory, file, self.sample, is_single=self.is_single)


def _failure(error: Exception) -> str:
    if isinstance(error, MemoryExceededError):
        return _DEMANDING
    return why(error) if isinstance(error, OSError) and error.errno else _TRUNCATED


def _state(file: File) -> tuple[int, int, int]:
    status = file.path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _as_it_is(table: Table, file: File, state: tuple[int, int, int]) -> Table:
    """A table of a file that says if the file is not what it was: another reader cannot know what was judged."""

    def read(start: Callable[[], V], /) -> tuple[V, Skipped | None]:
        visitor, skipped = table.read(start)
        try:
            is_same = _state(file) == state
        except FileNotFoundError:
            is_same = False
        return visitor, skipped if skipped or is_same else Skipped(table.name, _CHANGED)

    return replace(table, read=read)


def _nothing(file: File) -> Table:
    return Table(file.shown, [], lambda start: (start(), None))


def _line_readings(text: TextFile) -> list[Callable[[], Cells]]:
    return [lambda: ((False, lines) for lines in lines_of(text))]


def _kind(head: bytes) -> str | None:
    return next((kind for start, magic, kind in _MAGIC_NUMBERS if head[start:].startswith(magic)), None)


@contextmanager
def reader(sample: int | None, *, is_single: bool = False) -> Iterator[Reader]:
    """A reader of files for the duration of the block."""
    with engine(threads=limits.THREADS, memory=limits.MEMORY) as (memory, temporary_folder):
        yield Reader(sample, is_single, memory, temporary_folder)
