"""Named cases that tests can rely on: each stands at the same ids in every seed, scale and profile that has room for it.

People are cases of the first practice, calendars of the second (whose clocks change), notes and ledgers of the third. A
client at place 8k has a standing hour of its own with the provider at place 0, so that nobody is booked twice.
"""

from __future__ import annotations

from typing import Any

from qaseed import recipes
from qaseed.kinds import choice, entity, number, recipe, tenant, text
from qaseed.model import Given, Recipe, Scenario
from qaseed.practice.making import listing
from qaseed.practice.making import stories as told

# fmt: off

SCENARIO = entity(
    "scenario",
    "A named case that tests can rely on, and where its row is; the row is checked by a rule of that name.",
    dict(
        tenant_id=tenant(),
        name=text("What the case is called.", recipe(listing.told, field="name")),
        entity=choice("The table of the row.", ("tenant", "location", "provider", "client", "appointment", "note", "ledger_entry"), recipe(listing.told, field="entity")),
        id=number("The id of the row in that table.", listing.row_id, 0, 1 << 53),
        description=text("What it is.", recipe(listing.told, field="doc")),
    ),
    key=("tenant_id", "name"),
    counted=False,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS_OPEN = {f"hours_{day}": "07:00-21:00" for day in DAYS}
SITE = Given("location", 0, tuple(ALWAYS_OPEN.items()))
AT_SITE = recipe(told.row_at, place=0)


def _provider(place: int, **values: Any) -> Given:
    return Given("provider", place, (("primary_location_id", AT_SITE), *ALWAYS_OPEN.items(), *values.items()))


THERAPIST = _provider(0)
ASSOCIATE = _provider(1, credentials="LMSW")
PRESCRIBER = _provider(2, credentials="PMHNP")
BESIDE = _provider(3, credentials="PsyD")
"""For visits at hours of their own: the first therapist's day holds the standing ones."""
STAFF = (SITE, THERAPIST)


def client(place: int, **values: Any) -> Given:
    """A client who was in care before the window, unless `at_new`."""
    return Given("client", place, tuple({"at_new": False, "payer_code": "commercial", "copay_cents": 2500, **values}.items()))


def visit(place: int, of: int, week: int, **values: Any) -> Given:
    """An hour of individual therapy in person, so many weeks from that of as_of."""
    usual = {"status": "completed" if week < 0 else "scheduled", "appointment_type": "individual", "service_code": "QA-IND60", "modality": "in_person"}
    return Given("appointment", place, tuple({"at_client": of, "at_week": week, **usual, **values}.items()))


def note(place: int, of: int, **values: Any) -> Given:
    """A note about a visit, signed two hours after it was written."""
    return Given("note", place, tuple({"at_visit": of, "signed_at": recipe(told.after, of="created_at", minutes=120), **values}.items()))


def entry(place: int, kind: str, **values: Any) -> Given:
    """A line of the ledger."""
    return Given("ledger_entry", place, tuple({"entry_type": kind, **values}.items()))


def paid(place: int, charge: int, visit: int, cents: int | Recipe, **values: Any) -> Given:
    """A payment of the client, ten days after the charge unless told otherwise."""
    return entry(place, "client_payment", at_visit=visit, at_charge=charge, amount_cents=cents, **{"at_days": 10, "method": "card", **values})


def off(place: int, kind: str, charge: int, visit: int, cents: int | Recipe, why: str, **values: Any) -> Given:
    """What is taken off a charge, and why."""
    return entry(place, kind, at_visit=visit, at_charge=charge, amount_cents=cents, adjustment_reason=why, **{"at_days": 30, **values})


def insured(place: int, charge: int, visit: int, cents: int, **values: Any) -> Given:
    """What insurance pays, forty days after the charge unless told otherwise."""
    usual = {"at_days": 40, "payer_code": "commercial", "method": "eft"}
    return entry(place, "insurance_payment", at_visit=visit, at_charge=charge, amount_cents=cents, **{**usual, **values})


def born(years: int, days: int = 0) -> Recipe:
    """The date so many years before as_of, and days after that."""
    return recipe(told.years_before, years=years, days=days)


def _person(name: str, doc: str, place: int, holds: str, /, **values: Any) -> Scenario:
    return Scenario(name, doc, "client", place, holds, (*STAFF, client(place, **values)))


def _alike(place: int, dob: str = "1988-03-04") -> Given:
    return client(place, first_name="Maria", last_name="Garcia", sex_at_birth="F", dob=recipe(told.on, day=dob))


LONG_NAME = "Featheringstonehaugh-Montgomery-Cholmondeley-Wolstenholme-Abernethy"

PEOPLE = (
    _person("apostrophe_name", "A family name with an apostrophe.", 0, "s.last_name = 'O''Brien'", last_name="O'Brien"),
    Scenario(
        "minor_with_guardian", "A child whose mother is a client too, and who signed and pays for it.", "client", 8,
        "s.guardian_id = (select g.id from client g where g.tenant_id = s.tenant_id and g.id = s.id + 1 and g.dob < s.dob - interval 15 years) "
        "and s.guarantor = 'guardian' and s.consent_by = 'guardian'",
        (*STAFF, client(9, dob=born(41, 100), sex_at_birth="F"),
         client(8, dob=born(9, 30), guardian_id=recipe(told.row_at, place=9), intake_date=recipe(told.days_before, days=500), primary_dx="F90.2"),
         visit(0, 8, -3), visit(1, 8, -1)),
    ),
    Scenario(
        "turns_18_between_visits", "A client who was 17 at one visit and 18 at the next.", "client", 16,
        "(select min(date_diff('day', s.dob + interval 18 years, a.start_local[:10]::timestamp)) < 0 and max(date_diff('day', s.dob + interval 18 years, a.start_local[:10]::timestamp)) >= 0 "
        "from appointment a where a.tenant_id = s.tenant_id and a.client_id = s.id) and s.guarantor = 'self' and s.consent_by = 'guardian'",
        (*STAFF, client(16, dob=born(18, -21), primary_dx="F32.1"), visit(2, 16, -5), visit(3, 16, -1)),
    ),
    _person("leap_day_birth", "Born on 29 February.", 24, "strftime(s.dob, '%m-%d') = '02-29'", dob=recipe(told.leap_day, years=30)),
    _person("rtl_name", "A name in Arabic letters, written from right to left.", 32, "regexp_matches(s.first_name, '\\p{Arabic}') and regexp_matches(s.last_name, '\\p{Arabic}')", first_name="ليلى", last_name="الحسن"),
    Scenario(
        "duplicate_looking_clients", "Two clients of one name and birth date who are two people.", "client", 40,
        "(select count(distinct mrn) from client c where (c.tenant_id, c.first_name, c.last_name, c.dob) = (s.tenant_id, s.first_name, s.last_name, s.dob)) = 2",
        (*STAFF, _alike(40), _alike(41)),
    ),
    Scenario(
        "transposed_birth_date", "The same name again, and a birth date whose month and day changed places.", "client", 42,
        "exists (select 1 from client c where c.tenant_id = s.tenant_id and (c.first_name, c.last_name) = (s.first_name, s.last_name) and strftime(c.dob, '%Y-%d-%m') = strftime(s.dob, '%Y-%m-%d'))",
        (*STAFF, _alike(40), _alike(42, "1988-04-03")),
    ),
    _person("cjk_name", "A name in Chinese characters.", 48, "s.first_name = '小明' and s.last_name = '王'", first_name="小明", last_name="王"),
    _person("accented_name", "Letters with accents, composed.", 56, "s.first_name = 'Zoë' and s.last_name = 'Nguyễn' and nfc_normalize(s.last_name) = s.last_name", first_name="Zoë", last_name="Nguyễn"),
    _person("decomposed_name", "The same kind of letters, decomposed (NFD).", 64, "nfc_normalize(s.first_name) = 'José' and s.first_name <> 'José'", first_name="Jose\u0301", last_name="Alva\u0301rez"),
    _person("mononym", "A person with a single name.", 72, "s.last_name is null", last_name=None, first_name="Suharto"),
    _person("null_word_name", "Names that careless code takes for nothing.", 80, "s.first_name = 'Null' and s.middle_name = 'NaN' and s.last_name = 'True'", first_name="Null", middle_name="NaN", last_name="True"),
    _person("long_name", "A double-barrelled name of more than 60 characters.", 88, "length(s.last_name) > 60", last_name=LONG_NAME),
    _person("longest_name", "A name of 255 characters.", 96, "length(s.last_name) = 255", last_name=recipe(told.repeated, sentence="Longname", length=255)),
    _person("single_letter_surname", "A family name of one letter.", 104, "s.last_name = 'O'", last_name="O"),
    _person("padded_name", "Blanks before and after a name.", 112, "s.first_name = ' Ana ' and s.last_name = 'Reed '", first_name=" Ana ", last_name="Reed "),
    _person("suffix_name", "A name with a suffix and with particles.", 120, "s.suffix = 'Jr.' and s.last_name = 'van der Berg'", last_name="van der Berg", suffix="Jr."),
    _person("emoji_preferred_name", "A preferred name with an emoji joined from several.", 128, "contains(s.preferred_name, '👩‍🚀')", preferred_name="Sky 👩‍🚀"),
    _person("dotless_i_name", "Turkish letters whose upper and lower case depend on the language.", 136, "s.first_name = 'Işıl' and s.last_name = 'İnce'", first_name="Işıl", last_name="İnce", sex_at_birth="F"),
    Scenario(
        "exactly_18_on_visit", "A visit on the 18th birthday.", "appointment", 8,
        "exists (select 1 from client c where c.tenant_id = s.tenant_id and c.id = s.client_id and c.dob + interval 18 years = s.start_local[:10]::timestamp)",
        (*STAFF, client(144, dob=recipe(told.years_before_visit, years=18, visit=8), primary_dx="F41.1"), visit(8, 144, -2)),
    ),
    _person("newborn", "Three weeks old, registered by the guardian.", 152, "date_diff('day', s.dob, s.intake_date) = 7 and s.guarantor = 'guardian'", dob=recipe(told.days_before, days=21), intake_date=recipe(told.days_before, days=14), primary_dx="Z63.0"),
    _person("oldest_client", "104 years old.", 160, "s.dob < date '{as_of}' - interval 104 years", dob=born(104, -20), payer_code="medicare", copay_cents=2000),
    Scenario(
        "age_89_and_90", "A client of 89 and one of 90: Safe Harbor would group the second.", "client", 168,
        "exists (select 1 from client c where c.tenant_id = s.tenant_id and c.id = s.id + 1 and date_diff('year', c.dob, s.dob) = 1)",
        (*STAFF, *(client(168 + n, dob=born(89 + n, -40), payer_code="medicare", copay_cents=2000) for n in (0, 1))),
    ),
    Scenario(
        "deceased_client", "A client who died; the visit ahead was called off.", "client", 176,
        "s.status = 'deceased' and exists (select 1 from appointment a where a.tenant_id = s.tenant_id and a.client_id = s.id and a.status = 'cancelled' and a.start_at > s.date_of_death)",
        (*STAFF, client(176, status="deceased", date_of_death=recipe(told.days_before, days=20), discharge_date=None), visit(10, 176, -6),
         visit(11, 176, 2, status="cancelled", at_lead=70, cancelled_by="client", cancel_reason="other", cancelled_at=recipe(told.moment_before, days=19))),
    ),
    Scenario(
        "twins", "Two children of one birth date, address and family name.", "client", 184,
        "exists (select 1 from client c where c.tenant_id = s.tenant_id and c.id = s.id + 1 and (c.dob, c.last_name, c.address_1, c.household_id) = (s.dob, s.last_name, s.address_1, s.household_id))",
        (*STAFF, *(client(184 + n, dob=born(12, 60), last_name="Carter", address_1="412 Larkfield Ave", address_2=None, city="Mossford", zip="85412", household_id=recipe(told.row_at, place=184), intake_date=recipe(told.days_before, days=420), primary_dx="F90.0") for n in (0, 1))),
    ),
    Scenario(
        "household_shared_contact", "A couple who share telephone and e-mail.", "client", 192,
        "exists (select 1 from client c where c.tenant_id = s.tenant_id and c.id = s.id + 1 and (c.email, c.phone_mobile, c.household_id) = (s.email, s.phone_mobile, s.id))",
        (*STAFF, *(client(192 + n, dob=born(44 + n, 10), last_name="Foster", email="foster.household@example.com", phone_mobile="555-555-0142", household_id=recipe(told.row_at, place=192)) for n in (0, 1))),
    ),
    _person("soft_deleted_client", "A client whom the application hides, and whose row is kept.", 200, "not s.is_active and s.deleted_at is not null", is_active=False, deleted_at=recipe(told.moment_before, days=5)),
    Scenario("no_dst_zone", "A site in a zone whose clocks never change.", "location", 0, "s.timezone = 'America/Phoenix'", (SITE, THERAPIST)),
    Scenario(
        "same_person_in_every_tenant", "One name and birth date in three practices, on purpose: three clients who must never meet.", "client", 208,
        "(select count(distinct c.tenant_id) from client c where (c.first_name, c.last_name, c.dob, c.chart_no) = (s.first_name, s.last_name, s.dob, s.chart_no)) = (select count(*) from scenario x where x.name = 'same_person_in_every_tenant')",
        (*STAFF, client(208, first_name="Jordan", last_name="Ellis", sex_at_birth="F", dob=born(33, 77))), tenants=(1, 2, 3),
    ),
)

GAP, FOLD = "10 hours 30 minutes", "12 hours 30 minutes"


def _clock_change(name: str, doc: str, place: int, of: int, on: str, length: str) -> Scenario:
    holds = (
        "timezone(s.timezone, (s.start_local[:10] || ' 12:00')::timestamp) - timezone(s.timezone, (s.start_local[:10] || ' 00:30')::timestamp) "
        f"= interval '{length}'"
    )
    return Scenario(name, doc, "appointment", place, holds, (*STAFF, client(of), visit(place, of, -1, at_on=on)), tenants=(2,))


def _calendar(name: str, doc: str, place: int, holds: str, *needs: Given) -> Scenario:
    return Scenario(name, doc, "appointment", place, holds, (*STAFF, *needs), tenants=(2,))


CALENDARS = (
    _calendar(
        "rebooked_after_cancel", "Called off in time, and booked again for the week after.", 0,
        "s.status = 'cancelled' and exists (select 1 from appointment a where (a.tenant_id, a.client_id) = (s.tenant_id, s.client_id) and a.status = 'completed' and a.start_at > s.start_at and a.booked_at > s.cancelled_at)",
        client(0), visit(0, 0, -4, status="cancelled", at_lead=20, cancelled_by="client", cancel_reason="illness"), visit(1, 0, -3, at_lead=1),
    ),
    _clock_change("dst_gap_day", "A visit on the day on which an hour is missing.", 2, 8, "gap", GAP),
    _clock_change("dst_fold_day", "A visit on the day on which an hour comes twice.", 3, 16, "fold", FOLD),
    _calendar(
        "midnight_utc_flip", "A visit in the evening: in UTC it is tomorrow.", 4, "s.start_at::date > s.start_local[:10]::date",
        BESIDE, client(24), visit(4, 24, -6, at_provider=3, at_minute=19 * 60),
    ),
    _calendar("year_end_visit", "A visit on the last day of a year.", 5, "s.start_local[6:10] = '12-31'", client(32), visit(5, 32, -1, at_on="year_end")),
    _calendar(
        "back_to_back", "Two visits without a minute between them.", 6,
        "exists (select 1 from appointment a where (a.tenant_id, a.provider_id) = (s.tenant_id, s.provider_id) and a.start_at = s.end_at)",
        BESIDE, client(0), client(8), *(visit(6 + n, 8 * n, -2, at_provider=3, at_minute=(15 + n) * 60, at_weekday=1) for n in (0, 1)),
    ),
    _calendar("five_minute_visit", "The shortest visit.", 8, "s.duration_min = 5", client(48), visit(8, 48, -2, appointment_type="consult", service_code="QA-CONS")),
    _calendar("three_hour_visit", "The longest visit, a test of three hours.", 9, "s.duration_min = 180", BESIDE, client(56), visit(9, 56, -3, at_provider=3, appointment_type="testing", service_code="QA-TEST", at_minute=15 * 60, at_weekday=2)),
    _calendar(
        "rescheduled_chain", "Moved three times before it took place.", 10,
        "s.status = 'rescheduled' and (with recursive chain as (select s.id as id, 1 as n union all select a.id, n + 1 from chain join appointment a on a.rescheduled_from_id = chain.id) select max(n) from chain) = 4",
        client(64), *(visit(10 + n, 64, n - 6, at_lead=10, status="rescheduled", cancel_reason="work_conflict", **({"at_before": 9 + n} if n else {})) for n in range(3)), visit(13, 64, -3, at_before=12),
    ),
    _calendar(
        "same_slot_rebooked", "Called off, and the same hour given to somebody else.", 14,
        "s.status = 'cancelled' and exists (select 1 from appointment a where (a.tenant_id, a.provider_id, a.start_at) = (s.tenant_id, s.provider_id, s.start_at) and a.client_id <> s.client_id and a.status = 'completed')",
        client(72), client(73), visit(14, 72, -2, status="cancelled", at_lead=20, cancelled_by="client", cancel_reason="transportation"), visit(15, 73, -2, at_lead=1),
    ),
    _calendar(
        "series_with_one_moved", "A weekly series of which one visit was held at another hour.", 16,
        "(select count(*) from appointment a where (a.tenant_id, a.series_id) = (s.tenant_id, s.id)) = 3 and exists (select 1 from appointment a where (a.tenant_id, a.client_id) = (s.tenant_id, s.client_id) and a.series_id is null and a.start_local[12:] <> s.start_local[12:])",
        BESIDE, client(80), *(visit(16 + n, 80, n - 5, at_provider=3, at_weekday=0, **({"at_minute": 18 * 60} if n == 2 else {"at_minute": 9 * 60, "at_series": 16, "recurrence_weeks": 1})) for n in range(4)),
    ),
    _calendar(
        "series_across_dst", "A series whose wall time stays while its UTC time changes with the clocks.", 20,
        "(select count(distinct strftime(a.start_at, '%H')) = 2 and count(distinct a.start_local[12:]) = 1 from appointment a where (a.tenant_id, a.series_id) = (s.tenant_id, s.id))",
        BESIDE, client(88), *(visit(20 + n, 88, 13 * n - 50, at_provider=3, at_series=20, recurrence_weeks=13, at_weekday=2, at_minute=16 * 60 + 5) for n in range(4)),
    ),
    _calendar(
        "provider_two_sites_same_day", "A provider who works at two sites on one day.", 24,
        "exists (select 1 from appointment a where (a.tenant_id, a.provider_id, a.start_local[:10]) = (s.tenant_id, s.provider_id, s.start_local[:10]) and a.location_id <> s.location_id)",
        BESIDE, client(16), client(24), visit(24, 16, -4, at_provider=3, at_weekday=3, at_minute=15 * 60), visit(25, 24, -4, at_provider=3, at_weekday=3, at_minute=17 * 60, location_id=recipe(told.ordinary_site, nth=0)),
    ),
    _calendar(
        "group_of_12", "A group of twelve in one hour.", 32,
        "(select count(distinct a.client_id) from appointment a where (a.tenant_id, a.group_id) = (s.tenant_id, s.id)) = 12",
        BESIDE, *(client(104 + n) for n in range(12)),
        *(visit(32 + n, 104 + n, -5, at_provider=3, at_weekday=4, at_minute=15 * 60, at_group=32, appointment_type="group", service_code="QA-GRP") for n in range(12)),
    ),
    _calendar(
        "provider_cancelled", "Called off by the provider, within the limit: no fee.", 44, "s.status = 'cancelled' and s.cancelled_by = 'provider' and s.billing_status = 'non_billable'",
        client(128), visit(44, 128, -3, status="cancelled", cancelled_by="provider", cancel_reason="provider_illness", at_lead=14),
    ),
    _calendar(
        "late_cancelled", "Called off by the client too late.", 45, "s.status = 'late_cancelled' and s.start_at - s.cancelled_at < interval 48 hours",
        client(136), visit(45, 136, -3, status="late_cancelled", cancelled_by="client", cancel_reason="childcare"),
    ),
    _calendar(
        "video_visit", "A visit by video, with consent and a link.", 46, "s.modality = 'video' and s.telehealth_url is not null and s.room is null and s.pos_code in ('10', '02')",
        client(144, consent_telehealth_on=recipe(recipes.same, of="intake_date")), visit(46, 144, -2, modality="video"),
    ),
    _calendar(
        "confirmed_ahead", "A visit that is booked and confirmed.", 47, "s.status = 'confirmed' and s.confirmed_at is not null", client(152), visit(47, 152, 1, status="confirmed", at_lead=30),
    ),
    Scenario("no_contact_consent", "A client who may not be texted, mailed or called.", "client", 160, "not (s.sms_ok or s.email_ok or s.voice_ok)", (*STAFF, client(160, sms_ok=False, email_ok=False, voice_ok=False)), tenants=(2,)),
    Scenario(
        "sparse_client", "Everything that may be missing is missing.", "client", 168,
        "coalesce(s.middle_name, s.suffix, s.preferred_name, s.email, s.phone_home, s.address_2, s.member_id, s.guardian_name) is null",
        (*STAFF, client(168, dob=born(50, 5), payer_code="self_pay", copay_cents=None, **dict.fromkeys(("middle_name", "suffix", "preferred_name", "email", "phone_home", "address_2")))), tenants=(2,),
    ),
)


def _note(name: str, doc: str, place: int, holds: str, *needs: Given, switch: str | None = None) -> Scenario:
    return Scenario(name, doc, "note", place, holds, (*STAFF, *needs), tenants=(3,), switch=switch)


def _written(place: int, of: int, week: int = -6, /, **values: Any) -> tuple[Given, ...]:
    """A client, a visit and its note."""
    return client(of), visit(place, of, week), note(place, place, **values)


def _says(text: str) -> Recipe:
    return recipe(told.first_name_and, told=text)


OPEN = {"signed_at": None}
BLANK = dict.fromkeys(("subjective", "objective", "assessment", "plan"))
NO_SESSION = dict.fromkeys(("session_start", "session_stop", "session_minutes", "phq9", "gad7", "objective", "assessment", "plan"))

NOTES = (
    _note("unsigned_note_30_days", "A note that nobody signed for more than thirty days.", 0, "s.signed_at is null and s.status = 'draft' and s.created_at < date '{as_of}' - 30", *_written(0, 0, **OPEN)),
    _note(
        "amended_twice", "A note that was amended twice; the versions before are kept and locked.", 1,
        "s.version = 3 and (select o.status = 'amended' and o.amends_id is not null from note o where o.tenant_id = s.tenant_id and o.id = s.amends_id)",
        client(8), visit(1, 8, -6),
        note(3, 1, status="amended", locked_at=recipe(told.after, of="signed_at", minutes=30), created_at=recipe(told.after, of="session_stop", minutes=15)),
        note(2, 1, status="amended", locked_at=recipe(told.after, of="signed_at", minutes=30), created_at=recipe(told.after, of="session_stop", minutes=2000), version=2, amends_id=recipe(told.row_at, place=3)),
        note(1, 1, status="signed", locked_at=None, created_at=recipe(told.after, of="session_stop", minutes=6000), version=3, amends_id=recipe(told.row_at, place=2)),
    ),
    _note(
        "cosign_pending", "A note of an associate that waits for the supervisor.", 4,
        "s.status = 'pending_cosign' and s.signed_at is not null and s.cosigned_at is null", ASSOCIATE,
        client(16), visit(4, 16, -2, at_provider=1), note(4, 4, cosigned_at=None),
    ),
    _note("empty_draft_note", "A draft without a word.", 5, "coalesce(s.subjective, s.objective, s.assessment, s.plan) is null", *_written(5, 24, **OPEN, **BLANK)),
    _note("longest_note", "A plan of 10,000 characters.", 6, "length(s.plan) = 10000", *_written(6, 32, plan=recipe(told.repeated, sentence="The plan was reviewed step by step. ", length=10_000))),
    _note("emoji_note", "Letters of four bytes in UTF-8.", 7, "contains(s.subjective, '🌱')", *_written(7, 8, -7, subjective=_says(" reported a calmer week 🙂🌱 and slept through on most nights."))),
    _note("rtl_note", "Text that runs from right to left.", 8, "regexp_matches(s.subjective, '\\p{Arabic}')", *_written(8, 8, -8, subjective=_says(" reported in Arabic: كان الأسبوع هادئا والنوم أفضل."))),
    _note("crlf_note", "Lines ended as on Windows.", 9, "contains(s.subjective, chr(13) || chr(10))", *_written(9, 8, -9, subjective=_says(" reported three things:\r\n1. sleep\r\n2. work\r\n3. the weekend\r\n"))),
    _note("long_token_note", "One word of 300 letters, which no line can break.", 10, "regexp_matches(s.assessment, '[a-z]{300}')", *_written(10, 8, -10, assessment=recipe(told.repeated, sentence="unbrokenword", length=300))),
    _note("markup_note", "Text that looks like HTML and Markdown.", 11, "contains(s.assessment, '<b>') and contains(s.assessment, '**')", *_written(11, 8, -11, assessment="Progress is <b>steady</b>, **much** better than before & still <i>fragile</i>.")),
    _note("late_signed_note", "Signed nine days after it was written.", 12, "s.signed_at > s.created_at + interval 8 days", *_written(12, 80, signed_at=recipe(told.after, of="created_at", minutes=9 * 1440))),
    _note("elevated_risk_note", "Risk is judged high.", 13, "s.risk_level = 'high'", *_written(13, 88, risk_level="high")),
    _note(
        "psychotherapy_note", "Private notes, kept apart: restricted, without times, diagnosis or plan.", 14,
        "s.note_type = 'psychotherapy_note' and s.confidentiality = 'restricted' and s.session_start is null and s.dx_codes is null and s.plan is null",
        client(96), note(14, -1, at_client=96, note_type="psychotherapy_note"),
    ),
    _note("part2_note", "A note about substance use (42 CFR Part 2).", 15, "s.confidentiality = 'part2'", client(104, primary_dx="F10.20"), visit(15, 104, -6), note(15, 15)),
    _note(
        "missed_visit_note", "A missed visit has an administrative note and no other.", 16,
        "s.note_type = 'administrative' and (select a.status = 'no_show' from appointment a where a.tenant_id = s.tenant_id and a.id = s.appointment_id)",
        client(112), visit(16, 112, -3, status="no_show"),
        note(16, 16, note_type="administrative", **NO_SESSION, subjective="The client did not come and did not call; the desk left a message and offered another hour."),
    ),
    _note(
        "first_visit_intake", "A client registered lately, whose first visit was an intake.", 17,
        "s.note_type = 'intake'", client(120, at_new=True), visit(17, 120, -2, appointment_type="intake", service_code="QA-INTAKE"), note(17, 17),
    ),
)


def _ledger(name: str, doc: str, place: int, of: int, holds: str, *needs: Given, week: int = -14, status: str = "completed", **person: Any) -> Scenario:
    """A case of one client's account: found by the client, whose one visit is at the place given."""
    return Scenario(name, doc, "client", of, holds, (*STAFF, client(of, **person), visit(place, of, week, status=status), *needs), tenants=(3,))


def _claim(place: int, visit: int, **values: Any) -> Given:
    return entry(place, "charge", at_visit=visit, at_claim=True, **{"claim_status": "paid", **values})


def _entries(condition: str) -> str:
    return f"(select {condition} from ledger_entry l where (l.tenant_id, l.client_id) = (s.tenant_id, s.id))"


ALONE = {"payer_code": "self_pay", "copay_cents": None}
CHARGE, ALLOWED, COPAY = 190_00, 145_00, 25_00
PAYS = ALLOWED - COPAY
WRITTEN_OFF = -(CHARGE - ALLOWED)

LEDGERS = (
    Scenario(
        "credit_balance", "A client who paid ahead: the practice owes.", "client", 128, "s.balance_cents = -5000",
        (*STAFF, client(128, **ALONE), entry(0, "credit", at_client=128, amount_cents=-50_00, method="card", at_days=0)), tenants=(3,),
    ),
    _ledger(
        "denied_then_paid", "A claim that insurance denied, and paid after an appeal.", 40, 136,
        _entries("bool_or(l.claim_status = 'paid' and l.denial_reason is not null) and sum(l.amount_cents) = 0"),
        _claim(1, 40, denial_reason="authorization_missing"), paid(2, 1, 40, -COPAY, at_days=0), insured(3, 1, 40, -PAYS, at_days=100), off(4, "adjustment", 1, 40, WRITTEN_OFF, "contractual", at_days=100), week=-30,
    ),
    _ledger(
        "no_show_with_fee", "A missed visit, and a fee for it that is open.", 41, 144, _entries("count(*) = 1 and bool_and(l.entry_type = 'fee') and sum(l.amount_cents) = s.balance_cents"),
        entry(5, "fee", at_visit=41), status="no_show",
    ),
    _ledger(
        "no_show_fee_waived", "A missed visit whose fee was waived.", 42, 152, "s.balance_cents = 0 and " + _entries("bool_or(l.adjustment_reason = 'fee_waived')"),
        entry(6, "fee", at_visit=42), off(7, "write_off", 6, 42, recipe(told.settling, percent=100), "fee_waived"), status="no_show",
    ),
    _ledger(
        "zero_balance", "A claim settled to the cent by client, insurance and adjustment.", 43, 160, "s.balance_cents = 0 and " + _entries("count(*) = 4"),
        _claim(8, 43), paid(9, 8, 43, -COPAY, at_days=0), insured(10, 8, 43, -PAYS), off(11, "adjustment", 8, 43, WRITTEN_OFF, "contractual", at_days=40),
    ),
    _ledger("penny_residual", "One cent is left.", 44, 168, "s.balance_cents = 1", entry(12, "charge", at_visit=44), paid(13, 12, 44, 1 - CHARGE), **ALONE),
    _ledger(
        "refund", "Money that the client had paid ahead, and got back in part.", 45, 176, _entries("bool_or(l.entry_type = 'refund' and l.amount_cents = 3000) and sum(l.amount_cents) = -5000"),
        entry(14, "credit", at_client=176, amount_cents=-80_00, method="card", at_days=0), entry(15, "refund", at_client=176, amount_cents=30_00, method="card", at_days=10), **ALONE,
    ),
    _ledger(
        "reversal", "A check that bounced: the payment is taken back, and the charge open again.", 46, 184, f"s.balance_cents = {CHARGE} and " + _entries("bool_or(l.reverses_id is not null)"),
        entry(16, "charge", at_visit=46), paid(17, 16, 46, -CHARGE, method="check"), paid(18, 16, 46, CHARGE, method="check", at_days=14, reverses_id=recipe(told.row_at, place=17)), **ALONE,
    ),
    _ledger("bad_debt", "A charge that was written off after months.", 47, 192, _entries("bool_or(l.adjustment_reason = 'bad_debt') and sum(l.amount_cents) = 0"), entry(19, "charge", at_visit=47), off(20, "write_off", 19, 47, -CHARGE, "bad_debt", at_days=150), week=-30, **ALONE),
    _ledger(
        "secondary_payer", "Two insurances share a claim.", 48, 200, _entries("count(distinct l.payer_code) filter (l.entry_type = 'insurance_payment') = 2 and sum(l.amount_cents) = 0"),
        _claim(21, 48), paid(22, 21, 48, -COPAY, at_days=0), insured(23, 21, 48, -(PAYS - 20_00)), insured(24, 21, 48, -20_00, payer_code="other", at_days=60), off(25, "adjustment", 21, 48, WRITTEN_OFF, "contractual", at_days=40),
        secondary_payer_code="other",
    ),
    _ledger("split_payment", "A charge paid half by card and half in cash.", 49, 208 + 8, _entries("count(distinct l.method) = 2 and sum(l.amount_cents) = 0"), entry(26, "charge", at_visit=49), paid(27, 26, 49, -CHARGE // 2), paid(28, 26, 49, -CHARGE // 2, method="cash"), **ALONE),
    _ledger("huge_balance", "A charge of nearly a hundred thousand, open.", 50, 224, "s.balance_cents > 9000000", entry(29, "charge", at_visit=50, amount_cents=98_765_43), **ALONE),
    _ledger("sliding_scale", "A reduced fee, and the rest paid.", 51, 232, _entries("bool_or(l.adjustment_reason = 'sliding_scale') and sum(l.amount_cents) = 0"), entry(30, "charge", at_visit=51), off(31, "adjustment", 30, 51, recipe(told.settling, percent=40), "sliding_scale", at_days=0), paid(32, 30, 51, recipe(told.settling, percent=60)), **ALONE),
    Scenario(
        "payment_plan", "A charge paid in instalments, not yet in full.", "client", 25, _entries("count(*) filter (l.entry_type = 'client_payment') = 3 and sum(l.amount_cents) = 7000"),
        (*STAFF, client(25, **ALONE), visit(52, 25, -14), entry(33, "charge", at_visit=52), *(paid(34 + n, 33, 52, -40_00, at_days=10 + 25 * n) for n in range(3))), tenants=(3,),
    ),
    Scenario(
        "medicaid_copay", "A Medicaid client pays no more than 4.00.", "client", 33, _entries("min(l.amount_cents) filter (l.entry_type = 'client_payment') = -300"),
        (*STAFF, client(33, payer_code="medicaid", copay_cents=300), visit(53, 33, -14), _claim(37, 53, claim_status="submitted"), paid(38, 37, 53, -3_00, at_days=0)), tenants=(3,),
    ),
    Scenario(
        "provider_terminated", "A provider who left; the visits before stay.", "provider", 3,
        "s.termination_date is not null and exists (select 1 from appointment a where a.tenant_id = s.tenant_id and a.provider_id = s.id)",
        (*STAFF, _provider(3, credentials="PsyD", termination_date=recipe(told.days_before, days=60), accepts_new=False), client(41), visit(54, 41, -14, at_provider=3)), tenants=(3,),
    ),
    Scenario(
        "medication_visit", "A prescriber's visit.", "appointment", 55, "s.appointment_type = 'med_mgmt' and s.service_code = 'QA-EM4'",
        (*STAFF, PRESCRIBER, client(49), visit(55, 49, -3, at_provider=2, appointment_type="med_mgmt", service_code="QA-EM4")), tenants=(3,),
    ),
    Scenario("non_binary_client", "A client spoken of as they.", "client", 57, "s.pronouns = 'they/them'", (*STAFF, client(57, sex_at_birth="X", gender_identity="non_binary")), tenants=(3,)),
    Scenario("interpreter_needed", "A client who speaks Spanish and needs an interpreter.", "client", 65, "s.preferred_language = 'es' and s.interpreter_needed", (*STAFF, client(65, preferred_language="es", interpreter_needed=True)), tenants=(3,)),
)

TORTURE = {
    # name: what it is, and text that harms nobody and breaks careless code (idea: big-list-of-naughty-strings, MIT)
    "sql_injection_text": ("Text that looks like SQL.", " said: Robert'); DROP TABLE clients;-- and \" OR 1=1 --"),
    "script_injection_text": ("Text that looks like a script.", " said: <script>alert(1)</script> and <img src=x onerror=alert(1)>"),
    "spreadsheet_formula_text": ("Text that a spreadsheet would run.", " said: =cmd|'/C calc'!A0 and +1+1 and @SUM(1+1)"),
    "format_string_text": ("Text that looks like places of a format.", " said: %s%n%x and %(name)s and $(id) and `id`"),
    "lookup_text": ("Text that looks like a look-up.", " said: ${jndi:ldap:nowhere} and {{ 7 * 7 }} and #{7*7}"),
    "unicode_torture_text": ("Marks that stack, turn and hide.", " said: Z̷̡̢͓͉a̴̧̛̭l̸̢͔g̵o, \u202ereversed\u202c, zero\u200bwidth, ﷽, 𝔉𝔯𝔞𝔨𝔱𝔲𝔯, 田中さん, ٠١٢٣"),
}
ADVERSARIAL = tuple(
    _note(name, doc, 40 + n, f"contains(s.subjective, {' || '.join(chr(39) + part.replace(chr(39), chr(39) * 2) + chr(39) for part in [text])})", client(0), visit(70 + n, 0, -8 - n), note(40 + n, 70 + n, subjective=_says(text)), switch="adversarial")
    for n, (name, (doc, text)) in enumerate(TORTURE.items())
)

SCENARIOS = (*PEOPLE, *CALENDARS, *NOTES, *LEDGERS, *ADVERSARIAL)
