"""Who there is: practices, their locations, providers and clients. Shares and their sources stand in `shares`."""

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
)
from qaseed.model import TODAY, UUID, Rule
from qaseed.practice import shares
from qaseed.practice.generators import apportionment, billing, clock, hours, identifiers, ledger, people, sites, staff
from qaseed.practice.shared import HOME, LOCAL_DAY, ROWS_OF_EVERY_KIND, address, addressed, in_state, marks

# fmt: off

PRACTICE = entity(
    "tenant",
    "A practice: one customer of the system under test.",
    dict(
        tenant_id=text("The practice's slug, `tenant-qa-001`.", recipes.tenant_slug, unique=True),
        name=text("An invented town and what the practice does there.", sites.practice_name),
        status=choice("Whether the practice may work.", ("active", "trial", "suspended"), always("active"), default="active"),
        plan=choice("What it subscribed to (assumed).", dict(group=60, solo=15, enterprise=25), default="group"),
        state=choice("USPS code of the state it works in.", tuple(clock.STATE_ZONES), sites.state, default=HOME),
        timezone=text("IANA zone of the practice.", sites.timezone, default=clock.STATE_ZONES[HOME]),
        currency=choice("Of every amount of the practice.", ("USD",), always("USD"), default="USD"),
        no_show_fee_cents=cents("Charged for a missed visit.", weighted({5000: 50, 7500: 30, 10000: 20}), minimum=0, default=0),
        late_cancel_hours=number("Later cancellations count as late.", weighted({24: 70, 48: 30}), 0, 168, default=24),
        holidays=text("Days on which every site is closed, ISO dates with blanks between them.", sites.holiday_list, default=""),
        canary=text("A word that stands in this practice's searchable text and in no other's.", sites.canary, unique=True, default=UUID),
        opened_on=date("First day of business.", sites.opened_on, default=TODAY),
        **marks(sites.opened_at, "system"),
    ),
    (*ROWS_OF_EVERY_KIND, Rule("U4z", "the zone is that of the state", in_state("timezone"))),
    key=("tenant_id",),
    counted=False,
)

LOCATION = entity(
    "location",
    "A site at which a practice sees clients.",
    dict(
        id=key(),
        tenant_id=tenant(),
        name=text("Named for an invented street.", sites.site_name),
        code=text("Short name, unique in the practice.", sites.site_code, unique=True, default=UUID),
        **address(),
        phone=text("A number that cannot be assigned.", identifiers.phone, phi="phone", safe="phone", default=""),
        fax=text("A number that cannot be assigned.", identifiers.phone, phi="fax", safe="phone", default=""),
        npi=text("Ten digits of a range that was never issued.", identifiers.npi, unique=True, phi="npi", safe="npi", default=UUID),
        pos_code=choice("Place of service (CMS): 11, an office.", ("11", "53"), always("11"), default="11"),
        telehealth=flag("Whether visits by video are held from here.", always(True), default=True),
        timezone=text("IANA zone of the site.", sites.timezone, default=clock.STATE_ZONES[HOME]),
        rooms=number("Visits that fit at a time.", sites.rooms, 1, 10_000_000, default=1),
        **{
            f"hours_{name}": text(f"Opening hours, local, `07:00-21:00`; none on days when it is closed ({name}).", always(told), nullable=True)
            for name, told in zip(hours.WEEKDAYS, hours.SITE_HOURS, strict=True)
        },
        status=choice("Whether it is open.", ("active", "suspended", "inactive"), always("active"), default="active"),
        **marks(sites.opened_at, "system"),
    ),
    (
        *ROWS_OF_EVERY_KIND,
        *addressed("phone", "fax"),
        Rule("U4z", "the zone is that of the state", in_state("timezone")),
        Rule("S4h", "sites close after they open", " or ".join(f"hours_{name}[:5] >= hours_{name}[7:]" for name in hours.WEEKDAYS)),
        Rule(
            "R6", "every active site has providers",
            select="""select l.tenant_id, l.id from location l
                anti join provider p on p.tenant_id = l.tenant_id and p.primary_location_id = l.id where l.is_active""",
            severity="warning",
        ),
    ),
)

