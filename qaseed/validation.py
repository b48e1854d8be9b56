"""Rules about the rows of a snapshot, derived from its model or declared in it, counted by duckdb, one scan an entity."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from qaseed.compatibility import JSON_KEYS
from qaseed.errors import SnapshotError, nearest
from qaseed.model import Column, Entity, Model, Rule, Scenario, Severity, Value
from qaseed.plan import FIRST_ORDINARY_SLOT, SLOT_BITS
from qaseed.realism import Measured, measure
from qaseed.safety.identifiers import PREDICATES
from qaseed.safety.texts import UNSAFE_TEXT

if TYPE_CHECKING:
    import duckdb

HELD_ROWS = 500_000
"""Rows up to which a data set is held in memory while it is checked."""
SAMPLES = 5
"""Keys of failing rows that a finding shows at most."""


@dataclass(frozen=True)
class Finding:
    """A rule that is broken: by how many rows, and the keys of some of them (never other values)."""

    rule: str
    entity: str
    severity: Severity
    description: str
    count: int
    samples: tuple[tuple[Any, ...], ...]

    @property
    def is_phi(self) -> bool:
        """Whether something was found that may belong to a person."""
        return self.rule.startswith(("U3 ", "X1 "))

    def to_json(self) -> dict[str, Any]:
        """The finding as plain JSON, under the keys that scripts rely on."""
        keys = JSON_KEYS["Finding"]
        return {keys.get(name, name): value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Report:
    """What a validation found; `whole` unless only a sample of the free text was read.

    `checked` is how many values (not null) of each entity's columns the scan saw.
    """

    rules: int
    rows: Mapping[str, int]
    findings: tuple[Finding, ...]
    whole: bool
    checked: Mapping[str, Mapping[str, int]]
    realism: tuple[Measured, ...] = ()

    def ok(self, *, strict: bool = False) -> bool:
        """No rule is broken; with `strict` no warning stands either."""
        return not any(strict or finding.severity == "error" for finding in self.findings)

    @property
    def summary(self) -> dict[str, Any]:
        """The report in a few numbers."""
        phi = sum(found.is_phi for found in self.findings)
        return {"rules": self.rules, "findings": len(self.findings), "phi_findings": phi, "whole": self.whole}

    def headline(self) -> str:
        """The first finding and how many there are, in one line; it begins with PHI if that is what was found."""
        if not self.findings:
            return f"all {self.rules} rules hold"
        worst = min(self.findings, key=lambda found: not found.is_phi)
        kind = "PHI: " if worst.is_phi else ""
        more = f", {len(self.findings)} rules broken in all" if len(self.findings) > 1 else ""
        return f"{kind}{worst.count:,} of {worst.entity} break {worst.rule!r} ({worst.description}){more}"

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON, without anything volatile."""
        return {
            "rules": self.rules,
            "rows": dict(self.rows),
            "findings": [found.to_json() for found in self.findings],
            "realism": [figure.to_json() for figure in self.realism],
        }


def _listed(values: tuple[Value, ...]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value) for value in values)


def _of_column(entity: Entity, column: Column) -> Iterator[Rule]:
    """The rules that follow from a column's declaration."""
    name, at = f'"{column.name}"', f"{entity.name}.{column.name}"
    if not column.nullable:
        yield Rule(f"R7 {at}", f"{at} is never null", f"{name} is null")
    if column.choices:
        yield Rule(f"R7c {at}", f"{at} is one of its values", f"{name} not in ({_listed(column.choices)})")
    if column.minimum is not None:
        yield Rule(f"R7m {at}", f"{at} is at least {column.minimum}", f"{name} < {column.minimum}")
    if column.maximum is not None:
        yield Rule(f"R7m {at}", f"{at} is at most {column.maximum}", f"{name} > {column.maximum}")
    if column.safe:
        predicate = PREDICATES.get(column.safe)
        if predicate is None:
            raise SnapshotError(f"{at}: no predicate {column.safe!r}; {nearest(column.safe, PREDICATES)}")
        fails = f"{name} is not null and not ({predicate.sql(name)})"
        yield Rule(f"U3 {at}", f"{at} can belong to nobody: {predicate.why}", fails)
    if column.unique:
        group = list(dict.fromkeys([f'"{entity.key[0]}"', name]))
        last = ", ".join(part if part in group else f"max({part})" for part in _key(entity))
        select = f'select {last} from "{entity.name}" where {name} is not null group by {", ".join(group)} having count(*) > 1'
        yield Rule(f"U1 {at}", f"{at} is unique in its tenant", select=select)
    if column.refers:
        yield from _of_reference(entity, column)


