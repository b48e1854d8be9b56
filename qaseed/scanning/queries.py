"""Columns as they are scanned, and the SQL that counts what is in their values, hundreds of columns at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from qaseed.model import Column
from qaseed.safety.detection import name_context
from qaseed.safety.hints import hint_sql
from qaseed.safety.identifiers import PREDICATES
from qaseed.safety.names import Verdict, classify
from qaseed.safety.tables import classify_columns
from qaseed.safety.titles import table_title
from qaseed.safety.values import KINDS, LABELS
from qaseed.scanning import limits
from qaseed.scanning.proof import (
    SAYS_ANYTHING,
    UNTITLED,
    document_sql,
    free_text_sql,
    is_named_text,
    is_untitled,
    personal_class,
    shape_sql,
    unproven_sql,
)
from qaseed.sql import literal

UNPROVEN = "unproven"
"""The kind of a value that its snapshot's own predicate does not prove to be safe."""
_FLAGS = 4
"""Conditions that one step computes: the cost of planning them grows faster than their number."""
_BETWEEN_PARTS = r"[^0-9A-Za-z.+@_-]+"
_BARE = "trim(coalesce(plain, v), ' ')"


@dataclass(frozen=True)
class Field:
    """A column as it is scanned: its name, the names within its type, and the SQL of its values as text.

    Numbers and dates (`numeric`) are not searched unless the name implies a kind; of whole numbers (`number` is their
    SQL) those are counted that have a check digit. Without `sql` only the names are classified. The name of a nested
    column (a list, a record) says what its parts are. `binary` is a condition for values that are no text. What a
    snapshot `declared` of it may be a predicate, by which it `is_proven` if that says enough. A column `is_headless` if
    a value is in place of its name, and `is_lines` if it is the lines of a text, of which nothing says what they are.
    `length` is the SQL of its bytes, where a table may have more of them than are judged together. What its name says
    beside the other columns is its `in_table`.
    """

    name: str
    sql: str | None = None
    numeric: bool = False
    inner: tuple[str, ...] = ()
    declared: Column | None = None
    nested: bool = False
    binary: str | None = None
    is_proven: bool = False
    is_headless: bool = False
    is_lines: bool = False
    length: str = ""
    in_table: Verdict | None = None
    number: str = ""

    @property
    def verdict(self) -> Verdict:
        """What its name says."""
        return self.in_table or classify(self.name)

    @property
    def is_read(self) -> bool:
        """Whether its values are read: those of numbers and dates are, where the heading names an identifier."""
        return self.sql is not None and (not self.numeric or bool(self.in_table) or names_identifier(self.name))

    @property
    def is_counted(self) -> bool:
        """Whether it is of whole numbers that nothing else says anything of."""
        return bool(self.number) and not (self.is_read or self.is_proven or self.declared)

    @property
    def value(self) -> str:
        """The SQL of its values, of longer ones of the beginning and one letter more."""
        most = limits.LONGEST
        return f"case when strlen({self.sql}) > {most} then left({self.sql}, {most + 1}) else {self.sql} end"

    @property
    def letter(self) -> str:
        """The class of personal data that it is named for, unless its snapshot's own predicate judges its values."""
        if self.is_proven:
            return ""
        untitled = self.is_headless or (not self.numeric and is_untitled(self.name))
        if untitled:
            return UNTITLED
        return self.in_table.letter if self.in_table else personal_class(self.name)

    @property
    def is_judged_whole(self) -> bool:
        """Whether each of its values is judged, not only those that match a hint."""
        return bool(self.letter) or self.is_declared or bool(name_context(self.name).whole)

    @property
    def is_text(self) -> bool:
        """Whether nothing but their length and words says that its values may name a person."""
        return not (self.numeric or self.letter or self.is_proven)

    @property
    def is_declared(self) -> bool:
        """Whether its snapshot declares a predicate that its values must satisfy."""
        return bool(self.declared and self.declared.safe in PREDICATES)


def beside_each_other(fields: Sequence[Field], table: str) -> list[Field]:
    """The columns of a table by its name, each with what its own name says beside the others."""
    if any(column.is_headless for column in fields):
        return list(fields)
    verdicts = classify_columns([column.name for column in fields], table_title(table))
    return [
        replace(column, in_table=verdict if verdict.context and not column.is_proven else None)
        for column, verdict in zip(fields, verdicts, strict=True)
    ]


def names_identifier(name: str) -> bool:
    """Whether the values of a column of this name are read whatever their type."""
    return bool(name_context(name).whole) or bool(personal_class(name))


def values_query(relation: str, fields: Sequence[Field], collect: str) -> str:
    """One row a column: its position, its values, those that match no hint and are free text all the same, how much
    text is to be judged further, and how many values are too long. A position with `b` counts values that are no text.

    The function `collect` is called with each value that is to be judged, and returns its bytes.
    """
    cells = _cells(relation, fields, with_binary=True)
    free = _case(_free_text_terms(fields))
    judged = f"coalesce(sum(case when {_needs_judging(fields)} then {collect}(n, v, hit) end), -1)"
    cut = f"count_if(strlen(v) > {limits.LONGEST})"
    return f"select n, count(*), count_if(not hit and {free}), {judged}, {cut} from ({cells}) group by n"


