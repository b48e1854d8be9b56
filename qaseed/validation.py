"""The rows of a snapshot against all rules of its model, counted by duckdb in one scan of each entity."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from qaseed.addresses import FIRST_ORDINARY_SLOT, PARENT_BITS
from qaseed.compatibility import JSON_KEYS
from qaseed.derived_rules import (
    join_to_row,
    key_columns,
    rules_of,
    scenario_rules,
    text_rules,
)
from qaseed.engine import AT_ONCE, errors_of_queries, rows_of, run_jobs
from qaseed.errors import SnapshotError
from qaseed.joined_rows import joined_tables
from qaseed.model import PHI_KINDS, Entity, Model, Rule, RuleKind, Scenario, Severity
from qaseed.realism import Measured, measure, queries_of
from qaseed.sql import identifier, literal

if TYPE_CHECKING:
    import duckdb

MAX_ROWS_IN_MEMORY = 500_000
"""A data set of at most as many rows is copied into memory while it is checked."""
MAX_SAMPLES = 5
"""Keys of failing rows in a finding."""
MAX_RANGES = 100
"""Of ids in one condition."""
_JOINED_TEXT = re.compile(r"\bconcat_ws\((?:[^()']|'[^']*')*\)")
"""A text that is put together of columns, in a condition."""


@dataclass(frozen=True)
class Finding:
    """A rule that is broken: by how many rows, and the keys of some of them (never other values)."""

    rule: str
    entity: str
    severity: Severity
    description: str
    count: int
    samples: tuple[tuple[Any, ...], ...]
    kind: RuleKind = "rule"

    @property
    def is_phi(self) -> bool:
        """Whether something was found that may belong to a person."""
        return self.kind in PHI_KINDS

    def to_json(self) -> dict[str, Any]:
        """The finding as plain JSON, under the keys that scripts rely on."""
        keys = JSON_KEYS["Finding"]
        return {keys.get(name, name): value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Report:
    """The result of a validation; `whole` unless only a sample of the free text was read.

    `rules` is how many rules were checked, `rows` how many rows each entity has, and `checked` how many values (not
    null) of each entity's columns were read. `realism` has the figures of the model, measured.
    """

    rules: int
    rows: Mapping[str, int]
    findings: tuple[Finding, ...]
    whole: bool
    checked: Mapping[str, Mapping[str, int]]
    realism: tuple[Measured, ...] = ()

    def ok(self, *, strict: bool = False) -> bool:
        """Whether no rule is broken; rules of severity warning count only with `strict`."""
        return not any(strict or finding.severity == "error" for finding in self.findings)

    @property
    def summary(self) -> dict[str, Any]:
        """The report in a few numbers."""
        phi = sum(finding.is_phi for finding in self.findings)
        return {"rules": self.rules, "findings": len(self.findings), "phi_findings": phi, "whole": self.whole}

    def headline(self) -> str:
        """The worst finding and how many there are, in one line; it begins with PHI if that is what was found."""
        if not self.findings:
            return f"all {self.rules} rules hold"
        worst = min(self.findings, key=lambda finding: not finding.is_phi)
        prefix = "PHI: " if worst.is_phi else ""
        more = f", {len(self.findings)} rules broken in all" if len(self.findings) > 1 else ""
        return f"{prefix}{worst.count:,} of {worst.entity} break {worst.rule!r} ({worst.description}){more}"

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON, without anything volatile."""
        return {
            "rules": self.rules,
            "rows": dict(self.rows),
            "findings": [finding.to_json() for finding in self.findings],
            "realism": [figure.to_json() for figure in self.realism],
        }


def validate(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    as_of: dt.date,
    expected: Mapping[str, int],
    sample_size: int | None = None,
    shares: Mapping[str, Mapping[str, float]] | None = None,
) -> Report:
    """Check every rule of the model on the views of `connection`, and measure its figures.

    Names of entities may also be tables, which are read as they are: views of few rows are copied into memory, where
    several queries run at once. `expected` is the number of rows that each entity is to have. `sample_size` limits the
    rows whose free text is scanned (all by default), never those whose keys and values are checked. `shares` are those
    that the profile set.

    Raises `SnapshotError` for a rule that is not one SELECT. Rows that cannot be read are an error of duckdb, which the
    snapshot's catalog translates.
    """
    views = {name for (name,) in connection.sql("select view_name from duckdb_views() where not temporary").fetchall()}
    small = sum(expected.values()) <= MAX_ROWS_IN_MEMORY and views.issuperset(model.by_name)
    with _rows_in_memory(connection, model) if small else nullcontext():
        validation = _Validation(connection, model, as_of, expected)
        return validation.run(sample_size, shares or {}, at_once=AT_ONCE if small else 1)


