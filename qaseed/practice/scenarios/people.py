"""Clients of the first practice: names, ages, families, and people who look like others."""

from __future__ import annotations

from typing import Any

from qaseed.kinds import recipe
from qaseed.model import FixtureRow, Scenario
from qaseed.practice.generators import scenario_rows
from qaseed.practice.scenarios.fixtures import (
    SITE,
    STAFF,
    THERAPIST,
    birth_date,
    client,
    days_before,
    id_at,
    moment_before,
    staff_of,
    visit,
)
from qaseed.sql import query

LONG_NAME = "Featheringstonehaugh-Montgomery-Cholmondeley-Wolstenholme-Abernethy"


def _person(name: str, doc: str, slot: int, holds: str, /, **values: Any) -> Scenario:
    """A case of one client, found by the client."""
    return Scenario(name, doc, "client", slot, holds, (*staff_of(slot), client(slot, **values)))


def _with_others(name: str, doc: str, slot: int, holds: str, /, *needs: FixtureRow) -> Scenario:
    """A case of a client among other rows, found by the client."""
    return Scenario(name, doc, "client", slot, query(holds), (*staff_of(slot), *needs))


def _lookalike(slot: int, dob: str = "1988-03-04") -> FixtureRow:
    born = recipe(scenario_rows.date_on, day=dob)
    return client(slot, first_name="Maria", last_name="Garcia", sex_at_birth="F", dob=born)


def _twin(slot: int) -> FixtureRow:
    return client(
        slot,
        dob=birth_date(12, 60),
        last_name="Carter",
        address_1="412 Larkfield Ave",
        address_2=None,
        city="Mossford",
        zip="85412",
        household_id=id_at(184),
        intake_date=days_before(420),
        primary_dx="F90.0",
    )


def _partner(slot: int, age: int) -> FixtureRow:
    return client(
        slot,
        dob=birth_date(age, 10),
        last_name="Foster",
        email="foster.household@example.com",
        phone_mobile="555-555-0142",
        household_id=id_at(192),
    )


def _of_medicare(slot: int, age: int, days: int) -> FixtureRow:
    return client(slot, dob=birth_date(age, days), payer_code="medicare", copay_cents=2000)


