"""The practice is consistent at any size: exact counts, no double bookings, balanced ledgers, families."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from qaseed import recipes
from qaseed.errors import UsageError
from qaseed.integers import Days
from qaseed.plan import FIRST_ORDINARY_SLOT, Tenants, plan_of_counts
from qaseed.practice import MODEL
from qaseed.practice.generators import apportionment, arrays, courses, insurance, ledger, people, rates, secondary
from qaseed.practice.generators.clock import window_start
from qaseed.rows import Rows
from support.practices import AS_OF, frames, planned, sizes


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


def test_medicare_asks_the_deductible_of_the_year_and_outside_the_table_of_the_nearest() -> None:
    asked = insurance.medicare_deductibles(np.array([2020, 2023, 2024, 2025, 2026, 2031]))
    assert asked.tolist() == [226_00, 226_00, 240_00, 257_00, 283_00, 283_00]


def test_visits_before_the_window_use_up_a_deductible_too() -> None:
    counts = {"location": 1, "provider": 9, "client": 400, "appointment": 8000, "note": 5000, "ledger_entry": 13_000}
    tenants = Tenants(plan_of_counts(MODEL, "p", 7, AS_OF, [counts], scenarios=()).tenants)
    clients = tenants.ids("client", np.arange(400))
    of, days = np.arange(400), Days(np.full(400, window_start(tenants) + 2))
    payers, allowed = np.full(400, "commercial"), np.full(400, 150_00)
    new, known = (
        rates.deductible_parts(tenants, clients, payers, of, days, allowed, np.full(400, nth)) for nth in (0, 30)
    )
    assert (known <= new).all()
    assert 0 < known.sum() < new.sum() * 0.6


def test_a_charge_with_all_its_entries_is_settled_to_the_cent() -> None:
    counts = {"location": 1, "provider": 9, "client": 400, "appointment": 8000, "note": 5000, "ledger_entry": 13_000}
    tenant = plan_of_counts(MODEL, "p", 7, AS_OF, [counts], scenarios=()).tenants[0]
    apportionment.check_feasibility([tenant])
    rows = Rows(MODEL, tenant, "ledger_entry", tenant.slots("ledger_entry"))
    entries = ledger.entries_of(rows)
    accounts = (
        pl.DataFrame(
            {
                "charge": entries.charge,
                "course": entries.course,
                "second": entries.second,
                "cents": rows["amount_cents"],
                "taken_back": rows["reverses_id"].is_not_null() & (rows["entry_type"] == "insurance_payment"),
            }
        )
        .group_by("charge")
        .agg(pl.len(), pl.col("course", "second").first(), pl.col("cents").sum(), pl.col("taken_back").any())
    )
    assert (accounts.filter("taken_back")["cents"] > 0).any(), "a payment that was taken back is due again"
    taken_back = accounts.filter("taken_back")
    assert set(taken_back["len"]) == {4, 5}, "whether a copay was paid before or not"
    assert len(taken_back) > 5
    accounts = accounts.filter(~pl.col("taken_back"))
    settled = accounts.filter(pl.col("cents") == 0)
    assert set(settled["course"]) == {variant.course for variant in courses.VARIANTS.values()}, "of every course"
    most = apportionment.MOST_ENTRIES + (pl.col("second") != secondary.NONE)
    assert (accounts.filter(pl.col("len") == most)["cents"] == 0).all()
    by_two = settled.filter(pl.col("second") != secondary.NONE)
    assert set(by_two["second"]) == set(range(1, len(secondary.CODES))), "with each kind of secondary payer"
    assert {4, 5} <= set(by_two["len"]), "whether it leaves a part to the client or not"
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
