"""Scenarios of a profile's own: `[profiles.NAME.scenario.CASE]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.errors import UsageError, nearest
from qaseed.kinds import recipe
from qaseed.model import Column, Entity, FixtureRow, Model, Scenario
from qaseed.plan import WEEKS_AHEAD, WEEKS_BACK
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
from qaseed.practice.scenarios.fixtures import ANNEX, SITE, ledger_entry, note, provider, staff_of, visit
from qaseed.profiles import MOST_TENANTS
from qaseed.sql import identifier, literal
from qaseed.words.public_figures import is_figure

FIRST_OWN_SLOT = 768
"""From this reserved slot on, rows are those of a profile's own scenarios, in the order of their declaration."""
TABLES = ("client", "provider", "location", "appointment", "note", "ledger_entry")
KEYS = ("entity", "values", "null", "description", "tenants", "week", "client", "visit")
NOT_PINNED = frozenset(("tenant_id", "id", "is_synthetic", "entry_type"))
"""What says which row it is: an entry is a charge, as others need one before them."""
WEEK = -2
"""The week of a visit that names none, counted from that of as_of."""


@dataclass(frozen=True)
class _Own:
    """An own scenario: its row, and those that it needs besides the staff."""

    scenario: Scenario
    row: FixtureRow
    week: int | None = None


def read_scenarios(model: Model, given: Mapping[str, Any], where: str) -> tuple[Scenario, ...]:
    """The own scenarios of a profile, each at the next own slot of its table."""
    most = FIRST_ORDINARY_SLOT - FIRST_OWN_SLOT
    if len(given) > most:
        raise UsageError(f"{where}scenario: has {len(given)} cases; give at most {most}")
    known = {scenario.name for scenario in model.scenarios}
    read: dict[str, _Own] = {}
    for n, (name, table) in enumerate(given.items()):
        at = f"{where}scenario.{name}"
        check_name(at, name)
        if name in known:
            raise UsageError(f"{at}: qaseed has a scenario {name!r} already; choose another name")
        check_keys(at, table, KEYS, ("entity",))
        read[name] = _read(at, name, table, model, FIRST_OWN_SLOT + n, read)
    return tuple(own.scenario for own in read.values())


def _read(at: str, name: str, table: Mapping[str, Any], model: Model, slot: int, earlier: Mapping[str, _Own]) -> _Own:
    if table["entity"] not in TABLES:
        raise UsageError(f"{at}.entity: no table {table['entity']!r}; {nearest(str(table['entity']), TABLES)}")
    entity = model.entity(table["entity"])
    values, conditions = _values(at, entity, table)
    tenants = _tenants(at, table)
    for key, of in (("week", ("appointment", "ledger_entry")), ("client", ("appointment",)), ("visit", ("note",))):
        if key in table and entity.name not in of:
            raise UsageError(f"{at}.{key}: is for entity = {of[0]!r}; remove it")
    week = check_number(f"{at}.week", table.get("week", WEEK), 1 - WEEKS_BACK, WEEKS_AHEAD - 1)
    before = _named(at, table, earlier, tenants)
    needs, row = _rows(entity.name, slot, values, week, before)
    _check_week(at, week if entity.name == "appointment" else None, row, earlier)
    doc = table.get("description", "Declared by the profile.")
    if not isinstance(doc, str) or not doc.isprintable():
        raise UsageError(f"{at}.description: is {doc!r}; give a text of one line")
    holds = " and ".join(conditions) or "true"
    scenario = Scenario(name, doc, entity.name, slot, holds, needs, tenants)
    return _Own(scenario, row, week if entity.name == "appointment" else None)


def _rows(
    entity: str, slot: int, values: dict[str, Any], week: int, before: _Own | None
) -> tuple[tuple[FixtureRow, ...], FixtureRow]:
    """The rows that a scenario needs, and which of them is its own; staff is at the site where no other is ordinary."""
    if entity == "location":
        row = FixtureRow("location", slot, tuple(values.items()))
        return (SITE, row), row
    if entity == "provider":
        row = provider(slot, ANNEX, **values)
        return (SITE, ANNEX, row), row
    person = FixtureRow("client", slot, (("at_new", False), *(values.items() if entity == "client" else ())))
    if entity == "client":
        return (SITE, *staff_of(slot), person), person
    if entity == "appointment":
        person = before.row if before else person
        row = visit(slot, person.slot, week, **values)
        return (SITE, *staff_of(person.slot), person, row), row
    of_visit = before.scenario.needs if before else (SITE, *staff_of(slot), person, visit(slot, slot, week))
    if entity == "note":
        row = note(slot, before.row.slot if before else slot, **values)
        return (*of_visit, row), row
    row = ledger_entry(slot, "charge", at_visit=slot, **values)
    return (*of_visit, note(slot, slot), row), row


