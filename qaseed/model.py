"""The data types: a model is data, and everything else is derived from it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal, get_args

from qaseed.errors import UsageError, nearest

Type = Literal["bool", "bigint", "text", "date", "timestamptz"]
Severity = Literal["error", "warning"]
Value = str | int | bool

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Recipe:
    """How a column's values are made: a function `"module:name"` and its settings, all of it plain data."""

    function: str
    settings: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Column:
    """One column: its type, what may stand in it, what it points to, and how its values are made."""

    name: str
    type: Type
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
    """A promise about the data, told as the SQL that finds the rows that break it.

    `fails` is a condition on one row of `entity`; `select` is a whole query for the keys of failing rows. One of the two.
    Both may name `{as_of}`, the snapshot's date.
    """

    id: str
    promise: str
    fails: str | None = None
    select: str | None = None
    severity: Severity = "error"


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

    def __post_init__(self) -> None:
        for entity in self.entities:
            self._check(entity)

    @cached_property
    def by_name(self) -> Mapping[str, Entity]:
        return {entity.name: entity for entity in self.entities}

    def entity(self, name: str) -> Entity:
        """The entity of that name; `UsageError` with the nearest name otherwise."""
        if name not in self.by_name:
            raise UsageError(f"{self.name}: no entity {name!r}; {nearest(name, self.by_name)}")
        return self.by_name[name]

    def _check(self, entity: Entity) -> None:
        names = [entity.name, *(column.name for column in entity.columns)]
        for name in names:
            if not _NAME.fullmatch(name):
                raise UsageError(
                    f"{entity.name}: {name!r} is not a name; use lower-case letters, digits and underscores"
                )
        if len(entity.by_name) != len(entity.columns) or len(self.by_name) != len(self.entities):
            raise UsageError(f"{entity.name}: a name stands twice; names are unique in their entity and model")
        for part in entity.key:
            entity.column(part)
        for column in entity.columns:
            if column.type not in get_args(Type):
                raise UsageError(
                    f"{entity.name}.{column.name}: no type {column.type!r}; {nearest(column.type, get_args(Type))}"
                )
            if column.refers:
                self.entity(column.refers)
        for rule in entity.rules:
            if (rule.fails is None) == (rule.select is None):
                raise UsageError(f"{entity.name} {rule.id}: a rule has either `fails` or `select`")


def to_json(value: Any) -> Any:
    """A model or any part of it as plain JSON; what equals its default is left out."""
    if isinstance(value, Model | Entity | Column | Rule | Recipe):
        return {
            item.name: to_json(getattr(value, item.name))
            for item in fields(value)
            if getattr(value, item.name) != item.default
        }
    if isinstance(value, tuple):
        return [to_json(part) for part in value]
    return value


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return from_json(Recipe, value)
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value


_PARTS: dict[str, type] = {"entities": Entity, "columns": Column, "rules": Rule}
_SINGLES: dict[str, type] = {"recipe": Recipe, "blocks": Recipe, "limits": Recipe}


def from_json(kind: type[Any], data: Mapping[str, Any]) -> Any:
    """The model, or the part of one, that `to_json` told; unknown fields and wrong shapes are a `UsageError`."""
    known = {item.name for item in fields(kind)}
    settings: dict[str, Any] = {}
    for name, value in data.items():
        if name not in known:
            raise UsageError(f"{kind.__name__.lower()}: no field {name!r}; {nearest(name, known)}")
        if name in _PARTS:
            settings[name] = tuple(from_json(_PARTS[name], part) for part in value)
        elif name in _SINGLES:
            settings[name] = from_json(_SINGLES[name], value)
        else:
            settings[name] = _frozen(value)
    return kind(**settings)


__all__ = ["Column", "Entity", "Model", "Recipe", "Rule", "Severity", "Type", "Value", "from_json", "to_json"]
