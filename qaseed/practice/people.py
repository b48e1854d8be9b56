"""Who there is: practices, their locations, providers and clients. Shares cite their source or say "assumed"."""

from __future__ import annotations

from qaseed import recipes
from qaseed.kinds import (
    always,
    cents,
    choice,
    date,
    entity,
    flag,
    goes_with,
    key,
    number,
    recipe,
    ref,
    sometimes,
    tenant,
    text,
    weighted,
    word,
)
from qaseed.model import Rule
from qaseed.practice.making import people, quotas
from qaseed.practice.shared import ROWS_OF_EVERY_KIND, address, marks

# fmt: off

PRACTICE = entity(
    "tenant",
    "A practice: one customer of the system under test.",
    dict(
        tenant_id=text("The practice's slug, `tenant-qa-001`.", recipes.tenant_slug, unique=True),
        name=text("An invented town and what the practice does there.", people.practice_name),
        status=choice("Whether the practice may work.", ("active", "trial", "suspended"), always("active")),
        state=choice("USPS code of the state it works in.", tuple(people.STATE_ZONES), people.state),
        timezone=text("IANA zone of the practice.", people.timezone),
        currency=choice("Of every amount of the practice.", ("USD",), always("USD")),
        no_show_fee_cents=cents("Charged for a missed visit.", weighted({5000: 50, 7500: 30, 10000: 20}), minimum=0),
        late_cancel_hours=number("Later cancellations count as late.", weighted({24: 70, 48: 30}), 0, 168),
        opened_on=date("First day of business.", people.opened_on),
        **marks(people.opening),
    ),
    ROWS_OF_EVERY_KIND,
    key=("tenant_id",),
    counted=False,
)

LOCATION = entity(
    "location",
    "A site at which a practice sees clients.",
    dict(
        id=key(),
        tenant_id=tenant(),
        name=text("Named for an invented street.", people.site_name),
        code=text("Short name, unique in the practice.", people.site_code, unique=True),
        **address(),
        timezone=text("IANA zone of the site.", people.timezone),
        rooms=number("Visits that fit at a time.", weighted({4: 30, 6: 40, 10: 30}), 1, 100),
        opens_minute=number("Opening time in minutes after local midnight.", always(480), 0, 1440),
        closes_minute=number("Closing time in minutes after local midnight.", always(1140), 0, 1440),
        status=choice("Whether it is open.", ("active", "suspended", "inactive"), always("active")),
        **marks(people.opening),
    ),
    (*ROWS_OF_EVERY_KIND, Rule("S4h", "sites close after they open", "opens_minute >= closes_minute")),
)

PROVIDER = entity(
    "provider",
    "A clinician who sees clients.",
    dict(
        id=key(),
        tenant_id=tenant(),
        first_name=text("Given name.", people.given_name, phi="name", safe="name"),
        last_name=text("Family name.", word("last_name"), phi="name", safe="name"),
        # an outpatient group with two prescribers in thirteen: assumed
        credentials=choice(
            "Licence held.", dict(LCSW=30, LPC=22, LMFT=12, PsyD=10, PhD=10, PMHNP=9, MD=7)
        ),
        provider_type=choice(
            "Profession.",
            tuple(sorted(set(people.PROVIDER_TYPES.values()))),
            goes_with("credentials", people.PROVIDER_TYPES),
        ),
        can_prescribe=flag("Whether they may prescribe.", goes_with("credentials", {held: held in people.PRESCRIBERS for held in people.PROVIDER_TYPES})),
        npi=text("Ten digits of a range that was never issued.", people.npi, unique=True, phi="npi", safe="npi"),
        credential_ref=text("Licence reference of no real form.", people.credential_ref, unique=True, phi="certificate", safe="credential"),
        email=text("At a reserved domain.", people.email, unique=True, phi="email", safe="email"),
        phone=text("A number that cannot be assigned.", people.phone, phi="phone", safe="phone"),
        primary_location_id=ref("location", "Where they work.", people.primary_location),
        hire_date=date("First day at the practice.", people.hire_date),
        accepts_new=flag("Whether new clients may book.", weighted({True: 70, False: 30})),
        **marks(recipe(people.morning_of, day="hire_date")),
    ),
    ROWS_OF_EVERY_KIND,
    blocks=recipe(quotas.provider_blocks),
)

