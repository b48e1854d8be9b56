"""Each scenario holds, and its person and rows fit its story, in fifty draws: practices of fifty numbers have them all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest

from qaseed.model import Scenario
from qaseed.plan import ROOM_FOR_ALL, Plan, Tenants, plan, plan_of_counts
from qaseed.practice import MODEL
from qaseed.practice.generators.clock import STATE_ZONES, zone_of
from qaseed.profiles import EARLIEST, LATEST, PROFILES
from qaseed.rows import Rows
from qaseed.validation import validate

DRAWS = 50
ROOMY = {"location": 6, "provider": 20, "client": 200, "appointment": 600, "note": 200, "ledger_entry": 400}
ONE_SITE = {"location": 1, "provider": 10, "client": 100, "appointment": 400, "note": 200, "ledger_entry": 300}
WITHOUT_CHANGES = "America/Phoenix"
ZONE_OF_CLOCKS = {
    "no_dst_zone": True,
    "sites_in_two_zones": True,
    "dst_gap_day": False,
    "dst_fold_day": False,
    "series_across_dst": False,
}
"""Scenarios that need a zone without clock changes, or one with them."""
CHILDREN = (
    "exactly_18_on_visit",
    "minor_with_guardian",
    "turns_18_between_visits",
    "newborn",
    "twins",
    "two_guardians",
)
OLD = ("oldest_client", "age_89_and_90")


def slots_of(names: tuple[str, ...]) -> tuple[int, ...]:
    """The clients of these scenarios."""
    rows = [row for case in MODEL.scenarios if case.name in names for row in case.needs]
    return tuple({row.slot for row in rows if row.entity == "client"})


PERSON = {
    # what is wrong of a client of scenarios
    "a child without a reason": f"age_at_intake < 18 and slot not in {slots_of(CHILDREN)}",
    "a child with the life of an adult": (
        "age_at_intake < 18 and (marital_status <> 'single' or guardian_name is null or primary_dx in ('Z63.0', 'F60.3')"
        " or primary_dx[:2] = 'F1')"
    ),
    "an adult with a guardian": "age_at_intake >= 18 and (guardian_name is not null or guarantor = 'guardian')",
    "an old person": f"age >= 65 and slot not in {slots_of(OLD)}",
    "Medicare for the young, or none for the old": "(age >= 65) <> (payer_code = 'medicare')",
    "covered before birth": "coverage_from < dob or intake_date < dob or coverage_to < coverage_from",
    "a spouse of somebody who is not married": "emergency_contact_relation = 'spouse' and marital_status <> 'married'",
    "a parent of somebody old": "emergency_contact_relation in ('parent', 'mother', 'father') and age > 80",
    "a name of nobody": "contains(emergency_contact_name, ' Qa') or trim(emergency_contact_name) = ''",
    "a suffix of a woman": "suffix is not null and sex_at_birth = 'F'",
    "pronouns of another sex": "gender_identity = 'woman' and pronouns <> 'she/her'",
    "the copay of a Medicaid child": "payer_code = 'medicaid' and (age < 18) and copay_cents is not null",
    "dead and dated": "date_of_death < intake_date",
}
STORIES = {
    # what is true of row `s` besides the scenario's own condition
    "minor_with_guardian": (
        "s.guardian_relation = 'mother' and s.last_name = (select last_name from client g where g.id = s.guardian_id) "
        "and s.address_1 = (select address_1 from client g where g.id = s.guardian_id)"
    ),
    "twins": (
        "(select bool_and(t.first_name <> s.first_name and t.guardian_name = s.guardian_name and t.zip = s.zip "
        "and t.race = s.race and t.emergency_contact_phone = s.emergency_contact_phone) from client t "
        "where t.tenant_id = s.tenant_id and t.id = s.id + 1)"
    ),
    "household_shared_contact": (
        "(select bool_and(p.emergency_contact_name = s.first_name || ' Foster' and p.address_1 = s.address_1 "
        "and s.emergency_contact_name = p.first_name || ' Foster' and p.marital_status = 'married') "
        "from client p where p.tenant_id = s.tenant_id and p.id = s.id + 1)"
    ),
    "newborn": "s.primary_dx[:1] = 'Z' and s.status = 'waitlist' and s.email is null",
    "suffix_name": "s.pronouns = 'he/him'",
    "oldest_client": "s.marital_status = 'widowed'",
    "interpreter_needed": "s.ethnicity = 'hispanic'",
    "elevated_risk_note": "not regexp_matches(lower(s.subjective), 'den(ied|ies)|did not endorse')",
    "part2_note": "contains(lower(s.subjective || s.assessment), 'alcohol')",
}


def everywhere(case: Scenario, numbers: dict[int, str]) -> Scenario:
    """The scenario in all of these practices, by their zones, whose clocks are as it needs them."""
    needed = ZONE_OF_CLOCKS.get(case.name)
    fits = [number for number, zone in numbers.items() if needed is None or (zone == WITHOUT_CHANGES) == needed]
    return replace(case, tenants=tuple(fits), switch=None, also_in=())


def drawn(as_of: dt.date, draws: int) -> Plan:
    zones = tuple(STATE_ZONES.values())
    numbers = {number: zones[(number - 1) % len(zones)] for number in range(1, draws + 1)}
    model = replace(MODEL, scenarios=tuple(everywhere(case, numbers) for case in MODEL.scenarios), is_declared=False)
    planned = plan_of_counts(model, "p", 5, as_of, [ROOMY] * draws)
    assert {zone_of(tenant) for tenant in planned.tenants} <= set(zones)
    return planned


def loaded(planned: Plan, connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The rows of scenarios as tables, and how many there are."""
    tenants, rows = Tenants(planned.tenants), {}
    connection.execute("set TimeZone = 'UTC'")
    for entity in planned.model.entities:
        whole = entity.name in ("tenant", "scenario")
        ids = tenants.all_ids(entity.name) if whole else tenants.reserved_ids(entity.name)
        rows[entity.name] = len(ids)
        connection.register("frame", Rows(planned.model, tenants, entity, ids).frame().to_arrow())
        connection.execute(f"create table {entity.name} as from frame")
    return rows


