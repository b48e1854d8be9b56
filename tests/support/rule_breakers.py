"""For each rule that can be broken in several ways: one SQL statement a way, after which rows break it only so."""

from __future__ import annotations

from qaseed.practice import MODEL
from qaseed.practice.generators.hours import WEEKDAYS
from qaseed.practice.generators.services import BANDS
from qaseed.practice.note_rules import COMPANY, CONDITIONS, Contradiction
from qaseed.practice.text_rules import PRONOUNS

LATER, LONG_AGO = "timestamptz '2027-01-01 00:00:00+00'", "timestamptz '1990-01-01 00:00:00+00'"
ORDINARY = "id & 1099511627775 >= 1024"

PAID_THAT_DAY = "entry_type = 'client_payment' and posted_at::date = service_date"
PAID_LATER = "entry_type = 'client_payment' and posted_at > service_date + interval 3 days"


def put(entity: str, change: str, where: str = "true") -> str:
    """Change one row."""
    return f"update {entity} set {change} where id = (select min(id) from {entity} where {where})"


def documented(code: str, minutes: int) -> str:
    """One note documents so many minutes of a visit with that service code, within the visit."""
    note = "(select min(id) from note where session_minutes is not null and note_type = 'progress')"
    return f"""
        update appointment set service_code = '{code}', end_at = start_at + interval 5 hours
        where id = (select appointment_id from note where id = {note});
        update note set session_minutes = {minutes}, session_stop = session_start + to_minutes({minutes})
        where id = {note}
    """


def of_visit(modality: str) -> str:
    """The condition of a note whose text says how client and provider met."""
    return (
        "note_type in ('intake', 'progress') and amends_id is null and objective is not null "
        f"and appointment_id in (select id from appointment where modality = '{modality}')"
    )


def contradict(contradiction: Contradiction) -> str:
    """The text of one note of which the contradiction holds has nothing but its last phrases."""
    words = " ".join([contradiction.phrases[-1], *contradiction.against[-1:]])
    return put(
        "note",
        ", ".join(f"{column} = '{words}'" for column in ("subjective", "objective", "assessment", "plan")),
        f"""id in (
            select note.id
            from note
            join tenant using (tenant_id)
            join client on client.tenant_id = note.tenant_id and client.id = note.client_id
            join provider on provider.tenant_id = note.tenant_id and provider.id = note.provider_id
            left join appointment on appointment.tenant_id = note.tenant_id and appointment.id = note.appointment_id
            where {CONDITIONS[contradiction.where].replace("created_at", "note.created_at")}
        )""",
    )


def without_company(kind: str) -> str:
    """A visit becomes one of that type, and its note names nobody and nothing."""
    note = "(select min(id) from note where note_type = 'progress' and amends_id is null)"
    return f"""
        update appointment set appointment_type = '{kind}' where id = (select appointment_id from note where id = {note});
        update note set subjective = 'x', objective = 'x', assessment = 'x', plan = 'x' where id = {note}
    """


def hours(entity: str) -> str:
    """All of them are open in the early morning only."""
    changes = ", ".join(f"hours_{day} = '05:00-05:30'" for day in WEEKDAYS)
    return f"update {entity} set {changes}"


def fictitious(entity: str, phone: str) -> str:
    return put(entity, f"{phone} = '502-555-0123'", "state <> 'KY'")


def payer(code: str) -> str:
    return f"client_id in (select id from client where payer_code = '{code}')"


