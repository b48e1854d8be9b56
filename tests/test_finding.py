"""Rows by a condition: what fits, and what is refused because it is more or less than a condition."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from qaseed import UsageError
from qaseed.cli import app
from qaseed.finding import find_rows
from qaseed.snapshot import Snapshot

CREDIT = "balance_cents < 0 and payer_code = 'medicaid'"


def typed(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["scenarios", *arguments], prog_name="qaseed")
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("table", "condition"),
    [
        ("client", CREDIT),
        ("client", "dob > date '2015-01-01' and guardian_name is not null or client.status = 'discharged'"),
        ("appointment", "status = 'no_show' -- of any modality"),
        ("note", "len(list_filter([subjective, plan], lambda text: text ilike '%sleep%')) = 2"),
    ],
)
def test_the_rows_that_fit_are_named(
    table: str, condition: str, standard: Snapshot, standard_rows: duckdb.DuckDBPyConnection
) -> None:
    expected = standard_rows.execute(
        f"select tenant_id, id, external_ref from {table} where {condition}\norder by id"
    ).fetchall()
    assert expected
    found = find_rows(standard, condition, table, limit=len(expected))
    assert [(row.tenant_id, row.id, row.external_ref) for row in found.rows] == expected
    assert find_rows(standard, condition, table, limit=1).rows == found.rows[:1]
    assert find_rows(standard, condition, table, limit=1).count == len(expected)


def test_the_command_lists_ids_and_says_how_many_fit(standard: Snapshot) -> None:
    found = find_rows(standard, CREDIT)
    code, output, said = typed("find", CREDIT, str(standard.folder))
    assert code == 0
    assert [line.split()[1] for line in output.splitlines()[1:]] == [str(row.id) for row in found.rows]
    assert f"{found.count} of " in said
    code, output, said = typed("find", "--table", "note", "--limit", "2", "true", str(standard.folder))
    assert (code, len(output.splitlines())) == (0, 3)
    assert f"--limit {standard.manifest.rows['note']} lists them" in said


def test_the_document_has_the_documented_keys(minimal: Snapshot) -> None:
    code, output, _ = typed("find", "id is null", str(minimal.folder), "--json")
    document = json.loads(output)
    assert (code, document["count"], document["rows"]) == (0, 0, [])
    assert document.keys() == {"snapshot", "id", "entity", "count", "rows"}
    page = (Path(__file__).parent.parent / "docs/reference/json.md").read_text(encoding="utf-8")
    section = page.split("## qaseed scenarios find\n")[1].split("\n## ")[0]
    assert all(f"`{key}`" in section for key in (*document, "tenant_id", "external_ref"))


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("balance_cent < 0", "client has no column 'balance_cent'; did you mean 'balance_cents'?"),
        ('payer_code = "medicaid"', "no column 'medicaid'; `qaseed schema` lists them; quote a text as 'text'"),
        ("balance_cents", "a value of type BIGINT"),
        ("balance_cents <", "syntax error"),
        ("cast(payer_code as int) > 1", "Conversion Error"),
        ("payer_code < 5", "Cannot compare"),
        ("nosuch(id)", "does not exist"),
        ("count(*) > 1", "aggregates"),
        ("id = ?", "a parameter"),
        ("columns(*) > 1", "a star"),
        ("", "without selection"),
        ("true) or (true", "syntax error"),
        ("true; select 1", "more than a condition"),
        ("true; attach 'x.db'", "more than a condition"),
        ("true from client", "more than a condition"),
        ("true where true", "more than a condition"),
        ("true union select false", "more than a condition"),
        ("true order by 1", "more than a condition"),
        ("true limit 1", "more than a condition"),
        ("true using sample 1", "more than a condition"),
        ("true, false", "more than a condition"),
        ("distinct true", "more than a condition"),
        ("true as x", "more than a condition"),
        ("id in (select id from appointment)", "a query inside"),
        ("exists (from read_text('qaseed.toml'))", "a query inside"),
        ("read_text('qaseed.toml') is null", "table function"),
    ],
)
def test_what_is_no_condition_is_one_line(condition: str, says: str, minimal: Snapshot, tmp_path: Path) -> None:
    code, output, said = typed("find", condition, str(minimal.folder))
    assert (code, output, said.count("\n")) == (2, "", 1)
    assert says in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("find", "true", "{0}", "--table", "clinet"), 2, "did you mean 'client'?"),
        (("find", "true", "{0}", "--table", "tenant"), 2, "no table of rows with ids"),
        (("find", "true", "{0}", "--limit", "0"), 2, "give at least 1"),
        (("find", "true", "{0}", "-e", "minimal"), 2, "leave out --environment"),
        (("find",), 2, "Missing argument 'CONDITION'; see `qaseed scenarios find --help`"),
        (("find", "true", "-e", "minimal"), 3, "run `qaseed generate -e minimal`"),
        (("find", "true", "nowhere"), 3, "Snapshot not found: nowhere"),
        (("./find",), 3, "Snapshot not found: find"),
    ],
)
def test_a_request_that_cannot_be_is_one_line(
    arguments: tuple[str, ...], code: int, says: str, minimal: Snapshot
) -> None:
    done = typed(*(argument.format(minimal.folder) for argument in arguments))
    assert (done[0], done[1], done[2].count("\n")) == (code, "", 1)
    assert says in done[2]


def test_the_snapshot_of_a_profile_is_found_by_its_name(minimal: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "artifacts").symlink_to(minimal.folder.parent)
    assert typed("find", "true", "-e", "minimal")[1] == typed("find", "true", str(minimal.folder))[1]
    assert typed("minimal") == typed(str(minimal.folder)), "a snapshot is still the first argument"


def test_a_query_cannot_be_hidden_in_a_function(minimal: Snapshot) -> None:
    with pytest.raises(UsageError, match="a query inside"):
        find_rows(minimal, "list_contains([coalesce((select 1), 2)], 1)")