@pytest.fixture(scope="module")
def draws() -> Iterator[tuple[Plan, duckdb.DuckDBPyConnection, dict[str, int]]]:
    with duckdb.connect() as connection:
        planned = drawn(PROFILES["standard"].as_of, DRAWS)
        yield planned, connection, loaded(planned, connection)


def test_every_scenario_and_every_rule_holds_in_every_draw(
    draws: tuple[Plan, duckdb.DuckDBPyConnection, dict[str, int]],
) -> None:
    planned, connection, rows = draws
    names = {name for tenant in planned.tenants for name in tenant.scenario_names}
    assert names == {case.name for case in MODEL.scenarios}
    with connection.cursor() as cursor:
        assert validate(cursor, planned.model, planned.tenants[0].as_of, rows).findings == ()


@pytest.mark.parametrize("as_of", [EARLIEST, LATEST])
def test_they_hold_on_the_first_and_the_last_day(as_of: dt.date) -> None:
    planned = drawn(as_of, 3)
    with duckdb.connect() as connection:
        rows = loaded(planned, connection)
        assert validate(connection, planned.model, planned.tenants[0].as_of, rows).findings == ()


def test_every_person_fits_the_story(draws: tuple[Plan, duckdb.DuckDBPyConnection, dict[str, int]]) -> None:
    _, connection, _ = draws
    as_of = f"date '{PROFILES['standard'].as_of}'"
    connection.execute(f"""
        create or replace temp view person as
        select c.*, date_diff('day', c.dob, c.intake_date) / 365.25 as age_at_intake,
            date_diff('day', c.dob, {as_of}) / 365.25 as age, c.id & 1023 as slot
        from client c
    """)
    for name, wrong in PERSON.items():
        found = connection.execute(f"select tenant_id, slot from person where {wrong} limit 5").fetchall()
        assert not found, f"{name}: {found}"
    entities = {case.name: case.entity for case in MODEL.scenarios}
    for name, story in STORIES.items():
        true_in = connection.execute(
            f"select count(*) filter ({story}) from {entities[name]} s join scenario x on x.name = '{name}' "
            "and (x.tenant_id, x.id) = (s.tenant_id, s.id)"
        ).fetchone()
        assert true_in == (DRAWS,), name


def test_pinned_names_come_with_a_sex() -> None:
    rows = [dict(row.values) for case in MODEL.scenarios for row in case.needs if row.entity == "client"]
    named = [row for row in rows if isinstance(row.get("first_name"), str) and row["first_name"] != "Null"]
    assert len(named) > 10
    assert all("sex_at_birth" in row for row in named)


def test_a_practice_of_one_site_may_be_the_only_one_and_has_every_scenario_of_one_site() -> None:
    (only,) = plan_of_counts(MODEL, "one", 1, PROFILES["standard"].as_of, [ONE_SITE]).tenants
    of_one_site = {
        case.name
        for case in MODEL.scenarios
        if not case.switch
        and len({row.slot for row in case.needs if row.entity == "location"}) == 1
        and 1 in case.tenants + case.also_in
    }
    assert of_one_site == {*only.scenario_names}
    elsewhere = {case.name for case in MODEL.scenarios if not case.switch} - of_one_site
    assert elsewhere == {
        "dst_gap_day",
        "dst_fold_day",
        "series_across_dst",
        "sites_in_two_zones",
        "provider_two_sites_same_day",
    }
    small = ONE_SITE | {"client": ROOM_FOR_ALL - 1}
    (small_one,) = plan_of_counts(MODEL, "one", 1, PROFILES["standard"].as_of, [small]).tenants
    assert {*small_one.scenario_names} == {case.name for case in MODEL.scenarios if 1 in case.tenants} & of_one_site


def test_minimal_has_at_least_twenty_scenarios_and_standard_all() -> None:
    minimal, standard = (plan(MODEL, PROFILES[name]).tenants for name in ("minimal", "standard"))
    assert len({name for tenant in minimal for name in tenant.scenario_names}) >= 20
    assert all(len(tenant.scenario_names) >= 4 for tenant in minimal)
    assert {name for tenant in standard for name in tenant.scenario_names} == {
        case.name for case in MODEL.scenarios if not case.switch
    }
