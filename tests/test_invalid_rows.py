"""Rows that an importer must refuse: each loaded in place of its original, refused for the reason beside it."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import psycopg
import pytest

from qaseed import UsageError, generate, open_snapshot, scan
from qaseed.disk import sha256_of
from qaseed.logical_types import TYPES
from qaseed.model import Column, Model
from qaseed.practice import MODEL
from qaseed.practice.breakers import BREAKERS
from qaseed.snapshot import Snapshot
from qaseed.validation import validate
from support.command_line import qaseed as run_qaseed

Invalid = dict[str, str]
STATES = {
    "R7": {"23502"},
    "type": {"22P02", "22007", "22008"},
    "R7c": {"23514"},
    "R7m": {"23514"},
    "R1": {"23503"},
    "R2": {"23503"},
    "U1": {"23505"},
    "K1": {"23505"},
}
"""What Postgres says of each kind of reason: SQLSTATE, by the code of the rule."""


@pytest.fixture(scope="module")
def invalid(minimal: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("invalid")
    shutil.copytree(minimal.folder, out / "minimal")
    folder = generate("minimal", out, invalid=True).invalid
    assert folder == out / "minimal.invalid"
    return folder


def reasons(folder: Path) -> list[Invalid]:
    with (folder / "reasons.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def line(folder: Path, reason: Invalid) -> str:
    lines = (folder / "csv" / f"{reason['table']}.csv").read_text().split("\n")
    return f"{lines[0]}\n{lines[int(reason['row'])]}\n"


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_of(path) for path in folder.rglob("*") if path.is_file()}


def load_alone(connection: psycopg.Connection, table: str, row: str) -> None:
    with connection.transaction():
        with connection.cursor().copy(f"copy {table} from stdin (format csv, header match)") as copy:
            copy.write(row)
        connection.execute("set constraints all immediate")


def test_postgres_refuses_each_row_for_its_reason(invalid: Path, minimal: Snapshot, database: str) -> None:
    from qaseed.loading import load

    load(minimal, database)
    refused = set()
    with psycopg.connect(database) as connection:
        for reason in reasons(invalid):
            states = STATES.get(reason["rule"].split()[0])
            if not states:
                continue
            table = MODEL.entity(reason["table"])
            with connection.transaction(force_rollback=True):
                connection.execute("set local session_replication_role = replica")
                connection.execute(f"delete from {table.name} where id = %s", [int(reason["id"])])
                connection.execute("set local session_replication_role = origin")
                with pytest.raises(psycopg.Error) as error:
                    load_alone(connection, table.name, line(invalid, reason))
            assert error.value.sqlstate in states, (reason, str(error.value))
            refused.add(reason["rule"].split()[0])
    assert refused == STATES.keys()


def test_validation_refuses_each_row_that_breaks_a_declared_rule(
    standard: Snapshot, tables: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    from qaseed.generation.invalid_rows import write_invalid

    write_invalid(standard, tmp_path)
    declared = [reason for reason in reasons(tmp_path) if reason["rule"].split()[0] not in STATES]
    assert [(r["table"], r["rule"]) for r in declared] == [
        (breaker.entity, breaker.rule)
        for entity in MODEL.entities
        for breaker in BREAKERS
        if breaker.entity == entity.name
    ]
    for reason in declared:
        entity = MODEL.entity(reason["table"])
        file = tmp_path / "one.csv"
        file.write_text(line(tmp_path, reason))
        types = {column.name: TYPES[column.type].duckdb for column in entity.columns}
        original = f"from {entity.name} where id = {int(reason['id'])}"
        tables.execute(f"create or replace temp table kept as {original}")
        tables.execute(f"delete {original}")
        tables.execute(
            f"insert into {entity.name} by name select * from read_csv(?, header = true, auto_detect = false, "
            f"columns = {types}, quote = '\"', escape = '\"', allow_quoted_nulls = false)",
            [str(file)],
        )
        assert broken(tables, reason, standard) == [reason["rule"]], reason
        tables.execute(f"delete {original}")
        tables.execute(f"insert into {entity.name} from kept")


def broken(connection: duckdb.DuckDBPyConnection, reason: Invalid, snapshot: Snapshot) -> list[str]:
    """The declared rules that validation finds broken, of the one that is the reason."""

    def only(column: Column) -> Column:
        return Column(column.name, column.type, column.doc, nullable=True, refers=column.refers)

    entities = tuple(
        replace(
            entity,
            columns=tuple(map(only, entity.columns)),
            rules=tuple(rule for rule in entity.rules if (entity.name, rule.id) == (reason["table"], reason["rule"])),
        )
        for entity in MODEL.entities
    )
    model = Model("m", "With one rule.", entities, is_declared=False)
    report = validate(
        connection, model, dt.date.fromisoformat(snapshot.manifest.recipe["as_of"]), dict.fromkeys(MODEL.by_name, 0)
    )
    return [finding.rule for finding in report.findings if finding.kind == "rule"]


def test_one_value_of_each_row_is_changed(invalid: Path, minimal: Snapshot) -> None:
    for reason in reasons(invalid):
        originals: dict[str, Invalid] = {}
        for file in minimal.files(reason["table"], "csv"):
            with (minimal.folder / file.path).open(newline="") as content:
                originals |= {row["id"]: row for row in csv.DictReader(content)}
        changed = next(csv.DictReader(line(invalid, reason).splitlines(keepends=True)))
        differing = [name for name, value in originals[reason["id"]].items() if changed[name] != value]
        assert differing == [reason["column"]] or (not differing and originals[reason["id"]][reason["column"]] == ""), (
            reason
        )


def test_the_snapshot_is_the_same_with_or_without(invalid: Path, minimal: Snapshot, tmp_path: Path) -> None:
    made = generate("minimal", tmp_path, format="both", invalid=True)
    assert contents(made.snapshot.folder) == contents(minimal.folder)
    assert contents(tmp_path / "minimal.invalid") == contents(invalid), "every run writes the same bytes"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["minimal", "minimal.invalid"]
    assert open_snapshot(made.snapshot.folder).manifest.id == minimal.manifest.id
    assert generate("minimal", tmp_path, format="both").invalid is None


def test_no_identifier_of_a_person_is_in_them(invalid: Path) -> None:
    assert not scan(invalid).findings


def test_what_is_there_is_replaced_only_when_asked(invalid: Path, tmp_path: Path) -> None:
    shutil.copytree(invalid.parent, tmp_path, dirs_exist_ok=True)
    kept = tmp_path / "minimal.invalid" / "reasons.csv"
    before = kept.read_bytes()
    kept.write_text("other\n")
    with pytest.raises(UsageError, match="contains other invalid rows; use --replace"):
        generate("minimal", tmp_path, invalid=True, validated=False)
    assert kept.read_text() == "other\n"
    generate("minimal", tmp_path, invalid=True, validated=False, replace_other=True)
    assert kept.read_bytes() == before
    kept.unlink()
    with pytest.raises(UsageError, match="exists and has no invalid rows; move it away"):
        generate("minimal", tmp_path, invalid=True, validated=False, replace_other=True)


@pytest.mark.usefixtures("unvalidated")
def test_the_command_names_the_folder_and_refuses_a_part(tmp_path: Path) -> None:
    done = run_qaseed("generate", "-e", "minimal", "--invalid", "--json", "--out", str(tmp_path))
    assert f'"invalid": "{tmp_path / "minimal.invalid"}"' in done.stdout
    refused = run_qaseed("generate", "--invalid", "--part", "1/2", "--out", str(tmp_path))
    assert refused.returncode == 2
    assert "--invalid: is of a whole snapshot" in refused.stderr
