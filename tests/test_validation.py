"""Each rule is broken once, through `validate()`: the report names the rule, the entity, the count and keys."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb
import pytest

from qaseed.derived_rules import rules_of, text_rules
from qaseed.engine import run_jobs
from qaseed.errors import SnapshotError
from qaseed.generation import generate
from qaseed.model import Entity, Model, Rule
from qaseed.practice import MODEL
from qaseed.practice.measures import ORDINARY
from qaseed.profiles import PROFILES
from qaseed.safety.texts import UNSAFE_TEXT
from qaseed.seeding import validate_snapshot
from qaseed.snapshot import Snapshot, open_snapshot
from qaseed.validation import Finding, Report, validate
from support.snapshot_files import edit_manifest

AS_OF = PROFILES["standard"].as_of


def check(connection: duckdb.DuckDBPyConnection, sample_size: int | None = None, *, model: Model = MODEL) -> Report:
    rows = {
        entity.name: connection.execute(f"select count(*) from {entity.name}").fetchall()[0][0]
        for entity in model.entities
    }
    return validate(connection, model, AS_OF, rows, sample_size)


def only_rules(*, declared: Mapping[str, tuple[Rule, ...]]) -> Model:
    """The entities with these declared rules and those to which they refer, without rules of a single column's values."""
    owners = [entity for entity in MODEL.entities if declared.get(entity.name)]
    needed = {entity.name for entity in owners} | {column.refers for entity in owners for column in entity.references}
    entities = tuple(
        replace(plain(entity, referring=entity in owners), rules=declared.get(entity.name, ()))
        for entity in MODEL.entities
        if entity.name in needed
    )
    return replace(MODEL, entities=entities, scenarios=(), figures=(), is_declared=False)


def plain(entity: Entity, *, referring: bool = True) -> Entity:
    """The entity without rules: none is declared, and none is derived from a single column's values."""
    none = {"nullable": True, "choices": (), "minimum": None, "maximum": None, "unique": False, "safe": None}
    none |= {} if referring else {"refers": None}
    columns = tuple(replace(column, **none, default=None, free_text=False) for column in entity.columns)  # type: ignore[arg-type]
    return replace(entity, rules=(), columns=columns)


NO_RULES = replace(
    MODEL,
    entities=tuple(plain(entity, referring=False) for entity in MODEL.entities),
    scenarios=(), figures=(), is_declared=False,
)  # fmt: skip
NO_DECLARED_RULES = replace(
    MODEL, entities=tuple(replace(entity, rules=()) for entity in MODEL.entities), scenarios=(), figures=()
)


def derived_rules_of(name: str) -> Model:
    """The model with no rules but those that are derived from the columns of one entity."""
    entities = tuple(entity if entity.name == name else plain(entity) for entity in NO_DECLARED_RULES.entities)
    return replace(NO_DECLARED_RULES, entities=entities)


def found_by(connection: duckdb.DuckDBPyConnection, name: str) -> list[Finding]:
    """What the rules of that name find; `entity: rule` where several entities have one of that name."""
    entity_name, _, id_ = name.rpartition(": ")
    declared = {
        entity.name: tuple(rule for rule in entity.rules if rule.id == id_)
        for entity in MODEL.entities
        if entity_name in ("", entity.name)
    }
    model = only_rules(declared=declared) if any(declared.values()) else derived_rules_of(re.split(r"[ .]", id_)[1])
    findings = check(connection, model=model).findings
    return [found for found in findings if found.rule == id_ and entity_name in ("", found.entity)]


def one(entity: str, where: str = "true") -> str:
    """The condition of one ordinary row."""
    return f"id = (select min(id) from {entity} where id & 1099511627775 >= 1024 and ({where}))"


def put(entity: str, change: str, where: str = "true") -> str:
    """Change one ordinary row."""
    return f"update {entity} set {change} where {one(entity, where)}"


def put_scenario(entity: str, change: str, scenario: str) -> str:
    """Change the row of a scenario."""
    row = f"select id from scenario where name = '{scenario}' and entity = '{entity}'"
    return f"update {entity} set {change} where id = ({row})"


