"""What else is true of scenarios in a snapshot with all tables; they are at the same rows as in any other."""

from __future__ import annotations

from dataclasses import replace

from qaseed.model import Scenario
from qaseed.sql import query

_CLAIMS = "from claim c where (c.tenant_id, c.client_id) = (s.tenant_id, s.id)"

ALSO = {
    "denied_then_paid": f"""
        (
            select list(e.event_type order by e.nth) = ['submitted', 'denied', 'appealed', 'paid']
            from claim_event e
            where e.claim_id in (select c.id {_CLAIMS})
        )
    """,
    "secondary_payer": f"""
        (select list(c.paid_cents order by c.priority) = [10000, 2000] {_CLAIMS})
    """,
    "zero_balance": f"""
        (select bool_and(c.status = 'paid' and c.paid_cents + c.client_due_cents = c.allowed_cents) {_CLAIMS})
    """,
    "minor_with_guardian": """
        exists (
            select 1
            from insurance_policy p
            where (p.tenant_id, p.client_id) = (s.tenant_id, s.id)
            and p.insured_relation = 'child' and p.insured_name = s.guardian_name
        )
    """,
    "provider_terminated": """
        exists (
            select 1
            from user_account u
            where (u.tenant_id, u.provider_id) = (s.tenant_id, s.id) and u.status = 'disabled'
        )
    """,
}
"""By the scenario's name: a condition on its row `s`."""


def with_derived_rows(scenarios: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
    """The scenarios, those above with what is true of derived rows too."""
    return tuple(
        replace(case, holds=f"({case.holds}) and {query(ALSO[case.name])}") if case.name in ALSO else case
        for case in scenarios
    )