PROVIDER = entity(
    "provider",
    "A clinician who sees clients.",
    dict(
        id=key(),
        tenant_id=tenant(),
        first_name=text("Given name.", people.given_name, phi="name", safe="name"),
        last_name=text("Family name.", people.family_name, phi="name", safe="name"),
        credentials=choice("Licence held; LMSW before the independent one.", tuple(staff.TYPES), staff.credentials),
        provider_type=choice("Profession.", tuple(sorted(set(staff.TYPES.values()))), goes_with("credentials", staff.TYPES)),
        specialty=choice("What they mostly do.", tuple(sorted(set(staff.SPECIALTIES.values()))), goes_with("credentials", staff.SPECIALTIES), default="adult"),
        can_prescribe=flag("Whether they may prescribe.", goes_with("credentials", {held: held in staff.PRESCRIBERS for held in staff.TYPES}), default=False),
        supervisor_id=ref("provider", "Who signs the notes of those before the independent licence.", staff.supervisor, nullable=True),
        npi=text("Ten digits of a range that was never issued.", identifiers.npi, unique=True, phi="npi", safe="npi", default=UUID),
        credential_ref=text("Licence reference of no real form.", identifiers.credential_ref, unique=True, phi="certificate", safe="credential", default=UUID),
        license_state=choice("USPS code of the state of the licence.", tuple(clock.STATE_ZONES), sites.state, default=HOME),
        email=text("At a reserved domain.", identifiers.email, unique=True, phi="email", safe="email"),
        phone=text("A number that cannot be assigned.", identifiers.phone, phi="phone", safe="phone", default=""),
        primary_location_id=ref("location", "Where they work.", people.primary_location),
        **{
            f"hours_{name}": text(f"Working hours, local, `09:15-18:15`; none on days off ({name}).", recipe(hours.working_hours, weekday=weekday), nullable=True)
            for weekday, name in enumerate(hours.WEEKDAYS)
        },
        hire_date=date("First day at the practice.", people.hire_date, default=TODAY),
        termination_date=date("Last day at the practice.", always(None), nullable=True),
        accepts_new=flag("Whether new clients may book (assumed).", weighted({True: 70, False: 30}), default=True),
        color=choice("In which the calendar shows them.", people.COLORS, default="slate"),
        **marks(recipe(people.office_hour_on, day="hire_date"), "system"),
    ),
    (
        *ROWS_OF_EVERY_KIND,
        Rule("T3d", "providers leave after they came", "termination_date < hire_date or termination_date > date '{as_of}'"),
        Rule("C3s", "those before the independent licence have a supervisor, a licensed one of the practice", "(credentials = 'LMSW') <> (supervisor_id is not null) or supervisor.credentials = 'LMSW' or supervisor_id = id"),
        Rule(
            "R6", "every active provider has clients or visits",
            select="""select p.tenant_id, p.id from provider p
                anti join (select tenant_id, primary_provider_id as id from client union all select tenant_id, provider_id from appointment) c
                on c.tenant_id = p.tenant_id and c.id = p.id where p.is_active and p.termination_date is null and exists (select 1 from client c where c.tenant_id = p.tenant_id)""",
            severity="warning",
        ),
    ),
    blocks=recipe(apportionment.provider_offsets),
)

