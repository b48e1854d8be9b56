"""The practice is consistent at any size: exact counts, no double bookings, balanced ledgers, or a clear rejection."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from qaseed import recipes
from qaseed.addresses import SLOT_BITS
from qaseed.errors import UsageError
from qaseed.integers import Days
from qaseed.plan import (
    FIRST_ORDINARY_SLOT,
    WEEKS_AHEAD,
    WEEKS_BACK,
    Plan,
    Tenant,
    Tenants,
    cumulative_shares,
    owners_and_positions,
    plan,
    plan_of_counts,
)
from qaseed.practice import MODEL
from qaseed.practice.generators import (
    apportionment,
    arrays,
    calendar,
    caseload,
    clock,
    courses,
    hours,
    ledger,
    outcomes,
    people,
    split_treatment,
    visit_weights,
)
from qaseed.profiles import EARLIEST, LATEST, PROFILES
from qaseed.rows import Rows
from support.derived_breakers import FEDERAL_HOLIDAYS, KEPT_ON_MONDAY

AS_OF = dt.date(2026, 11, 2)
sizes = st.fixed_dictionaries({
    "location": st.integers(1, 4), "provider": st.integers(1, 40), "client": st.integers(1, 200),
    "appointment": st.integers(0, 900), "note": st.integers(0, 400), "ledger_entry": st.integers(0, 900),
})  # fmt: skip


def planned(counts: dict[str, int], as_of: dt.date = AS_OF) -> Plan:
    return plan_of_counts(MODEL, "p", 5, as_of, [counts])


def frames(plan: Plan) -> dict[str, pl.DataFrame]:
    tenant = plan.tenants[0]
    return {e.name: Rows(MODEL, tenant, e, tenant.slots(e.name)).frame() for e in MODEL.entities}


def fits(counts: dict[str, int]) -> bool:
    try:
        apportionment.check_feasibility(planned(counts).tenants)
    except UsageError:
        return False
    return True


@settings(max_examples=25, suppress_health_check=[HealthCheck.filter_too_much])
@given(sizes, st.dates(dt.date(1995, 1, 1), dt.date(2100, 1, 1)))
def test_any_counts_that_fit_make_a_practice(counts: dict[str, int], as_of: dt.date) -> None:
    assume(fits(counts))
    tables = frames(planned(counts, as_of))
    assert {name: len(tables[name]) for name in counts} == counts
    blocking = ~pl.col("status").is_in(["cancelled", "rescheduled"])
    visits = tables["appointment"].filter(blocking).sort("start_at")
    for who, together in (
        ("client_id", visits),
        ("provider_id", visits.filter(pl.coalesce("group_id", "id") == pl.col("id"))),
    ):
        overlap = together.select((pl.col("start_at") < pl.col("end_at").shift(1).over(who)).any()).item()
        assert not overlap, f"{who} is booked twice"
    entries = tables["ledger_entry"].filter(~pl.col("entry_type").is_in(["credit", "refund", "transfer"]))
    column_defaults = (
        entries.with_columns(charge=pl.coalesce("charge_id", "id")).group_by("charge").agg(pl.col("amount_cents").sum())
    )
    assert (column_defaults["amount_cents"] >= 0).all()
    first = tables["note"].filter(pl.col("amends_id").is_null())
    assert first["appointment_id"].drop_nulls().is_unique().all()


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


def test_a_charge_with_all_its_entries_is_settled_to_the_cent() -> None:
    counts = {"location": 1, "provider": 9, "client": 400, "appointment": 8000, "note": 5000, "ledger_entry": 13_000}
    tenant = plan_of_counts(MODEL, "p", 5, AS_OF, [counts], scenarios=()).tenants[0]
    apportionment.check_feasibility([tenant])
    rows = Rows(MODEL, tenant, "ledger_entry", tenant.slots("ledger_entry"))
    entries = ledger.entries_of(rows)
    accounts = (
        pl.DataFrame(
            {
                "charge": entries.charge,
                "course": entries.course,
                "cents": rows["amount_cents"],
                "taken_back": rows["reverses_id"].is_not_null() & (rows["entry_type"] == "insurance_payment"),
            }
        )
        .group_by("charge")
        .agg(pl.len(), pl.col("course").first(), pl.col("cents").sum(), pl.col("taken_back").any())
    )
    assert (accounts.filter("taken_back")["cents"] > 0).any(), "a payment that was taken back is due again"
    taken_back = accounts.filter("taken_back")
    assert set(taken_back["len"]) == {4, 5}, "whether a copay was paid before or not"
    assert len(taken_back) > 5
    accounts = accounts.filter(~pl.col("taken_back"))
    settled = accounts.filter(pl.col("cents") == 0)
    assert set(settled["course"]) == {variant.course for variant in courses.VARIANTS.values()}, "of every course"
    assert (accounts.filter(pl.col("len") == apportionment.MOST_ENTRIES)["cents"] == 0).all()
    assert (accounts.filter(pl.col("course") != courses.OVERPAID)["cents"] >= 0).all()


def test_payers_deny_by_their_odds_none_where_none_is_denied_and_all_where_all_are() -> None:
    payers = np.array(["medicaid", "commercial", "medicare", "other"])
    medicaid, commercial, medicare, other = courses.denial_rates(11, payers)
    assert medicaid > other > commercial > medicare
    assert (51 * commercial + 20 * medicaid + 9 * medicare + 3 * other) / 83 == pytest.approx(11, abs=0.2)
    assert list(courses.denial_rates(0, payers)) == [0] * 4
    assert list(courses.denial_rates(100, payers)) == [100] * 4


def test_entries_are_exact_even_where_too_few_visits_are_signed() -> None:
    for entries in (1, 60, 130, 144):
        counts = {"location": 1, "provider": 2, "client": 9, "appointment": 60, "note": 12, "ledger_entry": entries}
        posted = frames(planned(counts))["ledger_entry"]
        assert len(posted) == entries
        assert (posted["created_at"] >= posted["posted_at"]).all()


@pytest.mark.parametrize("seed", range(1, 9))
def test_notes_are_signed_where_every_visit_is_charged(seed: int) -> None:
    """Some are drafts by chance, and a provider of few visits has an entry of each all the same."""
    counts = {"location": 1, "provider": 4, "client": 9, "appointment": 20, "note": 14, "ledger_entry": 30}
    tables = frames(plan_of_counts(MODEL, "p", seed, AS_OF, [counts]))
    charges = tables["ledger_entry"].filter(entry_type="charge")
    charged = charges.join(tables["note"], "appointment_id").filter(pl.col("amends_id").is_null())
    assert len(charged)
    assert (charged["posted_at"] >= charged["signed_at"]).all()
    assert charged["signed_at"].null_count() == 0


def test_a_single_ledger_entry_is_a_charge() -> None:
    counts = {"location": 1, "provider": 2, "client": 9, "appointment": 60, "ledger_entry": 1}
    assert frames(planned(counts))["ledger_entry"]["entry_type"].to_list() in (["charge"], ["fee"])


@pytest.mark.parametrize(
    ("providers", "clients", "fit"),
    [(1, 1, 60), (1, 32, 1920), (1, 64, 1920), (2, 64, 3840), (3, 1, 60), (1, 1664, 1920)],
)
def test_a_full_calendar_is_full(providers: int, clients: int, fit: int) -> None:
    counts = {"location": 1, "provider": providers, "client": clients, "appointment": fit}
    visits = frames(planned(counts))["appointment"]
    assert len(visits) == fit
    assert visits.select("provider_id", "start_at").is_unique().all()
    assert visits.select("client_id", "start_at").is_unique().all()
    with pytest.raises(UsageError, match=rf"{fit + 1:,} of appointment asked, {fit:,} fit"):
        apportionment.check_feasibility(planned(counts | {"appointment": fit + 1}).tenants)


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ({"appointment": 5}, "5 of appointment but none of client"),
        ({"client": 5}, "5 of client but none of provider"),
        ({"provider": 5}, "5 of provider but none of location"),
        ({"location": 1, "provider": 1, "client": 2, "ledger_entry": 3}, "3 of ledger_entry but none of appointment"),
        (
            {"location": 1, "provider": 1, "client": 2, "appointment": 10, "ledger_entry": 29},
            r"29 of ledger_entry asked, 28 fit",
        ),
    ],
)
def test_counts_that_cannot_be_say_what_fits(counts: dict[str, int], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        apportionment.check_feasibility(planned(counts).tenants)


@given(st.integers(0, 1000), st.lists(st.integers(0, 50), min_size=1, max_size=30))
def test_shares_are_whole_exact_and_within_their_weight(permille: int, weights: list[int]) -> None:
    total = sum(weights) * permille // 1000
    heights, starts = (
        np.concatenate(([0], np.cumsum([*weights, *weights]))),
        np.array([0, len(weights), 2 * len(weights)]),
    )
    first, shares = np.split(np.diff(cumulative_shares(np.array([total, total]), heights, starts)), 2)
    assert (first == shares).all(), "a group's shares are its own"
    assert shares.sum() == total
    assert (shares <= weights).all()
    assert (np.abs(shares * max(sum(weights), 1) - np.array(weights) * total) < max(sum(weights), 1)).all(), "rounded"


owner = st.lists(st.integers(0, 40), min_size=1, max_size=9)


@given(st.lists(st.tuples(owner, st.integers(0, 1000)), min_size=1, max_size=6), st.integers(1, 9))
def test_visits_are_shared_exactly_within_the_cap_and_by_weight(owners: list[tuple[list[int], int]], cap: int) -> None:
    clients = np.array([len(weights) for weights, _ in owners])
    of, _ = owners_and_positions(clients)
    weight = np.concatenate([weights for weights, _ in owners])
    eligible = np.bincount(of, weights=weight > 0).astype(np.int64)
    total = cap * eligible * np.array([permille for _, permille in owners]) // 1000
    shared = visit_weights.share_by_weight(total, clients, of, weight, np.full(len(owners), cap))
    assert (np.bincount(of, weights=shared) == total).all()
    assert shared.min() >= 0
    assert shared.max() <= cap
    assert (shared[weight == 0] == 0).all()


@settings(max_examples=20)
@given(sizes, st.sampled_from([None, 0, 60]))
def test_each_provider_has_its_exact_part_of_each_total(counts: dict[str, int], ahead: int | None) -> None:
    chosen = {} if ahead is None else {"shares": (("future", (("ahead", ahead), ("past", 100 - ahead))),)}
    tenant = plan_of_counts(MODEL, "p", 5, AS_OF, [counts], chosen, scenarios=()).tenants[0]
    try:
        apportionment.check_feasibility([tenant])
    except UsageError:
        assume(False)
    tenants = Tenants([tenant])
    totals = apportionment.apportion(tenants)
    part = {name: np.diff(getattr(totals, name)) for name in totals.__dataclass_fields__}
    assert min(of_provider.min() for of_provider in part.values()) >= 0
    assert (part["visit_note"] <= part["completed"]).all()
    assert (part["entry"] <= apportionment.MOST_ENTRIES * part["completed"]).all()
    visits = calendar.visits(tenants, 0, counts["provider"]).visits
    provider = apportionment.visit_owners(tenants, visits.id)
    assert (np.bincount(provider, minlength=counts["provider"]) == part["past"] + part["future"]).all()
    for name in ("completed", "no_show", "late_cancelled", "provider_cancelled"):
        with_outcome = provider[visits.status == getattr(outcomes, name.upper())]
        assert (np.bincount(with_outcome, minlength=counts["provider"]) == part[name]).all(), name
    load = caseload.caseload(tenants, 0, counts["provider"])
    assert not (load.group & load.new).any(), "members of a group are never new"
    plan = split_treatment.prescribing(
        tenants, load, hours.weekly_slots(tenants, tenants.ids("provider", np.arange(counts["provider"])))
    )
    client, back = calendar._attended(tenants, load, plan, np.arange(counts["client"]))
    assert (np.bincount(client, minlength=counts["client"]) == load.past).all()
    came = load.past > 0
    assert (np.isin(np.flatnonzero(came), client[back == 0])).all(), "the last week of a series is never skipped"
    assert (np.isin(np.flatnonzero(came), client[back == load.span[client] - 1])).all(), "nor is the first"


def test_ragged_counts_every_owner() -> None:
    owners, positions = owners_and_positions(np.array([2, 0, 3]))
    assert owners.tolist() == [0, 0, 2, 2, 2]
    assert positions.tolist() == [0, 1, 0, 1, 2]


def test_numbers_are_padded_and_longer_ones_are_not_cut() -> None:
    assert recipes.padded(np.array([0, 42, 999]), 3).to_list() == ["000", "042", "999"]
    assert recipes.padded(np.array([7, 4294967297]), 10).to_list() == ["0000000007", "4294967297"]
    assert recipes.padded(np.array([5, 1000]), 3).to_list() == ["005", "1000"]


def test_rows_are_in_the_order_of_one_sort_a_key() -> None:
    random = np.random.default_rng(1)
    few, wide = random.integers(-2, 3, 500), random.integers(-(1 << 60), 1 << 60, 500)
    for keys in ((few, few > 0, wide, np.zeros(500, dtype=np.int64)), (few > 0, few, wide % 7), (wide,)):
        assert arrays.order_by(*keys).tolist() == np.lexsort(keys[::-1]).tolist()
    assert not len(arrays.order_by(few[:0], wide[:0]))


def test_ages_change_on_birthdays_which_are_1_march_for_leap_days_in_other_years() -> None:
    random, leap = np.random.default_rng(2), dt.date(2000, 2, 29)
    born, on = (pl.Series(random.integers(-30_000, 84_000, 5_000).astype(np.int32)).cast(pl.Date) for _ in range(2))
    born = pl.concat([born, pl.Series([leap] * 3)])
    on = pl.concat([on, pl.Series([dt.date(2001, 2, 28), dt.date(2001, 3, 1), dt.date(2004, 2, 29)])])
    before = [(day.month, day.day) < (birth.month, birth.day) for birth, day in zip(born, on, strict=True)]
    assert people.age(born, on).tolist() == (on.dt.year() - born.dt.year() - pl.Series(before).cast(pl.Int32)).to_list()


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


def test_minors_have_guardians_and_adults_supervise() -> None:
    counts = {"location": 3, "provider": 60, "client": 800, "appointment": 3000}
    tables = frames(planned(counts))
    young = tables["client"].filter(pl.col("guarantor") == "guardian")
    assert 80 < len(young) < 160
    assert young["guardian_name"].null_count() == 0
    assert young["guardian_id"].null_count() < len(young), "some guardians are clients too"
    born = tables["client"].select(pl.col("id").alias("guardian_id"), pl.col("dob").alias("guardian_dob"))
    known = young.filter(pl.col("id") & (1 << 40) - 1 >= FIRST_ORDINARY_SLOT).join(born, on="guardian_id")
    assert (
        known.select((pl.col("dob") - pl.col("guardian_dob")).dt.total_days() / 365.25)
        .to_series()
        .is_between(20, 50)
        .all()
    )
    associates = tables["provider"].filter(pl.col("credentials") == "LMSW")
    assert len(associates) > 0
    assert associates["supervisor_id"].null_count() == 0


def test_clients_share_weekly_slots_only_beyond_the_booked_ones() -> None:
    clients = np.array([0, 1, 32, 33, 64, 65, 10_000])
    assert apportionment.rotation_length(clients, 52).tolist() == [1, 1, 1, 2, 2, 3, 52]
    assert apportionment.capacity(clients, 52).tolist() == [0, 52, 1664, 858, 1664, 1105, 1664]


def test_providers_are_offset_one_each() -> None:
    counts = {"location": 1, "provider": 3, "client": 9, "appointment": 18, "note": 9, "ledger_entry": 9}
    without_scenarios = plan_of_counts(MODEL, "p", 5, AS_OF, [counts], scenarios=())
    offsets = apportionment.provider_offsets(Tenants(without_scenarios.tenants))
    assert offsets.tolist() == [0, 1, 2, 3]
    assert offsets.dtype == np.int64


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
