"""The rules of ledger entries: what is charged and when, what settles it, and what insurance pays.

A rule that an entry can break in several ways lists each of them (`any_of`), so that a test can break each.
"""

from __future__ import annotations

from qaseed.model import Rule
from qaseed.practice.generators import billing, insurance, rates
from qaseed.practice.measures import ORDINARY
from qaseed.sql import any_of, literal, one_of, query

CHARGES = ("charge", "fee")
INCREASES = (*CHARGES, "refund")
WITHOUT_CHARGE = (*CHARGES, "credit", "refund", "transfer")
CREDIT_MOVEMENTS = ("credit", "refund", "transfer")
PAYMENTS = ("client_payment", "insurance_payment", "credit", "refund")
REDUCTIONS = ("adjustment", "write_off")


_PAID_ON_DAY = (
    "entry_type = 'client_payment' and timezone(tenant.timezone, posted_at)::date is not distinct from service_date"
)
_AT_CHECK_IN = (
    "entry_type = 'client_payment' and reverses_id is null "
    "and coalesce(posted_at >= appointment.checked_in_at, false) and posted_at < appointment.end_at"
)


def _settled_by(entry_type: str, where: str = "true") -> str:
    """What entries of a type take off a charge, as a positive amount."""
    return f"-coalesce(sum(s.amount_cents) filter (s.entry_type = {literal(entry_type)} and {where}), 0)"


_EARLIER = "".join(
    f"when year(l.service_date) <= {year} then {cents} " for year, cents in insurance.MEDICARE_DEDUCTIBLES.items()
)
_MEDICARE_DEDUCTIBLE = f"case {_EARLIER}else {max(insurance.MEDICARE_DEDUCTIBLES.values())} end"

