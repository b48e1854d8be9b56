"""The tables of `--tables full`: derived from the core tables, which stay as they are."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal, assert_series_equal
from typer.testing import CliRunner

from qaseed.cli import app
from qaseed.config import get_qa_seed_config
from qaseed.errors import UsageError
from qaseed.generation import generate
from qaseed.generation.units import rows_of, split_units
from qaseed.integers import Ids
from qaseed.model import Column, Entity, Model, Rule, Scenario
from qaseed.pinning.regenerating import profile_of
from qaseed.plan import Plan, Tenants, plan, plan_of_counts
from qaseed.practice import MODEL
from qaseed.practice.full.cases import ALSO
from qaseed.practice.generators import claim_events
from qaseed.practice.scenarios.fixtures import client, id_at, ledger_entry, staff_of, visit
from qaseed.practice.shared import COMMON_RULES
from qaseed.practice.tables import model_of
from qaseed.profiles import PROFILES, TABLES
from qaseed.rows import Rows
from qaseed.scanning import scan
from qaseed.snapshot import Snapshot
from qaseed.sql import any_of
from qaseed.validation import validate
from support.derived_breakers import BROKEN

FULL = model_of("full")
DERIVED = [entity for entity in FULL.entities if entity.derived]
PROFILE = PROFILES["standard"].vary(tables="full")
RULES = {
    f"{entity.name}: {rule.id}": (entity, rule)
    for entity in DERIVED
    for rule in entity.rules
    if rule not in COMMON_RULES
}
WAYS = [(name, nth) for name, changes in BROKEN.items() for nth in range(len(changes))]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return generate(PROFILE, tmp_path_factory.mktemp("full")).snapshot


@pytest.fixture(scope="module")
def full_rows(full: Snapshot) -> Iterator[duckdb.DuckDBPyConnection]:
    """The rows of a snapshot with all tables, as tables of a duckdb."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name in full.manifest.tables:
            connection.execute(f"create table {name} as from '{full.folder}/data/{name}/*.parquet'")
        yield connection


