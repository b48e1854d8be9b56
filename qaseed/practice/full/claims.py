"""Claims and their lines: they agree with visit, policy and ledger to the cent."""

from __future__ import annotations

from qaseed.kinds import always, cents, choice, date, entity, instant, key, number, recipe, ref, tenant, text
from qaseed.model import Rule
from qaseed.practice.billing import PLACES_OF_SERVICE
from qaseed.practice.full.insurance import POLICY_PLANS
from qaseed.practice.full.shared import derived_audit_columns
from qaseed.practice.generators import billing, claim_moments, claims, derived
from qaseed.practice.measures import ORDINARY
from qaseed.practice.shared import COMMON_RULES
from qaseed.sql import any_of, query

STATES = (*claim_moments.STATES, "taken_back")

CLAIM_COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    # what it is for
    charge_id=ref("ledger_entry", "The charge that the payer is asked to pay.", derived.parent),
    client_id=ref("client", "The client who was seen.", claims.client),
    appointment_id=ref("appointment", "The visit.", claims.visit),
    claim_no=text(
        "The practice's number of the claim, which rises with the day on which it is created.",
        claims.number,
        unique=True,
        phi="account",
        safe="record",
    ),
    frequency=choice("1 for an original claim, 7 for a replaced one (CLM05-3).", ("1", "7"), claims.frequency),
    # who is asked to pay
    priority=choice(
        "Whether the first payer is asked, or the second one for the rest.", ("primary", "secondary"), claims.priority
    ),
    policy_id=ref("insurance_policy", "The policy by which it is paid.", claims.policy),
    payer_code=choice("Kind of payer.", billing.PAYERS, claims.of_policy),
    payer_id=text("Id of the payer (NM109).", claims.of_policy, phi="account", safe="payer_id"),
    plan_type=choice("Type of plan.", POLICY_PLANS, claims.of_policy),
    member_id=text("Member number at the payer.", claims.of_policy, phi="plan", safe="member_id"),
    insured_relation=choice(
        "What the client is to the insured (SBR02).", ("self", "spouse", "child"), claims.of_policy
    ),
    # who asks
    tax_ref=text("The practice's employer number, with prefix 00.", claims.tax_number, phi="account", safe="tax_id"),
    billing_npi=text("Number of the site.", claims.billing_npi, phi="npi", safe="npi"),
    provider_id=ref("provider", "The provider who saw the client.", claims.provider),
    rendering_npi=text(
        "Number of the provider, or of the supervisor of an associate.", claims.rendering_npi, phi="npi", safe="npi"
    ),
    taxonomy=text("Code of that provider's license, in the form of the NUCC's.", claims.taxonomy, safe="taxonomy"),
    # what was done
    service_date=date("Local day of the visit.", recipe(claims.of_charge, name="service_date"), phi="dates"),
    pos_code=choice("Place of service (CMS).", PLACES_OF_SERVICE, recipe(claims.of_charge, name="pos_code")),
    dx_code=text("ICD-10-CM code of the client's main problem.", claims.dx_code),
    second_dx_code=text(
        "ICD-10-CM code of a second one, if the lines point to it (B).", claims.second_dx_code, nullable=True
    ),
    # amounts
    total_cents=cents("What the practice charges.", recipe(claims.of_charge, name="amount_cents"), minimum=0),
    allowed_cents=cents("What the primary payer allows.", recipe(claims.of_charge, name="allowed_cents"), minimum=0),
    client_due_cents=cents("What the payer leaves of that (PR).", claims.client_due, minimum=0),
    deductible_cents=cents("What of that the yearly deductible asks (PR-1).", claims.deductible, minimum=0),
    paid_cents=cents("What the payer paid, less what it took back.", claims.paid, minimum=0),
    # its status
    status=choice(
        "The status of the charge's claim; taken back if nothing is left of a payment.", STATES, claims.status
    ),
    submitted_at=instant("When it was sent first.", recipe(claims.moment, of="sent"), nullable=True),
    **derived_audit_columns(claims.created_at, recipe(claims.moment, of="last"), "billing"),
)

_SAME = ("payer_code", "payer_id", "plan_type", "member_id", "insured_relation", "client_id")

_SENT = "timezone(tenant.timezone, submitted_at)"
_BEFORE_LAST = f"{_SENT}::date not between date '{{as_of}}' - 3 and date '{{as_of}}'"

