"""The rows of an entity beside those that they reference, as SQL: all at once, or by ranges of ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from qaseed.derived_rules import REFERENCED_COLUMN
from qaseed.model import Column, Entity, Model, Rule
from qaseed.sql import identifier

ROWS_OF_RANGE = 500_000
"""About the rows of a range. Tables of ten million records that are joined whole are spilled and read again: the ledger
took five times the CPU-seconds of a row among one million.
"""
_IDS_OF_STEP = 16
"""Bits of an id that do not decide the range of its row."""


def joined_tables(
    select: Callable[[str], list[Any]], model: Model, entity: Entity, rules: Iterable[Rule], rows: int
) -> list[str]:
    """Tables that have, together, all `rows` of an entity, and those columns that rules read through its references.

    Each reference is a struct. Many rows are several tables, whose references are joined only to the rows between the
    least and the greatest id that they have: rows that refer to each other are near each other. `select` runs a query.
    """
    read = _read_by(model, entity, rules)
    return [
        _joined(model, entity, read, condition, _least_and_greatest(select, entity, read, condition))
        for condition in _ranges(select, entity, rows)
    ]


def _read_by(model: Model, entity: Entity, rules: Iterable[Rule]) -> dict[Column, list[str]]:
    """The columns of referenced rows that rules read, by the reference."""
    references = {column.alias: column for column in entity.references}
    read: dict[str, set[str]] = {}
    for rule in rules:
        for alias, name in REFERENCED_COLUMN.findall(str(rule.fails)):
            if alias in references and name in model.entity(str(references[alias].refers)).by_name:
                read.setdefault(alias, set()).add(name)
    return {references[alias]: sorted(names) for alias, names in sorted(read.items())}


def _ranges(select: Callable[[str], list[Any]], entity: Entity, rows: int) -> list[str]:
    """Conditions on ids of which each row fulfills one; an empty one for all rows."""
    if rows <= ROWS_OF_RANGE or "id" not in entity.key or entity.column("id").type != "bigint":
        return [""]
    step = f"id >> {_IDS_OF_STEP}"
    counted = select(
        f"select {step}, count(*) from {identifier(entity.name)} group by {step} order by {step} nulls first"
    )
    return [*_conditions(counted)] or [""]


def _conditions(counted: list[tuple[int | None, int]]) -> Iterator[str]:
    first, in_range = None, 0
    for n, (step, rows) in enumerate(counted):
        if step is None:
            yield "id is null"
            continue
        first, in_range = (step, rows) if first is None else (first, in_range + rows)
        if n + 1 == len(counted) or in_range + counted[n + 1][1] > ROWS_OF_RANGE:
            yield f"id between {first << _IDS_OF_STEP} and {((step + 1) << _IDS_OF_STEP) - 1}"
            first = None


def _least_and_greatest(
    select: Callable[[str], list[Any]], entity: Entity, read: Iterable[Column], condition: str
) -> dict[Column, str]:
    """The condition on the ids of the rows that a range of an entity refers to, by the reference; of all rows none.

    References of another type have none: what a text says is not put into a query.
    """
    references = [column for column in read if column.type == "bigint"]
    if not condition or not references:
        return {}
    names = [identifier(column.name) for column in references]
    bounds = ", ".join(f"min({name}), max({name})" for name in names)
    limits = select(f"select {bounds} from {identifier(entity.name)} where {condition}")[0]
    return {
        column: "false" if least is None else f"id between {least} and {greatest}"
        for column, least, greatest in zip(references, limits[::2], limits[1::2], strict=True)
    }


def _joined(
    model: Model, entity: Entity, read: dict[Column, list[str]], condition: str, near: dict[Column, str]
) -> str:
    rows = identifier(entity.name)
    if condition:
        rows = f"(select * from {rows} where {condition})"
    if not read:
        return rows
    structs, joins = [], []
    for column, fields in read.items():
        row, target = identifier(column.alias), model.entity(str(column.refers))
        structs.append(f"struct_pack({', '.join(f'{field} := {row}.{field}' for field in fields)}) as {row}")
        key = "" if len(target.key) == 1 else f" and {row}.id = this.{identifier(column.name)}"
        referenced = identifier(target.name)
        if column in near and key:
            referenced = f"(select * from {referenced} where {near[column]})"
        joins.append(f"left join {referenced} {row} on {row}.tenant_id = this.tenant_id{key}")
    return f"(select this.*, {', '.join(structs)} from {rows} this {' '.join(joins)})"