PEOPLE = (
    _person("apostrophe_name", "A family name with an apostrophe.", 0, "s.last_name = 'O''Brien'", last_name="O'Brien"),
    _with_others(
        "minor_with_guardian",
        "A child whose mother is a client too, and who signed and pays for it.",
        8,
        """
            s.guardian_id = (
                select g.id
                from client g
                where g.tenant_id = s.tenant_id and g.id = s.id + 1 and g.dob < s.dob - interval 15 years
            )
            and s.guarantor = 'guardian' and s.consent_by = 'guardian'
        """,
        client(9, dob=birth_date(41, 100), sex_at_birth="F"),
        client(8, dob=birth_date(9, 30), guardian_id=id_at(9), intake_date=days_before(500), primary_dx="F90.2"),
        visit(0, 8, -3),
        visit(1, 8, -1),
    ),
    _with_others(
        "turns_18_between_visits",
        "A client who was 17 at one visit and 18 at the next.",
        16,
        """
            (
                select min(days) < 0 and max(days) >= 0
                from (
                    select date_diff('day', s.dob + interval 18 years, a.start_local[:10]::timestamp) as days
                    from appointment a
                    where a.tenant_id = s.tenant_id and a.client_id = s.id
                )
            )
            and s.guarantor = 'self' and s.consent_by = 'guardian'
        """,
        client(16, dob=birth_date(18, -21), primary_dx="F32.1"),
        visit(2, 16, -5),
        visit(3, 16, -1),
    ),
    _person(
        "leap_day_birth",
        "Born on 29 February.",
        24,
        "strftime(s.dob, '%m-%d') = '02-29'",
        dob=recipe(scenario_rows.leap_day, years=30),
    ),
    _person(
        "rtl_name",
        "A name in Arabic letters, written from right to left.",
        32,
        r"regexp_matches(s.first_name, '\p{Arabic}') and regexp_matches(s.last_name, '\p{Arabic}')",
        first_name="ليلى",
        last_name="الحسن",
    ),
    _with_others(
        "duplicate_looking_clients",
        "Two clients of one name and birth date who are two people.",
        40,
        """
            2 = (
                select count(distinct mrn)
                from client c
                where (c.tenant_id, c.first_name, c.last_name, c.dob) = (s.tenant_id, s.first_name, s.last_name, s.dob)
            )
        """,
        _lookalike(40),
        _lookalike(41),
    ),
    _with_others(
        "transposed_birth_date",
        "The same name again, and a birth date whose month and day changed places.",
        42,
        """
            exists (
                select 1
                from client c
                where (c.tenant_id, c.first_name, c.last_name) = (s.tenant_id, s.first_name, s.last_name)
                and strftime(c.dob, '%Y-%d-%m') = strftime(s.dob, '%Y-%m-%d')
            )
        """,
        _lookalike(40),
        _lookalike(42, "1988-04-03"),
    ),
    _person(
        "cjk_name",
        "A name in Chinese characters.",
        48,
        "s.first_name = '小明' and s.last_name = '王'",
        first_name="小明",
        last_name="王",
    ),
    _person(
        "accented_name",
        "Letters with accents, composed.",
        56,
        "s.first_name = 'Zoë' and s.last_name = 'Nguyễn' and nfc_normalize(s.last_name) = s.last_name",
        first_name="Zoë",
        last_name="Nguyễn",
    ),
    _person(
        "decomposed_name",
        "The same kind of letters, decomposed (NFD).",
        64,
        "nfc_normalize(s.first_name) = 'José' and s.first_name <> 'José'",
        first_name="Jose\u0301",
        last_name="Alva\u0301rez",
    ),
    _person(
        "mononym",
        "A person with a single name.",
        72,
        "s.last_name is null",
        last_name=None,
        first_name="Wulandari",
        sex_at_birth="F",
    ),
    _person(
        "null_word_name",
        "Names that careless code takes for nothing.",
        80,
        "s.first_name = 'Null' and s.middle_name = 'NaN' and s.last_name = 'True'",
        first_name="Null",
        middle_name="NaN",
        last_name="True",
    ),
    _person(
        "long_name",
        "A double-barrelled name of more than 60 characters.",
        88,
        "length(s.last_name) > 60",
        last_name=LONG_NAME,
    ),
    _person(
        "longest_name",
        "A name of 255 characters.",
        96,
        "length(s.last_name) = 255",
        last_name=recipe(scenario_rows.repeated, sentence="Longname", length=255),
    ),
    _person("single_letter_surname", "A family name of one letter.", 104, "s.last_name = 'O'", last_name="O"),
    _person(
        "padded_name",
        "Blanks before and after a name.",
        112,
        "s.first_name = ' Ana ' and s.last_name = 'Reed '",
        first_name=" Ana ",
        last_name="Reed ",
    ),
    _person(
        "suffix_name",
        "A name with a suffix and with particles.",
        120,
        "s.suffix = 'Jr.' and s.last_name = 'van der Berg'",
        last_name="van der Berg",
        suffix="Jr.",
    ),
    _person(
        "emoji_preferred_name",
        "A preferred name with an emoji joined from several.",
        128,
        "contains(s.preferred_name, '👩‍🚀')",
        preferred_name="Sky 👩‍🚀",
    ),
    _person(
        "dotless_i_name",
        "Turkish letters whose upper and lower case depend on the language.",
        136,
        "s.first_name = 'Işıl' and s.last_name = 'İnce'",
        first_name="Işıl",
        last_name="İnce",
        sex_at_birth="F",
    ),
    Scenario(
        "exactly_18_on_visit",
        "A visit on the 18th birthday.",
        "appointment",
        8,
        query("""
            exists (
                select 1
                from client c
                where c.tenant_id = s.tenant_id and c.id = s.client_id
                and c.dob + interval 18 years = s.start_local[:10]::timestamp
            )
        """),
        (
            *STAFF,
            client(144, dob=recipe(scenario_rows.years_before_visit, years=18, visit=8), primary_dx="F41.1"),
            visit(8, 144, -2),
        ),
    ),
    _person(
        "newborn",
        "Three weeks old, registered by the guardian.",
        152,
        "date_diff('day', s.dob, s.intake_date) = 7 and s.guarantor = 'guardian'",
        dob=days_before(21),
        intake_date=days_before(14),
        primary_dx="Z63.0",
    ),
    _with_others(
        "oldest_client",
        "104 years old.",
        160,
        "s.dob < date '{as_of}' - interval 104 years",
        _of_medicare(160, 104, -20),
    ),
    _with_others(
        "age_89_and_90",
        "A client of 89 and one of 90: Safe Harbor would group the second.",
        168,
        """
            exists (
                select 1
                from client c
                where c.tenant_id = s.tenant_id and c.id = s.id + 1 and date_diff('year', c.dob, s.dob) = 1
            )
        """,
        _of_medicare(168, 89, -40),
        _of_medicare(169, 90, -40),
    ),
    _with_others(
        "deceased_client",
        "A client who died; the visit ahead was called off.",
        176,
        """
            s.status = 'deceased'
            and exists (
                select 1
                from appointment a
                where a.tenant_id = s.tenant_id and a.client_id = s.id
                and a.status = 'cancelled' and a.start_at > s.date_of_death
            )
        """,
        client(176, status="deceased", date_of_death=days_before(20), discharge_date=None),
        visit(10, 176, -6),
        visit(
            11,
            176,
            2,
            status="cancelled",
            at_lead=70,
            cancelled_by="client",
            cancel_reason="other",
            cancelled_at=moment_before(19),
        ),
    ),
    _with_others(
        "twins",
        "Two children of one birth date, address and family name.",
        184,
        """
            exists (
                select 1
                from client c
                where c.tenant_id = s.tenant_id and c.id = s.id + 1
                and (c.dob, c.last_name, c.address_1, c.household_id)
                    = (s.dob, s.last_name, s.address_1, s.household_id)
            )
        """,
        _twin(184),
        _twin(185),
    ),
    _with_others(
        "household_shared_contact",
        "A couple who share telephone and e-mail.",
        192,
        """
            exists (
                select 1
                from client c
                where c.tenant_id = s.tenant_id and c.id = s.id + 1
                and (c.email, c.phone_mobile, c.household_id) = (s.email, s.phone_mobile, s.id)
            )
        """,
        _partner(192, 44),
        _partner(193, 45),
    ),
    _person(
        "leading_zero_zip",
        "A ZIP code that begins with zeros, which a spreadsheet drops.",
        216,
        "s.zip[:2] = '00'",
        zip="00342",
    ),
    _person(
        "soft_deleted_client",
        "A client whom the application hides, and whose row is kept.",
        200,
        "not s.is_active and s.deleted_at is not null",
        is_active=False,
        deleted_at=moment_before(5),
    ),
    Scenario(
        "no_dst_zone",
        "A site in a zone whose clocks never change.",
        "location",
        0,
        "s.timezone = 'America/Phoenix'",
        (SITE, THERAPIST),
    ),
    Scenario(
        "same_person_in_every_tenant",
        "One name and birth date in three practices, on purpose: three clients who must never meet.",
        "client",
        208,
        query("""
            (
                select count(distinct c.tenant_id)
                from client c
                where (c.first_name, c.last_name, c.dob, c.chart_no) = (s.first_name, s.last_name, s.dob, s.chart_no)
            ) = (
                select count(*) from scenario x where x.name = 'same_person_in_every_tenant'
            )
        """),
        (*STAFF, client(208, first_name="Jordan", last_name="Ellis", sex_at_birth="F", dob=birth_date(33, 77))),
        tenants=(1, 2, 3),
    ),
)
