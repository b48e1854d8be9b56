"""Plain dumps of databases: the tables of `COPY ... FROM stdin` and of `INSERT`, and the statements around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qaseed.safety.statements import inserted_rows
from qaseed.scanning import limits
from qaseed.scanning.texts import TextFile, pieces_of

if TYPE_CHECKING:
    import pyarrow as pa

_NAME = r'(?:"(?:[^"\n]|"")+"|`[^`\n]+`|[\w$]+)'
_PATH = rf"{_NAME}(?:\.{_NAME})?"
_WORD = re.compile(_NAME)
_COPY = re.compile(
    rf"^copy ({_PATH}) ?\(({_NAME}(?:, ?{_NAME})*)\) from stdin;[ \t]*\r?$\n".encode(), re.IGNORECASE | re.MULTILINE
)
_END_OF_COPY = re.compile(rb"^\\\.[ \t]*\r?$\n?", re.MULTILINE)
_STATEMENT_END = re.compile(rb";[ \t]*\r?\n")
_INSERT = re.compile(
    rf"^insert\s+into\s+({_PATH})\s*(?:\(({_NAME}(?:\s*,\s*{_NAME})*)\)\s*)?values(?=\s*\()",
    re.IGNORECASE | re.MULTILINE,
)
_CREATE = re.compile(rf"^create table (?:if not exists )?({_PATH})\s*\(", re.IGNORECASE | re.MULTILINE)
_COLUMN = re.compile(rf"\s*({_NAME})\s")
_NO_COLUMNS = frozenset("primary key unique constraint foreign check index fulltext exclude like".split())
_MARK = re.compile(r"-- (?:PostgreSQL database dump|MySQL dump|MariaDB dump|Dumping data for table)")
_ENDINGS = (".sql", ".psql", ".pgsql")
_MOST_CELLS = 100_000
"""Cells of rows to insert that Python holds at a time."""


@dataclass
class DumpedTable:
    """A table of a dump, or a part of one: its name, those of its columns, and the file of its rows as Parquet, in
    columns c0, c1, ...
    """

    name: str
    columns: list[str]
    rows: Path


@dataclass
class Dump:
    """What a dump holds: its tables, and the lines of its other statements in the column c0."""

    tables: list[DumpedTable]
    statements: Path


def is_dump(text: TextFile, name: str) -> bool:
    """Whether a text is a dump, by its name or its first lines."""
    return name.endswith(_ENDINGS) or bool(_MARK.search(text.text[:400]) or _COPY.search(text.head))


def read_dump(text: TextFile, folder: Path) -> Dump:
    """The parts of a dump, in files of a new folder; `UnicodeDecodeError` if it is no UTF-8."""
    folder.mkdir()
    splitter = _Splitter(folder)
    for piece in pieces_of(text, limits.LINES_BYTES, limits.LINES_BYTES, _end_of_statement):
        splitter.add(piece)
    splitter.end()
    return Dump(splitter.tables, splitter.statements.path)


def batches_of(path: Path) -> Iterator[tuple[bool, pa.Table]]:
    """The rows of one of these files, as many as were written together."""
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield False, file.read_row_group(group, use_threads=False)


def _end_of_statement(text: bytes) -> int:
    end = max(text.rfind(b";\n"), text.rfind(b";\r\n"))
    return text.index(b"\n", end) + 1 if end >= 0 else 0


@dataclass
class _Spool:
    """Rows of text, written to a file as they come."""

    path: Path
    width: int
    _rows: list[list[str | None]] = field(default_factory=list)
    _characters: int = 0
    _writer: Any = None

    def add_row(self, cells: list[str | None]) -> None:
        self._rows.append(cells)
        self._characters += sum(len(cell) for cell in cells if cell)
        if len(self._rows) * self.width >= _MOST_CELLS or self._characters >= limits.LINES_BYTES:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        columns = zip(*self._rows, strict=True) if self._rows else [()] * self.width
        self.add(pa.table({f"c{place}": pa.array(cells, pa.string()) for place, cells in enumerate(columns)}))
        self._rows, self._characters = [], 0

    def add(self, rows: pa.Table) -> None:
        from pyarrow import parquet

        if self._writer is None:
            self._writer = parquet.ParquetWriter(self.path, rows.schema, compression="zstd")
        if rows.num_rows:
            self._writer.write_table(rows)

    def close(self) -> None:
        self._flush()
        self._writer.close()


class _Splitter:
    """Takes a dump apart, piece by piece: rows of the table that is written now go to its file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables: list[DumpedTable] = []
        self.statements = _Spool(folder / "statements.parquet", 1)
        self._columns: dict[str, list[str]] = {}
        self._current: _Spool | None = None
        self._is_copied = False

    def add(self, piece: bytes) -> None:
        at = 0
        while at < len(piece):
            at = self._add_copied(piece, at) if self._is_copied else self._add_statements(piece, at)

    def end(self) -> None:
        self._close()
        self.statements.close()

    def _add_copied(self, piece: bytes, at: int) -> int:
        end = _END_OF_COPY.search(piece, at)
        assert self._current  # as `_is_copied` says
        rows, others = _parsed(piece[at : end.start() if end else len(piece)], self._current.width)
        self._current.add(rows)
        for line in others:
            self.statements.add_row([line])
        if end:
            self._close()
        return end.end() if end else len(piece)

    def _add_statements(self, piece: bytes, at: int) -> int:
        begin = _COPY.search(piece, at)
        for statement in _STATEMENT_END.split(piece[at : begin.start() if begin else len(piece)]):
            if statement.strip():
                self._add_statement(statement.decode())
        if begin:
            self._open(begin[1].decode(), [_unquoted(word) for word in _WORD.findall(begin[2].decode())])
            self._is_copied = True
        return begin.end() if begin else len(piece)

    def _add_statement(self, statement: str) -> None:
        if begin := _CREATE.search(statement):
            self._columns[_plain(begin[1])] = list(_columns_of(statement[begin.end() :]))
        insert = _INSERT.search(statement)
        names = self._names(insert) if insert else []
        rows = list(inserted_rows(statement, insert.end())) if insert and names else []
        if not insert:
            self._add_lines(statement)
            return
        if not rows or any(len(row) != len(names) for _, row in rows):
            self.statements.add_row([statement])  # as a whole: its values are beside the names of their columns
            return
        self._add_lines(statement[: insert.start()])
        self._add_lines(statement[rows[-1][0] :])
        last = self.tables[-1] if self._current else None
        if last is None or (last.name, last.columns) != (_plain(insert[1]), names):
            self._open(insert[1], names)
        self._add_rows([row for _, row in rows])

    def _add_lines(self, text: str) -> None:
        for line in text.splitlines():
            if line.strip():
                self.statements.add_row([line])

    def _names(self, insert: re.Match[str]) -> list[str]:
        """The columns that a statement names, or those with which its table was created."""
        given = [_unquoted(word) for word in _WORD.findall(insert[2] or "")]
        return given or self._columns.get(_plain(insert[1]), [])

    def _add_rows(self, rows: list[list[str]]) -> None:
        assert self._current  # it was opened
        for row in rows:
            self._current.add_row([None if value.upper() == "NULL" else value for value in row])

    def _open(self, path: str, columns: list[str]) -> None:
        self._close()
        table = DumpedTable(_plain(path), columns, self.folder / f"{len(self.tables)}.parquet")
        self.tables.append(table)
        self._current = _Spool(table.rows, len(columns))

    def _close(self) -> None:
        if self._current:
            self._current.close()
        self._current, self._is_copied = None, False


def _columns_of(definition: str) -> Iterator[str]:
    """The names of the columns in what follows the bracket of a statement that creates a table."""
    depth, start = 0, 0
    for at, character in enumerate(definition):
        depth += (character == "(") - (character == ")")
        if depth < 0 or (depth == 0 and character == ","):
            name = _COLUMN.match(definition, start)
            if name and (name[1][0] in '"`' or name[1].lower() not in _NO_COLUMNS):
                yield _unquoted(name[1])
            start = at + 1
        if depth < 0:
            return


def _parsed(rows: bytes, width: int) -> tuple[pa.Table, list[str]]:
    """Rows with tabs between their cells, and the lines that have more or fewer."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    others: list[str] = []

    def keep(row: Any) -> str:
        others.append(row.text)
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


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name[0] in '"`' else name


def _plain(path: str) -> str:
    return ".".join(_unquoted(word) for word in _WORD.findall(path))
