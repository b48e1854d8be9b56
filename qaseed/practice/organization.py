"""Where care is given and by whom: practices, their locations and providers."""

from __future__ import annotations

from qaseed import recipes
from qaseed.kinds import (
    always,
    by_value_of,
    cents,
    choice,
    date,
    entity,
    flag,
    key,
    number,
    recipe,
    ref,
    tenant,
    text,
    weighted,
)
from qaseed.model import TODAY, UUID, Rule
from qaseed.practice.generators import (
    apportionment,
    changes,
    clock,
    hours,
    identifiers,
    names,
    people,
    phones,
    sites,
    staff,
)
from qaseed.practice.shared import (
    COMMON_RULES,
    HOME_STATE,
    HOME_ZONE,
    address_columns,
    address_rules,
    audit_columns,
    zone_rule,
)
from qaseed.sql import any_of, query

PRACTICE_COLUMNS = dict(
    tenant_id=text("The practice's slug, `tenant-qa-001`.", recipes.tenant_slug, unique=True),
    # what it is
    name=text("An invented town and what the practice does there.", sites.practice_name),
    status=choice(
        "Status of the practice's account.", ("active", "trial", "suspended"), sites.account_status, default="active"
    ),
    plan=choice("The practice's subscription (assumed).", dict(group=60, solo=15, enterprise=25), default="group"),
    # where it is
    state=choice("USPS code of the practice's state.", tuple(clock.STATE_ZONES), sites.state, default=HOME_STATE),
    timezone=text("IANA time zone of the practice.", sites.timezone, default=HOME_ZONE),
    # how it works
    currency=choice("Currency of all amounts of the practice.", ("USD",), always("USD"), default="USD"),
    no_show_fee_cents=cents("Fee for a missed visit.", weighted({5000: 50, 7500: 30, 10000: 20}), minimum=0, default=0),
    late_cancel_hours=number(
        "Cancellations fewer hours before the start are late.", weighted({24: 70, 48: 30}), 0, 168, default=24
    ),
    holidays=text("Days on which all sites are closed, ISO dates separated by blanks.", sites.holiday_list, default=""),
    canary=text(
        "A word that is in this practice's searchable text and in no other's.",
        sites.canary,
        unique=True,
        default=UUID,
    ),
    opened_on=date("First day of business.", sites.opened_on, default=TODAY),
    **audit_columns(sites.opened_at, "system"),
)

PRACTICE = entity(
    "tenant",
    "A practice: one customer of the system under test.",
    PRACTICE_COLUMNS,
    (*COMMON_RULES, zone_rule()),
    key=("tenant_id",),
    counted=False,
)

LOCATION_COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    # what it is
    name=text("Named after an invented street.", sites.site_name),
    code=text("Short name, unique in the practice.", sites.site_code, unique=True, default=UUID),
    # where it is, and its numbers
    **address_columns(),
    phone=text("A number that cannot be assigned.", phones.phone, phi="phone", safe="phone", default=""),
    fax=text("A number that cannot be assigned.", phones.phone, phi="fax", safe="phone", default=""),
    npi=text(
        "Ten digits of a range that was never issued.",
        identifiers.npi,
        unique=True,
        phi="npi",
        safe="npi",
        default=UUID,
    ),
    # how it works
    pos_code=choice("Place of service (CMS): 11, an office.", ("11", "53"), always("11"), default="11"),
    telehealth=flag("Whether providers hold visits by video from here.", always(True), default=True),
    timezone=text("IANA time zone of the site.", sites.timezone, default=HOME_ZONE),
    rooms=number("Visits that fit at a time.", sites.rooms, 1, 10_000_000, default=1),
    **{
        f"hours_{day}": text(
            f"Opening hours, local, `07:00-21:00`; null if it is closed ({day}).",
            recipe(hours.opening_hours, weekday=weekday),
            nullable=True,
        )
        for weekday, day in enumerate(hours.WEEKDAYS)
    },
    status=choice(
        "Whether it is open; nobody works at one that is not.",
        ("active", "suspended", "inactive"),
        sites.site_status,
        default="active",
    ),
    **audit_columns(sites.opened_at, "system"),
)

