"""Rules that follow from what a model is: choices, bounds, keys, references, identifiers, texts and scenarios.

A change of a declaration changes these rules with it; only what a column cannot say is written as a `Rule` of its
entity. Each id is a code and what the rule is about, `R7 client.dob`; decisions go by `Rule.kind`, never by the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qaseed.errors import SnapshotError, nearest
from qaseed.model import Column, Entity, Model, Rule, Value
from qaseed.safety.identifiers import PREDICATES
from qaseed.safety.texts import UNSAFE_TEXT
from qaseed.sql import identifier, literal

REFERENCED_COLUMN = re.compile(r'\b([a-z][a-z0-9_]*)"?\.([a-z][a-z0-9_]*)')
"""A column of a referenced row in a condition: the alias of the reference, and the column."""


def rules_of(entity: Entity) -> Iterator[Rule]:
    """All rules of an entity's keys and values: those of its key, of each column, and those declared with it.

    Raises `SnapshotError` for a column that names an unknown predicate.
    """
    yield from _of_entity(entity)
    read = {alias for rule in entity.rules for alias, _ in REFERENCED_COLUMN.findall(rule.fails or "")}
    for column in entity.columns:
        yield from _of_column(entity, column)
        if column.refers:
            yield from _of_reference(entity, column, joined=column.alias in read)
    yield from entity.rules


def text_rules(entity: Entity) -> Iterator[Rule]:
    """Free text contains nothing that looks like an identifier, safe or not."""
    for column in entity.columns:
        if column.free_text:
            at = f"{entity.name}.{column.name}"
            fails = f"regexp_matches({identifier(column.name)}, {literal(UNSAFE_TEXT)})"
            yield Rule(f"X1 {at}", f"{at} contains no identifier", fails, kind="free_text")


def scenario_rules(model: Model) -> Iterator[Rule]:
    """Each scenario is where the table of scenarios says, and its description holds."""
    for case in model.scenarios:
        entity = model.entity(case.entity)
        select = (
            f"select x.tenant_id, x.name from scenario x "
            f"left join {identifier(entity.name)} s on {join_to_row(entity)} where x.name = {literal(case.name)} "
            f"and (s.tenant_id is null or x.entity <> {literal(case.entity)} or not coalesce(({case.holds}), false))"
        )
        yield Rule(f"E1 {case.name}", case.doc, select=select, kind="scenario", subject=case.name)


def join_to_row(entity: Entity) -> str:
    """The condition that row `s` of an entity is the one that row `x` of the table of scenarios names."""
    return "s.tenant_id = x.tenant_id" + (" and s.id = x.id" if "id" in entity.key else "")


def key_columns(entity: Entity, alias: str = "") -> list[str]:
    """The columns of the key, quoted, after an alias if one is given (with its dot)."""
    return [f"{alias}{identifier(part)}" for part in entity.key]


def _of_entity(entity: Entity) -> Iterator[Rule]:
    name, key, table = entity.name, ", ".join(key_columns(entity)), identifier(entity.name)
    select = f"select {key} from {table} group by {key} having count(*) > 1"
    proof = entity.key[0] if len(entity.key) == 1 else "id" if "id" in entity.key else ""
    yield Rule(f"K1 {name}", f"the key of {name} is unique", select=select, kind="unique", subject=proof)
    if "id" in entity.key:
        select = f"select max(tenant_id), id from {table} group by id having count(distinct tenant_id) > 1"
        yield Rule(f"R4 {name}", f"no id of {name} is in two tenants", select=select, kind="shared_id", subject="id")
        select = f"select tenant_id from tenant anti join {table} using (tenant_id)"
        yield Rule(
            f"R5 {name}", f"every tenant has at least one {name}", select=select, severity="warning", kind="coverage"
        )


def _of_column(entity: Entity, column: Column) -> Iterator[Rule]:
    name, at = identifier(column.name), f"{entity.name}.{column.name}"
    if not column.nullable:
        yield Rule(f"R7 {at}", f"{at} is never null", f"{name} is null", kind="value")
    if column.choices:
        choices = ", ".join(map(_constant, column.choices))
        yield Rule(f"R7c {at}", f"{at} is one of its values", f"{name} not in ({choices})", kind="value")
    if column.minimum is not None:
        yield Rule(f"R7m {at}", f"{at} is at least {column.minimum}", f"{name} < {column.minimum}", kind="value")
    if column.maximum is not None:
        yield Rule(f"R7m {at}", f"{at} is at most {column.maximum}", f"{name} > {column.maximum}", kind="value")
    if column.safe:
        predicate = PREDICATES.get(column.safe)
        if predicate is None:
            raise SnapshotError(f"{at}: no predicate {column.safe!r}; {nearest(column.safe, PREDICATES)}")
        fails = f"{name} is not null and not ({predicate.sql(name)})"
        yield Rule(f"U3 {at}", f"{at} cannot belong to a person: {predicate.why}", fails, kind="identifier")
    if column.unique:
        yield _unique(entity, column)


def _constant(value: Value) -> str:
    return literal(value) if isinstance(value, str) else str(value)


def _unique(entity: Entity, column: Column) -> Rule:
    at, name = f"{entity.name}.{column.name}", identifier(column.name)
    group = list(dict.fromkeys([identifier(entity.key[0]), name]))
    last_key = ", ".join(part if part in group else f"max({part})" for part in key_columns(entity))
    select = (
        f"select {last_key} from {identifier(entity.name)} where {name} is not null "
        f"group by {', '.join(group)} having count(*) > 1"
    )
    return Rule(f"U1 {at}", f"{at} is unique in its tenant", select=select, kind="unique", subject=column.name)


def _of_reference(entity: Entity, column: Column, *, joined: bool) -> Iterator[Rule]:
    """Every reference points to a row, of its own tenant.

    Rows are `joined` with those that their rules read. To any other row nothing is joined: rows without one are
    searched, for which an engine keeps in memory the references there are, not every row that there is.
    """
    at, name, to_tenant = f"{entity.name}.{column.name}", identifier(column.name), column.refers == "tenant"
    target = "a tenant of the snapshot" if to_tenant else f"a row of {column.refers} in the same tenant"
    key = "tenant_id" if to_tenant else "id"
    rows = f"select {', '.join(key_columns(entity, 'c.'))} from {identifier(entity.name)} c"
    others = f"{identifier(str(column.refers))} p"
    if joined:
        fails = f"{name} is not null and {identifier(column.alias)}.{key} is null"
        yield Rule(f"R1 {at}", f"{at} points to {target}", fails, kind="reference")
    else:
        same = "p.tenant_id = c.tenant_id" + ("" if to_tenant else f" and p.id = c.{name}")
        select = f"{rows} anti join {others} on {same} where c.{name} is not null"
        yield Rule(f"R1 {at}", f"{at} points to {target}", select=select, kind="reference")
    if not to_tenant:
        select = f"{rows} semi join {others} on p.id = c.{name} and p.tenant_id <> c.tenant_id"
        yield Rule(f"R2 {at}", f"{at} never points into another tenant", select=select, kind="other_tenant")
