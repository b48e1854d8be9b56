"""Clients of the first practice: ages, families, and people who look like others."""

from __future__ import annotations

from typing import Any

from qaseed.kinds import recipe
from qaseed.model import FixtureRow, Scenario
from qaseed.practice.generators import family, scenario_rows
from qaseed.practice.scenarios.fixtures import (
    OTHER_ZONE,
    SITE,
    SITE_OF_OTHER_ZONE,
    STAFF,
    THERAPIST,
    birth_date,
    client,
    days_before,
    id_at,
    moment_before,
    of_client,
    person_case,
    provider,
    staff_of,
    visit,
)
from qaseed.sql import query

NAME = ("first_name", "last_name", "sex_at_birth", "gender_identity", "marital_status")
AT_OTHER_ZONE: dict[str, Any] = {
    "at_provider": 5,
    "at_zone": OTHER_ZONE,
    "at_minute": 11 * 60,
    "location_id": id_at(SITE_OF_OTHER_ZONE.slot),
}
HOME = ("address_1", "address_2", "city", "zip")
ORIGIN = ("race", "ethnicity", "preferred_language", "interpreter_needed")
GUARDIAN = (
    "guardian_relation",
    "guardian_name",
    "emergency_contact_relation",
    "emergency_contact_name",
    "emergency_contact_phone",
)


def _with_others(name: str, doc: str, slot: int, holds: str, /, *needs: FixtureRow) -> Scenario:
    """A case of a client among other rows, found by the client."""
    return Scenario(name, doc, "client", slot, query(holds), (*staff_of(slot), *needs))


def _lookalike(slot: int, day: str = "03-04") -> FixtureRow:
    born = recipe(scenario_rows.day_before_era, years=38, day=day)
    return client(slot, first_name="Maria", last_name="Garcia", sex_at_birth="F", ethnicity="hispanic", dob=born)


def _twin(slot: int, first_name: str, sex: str, **same: Any) -> FixtureRow:
    return client(
        slot,
        first_name=first_name,
        sex_at_birth=sex,
        **same,
        dob=birth_date(12, 60),
        last_name="Carter",
        address_1="412 Larkfield Ave",
        address_2=None,
        city="Mossford",
        household_id=id_at(184),
        intake_date=days_before(420),
        primary_dx="F90.0",
    )


def _partner(slot: int, age: int, sex: str, other: int, **same: Any) -> FixtureRow:
    return client(
        slot,
        dob=birth_date(age, 10),
        sex_at_birth=sex,
        gender_identity={"F": "woman", "M": "man"}[sex],
        marital_status="married",
        emergency_contact_name=recipe(scenario_rows.name_of, slot=other),
        emergency_contact_relation="spouse",
        emergency_contact_phone="555-555-0142",
        **same,
        last_name="Foster",
        email="foster.household@example.com",
        phone_mobile="555-555-0142",
        household_id=id_at(192),
    )


def _of_medicare(slot: int, age: int, days: int, **values: Any) -> FixtureRow:
    return client(
        slot, dob=birth_date(age, days), payer_code="medicare", plan_type="advantage", copay_cents=2000, **values
    )


PEOPLE = (
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
        client(9, dob=birth_date(41, 100), sex_at_birth="F", last_name="Whitfield"),
        client(
            8,
            dob=birth_date(9, 30),
            last_name="Whitfield",
            guardian_id=id_at(9),
            intake_date=days_before(500),
            primary_dx="F90.2",
            **of_client(9, *HOME, *ORIGIN),
        ),
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
    person_case(
        "leap_day_birth",
        "Born on 29 February.",
        24,
        "strftime(s.dob, '%m-%d') = '02-29'",
        dob=recipe(scenario_rows.leap_day, years=30),
    ),
    _with_others(
        "merged_charts",
        "One person registered twice; the second chart is hidden since the two were merged.",
        23,
        """
            s.is_active
            and exists (
                select 1
                from client c
                where (c.tenant_id, c.first_name, c.last_name, c.dob, c.phone_mobile, c.address_1)
                    = (s.tenant_id, s.first_name, s.last_name, s.dob, s.phone_mobile, s.address_1)
                and c.mrn <> s.mrn and not c.is_active
            )
        """,
        client(23),
        client(
            31,
            is_active=False,
            deleted_at=moment_before(30),
            email=None,
            **of_client(23, *NAME, *HOME, *ORIGIN, "dob", "phone_mobile"),
        ),
    ),
    person_case(
        "two_guardians",
        "A child whose mother signed the consents, and whose father is to be called first.",
        39,
        "s.guardian_relation = 'mother' and s.emergency_contact_relation = 'father' "
        "and s.emergency_contact_name <> s.guardian_name",
        dob=birth_date(11, 150),
        intake_date=days_before(450),
        primary_dx="F41.1",
        guardian_relation="mother",
        emergency_contact_relation="father",
        emergency_contact_name=recipe(family.other_relative),
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
        _lookalike(42, "04-03"),
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
    person_case(
        "newborn",
        "Three weeks old, registered by the guardian.",
        152,
        "date_diff('day', s.dob, s.intake_date) = 7 and s.guarantor = 'guardian' and s.coverage_from = s.dob",
        at_new=True,
        dob=days_before(21),
        intake_date=days_before(14),
        coverage_from=days_before(21),
        referral_source="primary_care",
        guardian_relation="mother",
        primary_dx="Z63.4",
        further_dx=None,
        phone_home=None,
        email=None,
        preferred_name=None,
    ),
    _with_others(
        "oldest_client",
        "104 years old.",
        160,
        "s.dob < date '{as_of}' - interval 104 years",
        _of_medicare(160, 104, -20, marital_status="widowed"),
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
        _twin(184, "Owen", "M"),
        _twin(185, "Claire", "F", **of_client(184, "zip", *GUARDIAN, *ORIGIN)),
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
        _partner(192, 44, "F", 193),
        _partner(193, 45, "M", 192, **of_client(192, *HOME)),
    ),
    person_case(
        "leading_zero_zip",
        "A ZIP code that begins with zeros, which a spreadsheet drops.",
        216,
        "s.zip[:2] = '00'",
        zip="00342",
    ),
    person_case(
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
        "sites_in_two_zones",
        "A site in New Mexico of a practice in Arizona: in summer its clocks are an hour ahead of the practice's.",
        "location",
        SITE_OF_OTHER_ZONE.slot,
        query("""
            (
                select
                    count(*) = 2
                    and count(distinct a.start_local[12:]) = 1
                    and count(distinct strftime(a.start_at, '%H')) = 2
                    and bool_and(a.timezone = 'America/Denver')
                from appointment a
                where (a.tenant_id, a.location_id) = (s.tenant_id, s.id)
            )
        """),
        (
            *STAFF,
            SITE_OF_OTHER_ZONE,
            provider(5, SITE_OF_OTHER_ZONE, credentials="PsyD"),
            client(47),
            visit(12, 47, -1, at_on="gap", **AT_OTHER_ZONE),
            visit(13, 47, -1, at_on="fold", **AT_OTHER_ZONE),
        ),
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
