"""Files of delimited text (CSV): every cell of every line, whatever its length, quotes and delimiter."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from qaseed.safety.detection import name_context
from qaseed.safety.names import reject_reason
from qaseed.scanning import limits
from qaseed.scanning.texts import TextFile, lines_of, pieces_of

if TYPE_CHECKING:
    import pyarrow as pa

EXTRA = "(extra cells)"
"""The column of cells beyond the header's."""

LONGEST_NAME = 200
"""Characters of what may be the name of a column; more are a value."""

_DELIMITERS = ",;\t|^~\x01\x1f:"
_PREAMBLE = ("# ", "sep=")
_NAME = re.compile(r"[^\W\d][\w .()#/-]{0,62}")
_NO_LETTERS = re.compile(r"[\W_]*\d[\W\d_]*")
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_HEADER_ROWS = 20
_SNIFFED_ROWS = 200
_PACKED_CELLS = 100_000
"""Cells of uneven rows that Python holds at a time: it needs several times as many bytes as Arrow."""
_TRIED_LINES = 10_000


@dataclass(frozen=True)
class Layout:
    """How the cells of a file are separated, and the cells of its first row."""

    delimiter: str
    header: tuple[str, ...]
    is_table: bool = False
    """Whether the text is a table whatever its file is called: names of identifiers above rows as wide."""

    @property
    def names(self) -> list[str]:
        """The names of the columns, each once."""
        occurrences: Counter[str] = Counter()
        names = []
        for position, cell in enumerate(self.header):
            name = cell.strip()
            name = name if 0 < len(name) <= LONGEST_NAME else f"column{position}"
            names.append(f"{name}_{occurrences[name]}" if occurrences[name] else name)
            occurrences[name] += 1
        return names

    @cached_property
    def has_titles(self) -> bool:
        """Whether its first row may be names: none of its cells is a number, a date or an identifier."""
        return not any(map(_is_value, self.header))


def layout_of(file: TextFile, *, tabs: bool) -> Layout:
    """The delimiter by which most rows have as many cells as the header; a comma (or a tab) where both are possible."""
    text = file.text.replace("\r\n", "\n").replace("\r", "\n")
    best, most = Layout("\t" if tabs else ",", ()), (0, 0)
    for delimiter in sorted(_DELIMITERS, key=lambda one: one != best.delimiter):
        rows = _sniffed(text, delimiter)
        header = _header(rows)
        width, is_headed = len(header), _is_headed(header)
        even = sum(len(row) == width for row in rows)
        score = (even, width) if width > 1 and (is_headed or delimiter != ":") else (0, min(width, 1))
        if score > most:
            best, most = Layout(delimiter, tuple(header), is_headed and _is_table(rows, header)), score
    return best


def _header(rows: list[list[str]]) -> list[str]:
    """The first row, or below a title, merged cells or comments the first that is as wide as most and names
    identifiers.
    """
    rows = [row for row in rows if not row[0].startswith(_PREAMBLE)] or rows
    widths = Counter(len(row) for row in rows if len(row) > 1)
    usual = widths.most_common(1)[0][0] if widths else 0
    wide = [row for row in rows[:_HEADER_ROWS] if len(row) == usual]
    full = next((row for row in wide if all(map(str.strip, row))), [])  # Excel fills a title's row with empty cells
    below = full if _is_headed(full) else next(iter(wide), [])
    return below if _is_headed(below) or (rows and len(rows[0]) == 1 < usual) else next(iter(rows), [])