def _key(entity: Entity, of: str = "") -> list[str]:
    return [f'{of}"{part}"' for part in entity.key]


def _looked(column: Column) -> str:
    """What a condition calls the row that a reference points to."""
    name = column.name.removesuffix("_id")
    return name if name != column.name else f"{name}_row"


def _of_reference(entity: Entity, column: Column) -> Iterator[Rule]:
    """Every reference points to a row, of its own tenant."""
    at, name, key = (
        f"{entity.name}.{column.name}",
        f'"{column.name}"',
        "tenant_id" if column.refers == "tenant" else "id",
    )
    there = "a tenant of the snapshot" if column.refers == "tenant" else f"a row of {column.refers} in the same tenant"
    yield Rule(f"R1 {at}", f"{at} points to {there}", f'{name} is not null and "{_looked(column)}".{key} is null')
    if column.refers != "tenant":
        select = (
            f'select {", ".join(_key(entity, "c."))} from "{entity.name}" c semi join "{column.refers}" p '
            f"on p.id = c.{name} and p.tenant_id <> c.tenant_id"
        )
        yield Rule(f"R2 {at}", f"{at} never points into another tenant", select=select)


def _of_entity(entity: Entity) -> Iterator[Rule]:
    """The rules that follow from what an entity is."""
    name, key, table = entity.name, ", ".join(_key(entity)), f'"{entity.name}"'
    select = f"select {key} from {table} group by {key} having count(*) > 1"
    yield Rule(f"K1 {name}", f"the key of {name} is unique", select=select)
    if "id" in entity.key:
        select = f"select max(tenant_id), id from {table} group by id having count(distinct tenant_id) > 1"
        yield Rule(f"R4 {name}", f"no id of {name} stands under two tenants", select=select)
        select = f"select tenant_id from tenant anti join {table} using (tenant_id)"
        yield Rule(f"R5 {name}", f"every tenant has at least one {name}", select=select, severity="warning")


def rules_of(entity: Entity) -> Iterator[Rule]:
    """All rules of an entity: of what it is, of its columns, and those declared with it."""
    yield from _of_entity(entity)
    for column in entity.columns:
        yield from _of_column(entity, column)
    yield from entity.rules


def scenario_rules(model: Model) -> Iterator[Rule]:
    """Each scenario stands where the table of scenarios says, and what is promised of it holds."""
    for case in model.scenarios:
        entity = model.entity(case.entity)
        at = "s.tenant_id = x.tenant_id" + (" and s.id = x.id" if "id" in entity.key else "")
        select = (
            f"select x.tenant_id, x.name from scenario x left join {entity.name} s on {at} where x.name = {_listed((case.name,))} "
            f"and (s.tenant_id is null or x.entity <> {_listed((case.entity,))} or not coalesce(({case.holds}), false))"
        )
        yield Rule(f"E1 {case.name}", case.doc, select=select)


