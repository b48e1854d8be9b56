"""Visits of the second practice, whose clocks change: when they are, and how they move."""

from __future__ import annotations

from dataclasses import replace

from qaseed import recipes
from qaseed.kinds import recipe
from qaseed.model import FixtureRow, Scenario
from qaseed.practice.generators import scenario_rows
from qaseed.practice.scenarios.fixtures import ANNEX, PSYCHOLOGIST, STAFF, birth_date, client, id_at, staff_of, visit
from qaseed.sql import query

TENANTS = (2,)
GROUP = (3, 11, 19, 27, 35, 51, 59, 67, 75, 76, 83, 91)
"""Clients of other cases, who meet in a group too."""
AT_ANNEX = 766
"""A client whose therapist works at the annex."""
GAP, FOLD = "10 hours 30 minutes", "12 hours 30 minutes"
"""How much later noon is than half past midnight, on the days on which clocks jump forward and fall back."""


def _clock_change(name: str, doc: str, slot: int, client_slot: int, day: str, length: str) -> Scenario:
    """A visit on a day whose clocks change: `gap` or `fold`."""
    holds = (
        "timezone(s.timezone, (s.start_local[:10] || ' 12:00')::timestamp) "
        f"- timezone(s.timezone, (s.start_local[:10] || ' 00:30')::timestamp) = interval '{length}'"
    )
    case = _visit(name, doc, slot, holds, client(client_slot), visit(slot, client_slot, -1, at_on=day))
    return replace(case, also_in=(3, 4, 5))


def _visit(name: str, doc: str, slot: int, holds: str, *needs: FixtureRow) -> Scenario:
    """A case that is found by a visit."""
    return Scenario(name, doc, "appointment", slot, query(holds), (*STAFF, *needs), tenants=TENANTS, also_in=(1,))


def _client(name: str, doc: str, slot: int, holds: str, **values: object) -> Scenario:
    """A case of one client, found by the client."""
    return Scenario(name, doc, "client", slot, holds, (*STAFF, client(slot, **values)), tenants=TENANTS, also_in=(1,))


def _moved(slot: int, week: int, before: int | None = None) -> FixtureRow:
    """A visit that was rescheduled; `before` is the visit that was moved to it."""
    moved_from = {} if before is None else {"at_before": before}
    return visit(slot, 67, week, at_lead=10, status="rescheduled", cancel_reason="work_conflict", **moved_from)


def _weekly(slot: int, week: int) -> FixtureRow:
    """A visit of the weekly series, on Mondays at 9."""
    return visit(slot, 83, week, at_provider=3, at_weekday=0, at_minute=9 * 60, at_series=116, recurrence_weeks=1)


