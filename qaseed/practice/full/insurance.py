"""Insurance policies: periods, who is insured, who pays first, and what lapsed."""

from __future__ import annotations

from qaseed.kinds import cents, choice, date, entity, key, recipe, ref, tenant, text
from qaseed.model import Rule
from qaseed.practice.full.shared import derived_audit_columns
from qaseed.practice.generators import billing, derived, insurance
from qaseed.practice.measures import ORDINARY
from qaseed.practice.people import PLAN_TYPES
from qaseed.practice.shared import COMMON_RULES
from qaseed.sql import any_of, query

POLICY_PLANS = (*PLAN_TYPES, "medigap")

COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    client_id=ref("client", "The client who is covered.", derived.parent),
    # whose policy
    priority=choice("Whether it pays first, or what the first leaves.", ("primary", "secondary"), insurance.priority),
    payer_code=choice("Kind of payer.", billing.PAYERS, insurance.payer_code),
    payer_id=text(
        "Id of the payer in claims, of a form that no clearinghouse uses.",
        insurance.payer_id,
        phi="account",
        safe="payer_id",
    ),
    plan_type=choice("Type of plan.", POLICY_PLANS, insurance.plan_type),
    member_id=text("Member number at the payer.", insurance.member_id, unique=True, phi="plan", safe="member_id"),
    group_no=text(
        "The employer's group, for commercial policies but Medigap.",
        insurance.group_no,
        nullable=True,
        phi="plan",
        safe="record",
    ),
    insured_relation=choice(
        "What the client is to the insured.", ("self", "spouse", "child"), insurance.insured_relation
    ),
    insured_name=text("The person whose policy it is.", insurance.insured_name, phi="name", safe="person"),
    # what it leaves to the client
    copay_cents=cents("The client's part of a visit.", insurance.copay, minimum=0),
    deductible_cents=cents("What the client pays in a year before it pays.", insurance.deductible, minimum=0),
    # its period
    effective_on=date("First day of coverage.", insurance.effective_on, phi="dates"),
    ended_on=date("Last day of coverage; null while it continues.", insurance.ended_on, nullable=True, phi="dates"),
    end_reason=choice("Why it ended.", insurance.REASONS, insurance.end_reason, nullable=True),
    status=choice(
        "Lapsed if it ended and no other followed the next day.", ("in_force", "replaced", "lapsed"), insurance.status
    ),
    **derived_audit_columns(insurance.created_at, insurance.updated_at, "front_desk"),
)

_ORDINARY = ORDINARY.replace("id &", "client_id &")
_OVER = "coalesce(ended_on < date '{as_of}', false)"

RULES = (
    Rule("P1", "coverage ends after it begins", "ended_on < effective_on"),
    Rule(
        "P2",
        "no client has two primary policies at a time",
        select=query("""
            select tenant_id, id
            from (
                select
                    tenant_id, id, effective_on,
                    max(coalesce(ended_on, date '9999-12-31')) over earlier as covered_until
                from insurance_policy
                where priority = 'primary'
                window earlier as (
                    partition by tenant_id, client_id
                    order by effective_on, id
                    rows between unbounded preceding and 1 preceding
                )
            )
            where effective_on <= covered_until
        """),
    ),
    Rule(
        "P3",
        "an insured client's latest primary policy is the client's coverage, and self-paying clients have none that is "
        "in force",
        select=query("""
            select c.tenant_id, c.id
            from client c
            left join (
                select tenant_id, client_id, arg_max(p, effective_on) as p
                from insurance_policy p
                where priority = 'primary'
                group by all
            ) l on l.tenant_id = c.tenant_id and l.client_id = c.id
            where (c.payer_code = 'self_pay' and l.p.status = 'in_force')
            or (c.payer_code <> 'self_pay' and (
                c.payer_code, c.plan_type, c.member_id, c.coverage_from, c.coverage_to
            ) is distinct from (
                l.p.payer_code, l.p.plan_type, l.p.member_id, l.p.effective_on, l.p.ended_on
            ))
        """),
    ),
    Rule(
        "P4",
        "clients with a secondary payer, and only they, have a secondary policy, of that payer",
        select=query("""
            select c.tenant_id, c.id
            from client c
            left join insurance_policy p
                on p.tenant_id = c.tenant_id and p.client_id = c.id and p.priority = 'secondary'
            where c.payer_code <> 'self_pay' and p.payer_code is distinct from c.secondary_payer_code
        """),
    ),
    Rule(
        "P5",
        "children on a policy are under 26, spouses are married adults, and the insured of their own policy are the "
        "clients themselves",
        any_of(
            "insured_relation = 'child' and client.dob <= date '{as_of}' - interval 26 years",
            "insured_relation = 'spouse' and client.dob > date '{as_of}' - interval 18 years",
            "insured_relation = 'spouse' and client.marital_status <> 'married'",
            "insured_relation = 'self' and insured_name <> concat_ws(' ', client.first_name, client.last_name)",
        ),
    ),
    Rule(
        "P6",
        "policies that ended, and only they, are replaced or lapsed, and have a reason",
        any_of(
            f"(status = 'in_force') = {_OVER}",
            "(ended_on is null) <> (end_reason is null)",
            "(status = 'replaced') <> (end_reason is not distinct from 'replaced')",
        ),
    ),
    Rule(
        "P7",
        "coverage begins on the first of a month, or at birth, and ends on the last",
        any_of(
            f"{_ORDINARY} and day(effective_on) <> 1 and effective_on <> client.dob",
            f"{_ORDINARY} and day(ended_on + 1) <> 1",
        ),
    ),
    Rule(
        "P8",
        "a spouse who is insured is the spouse who is the contact",
        "insured_relation = 'spouse' and client.emergency_contact_relation = 'spouse' "
        "and insured_name <> client.emergency_contact_name",
    ),
    Rule(
        "P6r",
        "a replaced policy is followed by another the next day",
        select=query("""
            select p.tenant_id, p.id
            from insurance_policy p
            anti join insurance_policy n
                on n.tenant_id = p.tenant_id and n.client_id = p.client_id and n.effective_on = p.ended_on + 1
            where p.status = 'replaced'
        """),
    ),
)

INSURANCE_POLICY = entity(
    "insurance_policy",
    "A period in which an insurance covers a client; earlier ones too, with the gaps between them.",
    COLUMNS,
    (*COMMON_RULES, *RULES),
    counted=False,
    derived=recipe(insurance.ids),
)
