"""What the columns of a table hold: values, kinds of identifiers, and what cannot be judged."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qaseed.engine import arrow_batches
from qaseed.safety.detection import name_context
from qaseed.scanning.chance import OF_DIGITS, Checked, highest_query, numbers_query
from qaseed.scanning.collecting import COLLECT, collected_values
from qaseed.scanning.contained import judged_texts
from qaseed.scanning.people import PERSON, Names, count_people
from qaseed.scanning.queries import Field, judged_query, kinds_query, values_query
from qaseed.scanning.slices import grouped
from qaseed.scanning.visiting import Visitor, interruptible

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MOST_COLUMNS = 400
"""Columns that one query takes: it holds as many values at a time for each of 2,048 rows."""
MOST_TEXT = 64 << 20
"""Bytes of values that are collected while all are counted; more are read again, and judged a part at a time."""
_JUDGED = "qaseed_judged"
_ROWS = 8192


@dataclass
class Unjudged:
    """Values that nothing proves to belong to no person: how many, and the first and last of their shapes in order."""

    count: int = 0
    shapes: tuple[str, ...] = ()

    def add(self, count: int, shapes: Iterable[str | None]) -> None:
        """Add what another part of the column holds."""
        known = sorted({*self.shapes, *filter(None, shapes)})
        self.count, self.shapes = self.count + count, (*known[:1], *known[1:][-1:])


@dataclass
class Counts(Visitor):
    """What was found in the columns of one table: values read, of them those that are no text, those not read to the
    end, those of each kind, those `texts` and `numbers` that are as a whole written as a kind that is known by a check
    digit, and those of no kind that cannot be judged, by column; names of people by what is known of them.
    """

    names: Names = field(default_factory=Names)
    cut: Counter[str] = field(default_factory=Counter)
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    texts: defaultdict[tuple[str, str], Checked] = field(default_factory=lambda: defaultdict(Checked))
    numbers: defaultdict[tuple[str, str], Checked] = field(default_factory=lambda: defaultdict(Checked))
    unjudged: defaultdict[str, Unjudged] = field(default_factory=lambda: defaultdict(Unjudged))

    def wanted(self, fields: Sequence[Field]) -> list[Field]:
        """All columns whose values are read."""
        return [column for column in fields if column.is_read or column.is_counted]

    def identifying(self) -> Counter[tuple[str, str]]:
        """How many values are of each kind, without those that have its check digit by chance."""
        counts = Counter(self.kinds)
        for (name, kind), texts in self.texts.items():
            is_named = kind in (one.name for one in name_context(name).whole)
            if texts.is_by_chance and not is_named:
                counts[name, kind] -= texts.values
        counts.update({of: numbers.values for of, numbers in self.numbers.items() if numbers.exceeds_chance})
        return +counts

    def add(self, connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[Field]) -> None:
        """Add up what the columns of a relation hold."""
        read = [column for column in fields if column.is_read]
        numbers = [column for column in fields if column.is_counted]
        for start in range(0, len(numbers), MOST_COLUMNS):
            self._add_numbers(connection, relation, numbers[start : start + MOST_COLUMNS])
        for start in range(0, len(read), MOST_COLUMNS):
            _count(connection, relation, read[start : start + MOST_COLUMNS], self)
        for name, number in count_people(connection, relation, read, self.names).items():
            self.kinds[name, PERSON] += number

    def _add_numbers(self, connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[Field]) -> None:
        [are_high] = _rows(connection, highest_query(relation, [column.number for column in fields]))
        fields = [column for column, is_high in zip(fields, are_high, strict=True) if is_high]
        if not fields:
            return
        for at, *counts in _rows(connection, numbers_query(relation, [column.number for column in fields])):
            name = fields[int(at[1:])].name
            for place, kind in enumerate(OF_DIGITS):
                self.numbers[name, kind].add(*counts[3 * place : 3 * place + 3])


def _count(connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[Field], into: Counts) -> None:
    judged: list[int] = []
    with collected_values(connection, MOST_TEXT) as collected:
        rows = _rows(connection, values_query(relation, fields, COLLECT))
    for at, values, free_texts, text, cut in rows:
        column = fields[int(at[1:])]
        if at[0] == "b":
            into.binary[column.name] += values
            continue
        into.values[column.name] += values
        into.cut[column.name] += cut
        if free_texts:
            into.unjudged[column.name].add(free_texts, ())
        if text >= 0:
            judged.append(int(at[1:]))
    # most columns have no text that may hold an identifier, and expressions are slow to compile
    if not judged:
        return
    some = [fields[at] for at in judged]
    with connection.cursor() as cursor:
        if collected.is_whole:
            _judge(cursor, grouped(collected.batches(judged)), some, into)
        else:
            for part in grouped(_batches(connection, judged_query(relation, some))):
                _judge(cursor, [part], some, into)


def _judge(
    connection: duckdb.DuckDBPyConnection, parts: Iterable[pa.Table], fields: Sequence[Field], into: Counts
) -> None:
    import pyarrow as pa

    tables = []
    for part in parts:
        table, checked = judged_texts(part, fields)
        tables.append(table)
        for (at, kind), some in checked.items():
            into.texts[fields[int(at[1:])].name, kind].add(some.written, some.right, some.values)
    connection.register(_JUDGED, pa.concat_tables(tables))
    sql, kinds = kinds_query(_JUDGED, fields)
    for at, unjudged, first, last, *counts in _rows(connection, sql):
        name = fields[int(at[1:])].name
        into.kinds.update({(name, kind): number for kind, number in zip(kinds, counts, strict=True) if number})
        if unjudged:
            into.unjudged[name].add(unjudged, [first, last])
    connection.unregister(_JUDGED)


def _batches(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.RecordBatch]:
    with interruptible():
        yield from arrow_batches(connection.sql(query), _ROWS)


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    with interruptible():
        return connection.execute(query).fetchall()
