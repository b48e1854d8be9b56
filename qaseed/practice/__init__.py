"""The practice: every table, column and promise of the data, on one page. Nothing else declares any of it.

Shares cite their source or say "assumed". Recipes stand in `people`, `schedule`, `clinic` and `billing`.
"""

from __future__ import annotations

from qaseed import recipes
from qaseed.kinds import (
    By,
    always,
    cents,
    choice,
    date,
    entity,
    flag,
    goes_with,
    instant,
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
from qaseed.model import Column, Model, Rule
from qaseed.practice import billing, calendar, clinic, people, quotas, schedule


def _marks(created: By) -> dict[str, Column]:
    """What every row carries: its mark as synthetic, and when it was made and changed."""
    return dict(
        external_ref=text(
            "Findable in every log and dump.", people.reference, unique=True, phi="record", safe="record"
        ),
        is_synthetic=flag("True for every row that qaseed made.", always(True), default=False),
        created_at=instant("When the row was entered.", created),
        updated_at=instant("When the row was last changed.", people.updated),
    )


def _address() -> dict[str, Column]:
    return dict(
        address_1=text("House number and invented street.", people.street, phi="geography", safe="street"),
        city=text("An invented town.", word("city"), phi="geography", safe="city"),
        state=choice("USPS code.", tuple(people.STATE_ZONES), people.state),
        zip=text("Five digits that are no ZIP code.", people.zip_code, phi="geography", safe="zip"),
        phone=text("A number that cannot be assigned.", people.phone, phi="phone", safe="phone"),
    )


CREATED_BEFORE_UPDATED = Rule("T11", "rows are changed after they were made", "created_at > updated_at")
PAST_ONLY = Rule("T10", "nothing but visits lies after as_of", "updated_at > date '{as_of}' + interval 10 hours")
ROWS_OF_EVERY_KIND = (CREATED_BEFORE_UPDATED, PAST_ONLY)

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
        **_marks(people.opening),
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
        **_address(),
        timezone=text("IANA zone of the site.", people.timezone),
        rooms=number("Visits that fit at a time.", weighted({4: 30, 6: 40, 10: 30}), 1, 100),
        opens_minute=number("Opening time in minutes after local midnight.", always(480), 0, 1440),
        closes_minute=number("Closing time in minutes after local midnight.", always(1140), 0, 1440),
        status=choice("Whether it is open.", ("active", "suspended", "inactive"), always("active")),
        **_marks(people.opening),
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
        credentials=choice("Licence held.", dict(LCSW=30, LPC=22, LMFT=12, PsyD=10, PhD=10, PMHNP=9, MD=7)),
        provider_type=choice(
            "Profession.",
            tuple(sorted(set(people.PROVIDER_TYPES.values()))),
            goes_with("credentials", people.PROVIDER_TYPES),
        ),
        can_prescribe=flag(
            "Whether they may prescribe.",
            goes_with("credentials", {held: held in people.PRESCRIBERS for held in people.PROVIDER_TYPES}),
        ),
        npi=text("Ten digits of a range that was never issued.", people.npi, unique=True, phi="npi", safe="npi"),
        credential_ref=text(
            "Licence reference of no real form.",
            people.credential_ref,
            unique=True,
            phi="certificate",
            safe="credential",
        ),
        email=text("At a reserved domain.", people.email, unique=True, phi="email", safe="email"),
        phone=text("A number that cannot be assigned.", people.phone, phi="phone", safe="phone"),
        primary_location_id=ref("location", "Where they work.", people.primary_location),
        hire_date=date("First day at the practice.", people.hire_date),
        accepts_new=flag("Whether new clients may book.", weighted({True: 70, False: 30})),
        **_marks(recipe(people.morning_of, day="hire_date")),
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
            people.chart_no,
            unique=True,
            phi="record",
            safe="chart_no",
        ),
        sex_at_birth=choice("NHIS 2024: women are 62 % of clients in therapy.", dict(F=0.62, M=0.36, X=0.02)),
        first_name=text("Given name.", people.given_name, phi="name", safe="name"),
        middle_name=text(
            "Given name, of one client in three (assumed).",
            sometimes(0.35, people.given_name),
            nullable=True,
            phi="name",
            safe="name",
        ),
        last_name=text("Family name.", word("last_name"), phi="name", safe="name"),
        pronouns=choice("Spoken of as.", ("she/her", "he/him", "they/them"), people.pronouns),
        dob=date("Date of birth.", people.dob, phi="dates"),
        email=text(
            "At a reserved domain; one in five has none (assumed).",
            sometimes(0.80, people.email),
            nullable=True,
            unique=True,
            phi="email",
            safe="email",
        ),
        **_address(),
        preferred_language=choice("ISO 639-1 (assumed).", dict(en=88, es=8, zh=1, vi=1, ar=1, fr=1)),
        marital_status=choice(
            "As told at intake (assumed).", dict(single=46, married=36, divorced=12, widowed=3, separated=3)
        ),
        primary_provider_id=ref("provider", "Who treats them.", people.own_provider),
        status=choice(
            "By the last visit.", ("active", "inactive", "waitlist", "discharged", "deceased"), people.client_status
        ),
        intake_date=date("When they were registered.", people.intake_date, phi="dates"),
        discharge_date=date("When care ended.", people.discharge_date, nullable=True, phi="dates"),
        # JAMA Psychiatry 2020 for self-pay (22 % of psychiatrist visits), the rest assumed
        payer_code=choice("Who pays first.", dict(commercial=52, medicaid=20, self_pay=17, medicare=8, other=3)),
        member_id=text(
            "Number at the payer.", people.member_id, nullable=True, unique=True, phi="plan", safe="member_id"
        ),
        copay_cents=cents("The client's part of an insured visit.", people.copay, minimum=1, nullable=True),
        # ICD-10-CM leaves; FAIR Health 2019 and 2024 for anxiety and depression first, then adjustment, ADHD and trauma
        primary_dx=choice(
            "ICD-10-CM code of the main problem.",
            {
                "F41.1": 26,
                "F33.1": 13,
                "F32.1": 12,
                "F43.23": 12,
                "F90.2": 9,
                "F43.10": 8,
                "F41.0": 8,
                "F31.81": 4,
                "F10.20": 4,
                "F84.0": 2,
                "F42.2": 1.5,
            },
        ),
        **_marks(recipe(people.morning_of, day="intake_date")),
    ),
    (
        *ROWS_OF_EVERY_KIND,
        Rule("T1", "clients are born before they are registered", "dob >= intake_date"),
        Rule("T2", "nobody is older than 105", "dob < date '{as_of}' - interval 106 years"),
        Rule(
            "T10c",
            "clients are registered and discharged before as_of",
            "intake_date >= date '{as_of}' or discharge_date > date '{as_of}'",
        ),
        Rule(
            "C11d",
            "the discharged, and only they, have a discharge date",
            "(status = 'discharged') <> (discharge_date is not null)",
        ),
        Rule(
            "L7m", "insured clients, and only they, are members", "(payer_code = 'self_pay') = (member_id is not null)"
        ),
        Rule("L12c", "a Medicaid copay is at most 4.00", "payer_code = 'medicaid' and copay_cents > 400"),
    ),
    blocks=recipe(quotas.client_blocks),
)