CHARGE_RULES = (
    Rule("R3", "an entry and its visit have the same client", "client_id <> appointment.client_id"),
    Rule(
        "L1",
        "charges, fees and refunds are positive, payments, reductions and credits are negative, all in the practice's "
        "currency",
        any_of(
            "reverses_id is null and entry_type <> 'transfer' "
            f"and ({one_of('entry_type', INCREASES)}) <> (amount_cents > 0)",
            "currency <> tenant.currency",
        ),
    ),
    Rule("L14", "no entry is zero", "amount_cents = 0"),
    Rule(
        "L2",
        "only completed visits have charges, only missed or late cancelled visits have fees, for the service and the "
        "day of the visit",
        any_of(
            "entry_type = 'charge' and appointment.status is distinct from 'completed'",
            "entry_type = 'charge' and service_code is distinct from appointment.service_code",
            "entry_type = 'fee' and coalesce(appointment.status not in ('no_show', 'late_cancelled'), true)",
            "entry_type = 'fee' and service_code is distinct from if(appointment.status = 'no_show', 'QA-NS', 'QA-LC')",
            "service_date <> left(appointment.start_local, 10)::date",
        ),
    ),
    Rule(
        "L2c",
        "charges, fees, credits, refunds and transfers settle no charge; every other entry settles one, of the same "
        "client and visit",
        any_of(
            f"({one_of('entry_type', WITHOUT_CHARGE)}) <> (charge_id is null)",
            f"not ({one_of('charge.entry_type', CHARGES)})",
            "charge.client_id <> client_id",
            "charge_id is not null and charge.appointment_id is distinct from appointment_id",
        ),
    ),
    Rule(
        "L3",
        "a visit is charged once",
        select=query(f"""
            select tenant_id, max(id)
            from ledger_entry
            where {one_of("entry_type", CHARGES)} and reverses_id is null
            group by tenant_id, appointment_id
            having count(*) > 1
        """),
    ),
    Rule(
        "L13",
        "fees are at most the practice's, and insurance is never billed for them",
        any_of(
            "entry_type = 'fee' and amount_cents > tenant.no_show_fee_cents",
            "entry_type = 'fee' and payer_code is not null",
            "entry_type = 'fee' and claim_status is not null",
        ),
    ),
    Rule(
        "L2s",
        "a visit is charged after its note is signed",
        select=query(f"""
            select l.tenant_id, l.id
            from ledger_entry l
            join note n on n.tenant_id = l.tenant_id and n.appointment_id = l.appointment_id and n.amends_id is null
            where l.entry_type = 'charge' and {ORDINARY.replace("id &", "l.id &")}
            and coalesce(l.posted_at < n.signed_at, true)
        """),
    ),
    Rule(
        "L2u",
        "once the ledger of a provider's clients has begun, visits are billed within ten days of the signature",
        select=query(f"""
            with begins as (
                select c.tenant_id, c.primary_provider_id, min(l.posted_at) as begun
                from ledger_entry l
                join client c on c.tenant_id = l.tenant_id and c.id = l.client_id
                where l.entry_type = 'charge' and {ORDINARY.replace("id &", "l.id &")}
                group by all
            ),
            clients as materialized (
                select c.tenant_id, c.id, b.begun
                from client c
                join begins b on b.tenant_id = c.tenant_id and b.primary_provider_id = c.primary_provider_id
            )
            select a.tenant_id, a.id
            from appointment a
            join note n on n.tenant_id = a.tenant_id and n.appointment_id = a.id
            join clients c on c.tenant_id = a.tenant_id and c.id = a.client_id
            where {ORDINARY.replace("id &", "a.id &")} and a.status = 'completed' and a.billing_status <> 'billed'
            and n.signed_at > c.begun and n.signed_at < date '{{as_of}}' - interval 10 days
        """),
    ),
    Rule(
        "L12m",
        "minors with Medicaid pay nothing",
        "entry_type = 'client_payment' and client.payer_code = 'medicaid' "
        "and client.dob > service_date - interval 18 years",
    ),
    Rule(
        "L13m",
        "Medicaid's members are charged no fees (42 CFR 447.15)",
        any_of(
            "entry_type = 'fee' and client.payer_code = 'medicaid'",
            f"{ORDINARY} and entry_type = 'fee' and client.secondary_payer_code = 'medicaid'",
        ),
    ),
    Rule(
        "CB1",
        "the front desk takes cash, and what clients pay on the day but by a card on file; billers enter checks that "
        "come by mail, what insurers pay and what is written off",
        any_of(
            "method = 'cash' and created_by <> 'front_desk'",
            f"{_PAID_ON_DAY} and method = 'check' and created_by <> 'front_desk'",
            f"not ({_PAID_ON_DAY}) and method = 'check' and created_by <> 'billing'",
            "entry_type in ('insurance_payment', 'write_off') and created_by <> 'billing'",
        ),
    ),
    Rule(
        "L15r",
        "nobody hands over cash for a talk by video or phone, or a check on its day",
        any_of(
            "method = 'cash' and charge_id is not null and appointment.modality <> 'in_person'",
            f"method = 'check' and {_PAID_ON_DAY} and appointment.modality <> 'in_person'",
        ),
    ),
    Rule("T14e", "entries are entered on the day that they are dated, or later", "created_at < posted_at"),
    Rule(
        "T14h",
        "entries are dated Monday to Friday, but for what clients pay before a visit or at check-in, and those of the "
        "last three days where the counts ask for more than has been billed by then",
        f"{ORDINARY} and entry_type <> 'credit' and not ({_AT_CHECK_IN}) "
        "and isodow(timezone(tenant.timezone, posted_at)) > 5 "
        "and timezone(tenant.timezone, posted_at)::date not between date '{as_of}' - 3 and date '{as_of}'",
    ),
    Rule(
        "T11l",
        "a charge is changed when what settles it is entered",
        select=query("""
            select c.tenant_id, c.id
            from ledger_entry c
            join ledger_entry s on s.tenant_id = c.tenant_id and s.charge_id = c.id
            group by c.tenant_id, c.id, c.updated_at
            having c.updated_at < max(s.created_at)
        """),
    ),
    Rule(
        "T14",
        "charges are posted after the visit begins, and settled after they are posted, but for what clients pay once "
        "they have checked in",
        any_of(
            f"posted_at < charge.posted_at and not ({_AT_CHECK_IN})",
            f"{one_of('entry_type', CHARGES)} and posted_at < appointment.start_at",
        ),
    ),
)