BOOKED = "(select min(client_id) from appointment where status in ('scheduled', 'confirmed'))"
PAST_ONLY = """(
    select min(client_id) from appointment
    where status = 'completed'
    and client_id not in (select client_id from appointment where status in ('scheduled', 'confirmed'))
)"""
CHARGED = "(select min(appointment_id) from ledger_entry where entry_type = 'charge')"
FEE = "(select min(appointment_id) from ledger_entry where entry_type = 'fee')"
LATE_FEE_OF_COMPLETED = f"""
    update appointment set status = 'completed' where id = {FEE};
    update ledger_entry set service_code = 'QA-LC' where entry_type = 'fee' and appointment_id = {FEE}
"""
INSURED = "(select min(client_id) from ledger_entry where payer_code is not null)"
OTHER_LICENSED = """(
    select max(p.id) from provider p
    where p.tenant_id = provider.tenant_id and p.credentials <> 'LMSW' and p.id <> provider.id
)"""
SIBLING = """(
    select max(e.id) from ledger_entry e
    where e.tenant_id = ledger_entry.tenant_id and e.charge_id = ledger_entry.charge_id
)"""
YOUNGER = """(
    select max(c.id) from client c
    where c.tenant_id = client.tenant_id and c.id <> client.id and c.dob >= client.dob
)"""
SUPERVISOR = "(select p.supervisor_id from provider p where p.id = note.provider_id)"
NO_TEXT = "subjective = 'x', objective = null, assessment = null, plan = null"

_BORN = "select id from client where dob"

