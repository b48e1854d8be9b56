"""The data types: a model is data, and everything else is derived from it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property, lru_cache
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from qaseed.compatibility import JSON_KEYS, SETTING_KEYS
from qaseed.errors import UsageError, nearest
from qaseed.logical_types import TYPES, TypeName
from qaseed.sql import ways_of

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
"""Defaults that are made for each row: the moment, the day, a text that no other row has."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Recipe:
    """How a column's values are made: a function `"module:name"` and its settings, all of it plain data."""

    function: str
    settings: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Column:
    """One column: its type, what may stand in it, what it points to, and how its values are made.

    `default` is what an application's INSERT may leave out: an accepted value of the column, or what the database makes for
    each row, of which there is one for a type: `NOW` for a timestamptz, `TODAY` for a date, `UUID` for a text that is unique.
    Rows that qaseed loads have a value for every column, so that it changes none of them.
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


@dataclass(frozen=True)
class Rule:
    """What holds of the data, with the SQL that finds the rows that break it.

    `fails` is a condition on one row of its entity; `select` is a whole query for the keys of failing rows. One of the two.
    A condition may look through a reference: `client.dob` is the `dob` of the row that `client_id` points to.
    Both may name `{as_of}`, the snapshot's date. A condition that a row can meet in several ways is written with
    `qaseed.sql.any_of`, and `ways` lists them.

    `kind` says where a rule comes from: "rule" for those declared with an entity; `qaseed.derived_rules` derives the others
    from columns, keys and scenarios, and names the scenario as `subject`. Manifests contain declared rules only, so they
    never write either.
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
    """A row at a reserved place, and the values of it that are told rather than made: plain data, or recipes."""

    entity: str
    slot: int
    values: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Scenario:
    """A named case that tests can rely on: where its row is in each of `tenants`, and what holds of it.

    `holds` is a condition on the row of `entity` at `slot`, called `s` there. `needs` is what stands at reserved places
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


@dataclass(frozen=True)
class Figure:
    """A quantity that the data is to hit: `select` gives rows of (label, actual, sample size), `targets` what is wanted.

    A target is (label, least, most), in the figure's `unit`; `tolerance` widens it on both sides, and more so where the
    sample is small. Below `least` in the sample it is not applicable. `share` names the share of a profile that sets it.
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
    """One table: what a row is, its columns, its rules, and where its rows stand within a unit of work."""

    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("tenant_id", "id")
    rules: tuple[Rule, ...] = ()
    blocks: Recipe | None = None
    counted: bool = True

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
    """A set of entities that refer to each other; checked as a whole when it is built."""

    name: str
    doc: str
    entities: tuple[Entity, ...]
    limits: Recipe | None = None
    scenarios: tuple[Scenario, ...] = ()
    figures: tuple[Figure, ...] = ()

    def __post_init__(self) -> None:
        for entity in self.entities:
            self._check(entity)
        for scenario in self.scenarios:
            for given in (FixtureRow(scenario.entity, scenario.slot, ()), *scenario.needs):
                for name in dict(given.values):
                    if not name.startswith("at_"):
                        self.entity(given.entity).column(name)

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
            raise UsageError(f"{entity.name}: a name stands twice; names are unique in their entity and model")
        if not entity.key:
            raise UsageError(f"{entity.name}: has no key; name the columns that identify a row")
        for part in entity.key:
            entity.column(part)
        for column in entity.columns:
            self._check_column(f"{entity.name}.{column.name}", column)
        for rule in entity.rules:
            if (rule.fails is None) == (rule.select is None):
                raise UsageError(f"{entity.name} {rule.id}: a rule has either `fails` or `select`")

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


def to_json(value: Any) -> Any:
    """A model or any part of it as plain JSON; what equals its default is left out."""
    if isinstance(value, Recipe) and _setting_keys(value.function):
        keys = _setting_keys(value.function)
        value = replace(value, settings=tuple((keys.get(name, name), setting) for name, setting in value.settings))
    if isinstance(value, Model | Entity | Column | Rule | Recipe | Scenario | FixtureRow | Figure):
        keys = JSON_KEYS.get(type(value).__name__, {})
        return {
            keys.get(item.name, item.name): to_json(getattr(value, item.name))
            for item in fields(value)
            if getattr(value, item.name) != item.default
        }
    if isinstance(value, tuple):
        return [to_json(part) for part in value]
    return value


def from_json(kind: type[Any], data: Any) -> Any:
    """The model, or the part of one, that `to_json` told; `UsageError` where a field is unknown or of another type."""
    if not isinstance(data, Mapping):
        raise UsageError(f"{kind.__name__.lower()}: {str(data)[:40]!r} is not a table of fields")
    hints = _hints(kind)  # type: ignore[arg-type]  # every class can be hashed
    keys = JSON_KEYS.get(kind.__name__, {})
    names = {keys.get(name, name): name for name in hints}
    for key in data:
        if key not in names:
            raise UsageError(f"{kind.__name__.lower()}: no field {key!r}; {nearest(key, names)}")
    try:
        read = kind(**{names[key]: _read(hints[names[key]], value, key) for key, value in data.items()})
    except TypeError as error:  # a field is missing
        raise UsageError(f"{kind.__name__.lower()}: {error}") from None
    if isinstance(read, Recipe) and _setting_keys(read.function):
        written = {key: name for name, key in _setting_keys(read.function).items()}
        read = replace(read, settings=tuple((written.get(name, name), value) for name, value in read.settings))
    return read


def _setting_keys(function: str) -> Mapping[str, str]:
    return SETTING_KEYS.get(function.rpartition(":")[2], {})


@lru_cache
def _hints(kind: type[Any]) -> Mapping[str, Any]:
    """The types of a kind's fields, read from its source once."""
    return get_type_hints(kind)


def _read(hint: Any, value: Any, name: str) -> Any:
    """A JSON value as the type that the field declares."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint is Any:
        return _settings(value)
    if is_dataclass(hint):
        return from_json(cast(type, hint), value)
    if origin is tuple and isinstance(value, list):
        kinds = parts[:1] * len(value) if parts[-1] is Ellipsis else parts
        if len(kinds) == len(value):
            return tuple(_read(kind, item, name) for kind, item in zip(kinds, value, strict=True))
    if origin in (Union, UnionType):
        # of the kinds that a field may have, only one is a table of fields
        hint = next(
            (part for part in parts if type(value) is part or (is_dataclass(part) and isinstance(value, dict))), None
        )
        if hint is not None:
            return _read(hint, value, name)
    if hint is float and type(value) in (int, float):
        return float(value)
    if (origin is Literal and value in parts) or (type(value) is hint and _is_text(str(value))):
        return value
    raise UsageError(f"{name}: {str(value)[:40]!r} is not of the right type")


def _is_text(value: str) -> bool:
    """Whether every database could hold it: no NUL, no half of a surrogate pair."""
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _settings(value: Any) -> Any:
    """A setting of a recipe: plain data, in which a table of fields can only be a recipe."""
    if isinstance(value, Mapping):
        return from_json(Recipe, value)
    return tuple(_settings(part) for part in value) if isinstance(value, list) else value


__all__ = [
    "NOW",
    "TODAY",
    "UUID",
    "Column",
    "Entity",
    "Figure",
    "FixtureRow",
    "Model",
    "Recipe",
    "Rule",
    "Scenario",
    "Severity",
    "Value",
    "from_json",
    "to_json",
]
