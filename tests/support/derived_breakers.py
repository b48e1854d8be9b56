"""Changes that break the rules of derived tables: for each rule one change for each way to break it."""

from __future__ import annotations


def one(table: str, change: str, where: str = "true") -> str:
    """Change the first row of a table for which the condition holds."""
    row = f"select id from {table} t where {where} order by id limit 1"
    return f"update {table} set {change} where id = ({row})"


def delete(table: str, where: str = "true") -> str:
    """Delete the first row of a table for which the condition holds."""
    return f"delete from {table} where id = (select id from {table} where {where} order by id limit 1)"


_MEDICAID_ANSWERED = "priority = 'secondary' and status in ('paid', 'processed') and payer_code = 'medicaid'"
_WITHOUT_SUPERVISOR = "provider_id in (select id from provider where supervisor_id is null)"
_SECOND_LINE = "claim_id in (select claim_id from claim_line where line_no = 2)"

FEDERAL_HOLIDAYS = (
    *("2026-01-19", "2026-02-16", "2026-05-25", "2026-09-07", "2026-10-12", "2026-11-26"),
    *("2026-01-01", "2026-06-19", "2025-07-04", "2026-11-11", "2026-12-25"),
)
"""A year's holidays of the Federal Reserve as it publishes them, none on a weekend; a Saturday's is not kept."""
KEPT_ON_MONDAY = ("2023-01-02", "2022-06-20", "2027-07-05", "2029-11-12", "2022-12-26")