@contextmanager
def _rows_in_memory(connection: duckdb.DuckDBPyConnection, model: Model) -> Iterator[None]:
    """Let the names of entities mean tables in memory instead of views of files: each file is then decoded once."""
    names = [(identifier(entity.name), identifier(f"{entity.name} in files")) for entity in model.entities]
    for name, view in names:
        connection.execute(f"alter view {name} rename to {view}")
        connection.execute(f"create table {name} as from {view}")
    try:
        yield
    finally:
        for name, view in names:
            connection.execute(f"drop table {name}")
            connection.execute(f"alter view {view} rename to {name}")


@dataclass(frozen=True)
class _Scan:
    """What one scan of a table counted: its rows, the values of each column, and the rules that are broken."""

    rows: int
    values: Mapping[str, int]
    findings: list[Finding]


@dataclass(frozen=True)
class _Checked:
    """An entity that is checked: its scan, how many rules it has, what is found, and rules that may be left to check.

    A reference into another tenant points to no row of its own tenant, unless one id is in two tenants. So the joins
    that search for such references run only where one of these two was found.
    """

    entity: Entity
    scan: _Scan
    rules: int
    findings: list[Finding]
    other_tenant: list[Rule]


@dataclass(frozen=True)
class _Validation:
    """One validation: where its queries run, the date that its rules know, and how many rows each entity is to have."""

    connection: duckdb.DuckDBPyConnection
    model: Model
    as_of: dt.date
    expected: Mapping[str, int]

    def run(self, sample_size: int | None, shares: Mapping[str, Mapping[str, float]], at_once: int) -> Report:
        """The report of all rules and figures, of which so many are counted at once."""
        entities, expected = self.model.entities, self.expected
        largest = max(expected.values(), default=0)
        figures = queries_of(self.model, self.as_of, largest)
        jobs: list[Callable[[_Validation], Any]] = [
            *(lambda on, entity=entity: on.check_entity(entity, sample_size) for entity in entities),
            *(lambda on, query=query: on.select(query) for query in figures),
            _Validation.check_scenarios,
        ]
        results = run_jobs(self.connection, [self._on_connection(job) for job in jobs], at_once)
        checked: list[_Checked] = results[: len(entities)]
        measured = dict(zip(figures, results[len(entities) : -1], strict=True))
        cases, of_scenarios = results[-1]
        suspicious = any(f.kind in ("reference", "shared_id") for each in checked for f in each.findings)
        findings: list[Finding] = []
        for each in checked:
            name, rows = each.entity.name, each.scan.rows
            findings += each.findings
            if suspicious:
                findings += self._search_all(each.entity, each.other_tenant)
            if rows != expected[name]:
                findings.append(_wrong_count(each.entity, rows, expected[name]))
        return Report(
            sum(each.rules for each in checked) + cases,
            {each.entity.name: each.scan.rows for each in checked},
            (*findings, *of_scenarios),
            sample_size is None,
            {each.entity.name: each.scan.values for each in checked},
            measure(measured.__getitem__, self.model, self.as_of, shares, largest),
        )

    def _on_connection(self, job: Callable[[_Validation], Any]) -> Callable[[duckdb.DuckDBPyConnection], Any]:
        return lambda connection: job(replace(self, connection=connection))

    def select(self, query: str) -> list[Any]:
        """Run what is exactly one SELECT: rules come from a manifest, and so from outside."""
        import duckdb

        try:
            statements = self.connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise SnapshotError("a rule of the model is not a single SELECT; do not trust this snapshot")
            return rows_of(self.connection, statements[0])
        except errors_of_queries() as error:
            message = str(error).splitlines()[0]
            raise SnapshotError(f"a rule of the model cannot be run ({message}); do not trust this snapshot") from None

    def check_entity(self, entity: Entity, sample_size: int | None) -> _Checked:
        declared, of_text = list(rules_of(entity)), list(text_rules(entity))
        scan = self._scan_entity(entity, declared, of_text, sample_size)
        unproven = self._without_proven(entity, declared, scan)
        others = self._search_all(entity, (rule for rule in unproven if rule.kind != "other_tenant"))
        other_tenant = [rule for rule in unproven if rule.kind == "other_tenant"]
        rules = len(declared) + len(of_text) + 1  # and that of the count of rows
        return _Checked(entity, scan, rules, scan.findings + others, other_tenant)

    def _scan_entity(self, entity: Entity, declared: list[Rule], of_text: list[Rule], sample_size: int | None) -> _Scan:
        in_rows = [rule for rule in declared if rule.fails] + (of_text if sample_size is None else [])
        tables = joined_tables(self.select, self.model, entity, in_rows, self.expected[entity.name])
        scan = self._scan(entity, tables, in_rows)
        if of_text and sample_size is not None:
            order = ", ".join(key_columns(entity))
            sample = f"(select * from {identifier(entity.name)} order by {order} limit {int(sample_size)})"
            scan.findings.extend(self._scan(entity, [sample], of_text).findings)
        return scan

    def _scan(self, entity: Entity, tables: list[str], rules: list[Rule]) -> _Scan:
        """Count the rows of tables and, in the same scan, the values of each column and the rows that break rules."""
        names = [column.name for column in entity.columns]
        nulls = {f"{identifier(name)} is null": name for name in names}
        values = "".join(f", count({identifier(name)})" for name in names)
        conditions = "".join(f", count_if({self._with_date(rule.fails)})" for rule in rules if rule.fails not in nulls)
        counted = []
        for table in tables:
            counts, rows = _with_joined_texts(conditions, table)
            totals = self.select(f"select count(*){values}{counts} from {rows}")[0]
            counted.append([count or 0 for count in totals])  # `count_if` of no rows is null
        total, *sums = map(sum, zip(*counted, strict=True))
        present = dict(zip(names, sums, strict=False))
        position = 1 + len(names)
        findings = []
        for rule in rules:
            if rule.fails in nulls:
                name = nulls[str(rule.fails)]
                failing = [each[0] - each[1 + names.index(name)] for each in counted]
            else:
                failing = [each[position] for each in counted]
                position += 1
            if any(failing):
                with_some = [table for table, count in zip(tables, failing, strict=True) if count][:MAX_SAMPLES]
                rows = " union all ".join(
                    f"select * from {table} where {self._with_date(rule.fails)}" for table in with_some
                )
                findings.append(self._finding(entity, rule, sum(failing), rows))
        return _Scan(total, present, findings)

    def _without_proven(self, entity: Entity, rules: list[Rule], scan: _Scan) -> list[Rule]:
        """The rules without those on repeated values whose column repeats none: to count costs less than to search."""
        subjects = list(dict.fromkeys(rule.subject for rule in rules if rule.subject))
        columns = [identifier(name) for name in subjects]
        counted: list[int] = []
        for group in [columns] if scan.rows <= MAX_ROWS_IN_MEMORY else [[name] for name in columns]:
            counts = ", ".join(f"count(distinct {name})" for name in group)
            counted += self.select(f"select {counts} from {identifier(entity.name)}")[0] if group else ()
        repeats_none = {name for name, count in zip(subjects, counted, strict=True) if count == scan.values[name]}
        # nulls of a key are values that repeat
        whole = {name for name in repeats_none if name not in entity.key or scan.values[name] == scan.rows}
        return [rule for rule in rules if rule.subject not in whole]

    def _search_all(self, entity: Entity, rules: Iterable[Rule]) -> list[Finding]:
        return [finding for rule in rules if rule.select for finding in self._search(entity, rule)]

    def _search(self, entity: Entity, rule: Rule) -> list[Finding]:
        query = self._with_date(rule.select)
        count = self.select(f"select count(*) from ({query})")[0][0]
        return [self._finding(entity, rule, count, query)] if count else []

    def _finding(self, entity: Entity, rule: Rule, count: int, failing: str) -> Finding:
        keys = "*" if rule.select else ", ".join(key_columns(entity))
        samples = self.select(f"select {keys} from ({failing}) limit {MAX_SAMPLES}")
        return Finding(
            rule.id, entity.name, rule.severity, rule.description, count, tuple(map(tuple, samples)), rule.kind
        )

    def check_scenarios(self) -> tuple[int, list[Finding]]:
        """How many scenarios the data set has, and those whose description does not hold."""
        if not self.model.scenarios:
            return 0, []
        with self._reserved_rows():
            included = {name for (name,) in self.select("select distinct name from scenario")}
            cases = [case for case in self.model.scenarios if case.name in included]
            candidates = self._candidates(cases)
            broken = [rule for rule in scenario_rules(self.model) if rule.subject in candidates]
            return len(cases), self._search_all(self.model.entity("scenario"), broken)

    @contextmanager
    def _reserved_rows(self) -> Iterator[None]:
        """Let the names of entities mean their few rows at reserved slots, and those that derive from these."""
        try:
            for entity in self.model.entities:
                name = identifier(entity.name)
                reserved = f"where {self._reserved(name)}" if "id" in entity.key else ""
                self.connection.execute(f"create temp table {name} as select * from {name} {reserved}")
            yield
        finally:
            for entity in self.model.entities:
                self.connection.execute(f"drop table if exists temp.{identifier(entity.name)}")

    def _reserved(self, table: str) -> str:
        """The condition on rows at reserved slots, with the ranges of their ids if they are few: scans skip others."""
        reserved = f"id & {(1 << PARENT_BITS) - 1} < {FIRST_ORDINARY_SLOT}"
        ids = (
            f"select min(id), max(id) from {table} where {reserved} group by id >> {PARENT_BITS} limit {MAX_RANGES + 1}"
        )
        ranges = [f"id between {least} and {most}" for least, most in self.select(ids)]
        return f"{reserved} and ({' or '.join(ranges)})" if 0 < len(ranges) <= MAX_RANGES else reserved

    def _candidates(self, cases: list[Scenario]) -> set[str]:
        """Scenarios to check one by one: those that read other rows, and those that fail in a query of all others."""
        plain = [case for case in cases if "select" not in case.holds]
        candidates = {case.name for case in cases} - {case.name for case in plain}
        for name in {case.entity for case in plain}:
            of_entity = [case for case in plain if case.entity == name]
            holds = " ".join(f"when {literal(case.name)} then ({case.holds})" for case in of_entity)
            names = ", ".join(literal(case.name) for case in of_entity)
            join = join_to_row(self.model.entity(name))
            query = (
                f"select x.name from scenario x left join {identifier(name)} s on {join} where x.name in ({names}) "
                f"and not coalesce(case x.name {holds} end and s.tenant_id is not null "
                f"and x.entity = {literal(name)}, false)"
            )
            candidates |= {failing for (failing,) in self.select(self._with_date(query))}
        return candidates

    def _with_date(self, sql: str | None) -> str:
        """A condition or query with the snapshot's date in it, in parentheses."""
        return f"({str(sql).replace('{as_of}', self.as_of.isoformat())})"


def _wrong_count(entity: Entity, rows: int, expected: int) -> Finding:
    description = f"{entity.name} has the {expected:,} rows that the manifest says"
    return Finding(f"R5n {entity.name}", entity.name, "error", description, rows, (), "count")


def _with_joined_texts(conditions: str, table: str) -> tuple[str, str]:
    """The conditions and their table, in which each text that several conditions put together is a column.

    The query is shorter for that: duckdb reads a megabyte of SQL in a second.
    """
    times = Counter(_JOINED_TEXT.findall(conditions))
    texts = {sql: identifier(f"text {n}") for n, (sql, count) in enumerate(times.items()) if count > 1}
    for sql, name in texts.items():
        conditions = conditions.replace(sql, name)
    columns = "".join(f", {sql} as {name}" for sql, name in texts.items())
    return conditions, f"(select *{columns} from {table})" if texts else table