def _doubtful(connection: duckdb.DuckDBPyConnection, model: Model, cases: list[Scenario], as_of: dt.date) -> set[str]:
    """Scenarios to be looked at one by one: those that look at other rows, and those of which one query says that they fail."""
    plain = [case for case in cases if "select" not in case.holds]
    found = {case.name for case in cases} - {case.name for case in plain}
    for name in {case.entity for case in plain}:
        told = " ".join(f"when {_listed((case.name,))} then ({case.holds})" for case in plain if case.entity == name)
        at = "s.tenant_id = x.tenant_id" + (" and s.id = x.id" if "id" in model.entity(name).key else "")
        names = _listed(tuple(case.name for case in plain if case.entity == name))
        query = f"select x.name from scenario x left join {name} s on {at} where x.name in ({names}) and not coalesce(case x.name {told} end and s.tenant_id is not null and x.entity = {_listed((name,))}, false)"
        found |= {row[0] for row in _select(connection, query.replace("{as_of}", as_of.isoformat()))}
    return found


def text_rules(entity: Entity) -> Iterator[Rule]:
    """Free text holds nothing that looks like an identifier, safe or not."""
    for column in entity.columns:
        if column.free_text:
            at = f"{entity.name}.{column.name}"
            yield Rule(f"X1 {at}", f"{at} holds no identifier", f"""regexp_matches("{column.name}", '{UNSAFE_TEXT}')""")


def validate(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    as_of: dt.date,
    expected: Mapping[str, int],
    sample_size: int | None = None,
    shares: Mapping[str, Mapping[str, float]] | None = None,
) -> Report:
    """Check every rule of the model on the views of `connection`, and measure its figures.

    `expected` is the number of rows that each entity is to have; `sample_size` limits the rows of free text that are
    scanned (all by default), never those whose keys and values are checked. `shares` are those that the profile set.
    Rows that cannot be read are an error of duckdb, which the snapshot's catalog explains.
    """
    with _held(connection, model, sum(expected.values())):
        return _validated(connection, model, as_of, expected, sample_size, shares or {})


def _validated(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    as_of: dt.date,
    expected: Mapping[str, int],
    sample_size: int | None,
    shares: Mapping[str, Mapping[str, float]],
) -> Report:
    findings: list[Finding] = []
    rules = 0
    actual: dict[str, int] = {}
    checked: dict[str, dict[str, int]] = {}
    for entity in model.entities:
        declared, scanned = list(rules_of(entity)), list(text_rules(entity))
        in_rows = [rule for rule in declared if rule.fails] + (scanned if sample_size is None else [])
        rows, seen, found = _scan(connection, entity, _seen_through(model, entity, in_rows), in_rows, as_of)
        actual[entity.name], checked[entity.name] = rows, seen
        findings += found
        if scanned and sample_size is not None:
            some = f'(select * from "{entity.name}" order by {", ".join(_key(entity))} limit {int(sample_size)})'
            findings += _scan(connection, entity, some, scanned, as_of)[2]
        strayed = any(finding.rule.startswith(("R1 ", "R4 ")) for finding in findings)
        for rule in declared:
            # who points into another tenant points to nothing in its own, or an id stands under both
            if rule.select and (strayed or not rule.id.startswith("R2 ")):
                found = _search(connection, entity, rule, as_of)
                strayed, findings = strayed or bool(found and rule.id.startswith("R4 ")), [*findings, *found]
        rules += len(declared) + len(scanned) + 1
        if rows != expected[entity.name]:
            description = f"{entity.name} has the {expected[entity.name]:,} rows that the manifest says"
            findings.append(Finding(f"R5n {entity.name}", entity.name, "error", description, rows, ()))
    figures = measure(partial(_select, connection), model, as_of, shares)
    if model.scenarios:
        _keep_only_reserved(connection, model)
        there = {name for (name,) in _select(connection, "select distinct name from scenario")}
        cases = {case.name: case for case in model.scenarios if case.name in there}
        doubtful = _doubtful(connection, model, list(cases.values()), as_of)
        for rule in scenario_rules(model):
            if rule.id.removeprefix("E1 ") in doubtful:
                findings += _search(connection, model.entity("scenario"), rule, as_of)
        rules += len(cases)
    return Report(rules, actual, tuple(findings), sample_size is None, checked, figures)


