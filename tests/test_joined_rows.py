"""Rows beside those that they reference: by ranges of ids they are those of one join, however ids are spread."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb
import pytest

from qaseed import joined_rows
from qaseed.derived_rules import rules_of, text_rules
from qaseed.practice import MODEL
from qaseed.profiles import PROFILES
from qaseed.validation import Finding, Report, validate

AS_OF = PROFILES["standard"].as_of
SPOILED = {
    "whole": "",
    "references to nothing": "update note set appointment_id = 5; update ledger_entry set charge_id = -7 where id % 3 = 0",
    "references of another tenant": """
        update appointment set client_id = (select max(id) from client) where tenant_id = 'tenant-qa-001';
        update ledger_entry set tenant_id = 'tenant-qa-002' where id % 5 = 0
    """,
    "references to the far end": """
        update note set client_id = (select max(id) from client), appointment_id = (select min(id) from appointment)
    """,
    "no references": "update ledger_entry set charge_id = null, appointment_id = null, client_id = null",
    "no ids": "update note set id = null where id % 7 = 0; update ledger_entry set id = null",
    "repeated and distant ids": """
        insert into ledger_entry select * from ledger_entry;
        update note set id = -id where id % 2 = 0;
        update appointment set id = 9223372036854775807 where id % 2 = 0
    """,
    "no rows": "delete from note; delete from ledger_entry",
}


@pytest.fixture
def few_rows_of_range(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges of at most 100 rows, and as many steps in one."""
    monkeypatch.setattr(joined_rows, "ROWS_OF_RANGE", 100)
    monkeypatch.setattr(joined_rows, "_IDS_OF_STEP", 3)


def tables_of(connection: duckdb.DuckDBPyConnection, name: str, rows: int) -> list[str]:
    entity = MODEL.entity(name)

    def select(query: str) -> list[Any]:
        return connection.execute(query).fetchall()

    return joined_rows.joined_tables(select, MODEL, entity, (*rules_of(entity), *text_rules(entity)), rows)


@pytest.mark.parametrize("change", SPOILED)
@pytest.mark.usefixtures("few_rows_of_range")
def test_ranges_have_the_rows_of_one_join(change: str, tables: duckdb.DuckDBPyConnection) -> None:
    tables.execute(SPOILED[change])
    for name in ("appointment", "note", "ledger_entry"):
        [whole] = tables_of(tables, name, 100)
        ranges = tables_of(tables, name, 101)
        assert len(ranges) > 2 or change in ("no rows", "no ids"), name
        parts = " union all ".join(f"from {table}" for table in ranges)
        for left, right in ((whole, f"({parts})"), (f"({parts})", whole)):
            assert tables.execute(f"select count(*) from (from {left} except all from {right})").fetchall() == [(0,)]


def test_what_a_reference_of_text_says_is_not_part_of_the_query(tables: duckdb.DuckDBPyConnection) -> None:
    note = MODEL.entity("note")
    number = note.column("client_id")
    text = replace(number, type="text")

    def select(query: str) -> list[Any]:
        return tables.execute(query).fetchall()

    assert [*joined_rows._least_and_greatest(select, note, [number, text], "id > 0")] == [number]


def found(tables: duckdb.DuckDBPyConnection) -> Report:
    model = replace(MODEL, scenarios=(), figures=())
    return validate(tables, model, AS_OF, {entity.name: 5000 for entity in MODEL.entities})


def without_samples(finding: Finding) -> tuple[Any, ...]:
    return finding.rule, finding.entity, finding.count, bool(finding.samples)


def test_ranges_break_the_rules_that_all_rows_break(
    tables: duckdb.DuckDBPyConnection, request: pytest.FixtureRequest
) -> None:
    tables.execute(SPOILED["references of another tenant"])
    at_once = found(tables)
    request.getfixturevalue("few_rows_of_range")
    in_ranges = found(tables)
    assert (in_ranges.rows, in_ranges.checked) == (at_once.rows, at_once.checked)
    assert [*map(without_samples, in_ranges.findings)] == [*map(without_samples, at_once.findings)]


def test_a_range_has_whole_steps_of_about_as_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joined_rows, "ROWS_OF_RANGE", 10)
    monkeypatch.setattr(joined_rows, "_IDS_OF_STEP", 4)
    counted = [(None, 3), (-1, 4), (0, 6), (1, 1), (5, 12), (6, 10)]
    assert [*joined_rows._conditions(counted)] == [
        "id is null",
        "id between -16 and 15",
        "id between 16 and 31",
        "id between 80 and 95",
        "id between 96 and 111",
    ]
