"""Changes of rows that break rules, one for each way in which a row can break a rule."""

from __future__ import annotations

from qaseed.practice import MODEL

LATE = "timestamptz '2027-01-01 00:00:00+00'"
EARLY = "timestamptz '2000-01-01 00:00:00+00'"


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


def _of_every_entity() -> dict[str, tuple[str, ...]]:
    """The rules of audit columns."""
    changes: dict[str, tuple[str, ...]] = {}
    for entity in (entity.name for entity in MODEL.entities if entity.rules):
        columns = ("created_at", "updated_at", "deleted_at")
        changes[f"{entity}: T10"] = tuple(f"update {entity} set {column} = {LATE}" for column in columns)
        changes[f"{entity}: T11"] = (
            f"update {entity} set created_at = updated_at + interval 1 hour",
            f"update {entity} set deleted_at = created_at - interval 1 hour",
        )
    return changes


def _of_visit(condition: str) -> str:
    return f"appointment_id in (select id from appointment where {condition})"


def _of_client(condition: str) -> str:
    return f"client_id in (select id from client where {condition})"


MEASURED = "session_minutes is not null and session_start is not null and note_type <> 'administrative'"
SERVICE_CODES = """IND30 IND45 IND60 INTAKE INTAKEMD FAM GRP EM2 EM3 EM4 EM5 EMT TEST CONS""".split()
WRONG_MINUTES = put("note", "session_minutes = 999, session_start = null, session_stop = null", MEASURED)
IMPOSSIBLE_PHONE = "'502-555-0123'"
IN_TEXT = "note_type = 'progress' and amends_id is null and subjective is not null and "

WITH_FEE = "id in (select appointment_id from ledger_entry where entry_type = 'fee')"
SUPERVISED_SUPERVISOR = """
update provider set credentials = 'LMSW', supervisor_id = (
    select max(p.id) from provider p
    where p.tenant_id = provider.tenant_id and p.supervisor_id is null and p.credentials <> 'LMSW' and p.id <> provider.id
)
where id = (select min(supervisor_id) from provider)
"""