BLOCKING = "('scheduled', 'confirmed', 'completed', 'no_show', 'late_cancelled')"


def _overlap(rule: str, whose: str) -> Rule:
    return Rule(
        rule,
        f"no {whose} is booked twice at a time",
        select=f"""select tenant_id, id from (
            select tenant_id, id, start_at, max(end_at) over (
                partition by tenant_id, {whose}_id order by start_at, id rows between unbounded preceding and 1 preceding
            ) as busy_until from appointment where status in {BLOCKING}) where start_at < busy_until""",
    )


APPOINTMENT = entity(
    "appointment",
    "A visit that is booked, and what became of it.",
    dict(
        id=key(),
        tenant_id=tenant(),
        client_id=ref("client", "Who comes.", schedule.client),
        provider_id=ref("provider", "In whose calendar it stands.", schedule.provider),
        location_id=ref("location", "Where.", schedule.location),
        appointment_type=choice("Why.", ("intake", "individual", "family", "med_mgmt"), schedule.appointment_type),
        # Epic Research 2023: 37 % of mental-health visits by telehealth; audio a tenth of them
        modality=choice("How they meet.", dict(in_person=63, video=33, phone=4)),
        status=choice("What became of it, or how sure it is.", calendar.STATUSES, schedule.status),
        service_code=choice("What is done, in codes of our own.", tuple(schedule.SERVICES), schedule.service_code),
        duration_min=number("Minutes from start to end.", schedule.minutes, 5, 180),
        start_at=instant("When it starts.", schedule.start_at),
        end_at=instant("When it ends.", schedule.end_at),
        timezone=text("IANA zone of the wall time.", people.timezone),
        start_local=text("Wall time at the site, `2026-03-09T14:30`.", schedule.start_local),
        booked_at=instant("When it was booked.", schedule.booked_at),
        checked_in_at=instant("When the client arrived.", schedule.checked_in_at, nullable=True),
        cancelled_at=instant("When it was called off.", schedule.cancelled_at, nullable=True),
        **_marks(recipe(recipes.same, of="booked_at")),
    ),
    (
        *ROWS_OF_EVERY_KIND,
        Rule("T4", "visits are booked before they start", "booked_at > start_at"),
        Rule("T5", "a visit ends its minutes after its start", "end_at <> start_at + to_minutes(duration_min)"),
        Rule(
            "T6",
            "what is past has an outcome, what is ahead has none",
            "(try_cast(start_local[:10] as date) < date '{as_of}') <> (status not in ('scheduled', 'confirmed'))",
        ),
        Rule(
            "T7",
            "clients check in up to 45 minutes before",
            "checked_in_at < start_at - interval 45 minutes or checked_in_at > end_at",
        ),
        Rule(
            "T8",
            "what was called off has a moment before its start",
            "(status in ('cancelled', 'late_cancelled')) <> coalesce(cancelled_at < start_at, false)",
        ),
        Rule(
            "T8l",
            "late means within the practice's limit",
            select="""select a.tenant_id, a.id from appointment a join tenant t using (tenant_id)
                where a.cancelled_at is not null
                and (a.status = 'late_cancelled') <> (a.start_at - a.cancelled_at < to_hours(t.late_cancel_hours))""",
        ),
        Rule(
            "T1a",
            "no visit before the client is registered",
            select="""select a.tenant_id, a.id from appointment a join client c on c.tenant_id = a.tenant_id and c.id = a.client_id
                where try_cast(a.start_local[:10] as date) < c.intake_date""",
        ),
        Rule(
            "T3",
            "no visit before the provider is hired",
            select="""select a.tenant_id, a.id from appointment a join provider p on p.tenant_id = a.tenant_id and p.id = a.provider_id
                where try_cast(a.start_local[:10] as date) < p.hire_date""",
        ),
        _overlap("S1", "provider"),
        _overlap("S2", "client"),
        Rule(
            "S4",
            "visits are within the site's hours",
            select="""select a.tenant_id, a.id from appointment a join location l on l.tenant_id = a.tenant_id and l.id = a.location_id
                where 60 * try_cast(start_local[12:13] as int) + try_cast(start_local[15:16] as int) < l.opens_minute
                or 60 * try_cast(start_local[12:13] as int) + try_cast(start_local[15:16] as int) + a.duration_min > l.closes_minute""",
        ),
        Rule("S6", "visits start on a grid of 5 minutes", "try_cast(start_local[15:16] as int) % 5 <> 0"),
        Rule(
            "S7",
            "wall time and moment agree",
            "try_cast(start_local as timestamp) is distinct from timezone(timezone, start_at)",
        ),
        Rule(
            "C5",
            "only prescribers manage medication",
            select="""select a.tenant_id, a.id from appointment a join provider p on p.tenant_id = a.tenant_id and p.id = a.provider_id
                where a.appointment_type = 'med_mgmt' and not p.can_prescribe""",
        ),
    ),
    blocks=recipe(quotas.appointment_blocks),
)

