"""Accounts and staff of the third practice: what is charged, paid, reduced and reversed."""

from __future__ import annotations

from typing import Any

from qaseed.model import FixtureRow, Scenario
from qaseed.practice.scenarios.fixtures import (
    PRESCRIBER,
    STAFF,
    client,
    client_payment,
    days_before,
    id_at,
    insurance_payment,
    ledger_entry,
    percent_off,
    provider,
    reduction,
    staff_of,
    visit,
)
from qaseed.sql import literal, query

TENANTS = (3,)
SELF_PAY: dict[str, Any] = {"payer_code": "self_pay", "copay_cents": None}
CHARGE, ALLOWED, COPAY = 190_00, 145_00, 25_00
"""What an hour of therapy costs, what insurance allows for it, and what the client pays."""
INSURED = ALLOWED - COPAY
CONTRACTUAL = -(CHARGE - ALLOWED)
PAST = -14
"""The week of a visit whose account is settled by now."""


def _account(
    name: str,
    doc: str,
    visit_slot: int,
    slot: int,
    holds: str,
    *entries: FixtureRow,
    week: int = PAST,
    status: str = "completed",
    **values: Any,
) -> Scenario:
    """A case of the account of one client with one visit, found by the client."""
    needs = (*staff_of(slot), client(slot, **values), visit(visit_slot, slot, week, status=status), *entries)
    return Scenario(name, doc, "client", slot, holds, needs, tenants=TENANTS, also_in=(1,))


def _client(name: str, doc: str, slot: int, holds: str, *needs: FixtureRow, **values: Any) -> Scenario:
    """A case of one client, found by the client."""
    return Scenario(
        name,
        doc,
        "client",
        slot,
        holds,
        (*staff_of(slot), client(slot, **values), *needs),
        tenants=TENANTS,
        also_in=(1,),
    )


def _claim(slot: int, visit_slot: int, **values: Any) -> FixtureRow:
    """A charge with a claim, which insurance paid."""
    return ledger_entry(
        slot,
        "charge",
        at_visit=visit_slot,
        at_claim=True,
        **{"claim_status": "paid", "allowed_cents": ALLOWED, **values},
    )


def _charge(slot: int, visit_slot: int, **values: Any) -> FixtureRow:
    """A charge without a claim."""
    return ledger_entry(slot, "charge", at_visit=visit_slot, **values)


def _credit(slot: int, client_slot: int, cents: int) -> FixtureRow:
    """What a client pays ahead."""
    return ledger_entry(slot, "credit", at_client=client_slot, amount_cents=cents, method="card", at_days=0)


def _adjusted(slot: int, charge: int, visit_slot: int, days: int) -> FixtureRow:
    """The difference between the charge and what insurance allows."""
    return reduction(slot, "adjustment", charge, visit_slot, CONTRACTUAL, "contractual", at_days=days)


def _of_account(condition: str) -> str:
    """A condition on all entries `l` of the client."""
    return f"(select {condition} from ledger_entry l where (l.tenant_id, l.client_id) = (s.tenant_id, s.id))"


def _reduced_for(reason: str) -> str:
    """The condition that an entry takes something off for a reason."""
    return f"bool_or(l.adjustment_reason = {literal(reason)})"


