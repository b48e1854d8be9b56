"""Changes of one value that break a declared rule, for rows that an importer must refuse."""

from __future__ import annotations

from dataclasses import dataclass

DAY = "date '{as_of}'"


@dataclass(frozen=True)
class Breaker:
    """A value, as SQL on a row that `fits`, that breaks a rule of its entity when it is all that is changed."""

    entity: str
    rule: str
    column: str
    value: str
    fits: str = "true"


BREAKERS = (
    Breaker("provider", "T3d", "termination_date", "hire_date - 1"),
    Breaker("client", "T1", "dob", f"{DAY} + 366"),
    Breaker("client", "T10c", "intake_date", f"{DAY} + 1"),
    Breaker("client", "T12d", "date_of_death", "intake_date", "date_of_death is null"),
    Breaker("client", "C9g", "guardian_name", "null", "guarantor = 'guardian'"),
    Breaker("client", "C9r", "guardian_id", "id", "guardian_id is null"),
    Breaker("client", "L7m", "coverage_to", "coverage_from - 1", "coverage_from is not null"),
    Breaker("client", "L5", "balance_cents", "balance_cents + 1"),
    Breaker("appointment", "T5", "end_at", "start_at - interval 1 hour"),
    Breaker("appointment", "T4", "booked_at", "start_at + interval 1 hour"),
    Breaker("appointment", "S7", "start_local", "'2026-02-30 10:00'"),
    Breaker("appointment", "T8", "cancelled_by", "null", "cancelled_by is not null"),
    Breaker("appointment", "S9", "telehealth_url", "null", "modality = 'video'"),
    Breaker("note", "T9", "created_at", "session_start - interval 1 day", "session_start is not null"),
    Breaker("note", "T9s", "signed_at", "created_at - interval 1 hour", "signed_at is not null"),
    Breaker("note", "C2", "signed_by", "null", "signed_at is not null"),
    Breaker("note", "C6", "session_stop", "session_start - interval 1 hour", "session_start is not null"),
    Breaker(
        "note",
        "R3",
        "client_id",
        "(select max(c.id) from client c where c.tenant_id = this.tenant_id and c.id <> this.client_id)",
        "appointment_id is not null",
    ),
    Breaker("ledger_entry", "L1", "amount_cents", "-amount_cents", "reverses_id is null and entry_type <> 'transfer'"),
    Breaker("ledger_entry", "L15", "method", "null", "method is not null"),
    Breaker("ledger_entry", "L2c", "charge_id", "null", "charge_id is not null"),
    Breaker("ledger_entry", "T14e", "created_at", "posted_at - interval 1 day"),
)