LOCATION_RULES = (
    zone_rule(),
    Rule(
        "S4h",
        "sites close after they open",
        any_of(*(f"hours_{day}[:5] >= hours_{day}[7:]" for day in hours.WEEKDAYS)),
    ),
    Rule(
        "R6",
        "every active site has providers",
        select=query("""
            select l.tenant_id, l.id
            from location l
            anti join provider p on p.tenant_id = l.tenant_id and p.primary_location_id = l.id
            where l.is_active and l.status = 'active'
        """),
        severity="warning",
    ),
)

LOCATION = entity(
    "location",
    "A site at which a practice sees clients.",
    LOCATION_COLUMNS,
    (*COMMON_RULES, *address_rules("phone", "fax"), *LOCATION_RULES),
)

PRESCRIBES = {credentials: credentials in staff.PRESCRIBERS for credentials in staff.TYPES}

PROVIDER_COLUMNS = dict(
    id=key(),
    tenant_id=tenant(),
    # name and profession
    first_name=text("Given name.", names.given_name, phi="name", safe="name"),
    last_name=text("Family name.", names.family_name, phi="name", safe="name"),
    credentials=choice("License; LMSW before independent practice.", tuple(staff.TYPES), staff.credentials),
    provider_type=choice(
        "Profession.", tuple(sorted(set(staff.TYPES.values()))), by_value_of("credentials", staff.TYPES)
    ),
    specialty=choice(
        "Main field of work.",
        tuple(sorted({"youth", *staff.SPECIALTIES.values()})),
        staff.specialty,
        default="adult",
    ),
    can_prescribe=flag("Whether they may prescribe.", by_value_of("credentials", PRESCRIBES), default=False),
    supervisor_id=ref(
        "provider",
        "Who cosigns the notes of associates without an independent license.",
        staff.supervisor,
        nullable=True,
    ),
    # identifiers, none of which can be real
    npi=text(
        "Ten digits of a range that was never issued.",
        identifiers.npi,
        unique=True,
        phi="npi",
        safe="npi",
        default=UUID,
    ),
    credential_ref=text(
        "License number in a form that no state uses.",
        identifiers.credential_ref,
        unique=True,
        phi="certificate",
        safe="credential",
        default=UUID,
    ),
    license_state=choice(
        "USPS code of the state of the license.", tuple(clock.STATE_ZONES), sites.state, default=HOME_STATE
    ),
    email=text("At a reserved domain.", identifiers.email, unique=True, phi="email", safe="email"),
    phone=text("A number that cannot be assigned.", phones.phone, phi="phone", safe="phone", default=""),
    # where and when they work
    primary_location_id=ref("location", "Where they work.", people.primary_location),
    **{
        f"hours_{day}": text(
            f"Working hours, local, `09:15-18:15`; null on days off ({day}).",
            recipe(hours.working_hours, weekday=weekday),
            nullable=True,
        )
        for weekday, day in enumerate(hours.WEEKDAYS)
    },
    hire_date=date("First day at the practice.", people.hire_date, default=TODAY),
    termination_date=date("Last day at the practice.", staff.terminated_on, nullable=True),
    accepts_new=flag("Whether new clients may book (assumed).", staff.accepts_new, default=True),
    color=choice("Color in the calendar.", people.COLORS, default="slate"),
    **audit_columns(recipe(people.office_hour_on, day="hire_date"), "system", changes.of_provider),
)

PROVIDER_RULES = (
    Rule(
        "T3d",
        "providers leave after they are hired, and not after as_of",
        any_of("termination_date < hire_date", "termination_date > date '{as_of}'"),
    ),
    Rule(
        "C3s",
        "associates, and only they, have a supervisor, a provider with an independent license",
        any_of(
            "(credentials = 'LMSW') <> (supervisor_id is not null)",
            "supervisor.credentials = 'LMSW'",
            "supervisor_id = id",
        ),
    ),
    Rule(
        "R6",
        "every active provider has clients or visits",
        select=query("""
            select p.tenant_id, p.id
            from provider p
            anti join (
                select tenant_id, primary_provider_id as id from client
                union all
                select tenant_id, provider_id from appointment
            ) c on c.tenant_id = p.tenant_id and c.id = p.id
            where p.is_active and p.termination_date is null
            and exists (select 1 from client c where c.tenant_id = p.tenant_id)
        """),
        severity="warning",
    ),
)

PROVIDER = entity(
    "provider",
    "A clinician who sees clients.",
    PROVIDER_COLUMNS,
    (*COMMON_RULES, *PROVIDER_RULES),
    blocks=recipe(apportionment.provider_offsets),
)
