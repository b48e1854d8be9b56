"""Faults in time that a reader notices: each figure that would notice them is off when they are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest

from qaseed.generation import generate
from qaseed.plan import plan
from qaseed.practice import MODEL
from qaseed.practice.measures import ORDINARY
from qaseed.profiles import PROFILES
from qaseed.realism import Measured, measure
from qaseed.rows import Rows

FAULTS = {
    "volume": "update appointment set start_local = '2026-10-20T10:00' where id % 3 = 0 and status = 'completed'",
    "growth": "update appointment set start_local = '2026-10-20T10:00' where id % 3 = 0 and status = 'completed'",
    "season": "update appointment set start_local = '2026-07-20T10:00' where id % 4 = 0 and status = 'completed'",
    "steady": "update appointment set duration_min = 30 + 5 * (id % 6)",
    "first_visit": "update client set intake_date = intake_date - 400",
    "group": "update appointment set group_id = id where group_id is not null",
    "eve": "update appointment set booked_at = timestamptz '2026-11-01 18:00:00+00' where start_local >= '2026-11-02'",
    "documented": "update note set signed_at = null where id % 4 = 0",
    "office_hours": "update ledger_entry set posted_at = posted_at + to_hours((id % 24)::int)",
    "paid_on_the_day": "update ledger_entry set posted_at = posted_at + interval 1 day where entry_type = 'client_payment'",
    "entered_late": "update ledger_entry set created_at = posted_at",
    "allowed": "update ledger_entry set allowed_cents = 14500 where allowed_cents is not null",
    "future": "update appointment set start_local = '2026-11-20T10:00' where id % 5 = 0",
}
"""For each figure of time a change of the rows that puts it off."""


@pytest.fixture(scope="module")
def load_test(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The rows of `load_test`, large enough for every figure."""
    snapshot = generate("load_test", tmp_path_factory.mktemp("load_test"), validated=False).snapshot
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name in snapshot.manifest.tables:
            connection.execute(f"create table {name} as from '{snapshot.folder}/data/{name}/*.parquet'")
        yield connection


def measured(connection: duckdb.DuckDBPyConnection, name: str) -> list[Measured]:
    figures = tuple(figure for figure in MODEL.figures if figure.id == name)
    model = replace(MODEL, figures=figures, is_declared=False)
    return list(measure(lambda sql: connection.execute(sql).fetchall(), model, PROFILES["load_test"].as_of, {}))


@pytest.mark.parametrize("name", FAULTS)
def test_a_figure_notices_the_fault_that_it_is_there_for(name: str, load_test: duckdb.DuckDBPyConnection) -> None:
    assert {figure.ok for figure in measured(load_test, name)} == {True}
    load_test.execute("begin")
    load_test.execute(FAULTS[name])
    off = [figure for figure in measured(load_test, name) if figure.ok is False]
    load_test.execute("rollback")
    assert off


OCCUR = (
    ("appointment", "status", ("in_session", "late_cancelled", "rescheduled")),
    ("appointment", "billing_status", ("billed", "unbilled", "billed_elsewhere", "non_billable")),
    ("location", "status", ("active",)),
    ("ledger_entry", "entry_type", ("fee", "credit", "refund", "transfer", "write_off")),
    ("ledger_entry", "claim_status", ("unbilled", "submitted", "paid", "processed", "denied", "appealed")),
    ("ledger_entry", "adjustment_reason", ("bad_debt", "denied", "fee_waived", "sliding_scale", "contractual")),
    ("ledger_entry", "service_code", ("QA-NS", "QA-LC")),
)


@pytest.mark.parametrize(("entity", "column", "values"), OCCUR)
def test_declared_values_occur(
    entity: str, column: str, values: tuple[str, ...], load_test: duckdb.DuckDBPyConnection
) -> None:
    rows = load_test.execute(f"select distinct {column} from {entity} where {ORDINARY}").fetchall()
    assert set(values) <= {value for (value,) in rows}


def test_the_first_clients_of_the_day_are_checked_in_or_in_session() -> None:
    planned = plan(MODEL, PROFILES["load_test"].vary(seed=5))
    visits = [Rows(MODEL, tenant, "appointment", tenant.slots("appointment")) for tenant in planned.tenants]
    today = {
        (status, local[:10])
        for rows in visits
        for status, local in zip(rows["status"], rows["start_local"], strict=True)
        if status in ("checked_in", "in_session")
    }
    assert today == {(status, planned.tenants[0].as_of.isoformat()) for status in ("checked_in", "in_session")}


@pytest.mark.parametrize("condition", [
    "client where coverage_to is not null", "provider where termination_date is not null",
    "ledger_entry where reverses_id is not null", "location where status <> 'active'",
])  # fmt: skip
def test_what_ends_occurs(condition: str, load_test: duckdb.DuckDBPyConnection) -> None:
    assert load_test.execute(f"select count(*) from {condition} and {ORDINARY}").fetchall()[0][0] > 0