CLAIM_RULES = (
    Rule(
        "CL1",
        "charges with a claim in the ledger, and only they, have a primary claim",
        select=query("""
            select l.tenant_id, l.id
            from ledger_entry l
            full join (select tenant_id, charge_id as id from claim where priority = 'primary') c using (tenant_id, id)
            where (l.claim_status is not null) is distinct from (c.id is not null)
        """),
    ),
    Rule(
        "CL1n",
        "numbers of claims rise with the day on which they are created",
        select=query("""
            select tenant_id, id
            from (
                select *, lag(last) over (partition by tenant_id order by day) as before
                from (
                    select
                        c.tenant_id, timezone(t.timezone, c.created_at)::date as day,
                        min(c.claim_no) as first, max(c.claim_no) as last, max(c.id) as id
                    from claim c
                    join tenant t on t.tenant_id = c.tenant_id
                    group by all
                )
            )
            where first <= before
        """),
    ),
    Rule(
        "CL2",
        "a claim agrees with its charge",
        any_of(
            "client_id <> charge.client_id",
            "appointment_id is distinct from charge.appointment_id",
            "service_date <> charge.service_date",
            "total_cents <> charge.amount_cents",
            "allowed_cents <> charge.allowed_cents",
            "client_due_cents <> charge.client_due_cents - if(priority = 'secondary', paid_cents, 0) "
            "and not (payer_code = 'medicaid' and priority = 'secondary' and status in ('paid', 'processed'))",
            "priority = 'primary' and status <> 'taken_back' and status <> charge.claim_status",
        ),
    ),
    Rule(
        "CL3",
        "a claim names what its policy says, and the policy covers the day of the service",
        any_of(
            *(f"{column} <> policy.{column}" for column in _SAME),
            "service_date < policy.effective_on",
            "service_date > policy.ended_on",
            "priority <> policy.priority",
        ),
    ),
    Rule(
        "CL4",
        "claims name the site and provider of the visit",
        any_of(
            "provider_id <> appointment.provider_id",
            "provider.supervisor_id is null and rendering_npi <> provider.npi",
            "service_date <> appointment.start_local[:10]::date",
        ),
    ),
    Rule(
        "CL4d",
        "claims whose lines point to a second diagnosis, and only they, name one of the client's others",
        any_of(
            "(charge.dx_pointers = 'AB') <> (second_dx_code is not null)",
            "not contains(client.further_dx, second_dx_code)",
        ),
    ),
    Rule(
        "CL4s",
        "claims for visits with an associate name the supervisor",
        select=query("""
            select c.tenant_id, c.id
            from claim c
            join provider p on p.tenant_id = c.tenant_id and p.id = c.provider_id
            join provider s on s.tenant_id = p.tenant_id and s.id = p.supervisor_id
            where c.rendering_npi <> s.npi
        """),
    ),
    Rule(
        "CL5",
        "what insurance paid for a charge in the ledger is what its claims say, to the cent",
        select=query("""
            select l.tenant_id, l.charge_id
            from ledger_entry l
            join (
                select tenant_id, charge_id, sum(paid_cents) as cents from claim group by all
            ) c using (tenant_id, charge_id)
            where l.entry_type = 'insurance_payment'
            group by all
            having sum(l.amount_cents) <> -max(c.cents)
        """),
    ),
    Rule(
        "CL5d",
        "deductibles are part of what clients owe, all of it if a claim is processed, and in a plan year at most "
        "the policy's",
        select=query(f"""
            select c.tenant_id, max(c.id)
            from claim c
            join insurance_policy p on p.tenant_id = c.tenant_id and p.id = c.policy_id
            where {ORDINARY.replace("id &", "c.charge_id &")}
            group by
                c.tenant_id, c.policy_id, p.deductible_cents,
                if(p.plan_type = 'original', year(c.service_date),
                    date_diff('month', p.effective_on, c.service_date) // 12)
            having sum(c.deductible_cents) > p.deductible_cents
            or max(c.deductible_cents - c.client_due_cents) > 0
            or max(if(c.status = 'processed' and c.priority = 'primary', c.allowed_cents - c.deductible_cents, 0)) > 0
        """),
    ),
    Rule(
        "CL6",
        "claims are sent after the charge is posted, unless they are unbilled",
        any_of(
            "(status = 'unbilled') <> (submitted_at is null)",
            "submitted_at < charge.posted_at",
        ),
    ),
    Rule(
        "CL5r",
        "what a payer refused in the end uses up no deductible",
        select=query("""
            select c.tenant_id, c.id
            from claim c
            join ledger_entry s on s.tenant_id = c.tenant_id and s.charge_id = c.charge_id
            where s.entry_type = 'write_off' and s.adjustment_reason = 'denied' and c.deductible_cents > 0
        """),
    ),
    Rule(
        "CL5s",
        "Medicaid leaves nothing once it has answered behind another payer",
        "priority = 'secondary' and status in ('paid', 'processed') and payer_code = 'medicaid' "
        "and client_due_cents > 0",
    ),
    Rule(
        "CL5l",
        "behind another payer, Medicaid pays the lesser of what is left and of what its own rate for the service "
        "exceeds the payment by, and the rest is a contractual adjustment (most states: CBO, working paper 2023-01)",
        select=query(f"""
            with own as (
                select tenant_id, service_code, max(allowed_cents) as rate
                from ledger_entry
                where payer_code = 'medicaid' and allowed_cents is not null and {ORDINARY}
                group by all
            ),
            taken as (
                select tenant_id, charge_id, -sum(amount_cents) as cents
                from ledger_entry
                where entry_type = 'adjustment' and payer_code = 'medicaid'
                group by all
            )
            select c.tenant_id, c.id
            from claim c
            join ledger_entry l on l.tenant_id = c.tenant_id and l.id = c.charge_id
            left join own o on o.tenant_id = l.tenant_id and o.service_code = l.service_code
            left join taken r on r.tenant_id = l.tenant_id and r.charge_id = l.id
            where {ORDINARY.replace("id &", "c.charge_id &")} and c.priority = 'secondary'
            and c.payer_code = 'medicaid' and c.status in ('paid', 'processed')
            and (c.paid_cents + coalesce(r.cents, 0) <> l.client_due_cents
                or (o.rate is not null and c.paid_cents
                    <> greatest(least(o.rate - l.allowed_cents + l.client_due_cents, l.client_due_cents), 0)))
        """),
    ),
    Rule(
        "CL6s",
        "a secondary claim is sent once the primary one is paid or processed",
        select=query("""
            select c.tenant_id, c.id
            from claim c
            left join claim p on p.tenant_id = c.tenant_id and p.charge_id = c.charge_id and p.priority = 'primary'
            left join claim_event e on e.tenant_id = p.tenant_id and e.claim_id = p.id
                and e.event_type in ('paid', 'processed')
            where c.priority = 'secondary'
            group by c.tenant_id, c.id, c.submitted_at
            having coalesce(min(e.occurred_at) > c.submitted_at, true)
        """),
    ),
    Rule(
        "CL6f",
        "of refused claims, those that are sent ninety days after the visit, and only they, are refused as late",
        f"{ORDINARY.replace('id &', 'charge_id &')} and charge.denial_reason is not null and priority = 'primary' "
        "and charge.claim_status = 'denied' "
        f"and (charge.denial_reason = 'late_filing') "
        f"<> (timezone(tenant.timezone, submitted_at)::date - service_date >= {billing.FILING_DAYS})",
    ),
    Rule(
        "CL9",
        "a payer allows a practice the same for a service, whoever was seen",
        select=query(f"""
            select c.tenant_id, max(c.id)
            from claim c
            join ledger_entry l on l.tenant_id = c.tenant_id and l.id = c.charge_id
            where {ORDINARY.replace("id &", "l.id &")} and c.priority = 'primary'
            group by c.tenant_id, c.payer_id, l.service_code
            having count(distinct c.allowed_cents) > 1
        """),
    ),
    Rule(
        "CL6b",
        "claims are sent on business days: Monday to Friday, and on no holiday, but for those of the last three days "
        "where the counts ask for more than has been billed by then",
        any_of(
            f"{_BEFORE_LAST} and isodow({_SENT}) > 5",
            f"{_BEFORE_LAST} and contains(tenant.holidays, strftime({_SENT}, '%Y-%m-%d'))",
        ),
    ),
)

