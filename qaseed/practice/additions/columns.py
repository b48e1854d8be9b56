"""Columns of a profile's own: `[profiles.NAME.column.TABLE.COLUMN]`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Mapping
from typing import Any

from qaseed.errors import UsageError, nearest
from qaseed.kinds import always, recipe, sometimes, weighted
from qaseed.logical_types import TYPES
from qaseed.model import Column, Model, Recipe, Value
from qaseed.practice.additions.tables import (
    Moment,
    as_bound,
    check_day,
    check_flag,
    check_keys,
    check_moment,
    check_name,
    check_number,
    check_text,
)
from qaseed.practice.generators import own_values
from qaseed.safety.names import reject_reason, with_article

SOURCES = ("value", "choices", "range")
KEYS = ("type", *SOURCES, "null_percent", "description")
SYSTEM = frozenset("tableoid xmin xmax cmin cmax ctid oid".split())
"""Columns that every table of Postgres has."""
MOST_CHOICES, WIDEST = 1_000, 1 << 31


def read_columns(
    model: Model, taken: Collection[str], given: Mapping[str, Any], where: str
) -> dict[str, tuple[Column, ...]]:
    """The own columns of each table; `taken` are names that they cannot have."""
    read: dict[str, tuple[Column, ...]] = {}
    for table, columns in given.items():
        if table not in model.by_name or table == "scenario":
            known = [entity.name for entity in model.entities if entity.name != "scenario"]
            raise UsageError(f"{where}column: no table {table!r}; {nearest(table, known)}")
        read[table] = tuple(_column(f"{where}column.{table}.{name}", name, columns[name], taken) for name in columns)
    return read


def _column(at: str, name: str, given: Any, taken: Collection[str]) -> Column:
    if not isinstance(given, Mapping):
        raise UsageError(f"{at}: is {given!r}; write a table with type and one of {', '.join(SOURCES)}")
    check_name(at, name)
    if kind := reject_reason(name):
        raise UsageError(f"{at}: is named like {with_article(kind)}; rename it, qaseed never generates one")
    if name in taken or name in SYSTEM:
        raise UsageError(f"{at}: {name!r} is a word of qaseed's own tables or rules; choose another such as my_{name}")
    check_keys(at, given, KEYS, ("type",))
    if given["type"] not in TYPES:
        raise UsageError(f"{at}.type: no type {given['type']!r}; {nearest(str(given['type']), TYPES)}")
    sources = [source for source in SOURCES if source in given]
    if len(sources) != 1:
        raise UsageError(f"{at}: has {' and '.join(sources) or 'no values'}; give one of {', '.join(SOURCES)}")
    doc = given.get("description", "Declared by the profile.")
    if not isinstance(doc, str) or not doc.isprintable():
        raise UsageError(f"{at}.description: is {doc!r}; give a text of one line")
    bare = Column(name, given["type"], doc)
    by, settings = _READERS[sources[0]](f"{at}.{sources[0]}", bare, given[sources[0]])
    percent = given.get("null_percent", 0)
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 <= percent <= 100:
        raise UsageError(f"{at}.null_percent: is {percent!r}; give a number from 0 to 100")
    if percent:
        settings.pop("default", None)
        return Column(name, bare.type, doc, sometimes(1 - percent / 100, by), nullable=True, **settings)
    return Column(name, bare.type, doc, by, **settings)


def _value(at: str, column: Column, given: Any) -> tuple[Recipe, dict[str, Any]]:
    """The same value in every row."""
    if column.type == "date":
        return recipe(own_values.day, on=as_bound(check_day(at, given))), {}
    if column.type == "timestamptz":
        return recipe(own_values.noon, on=as_bound(check_moment(at, given))), {}
    value = _constant(at, column, given)
    return always(value), {"default": value}


def _constant(at: str, column: Column, given: Any) -> Value:
    if column.type == "bool":
        return check_flag(at, given)
    if column.type == "bigint":
        return check_number(at, given)
    if not isinstance(given, str):
        raise UsageError(f"{at}: {given!r} is not possible; give a text")
    return check_text(at, column, given)


def _choices(at: str, column: Column, given: Any) -> tuple[Recipe, dict[str, Any]]:
    """One of a few values, with weights or equally often."""
    if column.type in ("date", "timestamptz"):
        raise UsageError(f"{at}: a {column.type} has none; give a range")
    shares = given if isinstance(given, Mapping) else _equal(at, given)
    if not 0 < len(shares) <= MOST_CHOICES:
        raise UsageError(f"{at}: has {len(shares)} values; give 1 to {MOST_CHOICES:,}")
    weights: dict[Value, float] = {}
    for label, weight in shares.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < math.inf:
            raise UsageError(f"{at}.{label}: its weight is {weight!r}; give a number above 0")
        weights[_constant(at, column, _labeled(column, label))] = weight
    return weighted(weights), {"choices": () if column.type == "bool" else tuple(weights)}


def _equal(at: str, given: Any) -> dict[Value, float]:
    if not isinstance(given, list) or len(set(map(str, given))) < len(given):
        raise UsageError(f"{at}: is {given!r}; give a list of different values, or a table of weights by value")
    return dict.fromkeys(given, 1.0)


def _labeled(column: Column, label: Any) -> Any:
    """What a key of a table says, all of which are texts in TOML."""
    if column.type == "bool":
        return {"true": True, "false": False}.get(label, label) if isinstance(label, str) else label
    if column.type == "bigint" and isinstance(label, str) and label.lstrip("-").isdecimal():
        return int(label)
    return label


def _range(at: str, column: Column, given: Any) -> tuple[Recipe, dict[str, Any]]:
    """Values between two bounds, both included, all equally often."""
    if column.type in ("text", "bool"):
        raise UsageError(f"{at}: a {column.type} has none; give choices")
    if not isinstance(given, list) or len(given) != 2:
        raise UsageError(f"{at}: is {given!r}; give two bounds, such as [0, 100]")
    if column.type == "bigint":
        least, most = (check_number(at, bound) for bound in given)
        _check_order(at, given, most - least)
        return recipe(own_values.whole_number, least=least, most=most), {"minimum": least, "maximum": most}
    check = check_day if column.type == "date" else check_moment
    first, last = (check(at, bound) for bound in given)
    _check_order(at, given, (_near(last) - _near(first)).days)
    bounds = {"first": as_bound(first), "last": as_bound(last)}
    return recipe(own_values.days_between if column.type == "date" else own_values.moments_between, **bounds), {}


def _check_order(at: str, given: Any, span: int) -> None:
    if not 0 <= span < WIDEST - 1:
        raise UsageError(f"{at}: {given!r} is no range; give the lower bound first, at most {WIDEST - 2:,} below")


def _near(day: Moment | dt.date) -> dt.date:
    """The day as of which a range is compared with its other bound."""
    if isinstance(day, dt.date):
        return day
    return own_values.shifted(dt.date(2026, 1, 1), day.years, day.days)


_READERS = {"value": _value, "choices": _choices, "range": _range}