def _scan(
    connection: duckdb.DuckDBPyConnection, entity: Entity, table: str, rules: list[Rule], as_of: dt.date
) -> tuple[int, dict[str, int], list[Finding]]:
    """Count the rows of a table and, in the same scan, the values of each column and the rows that break each rule."""
    names = [column.name for column in entity.columns]
    values = "".join(f', count("{name}")' for name in names)
    counts = "".join(f", count_if({_told(rule.fails, as_of)})" for rule in rules)
    total, *counted = _select(connection, f"select count(*){values}{counts} from {table}")[0]
    seen, broken = counted[: len(names)], counted[len(names) :]
    found = [
        _finding(connection, entity, rule, count, f"select * from {table} where {_told(rule.fails, as_of)}")
        for rule, count in zip(rules, broken, strict=True)
        if count
    ]
    return total, dict(zip(names, seen, strict=True)), found


_LOOK = re.compile(r'\b([a-z][a-z0-9_]*)"?\.([a-z][a-z0-9_]*)')


def _seen_through(model: Model, entity: Entity, rules: list[Rule]) -> str:
    """The table of an entity, with those columns that rules look at through its references, each reference a struct."""
    looked: dict[str, set[str]] = {}
    known = {_looked(column): column for column in entity.references}
    for rule in rules:
        for name, column in _LOOK.findall(str(rule.fails)):
            if name in known and column in model.entity(str(known[name].refers)).by_name:
                looked.setdefault(name, set()).add(column)
    if not looked:
        return f'"{entity.name}"'
    structs, joins = [], []
    for name, columns in sorted(looked.items()):
        packed = ", ".join(f'{column} := "{name}".{column}' for column in sorted(columns))
        structs.append(f'struct_pack({packed}) as "{name}"')
        there = model.entity(str(known[name].refers))
        key = "" if len(there.key) == 1 else f' and "{name}".id = this."{known[name].name}"'
        joins.append(f'left join "{there.name}" "{name}" on "{name}".tenant_id = this.tenant_id{key}')
    return f'(select this.*, {", ".join(structs)} from "{entity.name}" this {" ".join(joins)})'


@contextmanager
def _held(connection: duckdb.DuckDBPyConnection, model: Model, rows: int) -> Iterator[None]:
    """While the names of entities mean tables in memory, where they are few rows: each file is then decoded once."""
    if rows <= HELD_ROWS:
        for entity in model.entities:
            connection.execute(f'create temp table "{entity.name}" as from main."{entity.name}"')
    try:
        yield
    finally:
        for entity in model.entities:
            connection.execute(f'drop table if exists temp."{entity.name}"')


def _keep_only_reserved(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """From now on the names of entities mean their few rows at reserved places: what scenarios speak of."""
    for entity in model.entities:
        few = f"where id & {(1 << SLOT_BITS) - 1} < {FIRST_ORDINARY_SLOT}" if "id" in entity.key else ""
        connection.execute(f'create or replace temp table "{entity.name}" as select * from "{entity.name}" {few}')


def _search(connection: duckdb.DuckDBPyConnection, entity: Entity, rule: Rule, as_of: dt.date) -> list[Finding]:
    query = _told(rule.select, as_of)
    count = _select(connection, f"select count(*) from ({query})")[0][0]
    return [_finding(connection, entity, rule, count, query)] if count else []


def _finding(connection: duckdb.DuckDBPyConnection, entity: Entity, rule: Rule, count: int, failing: str) -> Finding:
    shown = "*" if rule.select else ", ".join(_key(entity))
    rows = _select(connection, f"select {shown} from ({failing}) limit {SAMPLES}")
    return Finding(rule.id, entity.name, rule.severity, rule.description, count, tuple(tuple(row) for row in rows))


def _told(sql: str | None, as_of: dt.date) -> str:
    return f"({str(sql).replace('{as_of}', as_of.isoformat())})"


def _select(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    """Run what is exactly one SELECT: rules come from a manifest, and so from outside."""
    import duckdb

    statements = connection.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise SnapshotError("a rule of the model is not a single SELECT; do not trust this snapshot")
    return connection.execute(statements[0]).fetchall()
