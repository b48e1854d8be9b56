"""Kinds of identifiers in the columns of a table, counted by one duckdb query for hundreds of columns."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qaseed.model import Column
from qaseed.safety.detection import name_context
from qaseed.safety.identifiers import PREDICATES
from qaseed.safety.normalizing import normalized_sql
from qaseed.safety.values import CONTEXT_WORDS, HINT, HINTS, KINDS, LABELS
from qaseed.scanning.proof import free_text_sql, is_named_text, personal_class, shape_sql, unproven_sql
from qaseed.sql import literal

if TYPE_CHECKING:
    import duckdb

MOST_COLUMNS = 400
"""Columns that one query takes: it holds as many values at a time for each of 2,048 rows."""
_BETWEEN_PARTS = r"[^0-9A-Za-z.+@_-]+"
_BARE = "trim(coalesce(plain, v), ' ')"
UNPROVEN = "unproven"
"""The kind of a value that its snapshot's own predicate does not prove to be safe."""


@dataclass(frozen=True)
class Field:
    """A column as it is scanned: its name, the names within its type, and the SQL of its values as text.

    Numbers and dates (`numeric`) are not searched unless the name implies a kind; without `sql` only the names are
    classified. The name of a nested column (a list, a record) says what its parts are. `binary` is a condition for
    values that are no text.
    """

    name: str
    sql: str | None = None
    numeric: bool = False
    inner: tuple[str, ...] = ()
    declared: Column | None = None
    nested: bool = False
    binary: str | None = None

    @property
    def is_read(self) -> bool:
        """Whether its values are read: those of numbers and dates are, where the heading names an identifier."""
        return self.sql is not None and (not self.numeric or names_identifier(self.name))

    @property
    def letter(self) -> str:
        """The class of personal data that it is named for, unless its snapshot's own predicate judges its values."""
        return "" if self.is_proven else personal_class(self.name)

    @property
    def is_judged_whole(self) -> bool:
        """Whether its values are judged as a whole, by its name or by its snapshot's own predicate."""
        return self.is_proven or bool(name_context(self.name).whole)

    @property
    def is_proven(self) -> bool:
        """Whether its snapshot declares a predicate that its values must satisfy."""
        return bool(self.declared and self.declared.safe in PREDICATES)


def names_identifier(name: str) -> bool:
    """Whether the values of a column of this name are read whatever their type."""
    return bool(name_context(name).whole) or bool(personal_class(name))


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
class Counts:
    """What was found in the columns of one table: values read, of them those of each kind, those that are no text, and
    those that cannot be judged, by column; of those, the columns that hold them as `texts`.
    """

    values: Counter[str] = field(default_factory=Counter)
    binary: Counter[str] = field(default_factory=Counter)
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    unjudged: defaultdict[str, Unjudged] = field(default_factory=lambda: defaultdict(Unjudged))


def count(connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[Field], into: Counts) -> None:
    """Add up what the columns of a relation hold."""
    read = [column for column in fields if column.is_read]
    for start in range(0, len(read), MOST_COLUMNS):
        some = read[start : start + MOST_COLUMNS]
        hints = _count_values(connection, relation, some, into)
        # most columns have no text that may hold an identifier, and expressions are slow to compile
        _count_kinds(connection, relation, [one for one in some if hints[one.name] or one.is_judged_whole], hints, into)
    for column in fields:
        if column.binary:
            [(number,)] = _rows(connection, f"select count(*) from {relation} where {column.binary}")
            into.binary[column.name] += number


def _count_values(
    connection: duckdb.DuckDBPyConnection, relation: str, fields: Sequence[Field], into: Counts
) -> defaultdict[str, set[str]]:
    """Count values and those that cannot be judged; by column, the hints that match any of them."""
    hints: defaultdict[str, set[str]] = defaultdict(set)
    for at, values, unjudged, first, last, *hits in _rows(connection, _values_query(relation, fields)):
        name = fields[int(at[1:])].name
        into.values[name] += values
        hints[name] |= {hint for hint, is_hit in zip(HINTS, hits, strict=True) if is_hit}
        if unjudged:
            into.unjudged[name].add(unjudged, [first, last])
    return hints


def _count_kinds(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    fields: Sequence[Field],
    hints: Mapping[str, set[str]],
    into: Counts,
) -> None:
    query, kinds = _kinds_query(relation, fields, {hint for column in fields for hint in hints[column.name]})
    for at, *counts in _rows(connection, query) if kinds else ():
        name = fields[int(at[1:])].name
        into.kinds.update({(name, kind): number for kind, number in zip(kinds, counts, strict=True) if number})


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    try:
        return connection.execute(query).fetchall()
    except RuntimeError as error:
        if "interrupted" in str(error).lower():  # duckdb reports a Ctrl-C so
            raise KeyboardInterrupt from None
        raise