LEDGERS = (
    _client(
        "credit_balance",
        "A client who paid ahead: the practice owes.",
        133,
        "s.balance_cents = -5000",
        _credit(0, 133, -50_00),
        **SELF_PAY,
    ),
    _account(
        "denied_then_paid",
        "A claim that insurance denied, and paid after an appeal.",
        240,
        141,
        _of_account("bool_or(l.claim_status = 'paid' and l.denial_reason is not null) and sum(l.amount_cents) = 0"),
        _claim(1, 240, denial_reason="authorization_missing"),
        client_payment(2, 1, 240, -COPAY, at_days=0),
        insurance_payment(3, 1, 240, -INSURED, at_days=100),
        _adjusted(4, 1, 240, days=100),
        week=-30,
    ),
    _account(
        "no_show_with_fee",
        "A missed visit, and a fee for it that is open.",
        241,
        149,
        _of_account("count(*) = 1 and bool_and(l.entry_type = 'fee') and sum(l.amount_cents) = s.balance_cents"),
        ledger_entry(5, "fee", at_visit=241),
        status="no_show",
    ),
    _account(
        "no_show_fee_waived",
        "A missed visit whose fee was waived.",
        242,
        157,
        f"s.balance_cents = 0 and {_of_account(_reduced_for('fee_waived'))}",
        ledger_entry(6, "fee", at_visit=242),
        reduction(7, "write_off", 6, 242, percent_off(100), "fee_waived"),
        status="no_show",
    ),
    _account(
        "zero_balance",
        "A claim settled to the cent by client, insurance and adjustment.",
        243,
        165,
        f"s.balance_cents = 0 and {_of_account('count(*) = 4')}",
        _claim(8, 243),
        client_payment(9, 8, 243, -COPAY, at_days=0),
        insurance_payment(10, 8, 243, -INSURED),
        _adjusted(11, 8, 243, days=40),
    ),
    _account(
        "penny_residual",
        "One cent is left.",
        244,
        173,
        "s.balance_cents = 1",
        _charge(12, 244),
        client_payment(13, 12, 244, 1 - CHARGE),
        **SELF_PAY,
    ),
    _account(
        "refund",
        "Money that the client had paid before Medicaid covered it, and got back in part.",
        245,
        181,
        _of_account("bool_or(l.entry_type = 'refund' and l.amount_cents = 3000) and sum(l.amount_cents) = -5000"),
        _credit(14, 181, -80_00),
        ledger_entry(15, "refund", at_client=181, amount_cents=30_00, method="card", at_days=10),
        payer_code="medicaid",
        copay_cents=400,
    ),
    _account(
        "reversal",
        "A check that bounced: the payment is taken back, and the charge open again.",
        246,
        189,
        f"s.balance_cents = {CHARGE} and {_of_account('bool_or(l.reverses_id is not null)')}",
        _charge(16, 246),
        client_payment(17, 16, 246, -CHARGE, method="check"),
        client_payment(18, 16, 246, CHARGE, method="check", at_days=14, reverses_id=id_at(17)),
        **SELF_PAY,
    ),
    _account(
        "bad_debt",
        "A charge that was written off after months.",
        247,
        197,
        _of_account(f"{_reduced_for('bad_debt')} and sum(l.amount_cents) = 0"),
        _charge(19, 247),
        reduction(20, "write_off", 19, 247, -CHARGE, "bad_debt", at_days=150),
        week=-30,
        **SELF_PAY,
    ),
    _account(
        "secondary_payer",
        "Two insurances share a claim.",
        248,
        205,
        _of_account(
            "count(distinct l.payer_code) filter (l.entry_type = 'insurance_payment') = 2 and sum(l.amount_cents) = 0"
        ),
        _claim(21, 248, client_due_cents=COPAY + 20_00),
        client_payment(22, 21, 248, -COPAY, at_days=0),
        insurance_payment(23, 21, 248, -(INSURED - 20_00)),
        insurance_payment(24, 21, 248, -20_00, payer_code="other", at_days=60),
        _adjusted(25, 21, 248, days=40),
        secondary_payer_code="other",
    ),
    _account(
        "split_payment",
        "A charge paid half by card and half in cash.",
        249,
        221,
        _of_account("count(distinct l.method) = 2 and sum(l.amount_cents) = 0"),
        _charge(26, 249),
        client_payment(27, 26, 249, -CHARGE // 2),
        client_payment(28, 26, 249, -CHARGE // 2, method="cash"),
        **SELF_PAY,
    ),
    _account(
        "huge_balance",
        "A charge of nearly a hundred thousand, open.",
        250,
        229,
        "s.balance_cents > 9000000",
        _charge(29, 250, amount_cents=98_765_43),
        **SELF_PAY,
    ),
    _account(
        "sliding_scale",
        "A reduced fee, and the rest paid.",
        251,
        237,
        _of_account(f"{_reduced_for('sliding_scale')} and sum(l.amount_cents) = 0"),
        _charge(30, 251),
        reduction(31, "adjustment", 30, 251, percent_off(40), "sliding_scale", at_days=0),
        client_payment(32, 30, 251, percent_off(60)),
        **SELF_PAY,
    ),
    _client(
        "payment_plan",
        "A charge paid in instalments, not yet in full.",
        30,
        _of_account("count(*) filter (l.entry_type = 'client_payment') = 3 and sum(l.amount_cents) = 7000"),
        visit(252, 30, PAST),
        _charge(33, 252),
        *(client_payment(34 + n, 33, 252, -40_00, at_days=10 + 25 * n) for n in range(3)),
        **SELF_PAY,
    ),
    _client(
        "medicaid_copay",
        "A Medicaid client pays no more than 4.00.",
        38,
        _of_account("min(l.amount_cents) filter (l.entry_type = 'client_payment') = -300"),
        visit(253, 38, PAST),
        _claim(37, 253, claim_status="submitted"),
        client_payment(38, 37, 253, -3_00, at_days=0),
        payer_code="medicaid",
        copay_cents=300,
    ),
    _account(
        "take_back",
        "A claim that insurance paid, and took back after two months.",
        256,
        78,
        f"s.balance_cents = {CHARGE} and {_of_account('count(*) filter (l.reverses_id is not null) = 1')}",
        _claim(43, 256, claim_status="submitted"),
        insurance_payment(44, 43, 256, -INSURED, at_days=20),
        insurance_payment(45, 43, 256, INSURED, at_days=80, reverses_id=id_at(44)),
        week=-30,
    ),
    _account(
        "unapplied_payment",
        "Money that settles no charge, while a charge is open.",
        257,
        86,
        f"s.balance_cents = {CHARGE - 50_00} and {_of_account('count(*) = 2 and count(l.charge_id) = 0')}",
        _charge(46, 257),
        _credit(47, 86, -50_00),
        **SELF_PAY,
    ),
    _client(
        "coverage_lapsed",
        "A client whose coverage ended between two visits.",
        94,
        """
            (
                select min(a.start_local[:10]::date) < s.coverage_to and max(a.start_local[:10]::date) > s.coverage_to
                from appointment a
                where (a.tenant_id, a.client_id) = (s.tenant_id, s.id)
            )
        """,
        visit(258, 94, PAST),
        visit(259, 94, -2),
        coverage_to=days_before(60),
    ),
    Scenario(
        "provider_terminated",
        "A provider who left; the visits before stay.",
        "provider",
        4,
        query("""
            s.termination_date is not null
            and exists (select 1 from appointment a where a.tenant_id = s.tenant_id and a.provider_id = s.id)
        """),
        (
            *STAFF,
            provider(4, credentials="PsyD", termination_date=days_before(60), accepts_new=False),
            client(46),
            visit(254, 46, PAST, at_provider=4),
        ),
        tenants=TENANTS,
        also_in=(1,),
    ),
    Scenario(
        "medication_visit",
        "A prescriber's visit.",
        "appointment",
        255,
        "s.appointment_type = 'med_mgmt' and s.service_code = 'QA-EM4'",
        (
            *STAFF,
            PRESCRIBER,
            client(54),
            visit(255, 54, -3, at_provider=2, appointment_type="med_mgmt", service_code="QA-EM4"),
        ),
        tenants=TENANTS,
        also_in=(1,),
    ),
    _client(
        "non_binary_client",
        "A client spoken of as they.",
        62,
        "s.pronouns = 'they/them'",
        sex_at_birth="X",
        gender_identity="non_binary",
    ),
    _client(
        "interpreter_needed",
        "A client who speaks Spanish and needs an interpreter.",
        70,
        "s.preferred_language = 'es' and s.interpreter_needed",
        ethnicity="hispanic",
        preferred_language="es",
        interpreter_needed=True,
    ),
)