WAYS: dict[str, tuple[str, ...]] = _of_every_entity() | {
    "location: U4p": tuple(put("location", f"{phone} = {IMPOSSIBLE_PHONE}") for phone in ("phone", "fax")),
    "location: S4h": tuple(
        put("location", f"hours_{day} = '21:00-07:00'") for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    ),
    "provider: T3d": (
        put("provider", "termination_date = hire_date - 1"),
        put("provider", "termination_date = date '2027-01-01'"),
    ),
    "provider: C3s": (
        "update provider set supervisor_id = null",
        SUPERVISED_SUPERVISOR,
        "update provider set supervisor_id = id where credentials = 'LMSW'",
    ),
    "client: U4p": tuple(
        put("client", f"{phone} = {IMPOSSIBLE_PHONE}")
        for phone in ("phone_mobile", "phone_home", "emergency_contact_phone")
    ),
    "client: T10c": tuple(
        put("client", f"{column} = date '2027-01-01'") for column in ("intake_date", "discharge_date", "date_of_death")
    ),
    "client: C9g": (
        put("client", "guarantor = 'self'", "guarantor = 'guardian'"),
        put("client", "guardian_name = null", "guarantor = 'guardian'"),
        put("client", "consent_by = 'client'", "guarantor = 'guardian'"),
    ),
    "client: C9r": (
        put("client", "guardian_id = id", "guardian_name is not null"),
        put(
            "client",
            "guardian_id = (select min(c.id) from client c where c.tenant_id = client.tenant_id and c.id <> client.id "
            "and c.dob > client.dob - interval 10 years)",
            "guardian_name is not null",
        ),
        put("client", "guardian_name = null", "guardian_id is not null"),
    ),
    "client: C7": (
        put("client", "primary_dx = 'F93.0'", "dob < date '1990-01-01'"),
        put("client", "primary_dx = 'F60.3'", "dob > date '2012-01-01'"),
    ),
    "client: L7m": (
        put("client", "payer_code = 'self_pay'", "member_id is not null"),
        put("client", "plan_type = null", "member_id is not null"),
        put("client", "coverage_from = null", "member_id is not null"),
        put("client", "coverage_to = coverage_from - 1", "coverage_from is not null"),
    ),
    "appointment: T2a": (
        put("appointment", "start_local = '1900-01-01' || start_local[11:]"),
        put("appointment", "start_local = '2199-01-01' || start_local[11:]"),
    ),
    "appointment: T3": (
        put("appointment", "start_local = '1990-01-01' || start_local[11:]"),
        "update provider set termination_date = date '2000-01-01'",
    ),
    "appointment: T4": (
        put("appointment", "booked_at = start_at + interval 1 hour"),
        put("appointment", f"booked_at = {EARLY}"),
    ),
    "appointment: T5": (
        put("appointment", "end_at = start_at, duration_min = 0"),
        put("appointment", "end_at = end_at + interval 1 minute"),
    ),
    "appointment: T6": (
        put("appointment", "status = 'scheduled'", "status = 'completed'"),
        put("appointment", "status = 'completed'", "start_local[:10] >= '2026-11-02'"),
    ),
    "appointment: T7": (
        put("appointment", "checked_in_at = start_at - interval 1 hour", "status = 'completed'"),
        put("appointment", "checked_in_at = end_at + interval 1 minute", "status = 'completed'"),
    ),
    "appointment: T8": (
        put("appointment", "status = 'completed'", "status = 'cancelled'"),
        put("appointment", "cancelled_by = null", "status = 'cancelled'"),
        put("appointment", "cancelled_at = booked_at - interval 1 hour", "status = 'cancelled'"),
    ),
    "appointment: T10a": tuple(
        put("appointment", f"{column} = {LATE}")
        for column in ("booked_at", "reminder_sent_at", "confirmed_at", "checked_in_at", "cancelled_at")
    ),
    "appointment: T12": (
        put(
            "client",
            "date_of_death = date '2000-01-01'",
            "id in (select client_id from appointment where status = 'completed') "
            "and id not in (select client_id from appointment where status in ('scheduled', 'confirmed'))",
        ),
        put(
            "client",
            "date_of_death = date '2199-01-01'",
            "id in (select client_id from appointment where status = 'scheduled')",
        ),
    ),
    "appointment: T16": (
        put("appointment", "start_local = (date '2026-11-02' - 365)::text || start_local[11:]"),
        put("appointment", "start_local = (date '2026-11-02' + 56)::text || start_local[11:]"),
    ),
    "appointment: S3r": (
        put("appointment", "room = 'Room 99'", "modality = 'in_person'"),
        put("appointment", "room = null", "modality = 'in_person'"),
    ),
    "appointment: S4": (
        "update provider set hours_mon = '09:00-09:01'",
        "update location set hours_mon = '09:00-09:01'",
        put("appointment", "timezone = 'Pacific/Guam'"),
    ),
    "appointment: S9": (
        put("appointment", "pos_code = '11'", "modality = 'video'"),
        "update client set consent_telehealth_on = null",
        put("appointment", "telehealth_url = null", "modality = 'video'"),
    ),
    "appointment: C5": (
        "update provider set can_prescribe = false",
        put("appointment", "service_code = 'QA-EM2'", "appointment_type = 'individual'"),
        put("appointment", "service_code = 'QA-GRP'", "appointment_type = 'individual'"),
        put(
            "appointment",
            "group_id = (select max(a.group_id) from appointment a)",
            "appointment_type = 'individual'",
        ),
        put("appointment", "service_code = 'QA-INTAKE'", "appointment_type = 'individual'"),
    ),
    "appointment: C9": ("update client set guardian_name = null", "update client set consent_by = 'client'"),
    "appointment: H1": (
        put("appointment", "status_history = 'scheduled'", "status = 'completed'"),
        put("appointment", "status_history = 'booked,' || status", "status = 'completed'"),
    ),
    "note: R3": (
        put("note", "client_id = client_id + 1", "appointment_id is not null"),
        put("note", "provider_id = provider_id + 1", "appointment_id is not null"),
    ),
    "note: C6": (
        *(
            f"{WRONG_MINUTES}; update appointment set service_code = 'QA-{code}' "
            "where id = (select appointment_id from note where session_minutes = 999)"
            for code in SERVICE_CODES
        ),
        put("note", "session_stop = session_stop - interval 1 minute", MEASURED),
        put(
            "note",
            "session_start = session_start - interval 5 hour, session_stop = session_stop - interval 5 hour",
            MEASURED,
        ),
        put(
            "note",
            "session_start = session_start + interval 5 hour, session_stop = session_stop + interval 5 hour",
            MEASURED,
        ),
    ),
    "note: T9s": (
        put("note", "signed_at = created_at - interval 1 hour", "signed_at is not null"),
        put("note", "cosigned_at = signed_at - interval 1 hour", "signed_at is not null"),
        put("note", "locked_at = signed_at - interval 1 hour", "signed_at is not null and cosigned_at is null"),
        put(
            "note",
            "cosigned_at = signed_at + interval 2 hour, locked_at = signed_at + interval 1 hour",
            "signed_at is not null",
        ),
    ),
    "note: T10n": tuple(put("note", f"{column} = {LATE}") for column in ("signed_at", "cosigned_at", "locked_at")),
    "note: T12n": (
        "update client set date_of_death = date '2000-01-01'",
        put("note", f"created_at = {EARLY}", "appointment_id is null"),
    ),
    "note: C2": (
        put("note", "status = 'draft'", "signed_at is not null"),
        put("note", "signed_by = null", "signed_at is not null"),
        put("note", "signed_by = provider_id + 1", "signed_at is not null"),
    ),
    "note: C3": (
        put_scenario("note", "cosigned_at = signed_at, status = 'signed'", "cosign_pending"),
        put_scenario("note", "cosigned_at = signed_at, status = 'signed', cosigned_by = provider_id", "cosign_pending"),
        put(
            "note",
            "cosigned_by = provider_id, cosigned_at = signed_at",
            "signed_at is not null and provider_id in (select id from provider where supervisor_id is null)",
        ),
        put(
            "note",
            "status = 'pending_cosign'",
            "signed_at is not null and provider_id in (select id from provider where supervisor_id is null)",
        ),
    ),
    "note: C8": (
        put("note", "confidentiality = 'restricted'", "note_type = 'progress'"),
        *(
            put_scenario("note", change, "psychotherapy_note")
            for change in (
                "session_start = created_at",
                "session_stop = created_at",
                "dx_codes = 'F41.1'",
                "plan = 'x'",
                "phq9 = 1",
            )
        ),
    ),
    "note: X2p": tuple(
        put("note", f"subjective = subjective || ' Today {wrong} slept.'", _of_client(f"pronouns = '{pronouns}'"))
        for pronouns, wrong in (("she/her", "he"), ("he/him", "she"), ("they/them", "she"))
    ),
    "note: X2m": (
        put("note", "subjective = subjective || ' via secure video'", IN_TEXT + _of_visit("modality = 'in_person'")),
        put("note", "subjective = subjective || ' by phone'", IN_TEXT + _of_visit("modality = 'in_person'")),
        put("note", "subjective = subjective || ' in person at home'", IN_TEXT + _of_visit("modality = 'video'")),
    ),
    "note: X2d": (
        put("note", "plan = 'Used most of the 999-minute session.'", "session_minutes is not null"),
        put("note", "plan = 'Treating provider: XX.'"),
    ),
    "note: X4": (
        *(
            put("note", f"{column} = repeat('word ', 2100)", "status <> 'draft'")
            for column in ("subjective", "objective", "assessment", "plan")
        ),
        put("note", "subjective = 'x', objective = null, assessment = null, plan = null", "status <> 'draft'"),
        put("note", "subjective = 'e' || chr(769) || repeat(' word', 20)", "status <> 'draft'"),
    ),
    "ledger_entry: L1": (
        put("ledger_entry", "amount_cents = -amount_cents", "reverses_id is null and entry_type <> 'transfer'"),
        put("ledger_entry", "currency = 'CAD'"),
    ),
    "ledger_entry: L2": (
        put(
            "appointment",
            "status = 'no_show'",
            "id in (select appointment_id from ledger_entry where entry_type = 'charge')",
        ),
        put("ledger_entry", "service_code = 'X'", "entry_type = 'charge'"),
        put("appointment", "status = 'vanished'", f"status = 'no_show' and {WITH_FEE}")
        + "; update ledger_entry set service_code = 'QA-LC' where "
        + _of_visit("status = 'vanished'"),
        put("ledger_entry", "service_code = 'X'", "entry_type = 'fee'"),
        put("ledger_entry", "service_date = service_date + 1", "appointment_id is not null"),
    ),
    "ledger_entry: L2c": (
        put("ledger_entry", "charge_id = id", "entry_type = 'charge'"),
        put("ledger_entry", "charge_id = id", "entry_type = 'client_payment' and charge_id is not null"),
        put("ledger_entry", "client_id = client_id + 1", "charge_id is not null"),
        put("ledger_entry", "appointment_id = appointment_id + 1", "charge_id is not null"),
    ),
    "ledger_entry: L13": (
        put("ledger_entry", "amount_cents = 900000", "entry_type = 'fee'"),
        put("ledger_entry", "payer_code = 'other'", "entry_type = 'fee'"),
        put("ledger_entry", "claim_status = 'paid'", "entry_type = 'fee'"),
    ),
    "ledger_entry: T14": (
        put("ledger_entry", f"posted_at = {EARLY}", "charge_id is not null"),
        put("ledger_entry", f"posted_at = {EARLY}", "entry_type = 'charge'"),
    ),
    "ledger_entry: L15": (
        put("ledger_entry", "method = null", "method is not null"),
        put("ledger_entry", "adjustment_reason = null", "adjustment_reason is not null"),
    ),
    "ledger_entry: L7": (
        put("ledger_entry", "payer_code = null", "claim_status is not null"),
        put("ledger_entry", "payer_code = 'nobody'", "payer_code is not null"),
        put("ledger_entry", "service_date = date '2000-01-01'", "payer_code is not null"),
        "update client set coverage_to = date '2000-01-01'",
    ),
    "ledger_entry: L8a": (
        put("ledger_entry", "allowed_cents = null", "claim_status is not null"),
        put("ledger_entry", "client_due_cents = allowed_cents + 1", "allowed_cents is not null"),
        put("ledger_entry", "allowed_cents = amount_cents + 1", "allowed_cents is not null"),
        put("ledger_entry", "entry_type = 'fee'", "claim_status is not null"),
    ),
    "ledger_entry: L12": (
        put("ledger_entry", "entry_type = 'insurance_payment'", _of_client("payer_code = 'self_pay'")),
        put("ledger_entry", "claim_status = 'paid'", _of_client("payer_code = 'self_pay'")),
        put(
            "ledger_entry",
            "amount_cents = -9900",
            "entry_type = 'client_payment' and " + _of_client("payer_code = 'medicaid'"),
        ),
    ),
}
"""`entity: rule`, and for each of `Rule.ways`, in their order, a change that breaks the rule in this way and no other."""

IMPLIED = {
    ("provider: C3s", 2),  # a provider who supervises itself has, or has not, a license for both
    ("client: C9r", 0),  # a client is not 15 years older than itself
}
"""Ways that cannot be broken without another one of the rule."""