def _named(at: str, table: Mapping[str, Any], earlier: Mapping[str, _Own], tenants: tuple[int, ...]) -> _Own | None:
    """The scenario of a client or visit that a visit or note names."""
    key, entity = ("client", "client") if "client" in table else ("visit", "appointment")
    if key not in table:
        return None
    known = [name for name, own in earlier.items() if own.row.entity == entity]
    name = table[key]
    if name not in known:
        raise UsageError(f"{at}.{key}: no {entity} scenario {name!r} before it; {nearest(str(name), known)}")
    if not set(tenants) <= set(earlier[name].scenario.tenants):
        raise UsageError(f"{at}.{key}: {name!r} is not in all of its tenants; give both the same")
    return earlier[name]


def _check_week(at: str, week: int | None, row: FixtureRow, earlier: Mapping[str, _Own]) -> None:
    """A client has one visit a week at most."""
    client = dict(row.values).get("at_client")
    for name, own in earlier.items():
        if week is not None and own.week == week and dict(own.row.values).get("at_client") == client:
            raise UsageError(f"{at}.week: its client has visit {name!r} in week {week}; choose another week")


def _tenants(at: str, table: Mapping[str, Any]) -> tuple[int, ...]:
    given = table.get("tenants", [1])
    if not isinstance(given, list) or not given:
        raise UsageError(f"{at}.tenants: is {given!r}; give a list of numbers, such as [1, 2]")
    return tuple(sorted({check_number(f"{at}.tenants", number, 1, MOST_TENANTS) for number in given}))


def _values(at: str, entity: Entity, table: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The pinned values by column, in the order of the declaration, and the conditions that say the same."""
    given, nulls = table.get("values", {}), table.get("null", [])
    if not isinstance(given, Mapping):
        raise UsageError(f"{at}.values: is {given!r}; write a table of values by column")
    if not isinstance(nulls, list) or not all(isinstance(name, str) for name in nulls):
        raise UsageError(f"{at}.null: is {nulls!r}; give a list of columns")
    pinnable = {c.name: c for c in entity.columns if not c.refers and c.name not in NOT_PINNED}
    for key, names in (("values", given), ("null", nulls)):
        for name in names:
            if name not in pinnable:
                raise UsageError(f"{at}.{key}: {entity.name} has no column {name!r}; {nearest(name, pinnable)}")
    pinned: dict[str, Any] = {}
    conditions = []
    for name, column in pinnable.items():
        if name in nulls:
            if not column.nullable or name in given:
                fault = "has a value too" if name in given else "is never null"
                raise UsageError(f"{at}.null: {entity.name}.{name} {fault}; remove it there")
            pinned[name] = None
            conditions.append(f"s.{identifier(name)} is null")
        elif name in given:
            pinned[name], condition = _pinned(f"{at}.values.{name}", column, given[name])
            conditions.append(f"s.{identifier(name)} = {condition}")
    _check_name(at, pinned)
    return pinned, conditions


def _check_name(at: str, pinned: Mapping[str, Any]) -> None:
    """A generated half of a name is chosen for the other; two pinned ones must not be a public figure's."""
    if {"first_name", "last_name"} <= pinned.keys() and is_figure(pinned["first_name"], pinned["last_name"] or ""):
        raise UsageError(f"{at}.values: first_name and last_name are those of a public figure; give another name")


def _pinned(at: str, column: Column, given: Any) -> tuple[Any, str]:
    """A value as fixture rows pin it, and as SQL."""
    if column.type == "date":
        day = check_day(at, given)
        condition = day.sql if isinstance(day, Moment) else f"date {literal(day.isoformat())}"
        return recipe(own_values.day, on=as_bound(day)), condition
    if column.type == "timestamptz":
        moment = check_moment(at, given)
        noon = f"(({moment.sql})::date || ' 12:00:00+00')::timestamptz"
        return recipe(own_values.noon, on=as_bound(moment)), noon
    if column.type == "bool":
        return check_flag(at, given), str(given).lower()
    if column.type == "bigint":
        number = check_number(at, given, column.minimum, column.maximum)
        if column.choices and number not in column.choices:
            raise UsageError(f"{at}: {number} is none of its values: {', '.join(map(str, column.choices))}")
        return number, str(number)
    if not isinstance(given, str):
        raise UsageError(f"{at}: {given!r} is not possible; give a text")
    return check_text(at, column, given), literal(given)