CALENDARS = (
    _visit(
        "rebooked_after_cancel",
        "Called off in time, and booked again for the week after.",
        100,
        """
            s.status = 'cancelled'
            and exists (
                select 1
                from appointment a
                where (a.tenant_id, a.client_id) = (s.tenant_id, s.client_id)
                and a.status = 'completed' and a.start_at > s.start_at and a.booked_at > s.cancelled_at
            )
        """,
        client(3),
        visit(100, 3, -4, status="cancelled", at_lead=20, cancelled_by="client", cancel_reason="illness"),
        visit(101, 3, -3, at_lead=1),
    ),
    _clock_change("dst_gap_day", "A visit on the day on which an hour is missing.", 102, 11, "gap", GAP),
    _clock_change("dst_fold_day", "A visit on the day on which an hour comes twice.", 103, 19, "fold", FOLD),
    _visit(
        "midnight_utc_flip",
        "A visit in the evening: in UTC it is tomorrow.",
        104,
        "s.start_at::date > s.start_local[:10]::date",
        PSYCHOLOGIST,
        client(27),
        visit(104, 27, -6, at_provider=3, at_minute=20 * 60),
    ),
    _visit(
        "year_end_visit",
        "A visit on the last day of a year.",
        105,
        "s.start_local[6:10] = '12-31'",
        client(35),
        visit(105, 35, -1, at_on="year_end", at_minute=14 * 60),
    ),
    _visit(
        "month_end_visit",
        "A visit on the last day of a month.",
        148,
        "last_day(s.start_local[:10]::date) = s.start_local[:10]::date",
        PSYCHOLOGIST,
        client(51),
        visit(148, 51, -1, at_provider=3, at_on="month_end", at_minute=19 * 60),
    ),
    _visit(
        "leap_day_visit",
        "A visit on 29 February, long ago.",
        149,
        "s.start_local[6:10] = '02-29'",
        PSYCHOLOGIST,
        client(
            172,
            intake_date=recipe(scenario_rows.before_leap_day, days=40),
            coverage_from=recipe(scenario_rows.before_leap_day, days=400),
        ),
        visit(149, 172, -1, at_provider=3, at_on="leap_day", at_minute=14 * 60),
    ),
    _visit(
        "back_to_back",
        "Two visits without a minute between them.",
        106,
        """
            exists (
                select 1
                from appointment a
                where (a.tenant_id, a.provider_id, a.start_at) = (s.tenant_id, s.provider_id, s.end_at)
            )
        """,
        PSYCHOLOGIST,
        client(3),
        client(11),
        visit(106, 3, -2, at_provider=3, at_minute=15 * 60, at_weekday=1),
        visit(107, 11, -2, at_provider=3, at_minute=16 * 60, at_weekday=1),
    ),
    _visit(
        "five_minute_visit",
        "The shortest visit.",
        108,
        "s.duration_min = 5",
        client(51),
        visit(108, 51, -2, appointment_type="consult", service_code="QA-CONS"),
    ),
    _visit(
        "three_hour_visit",
        "The longest visit, a test of three hours.",
        109,
        "s.duration_min = 180",
        PSYCHOLOGIST,
        client(59),
        visit(
            109,
            59,
            -3,
            at_provider=3,
            appointment_type="testing",
            service_code="QA-TEST",
            at_minute=15 * 60,
            at_weekday=2,
        ),
    ),
    _visit(
        "rescheduled_chain",
        "Moved three times before it took place.",
        110,
        """
            s.status = 'rescheduled'
            and 4 = (
                with recursive chain as (
                    select s.id as id, 1 as n
                    union all
                    select a.id, n + 1 from chain join appointment a on a.rescheduled_from_id = chain.id
                )
                select max(n) from chain
            )
        """,
        client(67),
        _moved(110, -6),
        _moved(111, -5, before=110),
        _moved(112, -4, before=111),
        visit(113, 67, -3, at_before=112),
    ),
    _visit(
        "same_slot_rebooked",
        "Called off, and the same hour given to somebody else.",
        114,
        """
            s.status = 'cancelled'
            and exists (
                select 1
                from appointment a
                where (a.tenant_id, a.provider_id, a.start_at) = (s.tenant_id, s.provider_id, s.start_at)
                and a.client_id <> s.client_id and a.status = 'completed'
            )
        """,
        client(75),
        client(76),
        visit(114, 75, -2, status="cancelled", at_lead=20, cancelled_by="client", cancel_reason="transportation"),
        visit(115, 76, -2, at_lead=1),
    ),
    _visit(
        "series_with_one_moved",
        "A weekly series of which one visit was held at another hour.",
        116,
        """
            (select count(*) from appointment a where (a.tenant_id, a.series_id) = (s.tenant_id, s.id)) = 3
            and exists (
                select 1
                from appointment a
                where (a.tenant_id, a.client_id) = (s.tenant_id, s.client_id)
                and a.series_id is null and a.start_local[12:] <> s.start_local[12:]
            )
        """,
        PSYCHOLOGIST,
        client(83),
        _weekly(116, -5),
        _weekly(117, -4),
        visit(118, 83, -3, at_provider=3, at_weekday=0, at_minute=18 * 60),
        _weekly(119, -2),
    ),
    replace(
        _visit(
            "series_across_dst",
            "A series whose wall time stays while its UTC time changes with the clocks.",
            120,
            """
            (
                select count(distinct strftime(a.start_at, '%H')) = 2 and count(distinct a.start_local[12:]) = 1
                from appointment a
                where (a.tenant_id, a.series_id) = (s.tenant_id, s.id)
            )
        """,
            PSYCHOLOGIST,
            client(91),
            *(
                visit(
                    120 + n,
                    91,
                    13 * n - 50,
                    at_provider=3,
                    at_series=120,
                    recurrence_weeks=13,
                    at_weekday=2,
                    at_minute=16 * 60 + 5,
                )
                for n in range(4)
            ),
        ),
        also_in=(3, 4, 5),
    ),
    _visit(
        "provider_two_sites_same_day",
        "A provider who works at two sites on one day.",
        124,
        """
            exists (
                select 1
                from appointment a
                where (a.tenant_id, a.provider_id) = (s.tenant_id, s.provider_id)
                and a.start_local[:10] = s.start_local[:10]
                and a.location_id <> s.location_id
            )
        """,
        *staff_of(AT_ANNEX),
        PSYCHOLOGIST,
        client(19),
        client(AT_ANNEX),
        visit(124, 19, -4, at_provider=3, at_weekday=3, at_minute=15 * 60),
        visit(
            125,
            AT_ANNEX,
            -4,
            at_provider=3,
            at_weekday=3,
            at_minute=17 * 60,
            location_id=id_at(ANNEX.slot),
        ),
    ),
    _visit(
        "group_of_12",
        "A group of twelve in one hour.",
        132,
        """
            (
                select count(distinct a.client_id)
                from appointment a
                where (a.tenant_id, a.group_id) = (s.tenant_id, s.id)
            ) = 12
        """,
        PSYCHOLOGIST,
        *(client(slot) for slot in GROUP),
        *(
            visit(
                132 + n,
                slot,
                -5,
                at_provider=3,
                at_weekday=4,
                at_minute=15 * 60,
                at_group=132,
                appointment_type="group",
                service_code="QA-GRP",
            )
            for n, slot in enumerate(GROUP)
        ),
    ),
    _visit(
        "provider_cancelled",
        "Called off by the provider, within the limit: no fee.",
        144,
        "s.status = 'cancelled' and s.cancelled_by = 'provider' and s.billing_status = 'non_billable'",
        client(131),
        visit(144, 131, -3, status="cancelled", cancelled_by="provider", cancel_reason="provider_illness", at_lead=14),
    ),
    _visit(
        "late_cancelled",
        "Called off by the client too late.",
        145,
        "s.status = 'late_cancelled' and s.start_at - s.cancelled_at < interval 48 hours",
        client(139),
        visit(145, 139, -3, status="late_cancelled", cancelled_by="client", cancel_reason="childcare"),
    ),
    _visit(
        "video_visit",
        "A visit by video, with consent and a link.",
        146,
        "s.modality = 'video' and s.telehealth_url is not null and s.room is null and s.pos_code in ('10', '02')",
        client(147, consent_telehealth_on=recipe(recipes.same, of="intake_date")),
        visit(146, 147, -4, modality="video"),
    ),
    _visit(
        "confirmed_ahead",
        "A visit that is booked and confirmed.",
        147,
        "s.status = 'confirmed' and s.confirmed_at is not null",
        client(155),
        visit(147, 155, 1, status="confirmed", at_lead=30),
    ),
    _client(
        "no_contact_consent",
        "A client who may not be texted, mailed or called.",
        163,
        "not (s.sms_ok or s.email_ok or s.voice_ok)",
        sms_ok=False,
        email_ok=False,
        voice_ok=False,
    ),
    _client(
        "sparse_client",
        "Everything that may be missing is missing.",
        171,
        "coalesce(s.middle_name, s.suffix, s.preferred_name, s.email, s.phone_home, s.address_2, s.member_id, "
        "s.guardian_name) is null",
        dob=birth_date(50, 5),
        payer_code="self_pay",
        copay_cents=None,
        **dict.fromkeys(("middle_name", "suffix", "preferred_name", "email", "phone_home", "address_2")),
    ),
)