SETTLEMENT_RULES = (
    Rule(
        "L4",
        "a charge is never settled by more than its amount",
        select=query("""
            select c.tenant_id, c.id
            from ledger_entry c
            join ledger_entry s on s.tenant_id = c.tenant_id and s.charge_id = c.id
            group by c.tenant_id, c.id, c.amount_cents
            having sum(s.amount_cents) + c.amount_cents < 0
        """),
    ),
    Rule(
        "L4c",
        "refunds and transfers use no more than a client's credits",
        select=query(f"""
            select tenant_id, max(id)
            from ledger_entry
            where {one_of("entry_type", CREDIT_MOVEMENTS)}
            group by tenant_id, client_id
            having sum(amount_cents) > 0
        """),
    ),
    Rule(
        "L10",
        "refunds are at most what the client paid before",
        select=query("""
            select r.tenant_id, r.id
            from ledger_entry r
            where r.entry_type = 'refund' and r.amount_cents > (
                select coalesce(-sum(p.amount_cents), 0)
                from ledger_entry p
                where p.tenant_id = r.tenant_id and p.client_id = r.client_id
                and p.entry_type in ('client_payment', 'credit') and p.posted_at <= r.posted_at
            )
        """),
    ),
    Rule(
        "L11",
        "a reversal repeats the type and charge of one entry with the opposite amount, later",
        select=query("""
            select r.tenant_id, r.id
            from ledger_entry r
            join ledger_entry o on o.tenant_id = r.tenant_id and o.id = r.reverses_id
            where r.amount_cents <> -o.amount_cents
            or r.entry_type <> o.entry_type
            or r.charge_id is distinct from o.charge_id
            or r.posted_at < o.posted_at
            union all
            select tenant_id, max(id)
            from ledger_entry
            where reverses_id is not null
            group by tenant_id, reverses_id
            having count(*) > 1
        """),
    ),
    Rule(
        "L15",
        "payments, and only they, have a method; reductions, and only they, have a reason",
        any_of(
            f"({one_of('entry_type', PAYMENTS)}) <> (method is not null)",
            f"({one_of('entry_type', REDUCTIONS)}) <> (adjustment_reason is not null)",
        ),
    ),
)

_INVOLVES_INSURANCE = "(entry_type = 'insurance_payment' or payer_code is not null or claim_status is not null)"