CLIENT = entity(
    "client",
    "A person registered with one practice; invented, like everybody here.",
    dict(
        id=key(),
        tenant_id=tenant(),
        mrn=text("Medical record number, with the practice inside.", identifiers.mrn, unique=True, phi="record", safe="mrn", default=UUID),
        chart_no=text("Chart number; the same numbers exist in other practices, on purpose.", identifiers.chart_no, unique=True, phi="record", safe="chart_no", default=UUID),
        first_name=text("Given name.", people.given_name, phi="name", safe="name"),
        middle_name=text("Given name, of one client in three (assumed).", sometimes(0.35, people.given_name), nullable=True, phi="name", safe="name"),
        last_name=text("Family name; none for people with a single name.", people.family_name, nullable=True, phi="name", safe="name"),
        suffix=choice("After the name (assumed).", ("Jr.", "Sr.", "II", "III"), sometimes(0.02, weighted({"Jr.": 50, "Sr.": 20, "II": 15, "III": 15})), nullable=True),
        preferred_name=text("What they like to be called.", people.short_name, nullable=True, phi="name", safe="name"),
        dob=date("Date of birth.", people.dob, phi="dates"),
        sex_at_birth=choice("As told at intake; X is neither, or not told.", tuple(shares.SHARES["sex"].parts), people.sex, default="X"),
        gender_identity=choice("As told at intake.", tuple(dict.fromkeys(name for table in people.GENDERS.values() for name in table)), people.gender, default="declined"),
        pronouns=choice("Spoken of as.", ("she/her", "he/him", "they/them"), people.pronouns, default="they/them"),
        marital_status=choice("As told at intake.", tuple(shares.SHARES["marital"].parts), people.marital, default="single"),
        race=choice("OMB category.", tuple(shares.SHARES["race"].parts), recipe(people.of_share, share="race"), default="declined"),
        ethnicity=choice("OMB category (assumed).", dict(not_hispanic=78, hispanic=17, declined=5), default="declined"),
        preferred_language=choice("ISO 639-1.", tuple(shares.SHARES["language"].parts), recipe(people.of_share, share="language"), default="en"),
        interpreter_needed=flag("Whether somebody has to interpret.", people.interpreter, default=False),
        email=text("At a reserved domain; one in five has none (assumed). Shared only in a household.", sometimes(0.80, identifiers.email), nullable=True, phi="email", safe="email"),
        phone_mobile=text("A number that cannot be assigned.", identifiers.phone, phi="phone", safe="phone", default=""),
        phone_home=text("A number that cannot be assigned; for one in four (assumed).", sometimes(0.25, identifiers.phone), nullable=True, phi="phone", safe="phone"),
        sms_ok=flag("May be texted (assumed).", weighted({True: 80, False: 20}), default=False),
        email_ok=flag("May be mailed (assumed).", weighted({True: 70, False: 30}), default=False),
        voice_ok=flag("May be called and left a message (assumed).", weighted({True: 60, False: 40}), default=False),
        **address(),
        emergency_contact_name=text("Whom to call.", people.contact_name, phi="name", safe="person", default=""),
        emergency_contact_relation=choice("What they are to the client.", people.RELATED, people.contact_relation, default="friend"),
        emergency_contact_phone=text("A number that cannot be assigned.", identifiers.phone, phi="phone", safe="phone", default=""),
        guardian_id=ref("client", "The guardian, where they are a client here too.", people.guardian, nullable=True),
        guardian_name=text("The guardian of those who were registered under 18.", people.guardian_name, nullable=True, phi="name", safe="person"),
        guardian_relation=choice("What the guardian is to the client.", people.RELATED, people.guardian_relation, nullable=True),
        guarantor=choice("Who pays what insurance does not.", ("self", "guardian"), people.guarantor, default="self"),
        household_id=ref("client", "The first client of a household whose members may share telephone and e-mail.", always(None), nullable=True),
        primary_provider_id=ref("provider", "Who treats them.", people.own_provider),
        status=choice("By the last visit.", ("active", "inactive", "waitlist", "discharged", "deceased"), people.client_status, default="active"),
        referral_source=choice("How they came.", tuple(shares.SHARES["referral"].parts), recipe(people.of_share, share="referral"), default="self"),
        intake_date=date("When they were registered.", people.intake_date, phi="dates", default=TODAY),
        discharge_date=date("When care ended.", people.discharge_date, nullable=True, phi="dates"),
        date_of_death=date("For the deceased.", always(None), nullable=True, phi="dates"),
        consent_by=choice("Who signed the consents.", ("self", "guardian"), people.consent_by, default="self"),
        consent_treatment_on=date("When treatment was agreed to.", recipe(recipes.same, of="intake_date"), phi="dates", default=TODAY),
        consent_telehealth_on=date("When telehealth was agreed to.", people.consent_telehealth, nullable=True, phi="dates"),
        # ICD-10-CM leaves, labelled in our own words in the notes
        primary_dx=choice("ICD-10-CM code of the main problem, a billable leaf.", people.DX_CODES, people.primary_dx, default="F41.9"),
        payer_code=choice("Who pays first.", tuple(shares.SHARES["payer"].parts), ledger.payer_code, default="self_pay"),
        plan_type=choice("Kind of plan.", tuple(dict.fromkeys(name for table in people.PLANS.values() for name in table)), people.plan_type, nullable=True),
        member_id=text("Number at the payer.", identifiers.member_id, nullable=True, unique=True, phi="plan", safe="member_id"),
        secondary_payer_code=choice("Who pays what the first payer left.", billing.PAYERS, always(None), nullable=True),
        copay_cents=cents("The client's part of an insured visit.", people.copay, minimum=1, nullable=True),
        coverage_from=date("Since when the payer covers them.", people.covered_from, nullable=True, phi="dates"),
        coverage_to=date("Until when; none while it lasts.", always(None), nullable=True, phi="dates"),
        balance_cents=cents("Sum of the client's ledger: what is owed, negative for a credit.", billing.balance, default=0),
        **marks(recipe(people.office_hour_on, day="intake_date"), "front_desk"),
    ),
    (
        *ROWS_OF_EVERY_KIND,
        *addressed("phone_mobile", "phone_home", "emergency_contact_phone"),
        Rule("T1", "clients are born before they are registered", "dob >= intake_date"),
        Rule("T2", "nobody is older than 105", "dob < date '{as_of}' - interval 106 years"),
        Rule("T10c", "clients are registered, discharged and mourned before as_of", "intake_date >= date '{as_of}' or greatest(discharge_date, date_of_death) > date '{as_of}'"),
        Rule("T12d", "the deceased, and only they, have a date of death", "(status = 'deceased') <> (date_of_death is not null)"),
        Rule("C11d", "the discharged, and only they, have a discharge date", "(status = 'discharged') <> (discharge_date is not null)"),
        Rule(
            "C11", "active clients were seen within half a year or are booked; nobody else was or is, but those gone and waiting",
            select=f"""select c.tenant_id, c.id from client c left join (
                    select tenant_id, client_id, max({LOCAL_DAY}) as last from appointment group by all
                ) a on a.tenant_id = c.tenant_id and a.client_id = c.id
                where c.status in ('active', 'inactive') and (c.status = 'active') <> coalesce(last >= date '{{as_of}}' - {people.INACTIVE_AFTER_DAYS + 7}, false)
                and not coalesce(last between date '{{as_of}}' - {people.INACTIVE_AFTER_DAYS + 7} and date '{{as_of}}' - {people.INACTIVE_AFTER_DAYS - 7}, false)""",
        ),
        Rule("C9g", "under 18 the guarantor is a guardian, who signed; from 18 nobody needs one", "(date_diff('year', dob, date '{as_of}') - (strftime(dob, '%m%d') > '{as_of}'[6:7] || '{as_of}'[9:10])::int < 18) <> (guarantor = 'guardian') or (guarantor = 'guardian' and (guardian_name is null or consent_by <> 'guardian'))"),
        Rule("C9r", "a guardian who is a client is another one, and at least 15 years older", "guardian_id = id or guardian.dob > dob - interval 15 years or (guardian_id is not null and guardian_name is null)"),
        Rule("C7", "diagnoses are plausible at the client's age", "(primary_dx = 'F93.0' and dob < date '{as_of}' - interval 18 years) or (primary_dx = 'F60.3' and dob > date '{as_of}' - interval 18 years)"),
        Rule("L5", "a client's balance is the sum of the client's ledger",
            select="""select c.tenant_id, c.id from client c left join (
                    select tenant_id, client_id, sum(amount_cents) as total from ledger_entry group by all
                ) l on l.tenant_id = c.tenant_id and l.client_id = c.id where c.balance_cents <> coalesce(l.total, 0)""",
        ),
        Rule("L6", "the entries of a practice sum up to the balances of its clients",
            select="""select tenant_id, min(c.id) from client c join (
                    select tenant_id, sum(amount_cents) as total from ledger_entry group by all
                ) l using (tenant_id) group by tenant_id, l.total having sum(c.balance_cents) <> l.total""",
        ),
        Rule("L7m", "insured clients, and only they, are members of a plan with a beginning", "(payer_code = 'self_pay') = (member_id is not null) or (member_id is null) <> (plan_type is null) or (member_id is null) <> (coverage_from is null) or coverage_to < coverage_from"),
        Rule("L12c", "a Medicaid copay is at most 4.00", "payer_code = 'medicaid' and copay_cents > 400"),
        Rule("U1h", "an e-mail address is shared only within a household",
            select="""select tenant_id, max(id) from client where email is not null group by tenant_id, email
                having count(*) > 1 and (count(distinct household_id) <> 1 or count(household_id) <> count(*))""",
        ),
        Rule("U2", "member numbers are unique at their payer",
            select="select max(tenant_id), max(id) from client where member_id is not null group by tenant_id, payer_code, member_id having count(*) > 1",
        ),
    ),
    blocks=recipe(apportionment.client_offsets),
)
