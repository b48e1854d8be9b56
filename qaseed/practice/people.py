"""Clients: who they are, how they are reached, who treats them, and who pays. `shares` has the figures' sources."""

from __future__ import annotations

from dataclasses import replace

from qaseed.kinds import (
    always,
    cents,
    choice,
    date,
    entity,
    flag,
    key,
    recipe,
    ref,
    sometimes,
    tenant,
    text,
    weighted,
)
from qaseed.model import TODAY, UUID, Rule
from qaseed.practice import shares
from qaseed.practice.generators import (
    apportionment,
    billing,
    changes,
    consents,
    coverage,
    diagnoses,
    episodes,
    family,
    identifiers,
    names,
    origin,
    people,
    phones,
)
from qaseed.practice.shared import (
    COMMON_RULES,
    LOCAL_DAY,
    address_columns,
    address_rules,
    audit_columns,
    town_rule,
)
from qaseed.practice.shares import ORDINARY
from qaseed.sql import any_of, one_of, query


def _parts(share: str) -> tuple[str, ...]:
    """The values that a share distributes."""
    return tuple(shares.SHARES[share].parts)


GENDERS = tuple(dict.fromkeys(gender for by_sex in people.GENDERS.values() for gender in by_sex))
PLAN_TYPES = tuple(dict.fromkeys(plan for by_payer in people.PLANS.values() for plan in by_payer))

COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    mrn=text(
        "Medical record number, with the practice's number in it.",
        identifiers.mrn,
        unique=True,
        phi="record",
        safe="mrn",
        default=UUID,
    ),
    chart_no=text(
        "Chart number; other practices have the same numbers, on purpose.",
        identifiers.chart_no,
        unique=True,
        phi="record",
        safe="chart_no",
        default=UUID,
    ),
    # name
    first_name=text("Given name.", names.given_name, phi="name", safe="name"),
    middle_name=text(
        "Given name, for one client in three (assumed).",
        names.middle_name,
        nullable=True,
        phi="name",
        safe="name",
    ),
    last_name=text(
        "Family name; null for people with a single name.", family.family_name, nullable=True, phi="name", safe="name"
    ),
    suffix=choice("Suffix of the name, of men (assumed).", tuple(names.SUFFIXES), names.suffix, nullable=True),
    preferred_name=text("Preferred name.", names.short_name, nullable=True, phi="name", safe="name"),
    # demographics
    dob=date("Date of birth.", people.dob, phi="dates"),
    sex_at_birth=choice(
        "As reported at intake; X is neither, or not reported.", _parts("sex"), people.sex, default="X"
    ),
    gender_identity=choice("As reported at intake.", GENDERS, people.gender, default="declined"),
    pronouns=choice("Pronouns.", ("she/her", "he/him", "they/them"), people.pronouns, default="they/them"),
    marital_status=choice("As reported at intake.", _parts("marital"), family.marital, default="single"),
    race=choice("OMB category.", _parts("race"), recipe(family.at_home, of=recipe(origin.race)), default="declined"),
    ethnicity=choice(
        "OMB category.",
        _parts("ethnicity"),
        recipe(family.at_home, of=recipe(people.of_share, share="ethnicity")),
        default="declined",
    ),
    preferred_language=choice(
        "ISO 639-1.", _parts("language"), recipe(family.at_home, of=recipe(origin.language)), default="en"
    ),
    interpreter_needed=flag("Whether they need an interpreter.", people.interpreter, default=False),
    # how they are reached
    email=text(
        "At a reserved domain; one in five (assumed) and children below 13 have none. Shared only in a household.",
        recipe(family.own_email, of=sometimes(0.80, identifiers.email)),
        nullable=True,
        phi="email",
        safe="email",
    ),
    phone_mobile=text(
        "A number that cannot be assigned; the guardian's for children below 13.",
        family.mobile,
        phi="phone",
        safe="phone",
        default="",
    ),
    phone_home=text(
        "A number that cannot be assigned; for one in four (assumed).",
        sometimes(0.25, phones.phone),
        nullable=True,
        phi="phone",
        safe="phone",
    ),
    sms_ok=flag("Whether they may be texted (assumed).", weighted({True: 80, False: 20}), default=False),
    email_ok=flag(
        "Whether they may be emailed: seven in eight of those with an address (assumed).",
        recipe(family.with_email, of=weighted({True: 875, False: 125})),
        default=False,
    ),
    voice_ok=flag(
        "Whether they may be called and left a message (assumed).", weighted({True: 60, False: 40}), default=False
    ),
    **{
        name: replace(column, recipe=recipe(family.at_home, of=column.recipe))
        for name, column in address_columns().items()
    },
    # who is close to them
    emergency_contact_name=text("Emergency contact.", family.contact_name, phi="name", safe="person", default=""),
    emergency_contact_relation=choice(
        "Relation of the emergency contact to the client.", family.RELATED, family.contact_relation, default="friend"
    ),
    emergency_contact_phone=text(
        "A number that cannot be assigned.", phones.contact_phone, phi="phone", safe="phone", default=""
    ),
    guardian_id=ref("client", "The guardian, if they are a client of the practice.", family.guardian, nullable=True),
    guardian_name=text(
        "The guardian of clients who were registered under 18.",
        family.guardian_name,
        nullable=True,
        phi="name",
        safe="person",
    ),
    guardian_relation=choice(
        "Relation of the guardian to the client.", family.RELATED, family.guardian_relation, nullable=True
    ),
    guarantor=choice("Who pays what insurance does not.", ("self", "guardian"), people.guarantor, default="self"),
    household_id=ref(
        "client",
        "The first client of a household, whose members may share phone and email; of a minor, the guardian.",
        family.household,
        nullable=True,
    ),
    # care
    primary_provider_id=ref("provider", "The provider who treats them.", people.own_provider),
    status=choice(
        "Follows from the last visit.",
        ("active", "inactive", "waitlist", "discharged", "deceased"),
        people.client_status,
        default="active",
    ),
    referral_source=choice("How they found the practice.", _parts("referral"), origin.referral, default="self"),
    intake_date=date("Date of registration.", people.intake_date, phi="dates", default=TODAY),
    discharge_date=date("Date of discharge.", people.discharge_date, nullable=True, phi="dates"),
    date_of_death=date("For deceased clients.", people.date_of_death, nullable=True, phi="dates"),
    consent_by=choice("Who signed the consents.", ("self", "guardian"), consents.consent_by, default="self"),
    consent_treatment_on=date(
        "Date of the last consent to treatment: some sign again a year later.",
        consents.treatment,
        phi="dates",
        default=TODAY,
    ),
    consent_telehealth_on=date("Date of the consent to telehealth.", consents.telehealth, nullable=True, phi="dates"),
    # notes describe these ICD-10-CM codes in words of qaseed's own
    primary_dx=choice(
        "ICD-10-CM code of the main problem, a billable one.", diagnoses.DX_CODES, diagnoses.primary_dx, default="F41.9"
    ),
    further_dx=text(
        "Further ICD-10-CM codes, separated by blanks; null for clients with one diagnosis.",
        diagnoses.further_dx,
        nullable=True,
    ),
    # insurance
    payer_code=choice("Primary payer.", _parts("payer"), coverage.payer_code, default="self_pay"),
    plan_type=choice("Type of plan.", PLAN_TYPES, people.plan_type, nullable=True),
    member_id=text(
        "Member number at the payer.",
        identifiers.member_id,
        nullable=True,
        unique=True,
        phi="plan",
        safe="member_id",
    ),
    secondary_payer_code=choice("Pays what the primary payer leaves.", billing.PAYERS, always(None), nullable=True),
    copay_cents=cents("The client's part of an insured visit.", people.copay, minimum=1, nullable=True),
    coverage_from=date("First day of coverage.", people.covered_from, nullable=True, phi="dates"),
    coverage_to=date("Last day of coverage; null while it continues.", people.covered_to, nullable=True, phi="dates"),
    balance_cents=cents(
        "Sum of the client's ledger: what the client owes, negative for a credit.", billing.balance, default=0
    ),
    **audit_columns(recipe(people.office_hour_on, day="intake_date"), "front_desk", changes.of_client),
)

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

CLIENT = entity(
    "client",
    "A person registered with one practice; invented, like all people of the data.",
    COLUMNS,
    (
        *COMMON_RULES,
        *address_rules("phone_mobile", "phone_home", "emergency_contact_phone"),
        town_rule(),
        *PERSON_RULES,
        *CARE_RULES,
        *ACCOUNT_RULES,
    ),
    blocks=recipe(apportionment.client_offsets),
)
