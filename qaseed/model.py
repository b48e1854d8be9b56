"""The data types: a model is data, and everything else is derived from it."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from qaseed.binding import binding_error, unknown_words
from qaseed.errors import UsageError, nearest
from qaseed.logical_types import TYPES, TypeName
from qaseed.sql import identifier, ways_of

Severity = Literal["error", "warning"]
RuleKind = Literal[
    "rule",
    "value",
    "identifier",
    "free_text",
    "unique",
    "reference",
    "other_tenant",
    "shared_id",
    "coverage",
    "count",
    "scenario",
]
"""Where a rule comes from: "rule" if it is declared with an entity, else what of the model it is derived from."""
PHI_KINDS: frozenset[RuleKind] = frozenset({"identifier", "free_text"})
"""Kinds of rules that find what may belong to a person."""
Value = str | int | bool

NOW, TODAY, UUID = "now", "today", "uuid"
"""Defaults that the database computes for each row: the moment, the day, a text that no other row has."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Recipe:
    """How a column's values are generated: a function `"module:name"` and its settings, all of it plain data."""

    function: str
    settings: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Column:
    """One column: its type, the values that it accepts, what it refers to, and how its values are generated.

    `type` is a name of `qaseed.logical_types.TYPES`. `recipe` generates the values; a column without one can be
    declared but not generated. `choices`, `minimum` and `maximum` (both included) bound the values, and become a
    CHECK in Postgres and a rule of validation; nulls pass where the column is `nullable`. `unique` is within a
    tenant. `refers` names an entity: the column then has the id of one of its rows in the same tenant (the slug, for
    `tenant`).

    `phi` is the Safe Harbor class of a column that would be an identifier in real data, and `safe` the predicate of
    `qaseed.safety.identifiers` that each value must satisfy, so that it can belong to no person. `free_text` is
    scanned for anything that looks like an identifier.

    `default` is what an application's INSERT may leave out: an accepted value of the column, or what the database
    computes for each row, of which there is one for a type: `NOW` for a timestamptz, `TODAY` for a date, `UUID` for a
    text that is unique. Rows that qaseed loads have a value for every column, so that it changes none of them.
    """

    name: str
    type: TypeName
    doc: str
    recipe: Recipe | None = None
    nullable: bool = False
    choices: tuple[Value, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    unique: bool = False
    refers: str | None = None
    phi: str | None = None
    safe: str | None = None
    free_text: bool = False
    default: Value | None = None

    @property
    def alias(self) -> str:
        """What a condition calls the row that a reference points to: `client` for `client_id`."""
        name = self.name.removesuffix("_id")
        return name if name != self.name else f"{name}_row"


@dataclass(frozen=True)
class Rule:
    """A statement about all rows of an entity, with the SQL that finds the rows that break it.

    `fails` is a condition on one row of its entity; `select` is a whole query for the keys of failing rows. One of
    the two. A condition may read a referenced row: `client.dob` is the `dob` of the row that `client_id` points
    to. Both may name `{as_of}`, the snapshot's date. A condition that a row can meet in several ways is written with
    `qaseed.sql.any_of`, and `ways` lists them.

    `kind` says where a rule comes from: "rule" for those declared with an entity; `qaseed.derived_rules` derives the
    others from columns, keys and scenarios, and names the scenario as `subject`, or the column that proves the rule if
    each of its values is in one row only. Manifests contain declared rules only, so they never write either.
    """

    id: str
    description: str
    fails: str | None = None
    select: str | None = None
    severity: Severity = "error"
    kind: RuleKind = "rule"
    subject: str = ""

    @property
    def ways(self) -> tuple[str, ...]:
        """The conditions of `fails`, each of which alone breaks the rule; none for a rule with `select`."""
        return () if self.fails is None else ways_of(self.fails)


@dataclass(frozen=True)
class FixtureRow:
    """A row at a reserved slot, and the values of it that are set rather than generated: plain data, or recipes."""

    entity: str
    slot: int
    values: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Scenario:
    """A named case that tests can rely on: where its row is in each of `tenants`, and what is true of it.

    Tenants of `also_in` have it too where they are large enough for the cases of all; its slots are its own everywhere.
    `holds` is a condition on the row of `entity` at `slot`, called `s` in it. `needs` are the rows at reserved slots
    when the scenario is in a data set. `switch` names the profile's switch without which it is left out.
    """

    name: str
    doc: str
    entity: str
    slot: int
    holds: str
    needs: tuple[FixtureRow, ...]
    tenants: tuple[int, ...] = (1,)
    switch: str | None = None
    also_in: tuple[int, ...] = field(default=(), compare=False, metadata={"in_json": False})


@dataclass(frozen=True)
class Figure:
    """A quantity of the data with a target: `select` gives rows of (label, actual, sample size).

    A target is (label, least, most), in the figure's `unit`; `tolerance` widens it on both sides, and more so where the
    sample is small. Below `least` in the sample it is not applicable; a sample has no more members than some table
    has rows. `share` names the share of a profile that sets it.
    """

    id: str
    doc: str
    targets: tuple[tuple[str, float, float], ...]
    select: str
    source: str
    tolerance: float = 2.0
    least: int = 500
    unit: str = "percent"
    share: str | None = None


@dataclass(frozen=True)
class Entity:
    """One table: what a row is, its columns, its rules, and how its rows are split into units of work.

    Either the profile says how many rows there are, and `blocks` how many each provider has, or they derive from rows
    of other entities: `derived` then names the function that returns the ids of those in a unit.
    """

    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("tenant_id", "id")
    rules: tuple[Rule, ...] = ()
    blocks: Recipe | None = None
    counted: bool = True
    derived: Recipe | None = None

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column:
        """The column of that name; `UsageError` with the nearest name otherwise."""
        if name not in self.by_name:
            raise UsageError(f"{self.name}: no column {name!r}; {nearest(name, self.by_name)}")
        return self.by_name[name]

    @property
    def references(self) -> Iterator[Column]:
        """The columns that point to a row of an entity, within the same tenant."""
        return (column for column in self.columns if column.refers)


@dataclass(frozen=True)
class Model:
    """A set of entities that refer to each other; checked as a whole when it is built.

    `limits` is a function that rejects infeasible counts. `position_keys` are the names, beginning with `at_`, by which
    fixture rows say where they are in calendars and accounts; recipes read them. A model that is read from a manifest
    (`is_declared` false) was checked when it was declared, by the version that declared it; only its shape is checked
    again.

    Raises `UsageError`, which names the entity, what is wrong with it, and the nearest name.
    """

    name: str
    doc: str
    entities: tuple[Entity, ...]
    limits: Recipe | None = None
    scenarios: tuple[Scenario, ...] = ()
    figures: tuple[Figure, ...] = ()
    position_keys: tuple[str, ...] = field(default=(), compare=False, metadata={"in_json": False})
    is_declared: bool = field(default=True, compare=False, metadata={"in_json": False})

    def __post_init__(self) -> None:
        for entity in self.entities:
            self._check(entity)
        for scenario in self.scenarios:
            for row in (FixtureRow(scenario.entity, scenario.slot, ()), *scenario.needs):
                self._check_fixture(scenario, row)
        if self.is_declared:
            self._check_scenario_slots()
            self._check_recipes()
            self._check_sql()

    @cached_property
    def by_name(self) -> Mapping[str, Entity]:
        return {entity.name: entity for entity in self.entities}

    def entity(self, name: str) -> Entity:
        """The entity of that name; `UsageError` with the nearest name otherwise."""
        if name not in self.by_name:
            raise UsageError(f"{self.name}: no entity {name!r}; {nearest(name, self.by_name)}")
        return self.by_name[name]

    def _check(self, entity: Entity) -> None:
        for name in (entity.name, *entity.by_name):
            if not _NAME.fullmatch(name):
                raise UsageError(f"{entity.name}: {name!r} is no name; use lower-case letters, digits and underscores")
        if len(entity.by_name) != len(entity.columns) or len(self.by_name) != len(self.entities):
            raise UsageError(f"{entity.name}: a name is used twice; names are unique in their entity and model")
        if not entity.key:
            raise UsageError(f"{entity.name}: has no key; name the columns that identify a row")
        for part in entity.key:
            entity.column(part)
        for column in entity.columns:
            self._check_column(f"{entity.name}.{column.name}", column)
        for rule in entity.rules:
            if (rule.fails is None) == (rule.select is None):
                raise UsageError(f"{entity.name} {rule.id}: a rule has either `fails` or `select`")
        doubled = _doubled([rule.id for rule in entity.rules]) if self.is_declared else None
        if doubled:
            raise UsageError(f"{entity.name} {doubled}: two rules have this id; give one of them another")

    def _check_column(self, at: str, column: Column) -> None:
        if column.type not in TYPES:
            raise UsageError(f"{at}: no type {column.type!r}; {nearest(column.type, TYPES)}")
        if column.refers:
            self.entity(column.refers)
        kind = TYPES[column.type].constant
        if any(type(value) is not kind for value in column.choices):
            raise UsageError(f"{at}: its choices are not of type {column.type}")
        if column.default is not None and not self._may_default(column, kind):
            raise UsageError(
                f"{at}: {column.default!r} cannot be its default; give a value that it accepts, or leave it out"
            )

    def _may_default(self, column: Column, kind: type[Value]) -> bool:
        """Whether a row may have the default: no constant where no two rows may have the same."""
        value = column.default
        if column.unique:
            return column.type == "text" and value == UUID
        if TYPES[column.type].row_default:
            return value == (TODAY if column.type == "date" else NOW)
        least, most = (column.minimum, column.maximum) if kind is int else (None, None)
        return (
            type(value) is kind
            and (not column.choices or value in column.choices)
            and (least is None or int(value) >= least)
            and (most is None or int(value) <= most)
        )

    def _check_fixture(self, scenario: Scenario, row: FixtureRow) -> None:
        entity = self.entity(row.entity)
        for name in dict(row.values):
            if not name.startswith("at_"):
                entity.column(name)
            elif self.is_declared and name not in self.position_keys:
                raise UsageError(
                    f"scenario {scenario.name}: {row.entity} {row.slot} has no position {name!r}; "
                    f"{nearest(name, self.position_keys)}"
                )

    def _check_scenario_slots(self) -> None:
        names: dict[tuple[str, int], str] = {}
        rows: dict[tuple[str, int], FixtureRow] = {}
        for scenario in self.scenarios:
            at, slot = f"scenario {scenario.name}", f"slot {scenario.slot} of {scenario.entity}"
            other = names.setdefault((scenario.entity, scenario.slot), scenario.name)
            if other != scenario.name:
                raise UsageError(f"{at}: {slot} is that of scenario {other}; choose another slot")
            for row in scenario.needs:
                if rows.setdefault((row.entity, row.slot), row) != row:
                    raise UsageError(f"{at}: {row.entity} {row.slot} is another row in an earlier scenario; move it")
        if len({scenario.name for scenario in self.scenarios}) < len(self.scenarios):
            doubled = _doubled([scenario.name for scenario in self.scenarios])
            raise UsageError(f"scenario {doubled}: two scenarios have this name; rename one")

    def _check_recipes(self) -> None:
        for entity in self.entities:
            for column in entity.columns:
                _check_recipe(f"{entity.name}.{column.name}", column.recipe)
            _check_recipe(f"{entity.name}: blocks", entity.blocks)
            _check_recipe(f"{entity.name}: derived", entity.derived)
        _check_recipe("limits", self.limits)
        for scenario in self.scenarios:
            for row in scenario.needs:
                for name, value in row.values:
                    _check_recipe(f"scenario {scenario.name}: {row.entity}.{name}", value)

    def _check_sql(self) -> None:
        """Names in rules, scenarios and figures exist."""
        columns = {entity.name: set(entity.by_name) for entity in self.entities}
        every_column = set().union(*columns.values()) if columns else set()
        for entity in self.entities:
            referenced = {column.alias: columns[str(column.refers)] for column in entity.references}
            for rule in entity.rules:
                at = f"{entity.name} {rule.id}"
                if rule.fails is None:
                    self._check_names(at, str(rule.select), every_column, columns, str(rule.select))
                elif "select" in rule.fails:
                    known = columns | referenced
                    self._check_names(at, rule.fails, every_column, known, self._row_query(entity, rule.fails))
                else:
                    known = {**referenced, entity.name: columns[entity.name]}
                    self._check_names(at, rule.fails, columns[entity.name], known, self._row_query(entity, rule.fails))
        for scenario in self.scenarios:
            known = columns | {"s": columns[scenario.entity], "x": every_column}
            query = f"select 1 from {identifier(scenario.entity)} s, scenario x where {scenario.holds}"
            self._check_names(f"scenario {scenario.name}", scenario.holds, every_column, known, query)
        for query, name in {figure.select: figure.id for figure in reversed(self.figures)}.items():
            self._check_names(f"figure {name}", query, every_column, columns, query)

    def _row_query(self, entity: Entity, condition: str) -> str:
        """A query of a condition on one row, in which each reference is a struct of the row that it points to."""
        structs = (
            f"(select t from {identifier(str(column.refers))} t limit 1) as {identifier(column.alias)}"
            for column in entity.references
        )
        return f"select 1 from (select {', '.join(['*', *structs])} from {identifier(entity.name)}) where {condition}"

    def _check_names(self, at: str, sql: str, columns: set[str], tables: Mapping[str, set[str]], query: str) -> None:
        unknown = unknown_words(sql, columns, tables)
        if not unknown:
            return
        types = {
            entity.name: {column.name: TYPES[column.type].duckdb for column in entity.columns}
            for entity in self.entities
        }
        error = binding_error(types, query.replace("{as_of}", "2000-01-01"))
        if error:
            names = {*columns, *tables, *(name for table in tables.values() for name in table)} - {unknown[0]}
            raise UsageError(f"{at}: no column {unknown[0]!r}; {nearest(unknown[0], names)} ({error})")


def _doubled(names: list[str]) -> str | None:
    """The first name that occurs twice."""
    return next((name for n, name in enumerate(names) if name in names[:n]), None)


def _check_recipe(at: str, value: Any) -> None:
    """That worker processes find the function of a recipe by its name, and that its settings are plain data."""
    if isinstance(value, tuple):
        for part in value:
            _check_recipe(at, part)
    elif isinstance(value, Recipe):
        function = value.function
        if "<" in function:
            raise UsageError(
                f"{at}: {function} is a lambda or a local function; use a function of a module as its recipe"
            )
        try:
            pkgutil.resolve_name(function)
        except (ImportError, ValueError) as error:
            raise UsageError(f"{at}: its recipe {function} does not exist ({error}); correct the name") from None
        except AttributeError:
            module, _, name = function.partition(":")
            known = vars(pkgutil.resolve_name(module))
            raise UsageError(f"{at}: its recipe {function} does not exist; {nearest(name, known)}") from None
        for name, setting in value.settings:
            _check_recipe(f"{at}: {name}", setting)
    elif callable(value):
        raise UsageError(f"{at}: {value!r} is a function, not plain data; use kinds.recipe(function)")