INSURANCE_RULES = (
    Rule(
        "L7",
        "insurance is one of the client's own, and covers them on the day of the service",
        any_of(
            f"{_INVOLVES_INSURANCE} and payer_code is null",
            "payer_code not in (client.payer_code, coalesce(client.secondary_payer_code, client.payer_code))",
            f"{_INVOLVES_INSURANCE} and service_date < client.coverage_from",
            f"{_INVOLVES_INSURANCE} and service_date > client.coverage_to",
        ),
    ),
    Rule(
        "L8",
        "of a paid or processed claim, the charge less the contractual adjustment is allowed, and what the primary "
        "payer leaves of that is the client's part",
        select=query(f"""
            select c.tenant_id, c.id
            from ledger_entry c
            join ledger_entry s on s.tenant_id = c.tenant_id and s.charge_id = c.id
            where c.claim_status in ('paid', 'processed')
            group by c.tenant_id, c.id, c.amount_cents, c.allowed_cents, c.client_due_cents
            having c.allowed_cents + {_settled_by("adjustment", "s.payer_code = c.payer_code")} <> c.amount_cents
            or {_settled_by("insurance_payment", "s.payer_code = c.payer_code")} + c.client_due_cents <> c.allowed_cents
        """),
    ),
    Rule(
        "L8s",
        "a secondary payer pays after the primary one has processed the claim, and at most what that leaves",
        select=query(f"""
            select c.tenant_id, c.id
            from ledger_entry c
            join ledger_entry s on s.tenant_id = c.tenant_id and s.charge_id = c.id
            where c.claim_status is not null
            group by c.tenant_id, c.id, c.client_due_cents
            having {_settled_by("insurance_payment", "s.payer_code <> c.payer_code")} > c.client_due_cents
            or min(s.posted_at) filter (s.entry_type = 'insurance_payment' and s.payer_code <> c.payer_code)
                < min(s.posted_at) filter (s.payer_code = c.payer_code)
        """),
    ),
    Rule(
        "L12d",
        "who has Medicaid behind another payer pays nothing of a claimed visit (42 CFR 447.15, QMB: 1902(n)(3))",
        f"{ORDINARY} and entry_type = 'client_payment' and client.secondary_payer_code = 'medicaid' "
        "and charge.claim_status is not null",
    ),
    Rule(
        "L9a",
        "Medicare's own plan denies no visit for want of an authorization",
        f"{ORDINARY} and denial_reason = 'authorization_missing' and client.plan_type = 'original'",
    ),
    Rule(
        "L8c",
        "of what Medicare's own plan allows, the client owes a fifth, and the deductible once a year",
        select=query(f"""
            select l.tenant_id, max(l.id)
            from (select *, allowed_cents * {rates.COINSURANCE} // 100 as part from ledger_entry) l
            join client c on c.tenant_id = l.tenant_id and c.id = l.client_id
            where {ORDINARY.replace("id &", "l.id &")} and l.claim_status is not null and c.plan_type = 'original'
            group by l.tenant_id, l.client_id, year(l.service_date)
            having min(l.client_due_cents - l.part) < 0
            or sum(l.client_due_cents - l.part)
                > count(*) + {100 - rates.COINSURANCE} * ({_MEDICARE_DEDUCTIBLE}) // 100
        """),
    ),
    Rule(
        "L9z",
        "the primary payer pays nothing of a processed claim, and pays a paid one",
        select=query("""
            select c.tenant_id, c.id
            from ledger_entry c
            left join ledger_entry s on s.tenant_id = c.tenant_id and s.charge_id = c.id
                and s.entry_type = 'insurance_payment' and s.payer_code = c.payer_code
            where c.claim_status in ('paid', 'processed')
            group by c.tenant_id, c.id, c.claim_status
            having (c.claim_status = 'paid') <> (count(s.id) > 0)
        """),
    ),
    Rule(
        "L9y",
        "the client owes the whole allowed amount of a processed claim",
        "claim_status = 'processed' and client_due_cents <> allowed_cents",
    ),
    Rule(
        "L8a",
        "charges with a claim, and only they, have an allowed amount, at most the charge",
        any_of(
            "(claim_status is null) <> (allowed_cents is null)",
            "client_due_cents > allowed_cents",
            "allowed_cents > amount_cents",
            "claim_status is not null and entry_type <> 'charge'",
        ),
    ),
    Rule(
        "L9",
        "a denied or appealed claim has a reason and no insurance payment; only claims that were denied have a reason",
        select=query("""
            select c.tenant_id, c.id
            from ledger_entry c
            left join ledger_entry s on s.tenant_id = c.tenant_id and s.charge_id = c.id
                and s.entry_type = 'insurance_payment' and s.reverses_id is null
            where (c.claim_status in ('denied', 'appealed') and (c.denial_reason is null or s.id is not null))
            or (c.denial_reason is not null and coalesce(c.claim_status in ('unbilled', 'submitted'), true))
        """),
    ),
    Rule(
        "L9f",
        "no claim that is refused as late is written off within ninety days of the visit",
        select=query(f"""
            select s.tenant_id, s.id
            from ledger_entry c
            join ledger_entry s on s.tenant_id = c.tenant_id and s.charge_id = c.id and s.entry_type = 'write_off'
            where c.denial_reason = 'late_filing' and s.posted_at < c.service_date + interval {billing.FILING_DAYS} days
        """),
    ),
    Rule(
        "L16s",
        "who pays by the sliding scale does so for every visit, by the same percentage",
        select=query(f"""
            with slid as (
                select
                    tenant_id,
                    charge_id,
                    min(amount_cents) filter (adjustment_reason = 'sliding_scale') as most,
                    max(amount_cents) filter (adjustment_reason = 'sliding_scale') as least
                from ledger_entry
                where charge_id is not null
                group by tenant_id, charge_id
            )
            select c.tenant_id, max(c.id)
            from ledger_entry c
            join slid s on s.tenant_id = c.tenant_id and s.charge_id = c.id
            join client k on k.tenant_id = c.tenant_id and k.id = c.client_id
            where c.entry_type = 'charge' and k.payer_code = 'self_pay' and {ORDINARY.replace("id &", "c.id &")}
            group by c.tenant_id, c.client_id
            having max(coalesce(round(-100 * s.most / c.amount_cents), 0))
            <> min(coalesce(round(-100 * s.least / c.amount_cents), 0))
        """),
    ),
    Rule(
        "L12",
        "self-paying clients have no claims; a Medicaid client pays at most 4.00",
        any_of(
            "client.payer_code = 'self_pay' and entry_type = 'insurance_payment'",
            "client.payer_code = 'self_pay' and claim_status is not null",
            "client.payer_code = 'medicaid' and entry_type = 'client_payment' and amount_cents < -400",
        ),
    ),
)
