"""The rules of clients: who they are, how they are treated, and what their accounts hold."""

from __future__ import annotations

from qaseed.model import Rule
from qaseed.practice.generators import episodes, people
from qaseed.practice.measures import ORDINARY
from qaseed.practice.shared import LOCAL_DAY
from qaseed.sql import any_of, one_of, query

# the age at as_of
_AGE = "(date_diff('year', dob, date '{as_of}') - (strftime(dob, '%m%d') > '{as_of}'[6:7] || '{as_of}'[9:10])::int)"

PERSON_RULES = (
    Rule("T1", "clients are born before they are registered", "dob >= intake_date"),
    Rule("T2", "no client is older than 105", "dob < date '{as_of}' - interval 106 years"),
    Rule(
        "T10c",
        "clients are registered before as_of; discharge and death are not after it",
        any_of(
            "intake_date >= date '{as_of}'",
            "discharge_date > date '{as_of}'",
            "date_of_death > date '{as_of}'",
        ),
    ),
    Rule(
        "T12d",
        "deceased clients, and only they, have a date of death",
        "(status = 'deceased') <> (date_of_death is not null)",
    ),
    Rule(
        "U1h",
        "email addresses are shared only within a household",
        select=query("""
            select tenant_id, max(id)
            from client
            where email is not null
            group by tenant_id, email
            having count(*) > 1 and (count(distinct household_id) <> 1 or count(household_id) <> count(*))
        """),
    ),
)

_RECENT = f"date '{{as_of}}' - {episodes.INACTIVE_AFTER_DAYS + 7}"
_LONG_AGO = f"date '{{as_of}}' - {episodes.INACTIVE_AFTER_DAYS - 7}"

CARE_RULES = (
    Rule(
        "C11d",
        "discharged clients, and only they, have a discharge date",
        "(status = 'discharged') <> (discharge_date is not null)",
    ),
    Rule(
        "C11",
        "active clients have a future visit or one in the last half year, inactive clients have none",
        # a week before and after the limit, both are right
        select=query(f"""
            select c.tenant_id, c.id
            from client c
            left join (
                select tenant_id, client_id, max({LOCAL_DAY}) as last from appointment group by all
            ) a on a.tenant_id = c.tenant_id and a.client_id = c.id
            where c.status in ('active', 'inactive')
            and (c.status = 'active') <> coalesce(last >= {_RECENT}, false)
            and not coalesce(last between {_RECENT} and {_LONG_AGO}, false)
        """),
    ),
    Rule(
        "C9g",
        "clients under 18, and only they, have a guardian as guarantor, who signed the consents",
        any_of(
            f"({_AGE} < 18) <> (guarantor = 'guardian')",
            "guarantor = 'guardian' and guardian_name is null",
            "guarantor = 'guardian' and consent_by <> 'guardian'",
        ),
    ),
    Rule(
        "C9t",
        "consent to treatment is signed from registration on, and not after as_of",
        any_of("consent_treatment_on < intake_date", "consent_treatment_on > date '{as_of}'"),
    ),
    Rule(
        "C9v",
        "clients who are registered in the last 350 days consent before they are treated",
        select=query(f"""
            select c.tenant_id, c.id
            from client c
            join appointment a on a.tenant_id = c.tenant_id and a.client_id = c.id
            where a.status = 'completed' and c.intake_date > date '{{as_of}}' - 350
            group by c.tenant_id, c.id, c.consent_treatment_on
            having min({LOCAL_DAY}) < c.consent_treatment_on
        """),
    ),
    Rule(
        "C9r",
        "a guardian who is a client is somebody else, at least 15 years older, and has a name",
        any_of(
            "guardian_id = id",
            "guardian.dob > dob - interval 15 years",
            "guardian_id is not null and guardian_name is null",
        ),
    ),
    Rule(
        "C9h",
        "clients under 17 live with the guardian who is a client, in one household; who turns 18 in the year may not",
        f"{ORDINARY} and {_AGE} < 17 and guardian_id is not null and "
        "(household_id is distinct from guardian_id or zip <> guardian.zip or address_1 <> guardian.address_1)",
    ),
    Rule(
        "C9m",
        "children have no email and no telephone of their own: they are reached by the guardian's",
        f"{ORDINARY} and {_AGE} < 12 and (email is not null or phone_mobile <> emergency_contact_phone)",
    ),
    Rule("C12e", "only who has an email address may be emailed", "email_ok and email is null"),
    Rule(
        "C7",
        "diagnoses are plausible at the client's age, and none is there twice",
        any_of(
            "primary_dx = 'F93.0' and dob < date '{as_of}' - interval 18 years",
            "primary_dx = 'F60.3' and dob > date '{as_of}' - interval 18 years",
            "contains(further_dx, primary_dx[:3])",
        ),
    ),
    Rule("N1", "nobody has a given name twice", f"{ORDINARY} and middle_name = first_name"),
)