NOTE = entity(
    "note",
    "What a provider wrote down about a visit, or about a contact without one.",
    dict(
        id=key(),
        tenant_id=tenant(),
        appointment_id=ref(
            "appointment",
            "The completed visit that it documents; none for other contacts.",
            clinic.visit,
            nullable=True,
        ),
        client_id=ref("client", "About whom.", clinic.client),
        provider_id=ref("provider", "Who wrote it.", clinic.provider),
        note_type=choice(
            "What it is about.", ("intake", "progress", "phone", "collateral", "treatment_plan"), clinic.note_type
        ),
        status=choice("Draft until it is signed.", ("draft", "signed"), clinic.note_status),
        subjective=text("What the client reports.", clinic.said, free_text=True),
        objective=text("What the provider saw.", clinic.seen, free_text=True),
        assessment=text("How the provider judges it.", clinic.judged, free_text=True),
        plan=text("What is next.", clinic.planned, free_text=True),
        signed_at=instant("When it was signed.", clinic.signed_at, nullable=True),
        **_marks(clinic.created_at),
    ),
    (
        *ROWS_OF_EVERY_KIND,
        Rule(
            "R3n",
            "a note and its visit have the same client and provider",
            select="""select n.tenant_id, n.id from note n join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
                where (n.client_id, n.provider_id) <> (a.client_id, a.provider_id)""",
        ),
        Rule(
            "T9",
            "notes are written after the visit",
            select="""select n.tenant_id, n.id from note n join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
                where n.created_at < a.end_at - interval 15 minutes""",
        ),
        Rule("T9s", "notes are signed after they are written", "signed_at < created_at"),
        Rule(
            "T10n",
            "notes are written and signed before the data ends",
            "greatest(created_at, signed_at) > date '{as_of}' + interval 10 hours",
        ),
        Rule(
            "C1",
            "a completed visit has at most one note, any other visit none",
            select="""select n.tenant_id, n.id from note n join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
                where a.status <> 'completed' union all
                select tenant_id, max(id) from note where appointment_id is not null
                group by tenant_id, appointment_id having count(*) > 1""",
        ),
        Rule(
            "C1v",
            "notes without a visit are of the kinds that need none",
            "(appointment_id is null) <> (note_type in ('phone', 'collateral', 'treatment_plan'))",
        ),
        Rule(
            "C2", "a note is signed when it has a moment of signing", "(status = 'signed') <> (signed_at is not null)"
        ),
        Rule(
            "X5",
            "no slot of a text is left open",
            "regexp_matches(concat_ws(' ', subjective, objective, assessment, plan), '[{}]|\\bNone\\b|\\bnan\\b')",
        ),
    ),
    blocks=recipe(quotas.note_blocks),
)

