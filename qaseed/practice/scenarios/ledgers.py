"""What is charged and settled, and who works there, in the third practice."""

from __future__ import annotations

from typing import Any

from qaseed.kinds import recipe
from qaseed.model import FixtureRow, Scenario
from qaseed.practice.generators import scenario_rows
from qaseed.practice.scenarios.fixtures import PRESCRIBER, STAFF, client, entry, insured, off, paid, provider, visit

# fmt: off

def _ledger(name: str, doc: str, slot: int, of: int, holds: str, *needs: FixtureRow, week: int = -14, status: str = "completed", **person: Any) -> Scenario:
    """A case of one client's account: found by the client, whose one visit is at the place given."""
    return Scenario(name, doc, "client", of, holds, (*STAFF, client(of, **person), visit(slot, of, week, status=status), *needs), tenants=(3,))


def _claim(slot: int, visit: int, **values: Any) -> FixtureRow:
    return entry(slot, "charge", at_visit=visit, at_claim=True, **{"claim_status": "paid", **values})


def _entries(condition: str) -> str:
    return f"(select {condition} from ledger_entry l where (l.tenant_id, l.client_id) = (s.tenant_id, s.id))"


ALONE: dict[str, Any] = {"payer_code": "self_pay", "copay_cents": None}
CHARGE, ALLOWED, COPAY = 190_00, 145_00, 25_00
PAYS = ALLOWED - COPAY
WRITTEN_OFF = -(CHARGE - ALLOWED)

