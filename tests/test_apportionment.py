"""Counts are apportioned exactly: what fits, each owner's part of each total, and a clear rejection of the rest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qaseed.errors import UsageError
from qaseed.plan import Tenants, cumulative_shares, owners_and_positions, plan_of_counts
from qaseed.practice import MODEL
from qaseed.practice.generators import (
    apportionment,
    calendar,
    caseload,
    hours,
    outcomes,
    split_treatment,
    visit_weights,
)
from support.practices import AS_OF, frames, planned, sizes


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