@pytest.fixture
def tables(full_rows: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same, to be changed: whatever a test changes is undone."""
    full_rows.execute("begin")
    yield full_rows
    full_rows.execute("rollback")


def found(connection: duckdb.DuckDBPyConnection, owner: Entity, *rules: Rule) -> list[str]:
    """The ids of those rules of an entity that validation finds broken, among the tables to which it refers."""
    needed = {owner.name, *(column.refers for column in owner.references)}
    entities = tuple(
        replace(
            entity,
            columns=tuple(
                Column(c.name, c.type, c.doc, nullable=True, refers=c.refers if entity is owner else None)
                for c in entity.columns
            ),
            rules=rules if entity is owner else (),
        )
        for entity in FULL.entities
        if entity.name in needed
    )
    model = Model("m", "With few rules.", entities, is_declared=False)
    report = validate(connection, model, PROFILE.as_of, dict.fromkeys(model.by_name, 0))
    return [f.rule for f in report.findings if f.entity == owner.name and f.rule in {rule.id for rule in rules}]


@pytest.mark.parametrize(("name", "nth"), WAYS)
def test_a_rule_of_a_derived_table_is_broken_in_each_way(
    name: str, nth: int, tables: duckdb.DuckDBPyConnection
) -> None:
    entity, rule = RULES[name]
    tables.execute(BROKEN[name][nth])
    only = rule if len(rule.ways) < 2 else replace(rule, fails=any_of(rule.ways[nth]))
    assert found(tables, entity, only) == [rule.id]


def test_every_rule_of_a_derived_table_is_broken_above() -> None:
    assert {name: len(changes) for name, changes in BROKEN.items()} == {
        name: max(len(rule.ways), 1) for name, (_, rule) in RULES.items()
    }


def test_the_core_tables_of_a_full_snapshot_are_those_of_a_core_snapshot(full: Snapshot, standard: Snapshot) -> None:
    core, all_tables = standard.manifest, full.manifest
    assert {name: all_tables.tables[name].digest for name in core.tables} == core.digests
    assert all_tables.total_records == core.total_records
    assert [entity.name for entity in DERIVED] == [name for name in all_tables.tables if name not in core.tables]


def test_scenarios_of_a_full_snapshot_are_true_of_derived_rows_too(
    full: Snapshot, tables: duckdb.DuckDBPyConnection
) -> None:
    known = {case.name: case.holds for case in MODEL.scenarios}
    more = {case.name for case in FULL.scenarios if case.holds != known[case.name]}
    assert more == ALSO.keys()
    included = {name for names in full.manifest.recipe["scenarios"].values() for name in names}
    assert more <= included
    for table in ("claim", "claim_event", "insurance_policy", "user_account"):
        tables.execute(f"delete from {table}")
    report = validate(tables, FULL, PROFILE.as_of, full.manifest.rows)
    assert {f"E1 {name}" for name in more} == {f.rule for f in report.findings if f.kind == "scenario"}


def test_the_recipe_names_the_tables_of_a_full_snapshot_only(full: Snapshot, standard: Snapshot) -> None:
    assert full.manifest.recipe == standard.manifest.recipe | {"tables": "full"}
    assert "derived" not in json.dumps(standard.manifest.to_bytes().decode())
    assert profile_of(full.manifest.recipe, "standard").tables == "full"
    assert profile_of(standard.manifest.recipe, "standard").tables == "core"


def test_what_the_insurer_took_back_is_an_event_and_leaves_the_claim_unpaid() -> None:
    values = {"at_visit": 200, "at_charge": 200, "payer_code": "commercial", "method": "eft"}
    needs = (
        *staff_of(900),
        client(900),
        visit(200, 900, -30),
        ledger_entry(200, "charge", at_visit=200, at_claim=True, claim_status="submitted"),
        ledger_entry(201, "insurance_payment", amount_cents=-120_00, at_days=20, **values),
        ledger_entry(202, "insurance_payment", amount_cents=120_00, at_days=60, reverses_id=id_at(201), **values),
    )
    case = Scenario("take_back", "Taken back.", "client", 900, "s.balance_cents = 19000", needs, tenants=(1,))
    model = replace(FULL, scenarios=(case,))
    tenant = plan(model, PROFILE.vary(scenarios=("take_back",))).tenants[0]
    tenants, entries = Tenants((tenant,)), tenant.ids(tenant.reserved_slots("ledger_entry"))
    claim = Rows(model, tenants, "claim", Ids(entries[:1]))

    def charges(entity: str) -> Rows:
        return Rows(model, tenants, entity, Ids(entries))

    assert [claim[name][0] for name in ("status", "paid_cents", "total_cents")] == ["taken_back", 0, 190_00]
    events = Rows(model, tenants, "claim_event", claim_events.ids(model, tenants, charges))
    history = events.frame().sort("nth")
    assert history["event_type"].to_list() == ["submitted", "paid", "taken_back"]
    assert history["amount_cents"].to_list() == [None, 120_00, -120_00]
    assert history["occurred_at"].is_sorted()
    assert history["batch_id"].is_not_null().to_list() == [False, True, False], "a letter asks for the money back"
    batches = Rows(model, tenants, "payment_batch", Ids(history["batch_id"][1:2].to_numpy()))
    assert batches["amount_cents"].to_list() == [120_00]


def test_appeals_succeed_fail_or_are_never_made() -> None:
    counts = {"location": 1, "provider": 9, "client": 400, "appointment": 8000, "note": 5000, "ledger_entry": 13_000}
    tenant = plan_of_counts(FULL, "p", 5, dt.date(2026, 11, 2), [counts], scenarios=()).tenants[0]
    tenants, entries = Tenants((tenant,)), Ids(tenant.ids(tenant.slots("ledger_entry")))
    events = claim_events.ids(FULL, tenants, lambda entity: Rows(FULL, tenants, entity, entries))
    rows = Rows(FULL, tenants, "claim_event", events)
    steps = pl.DataFrame([rows[name] for name in ("claim_id", "nth", "event_type")]).sort("claim_id", "nth")
    histories = steps.group_by("claim_id").agg(pl.col("event_type").str.join(" "))["event_type"].value_counts()
    many = dict(histories.iter_rows())
    denied, in_vain = many["submitted denied"], many["submitted denied appealed denied"]
    assert many["submitted denied appealed paid"] > denied > 20
    assert 0.6 < in_vain / denied < 1.6


def test_a_run_has_one_moment_for_all_that_it_does_on_a_day(full_rows: duckdb.DuckDBPyConnection) -> None:
    for table, moment, hour in (("claim", "submitted_at", 20), ("payment_batch", "received_at", 4)):
        runs = full_rows.execute(f"""
            select count(distinct m.{moment}), count(*), any_value(second(m.{moment}))
            from {table} m
            join tenant t using (tenant_id)
            where hour(timezone(t.timezone, m.{moment})) = {hour} and minute(m.{moment}) = 0
            group by m.tenant_id, m.{moment}::date
        """).fetchall()
        assert {moments for moments, _, _ in runs} == {1}, table
        assert max(rows for _, rows, _ in runs) > 1, table
        assert len({second for _, _, second in runs}) > 10, "of many seconds"


def test_every_derived_table_has_rows_of_every_tenant(full: Snapshot) -> None:
    with full.catalog() as connection:
        for entity in DERIVED:
            query = f'select count(distinct tenant_id) from "{entity.name}"'
            assert connection.execute(query).fetchall() == [(PROFILE.tenants,)], entity.name


@cache
def whole_and_cut() -> tuple[Plan, dict[str, Rows], list[dict[str, Rows]]]:
    """The plan of all tables, their rows at once, and their rows unit by unit."""
    planned = plan(FULL, PROFILE)
    (whole,) = split_units(planned, 10**9)
    return planned, rows_of(whole, FULL), [rows_of(unit, FULL) for unit in split_units(planned, 60)]


@pytest.mark.parametrize("entity", DERIVED, ids=lambda entity: entity.name)
def test_any_cut_and_any_row_alone_gives_the_same_derived_rows(entity: Entity) -> None:
    planned, whole, units = whole_and_cut()
    tenants = Tenants(planned.tenants)
    rows = whole[entity.name]
    cut = [unit[entity.name].ids for unit in units]
    assert np.sort(np.concatenate(cut)).tolist() == rows.ids.tolist()
    frame, some = rows.frame(), Ids(rows.ids[1 :: max(len(rows) // 5, 1)][::-1])
    alone = Rows(FULL, tenants, entity, some)
    for column in entity.columns:  # in the order of the declaration, and each by itself
        by_itself = Rows(FULL, tenants, entity, some)[column.name]
        assert_series_equal(by_itself, alone[column.name])
    at = [rows.ids.tolist().index(id_) for id_ in some.tolist()]
    assert_frame_equal(alone.frame(), frame[at])


def test_every_dose_in_a_note_is_that_of_a_medication_in_force(full_rows: duckdb.DuckDBPyConnection) -> None:
    doses = """
        select n.id, m.id is not null as agrees from (
            select n.tenant_id, n.id, n.client_id, (n.session_start - interval 8 hours)::date as day,
                unnest(regexp_extract_all(
                concat_ws(' ', subjective, objective, assessment, plan), '[0-9.]+(-[0-9.]+)? mg')) as dose
            from note n join appointment a on a.tenant_id = n.tenant_id and a.id = n.appointment_id
            where n.amends_id is null and n.client_id in (select client_id from medication)
        ) n left join medication m on m.tenant_id = n.tenant_id and m.client_id = n.client_id and m.dose = n.dose
            and n.day between m.started_on and coalesce(m.stopped_on, n.day)
    """
    said, agreeing = full_rows.execute(f"select count(*), count(*) filter (agrees) from ({doses})").fetchall()[0]
    assert said > 50
    assert agreeing == said
    several = "select count(*) from (select client_id from medication group by all having count(*) > 1)"
    assert full_rows.execute(several).fetchall() != [(0,)]


def test_a_full_snapshot_identifies_nobody(full: Snapshot) -> None:
    assert scan(full.folder).findings == ()


def in_process(*arguments: str) -> dict[str, Any]:
    """The JSON document that a command prints."""
    document: dict[str, Any] = json.loads(CliRunner().invoke(app, arguments).stdout)
    return document


def test_where_the_tables_are_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_qa_seed_config("minimal").profile.tables == TABLES[0]
    (tmp_path / "qaseed.toml").write_text(
        'tables = "full"\n[profiles.demo]\nrecord_counts = {}\n[profiles.own]\ntables = "full"\nrecord_counts = {}\n'
    )
    monkeypatch.chdir(tmp_path)
    assert get_qa_seed_config("demo").profile.tables == "full"
    monkeypatch.setenv("QA_TABLES", "core")
    assert get_qa_seed_config("own").profile.tables == "core"
    assert get_qa_seed_config("demo", {"tables": "full"}).profile.tables == "full"
    planned = in_process("generate", "-e", "demo", "--tables", "full", "--dry-run", "--json")
    assert planned["snapshot"].startswith("artifacts/demo-")
    monkeypatch.setenv("QA_TABLES", "most")
    with pytest.raises(UsageError, match="QA_TABLES: 'most' is not possible; write core or full"):
        get_qa_seed_config("demo")
    monkeypatch.delenv("QA_TABLES")
    (tmp_path / "qaseed.toml").write_text('tables = "most"\n')
    with pytest.raises(UsageError, match="tables is 'most'; give core or full"):
        get_qa_seed_config("minimal")


def test_the_schema_of_all_tables() -> None:
    def described(*options: str) -> set[str]:
        return {entity["name"] for entity in in_process("schema", "--json", *options)["entities"]}

    assert described() == set(MODEL.by_name)
    assert described("--tables", "full") == set(FULL.by_name)
    refused = CliRunner().invoke(app, ["schema", "--tables", "most"])
    assert (refused.exit_code, "give core or full" in refused.output) == (2, True)