def judged_query(relation: str, fields: Sequence[Field]) -> str:
    """A row for each value that is to be judged: the position of its column, and whether it matches a hint."""
    return f"select n, v, hit from ({_cells(relation, fields)}) where {_needs_judging(fields)}"


def kinds_query(judged: str, fields: Sequence[Field]) -> tuple[str, list[str]]:
    """One row a column: its position, how many values are of no kind and cannot be judged, the first and last of their
    shapes, and how many are of each kind.
    """
    contained = {kind: f"coalesce(list_contains(contained, {at}), false)" for at, kind in enumerate(LABELS)}
    conditions = {kind: _condition(kind, fields) for kind in LABELS} | {UNPROVEN: _unproven(fields)}
    flags = [f"{condition} as is_{kind}" for kind, condition in conditions.items() if condition]
    steps = [", ".join(flags[start : start + _FLAGS]) for start in range(0, len(flags), _FLAGS)]
    kinds = {kind: f"is_{kind} or {contained[kind]}" if conditions[kind] else contained[kind] for kind in LABELS}
    if conditions[UNPROVEN]:
        kinds[UNPROVEN] = f"is_{UNPROVEN}"
    is_known = " or ".join(["len(contained) > 0", *(f"is_{kind}" for kind in kinds if conditions[kind])])
    steps += [f"({_unjudged(fields)} or is_personal) and not coalesce({is_known}, false) as is_open"]
    has_shape = _column_names(bool(column.letter) for column in fields)
    steps += [
        f"case when is_open and n in ({has_shape}) then {shape_sql(_BARE)} end as shape"
        if has_shape
        else "null as shape"
    ]
    names = [judged, *(f"step{number}" for number in range(len(steps)))]
    queries = ", ".join(
        f"{name} as materialized (select *, {step} from {before})"
        for name, step, before in zip(names[1:], steps, names, strict=False)
    )
    counts = [_times(condition) for condition in kinds.values()]
    sql = (
        f"with {queries} select n, {_times('is_open')}, min(shape), max(shape), {', '.join(counts)} "
        f"from {names[-1]} group by n"
    )
    return sql, list(kinds)


def _times(condition: str) -> str:
    return f"coalesce(sum(times) filter (where {condition}), 0)::bigint"


def _cells(relation: str, fields: Sequence[Field], *, with_binary: bool = False) -> str:
    """A row a value: the position of its column, and whether it matches any hint, or may have fields."""
    columns = [f"{column.value} as c{position}" for position, column in enumerate(fields)]
    if with_binary:
        columns += [f"if({column.binary}, '', null) as b{at}" for at, column in enumerate(fields) if column.binary]
    hit = f"{hint_sql('v')} or {document_sql('v')}"
    return (
        f"select n, v, ({hit}) as hit from (unpivot (select {', '.join(columns)} from {relation}) "
        "on columns(*) into name n value v)"
    )


def _needs_judging(fields: Sequence[Field]) -> str:
    whole = _column_names(column.is_judged_whole for column in fields)
    return f"(hit or n in ({whole}))" if whole else "hit"


def _condition(name: str, fields: Sequence[Field]) -> str:
    """Whether the whole value `v` of column `n`, or a part of it, is one of a kind that the column is named for."""
    terms = []
    for kind in (kind for kind in KINDS if kind.name == name):
        whole = _column_names(not column.nested and kind in name_context(column.name).whole for column in fields)
        parts = _column_names(column.nested and kind in name_context(column.name).whole for column in fields)
        if whole:
            terms.append(f"when n in ({whole}) and {kind.proof_sql(f'[{_BARE}]')} then true")
        if parts:
            pieces = f"string_split_regex({_BARE}, {literal(_BETWEEN_PARTS)})"
            terms.append(f"when n in ({parts}) and {kind.proof_sql(pieces)} then true")
    return _case(terms) if terms else ""


def _case(terms: Sequence[str]) -> str:
    return f"case {' '.join(terms)} else false end" if terms else "false"


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
    return _case(terms + _free_text_terms(fields))


def _free_text_terms(fields: Sequence[Field]) -> list[str]:
    conditions = [
        SAYS_ANYTHING if column.is_lines else free_text_sql("v", is_named=is_named_text(column.name))
        for column in fields
    ]
    terms = []
    for condition in dict.fromkeys(conditions):
        names = _column_names(
            column.is_text and one == condition for column, one in zip(fields, conditions, strict=True)
        )
        terms += [f"when n in ({names}) then {condition}"] if names else []
    return terms


def _unproven(fields: Sequence[Field]) -> str:
    declared = [column.declared.safe if column.declared else None for column in fields]
    terms = [
        f"when n in ({_column_names(one == safe for one in declared)}) then not ({PREDICATES[safe].sql('v')})"
        for safe in sorted(PREDICATES.keys() & set(declared))
    ]
    return _case(terms) if terms else ""
