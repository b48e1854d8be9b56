"""Each rule is seen broken: rows are spoilt on purpose, and the report names the rule, the entity, the count and keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from qaseed.errors import SnapshotError
from qaseed.practice import MODEL
from qaseed.profiles import PROFILES
from qaseed.safety.texts import UNSAFE_TEXT
from qaseed.seeding import validate_snapshot
from qaseed.snapshot import Snapshot
from qaseed.validation import Report, rules_of, validate

AS_OF = PROFILES["minimal"].as_of


@pytest.fixture
def tables(minimal: Snapshot) -> Iterator[duckdb.DuckDBPyConnection]:
    """The rows of `minimal` as tables that can be spoilt."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for entity in MODEL.entities:
            connection.execute(f"create table {entity.name} as from '{minimal.folder}/data/{entity.name}/*.parquet'")
        yield connection


def check(connection: duckdb.DuckDBPyConnection, sample_size: int | None = None) -> Report:
    rows = {
        entity.name: connection.execute(f"select count(*) from {entity.name}").fetchall()[0][0]
        for entity in MODEL.entities
    }
    return validate(connection, MODEL, AS_OF, rows, sample_size)


ONE = "id = (select min(id) from {0} where {1})"
BROKEN = {
    # rule: what breaks it
    "K1 client": "insert into client from client limit 1",
    "K1 tenant": "insert into tenant from tenant limit 1",
    "R1 appointment.client_id": "update appointment set client_id = 5 where " + ONE.format("appointment", "true"),
    "R1 client.tenant_id": "delete from tenant where tenant_id = 'tenant-qa-003'",
    "R1 ledger_entry.charge_id": "update ledger_entry set charge_id = 5 where " + ONE.format("ledger_entry", "charge_id is not null"),
    "R2 note.client_id": "update note set client_id = (select max(id) from client) where " + ONE.format("note", "true"),
    "R4 client": "insert into client select * replace ('tenant-qa-002' as tenant_id) from client where tenant_id = 'tenant-qa-001'",
    "R5 note": "delete from note where tenant_id = 'tenant-qa-001'",
    "R7 client.dob": "update client set dob = null where " + ONE.format("client", "true"),
    "R7c appointment.status": "update appointment set status = 'vanished' where " + ONE.format("appointment", "true"),
    "R7m location.rooms": "update location set rooms = 0 where " + ONE.format("location", "true"),
    "U1 client.mrn": "update client set mrn = (select min(mrn) from client) where tenant_id = 'tenant-qa-001'",
    "U3 client.email": "update client set email = 'somebody@gmail.com' where " + ONE.format("client", "email is not null"),
    "U3 client.phone": "update client set phone = '212-555-1234' where " + ONE.format("client", "true"),
    "U3 client.zip": "update client set zip = '90210' where " + ONE.format("client", "true"),
    "U3 provider.npi": "update provider set npi = '1234567893' where " + ONE.format("provider", "true"),
    "U3 client.member_id": "update client set member_id = 'QAM0000000001' where " + ONE.format("client", "member_id is not null"),
    "U3 client.mrn": "update client set mrn = '12345' where " + ONE.format("client", "true"),
    "U3 client.first_name": "update client set first_name = 'R2D2' where " + ONE.format("client", "true"),
    "X1 note.plan": "update note set plan = 'Call 212-555-1234.' where " + ONE.format("note", "true"),
    "X5": "update note set plan = 'See {name}.' where " + ONE.format("note", "true"),
    "T1": "update client set dob = intake_date where " + ONE.format("client", "true"),
    "T1a": "update client set intake_date = date '2026-11-01'",
    "T2": "update client set dob = date '1900-01-01' where " + ONE.format("client", "true"),
    "T3": "update provider set hire_date = date '2026-11-01'",
    "T4": "update appointment set booked_at = start_at + interval 1 hour where " + ONE.format("appointment", "true"),
    "T5": "update appointment set end_at = end_at + interval 1 minute where " + ONE.format("appointment", "true"),
    "T6": "update appointment set status = 'scheduled' where " + ONE.format("appointment", "status = 'completed'"),
    "T7": "update appointment set checked_in_at = start_at - interval 1 hour where " + ONE.format("appointment", "status = 'completed'"),
    "T8": "update appointment set cancelled_at = null where " + ONE.format("appointment", "status = 'cancelled'"),
    "T8l": "update appointment set cancelled_at = start_at - interval 1 hour where " + ONE.format("appointment", "status = 'cancelled'"),
    "T9": "update note set created_at = timestamptz '2020-01-01 00:00:00+00' where " + ONE.format("note", "appointment_id is not null"),
    "T9s": "update note set signed_at = created_at - interval 1 hour where " + ONE.format("note", "signed_at is not null"),
    "T10": "update provider set updated_at = timestamptz '2027-01-01 00:00:00+00' where " + ONE.format("provider", "true"),
    "T10c": "update client set intake_date = date '2027-01-01' where " + ONE.format("client", "true"),
    "T10n": "update note set signed_at = timestamptz '2027-01-01 00:00:00+00' where " + ONE.format("note", "signed_at is not null"),
    "T11": "update location set updated_at = created_at - interval 1 hour where " + ONE.format("location", "true"),
    "T14": "update ledger_entry set posted_at = timestamptz '2020-01-01 00:00:00+00' where " + ONE.format("ledger_entry", "true"),
    "S1": "update appointment set start_at = timestamptz '2026-03-03 17:00:00+00', end_at = timestamptz '2026-03-03 18:00:00+00'",
    "S2": "update appointment set start_at = timestamptz '2026-03-03 17:00:00+00', end_at = timestamptz '2026-03-03 18:00:00+00'",
    "S4": "update location set closes_minute = 481",
    "S4h": "update location set closes_minute = 0 where " + ONE.format("location", "true"),
    "S6": "update appointment set start_local = start_local[:14] || '01' where " + ONE.format("appointment", "true"),
    "S7": "update appointment set start_at = start_at + interval 1 hour where " + ONE.format("appointment", "true"),
    "R3n": "update note set provider_id = (select max(id) from provider) where " + ONE.format("note", "appointment_id is not null"),
    "C1": "update note set appointment_id = (select min(appointment_id) from note) where tenant_id = 'tenant-qa-001'",
    "C1v": "update note set note_type = 'phone' where " + ONE.format("note", "appointment_id is not null"),
    "C2": "update note set status = 'draft' where " + ONE.format("note", "signed_at is not null"),
    "C5": "update provider set can_prescribe = false",
    "C11d": "update client set discharge_date = null, status = 'discharged' where " + ONE.format("client", "true"),
    "L1": "update ledger_entry set amount_cents = -amount_cents where " + ONE.format("ledger_entry", "true"),
    "L2": "update ledger_entry set service_date = service_date + 1 where " + ONE.format("ledger_entry", "true"),
    "L2c": "update ledger_entry set charge_id = id where " + ONE.format("ledger_entry", "entry_type = 'charge'"),
    "L3": "update ledger_entry set appointment_id = (select min(appointment_id) from ledger_entry) where tenant_id = 'tenant-qa-001'",
    "L4": "update ledger_entry set amount_cents = 100 * amount_cents where " + ONE.format("ledger_entry", "charge_id is not null"),
    "L7": "update ledger_entry set payer_code = 'other' where " + ONE.format("ledger_entry", "payer_code is null"),
    "L7m": "update client set member_id = null where " + ONE.format("client", "member_id is not null"),
    "L12c": "update client set payer_code = 'medicaid', copay_cents = 9900 where " + ONE.format("client", "member_id is not null"),
    "L14": "update ledger_entry set amount_cents = 0 where " + ONE.format("ledger_entry", "true"),
}  # fmt: skip


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_found(rule: str, tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute(BROKEN[rule])
    found = [finding for finding in check(tables).findings if finding.rule == rule]
    assert found, f"{rule} did not see it"
    assert found[0].count > 0
    assert found[0].samples
    assert len(found[0].samples) <= 5


def test_every_declared_rule_is_broken_above() -> None:
    declared = {rule.id for entity in MODEL.entities for rule in entity.rules}
    assert declared - set(BROKEN) == set()
    kinds = {rule.id.split()[0] for entity in MODEL.entities for rule in rules_of(entity)}
    assert kinds - {rule.split()[0] for rule in BROKEN} == set()


def test_nothing_is_found_in_whole_data(minimal: Snapshot) -> None:
    report = validate_snapshot(minimal)
    assert report.findings == ()
    assert report.ok(strict=True)
    assert report.whole
    assert report.rules > 300


def test_keys_are_told_and_values_never(tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute("update client set email = 'real.person@gmail.com'")
    report = check(tables)
    assert "real.person" not in json.dumps(report.to_json())
    assert report.told().startswith("PHI: 25 of client break 'U3 client.email'")


def test_missing_rows_are_found(tables: duckdb.DuckDBPyConnection) -> None:
    found = validate(tables, MODEL, AS_OF, {entity.name: 999 for entity in MODEL.entities})
    assert {finding.rule for finding in found.findings if finding.rule.startswith("R5n")} == {
        f"R5n {e.name}" for e in MODEL.entities
    }


def test_a_sample_limits_the_text_and_nothing_else(tables: duckdb.DuckDBPyConnection) -> None:
    last = "(select max((tenant_id, id)) from note)"
    tables.execute(f"update note set plan = 'mail x@gmail.com' where (tenant_id, id) = {last}")
    tables.execute("update client set dob = null where id = (select max(id) from client)")
    assert {finding.rule for finding in check(tables).findings} == {"X1 note.plan", "R7 client.dob"}
    sampled = check(tables, sample_size=3)
    assert not sampled.whole
    assert {finding.rule for finding in sampled.findings} == {"R7 client.dob"}


def test_warnings_fail_only_when_strict(tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute("delete from note where tenant_id = 'tenant-qa-001'")
    report = check(tables)
    assert [finding.severity for finding in report.findings] == ["warning"]
    assert report.ok()
    assert not report.ok(strict=True)


@pytest.mark.parametrize(
    "text",
    ["SSN 123-45-6789", "123.45.6789", "call (212) 555-0100", "212-555-1234", "x@gmail.com", "card 4111111111111111", "born 03/04/1990",
     "on 2026-01-02", "MBI 1EG4-TE5-MK73", "at 10.1.2.3", "see https://x"],
)  # fmt: skip
def test_identifiers_in_text_are_seen_alike_by_both_engines(text: str) -> None:
    assert re.search(UNSAFE_TEXT, text)
    with duckdb.connect() as connection:
        assert connection.execute(f"select regexp_matches(?, '{UNSAFE_TEXT}')", [text]).fetchall() == [(True,)]


def test_clean_text_is_clean() -> None:
    assert not re.search(UNSAFE_TEXT, "Slept 7 hours on 4 nights; PHQ-9 is 12, down from 15. Met for 53 minutes.")


def test_a_snapshot_without_a_date_is_told(copied: Path) -> None:
    from test_snapshot import edit, open_snapshot

    edit(copied, recipe={"as_of": "never"})
    with pytest.raises(SnapshotError, match="no date as_of"):
        validate_snapshot(open_snapshot(copied))