CLIENT = entity(
    "client",
    "A person registered with one practice; invented, like everybody here.",
    dict(
        id=key(),
        tenant_id=tenant(),
        mrn=text("Medical record number, with the practice inside.", people.mrn, unique=True, phi="record", safe="mrn"),
        chart_no=text(
            "Chart number; the same numbers exist in other practices, on purpose.",
            people.chart_no, unique=True, phi="record", safe="chart_no",
        ),
        sex_at_birth=choice("NHIS 2024: women are 62 % of clients in therapy.", dict(F=0.62, M=0.36, X=0.02)),
        first_name=text("Given name.", people.given_name, phi="name", safe="name"),
        middle_name=text("Given name, of one client in three (assumed).", sometimes(0.35, people.given_name), nullable=True, phi="name", safe="name"),
        last_name=text("Family name.", word("last_name"), phi="name", safe="name"),
        pronouns=choice("Spoken of as.", ("she/her", "he/him", "they/them"), people.pronouns),
        dob=date("Date of birth.", people.dob, phi="dates"),
        email=text("At a reserved domain; one in five has none (assumed).", sometimes(0.80, people.email), nullable=True, unique=True, phi="email", safe="email"),
        **address(),
        preferred_language=choice("ISO 639-1 (assumed).", dict(en=88, es=8, zh=1, vi=1, ar=1, fr=1)),
        marital_status=choice("As told at intake (assumed).", dict(single=46, married=36, divorced=12, widowed=3, separated=3)),
        primary_provider_id=ref("provider", "Who treats them.", people.own_provider),
        status=choice("By the last visit.", ("active", "inactive", "waitlist", "discharged", "deceased"), people.client_status),
        intake_date=date("When they were registered.", people.intake_date, phi="dates"),
        discharge_date=date("When care ended.", people.discharge_date, nullable=True, phi="dates"),
        # JAMA Psychiatry 2020 for self-pay (22 % of psychiatrist visits), the rest assumed
        payer_code=choice("Who pays first.", dict(commercial=52, medicaid=20, self_pay=17, medicare=8, other=3)),
        member_id=text("Number at the payer.", people.member_id, nullable=True, unique=True, phi="plan", safe="member_id"),
        copay_cents=cents("The client's part of an insured visit.", people.copay, minimum=1, nullable=True),
        # ICD-10-CM leaves; FAIR Health 2019 and 2024 for anxiety and depression first, then adjustment, ADHD and trauma
        primary_dx=choice(
            "ICD-10-CM code of the main problem.",
            {"F41.1": 26, "F33.1": 13, "F32.1": 12, "F43.23": 12, "F90.2": 9, "F43.10": 8, "F41.0": 8, "F31.81": 4,
             "F10.20": 4, "F84.0": 2, "F42.2": 1.5},
        ),
        **marks(recipe(people.morning_of, day="intake_date")),
    ),
    (
        *ROWS_OF_EVERY_KIND,
        Rule("T1", "clients are born before they are registered", "dob >= intake_date"),
        Rule("T2", "nobody is older than 105", "dob < date '{as_of}' - interval 106 years"),
        Rule("T10c", "clients are registered and discharged before as_of", "intake_date >= date '{as_of}' or discharge_date > date '{as_of}'"),
        Rule("C11d", "the discharged, and only they, have a discharge date", "(status = 'discharged') <> (discharge_date is not null)"),
        Rule("L7m", "insured clients, and only they, are members", "(payer_code = 'self_pay') = (member_id is not null)"),
        Rule("L12c", "a Medicaid copay is at most 4.00", "payer_code = 'medicaid' and copay_cents > 400"),
    ),
    blocks=recipe(quotas.client_blocks),
)
