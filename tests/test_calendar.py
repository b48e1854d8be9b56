"""Calendars and clocks: days that are free, weekly slots, visits that are moved, and wall times."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qaseed.addresses import SLOT_BITS
from qaseed.integers import Days
from qaseed.plan import FIRST_ORDINARY_SLOT, WEEKS_AHEAD, WEEKS_BACK, Tenant, Tenants, plan, plan_of_counts
from qaseed.practice import MODEL
from qaseed.practice.generators import apportionment, clock, hours, split_treatment
from qaseed.profiles import EARLIEST, LATEST, PROFILES
from qaseed.rows import Rows
from support.derived_breakers import FEDERAL_HOLIDAYS, KEPT_ON_MONDAY
from support.practices import AS_OF, frames, planned


def appointments(
    providers: int, clients: int, filled: float, seed: int, ahead: int | None = None
) -> tuple[Tenant, pl.DataFrame]:
    """A tenant whose calendars are filled to that share, `ahead` percent of it after as_of, and its appointments."""
    chosen = {} if ahead is None else {"shares": (("future", (("ahead", ahead), ("past", 100 - ahead))),)}
    counts = {"location": 1, "provider": providers, "client": clients}
    empty = plan_of_counts(MODEL, "p", seed, AS_OF, [counts], scenarios=()).tenants[0]
    per_provider = np.diff(apportionment.apportion(Tenants([empty])).client)
    room = sum(int(apportionment.capacity(per_provider, weeks).sum()) for weeks in (WEEKS_BACK, WEEKS_AHEAD))
    full = counts | {"appointment": round(filled * room)}
    tenant = plan_of_counts(MODEL, "p", seed, AS_OF, [full], chosen, scenarios=()).tenants[0]
    apportionment.check_feasibility([tenant])
    rows = Rows(MODEL, tenant, "appointment", tenant.slots("appointment"))
    frame = pl.DataFrame([rows[name] for name in ("id", "provider_id", "client_id", "group_id", "start_local")])
    return tenant, frame.with_columns(day=pl.col("start_local").str.slice(0, 10).str.to_date("%Y-%m-%d"))


@settings(max_examples=20, deadline=None)
@example(providers=1, clients=5, filled=0.85, seed=5, ahead=None)
@example(providers=1, clients=2, filled=0.58, seed=1, ahead=None)
@example(providers=2, clients=3, filled=0.54, seed=42, ahead=None)
@example(providers=3, clients=12, filled=0.86, seed=5, ahead=None)
@example(providers=2, clients=70, filled=0.84, seed=3, ahead=None)
@example(providers=1, clients=12, filled=0.86, seed=1, ahead=0)
@example(providers=3, clients=12, filled=1, seed=1, ahead=0)
@example(providers=1, clients=300, filled=0.95, seed=1, ahead=None)
@example(providers=4, clients=128, filled=0.99, seed=1, ahead=None)
@example(providers=1, clients=16, filled=0.5, seed=0, ahead=60)
@given(
    st.integers(1, 3), st.integers(1, 40), st.floats(0, 1), st.integers(0, 99), st.sampled_from([None, 0, 5, 60, 100])
)
def test_calendars_have_room_for_their_visits_however_full_they_are(
    providers: int, clients: int, filled: float, seed: int, ahead: int | None
) -> None:
    tenant, visits = appointments(providers, clients, filled, seed, ahead)
    assert len(visits) == tenant.count("appointment")
    first, end = AS_OF - dt.timedelta(weeks=WEEKS_BACK), AS_OF + dt.timedelta(weeks=WEEKS_AHEAD)
    assert visits.filter(~pl.col("day").is_between(first, end, closed="left")).is_empty(), (
        "the window is as wide as promised"
    )
    assert (visits["day"] < AS_OF).sum() == apportionment.apportion(Tenants([tenant])).past[-1]
    week = (pl.col("day") - first).dt.total_days() // 7
    assert visits.select("client_id", "provider_id", week).is_unique().all(), "a client sees a provider once a week"
    sessions = visits.filter(pl.coalesce("group_id", "id") == pl.col("id"))
    assert sessions.select("provider_id", "start_local").is_unique().all(), "no provider is booked twice"
    closed = np.unique(clock.holidays(AS_OF)).astype("datetime64[D]")
    assert not np.isin(visits["day"].to_numpy(), closed).any(), "holidays are free"
    assert (visits["day"].dt.weekday() < 7).all(), "Sundays are free"


def test_banks_are_closed_on_weekends_and_holidays_of_the_federal_reserve() -> None:
    for day in map(dt.date.fromisoformat, (*FEDERAL_HOLIDAYS, *KEPT_ON_MONDAY)):
        before = day - dt.timedelta({0: 3, 6: 2}.get(day.weekday(), 1))
        asked = np.array([clock.days_of(day), clock.days_of(before)])
        assert list(clock.bank_day(day, asked)) == [clock.days_of(before)] * 2, day
    monday = clock.days_of(dt.date(2026, 11, 2))
    assert list(clock.bank_day(AS_OF, monday + np.arange(7)) - monday) == [0, 1, 2, 3, 4, 4, 4]


def test_holidays_move_visits_to_the_first_spare_slots_of_other_days() -> None:
    tenant = planned({"location": 1, "provider": 1, "client": 32}).tenants[0]
    shift = np.flatnonzero((hours.SLOT_DAY < 5) & (hours.SLOT_HOUR >= 8) & (hours.SLOT_HOUR < 17))
    mondays, booked = shift[:9], apportionment.BOOKED_WEEKLY_SLOTS
    labor_day, next_day = (clock.days_of(dt.date(2026, 9, day)) for day in (7, 8))
    slots = np.concatenate((mondays, shift[9:10]))
    days = Days(np.array([labor_day] * 9 + [next_day]))
    actual, moved = hours.move_from_holidays(
        Tenants([tenant]), shift[None, :], np.zeros(10, dtype=np.int64), slots, days
    )
    assert moved.tolist() == [True] * 9 + [False]
    assert actual.tolist() == [*shift[booked : booked + 9].tolist(), shift[9]]


def test_every_hour_of_a_shift_is_a_weekly_slot() -> None:
    tenant = planned({"location": 1, "provider": 40}).tenants[0]
    providers = tenant.ids(tenant.slots("provider"))
    begin, end = hours.shifts(Tenants([tenant]), providers)
    weekly = hours.weekly_slots(Tenants([tenant]), providers)
    assert ((weekly >= 0).sum(axis=1) == (end - begin).sum(axis=1)).all()
    assert len({tuple(row) for row in (weekly >= 0).tolist()}) == 2, "some work on Saturdays"


def test_a_visit_that_another_was_moved_to_is_not_moved_again() -> None:
    chosen = {"shares": (("outcome", (("completed", 5), ("rescheduled", 95))),)}
    counts = {"location": 1, "provider": 1, "client": 32, "appointment": 1700}
    tenant = plan_of_counts(MODEL, "p", 44, dt.date(2027, 1, 29), [counts], chosen, scenarios=()).tenants[0]
    visits = Rows(MODEL, tenant, "appointment", tenant.slots("appointment"))
    assert not (visits["cancelled_at"] < visits["booked_at"]).any()
    moved = visits["status"] == "rescheduled"
    assert moved.sum() > 50
    assert not (moved & visits["rescheduled_from_id"].is_not_null()).any()


def test_a_visit_is_moved_to_a_later_one_of_its_client_also_if_it_has_none_ahead() -> None:
    chosen = {"shares": (("outcome", (("completed", 5), ("rescheduled", 95))),)}
    counts = {"location": 1, "provider": 2, "client": 100, "appointment": 800}
    as_of = dt.date(2027, 1, 29)
    tenant = plan_of_counts(MODEL, "p", 44, as_of, [counts], chosen, scenarios=()).tenants[0]
    rows = Rows(MODEL, tenant, "appointment", tenant.slots("appointment"))
    names = ("id", "client_id", "start_at", "status", "rescheduled_from_id")
    visits = pl.DataFrame({name: rows[name] for name in names})
    moved = visits.filter(pl.col("status") == "rescheduled")
    both = moved.join(visits, left_on="id", right_on="rescheduled_from_id", suffix="_of_next")
    assert len(both) == len(moved) == visits["rescheduled_from_id"].count()
    assert (both["client_id"] == both["client_id_of_next"]).all()
    assert (both["start_at"] < both["start_at_of_next"]).all()
    last = visits.group_by("client_id").agg(pl.col("start_at").max())
    assert (last["start_at"].dt.date() < as_of).any()


def test_small_practices_have_a_group_of_five_or_more() -> None:
    with_groups = 0
    for seed in (1, 6):
        for tenant in plan(MODEL, PROFILES["standard"].vary(seed=seed)).tenants:
            rows = Rows(MODEL, tenant, "appointment", tenant.slots("appointment"))
            ordinary = (
                rows["group_id"]
                .drop_nulls()
                .filter(rows["group_id"].drop_nulls() % (1 << SLOT_BITS) >= FIRST_ORDINARY_SLOT)
            )
            sessions = ordinary.value_counts()["count"]
            with_groups += len(sessions) > 0
            assert not len(sessions) or (len(sessions) >= 3 and sessions.max() >= 5)
    assert with_groups == 4, "two of three practices"


def test_who_has_no_visit_yet_is_booked_with_a_provider_who_takes_new_clients() -> None:
    planned = plan(MODEL, PROFILES["load_test"].vary(seed=1, scenarios=("none",)))
    booked = pl.concat(
        pl.DataFrame([rows["client_id"], rows["start_local"]]).with_columns(
            takes_new=rows.lookup("provider_id", "accepts_new")
        )
        for tenant in planned.tenants
        for rows in [Rows(MODEL, tenant, "appointment", tenant.slots("appointment"))]
    )
    clients = booked.group_by("client_id").agg(pl.col("start_local").min(), pl.col("takes_new").all())
    new = clients.filter(pl.col("start_local") > planned.tenants[0].as_of.isoformat())
    assert len(new) > 10
    assert new["takes_new"].all()


def test_a_weekly_series_keeps_its_wall_time_across_clock_changes() -> None:
    counts = {"location": 1, "provider": 3, "client": 20, "appointment": 400}
    visits = frames(plan_of_counts(MODEL, "p", 5, AS_OF, [counts, counts], scenarios=()))["appointment"]
    other = Rows(
        MODEL,
        plan_of_counts(MODEL, "p", 5, AS_OF, [counts, counts], scenarios=()).tenants[1],
        "appointment",
        plan_of_counts(MODEL, "p", 5, AS_OF, [counts], scenarios=()).tenants[0].slots("appointment"),
    )
    times = (
        other.frame()
        .filter(pl.col("series_id").is_not_null())
        .select(
            "client_id",
            "provider_id",
            wall=pl.col("start_local").str.slice(11),
            utc=pl.col("start_at").dt.strftime("%H:%M"),
        )
    )
    per_client = times.group_by("client_id", "provider_id").agg(pl.col("wall").n_unique(), pl.col("utc").n_unique())
    assert (per_client["wall"] == 1).all(), "one wall time all year"
    assert (per_client["utc"] == 2).any(), "at two moments of the day in UTC, in a zone with summer time"
    assert (visits["timezone"] == "America/Phoenix").all()


def test_clocks_are_those_of_the_pinned_package() -> None:
    days = np.array(
        [(dt.date(2026, 3, 7) - dt.date(1970, 1, 1)).days, (dt.date(2026, 3, 9) - dt.date(1970, 1, 1)).days]
    )
    micros = clock.utc_micros(np.full(2, clock.ZONES.index("America/New_York")), days, np.array([600, 600]))
    local = [dt.datetime.fromtimestamp(moment / 1e6, dt.UTC).strftime("%H:%M") for moment in micros]
    assert local == ["15:00", "14:00"]


def test_offsets_are_those_of_every_day_of_the_years_that_may_be_asked_for() -> None:
    for name in sorted(set(clock.STATE_ZONES.values())):
        for year in range(EARLIEST.year - 2, LATEST.year + 2, 3):
            days = pl.date_range(dt.date(year, 1, 1), dt.date(year, 12, 31), eager=True).to_list()
            noons = [dt.datetime.combine(day, dt.time(12), clock.zone(name)).utcoffset() for day in days]
            assert clock._offsets(name, year).tolist() == [int(noon.total_seconds()) // 60 for noon in noons if noon]


@pytest.mark.parametrize("year", [2022, 2026, 2033])
def test_visits_with_a_prescriber_leave_weeks_with_holidays_and_none_meets_another(year: int) -> None:
    weeks = np.arange(WEEKS_BACK + WEEKS_AHEAD)
    due = weeks[weeks % 3 < 2]
    for day in range(365):
        as_of = dt.date(year, 1, 1) + dt.timedelta(day)
        actual = split_treatment.weeks_without_holidays(as_of)[due]
        first, closed = clock.days_of(as_of) + 7 * (actual - WEEKS_BACK), clock.holidays(as_of)
        assert (np.searchsorted(closed, first) == np.searchsorted(closed, first + 7)).all(), as_of
        assert len(np.unique(actual)) == len(due), as_of
        assert ((actual < WEEKS_BACK) == (due < WEEKS_BACK)).all(), "the past stays the past"
        assert abs(actual - due).max() <= split_treatment.FURTHEST