LEDGERS = (
    Scenario(
        "credit_balance", "A client who paid ahead: the practice owes.", "client", 128, "s.balance_cents = -5000",
        (*STAFF, client(128, **ALONE), entry(0, "credit", at_client=128, amount_cents=-50_00, method="card", at_days=0)), tenants=(3,),
    ),
    _ledger(
        "denied_then_paid", "A claim that insurance denied, and paid after an appeal.", 40, 136,
        _entries("bool_or(l.claim_status = 'paid' and l.denial_reason is not null) and sum(l.amount_cents) = 0"),
        _claim(1, 40, denial_reason="authorization_missing"), paid(2, 1, 40, -COPAY, at_days=0), insured(3, 1, 40, -PAYS, at_days=100), off(4, "adjustment", 1, 40, WRITTEN_OFF, "contractual", at_days=100), week=-30,
    ),
    _ledger(
        "no_show_with_fee", "A missed visit, and a fee for it that is open.", 41, 144, _entries("count(*) = 1 and bool_and(l.entry_type = 'fee') and sum(l.amount_cents) = s.balance_cents"),
        entry(5, "fee", at_visit=41), status="no_show",
    ),
    _ledger(
        "no_show_fee_waived", "A missed visit whose fee was waived.", 42, 152, "s.balance_cents = 0 and " + _entries("bool_or(l.adjustment_reason = 'fee_waived')"),
        entry(6, "fee", at_visit=42), off(7, "write_off", 6, 42, recipe(scenario_rows.percent_off_charge, percent=100), "fee_waived"), status="no_show",
    ),
    _ledger(
        "zero_balance", "A claim settled to the cent by client, insurance and adjustment.", 43, 160, "s.balance_cents = 0 and " + _entries("count(*) = 4"),
        _claim(8, 43), paid(9, 8, 43, -COPAY, at_days=0), insured(10, 8, 43, -PAYS), off(11, "adjustment", 8, 43, WRITTEN_OFF, "contractual", at_days=40),
    ),
    _ledger("penny_residual", "One cent is left.", 44, 168, "s.balance_cents = 1", entry(12, "charge", at_visit=44), paid(13, 12, 44, 1 - CHARGE), **ALONE),
    _ledger(
        "refund", "Money that the client had paid ahead, and got back in part.", 45, 176, _entries("bool_or(l.entry_type = 'refund' and l.amount_cents = 3000) and sum(l.amount_cents) = -5000"),
        entry(14, "credit", at_client=176, amount_cents=-80_00, method="card", at_days=0), entry(15, "refund", at_client=176, amount_cents=30_00, method="card", at_days=10), **ALONE,
    ),
    _ledger(
        "reversal", "A check that bounced: the payment is taken back, and the charge open again.", 46, 184, f"s.balance_cents = {CHARGE} and " + _entries("bool_or(l.reverses_id is not null)"),
        entry(16, "charge", at_visit=46), paid(17, 16, 46, -CHARGE, method="check"), paid(18, 16, 46, CHARGE, method="check", at_days=14, reverses_id=recipe(scenario_rows.row_at, slot=17)), **ALONE,
    ),
    _ledger("bad_debt", "A charge that was written off after months.", 47, 192, _entries("bool_or(l.adjustment_reason = 'bad_debt') and sum(l.amount_cents) = 0"), entry(19, "charge", at_visit=47), off(20, "write_off", 19, 47, -CHARGE, "bad_debt", at_days=150), week=-30, **ALONE),
    _ledger(
        "secondary_payer", "Two insurances share a claim.", 48, 200, _entries("count(distinct l.payer_code) filter (l.entry_type = 'insurance_payment') = 2 and sum(l.amount_cents) = 0"),
        _claim(21, 48), paid(22, 21, 48, -COPAY, at_days=0), insured(23, 21, 48, -(PAYS - 20_00)), insured(24, 21, 48, -20_00, payer_code="other", at_days=60), off(25, "adjustment", 21, 48, WRITTEN_OFF, "contractual", at_days=40),
        secondary_payer_code="other",
    ),
    _ledger("split_payment", "A charge paid half by card and half in cash.", 49, 208 + 8, _entries("count(distinct l.method) = 2 and sum(l.amount_cents) = 0"), entry(26, "charge", at_visit=49), paid(27, 26, 49, -CHARGE // 2), paid(28, 26, 49, -CHARGE // 2, method="cash"), **ALONE),
    _ledger("huge_balance", "A charge of nearly a hundred thousand, open.", 50, 224, "s.balance_cents > 9000000", entry(29, "charge", at_visit=50, amount_cents=98_765_43), **ALONE),
    _ledger("sliding_scale", "A reduced fee, and the rest paid.", 51, 232, _entries("bool_or(l.adjustment_reason = 'sliding_scale') and sum(l.amount_cents) = 0"), entry(30, "charge", at_visit=51), off(31, "adjustment", 30, 51, recipe(scenario_rows.percent_off_charge, percent=40), "sliding_scale", at_days=0), paid(32, 30, 51, recipe(scenario_rows.percent_off_charge, percent=60)), **ALONE),
    Scenario(
        "payment_plan", "A charge paid in instalments, not yet in full.", "client", 25, _entries("count(*) filter (l.entry_type = 'client_payment') = 3 and sum(l.amount_cents) = 7000"),
        (*STAFF, client(25, **ALONE), visit(52, 25, -14), entry(33, "charge", at_visit=52), *(paid(34 + n, 33, 52, -40_00, at_days=10 + 25 * n) for n in range(3))), tenants=(3,),
    ),
    Scenario(
        "medicaid_copay", "A Medicaid client pays no more than 4.00.", "client", 33, _entries("min(l.amount_cents) filter (l.entry_type = 'client_payment') = -300"),
        (*STAFF, client(33, payer_code="medicaid", copay_cents=300), visit(53, 33, -14), _claim(37, 53, claim_status="submitted"), paid(38, 37, 53, -3_00, at_days=0)), tenants=(3,),
    ),
    Scenario(
        "provider_terminated", "A provider who left; the visits before stay.", "provider", 3,
        "s.termination_date is not null and exists (select 1 from appointment a where a.tenant_id = s.tenant_id and a.provider_id = s.id)",
        (*STAFF, provider(3, credentials="PsyD", termination_date=recipe(scenario_rows.days_before, days=60), accepts_new=False), client(41), visit(54, 41, -14, at_provider=3)), tenants=(3,),
    ),
    Scenario(
        "medication_visit", "A prescriber's visit.", "appointment", 55, "s.appointment_type = 'med_mgmt' and s.service_code = 'QA-EM4'",
        (*STAFF, PRESCRIBER, client(49), visit(55, 49, -3, at_provider=2, appointment_type="med_mgmt", service_code="QA-EM4")), tenants=(3,),
    ),
    Scenario("non_binary_client", "A client spoken of as they.", "client", 57, "s.pronouns = 'they/them'", (*STAFF, client(57, sex_at_birth="X", gender_identity="non_binary")), tenants=(3,)),
    Scenario("interpreter_needed", "A client who speaks Spanish and needs an interpreter.", "client", 65, "s.preferred_language = 'es' and s.interpreter_needed", (*STAFF, client(65, preferred_language="es", interpreter_needed=True)), tenants=(3,)),
)
