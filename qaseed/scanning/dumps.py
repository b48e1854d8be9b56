"""Plain dumps of pg_dump and psql: the tables of `COPY ... FROM stdin`, and the statements around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qaseed.scanning import limits
from qaseed.scanning.texts import TextFile, pieces_of

if TYPE_CHECKING:
    import pyarrow as pa

_NAME = rb'(?:"(?:[^"\n]|"")+"|[\w$]+)'
_COPY = re.compile(
    rb"^copy (%b(?:\.%b)?) ?\((%b(?:, ?%b)*)\) from stdin;[ \t]*\r?$\n" % (_NAME, _NAME, _NAME, _NAME),
    re.IGNORECASE | re.MULTILINE,
)
_END = re.compile(rb"^\\\.[ \t]*\r?$\n?", re.MULTILINE)
_WORD = re.compile(_NAME)
_STATEMENT_END = re.compile(rb";[ \t]*\r?\n")
_MARK = "-- PostgreSQL database dump"
_ENDINGS = (".sql", ".psql", ".pgsql", ".dump")


@dataclass
class CopiedTable:
    """A table of a dump: its name, those of its columns, and the file of its rows as Parquet, in columns c0, c1, ..."""

    name: str
    columns: list[str]
    rows: Path


@dataclass
class Dump:
    """What a dump holds: its tables, and its statements, a row each in the column c0."""

    tables: list[CopiedTable]
    statements: Path


def is_dump(text: TextFile, name: str) -> bool:
    """Whether a text is a dump, by its name or its first lines."""
    return name.endswith(_ENDINGS) or _MARK in text.text[:400] or _COPY.search(text.head) is not None


@dataclass
class _Spool:
    """Rows of text, written to a file as they come."""

    path: Path
    width: int
    opened: ExitStack = field(default_factory=ExitStack)
    writer: Any = None

    def add(self, rows: pa.Table) -> None:
        from pyarrow import parquet

        if self.writer is None:
            self.writer = self.opened.enter_context(parquet.ParquetWriter(self.path, rows.schema, compression="zstd"))
        if rows.num_rows:
            self.writer.write_table(rows)

    def add_values(self, values: list[bytes]) -> None:
        import pyarrow as pa

        self.add(pa.table({"c0": pa.array([value.decode() for value in values], pa.string())}))


def read_dump(text: TextFile, folder: Path) -> Dump:
    """The parts of a dump, in files of a new folder; `UnicodeDecodeError` if it is no UTF-8."""
    folder.mkdir()
    tables: list[CopiedTable] = []
    statements = _Spool(folder / "statements.parquet", 1)
    statements.add_values([])
    current: _Spool | None = None
    with statements.opened:
        for piece in pieces_of(text, limits.LINES_BYTES, limits.LINES_BYTES, _end_of_line):
            at = 0
            while at < len(piece):
                if current is None:
                    begin = _COPY.search(piece, at)
                    statements.add_values(_split(piece[at : begin.start() if begin else len(piece)]))
                    at = len(piece)
                    if begin:
                        columns = [_unquoted(word) for word in _WORD.findall(begin[2])]
                        table = CopiedTable(_unquoted_path(begin[1]), columns, folder / f"{len(tables)}.parquet")
                        tables.append(table)
                        current, at = _Spool(table.rows, len(columns)), begin.end()
                else:
                    end = _END.search(piece, at)
                    rows, others = _parsed(piece[at : end.start() if end else len(piece)], current.width)
                    current.add(rows)
                    statements.add_values(others)
                    at = len(piece)
                    if end:
                        current.opened.close()
                        current, at = None, end.end()
        if current is not None:
            current.opened.close()
    return Dump(tables, statements.path)


def batches_of(path: Path) -> Iterator[tuple[bool, pa.Table]]:
    """The rows of one of these files, as many as are judged together."""
    import pyarrow as pa
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=limits.BATCH_ROWS, use_threads=False):
            yield False, pa.Table.from_batches([batch])


def _end_of_line(text: bytes) -> int:
    return text.rfind(b"\n") + 1


def _split(text: bytes) -> list[bytes]:
    """The statements of a text, each as a whole, so that its values are beside the names of their columns."""
    return [part for part in _STATEMENT_END.split(text) if part.strip()]


def _parsed(rows: bytes, width: int) -> tuple[pa.Table, list[bytes]]:
    """Rows with tabs between their cells, and the lines that have more or fewer."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    others: list[bytes] = []

    def keep(row: Any) -> str:
        others.append(row.text.encode())
        return "skip"

    names = [f"c{place}" for place in range(width)]
    if not rows.strip():
        return pa.table({name: pa.array([], pa.string()) for name in names}), []
    table = arrow_csv.read_csv(
        pa.BufferReader(rows),
        arrow_csv.ReadOptions(column_names=names, block_size=len(rows) + 1, use_threads=False),
        arrow_csv.ParseOptions(delimiter="\t", quote_char=False, invalid_row_handler=keep),
        arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=["\\N"]
        ),
    )
    return table, others


def _unquoted(name: bytes) -> str:
    text = name.decode()
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def _unquoted_path(path: bytes) -> str:
    return ".".join(_unquoted(word) for word in _WORD.findall(path))
