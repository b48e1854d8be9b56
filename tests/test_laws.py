"""A value is a function of its address: the same values whatever is cut, added or left out."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal, assert_series_equal

from qaseed import noise
from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.generation import generate
from qaseed.generation.units import Unit, rows_of, split_units, write_unit
from qaseed.integers import Ids
from qaseed.kinds import always, flag
from qaseed.model import Entity
from qaseed.plan import SMALL_TABLE, Plan, Tenants, plan, plan_of_counts
from qaseed.practice import MODEL
from qaseed.profiles import PROFILES
from qaseed.rows import Rows
from qaseed.snapshot import Snapshot
from support.cases import for_each

AS_OF = dt.date(2026, 11, 2)
COUNTS = {"location": 2, "provider": 5, "client": 40, "appointment": 150, "note": 70, "ledger_entry": 110}
COLUMNS = [(entity.name, column.name) for entity in MODEL.entities for column in entity.columns]
PLAN = plan_of_counts(MODEL, "law", 7, AS_OF, [COUNTS, COUNTS | {"client": 33, "appointment": 90}])
MODES = {"modes": (("email", "tenant"), ("name", "marked"), ("phone", "nanp_valid"), ("zip", "placeholder"))}
VARIED = plan_of_counts(MODEL, "law", 7, AS_OF, [COUNTS] * 5, MODES)
"""Tenants with scenarios and without, in several zones, with identifiers in other modes."""


@cache
def whole(planned: Plan, tenant: int, entity: Entity | str) -> pl.DataFrame:
    """All rows of an entity of one tenant, computed at once."""
    name = entity if isinstance(entity, str) else entity.name
    owner = planned.tenants[tenant]
    return Rows(planned.model, owner, name, owner.slots(name)).frame()


@given(st.integers(0, 2**64 - 1), st.lists(st.integers(0, 2**53), min_size=1, max_size=20))
def test_noise_is_splitmix64(stream: int, addresses: list[int]) -> None:
    def pure(address: int) -> int:
        mask = 2**64 - 1
        state = ((address + 1) * 0x9E3779B97F4A7C15 + stream) & mask
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & mask
        return state ^ (state >> 31)

    actual = noise.bits(stream, np.array(addresses, dtype=np.int64))
    assert actual.tolist() == [pure(address) for address in addresses]


def test_keys_do_not_run_together() -> None:
    assert noise.key("ab", "c") != noise.key("a", "bc")
    assert noise.key(1, "23") != noise.key(12, "3")


@given(st.integers(1, 2**31), st.integers(0, 2**32))
def test_below_stays_below(bound: int, seed: int) -> None:
    drawn = noise.below(noise.bits(seed, np.arange(50)), bound)
    assert drawn.min() >= 0
    assert drawn.max() < bound


def test_pick_follows_its_weights() -> None:
    drawn = np.bincount(noise.pick(noise.bits(1, np.arange(100_000)), [62, 0, 36, 2]), minlength=4) / 100_000
    assert drawn[1] == 0
    assert np.abs(drawn - [0.62, 0, 0.36, 0.02]).max() < 0.01


@pytest.mark.parametrize("unit_rows", [1, 7, 100, 10_000])
def test_any_cut_gives_the_same_rows(unit_rows: int) -> None:
    units = [rows_of(unit, MODEL) for unit in split_units(PLAN, unit_rows)]
    for entity in MODEL.entities:
        parts = [rows[entity.name].frame() for rows in units]
        assert_frame_equal(pl.concat(parts), pl.concat([whole(PLAN, tenant, entity) for tenant in (0, 1)]))


@settings(max_examples=30)
@given(st.data())
def test_any_rows_in_any_order_are_the_same_alone(data: st.DataObject) -> None:
    entity = data.draw(st.sampled_from(MODEL.entities))
    tenant = data.draw(st.integers(0, 1))
    slots = PLAN.tenants[tenant].slots(entity.name)
    if not len(slots):
        return
    chosen = data.draw(st.lists(st.integers(0, len(slots) - 1), min_size=0, max_size=9))
    alone = Rows(MODEL, PLAN.tenants[tenant], entity, slots[np.array(chosen, dtype=np.int64)]).frame()
    assert_frame_equal(alone, whole(PLAN, tenant, entity)[chosen])


@for_each(("entity", "column"), COLUMNS)
def test_a_column_asked_alone_is_the_same(entity: str, column: str) -> None:
    tenant = PLAN.tenants[1]
    alone = Rows(MODEL, tenant, entity, tenant.slots(entity))[column]
    assert_series_equal(alone, whole(PLAN, 1, entity)[column])


@settings(max_examples=20)
@given(st.data())
def test_any_rows_of_several_tenants_are_those_of_each_alone(data: st.DataObject) -> None:
    entity = data.draw(st.sampled_from(MODEL.entities))
    ids = Tenants(VARIED.tenants).all_ids(entity.name)
    chosen = data.draw(st.lists(st.integers(0, len(ids) - 1), min_size=0, max_size=9))
    together = Rows(MODEL, Tenants(VARIED.tenants), entity, Ids(ids[np.array(chosen, dtype=np.int64)])).frame()
    alone = [whole(VARIED, tenant.number - 1, entity) for tenant in VARIED.tenants]
    assert_frame_equal(together, pl.concat(alone)[chosen])


def test_a_unit_near_row_ten_billion_is_computed_alone_and_valid() -> None:
    people = {"location": 1250, "provider": 5000, "client": 100_000}
    counts = people | {"appointment": 500_000, "note": 250_000, "ledger_entry": 400_000}
    planned = plan_of_counts(MODEL, "huge", 7, AS_OF, [counts] * 8000, scenarios=())
    assert planned.total_records > 10**10
    rows = rows_of(Unit(planned.tenants[-1:], 4998, 5000), MODEL)
    tables = {name: rows[name].frame() for name in rows}
    assert tables["client"]["id"][-1] == 8000 << 40 | FIRST_ORDINARY_SLOT + counts["client"] - 1
    for name, expected in (("provider", 2), ("client", 40), ("appointment", 200), ("note", 100), ("ledger_entry", 160)):
        assert abs(len(tables[name]) - expected) <= expected // 20 + 1, name
    for name, reference, of in (("client", "primary_provider_id", "provider"), ("note", "client_id", "client")):
        assert tables[name][reference].is_in(tables[of]["id"].implode()).all()
    assert tables["appointment"].select("provider_id", "start_at", "client_id").is_unique().all()
    ledger = tables["ledger_entry"].group_by("client_id").agg(pl.col("amount_cents").sum())
    owed = ledger.join(tables["client"], left_on="client_id", right_on="id")
    assert (owed["amount_cents"] == owed["balance_cents"]).all()


def test_rows_that_no_tenant_has_are_rejected() -> None:
    tenants = Tenants(PLAN.tenants)
    for wrong in (tenants.all_ids("client")[-1] + 1, 5 << 40 | 1024, 2 << 40 | 1000):
        with pytest.raises(IndexError, match="client"):
            Rows(MODEL, tenants, "client", Ids(np.array([wrong])))


def test_thousands_of_tenants_are_exact_and_each_is_as_alone() -> None:
    counts = {"location": 1, "provider": 1, "client": 2, "appointment": 4, "note": 1, "ledger_entry": 2}
    small = replace(
        PROFILES["standard"], slug="many", tenants=3000, record_counts={n: 3000 * c for n, c in counts.items()}
    )
    planned = plan(MODEL, small)
    units = split_units(planned, 10_000)
    parts = [rows_of(unit, MODEL) for unit in units]
    for entity in MODEL.entities:
        ids = np.concatenate([rows[entity.name].ids for rows in parts])
        assert len(ids) == planned.rows[entity.name]
        assert (np.diff(ids) > 0).all()
    tenant = planned.tenants[2024]
    part = next(rows for rows, unit in zip(parts, units, strict=True) if tenant in unit.tenants)
    for name in ("client", "appointment", "ledger_entry"):
        table = part[name].frame().filter(pl.col("tenant_id") == tenant.slug)
        assert_frame_equal(table, Rows(MODEL, tenant, name, tenant.slots(name)).frame())


def test_another_tenant_added_or_grown_changes_nothing() -> None:
    grown = {name: 2 * count for name, count in COUNTS.items()}
    other = plan_of_counts(MODEL, "law", 7, AS_OF, [COUNTS, grown, COUNTS])
    for entity in MODEL.entities:
        assert_frame_equal(whole(PLAN, 0, entity), whole(other, 0, entity))


def test_another_column_added_changes_nothing() -> None:
    extra = replace(flag("One more.", always(True)), name="extra")
    more = tuple(replace(entity, columns=(extra, *entity.columns)) for entity in MODEL.entities)
    other = plan_of_counts(replace(MODEL, entities=more), "law", 7, AS_OF, [COUNTS])
    for entity in MODEL.entities:
        assert_frame_equal(whole(PLAN, 0, entity), whole(other, 0, entity.name).drop("extra"))


def test_another_seed_changes_the_rows() -> None:
    other = plan_of_counts(MODEL, "law", 8, AS_OF, [COUNTS])
    assert not whole(PLAN, 0, "client")["last_name"].equals(whole(other, 0, "client")["last_name"])


def test_spawned_processes_make_the_same_files(tmp_path: Path) -> None:
    planned = plan(MODEL, PROFILES["standard"])
    units = split_units(planned, 200)
    make = partial(write_unit, planned, formats=("csv",))
    for folder in ("in_process", "spawned"):
        (tmp_path / folder).mkdir()
    in_process = [make(tmp_path / "in_process", number=n, unit=unit) for n, unit in enumerate(units)]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(make, tmp_path / "spawned", number=n, unit=unit) for n, unit in enumerate(units)]
        spawned = [job.result() for job in jobs]
    assert len(units) > 4
    assert in_process == spawned


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_never_change_the_data(
    workers: int, standard: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qaseed.generation.making.UNIT_ROWS", 300)
    result = generate("standard", tmp_path, workers=workers, validated=False)
    assert len(result.snapshot.files("client", "parquet")) > 1
    assert len(standard.files("client", "parquet")) == 1
    assert result.snapshot.manifest.digests == standard.manifest.digests


@pytest.mark.parametrize("profile", PROFILES)
def test_totals_are_exact(profile: str) -> None:
    planned = plan(MODEL, PROFILES[profile])
    assert planned.total_records == {"minimal": 145, "standard": 1435, "load_test": 25125, "integration": 5065}[profile]
    for name, count in PROFILES[profile].record_counts.items():
        split = [tenant.count(name) for tenant in planned.tenants]
        assert sum(split) == count
        assert max(split) - min(split) <= 1


def test_numbers_of_records_contain_tenant_and_slot() -> None:
    clients = whole(PLAN, 1, "client").with_columns(slot=(pl.col("id") & (1 << 40) - 1).cast(pl.String))
    for column, prefix, digits in (("mrn", "QA-002-", 8), ("external_ref", "QA-CLI-002-", 6)):
        expected = clients.select(pl.concat_str(pl.lit(prefix), pl.col("slot").str.zfill(digits))).to_series()
        assert clients[column].to_list() == expected.to_list()


def test_scenarios_have_reserved_slots_and_ordinary_rows_the_others() -> None:
    for tenant in PLAN.tenants:
        for entity in MODEL.entities:
            if "id" in entity.key:
                ids = whole(PLAN, tenant.number - 1, entity)["id"].to_numpy()
                assert (ids >> 40 == tenant.number).all()
                slots = ids & (2**40 - 1)
                reserved = slots[slots < FIRST_ORDINARY_SLOT]
                assert set(reserved) == set(tenant.overrides.get(entity.name, {}))
                assert len(reserved) * 2 <= len(slots) or len(slots) <= SMALL_TABLE
                assert (
                    np.sort(slots[len(reserved) :]) == FIRST_ORDINARY_SLOT + np.arange(len(slots) - len(reserved))
                ).all()


def test_scenarios_are_the_same_rows_whatever_the_size() -> None:
    standard, large = (plan(MODEL, shape) for shape in (PROFILES["standard"], PROFILES["standard"].scaled(7)))
    for small, big in zip(standard.tenants, large.tenants, strict=True):
        assert big.scenario_names[: len(small.scenario_names)] == small.scenario_names
        for entity, rows in small.overrides.items():
            assert {slot: big.overrides[entity][slot] for slot in rows} == rows