ORGANIZATION = {
    "location: U4p": (fictitious("location", "phone"), fictitious("location", "fax")),
    "location: S4h": tuple(put("location", f"hours_{day} = '21:00-07:00'") for day in WEEKDAYS),
    "provider: T3d": (
        put("provider", "termination_date = hire_date - 1"),
        put("provider", "termination_date = date '2027-01-01'"),
    ),
    "provider: C3s": (
        put("provider", "supervisor_id = null", "credentials = 'LMSW'"),
        put(
            "provider",
            f"credentials = 'LMSW', supervisor_id = {OTHER_LICENSED}",
            "id in (select supervisor_id from provider)",
        ),
        put("provider", "supervisor_id = id", "credentials = 'LMSW'"),
    ),
}
CLIENTS = {
    "client: U4p": tuple(
        fictitious("client", phone) for phone in ("phone_mobile", "phone_home", "emergency_contact_phone")
    ),
    "client: T10c": tuple(
        put("client", f"{column} = date '2027-01-01'") for column in ("intake_date", "discharge_date", "date_of_death")
    ),
    "client: C9g": (
        put(
            "client",
            "guarantor = 'guardian', guardian_name = 'Ann Lee', consent_by = 'guardian'",
            "dob < date '2000-01-01'",
        ),
        put("client", "guardian_name = null", "guarantor = 'guardian'"),
        put("client", "consent_by = 'self'", "guarantor = 'guardian'"),
    ),
    "client: C9t": (
        put("client", "consent_treatment_on = intake_date - 1"),
        put("client", "consent_treatment_on = date '2027-01-01'"),
    ),
    "client: C9r": (
        put("client", "guardian_id = id, guardian_name = 'Ann Lee'"),
        put("client", f"guardian_id = {YOUNGER}, guardian_name = 'Ann Lee'", "dob < date '1990-01-01'"),
        put("client", "guardian_name = null", "guardian_id is not null"),
    ),
    "client: C7": (
        put("client", "primary_dx = 'F93.0'", "dob < date '2000-01-01'"),
        put("client", "primary_dx = 'F60.3'", "dob > date '2012-01-01'"),
        put("client", "further_dx = primary_dx"),
    ),
    "client: L7d": (
        f"update client set coverage_from = coverage_from - 1 where {ORDINARY}",
        f"update client set coverage_to = date '2026-01-15' where {ORDINARY}",
    ),
    "client: L7s": (
        put("client", "secondary_payer_code = 'commercial'", "payer_code = 'commercial'"),
        put("client", "secondary_payer_code = 'other'", "payer_code = 'self_pay'"),
        put("client", "secondary_payer_code = 'other'", "payer_code = 'medicaid'"),
    ),
    "client: L7m": (
        put("client", "payer_code = 'self_pay'", "member_id is not null"),
        put("client", "plan_type = null", "member_id is not null"),
        put("client", "coverage_from = null", "member_id is not null"),
        put("client", "coverage_to = coverage_from - 1", "member_id is not null"),
    ),
}
APPOINTMENTS = {
    "appointment: T2a": (
        put("appointment", "start_local = '1900-01-01T09:00'"),
        put("appointment", "start_local = '2150-01-01T09:00'"),
    ),
    "appointment: T3": (
        put("appointment", "start_local = '1900-01-01T09:00'"),
        "update provider set termination_date = date '1990-01-01'",
    ),
    "appointment: T4": (
        put("appointment", "booked_at = start_at + interval 1 hour"),
        put("appointment", f"booked_at = {LONG_AGO}"),
    ),
    "appointment: T5": (
        put("appointment", "duration_min = -30, end_at = start_at - interval 30 minutes"),
        put("appointment", "end_at = end_at + interval 1 minute"),
    ),
    "appointment: T8a": (
        f"update appointment set cancel_reason = 'childcare' where client_id in ({_BORN} > '2012-01-01') and {ORDINARY}",
        f"update appointment set cancel_reason = 'work_conflict' where client_id in ({_BORN} < '1950-01-01') and {ORDINARY}",
    ),
    "appointment: T6": (
        put("appointment", "status = 'scheduled'", "status = 'completed'"),
        put("appointment", "status = 'completed'", "status = 'scheduled'"),
    ),
    "appointment: T7": (
        put("appointment", "checked_in_at = start_at - interval 1 hour"),
        put("appointment", "checked_in_at = end_at + interval 1 hour"),
    ),
    "appointment: T8": (
        put("appointment", "cancelled_at = start_at + interval 1 hour", "status = 'cancelled'"),
        put("appointment", "cancelled_by = null", "status = 'cancelled'"),
        put("appointment", "cancelled_at = booked_at - interval 1 day", "status = 'cancelled'"),
    ),
    "appointment: T10a": tuple(
        put("appointment", f"{event}_at = {LATER}")
        for event in ("booked", "reminder_sent", "confirmed", "checked_in", "missed", "cancelled")
    ),
    "appointment: T12": (
        f"update client set date_of_death = date '1990-01-01' where id = {PAST_ONLY}",
        f"update client set date_of_death = date '2026-11-01' where id = {BOOKED}",
    ),
    "appointment: T16": (
        put("appointment", "start_local = '2020-01-06T09:00'", ORDINARY),
        put("appointment", "start_local = '2030-01-07T09:00'", ORDINARY),
    ),
    "appointment: S3r": (
        put("appointment", "room = 'Room 9999'", "room is not null"),
        put("appointment", "room = null", "room is not null"),
    ),
    "appointment: S4": (hours("provider"), hours("location"), put("appointment", "timezone = 'UTC'")),
    "appointment: S9": (
        put("appointment", "pos_code = '10'", "modality = 'in_person'"),
        "update client set consent_telehealth_on = null",
        put("appointment", "telehealth_url = null", "modality = 'video'"),
    ),
    "appointment: C5": (
        "update provider set can_prescribe = false",
        put("appointment", "service_code = 'QA-EM3'", "appointment_type = 'individual'"),
        put("appointment", "service_code = 'QA-GRP'", "appointment_type = 'individual'"),
        put("appointment", "group_id = id", "appointment_type = 'individual'"),
        put("appointment", "service_code = 'QA-INTAKE'", "appointment_type = 'individual'"),
    ),
    "appointment: C9": (
        "update client set guardian_name = null where consent_by = 'guardian'",
        "update client set consent_by = 'self' where guardian_name is not null",
    ),
    "appointment: H1": (
        put("appointment", "status_history = 'scheduled'", "status = 'completed'"),
        put("appointment", "status_history = status", "status = 'completed'"),
    ),
}
NOTES = {
    "note: R3": tuple(
        put("note", f"{column} = {column} + 1", "appointment_id is not null") for column in ("client_id", "provider_id")
    ),
    "note: C6": (
        *(documented(code, most + 1) for code, (_, most) in BANDS.items()),
        put("note", "session_stop = session_stop - interval 1 minute", "session_minutes is not null"),
        *(
            put(
                "note",
                f"session_start = session_start {by}, session_stop = session_stop {by}",
                "session_minutes is not null",
            )
            for by in ("- interval 10 hours", "+ interval 10 hours")
        ),
    ),
    "note: T9s": tuple(
        put("note", change, "signed_at is not null")
        for change in (
            "signed_at = created_at - interval 1 hour, cosigned_at = null, locked_at = null",
            "cosigned_at = signed_at - interval 1 hour, locked_at = null",
            "locked_at = signed_at - interval 1 hour, cosigned_at = null",
            "locked_at = signed_at + interval 1 hour, cosigned_at = signed_at + interval 2 hours",
        )
    ),
    "note: T10n": tuple(put("note", f"{column} = {LATER}") for column in ("signed_at", "cosigned_at", "locked_at")),
    "note: T12n": (
        "update client set date_of_death = date '1990-01-01' where id = (select min(client_id) from note)",
        put("note", f"created_at = {LONG_AGO}", "appointment_id is null"),
    ),
    "note: C2": (
        put("note", "status = 'draft'", "signed_at is not null"),
        put("note", "signed_by = null", "signed_at is not null"),
        put("note", "signed_by = provider_id + 1", "signed_at is not null"),
    ),
    "note: C3": (
        put("note", f"cosigned_by = {SUPERVISOR}", "status = 'pending_cosign'"),
        put(
            "note",
            "status = 'signed', cosigned_at = signed_at, cosigned_by = provider_id",
            "status = 'pending_cosign'",
        ),
        put(
            "note",
            "cosigned_by = provider_id, cosigned_at = signed_at",
            "signed_at is not null and provider_id in (select id from provider where supervisor_id is null)",
        ),
        put("note", "status = 'pending_cosign'", "status = 'signed'"),
    ),
    "note: C8": (
        put("note", "confidentiality = 'restricted'", "note_type = 'progress'"),
        *(
            put("note", change, "note_type = 'psychotherapy_note'")
            for change in (
                "risk_level = 'low'",
                "session_start = created_at",
                "session_stop = created_at",
                "dx_codes = 'F41.1'",
                "plan = 'Continue.'",
                "phq9 = 3",
            )
        ),
    ),
    "note: X2p": tuple(
        put(
            "note",
            f"plan = plan || ' {next(words[0] for name, words in PRONOUNS.items() if name != own)} '",
            f"plan is not null and client_id in (select id from client where pronouns = '{own}')",
        )
        for own in PRONOUNS
    ),
    "note: X2a": tuple(
        put("note", f"subjective = '{text}'", "note_type = 'progress'")
        for text in ("Somebody, 150 years old, came.", "Somebody (age 150) came.", "Somebody is 150 and came.")
    ),
    "note: X6k": tuple(without_company(kind) for kind in COMPANY),
    "note: X2m": (
        put("note", "objective = objective || ' via secure video'", of_visit("in_person")),
        put("note", "objective = objective || ' by phone'", of_visit("in_person")),
        put("note", "objective = objective || ' in person at'", of_visit("video")),
    ),
    "note: X2d": (
        put("note", "plan = 'A 999-minute session.'", "session_minutes is not null"),
        put("note", "plan = 'Treating provider: none.'", "session_minutes is not null"),
    ),
    "note: X4": (
        *(
            put("note", f"{column} = repeat('word ', 3000)")
            for column in ("subjective", "objective", "assessment", "plan")
        ),
        put("note", NO_TEXT, "status <> 'draft'"),
        put("note", "plan = plan || 'Jose\u0301'", f"{ORDINARY} and plan is not null"),
    ),
}
LEDGER = {
    "ledger_entry: L1": (
        put("ledger_entry", "amount_cents = -amount_cents", "entry_type = 'charge'"),
        put("ledger_entry", "currency = 'EUR'"),
    ),
    "ledger_entry: L2": (
        f"update appointment set status = 'no_show' where id = {CHARGED}",
        put("ledger_entry", "service_code = 'QA-OTHER'", "entry_type = 'charge'"),
        LATE_FEE_OF_COMPLETED,
        put("ledger_entry", "service_code = 'QA-OTHER'", "entry_type = 'fee'"),
        put("ledger_entry", "service_date = service_date + 1", "entry_type = 'charge'"),
    ),
    "ledger_entry: L2c": (
        put("ledger_entry", "charge_id = null", "entry_type = 'client_payment'"),
        put("ledger_entry", f"charge_id = {SIBLING}", "charge_id is not null"),
        put("ledger_entry", "client_id = client_id + 1", "charge_id is not null"),
        put("ledger_entry", "appointment_id = appointment_id + 1", "charge_id is not null"),
    ),
    "ledger_entry: L13": tuple(
        put("ledger_entry", change, "entry_type = 'fee'")
        for change in ("amount_cents = 900000", "payer_code = 'commercial'", "claim_status = 'paid'")
    ),
    "ledger_entry: CB1": (
        put("ledger_entry", "created_by = 'billing'", "method = 'cash'"),
        put("ledger_entry", "method = 'check'", f"created_by <> 'front_desk' and {PAID_THAT_DAY}"),
        put("ledger_entry", "method = 'check', created_by = 'front_desk'", PAID_LATER),
        put("ledger_entry", "created_by = 'system'", "entry_type = 'insurance_payment'"),
    ),
    "ledger_entry: L15r": (
        "update ledger_entry set method = 'cash' where method = 'card' and entry_type = 'client_payment'",
        f"update ledger_entry set method = 'check' where {PAID_THAT_DAY}",
    ),
    "ledger_entry: T14": (
        put("ledger_entry", f"posted_at = {LONG_AGO}", "charge_id is not null"),
        put("ledger_entry", f"posted_at = {LONG_AGO}", "entry_type = 'charge'"),
    ),
    "ledger_entry: L13m": (
        "update client set payer_code = 'medicaid'",
        "update client set secondary_payer_code = 'medicaid'",
    ),
    "ledger_entry: L15": (
        put("ledger_entry", "method = null", "method is not null"),
        put("ledger_entry", "adjustment_reason = null", "adjustment_reason is not null"),
    ),
    "ledger_entry: L7": (
        put("ledger_entry", "payer_code = null", "entry_type = 'insurance_payment'"),
        put(
            "ledger_entry",
            "payer_code = 'other'",
            f"payer_code = 'commercial' and {payer('commercial')} "
            "and client_id not in (select id from client where secondary_payer_code is not null)",
        ),
        f"update client set coverage_from = date '2027-01-01' where id = {INSURED}",
        f"update client set coverage_to = date '1990-01-01' where id = {INSURED}",
    ),
    "ledger_entry: L8a": tuple(
        put("ledger_entry", change, "claim_status is not null")
        for change in (
            "allowed_cents = null",
            "client_due_cents = allowed_cents + 1",
            "allowed_cents = amount_cents + 1",
            "entry_type = 'fee'",
        )
    ),
    "ledger_entry: L12": (
        put("ledger_entry", "entry_type = 'insurance_payment'", payer("self_pay")),
        put("ledger_entry", "claim_status = 'paid'", f"entry_type = 'charge' and {payer('self_pay')}"),
        put("ledger_entry", "entry_type = 'client_payment', amount_cents = -900", payer("medicaid")),
    ),
}
COMMON = {
    f"{entity.name}: {rule}": tuple(f"update {entity.name} set {change}" for change in changes)
    for entity in MODEL.entities
    for rule, changes in {
        "T11": (
            "created_at = if(deleted_at is null, updated_at + interval 1 hour, created_at)",
            "deleted_at = created_at - interval 1 hour",
        ),
        "T10": tuple(f"{column} = {LATER}" for column in ("created_at", "updated_at", "deleted_at")),
    }.items()
}
BROKEN = ORGANIZATION | CLIENTS | APPOINTMENTS | NOTES | LEDGER | COMMON
IMPLIED = {("provider: C3s", 2), ("client: C9r", 0)}
"""Ways that another way of the rule finds too: nobody is their own supervisor or guardian."""