CLAIM = entity(
    "claim",
    "What an insurer is asked to pay for a charge, as an electronic claim (837) says it.",
    CLAIM_COLUMNS,
    (*COMMON_RULES, *CLAIM_RULES),
    counted=False,
    derived=recipe(claims.ids),
)

LINE_COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    claim_id=ref("claim", "The claim that it is a line of.", claims.claim_of_line),
    line_no=number("Position in the claim.", claims.line_number, 1, claims.LINES),
    service_code=choice(
        "The visit's service, or interactive complexity.", (*billing.CODES, claims.ADD_ON), claims.line_service
    ),
    modifier=choice("Telehealth modifier.", ("VID", "TEL"), claims.line_of_charge, nullable=True),
    units=number("Units of the service.", always(1), 1, 99),
    dx_pointers=choice("Diagnosis pointers.", ("A", "AB"), claims.line_of_charge, nullable=True),
    service_date=date("Local day of the visit.", claims.line_service_date, phi="dates"),
    **{name: cents(f"The line's part of the claim's `{name}`.", claims.part, minimum=0) for name in claims.AMOUNTS},
    **derived_audit_columns(claims.line_created_at, claims.line_updated_at, "billing"),
)

_SUMS = " or ".join(f"sum(l.{name}) <> any_value(c.{name})" for name in claims.AMOUNTS)

LINE_RULES = (
    Rule(
        "CL7",
        "the lines of a claim sum up to its amounts, and are numbered from 1",
        select=query(f"""
            select c.tenant_id, c.id
            from claim c
            left join claim_line l on l.tenant_id = c.tenant_id and l.claim_id = c.id
            group by c.tenant_id, c.id
            having count(l.id) = 0 or max(l.line_no) <> count(l.id) or {_SUMS}
        """),
    ),
    Rule(
        "CL8",
        "allowed and paid amounts of a line are at most its charge",
        any_of("allowed_cents > total_cents", "paid_cents > allowed_cents", "client_due_cents > allowed_cents"),
    ),
)

CLAIM_LINE = entity(
    "claim_line",
    "A service of a claim; its amounts are part of the claim's.",
    LINE_COLUMNS,
    (*COMMON_RULES, *LINE_RULES),
    counted=False,
    derived=recipe(claims.line_ids),
)