ENTITIES = [entity.name for entity in MODEL.entities if entity.rules]
OF_EVERY_ENTITY = {
    f"{name}: {rule}": f"update {name} set {change}"
    for name in ENTITIES
    for rule, change in {
        "T10": "updated_at = timestamptz '2027-01-01 00:00:00+00'", "T11": "created_at = updated_at + interval 1 hour", "R7h": "is_active = false, deleted_at = null",
    }.items()
}  # fmt: skip
BROKEN = OF_EVERY_ENTITY | {
    # rule, or `entity: rule` where several have one of that name: what breaks it
    "K1 client": "insert into client from client limit 1",
    "K1 tenant": "insert into tenant from tenant limit 1",
    "R1 appointment.client_id": put("appointment", "client_id = 5"),
    "R1 client.tenant_id": "delete from tenant where tenant_id = 'tenant-qa-003'",
    "R1 ledger_entry.charge_id": put("ledger_entry", "charge_id = 5", "charge_id is not null"),
    "R2 note.client_id": put("note", "client_id = (select max(id) from client)"),
    "R4 client": "insert into client select * replace ('tenant-qa-002' as tenant_id) from client where tenant_id = 'tenant-qa-001'",
    "R5 note": "delete from note where tenant_id = 'tenant-qa-001'",
    "R7 client.dob": put("client", "dob = null"),
    "R7c appointment.status": put("appointment", "status = 'vanished'"),
    "R7m location.rooms": put("location", "rooms = 0"),
    "U1 client.mrn": "update client set mrn = (select min(mrn) from client) where tenant_id = 'tenant-qa-001'",
    "U3 client.email": put("client", "email = 'somebody@gmail.com'", "email is not null"),
    "U3 client.phone_mobile": put("client", "phone_mobile = '212-555-1234'"),
    "U3 client.zip": put("client", "zip = '90210'"),
    "U3 provider.npi": put("provider", "npi = '1234567893'"),
    "U3 client.member_id": put("client", "member_id = 'QAM0000000001'", "member_id is not null"),
    "U3 client.mrn": put("client", "mrn = '12345'"),
    "U3 client.first_name": put("client", "first_name = 'R2D2'"),
    "U3 client.guardian_name": put("client", "guardian_name = 'x@y'", "guardian_name is not null"),
    "U3 appointment.telehealth_url": put("appointment", "telehealth_url = 'https://example.com.evil.io/1'", "modality = 'video'"),
    "U3 location.address_2": "update location set address_2 = '12 Main St'",
    "X1 note.plan": put("note", "plan = 'Call 212-555-1234.'"),
    "X1 appointment.notes_internal": put("appointment", "notes_internal = 'mail x@gmail.com'"),
    "R3": put("note", "provider_id = (select max(id) from provider)", "appointment_id is not null"),
    "ledger_entry: R3": put("ledger_entry", "client_id = client_id + 1", "appointment_id is not null"),
    "location: R6": "delete from provider",
    "provider: R6": "update client set primary_provider_id = 0; update appointment set provider_id = 0",
    "T1": put("client", "dob = intake_date"),
    "T1a": "update client set intake_date = date '2026-11-01'",
    "T2": put("client", "dob = date '1900-01-01'"),
    "T2a": "update client set dob = date '1890-01-01'",
    "T3": "update provider set hire_date = date '2026-11-01'",
    "T3d": put("provider", "termination_date = hire_date - 1"),
    "T4": put("appointment", "booked_at = start_at + interval 1 hour"),
    "T5": put("appointment", "end_at = end_at + interval 1 minute"),
    "T6": put("appointment", "status = 'scheduled'", "status = 'completed'"),
    "T7": put("appointment", "checked_in_at = start_at - interval 1 hour", "status = 'completed'"),
    "T8": put("appointment", "cancelled_at = null", "status = 'cancelled'"),
    "T8l": put("appointment", "cancelled_at = start_at - interval 1 hour", "status = 'cancelled' and cancelled_by = 'client'"),
    "T9": put("note", "created_at = timestamptz '2020-01-01 00:00:00+00'", "appointment_id is not null"),
    "T9s": put("note", "signed_at = created_at - interval 1 hour", "signed_at is not null"),
    "T10a": put("appointment", "confirmed_at = timestamptz '2027-01-01 00:00:00+00'"),
    "T10c": put("client", "intake_date = date '2027-01-01'"),
    "T10n": put("note", "signed_at = timestamptz '2027-01-01 00:00:00+00'", "signed_at is not null"),
    "T12": put_scenario("client", "date_of_death = date '2026-01-01'", "deceased_client"),
    "T12d": put("client", "date_of_death = date '2026-01-01'"),
    "T12n": put("note", "created_at = timestamptz '2000-01-01 00:00:00+00'", "appointment_id is null"),
    "T13": "update client set discharge_date = date '2026-01-01'",
    "T14": put("ledger_entry", "posted_at = timestamptz '2020-01-01 00:00:00+00'", "entry_type = 'charge'"),
    "T15": put("note", "cosigned_by = provider_id, cosigned_at = timestamptz '1990-01-01 00:00:00+00'"),
    "T16": put("appointment", "start_local = (date '2026-11-02' - 365)::text || start_local[11:]"),
    "S1": "update appointment set start_at = timestamptz '2026-03-03 17:00:00+00', end_at = timestamptz '2026-03-03 18:00:00+00'",
    "S2": "update appointment set start_at = timestamptz '2026-03-03 17:00:00+00', end_at = timestamptz '2026-03-03 18:00:00+00'",
    "S3": "update appointment set start_at = timestamptz '2026-03-03 17:00:00+00', end_at = timestamptz '2026-03-03 18:00:00+00'",
    "S3r": "update location set rooms = 1",
    "S4": "update provider set hours_mon = '09:00-09:30'",
    "S4h": put("location", "hours_mon = '21:00-07:00'"),
    "S5": "update tenant set holidays = (select start_local[:10] from appointment limit 1)",
    "S6": put("appointment", "start_local = start_local[:14] || '01'"),
    "S7": put("appointment", "start_at = start_at + interval 1 hour"),
    "S8": put_scenario("appointment", "start_local = start_local[:11] || '03:15'", "series_across_dst"),
    "S9": put("appointment", "pos_code = '11'", "modality <> 'in_person'"),
    "S10": "update appointment set rescheduled_from_id = null",
    "S11": "update provider set license_state = 'KY'",
    "S13a": f"update appointment set group_id = (select max(id) from appointment where {ORDINARY}) where {ORDINARY}",
    "S12": put_scenario("appointment", "start_at = start_at + interval 1 hour", "group_of_12"),
    "C1": "update note set appointment_id = (select min(appointment_id) from note) where tenant_id = 'tenant-qa-001'",
    "C1m": put("appointment", "status = 'no_show'", """status = 'completed' and exists (
        select 1 from note n where n.client_id = appointment.client_id and n.appointment_id is null and n.note_type <> 'discharge'
        and n.id & 1099511627775 >= 1024 and n.created_at > appointment.start_at
        and not exists (select 1 from appointment a where a.client_id = n.client_id and a.start_at < n.created_at and a.start_at > appointment.start_at)
        and exists (select 1 from appointment a where a.client_id = n.client_id and a.start_at < appointment.start_at and a.status = 'completed'))"""),
    "C1f": put("note", "created_at = timestamptz '2001-01-01 10:00+00'", f"appointment_id is null and {ORDINARY}"),
    "C1d": put("note", "risk_level = 'high'", "note_type = 'discharge' and (id & 1099511627775) >= 1024"),
    "C1t": put("note", "note_type = 'progress'", "note_type = 'intake'"),
    "C1v": put("note", "note_type = 'phone'", "appointment_id is not null"),
    "C2": put("note", "status = 'draft'", "signed_at is not null"),
    "C3": put_scenario("note", "status = 'signed'", "cosign_pending"),
    "C3s": "update provider set supervisor_id = null",
    "C4": "update appointment set appointment_type = 'individual' where appointment_type = 'intake'",
    "C5": "update provider set can_prescribe = false",
    "C5p": "update provider set can_prescribe = false",
    "C6a": f"update appointment set checked_in_at = end_at where group_id is null and status = 'completed' and {ORDINARY}",
    "C6": put("note", "session_minutes = 1", "session_minutes is not null"),
    "C6n": put("note", "session_minutes = null", "session_minutes is not null"),
    "C7": "update client set primary_dx = 'F93.0'",
    "C8": put_scenario("note", "dx_codes = 'F41.1'", "psychotherapy_note"),
    "C8s": put_scenario("note", "confidentiality = 'normal'", "part2_note"),
    "C9": "update client set guardian_name = null",
    "C9t": put("client", "consent_treatment_on = intake_date - 1"),
    "C9v": f"update client set consent_treatment_on = date '2026-11-01' where {ORDINARY}",
    "C9g": put("client", "guarantor = 'self'", "guarantor = 'guardian'"),
    "C9h": put("client", "guardian_id = id + 1, household_id = null", f"dob > date '2012-01-01' and {ORDINARY}"),
    "C9m": put("client", "email = 'a.child@example.com'", f"dob > date '2016-01-01' and {ORDINARY}"),
    "C12e": put("client", "email_ok = true", "email is null"),
    "C9r": "update client set guardian_id = id where guardian_name is not null",
    "C10": put_scenario("note", "version = 5", "amended_twice"),
    "C11": put("client", "status = 'inactive'", "status = 'active'"),
    "C11d": put("client", "discharge_date = null, status = 'discharged'"),
    "H1": put("appointment", "status_history = 'scheduled'", "status = 'completed'"),
    "L1": put("ledger_entry", "amount_cents = -amount_cents"),
    "L2": put("ledger_entry", "service_date = service_date + 1", "entry_type = 'charge'"),
    "L2b": put("appointment", "billing_status = 'non_billable'", "status = 'completed'"),
    "L2c": put("ledger_entry", "charge_id = id", "entry_type = 'charge'"),
    "L3": "update ledger_entry set appointment_id = (select min(appointment_id) from ledger_entry) where tenant_id = 'tenant-qa-001'",
    "L4": put("ledger_entry", "amount_cents = 100 * amount_cents", "charge_id is not null"),
    "L4c": put_scenario("client", "balance_cents = 0", "refund") + "; update ledger_entry set amount_cents = 900000 where entry_type = 'refund'",
    "L5": put("client", "balance_cents = balance_cents + 1"),
    "L6": put("client", "balance_cents = balance_cents + 1"),
    "L7": put("ledger_entry", "payer_code = 'other'", "payer_code is null"),
    "L7m": put("client", "member_id = null", "member_id is not null"),
    "L8": put("ledger_entry", "allowed_cents = allowed_cents - 100", "claim_status = 'paid' and client_due_cents > 0"),
    "L8a": put("ledger_entry", "allowed_cents = null", "claim_status is not null"),
    "T4r": put("appointment", "booked_at = booked_at - interval 20 years", ORDINARY),
    "T4h": put("appointment", "booked_at = booked_at - interval 12 hours", ORDINARY),
    "T8h": put("appointment", "cancelled_at = date_trunc('week', cancelled_at) - interval 6 hours", f"cancelled_at is not null and {ORDINARY}"),
    "T8a": put("appointment", "cancel_reason = 'childcare'", f"cancelled_by = 'client' and client_id in (select id from client where dob > '2012-01-01') and {ORDINARY}"),
    "T8s": put("appointment", "cancelled_at = start_at - interval 3 days", f"cancel_reason = 'provider_illness' and {ORDINARY}"),
    "T9c": "update client set sms_ok = false, email_ok = false, voice_ok = false",
    "N1": f"update client set middle_name = first_name where {ORDINARY}",
    "L7d": f"update client set coverage_from = coverage_from - 1 where {ORDINARY}",
    "L7w": f"update client set plan_type = 'workers_comp' where {ORDINARY}",
    "L7o": f"update client set coverage_from = dob where {ORDINARY}",
    "L12o": put("client", "plan_type = 'original'", "copay_cents is not null"),
    "L9a": f"update ledger_entry set denial_reason = 'authorization_missing' where {ORDINARY}",
    "L9z": put("ledger_entry", "claim_status = 'processed'", "claim_status = 'paid'"),
    "L9y": put(
        "ledger_entry", "claim_status = 'processed', client_due_cents = allowed_cents - 1", "claim_status = 'paid'"
    ),
    "L8c": f"update client set plan_type = 'original' where {ORDINARY} and payer_code = 'commercial'",
    "U4t": f"update client set zip = (select min(zip) from client where {ORDINARY}) where {ORDINARY}",
    "L9f": "update ledger_entry set denial_reason = 'late_filing'",
    "T8m": put("appointment", "missed_at = null", "status = 'no_show'"),
    "T11e": put("appointment", "updated_at = booked_at", "status = 'completed'"),
    "T11c": put("appointment", "updated_at = end_at", "billing_status = 'billed'"),
    "S13": "delete from appointment where group_id is not null and id <> group_id",
    "S14": "update appointment set recurrence_weeks = 7 where series_id is not null",
    "S15": "update location set status = 'inactive'",
    "L2s": put("ledger_entry", "posted_at = timestamptz '2020-01-01 00:00:00+00'", f"entry_type = 'charge' and {ORDINARY}"),
    "L2u": f"update appointment set billing_status = 'unbilled' where {ORDINARY}",
    "L12m": "update client set payer_code = 'medicaid', dob = date '2020-01-01'",
    "L13m": "update client set payer_code = 'medicaid'",
    "CB1": put("ledger_entry", "created_by = 'billing'", "method = 'cash'"),
    "T14e": put("ledger_entry", "created_at = posted_at - interval 1 day"),
    "L16s": """update ledger_entry set adjustment_reason = 'courtesy' where id = (
        select min(id) from ledger_entry
        where adjustment_reason = 'sliding_scale' and id & 1099511627775 >= 1024 and client_id in (
            select client_id from ledger_entry where adjustment_reason = 'sliding_scale' group by 1 having count(*) > 1
        )
    )""",
    "L15r": "update ledger_entry set method = 'cash' where method = 'card' and entry_type = 'client_payment'",
    "T14h": put("ledger_entry", "posted_at = date_trunc('week', posted_at) - interval 6 hours", f"entry_type = 'charge' and {ORDINARY}"),
    "T11l": "update ledger_entry set updated_at = posted_at where entry_type = 'charge'",
    "T9h": put("note", "signed_at = date_trunc('week', signed_at) - interval 6 hours", f"signed_at is not null and {ORDINARY}"),
    "T11n": put("note", "updated_at = created_at", "signed_at is not null"),
    "T3n": "update provider set termination_date = date '2020-01-01'",
    "T11d": put("client", "is_active = false, deleted_at = updated_at + interval 1 hour"),
    "T11b": "update client set updated_at = created_at",
    "L9": put("ledger_entry", "claim_status = 'denied', denial_reason = null", "claim_status is not null"),
    "L10": "update ledger_entry set amount_cents = 900000 where entry_type = 'refund'",
    "L11": "update ledger_entry set amount_cents = amount_cents + 1 where reverses_id is not null",
    "L12": "update client set payer_code = 'self_pay'",
    "L7s": "update client set secondary_payer_code = payer_code",
    "L8s": "update ledger_entry set payer_code = 'other' where entry_type = 'insurance_payment'",
    "L12d": "update client set secondary_payer_code = 'medicaid'",
    "L12c": put("client", "payer_code = 'medicaid', copay_cents = 9900", "member_id is not null"),
    "L13": "update ledger_entry set amount_cents = 900000 where entry_type = 'fee'",
    "L14": put("ledger_entry", "amount_cents = 0"),
    "L15": put("ledger_entry", "method = null", "method is not null"),
    "U1h": "update client set email = 'same@example.com'",
    "U2": "update client set member_id = (select min(member_id) from client where member_id is not null) where member_id is not null",
    "location: U4": put("location", "state = 'KY'"),
    "client: U4": put("client", "state = 'KY'"),
    "location: U4p": put("location", "fax = '502-555-0123'"),
    "client: U4p": put("client", "phone_mobile = '502-555-0123'"),
    "tenant: U4z": "update tenant set timezone = 'America/Denver'",
    "location: U4z": "update location set timezone = 'America/Denver'",
    "X2": put("note", "subjective = 'Somebody else reported a calm week and slept well.'", "status <> 'draft' and note_type = 'progress'"),
    "X2p": "update client set pronouns = if(pronouns = 'she/her', 'he/him', 'she/her')",
    "X2a": put("note", "subjective = regexp_replace(subjective, '[0-9]+ years old', '150 years old')", "contains(subjective, ' years old')"),
    "X2m": put("note", "objective = 'Seen via secure video. Mood was calm.'", "appointment_id in (select id from appointment where modality = 'in_person')"),
    "X2d": put("note", "plan = 'Used problem solving for most of the 999-minute session.'", "session_minutes is not null"),
    "X3": put("note", "assessment = assessment || ' ' || (select first_name from client c where c.first_name not in ('May', 'Grace') and c.id <> note.client_id and not contains(note.subjective, c.first_name) order by c.id desc limit 1) || ' came along.'"),
    "X4": put("note", "subjective = 'x', objective = null, assessment = null, plan = null", "status <> 'draft'"),
    "X6": put("note", "subjective = subjective || ' Sleep was restful. Sleep was poor.'", "subjective is not null"),
    "X6k": put("note", "subjective = 'x', objective = 'x', assessment = 'x', plan = 'x'", "note_type = 'progress' and appointment_id in (select id from appointment where appointment_type = 'med_mgmt')"),
    "X6p": put("note", "plan = 'All is well.'", f"""risk_level in ('moderate', 'high') and plan is not null and {ORDINARY}
        and client_id in (select id from client where dob > date '2012-01-01')"""),
    "X6d": put("note", "subjective = 'All is well.'", f"risk_level in ('moderate', 'high') and note_type = 'progress' and subjective is not null and {ORDINARY}"),
    "X6i": "update client set interpreter_needed = not interpreter_needed",
    "X6g": put("note", "session_minutes = session_minutes + 1", "id = (select max(n.id) from note n join appointment a on a.id = n.appointment_id where a.group_id in (select group_id from appointment b join note m on m.appointment_id = b.id where m.note_type = 'progress' group by group_id having count(*) > 1))"),
    "X6n": put("note", "plan = 'Next session in several weeks.'", "note_type = 'progress' and appointment_id in (select id from appointment where recurrence_weeks = 1)"),
    "X5": put("note", "plan = 'See {name} about the plan of the coming weeks.'"),
}  # fmt: skip


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_found(rule: str, tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute(BROKEN[rule])
    found = found_by(tables, rule)
    assert found, f"{rule} did not see it"
    assert found[0].count > 0
    assert found[0].samples
    assert len(found[0].samples) <= 5


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ("update client set id = null where tenant_id = 'tenant-qa-001'", {"K1 client"}),
        ("update client set id = null", {"K1 client", "R4 client"}),
        ("update client set mrn = null", set()),
    ],
)
def test_rows_without_a_key_have_the_same_key(change: str, rules: set[str], tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute(change)
    report = check(tables, model=NO_DECLARED_RULES)
    assert {finding.rule for finding in report.findings if finding.kind in ("unique", "shared_id")} == rules


def test_every_declared_rule_is_broken_above() -> None:
    times = Counter(rule.id for entity in MODEL.entities for rule in entity.rules)
    declared = {
        f"{entity.name}: {rule.id}" if times[rule.id] > 1 and rule.id != "R3" else rule.id
        for entity in MODEL.entities
        for rule in entity.rules
    }
    assert declared - set(BROKEN) == set()
    kinds = {rule.id.split()[0] for entity in MODEL.entities for rule in [*rules_of(entity), *text_rules(entity)]}
    assert kinds - {rule.split(": ")[-1].split()[0] for rule in BROKEN} == set()


PRESENT = [case.name for case in MODEL.scenarios if not case.switch]
ANY_ROW = {"no_dst_zone", "video_visit"}
"""Scenarios whose description holds of many rows of that tenant."""


@pytest.mark.parametrize("parity", [0, 1])
def test_scenarios_that_do_not_hold_are_found(parity: int, tables: duckdb.DuckDBPyConnection) -> None:
    """Every other scenario does not hold: those are found, and those between them are not."""
    broken = PRESENT[parity::2]
    for name in broken:
        case = next(case for case in MODEL.scenarios if case.name == name)
        other = f"(select max(r.id) from {case.entity} r where r.tenant_id = scenario.tenant_id)"
        tables.execute(f"update scenario set id = {'5' if name in ANY_ROW else other} where name = '{name}'")
    report = check(tables, model=replace(NO_RULES, scenarios=MODEL.scenarios))
    assert [finding.rule for finding in report.findings] == [f"E1 {name}" for name in broken]


def test_scenarios_are_many_and_cover_what_is_asked_for() -> None:
    assert len(PRESENT) >= 40
    asked = """credit_balance no_show_with_fee minor_with_guardian turns_18_between_visits leap_day_birth rebooked_after_cancel
    dst_gap_day denied_then_paid unsigned_note_30_days duplicate_looking_clients apostrophe_name rtl_name""".split()
    assert set(asked) <= set(PRESENT)


def test_hostile_text_is_there_only_when_asked_for(standard: Snapshot, tmp_path: Path) -> None:
    hostile = {case.name for case in MODEL.scenarios if case.switch == "adversarial"}
    assert len(hostile) >= 5
    assert hostile.isdisjoint(name for names in standard.manifest.recipe["scenarios"].values() for name in names)
    made = generate(PROFILES["standard"].vary(adversarial=True), tmp_path, validated=False)
    assert hostile <= {name for names in made.snapshot.manifest.recipe["scenarios"].values() for name in names}
    assert validate_snapshot(made.snapshot).ok(strict=True)


def test_nothing_is_found_in_whole_data(standard: Snapshot) -> None:
    report = validate_snapshot(standard)
    assert report.findings == ()
    assert report.ok(strict=True)
    assert report.whole
    assert report.rules > 600


def test_findings_have_keys_and_never_other_values(tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute("update client set email = 'real.person@gmail.com'")
    report = check(tables)
    assert "real.person" not in json.dumps(report.to_json())
    assert report.headline().startswith("PHI: 200 of client break 'U3 client.email'")


def test_missing_rows_are_found(tables: duckdb.DuckDBPyConnection) -> None:
    found = validate(tables, MODEL, AS_OF, {entity.name: 999 for entity in MODEL.entities})
    assert {finding.rule for finding in found.findings if finding.rule.startswith("R5n")} == {
        f"R5n {e.name}" for e in MODEL.entities
    }


def test_what_a_validation_uses_is_set(minimal: Snapshot) -> None:
    """A rule sees it: few rows are checked by one thread, and any number of them in the same memory."""
    sees = "current_setting('threads')::int <> 1 or current_setting('memory_limit') <> '640.0 MiB'"
    entities = tuple(
        replace(entity, rules=(Rule("here", "one thread, 640 MB", sees), Rule("there", "it looks", f"not ({sees})")))
        for entity in minimal.manifest.model.entities
    )
    model = replace(minimal.manifest.model, entities=entities, scenarios=(), figures=(), is_declared=False)
    report = validate_snapshot(replace(minimal, manifest=replace(minimal.manifest, model=model)))
    assert {finding.rule for finding in report.findings} == {"there"}


def test_a_sample_limits_the_text_and_nothing_else(tables: duckdb.DuckDBPyConnection) -> None:
    last = "(select max((tenant_id, id)) from note)"
    tables.execute(f"update note set plan = 'mail x@gmail.com' where (tenant_id, id) = {last}")
    tables.execute("update client set dob = null where id = (select max(id) from client)")
    assert {finding.rule for finding in check(tables).findings} == {"X1 note.plan", "R7 client.dob"}
    sampled = check(tables, sample_size=3)
    assert not sampled.whole
    assert {finding.rule for finding in sampled.findings} == {"R7 client.dob"}


def test_only_rules_that_small_counts_may_break_warn() -> None:
    rules = [rule for entity in MODEL.entities for rule in (*rules_of(entity), *text_rules(entity), *entity.rules)]
    assert {rule.id.split()[0] for rule in rules if rule.severity == "warning"} == {"R5", "R6"}


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


def test_a_snapshot_without_a_date_is_put_scenario(copied: Path) -> None:

    edit_manifest(copied, recipe={"as_of": "never"})
    with pytest.raises(SnapshotError, match="no date as_of"):
        validate_snapshot(open_snapshot(copied))


def test_jobs_have_connections_of_their_own_and_results_in_their_order() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table seen as select 7 as value")

        def job(on: duckdb.DuckDBPyConnection, nth: int) -> tuple[int, int]:
            on.execute(f"create temp table own as select {nth} as value")  # one name: none sees the other's
            return on.sql("select own.value, seen.value from own, seen").fetchall()[0]

        jobs = [partial(job, nth=nth) for nth in range(20)]
        assert run_jobs(connection, jobs) == [(nth, 7) for nth in range(20)]


def test_the_first_failure_of_jobs_is_raised_and_the_rest_does_not_begin() -> None:
    begun = []

    def job(on: duckdb.DuckDBPyConnection, nth: int) -> None:
        begun.append(nth)
        on.execute("select nothing" if nth == 0 else "select 1")
        time.sleep(0.01)

    with duckdb.connect() as connection, pytest.raises(duckdb.BinderException, match="nothing"):
        run_jobs(connection, [partial(job, nth=nth) for nth in range(1000)])
    assert len(begun) < 1000
