"""A scan finds what is planted, tells no value, reads everything it can and changes nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import polars as pl
import psycopg
import pytest
from typer.testing import CliRunner

from qaseed import QaseedError, scan
from qaseed.cli import app
from qaseed.errors import PostgresError, SnapshotError, UsageError
from qaseed.scanning import counting
from qaseed.snapshot import Snapshot
from support.command_line import qaseed
from support.snapshot_files import edit_manifest, keep_table

SECRETS = ("219084321", "219-08-4321", "867-5309", "8675309", "4539 1488", "gmail", "1EG4", "1245319599")
PLANTED = {
    "ss": ["219084321", "219084322"],
    "contact_phone": ["2128675309", "555-555-0101"],
    "memo": ["ann@gmail.com wrote", "MBI 1EG4-TE5-MK73, card 4539 1488 0343 6467"],
    "more": ["SSN 219-08-4321", "call (212) 867-5309"],
    "npi": ["1245319599", "2000000002"],
    "email": ["a.b.1@example.com", None],
    "status": ["new", "old"],
}
FOUND = {
    "ss": {"name", "ssn"}, "contact_phone": {"phone"}, "memo": {"email", "mbi", "card"}, "more": {"ssn", "phone"}, "npi": {"npi"},
}  # fmt: skip


def found(source: str | Path, **options: object) -> dict[str, set[str]]:
    by_column: dict[str, set[str]] = {}
    for finding in scan(source, **options).findings:  # type: ignore[arg-type]  # passed on
        by_column.setdefault(finding.where.rsplit(".", 1)[1], set()).add(finding.kind)
    return by_column


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    folder = tmp_path / "planted [x]"
    folder.mkdir()
    frame = pl.DataFrame(PLANTED)
    frame.write_csv(folder / "people.csv")
    frame.write_parquet(folder / "people*.parquet")
    with duckdb.connect(folder / "people.duckdb") as connection:
        connection.register("frame", frame)
        connection.execute("create table people as from frame")
    return folder


@pytest.mark.parametrize("name", ["people.csv", "people*.parquet", "people.duckdb"])
def test_files(planted: Path, name: str) -> None:
    report = scan(planted / name)
    assert found(planted / name) == FOUND
    assert not report.ok
    assert (report.columns, report.values) == (7, 13)
    assert {finding.count for finding in report.findings if finding.where.endswith(".ss")} == {1, 2}
    assert not any(secret in json.dumps(report.to_json()) for secret in SECRETS)


def test_snapshots_are_clean_and_judged_by_their_predicates(
    minimal: Snapshot, minimal_parquet: Snapshot, tmp_path: Path
) -> None:
    report = scan(minimal.folder)
    assert report.ok
    assert report.to_json()["findings"] == []
    assert scan(minimal.folder / "data").ok
    copied = Path(shutil.copytree(minimal_parquet.folder, tmp_path / "minimal"))
    keep_table(copied, "client")
    model = json.loads((copied / "manifest.json").read_bytes())["model"]
    number = next(column for column in model["entities"][0]["columns"] if column["name"] == "chart_no")
    number["safe"] = "mrn"
    edit_manifest(copied, model=model)
    assert {(finding.kind, finding.count) for finding in scan(copied).findings} == {("unproven", 25)}


def test_ids_do_not_depend_on_place_or_counts(planted: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    pl.DataFrame(PLANTED).head(1).write_csv(other / "people.csv")
    more = {finding.id for finding in scan(planted / "people.csv").findings}
    assert {finding.id for finding in scan(other / "people.csv").findings} <= more


def test_accepted_findings_do_not_fail(planted: Path, tmp_path: Path) -> None:
    source = str(planted / "people.csv")
    first = qaseed("scan", source)
    assert first.returncode == 1
    lines = [line for line in first.stdout.splitlines() if " people.csv." in line]
    assert len(lines) == 9
    accepted = tmp_path / "accepted.txt"
    accepted.write_text(
        "# why\n" + "\n".join(f"{line.split()[0]}  # {line.split()[1]}" for line in lines) + "\n0123456789\n"
    )
    done = qaseed("scan", source, "--accept", str(accepted), "--json")
    output = json.loads(done.stdout)
    assert (done.returncode, output["ok"], output["findings"], len(output["accepted"])) == (0, True, [], 9)
    assert "0123456789 is accepted and was not found" in done.stderr
    accepted.write_text("not an id\n")
    done = qaseed("scan", source, "--accept", str(accepted))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not any(secret in first.stdout + first.stderr for secret in SECRETS)


def test_what_cannot_be_read_is_reported_and_the_rest_goes_on(planted: Path, tmp_path: Path) -> None:
    (planted / "broken.parquet").write_bytes(b"PAR1 no parquet PAR1")
    (planted / "latin.csv").write_bytes("name,memo\nx,caf\xe9\n".encode("latin-1"))
    done = qaseed("scan", str(planted), "--quiet")
    assert done.returncode == 1
    assert "people" in done.stdout
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == ["broken.parquet", "latin.csv"]
    assert found(planted)
    for alone in ("broken.parquet", "latin.csv"):
        done = qaseed("scan", str(planted / alone))
        assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
    clean = tmp_path / "clean"
    clean.mkdir()
    shutil.copy(planted / "latin.csv", clean)
    (clean / "ok.csv").write_text("a\n1\n")
    assert scan(clean).exit_code == 2


@pytest.mark.parametrize(
    ("source", "error"),
    [("nowhere.csv", UsageError), ("mysql://a:secret@h/x", UsageError), (".", UsageError), ("postgresql://a:secret@localhost:1/x", PostgresError)],
)  # fmt: skip
def test_sources_that_are_none(source: str, error: type[QaseedError]) -> None:
    with pytest.raises(error) as raised:
        scan(source)
    assert "secret" not in str(raised.value)


def test_an_altered_snapshot_is_not_scanned(copied: Path) -> None:
    (copied / "SHA256SUMS").write_text("")
    with pytest.raises(SnapshotError):
        scan(copied)


def test_nested_values_and_names(tmp_path: Path) -> None:
    rows = [{"person": {"ssn": "x", "contacts": [{"note": "call 212-867-5309"}]}}]
    pl.DataFrame(rows).write_parquet(tmp_path / "n.parquet")
    kinds = {(finding.where, finding.kind) for finding in scan(tmp_path / "n.parquet").findings}
    assert kinds == {("n.parquet.person.ssn", "name"), ("n.parquet.person", "phone")}


def test_ragged_lines_and_thousands_of_columns(tmp_path: Path) -> None:
    (tmp_path / "ragged.csv").write_text('a,b\n1\n"x\ny",2,SSN 219-08-4321\n')
    assert [finding.kind for finding in scan(tmp_path / "ragged.csv").findings] == ["ssn"]
    width = 3000
    wide = ",".join(f"c{place}" for place in range(width)) + "\n" + ",".join(["v"] * (width - 1)) + ",212-867-5309\n"
    (tmp_path / "wide.csv").write_text(wide)
    report = scan(tmp_path / "wide.csv")
    assert (report.columns, report.values, [finding.where for finding in report.findings]) == (
        width,
        width,
        [f"wide.csv.c{width - 1}"],
    )


def test_a_header_that_is_a_row_is_searched_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "bare.csv").write_text(
        "1,219-08-4321,2128675309,ann@gmail.com\n2,219-08-4322,2128675310,bob@gmail.com\n"
    )
    report = scan(tmp_path / "bare.csv")
    kinds = {(finding.where, finding.kind, finding.count) for finding in report.findings}
    assert {(where.partition("\u2026")[0], kind, number) for where, kind, number in kinds} == {
        ("bare.csv.column ", "ssn", 2),
        ("bare.csv.column ", "email", 2),
    }
    assert len({where for where, _, _ in kinds}) == 2
    done = qaseed("scan", str(tmp_path / "bare.csv"))
    assert not any(secret in done.stdout + done.stderr for secret in SECRETS)


def test_values_that_are_collected_and_those_that_are_read_again_count_alike(
    planted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = scan(planted)
    monkeypatch.setattr(counting, "MOST_TEXT", 20)
    again = scan(planted)
    assert (again.findings, again.unproven) == (whole.findings, whole.unproven)
    assert len(again.findings) > len(FOUND)


def test_headings_without_a_whole_row_are_text(tmp_path: Path) -> None:
    texts = ["name,city,phone\nAnn,(212) 867-5309", "a line"]
    pl.DataFrame({"memo": texts}).write_parquet(tmp_path / "a.parquet")
    assert (found(tmp_path / "a.parquet"), scan(tmp_path / "a.parquet").skipped) == ({"memo": {"phone"}}, ())


def test_a_sample_reads_no_more(tmp_path: Path) -> None:
    pl.DataFrame({"a": ["x"] * 5000}).write_parquet(tmp_path / "a.parquet")
    assert scan(tmp_path / "a.parquet", sample=10).values == 10


@pytest.mark.integration
def test_postgres(database: str, planted: Path) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute('create schema "odd \'schema"')
        columns = ", ".join(f'"{name}" text' for name in PLANTED)
        connection.execute(
            f'create table "odd \'schema"."peo""ple" ({columns}, seen timestamptz default now(), raw bytea, n int default 5)'
        )
        with (
            connection.cursor() as cursor,
            cursor.copy(f'copy "odd \'schema"."peo""ple" ({", ".join(PLANTED)}) from stdin') as copy,
        ):
            for row in zip(*PLANTED.values(), strict=True):
                copy.write_row(row)
        connection.execute(
            "create table shop (id bigint, fingerprint bytea, tags text[], doc jsonb, npi bigint) partition by range (id)"
        )
        connection.execute("create table shop_1 partition of shop for values from (0) to (1000)")
        connection.execute(
            """insert into shop values (1, null, '{"new, \n old",ann@gmail.com}', '{"phone": "212-867-5309"}', 1245319599)"""
        )
        connection.execute(
            "create table person (last_name text, first_name text); insert into person values ('Quux', 'Ann')"
        )
        connection.execute("create table a_log (line text); insert into a_log values ('from Ann Quux')")
        connection.execute("create materialized view seen as select 'SSN 219-08-4321' as memo")
    report = scan(database)
    where = {(finding.where, finding.kind) for finding in report.findings}
    assert where == {(f"odd 'schema.peo\"ple.{column}", kind) for column, kinds in FOUND.items() for kind in kinds} | {
        ("public.shop.fingerprint", "name"), ("public.shop.tags", "email"), ("public.shop.doc", "phone"), ("public.shop.npi", "npi"), ("public.seen.memo", "ssn"), ("public.a_log.line", "person"),
    }  # fmt: skip
    assert not any(secret in json.dumps(report.to_json()) for secret in SECRETS)
    assert {finding.where.split(".")[0] for finding in scan(database, schemas=["public"]).findings} == {"public"}
    assert found(database, sample=1)
    with pytest.raises(UsageError, match="did you mean 'public'"):
        scan(database, schemas=["publik"])


@pytest.mark.integration
def test_tables_without_privilege_are_reported_and_the_rest_goes_on(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "create table closed (ssn text); create table half (a text, b text); create table open (a text); create table hidden (a text)"
        )
        connection.execute(
            "insert into open values ('x'); insert into hidden values ('y'); alter table hidden enable row level security"
        )
        connection.execute("drop role if exists looker; create role looker login password 'hunter22'")
        connection.execute("grant select on open, hidden to looker; grant select (a) on half to looker")
    url = database.replace("postgres@", "looker:hunter22@")
    done = qaseed("scan", url, "--json")
    output = json.loads(done.stdout)
    assert {skipped["where"] for skipped in output["skipped"]} == {"public.closed", "public.half", "public.hidden"}
    assert [(finding["where"], finding["kind"]) for finding in output["findings"]] == [("public.closed.ssn", "name")]
    assert (done.returncode, done.stderr.count("\n"), output["scanned"]["columns"]) == (1, 3, 5)
    assert "hunter22" not in done.stdout + done.stderr
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("drop table closed")
    assert qaseed("scan", url).returncode == 5
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("drop owned by looker; drop role looker")


@pytest.mark.integration
def test_a_scan_changes_nothing(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("create table calls (a text)")
        connection.execute("insert into calls select 'x' from generate_series(1, 10)")
    assert scan(database).ok
    from qaseed.postgres.connection import connected
    from qaseed.postgres.reading import listed_tables

    with connected(database) as connection:
        listed_tables(connection, None)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), connection.transaction():
            connection.execute("insert into calls values ('y')")


def test_quiet_still_prints_what_was_found(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,remark\n1,219-44-3456\n")
    done = CliRunner().invoke(app, ["scan", str(tmp_path), "-q"])
    assert done.exit_code == 1
    assert "a.csv.remark" in done.stdout
    (tmp_path / "a.csv").write_text("id,remark\n1,a\n")
    assert CliRunner().invoke(app, ["scan", str(tmp_path), "-q"]).output == ""


@pytest.mark.parametrize("times", [1, 700])
def test_each_value_counts_as_often_as_a_column_repeats_it(tmp_path: Path, times: int) -> None:
    values = ["call 212-736-5001", "jane.roe@gmail.com", "nobody is named here", "call 212-736-5002"]
    pl.DataFrame({"note": values * times}).write_parquet(tmp_path / "t.parquet")
    report = scan(str(tmp_path / "t.parquet"))
    assert {one.kind: one.count for one in report.findings} == {"phone": 2 * times, "email": times}
    assert [one.count for one in report.unproven] == [times]


def test_a_column_may_repeat_in_one_part_and_not_in_another(tmp_path: Path) -> None:
    repeated = ["call 212-736-5001"] * 20_000
    different = [f"call 212-736-{number:04}" for number in range(2_000, 5_000)]
    pl.DataFrame({"note": [*repeated, *different, *repeated]}).write_parquet(
        tmp_path / "t.parquet", row_group_size=3_000
    )
    [finding] = scan(str(tmp_path / "t.parquet")).findings
    assert (finding.kind, finding.count) == ("phone", 43_000)
