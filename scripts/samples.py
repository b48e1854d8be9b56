"""Notes, histories, calendars, ledgers and claims from the visit to the balance, printed to be read by a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qaseed.generation import generate
from qaseed.profiles import PROFILES

CLAIMS = 20
LINES = {
    "client": """
        select c.first_name, c.last_name, c.dob, c.payer_code, p.payer_id, p.plan_type, p.member_id,
            p.insured_relation || ' of ' || p.insured_name, 'covered from', p.effective_on, p.ended_on
        from claim l
        join client c on (c.tenant_id, c.id) = (l.tenant_id, l.client_id)
        join insurance_policy p on (p.tenant_id, p.id) = (l.tenant_id, l.policy_id)
        where l.id = $claim
    """,
    "visit": """
        select a.start_local, a.timezone, a.duration_min || ' min', a.appointment_type, a.service_code, a.modality,
            a.status, p.last_name || ', ' || p.credentials
        from claim l
        join appointment a on (a.tenant_id, a.id) = (l.tenant_id, l.appointment_id)
        join provider p on (p.tenant_id, p.id) = (a.tenant_id, a.provider_id)
        where l.id = $claim
    """,
    "note": """
        select n.note_type, n.status, 'signed', timezone(t.timezone, n.signed_at)
        from claim l
        join tenant t on t.tenant_id = l.tenant_id
        join note n on (n.tenant_id, n.appointment_id) = (l.tenant_id, l.appointment_id)
        where l.id = $claim
    """,
    "claim": """
        select claim_no, 'frequency', frequency, priority, status, tax_ref, 'billed by', billing_npi, 'seen by',
            rendering_npi, taxonomy, dx_code, 'POS', pos_code
        from claim where id = $claim
    """,
    "line": """
        select line_no, service_code, modifier, total_cents / 100, 'allowed', allowed_cents / 100, 'client',
            client_due_cents / 100, 'paid', paid_cents / 100
        from claim_line where claim_id = $claim order by line_no
    """,
    "history": """
        select timezone(t.timezone, moment), what
        from (
            select tenant_id, posted_at as moment, 1 as rank, concat_ws(' ', 'ledger:', entry_type, amount_cents / 100,
                method, adjustment_reason, claim_status) as what
            from ledger_entry
            where coalesce(charge_id, id) = (select charge_id from claim where id = $claim)
            union all
            select e.tenant_id, occurred_at, 0, concat_ws(' ', 'claim:', event_type, denial_reason,
                e.amount_cents / 100, 'in ' || trace_no, 'with ' || (payment_count - 1) || ' more')
            from claim_event e
            left join payment_batch b on (b.tenant_id, b.id) = (e.tenant_id, e.batch_id)
            where e.claim_id = $claim
        )
        join tenant t using (tenant_id)
        order by moment, rank
    """,
    "balance": """
        select c.balance_cents / 100, 'of it for this visit', sum(l.amount_cents) / 100
        from claim m
        join client c on (c.tenant_id, c.id) = (m.tenant_id, m.client_id)
        join ledger_entry l on l.tenant_id = m.tenant_id and coalesce(l.charge_id, l.id) = m.charge_id
        where m.id = $claim
        group by c.balance_cents
    """,
}
"""What is printed of a claim: a query for each line, or each of several."""


def show_claims(folder: Path) -> None:
    """Twenty claims of `load_test`, each from the visit to the balance."""
    with generate(PROFILES["load_test"].vary(tables="full"), folder / "walk").snapshot.catalog() as tables:
        for (claim,) in tables.execute("select id from claim order by hash(id) limit $1", [CLAIMS]).fetchall():
            print()
            for name, query in LINES.items():
                for row in tables.execute(query, {"claim": claim}).fetchall():
                    print(f"  {name:<9}" + "  ".join(_text(part) for part in row if part is not None))


def _text(part: Any) -> str:
    return f"{part:.2f}" if isinstance(part, float) else str(part)


def show_sample(folder: Path) -> None:
    """Sixty notes of all kinds, three clients' histories, a provider's calendar and two ledgers, for a person."""
    with generate("load_test", folder / "sample").snapshot.catalog() as tables:
        print("\nNOTES")
        _print_notes(tables, _SIXTY)
        for nth in range(3):
            print(f"\nHISTORY {nth + 1}")
            _print_notes(tables, _HISTORY.format(nth=nth))
        print("\nONE PROVIDER'S CALENDAR")
        for row in tables.execute(_CALENDAR).fetchall():
            print("  " + "  ".join(str(part) for part in row))
        for nth in range(2):
            print(f"\nLEDGER {nth + 1}")
            for row in tables.execute(_LEDGER.format(nth=nth)).fetchall():
                print(
                    f"  {row[0]}  {row[1]}  {row[2]:<18}{row[3]:<11}{row[4]:>9.2f}  "
                    f"{row[5]:<11}{row[6]:<6}{row[7]:<10}{row[8]:<22}{row[9]:>9.2f}"
                )


_NOTE = """
    select
        n.note_type, a.start_local, a.appointment_type, a.modality, n.status, 'risk ' || n.risk_level,
        'PHQ-9 ' || n.phq9, n.subjective, n.objective, n.assessment, n.plan
    from note n
    left join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
"""
_SIXTY = f"""
    {_NOTE}
    where n.subjective is not null
    qualify row_number() over (
        partition by n.note_type, a.appointment_type, n.risk_level in ('moderate', 'high') order by hash(n.id)
    ) <= 4
    order by n.note_type, a.appointment_type, hash(n.id)
    limit 60
"""
_HISTORY = f"""
    {_NOTE}
    where n.client_id = (
        select client_id from note where note_type = 'intake'
        and client_id in (select client_id from note group by all having count(*) between 6 and 9)
        group by client_id order by hash(client_id) limit 1 offset {{nth}}
    )
    order by n.created_at
"""
_CALENDAR = """
    select
        strftime(start_local[:10]::date, '%a'), a.start_local, a.duration_min, c.first_name || ' ' || c.last_name,
        a.appointment_type, a.modality, a.status, coalesce(a.room, '')
    from appointment a
    join client c on c.tenant_id = a.tenant_id and c.id = a.client_id
    where a.provider_id = (
        select provider_id from appointment where start_local[:10] between '2026-10-05' and '2026-10-30'
        group by all order by count(*) desc, 1 limit 1
    )
    and a.start_local >= '2026-10-05'
    order by a.start_at
    limit 20
"""
_LEDGER = """
    select
        l.posted_at::date, l.service_date, l.entry_type, coalesce(l.service_code, ''), l.amount_cents / 100,
        coalesce(l.payer_code, ''), coalesce(l.method, ''), coalesce(l.claim_status, ''),
        coalesce(l.denial_reason, l.adjustment_reason, ''),
        sum(l.amount_cents) over (order by l.posted_at, l.id) / 100
    from ledger_entry l
    where l.client_id = (
        select client_id from ledger_entry where denial_reason is not null
        group by all order by count(*) desc, 1 limit 1 offset {nth}
    )
    order by l.posted_at, l.id
"""


def _print_notes(tables: Any, sql: str) -> None:
    for row in tables.execute(sql).fetchall():
        head = " ".join(str(part) for part in row[:7] if part)
        print(f"\n[{head}]\n" + "\n".join(f"  {part}" for part in row[7:] if part))