LEDGER_ENTRY = entity(
    "ledger_entry",
    "A line of a client's account: a charge, or what settles it.",
    dict(
        id=key(),
        tenant_id=tenant(),
        client_id=ref("client", "Whose account.", billing.client),
        appointment_id=ref("appointment", "The visit that was charged.", billing.visit),
        charge_id=ref("ledger_entry", "The charge that it settles; none for a charge.", billing.charge, nullable=True),
        entry_type=choice(
            "What it is.", ("charge", "client_payment", "insurance_payment", "adjustment"), billing.entry_type
        ),
        amount_cents=cents("Positive for charges, negative for what settles them.", billing.amount),
        currency=choice("The practice's.", ("USD",), always("USD")),
        service_date=date("Day of the visit.", billing.service_date),
        service_code=choice("The visit's service.", tuple(schedule.SERVICES), billing.service_code),
        posted_at=instant("When it was posted.", billing.posted_at),
        method=choice("How a payment was made.", ("card", "check", "cash", "eft"), billing.method, nullable=True),
        payer_code=choice(
            "The insurance concerned.", ("commercial", "medicaid", "medicare", "other"), billing.payer, nullable=True
        ),
        reference=text("Unique in the practice.", billing.ledger_ref, unique=True, phi="account", safe="record"),
        **_marks(recipe(recipes.same, of="posted_at")),
    ),
    (
        *ROWS_OF_EVERY_KIND,
        Rule(
            "L1", "charges are positive, what settles them is negative", "(entry_type = 'charge') <> (amount_cents > 0)"
        ),
        Rule("L14", "no entry is zero", "amount_cents = 0"),
        Rule(
            "L2c",
            "a charge stands alone, anything else settles a charge",
            "(entry_type = 'charge') <> (charge_id is null)",
        ),
        Rule(
            "L2",
            "only completed visits are charged, to the client who came, for what was done on the day",
            select="""select l.tenant_id, l.id from ledger_entry l
                join appointment a on a.tenant_id = l.tenant_id and a.id = l.appointment_id
                where a.status <> 'completed' or l.client_id <> a.client_id or l.service_code <> a.service_code
                or l.service_date <> try_cast(a.start_local[:10] as date)""",
        ),
        Rule(
            "L3",
            "a visit is charged once",
            select="""select tenant_id, max(id) from ledger_entry where entry_type = 'charge'
                group by tenant_id, appointment_id having count(*) > 1""",
        ),
        Rule(
            "L4",
            "what settles a charge is never more than the charge, and of the same client and visit",
            select="""select c.tenant_id, c.id from ledger_entry c join ledger_entry s on s.tenant_id = c.tenant_id and s.charge_id = c.id
                group by c.tenant_id, c.id, c.amount_cents, c.entry_type, c.client_id, c.appointment_id
                having sum(s.amount_cents) + c.amount_cents < 0 or c.entry_type <> 'charge'
                or bool_or((s.client_id, s.appointment_id) <> (c.client_id, c.appointment_id))""",
        ),
        Rule(
            "T14",
            "a charge is posted after the visit began, what settles it after the charge",
            select="""select l.tenant_id, l.id from ledger_entry l
                join appointment a on a.tenant_id = l.tenant_id and a.id = l.appointment_id
                left join ledger_entry c on c.tenant_id = l.tenant_id and c.id = l.charge_id
                where l.posted_at < a.start_at or l.posted_at < c.posted_at""",
        ),
        Rule(
            "L7",
            "insurance pays only for its members, by the client's own payer; adjustments name it too",
            select="""select l.tenant_id, l.id from ledger_entry l join client c on c.tenant_id = l.tenant_id and c.id = l.client_id
                where case when l.entry_type in ('insurance_payment', 'adjustment')
                then l.payer_code is distinct from c.payer_code else l.payer_code is not null end""",
        ),
    ),
    blocks=recipe(quotas.entry_blocks),
)

MODEL = Model(
    "practice",
    "A behavioural-health practice: who works there, who comes, what was done, written down and charged.",
    (PRACTICE, LOCATION, PROVIDER, CLIENT, APPOINTMENT, NOTE, LEDGER_ENTRY),
    limits=recipe(quotas.limits),
)