def _values_query(relation: str, fields: Sequence[Field]) -> str:
    """One row a column: its position, its values, those that cannot be judged, shapes, and each hint."""
    personal = _column_names(bool(column.letter) for column in fields) or "''"
    hits = "".join(f", bool_or(hint_{name})" for name in HINTS)
    return (
        f"select n, count(*), count_if(unjudged), min(shape), max(shape){hits} from (select *, {_unjudged(fields)} as "
        f"unjudged, case when unjudged and n in ({personal}) then {shape_sql(_BARE)} end as shape "
        f"from ({_hinted(relation, fields)})) group by n"
    )


def _kinds_query(relation: str, fields: Sequence[Field], hints: AbstractSet[str]) -> tuple[str, list[str]]:
    """One row a column: its position, and how many values it has of each kind."""
    conditions = {kind: _condition(kind, fields, hints) for kind in LABELS}
    conditions[UNPROVEN] = _unproven(fields)
    present = {kind: condition for kind, condition in conditions.items() if condition}
    counts = "".join(f", count_if({condition})" for condition in present.values())
    context = _if("hint_number", CONTEXT_WORDS)
    return (
        f"select n{counts} from (select *, {context} as hint_context from ({_hinted(relation, fields)})) group by n",
        list(present),
    )


def _hinted(relation: str, fields: Sequence[Field]) -> str:
    """A row a value: the position of its column, its plain form, both in one text, and which hints that matches."""
    columns = ", ".join(f"{column.sql} as c{position}" for position, column in enumerate(fields))
    cells = (
        f"select n, v, regexp_matches(v, {literal(HINT)}) as hit from (unpivot (select {columns} from "
        f"{relation}) on columns(*) into name n value v)"
    )
    texts = f"select n, v, plain, hit, if(plain is null, v, v || chr(10) || plain) as t from ({normalized_sql(cells)})"
    hints = "".join(f", {_if('hit', f'(?i){hint}')} as hint_{name}" for name, hint in HINTS.items())
    return f"select n, v, plain, t{hints} from ({texts})"


def _if(condition: str, pattern: str) -> str:
    return f"case when {condition} then regexp_matches(t, {literal(pattern)}) else false end"


def _condition(name: str, fields: Sequence[Field], hints: AbstractSet[str]) -> str:
    """Whether the value `v` of column `n` is or holds one of a kind."""
    terms = []
    for kind in (kind for kind in KINDS if kind.name == name):
        whole = _column_names(not column.nested and kind in name_context(column.name).whole for column in fields)
        parts = _column_names(column.nested and kind in name_context(column.name).whole for column in fields)
        within = _column_names(not column.numeric and kind in name_context(column.name).within for column in fields)
        if whole:
            terms.append(f"when n in ({whole}) and {kind.proof_sql(_BARE)} then true")
        if parts:
            pieces = (
                f"list_filter(string_split_regex({_BARE}, {literal(_BETWEEN_PARTS)}), lambda x: {kind.proof_sql('x')})"
            )
            terms.append(f"when n in ({parts}) and len({pieces}) > 0 then true")
        if within and kind.hint in hints:
            hint = "context" if kind.needs_context else kind.hint
            terms.append(f"when hint_{hint} and n in ({within}) and ({kind.sql('t')}) then true")
    return f"case {' '.join(terms)} else false end" if terms else ""


def _column_names(flags: Iterable[bool]) -> str:
    return ", ".join(f"'c{position}'" for position, holds in enumerate(flags) if holds)


def _unjudged(fields: Sequence[Field]) -> str:
    """Whether the value `v` of column `n` is personal data by the column's name, or free text, and nothing proves it
    to belong to no person.
    """
    terms = []
    for letter in sorted({column.letter for column in fields} - {""}):
        names = _column_names(column.letter == letter for column in fields)
        terms.append(f"when n in ({names}) then {unproven_sql(letter, _BARE)}")
    texts = [not (column.numeric or column.letter or column.is_proven) for column in fields]
    named = [is_text and is_named_text(column.name) for is_text, column in zip(texts, fields, strict=True)]
    if any(named):
        terms.append(f"when n in ({_column_names(named)}) then {free_text_sql('v', is_named=True)}")
    if any(texts):
        terms.append(f"when n in ({_column_names(texts)}) then {free_text_sql('v', is_named=False)}")
    return f"case {' '.join(terms)} else false end" if terms else "false"


def _unproven(fields: Sequence[Field]) -> str:
    terms = [
        f"when 'c{position}' then not ({PREDICATES[column.declared.safe].sql('v')})"
        for position, column in enumerate(fields)
        if column.declared and column.declared.safe in PREDICATES
    ]
    return f"case n {' '.join(terms)} else false end" if terms else ""