def _is_table(rows: list[list[str]], header: list[str]) -> bool:
    """Whether most rows are as wide as the header, and none begins with a label of its own."""
    even = [row for row in rows if len(row) == len(header)]
    labels = [row[0].strip(" :") for row in even if row != header]
    return len(even) > max(1, len(rows) // 2) and not any(name_context(label).whole for label in labels)


def _is_headed(cells: list[str]) -> bool:
    names = [cell.strip() for cell in cells]
    return (
        len(set(names)) == len(names) > 1
        and all(_NAME.fullmatch(name) for name in names)
        and any(reject_reason(name) or name_context(name).whole for name in names)
    )


def _is_value(cell: str) -> bool:
    is_number = bool(_NO_LETTERS.fullmatch(cell)) and not _YEAR.fullmatch(cell.strip())
    return is_number or len(cell) > LONGEST_NAME or bool(name_context("").kinds_of(cell))


def _sniffed(text: str, delimiter: str) -> list[list[str]]:
    """The first rows that are not empty."""
    try:
        return list(islice(filter(_is_filled, _reader(text, delimiter)), _SNIFFED_ROWS))
    except csv.Error:  # a cell of more than 128 KB
        return list(filter(_is_filled, _parsed(text, delimiter)))[:_SNIFFED_ROWS]


def _is_filled(row: list[str]) -> bool:
    return any(cell.strip() for cell in row)


def _parsed(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(_reader(text, delimiter))
    except csv.Error:
        return [line.split(delimiter) for line in text.split("\n")]


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


@dataclass
class _Uneven:
    """Rows with more or fewer cells than the header: their cells by column, and those beyond."""

    width: int
    _rows: list[list[str | None]] = field(default_factory=list)
    _packed: list[pa.Table] = field(default_factory=list)
    _extra: list[str] = field(default_factory=list)
    _packed_extra: list[pa.Table] = field(default_factory=list)

    def add(self, cells: list[str]) -> None:
        self._rows.append([*cells[: self.width], *[None] * (self.width - len(cells))])
        self._extra += cells[self.width :]
        if len(self._rows) * self.width + len(self._extra) >= _PACKED_CELLS:
            self._pack()

    def _pack(self) -> None:
        import pyarrow as pa

        columns = zip(*self._rows, strict=True) if self._rows else [()] * self.width
        arrays = {f"c{position}": pa.array(cells, pa.string()) for position, cells in enumerate(columns)}
        self._packed.append(pa.table(arrays))
        if self._extra:
            self._packed_extra.append(pa.table({"c0": pa.array(self._extra, pa.string())}))
        self._rows, self._extra = [], []

    def take(self) -> list[pa.Table]:
        """The rows so far."""
        self._pack()
        taken, self._packed = self._packed, []
        return taken

    def take_extra(self) -> Cells:
        """The cells beyond the header's in the rows that were taken."""
        taken, self._packed_extra = self._packed_extra, []
        yield from ((True, cells) for cells in taken)


Cells = Iterator[tuple[bool, "pa.Table"]]
"""The rows below a header, columns named c0, c1, ..., and, marked so, cells beyond them as a column c0."""


def readings_of(file: TextFile, layout: Layout) -> list[Callable[[], Cells]]:
    """Ways to read a file: the fast one, and one that reads anything, for where `ArrowInvalid` ends the first."""
    return [partial(_by_block, file, layout), partial(_by_line, file, layout)]


def _by_block(file: TextFile, layout: Layout) -> Cells:
    import pyarrow as pa

    uneven, is_first = _Uneven(len(layout.header)), True

    def keep(row: Any) -> str:
        for cells in _parsed(row.text, layout.delimiter):
            uneven.add(cells)
        return "skip"

    for block in pieces_of(file, limits.BATCH_BYTES, limits.MOST_BLOCK_BYTES, _end_of_row):
        batch = _parsed_block(block, layout, keep)
        if is_first and batch.num_rows:
            is_first = False
            first = [cell or "" for cell in batch.slice(0, 1).to_pylist()[0].values()]
            if first == list(layout.header) and max(map(len, first)) <= LONGEST_NAME:
                batch = batch.slice(1)  # without the header
        rows = pa.concat_tables([batch, *uneven.take()])
        yield False, pa.concat_tables([rows, *_swallowed(rows, layout)])
        yield from uneven.take_extra()


def _end_of_row(block: bytes) -> int:
    """Where the last of the rows ends that are whole: at a line's end with an even number of quotes before it."""
    line_end = b"\n" if b"\n" in block else b"\r"
    cut = block.rfind(line_end)
    quotes = block.count(b'"', 0, cut + 1)
    for _ in range(_TRIED_LINES):
        if cut < 0 or quotes % 2 == 0:
            break
        above = block.rfind(line_end, 0, cut)
        quotes -= block.count(b'"', above + 1, cut + 1)
        cut = above
    return cut + 1 if quotes % 2 == 0 else 0


def _parsed_block(block: bytes, layout: Layout, skip: Callable[[Any], str], quote: str | bool = '"') -> pa.Table:
    """The rows of a block that have as many cells as the header; `skip` gets the others."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = [f"c{position}" for position in range(len(layout.header))]
    # one thread: a callback into Python from another could wait for this one forever
    return arrow_csv.read_csv(
        pa.BufferReader(block),
        arrow_csv.ReadOptions(column_names=names, block_size=len(block) + 1, use_threads=False),
        arrow_csv.ParseOptions(
            delimiter=layout.delimiter, quote_char=quote, newlines_in_values=bool(quote), invalid_row_handler=skip
        ),
        arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
        ),
    )


def _swallowed(rows: pa.Table, layout: Layout) -> Iterator[pa.Table]:
    """Rows within a cell: a quote that is never closed takes them in."""
    import pyarrow.compute as pc

    for column in rows.columns if len(layout.header) > 1 else ():
        broken = column.filter(pc.match_substring(column, "\n"))
        lines = "\n".join(cell.partition("\n")[2] for cell in broken.to_pylist()).strip("\n")
        if lines:
            yield _parsed_block(lines.encode(), layout, lambda _: "skip", quote=False)


def _by_line(file: TextFile, layout: Layout) -> Cells:
    """Each line of the file as a row, whatever its quotes."""
    import pyarrow as pa

    uneven = _Uneven(len(layout.header))
    for batch in lines_of(file):
        for line in batch.column(0):
            uneven.add([cell.strip('"') for cell in line.as_py().split(layout.delimiter)])
        yield False, pa.concat_tables(uneven.take())
        yield from uneven.take_extra()
