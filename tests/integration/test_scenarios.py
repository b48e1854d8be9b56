"""Scenarios in a database: each row is found by its table and id, which no seed, size or profile changes."""

from __future__ import annotations

import psycopg
import pytest

from qaseed.inspection import placed_scenarios
from qaseed.loading import load
from qaseed.profiles import PROFILES
from qaseed.snapshot import Snapshot

pytestmark = pytest.mark.integration

# descriptions that Postgres can check as they stand; all of them are checked in duckdb before a snapshot is finished
SEEN = {
    "credit_balance": "balance_cents = -5000",
    "leap_day_birth": "to_char(dob, 'MM-DD') = '02-29'",
    "apostrophe_name": "last_name = 'O''Brien'",
    "minor_with_guardian": "guarantor = 'guardian' and guardian_id is not null",
    "unsigned_note_30_days": "signed_at is null and status = 'draft'",
    "cosign_pending": "status = 'pending_cosign'",
    "late_cancelled": "status = 'late_cancelled'",
    "mononym": "last_name is null",
    "longest_note": "length(plan) = 10000",
    "crlf_note": "position(chr(13) || chr(10) in subjective) > 0",
    "midnight_utc_flip": "(start_at at time zone 'UTC')::date > left(start_local, 10)::date",
}


def test_every_scenario_is_found_by_table_and_id(standard: Snapshot, database: str) -> None:
    load(standard, database)
    with psycopg.connect(database) as connection:
        listed = connection.execute("select name, entity, tenant_id, id, description from scenario").fetchall()
        assert len({name for name, *_ in listed}) >= 40
        assert {(name, entity, tenant, id_) for name, entity, tenant, id_, _ in listed} == {
            (case.name, case.entity, case.tenant, case.id) for case in placed_scenarios(PROFILES["standard"])
        }
        for name, entity, tenant, id_, description in listed:
            query = f"select ({SEEN.get(name, 'true')}) from {entity} where tenant_id = %s and id = %s"
            found = connection.execute(query.encode(), (tenant, id_)).fetchall()
            assert found == [(True,)], f"{name}: {description}"


def test_ids_are_the_same_for_other_seeds_sizes_and_profiles() -> None:
    standard = {(case.name, case.tenant): case.id for case in placed_scenarios(PROFILES["standard"])}
    for other in (
        PROFILES["standard"].vary(seed=7),
        PROFILES["standard"].scaled(10),
        PROFILES["load_test"],
        PROFILES["integration"],
    ):
        placed = {(case.name, case.tenant): case.id for case in placed_scenarios(other)}
        assert standard.items() <= placed.items(), "a larger first practice has those of the others too"
    assert {
        (case.name, case.tenant): case.id for case in placed_scenarios(PROFILES["minimal"])
    }.items() <= standard.items()


def test_a_leak_shows_a_canary(standard: Snapshot, database: str) -> None:
    load(standard, database)
    with psycopg.connect(database) as connection:
        canaries = connection.execute("select tenant_id, canary from tenant order by 1").fetchall()
        assert len({canary for _, canary in canaries}) == 3
        for tenant, canary in canaries:
            for table, column in (("note", "plan"), ("appointment", "notes_internal")):
                query = f"select array_agg(distinct tenant_id) from {table} where {column} like %s"
                assert connection.execute(query.encode(), (f"%{canary}%",)).fetchall() == [([tenant],)]
        same = connection.execute(
            "select count(distinct tenant_id) from client where (chart_no, first_name, dob) in (select chart_no, first_name, dob from client c join scenario s on s.id = c.id where s.name = 'same_person_in_every_tenant')"
        ).fetchone()
        assert same == (3,)
