"""There is room for hundreds of scenarios in a tenant: their visits never collide, and other scenarios do not move."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import duckdb
import numpy as np
import polars as pl
import pytest

from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.model import Model, Scenario
from qaseed.plan import Plan, plan, plan_of_counts
from qaseed.practice import MODEL
from qaseed.practice.generators import scenario_rows
from qaseed.practice.generators.outcomes import CANCELLED, PROVIDER_CANCELLED, RESCHEDULED
from qaseed.practice.generators.scenario_rows import FIRST_OWN_WEEKLY_SLOT, weekly_slot
from qaseed.practice.scenarios.fixtures import client, ledger_entry, note, staff_of, visit
from qaseed.profiles import PROFILES
from qaseed.rows import Rows
from qaseed.validation import validate

AS_OF = PROFILES["standard"].as_of
COUNTS = {"location": 4, "provider": 60, "client": 1000, "appointment": 6000, "note": 4000, "ledger_entry": 9000}
EXTRA = 300
Frames = list[dict[str, pl.DataFrame]]


def case(nth: int) -> Scenario:
    """A client with a visit two weeks ago, its note and its charge, and another visit in two weeks."""
    slot, row = FIRST_OWN_WEEKLY_SLOT + nth, 300 + nth
    needs = (
        *staff_of(slot),
        client(slot, last_name="Testcase"),
        visit(row, slot, -2),
        visit(row + EXTRA, slot, 2),
        note(row, row),
        ledger_entry(row, "charge", at_visit=row),
    )
    return Scenario(f"case_{nth}", "One of many.", "client", slot, "s.last_name = 'Testcase'", needs)


EXTENDED = replace(MODEL, scenarios=(*MODEL.scenarios, *map(case, range(EXTRA))))


def planned(model: Model) -> Plan:
    return plan_of_counts(model, "p", 5, AS_OF, [COUNTS] * 3)


def frames(model: Model) -> Frames:
    """The rows of each tenant, by entity."""
    return [
        {entity.name: Rows(model, tenant, entity, tenant.slots(entity.name)).frame() for entity in model.entities}
        for tenant in planned(model).tenants
    ]


@pytest.fixture(scope="module")
def extended() -> Frames:
    return frames(EXTENDED)


def test_every_rule_holds_with_300_more_clients_of_scenarios(extended: Frames) -> None:
    assert {f"case_{nth}" for nth in range(EXTRA)} <= set(planned(EXTENDED).tenants[0].scenario_names)
    tables = {entity.name: pl.concat([rows[entity.name] for rows in extended]) for entity in MODEL.entities}
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, table in tables.items():
            connection.register("frame", table.to_arrow())
            connection.execute(f"create table {name} as from frame")
        report = validate(connection, EXTENDED, AS_OF, {name: len(table) for name, table in tables.items()})
    assert report.findings == ()


def test_their_visits_are_all_in_two_weeks(extended: Frames) -> None:
    slot = pl.col("id") & (1 << 40) - 1
    visits = extended[0]["appointment"].filter(slot.is_between(300, 299 + 2 * EXTRA))
    assert visits.select("provider_id", "start_at").is_unique().sum() == 2 * EXTRA
    assert visits["start_at"].dt.truncate("1w").n_unique() == 2


def test_scenarios_that_exist_do_not_move(extended: Frames) -> None:
    names = planned(MODEL).tenants[0].scenario_names
    needs = {(row.entity, row.slot) for case in MODEL.scenarios if case.name in names for row in case.needs}
    before = frames(MODEL)[0]
    for name in {entity for entity, _ in needs}:
        ids = pl.col("id").is_in([1 << 40 | slot for entity, slot in needs if entity == name])
        # rooms are numbered after those of ordinary providers, whose number differs
        old, new = (rows[name].filter(ids).select(pl.exclude("room", "rooms")) for rows in (before, extended[0]))
        assert old.equals(new), name


@pytest.mark.parametrize("as_of", [AS_OF, dt.date(2030, 1, 22), dt.date(2075, 1, 22), dt.date(2028, 12, 31)])
def test_pinned_days_are_not_those_of_other_visits_of_the_therapist(as_of: dt.date) -> None:
    for tenant in plan(MODEL, PROFILES["standard"].vary(as_of=as_of)).tenants:
        visits = scenario_rows.visits(tenant, tenant.reserved_slots("appointment"))
        held = ~np.isin(visits.status, (CANCELLED, PROVIDER_CANCELLED, RESCHEDULED)) & (visits.group < 0)
        times = list(zip(visits.provider[held], visits.day[held], visits.minute[held], strict=True))
        assert len(set(times)) == len(times)


def test_no_two_clients_share_a_therapist_and_a_weekly_slot() -> None:
    slots = range(FIRST_OWN_WEEKLY_SLOT, FIRST_ORDINARY_SLOT)
    assert len({weekly_slot(slot) for slot in slots}) == len(slots) == 768
    assert {weekly_slot(slot) for slot in range(FIRST_OWN_WEEKLY_SLOT)}.isdisjoint(map(weekly_slot, slots))
