"""What is charged, and what settles it, to the cent."""

from __future__ import annotations

from qaseed import recipes
from qaseed.kinds import always, cents, choice, date, entity, instant, key, number, recipe, ref, tenant, text
from qaseed.model import NOW, TODAY, UUID, Rule
from qaseed.practice.generators import apportionment, billing
from qaseed.practice.shared import ROWS_OF_EVERY_KIND, marks

# fmt: off

CHARGES = "('charge', 'fee')"
SETTLES = "('client_payment', 'insurance_payment', 'adjustment', 'write_off')"


def _settled(kind: str) -> str:
    """What entries of a kind take off a charge, as a positive amount."""
    return f"-coalesce(sum(s.amount_cents) filter (s.entry_type = '{kind}'), 0)"


LEDGER_ENTRY = entity(
    "ledger_entry",
    "A line of a client's account: a charge or fee, what settles it, or a credit and what becomes of it.",
    dict(
        id=key(),
        tenant_id=tenant(),
        client_id=ref("client", "Whose account.", billing.client),
        appointment_id=ref("appointment", "The visit that was charged; none for credits and refunds.", billing.visit, nullable=True),
        charge_id=ref("ledger_entry", "The charge that it settles; none for a charge or credit.", billing.charge, nullable=True),
        reverses_id=ref("ledger_entry", "The entry that it takes back.", always(None), nullable=True),
        entry_type=choice("What it is.", billing.ENTRY_TYPES, billing.entry_type),
        amount_cents=cents("Positive where the client owes more, negative where less.", billing.amount),
        currency=choice("The practice's.", ("USD",), always("USD"), default="USD"),
        service_date=date("Local day of the visit; of posting without one.", billing.service_date, default=TODAY),
        service_code=choice("The visit's service, or a fee for a missed one.", billing.CODES, billing.service_code, nullable=True),
        modifier=choice("Our own mark of telehealth, on charges.", ("VID", "TEL"), billing.modifier, nullable=True),
        units=number("How many of the service.", always(1), 1, 99, default=1),
        pos_code=choice("Place of service of the visit.", ("11", "10", "02"), billing.pos_code, nullable=True),
        dx_pointers=choice("Which diagnoses, on charges.", ("A", "AB"), billing.dx_pointers, nullable=True),
        posted_at=instant("When it was posted.", billing.posted_at, default=NOW),
        method=choice("How a payment was made.", ("card", "check", "cash", "eft"), billing.method, nullable=True),
        payer_code=choice("The insurance concerned, the client's own.", billing.PAYERS, billing.payer, nullable=True),
        claim_status=choice("Where the claim for a charge stands.", ("unbilled", "submitted", "paid", "denied", "appealed"), billing.claim_status, nullable=True),
        allowed_cents=cents("What insurance allows of a claimed charge.", billing.allowed, minimum=0, nullable=True),
        client_due_cents=cents("The client's part of that.", billing.client_due, minimum=0, nullable=True),
        denial_reason=choice("Why the claim was denied at first, in words of our own.", tuple(billing.DENIALS), billing.denial_reason, nullable=True),
        adjustment_reason=choice("Why an amount was taken off.", ("contractual", "sliding_scale", "courtesy", "fee_waived", "denied", "bad_debt", "small_balance"), billing.adjustment_reason, nullable=True),
        reference=text("Unique in the practice.", billing.ledger_ref, unique=True, phi="account", safe="record", default=UUID),
        **marks(recipe(recipes.same, of="posted_at"), "billing"),
    ),
    (
        *ROWS_OF_EVERY_KIND,
        Rule("R3", "an entry and its visit have the same client", "client_id <> appointment.client_id"),
        Rule("L1", "charges, fees and refunds are positive, what settles them and credits negative, in the practice's currency", "(reverses_id is null and entry_type <> 'transfer' and (entry_type in ('charge', 'fee', 'refund')) <> (amount_cents > 0)) or currency <> tenant.currency"),
        Rule("L14", "no entry is zero", "amount_cents = 0"),
        Rule("L2", "only completed visits are charged, only missed or late cancelled ones bear a fee, for what was done on the day", "(entry_type = 'charge' and (appointment.status is distinct from 'completed' or service_code is distinct from appointment.service_code)) or (entry_type = 'fee' and (appointment.status is null or appointment.status not in ('no_show', 'late_cancelled') or service_code is distinct from if(appointment.status = 'no_show', 'QA-NS', 'QA-LC'))) or service_date <> appointment.start_local[:10]::date"),
        Rule("L2c", "charges, fees, credits and refunds stand alone, anything else settles a charge", f"(entry_type in ({', '.join(repr(kind) for kind in ('charge', 'fee', 'credit', 'refund', 'transfer'))})) <> (charge_id is null) or charge.entry_type not in {CHARGES} or charge.client_id <> client_id or charge.appointment_id is distinct from if(charge_id is null, charge.appointment_id, appointment_id)"),
        Rule(
            "L3", "a visit is charged once",
            select=f"""select tenant_id, max(id) from ledger_entry where entry_type in {CHARGES} and reverses_id is null
                group by tenant_id, appointment_id having count(*) > 1""",
        ),
        Rule(
            "L4", "what settles a charge is never more than the charge",
            select="""select c.tenant_id, c.id from ledger_entry c join ledger_entry s on s.tenant_id = c.tenant_id and s.charge_id = c.id
                group by c.tenant_id, c.id, c.amount_cents having sum(s.amount_cents) + c.amount_cents < 0""",
        ),
        Rule(
            "L4c", "credits are used up at most, by refunds and transfers",
            select="""select tenant_id, max(id) from ledger_entry where entry_type in ('credit', 'refund', 'transfer')
                group by tenant_id, client_id having sum(amount_cents) > 0""",
        ),
        Rule("L7", "insurance is the client's own and covered them on the day; whoever pays alone has none", "(entry_type = 'insurance_payment' or payer_code is not null or claim_status is not null) and (payer_code is null or payer_code not in (client.payer_code, coalesce(client.secondary_payer_code, client.payer_code)) or service_date < client.coverage_from or service_date > client.coverage_to)"),
        Rule(
            "L8", "a paid claim: allowed is the charge less the contractual adjustment, and insurance and the client's part make it up",
            select=f"""select c.tenant_id, c.id from ledger_entry c join ledger_entry s on s.tenant_id = c.tenant_id and s.charge_id = c.id
                where c.claim_status = 'paid' group by c.tenant_id, c.id, c.amount_cents, c.allowed_cents, c.client_due_cents
                having c.allowed_cents + {_settled('adjustment')} <> c.amount_cents or {_settled('insurance_payment')} + c.client_due_cents <> c.allowed_cents""",
        ),
        Rule("L8a", "claims, and only they, have an allowed amount", "(claim_status is null) <> (allowed_cents is null) or client_due_cents > allowed_cents or allowed_cents > amount_cents or (claim_status is not null and entry_type <> 'charge')"),
        Rule(
            "L9", "a denied or appealed claim has a reason and no insurance payment; only a claim once denied has one",
            select="""select c.tenant_id, c.id from ledger_entry c left join ledger_entry s
                on s.tenant_id = c.tenant_id and s.charge_id = c.id and s.entry_type = 'insurance_payment' and s.reverses_id is null
                where (c.claim_status in ('denied', 'appealed') and (c.denial_reason is null or s.id is not null))
                or (c.denial_reason is not null and coalesce(c.claim_status in ('unbilled', 'submitted'), true))""",
        ),
        Rule(
            "L10", "refunds are at most what the client paid before",
            select="""select r.tenant_id, r.id from ledger_entry r where r.entry_type = 'refund' and r.amount_cents > (
                select coalesce(-sum(p.amount_cents), 0) from ledger_entry p where p.tenant_id = r.tenant_id and p.client_id = r.client_id
                and p.entry_type in ('client_payment', 'credit') and p.posted_at <= r.posted_at)""",
        ),
        Rule(
            "L11", "a reversal takes back one entry exactly: its type and charge, the opposite amount, later",
            select="""select r.tenant_id, r.id from ledger_entry r join ledger_entry o on o.tenant_id = r.tenant_id and o.id = r.reverses_id
                where r.amount_cents <> -o.amount_cents or r.entry_type <> o.entry_type or r.charge_id is distinct from o.charge_id or r.posted_at < o.posted_at
                union all select tenant_id, max(id) from ledger_entry where reverses_id is not null group by tenant_id, reverses_id having count(*) > 1""",
        ),
        Rule("L12", "whoever pays alone has no claims; a Medicaid client pays at most 4.00", "(client.payer_code = 'self_pay' and (entry_type = 'insurance_payment' or claim_status is not null)) or (client.payer_code = 'medicaid' and entry_type = 'client_payment' and amount_cents < -400)"),
        Rule("L13", "fees are at most the practice's, and never billed to insurance", "entry_type = 'fee' and (amount_cents > tenant.no_show_fee_cents or payer_code is not null or claim_status is not null)"),
        Rule("L15", "payments have a way they were made, amounts taken off a reason", "(entry_type in ('client_payment', 'insurance_payment', 'credit', 'refund')) <> (method is not null) or (entry_type in ('adjustment', 'write_off')) <> (adjustment_reason is not null)"),
        Rule("T14", "a charge is posted after the visit began, what settles it after the charge", "posted_at < charge.posted_at or (entry_type in ('charge', 'fee') and posted_at < appointment.start_at)"),
    ),
    blocks=recipe(apportionment.entry_offsets),
)