BROKEN: dict[str, tuple[str, ...]] = {
    "user_account: UA1": ("delete from user_account where role = 'billing'",),
    "user_account: UA2": (
        one("user_account", "provider_id = (select min(id) from provider)", "role = 'admin'"),
        one("user_account", "location_id = null", "role = 'front_desk'"),
        one("user_account", "first_name = first_name || 'x'", "role = 'clinician'"),
        one("user_account", "last_name = last_name || 'x'", "role = 'clinician'"),
        one("user_account", "email = 'x' || email", "role = 'clinician'"),
        one("user_account", "first_name = 'Ada'", "role = 'system'"),
    ),
    "user_account: UA3": (delete("user_account", "role = 'clinician'"),),
    "user_account: UA4": (
        one("user_account", "created_at = last_login_at + interval 1 day", "role = 'billing'"),
        one("user_account", "last_login_at = updated_at + interval 1 day", "role = 'billing'"),
        one("user_account", "last_login_at = null", "role = 'billing'"),
    ),
    "insurance_policy: P1": (one("insurance_policy", "ended_on = effective_on - 1"),),
    "insurance_policy: P2": (one("insurance_policy", "ended_on = ended_on + 400", "status = 'replaced'"),),
    "insurance_policy: P3": (one("insurance_policy", "plan_type = plan_type || 'x'", "status = 'in_force'"),),
    "insurance_policy: P4": (delete("insurance_policy", "priority = 'secondary'"),),
    "insurance_policy: P5": (
        one(
            "insurance_policy",
            "insured_relation = 'child'",
            "(select dob < date '1990-01-01' from client c where (c.tenant_id, c.id) = (t.tenant_id, t.client_id))",
        ),
        one(
            "insurance_policy",
            "insured_relation = 'spouse'",
            "(select dob > date '2010-01-01' from client c where (c.tenant_id, c.id) = (t.tenant_id, t.client_id))",
        ),
        one(
            "insurance_policy",
            "insured_relation = 'spouse'",
            "(select dob < date '1990-01-01' and marital_status = 'single' from client c "
            "where (c.tenant_id, c.id) = (t.tenant_id, t.client_id))",
        ),
        one("insurance_policy", "insured_name = 'Ada Other'", "insured_relation = 'self'"),
    ),
    "insurance_policy: P6": (
        one("insurance_policy", "status = 'lapsed'", "status = 'in_force'"),
        one("insurance_policy", "end_reason = 'nonpayment'", "ended_on is null"),
        one("insurance_policy", "end_reason = 'nonpayment'", "status = 'replaced'"),
    ),
    "insurance_policy: P6r": (one("insurance_policy", "ended_on = ended_on - 1", "status = 'replaced'"),),
    "claim: CL1": (delete("claim", "priority = 'primary'"),),
    "claim: CL1n": (one("claim", "claim_no = replace(claim_no, '-2', '-1')"),),
    "claim: CL2": (
        one("claim", "client_id = client_id + 1"),
        one("claim", "appointment_id = appointment_id + 1"),
        one("claim", "service_date = service_date + 1"),
        one("claim", "total_cents = total_cents + 1"),
        one("claim", "allowed_cents = allowed_cents + 1"),
        one("claim", "client_due_cents = client_due_cents + 1"),
        one("claim", "status = 'appealed'", "status = 'paid' and priority = 'primary'"),
    ),
    "claim: CL3": (
        *(
            one("claim", f"{column} = {column} || 'x'")
            for column in ("payer_code", "payer_id", "plan_type", "member_id", "insured_relation")
        ),
        one("claim", "client_id = client_id + 1"),
        one("claim", "service_date = date '1990-01-01'"),
        "update insurance_policy set ended_on = date '2001-01-01' where id = (select min(policy_id) from claim)",
        one("claim", "priority = 'secondary'", "priority = 'primary'"),
    ),
    "claim: CL4": (
        one("claim", "provider_id = provider_id + 1"),
        one("claim", "rendering_npi = '9' || rendering_npi[2:]", _WITHOUT_SUPERVISOR),
        one("claim", "service_date = service_date + 1"),
    ),
    "claim: CL4d": (
        one("claim", "second_dx_code = null", "second_dx_code is not null"),
        one("claim", "second_dx_code = 'F99'", "second_dx_code is not null"),
    ),
    "claim: CL4s": (one("claim", "rendering_npi = '9' || rendering_npi[2:]", f"not ({_WITHOUT_SUPERVISOR})"),),
    "claim: CL5": (one("claim", "paid_cents = paid_cents + 1", "status = 'paid'"),),
    "claim: CL5d": (one("claim", "deductible_cents = client_due_cents + 1"),),
    "claim: CL6": (
        one("claim", "status = 'unbilled'", "status = 'submitted'"),
        one("claim", "submitted_at = timestamptz '2001-01-01 00:00:00+00'", "status = 'paid'"),
    ),
    "claim: CL6b": (
        one("claim", "submitted_at = date_trunc('week', submitted_at) + interval 140 hours", "status = 'paid'"),
        one(
            "claim",
            "submitted_at = make_timestamptz(year(submitted_at), 12, 25, 20, 0, 0)",
            "isodow(make_date(year(submitted_at), 12, 25)) < 6",
        ),
    ),
    "claim: CL5r": (
        one(
            "claim",
            "deductible_cents = 1",
            "charge_id in (select charge_id from ledger_entry where adjustment_reason = 'denied')",
        ),
    ),
    "claim: CL6f": (
        one(
            "claim",
            "submitted_at = submitted_at + interval 120 days",
            """priority = 'primary' and charge_id & 1099511627775 >= 1024 and charge_id in (
                select id from ledger_entry where claim_status = 'denied' and denial_reason <> 'late_filing'
            )""",
        ),
    ),
    "claim: CL6s": (one("claim", "submitted_at = submitted_at - interval 200 days", "priority = 'secondary'"),),
    "claim: CL5s": (one("claim", "client_due_cents = 1", _MEDICAID_ANSWERED),),
    "claim: CL5l": (one("claim", "paid_cents = paid_cents + 1", _MEDICAID_ANSWERED),),
    "claim: CL9": (one("claim", "allowed_cents = allowed_cents + 1", "payer_code = 'medicaid'"),),
    "claim_line: CL7": (one("claim_line", "paid_cents = paid_cents + 1", _SECOND_LINE),),
    "claim_line: CL8": (
        one("claim_line", "allowed_cents = total_cents + 1"),
        one("claim_line", "paid_cents = allowed_cents + 1"),
        one("claim_line", "client_due_cents = allowed_cents + 1"),
    ),
    "payment_batch: PB1": (one("payment_batch", "amount_cents = amount_cents + 1"),),
    "payment_batch: PB2": (
        one("payment_batch", "paid_on = paid_on - isodow(paid_on)::int"),
        *(one("payment_batch", f"paid_on = date '{day}'") for day in (*FEDERAL_HOLIDAYS, *KEPT_ON_MONDAY)),
    ),
    "claim_event: CE1": (one("claim_event", "amount_cents = amount_cents + 1", "event_type = 'paid'"),),
    "claim_event: CE2": (
        one("claim_event", "amount_cents = 1", "event_type = 'submitted'"),
        one("claim_event", "ledger_entry_id = null", "event_type = 'paid'"),
        one("claim_event", "amount_cents = -amount_cents", "event_type = 'paid'"),
        one(
            "claim_event",
            "ledger_entry_id = (select max(ledger_entry_id) from claim_event e where e.tenant_id = claim_event.tenant_id)",
            "event_type = 'paid'",
        ),
        one("claim_event", "batch_id = (select min(id) from payment_batch)", "event_type = 'submitted'"),
    ),
    "claim_event: CE3": (one("claim_event", "denial_reason = null", "event_type = 'denied'"),),
    "claim_event: CE4": (one("claim_event", "event_type = 'submitted'", "event_type = 'appealed'"),),
    "claim_event: CE5": (delete("claim_event", "event_type = 'paid'"),),
    "claim_event: T11v": ("update claim set updated_at = submitted_at where status = 'paid'",),
    "claim_event: T11c": ("update ledger_entry set updated_at = posted_at where claim_status = 'submitted'",),
    "claim_event: CE6": (
        one("claim_event", "occurred_at = occurred_at - interval 1 second", "batch_id is not null"),
        "update payment_batch set payer_id = 'QAP99' where id = (select min(batch_id) from claim_event)",
        (
            "update ledger_entry set posted_at = posted_at - interval 90 days "
            "where id = (select min(ledger_entry_id) from claim_event)"
        ),
    ),
    "diagnosis: DX1": (one("diagnosis", "rank = 4", "rank = 2"),),
    "diagnosis: DX2": (
        (
            "update diagnosis d set code = c.primary_dx from client c "
            "where (c.tenant_id, c.id) = (d.tenant_id, d.client_id) and d.rank = 2"
        ),
    ),
    "user_account: UA5": ("update user_account set last_login_at = last_login_at - interval 200 days",),
    "insurance_policy: P7": (
        "update insurance_policy set effective_on = effective_on - 1",
        "update insurance_policy set ended_on = ended_on - 1",
    ),
    "insurance_policy: P8": ("update insurance_policy set insured_name = 'Ada Other'",),
    "diagnosis: DX4": ("update diagnosis set diagnosed_on = date '2026-11-01'",),
    "medication: MD4": ("update medication set started_on = date '2026-11-01'",),
    "diagnosis: DX3": (
        one("diagnosis", "diagnosed_on = date '1990-01-01'"),
        one("diagnosis", "resolved_on = diagnosed_on - 1", "status = 'resolved'"),
        one("diagnosis", "status = 'resolved'", "status = 'active'"),
        one("diagnosis", "resolved_on = date '2090-01-01'", "status = 'resolved'"),
    ),
    "medication: MD1": (one("medication", "provider_id = (select min(id) from provider where not can_prescribe)"),),
    "medication: MD2": (
        one("medication", "started_on = date '1990-01-01'"),
        one("medication", "stopped_on = started_on - 1"),
        one("medication", "status = 'stopped'", "status = 'active'"),
        one("medication", "stopped_on = null", "client_id in (select id from client where status = 'discharged')"),
    ),
    "medication: MD5": (one("medication", "stop_reason = null", "status = 'stopped'"),),
    "medication: MD6": ("update medication set started_on = started_on - 200 where stop_reason is null",),
    "medication: MD7": (one("medication", "dose = '450 mg'", "stop_reason is null"),),
    "medication: MD9": ("update medication set started_on = started_on - 400",),
    "medication: MD8": (one("medication", "created_at = created_at - interval 1 day"),),
    "medication: MD3": (one("medication", "dose = 'some'"),),
    "availability_exception: AE1": (one("availability_exception", "end_at = start_at"),),
    "availability_exception: AE2": (
        (
            "update availability_exception e set start_at = a.start_at, end_at = a.end_at, provider_id = a.provider_id "
            "from appointment a where a.tenant_id = e.tenant_id and a.status = 'completed'"
        ),
    ),
    "availability_exception: AE3": (delete("availability_exception", "appointment_id is not null"),),
    "availability_exception: AE4": (
        one("availability_exception", "all_day = false", "all_day"),
        one("availability_exception", "provider_id = provider_id + 1", "not all_day"),
        one("availability_exception", "start_at = start_at - interval 1 minute", "not all_day"),
        "update appointment set cancelled_by = 'client' where cancelled_by = 'provider'",
    ),
}
"""By entity and rule."""