ACCOUNT_RULES = (
    Rule(
        "L7d",
        "coverage begins on the first of a month and ends on the last",
        any_of(f"{ORDINARY} and day(coverage_from) <> 1", f"{ORDINARY} and day(coverage_to + 1) <> 1"),
    ),
    Rule(
        "L7w",
        "insurance by work is of people of working age",
        f"{ORDINARY} and plan_type = 'workers_comp' and {_AGE} not between 18 and 72",
    ),
    Rule(
        "L7o",
        "Medicare covers those from 65 from the month of that birthday on",
        f"{ORDINARY} and payer_code = 'medicare' and dob <= date '{{as_of}}' - interval 65 years "
        "and coverage_from < date_trunc('month', dob + interval 65 years)",
    ),
    Rule(
        "L12o",
        "Medicare's own plan and workers' compensation have no copay",
        f"{one_of('plan_type', people.WITHOUT_COPAY)} and copay_cents is not null",
    ),
    Rule(
        "L5",
        "a client's balance is the sum of the client's ledger",
        select=query("""
            select c.tenant_id, c.id
            from client c
            left join (
                select tenant_id, client_id, sum(amount_cents) as total from ledger_entry group by all
            ) l on l.tenant_id = c.tenant_id and l.client_id = c.id
            where c.balance_cents <> coalesce(l.total, 0)
        """),
    ),
    Rule(
        "L6",
        "the balances of a practice's clients sum up to its ledger",
        select=query("""
            select tenant_id, min(c.id)
            from client c
            join (
                select tenant_id, sum(amount_cents) as total from ledger_entry group by all
            ) l using (tenant_id)
            group by tenant_id, l.total
            having sum(c.balance_cents) <> l.total
        """),
    ),
    Rule(
        "L7m",
        "insured clients, and only they, are members of a plan with a first day of coverage",
        any_of(
            "(payer_code = 'self_pay') = (member_id is not null)",
            "(member_id is null) <> (plan_type is null)",
            "(member_id is null) <> (coverage_from is null)",
            "coverage_to < coverage_from",
        ),
    ),
    Rule(
        "T11b",
        "a client is changed when an entry of the ledger changes the balance",
        select=query("""
            select c.tenant_id, c.id
            from client c
            join ledger_entry l on l.tenant_id = c.tenant_id and l.client_id = c.id
            group by c.tenant_id, c.id, c.updated_at
            having c.updated_at < max(l.created_at)
        """),
    ),
    Rule(
        "T11d",
        "to hide a client is a change",
        "deleted_at > updated_at",
    ),
    Rule(
        "L7s",
        "a secondary payer is another than the primary one, Medicaid pays last (42 CFR 433.139), and clients who pay "
        "themselves have none",
        any_of(
            "secondary_payer_code = payer_code",
            "secondary_payer_code is not null and payer_code = 'self_pay'",
            "secondary_payer_code is not null and payer_code = 'medicaid'",
        ),
    ),
    Rule("L12c", "a Medicaid copay is at most 4.00", "payer_code = 'medicaid' and copay_cents > 400"),
    Rule(
        "U2",
        "member numbers are unique at their payer",
        select=query("""
            select max(tenant_id), max(id)
            from client
            where member_id is not null
            group by tenant_id, payer_code, member_id
            having count(*) > 1
        """),
    ),
)
