"""Clients: who they are, how they are reached, who treats them, and who pays. `shares` has the figures' sources."""

from __future__ import annotations

from dataclasses import replace

from qaseed.kinds import cents, choice, date, entity, flag, key, recipe, ref, sometimes, tenant, text, weighted
from qaseed.model import TODAY, UUID
from qaseed.practice import shares
from qaseed.practice.client_rules import ACCOUNT_RULES, CARE_RULES, PERSON_RULES
from qaseed.practice.generators import (
    apportionment,
    billing,
    changes,
    consents,
    coverage,
    diagnoses,
    family,
    identifiers,
    names,
    origin,
    people,
    phones,
    secondary,
)
from qaseed.practice.shared import COMMON_RULES, address_columns, address_rules, audit_columns, town_rule


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
    secondary_payer_code=choice(
        "Pays what the primary payer leaves.", billing.PAYERS, secondary.payer_code, nullable=True
    ),
    copay_cents=cents(
        "What the plan leaves of a visit, to the client or to the secondary payer.",
        people.copay,
        minimum=1,
        nullable=True,
    ),
    coverage_from=date("First day of coverage.", people.covered_from, nullable=True, phi="dates"),
    coverage_to=date("Last day of coverage; null while it continues.", people.covered_to, nullable=True, phi="dates"),
    balance_cents=cents(
        "Sum of the client's ledger: what the client owes, negative for a credit.", billing.balance, default=0
    ),
    **audit_columns(recipe(people.office_hour_on, day="intake_date"), "front_desk", changes.of_client),
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
