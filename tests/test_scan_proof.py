"""What a scan cannot prove is listed with class, count and shapes, and never read as clean."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from qaseed import scan
from qaseed.errors import UsageError
from qaseed.scanning import ScanReport
from qaseed.snapshot import Snapshot
from support.command_line import qaseed

PEOPLE = "first_name,last_name,dob,street,city,diagnosis\nAnn,Roe,1980-02-03,88 Oak Street,Ames,Depression since 2019\n"


def unproven(report: ScanReport) -> dict[str, tuple[str, int, tuple[str, ...]]]:
    return {one.where.rpartition(".")[2]: (one.kind, one.count, one.shapes) for one in report.unproven}


def written(folder: Path, text: str) -> Path:
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_named_for_people_are_not_clean(tmp_path: Path) -> None:
    path = written(tmp_path, PEOPLE)
    report = scan(path)
    assert (report.ok, report.judged, report.exit_code, report.proof_exit_code) == (True, False, 0, 7)
    assert unproven(report) == {
        "first_name": ("A name", 1, ("Aa",)),
        "last_name": ("A name", 1, ("Aa",)),
        "dob": ("C date", 1, ("9999-99-99",)),
        "street": ("B address", 1, ("99 Aa Aa",)),
        "city": ("B address", 1, ("Aa",)),
        "diagnosis": ("free text", 1, ()),
    }
    done = qaseed("scan", str(path))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{path}: not proven: 6 columns")
    assert "nothing found" not in done.stdout + done.stderr
    assert qaseed("scan", str(path), "--require-proof", "--quiet").returncode == 7
    document = json.loads(qaseed("scan", str(path), "--json").stdout)
    assert (document["ok"], document["judged"], len(document["unproven"])) == (True, False, 6)
    assert not any(value in done.stdout + str(document) for value in ("Ann", "Roe", "1980", "Oak", "Ames", "2019"))


@pytest.mark.parametrize(
    ("name", "values"),
    [("phone", "555-555-0101 202-555-0143"), ("email", "ann@example.com"), ("zip", "00000 35301"), ("npi", "2000000002"), ("mrn", "QA-001-00000042"),
     ("member_id", "QAM0000000000"), ("dob", "1980 2001"), ("age", "7 89"), ("ip_address", "192.0.2.7"), ("first_name", "*** XXXX REDACTED n/a - unknown"),
     ("last_name", "[masked] <removed>"), ("ssn", "XXX-XX-XXXX")],
)  # fmt: skip
def test_values_that_are_nobodys_prove_a_column(tmp_path: Path, name: str, values: str) -> None:
    report = scan(written(tmp_path, f"id,{name}\n" + "".join(f"1,{value}\n" for value in values.split())))
    assert unproven(report) == {}
    assert report.judged


@pytest.mark.parametrize(
    ("name", "value", "kind", "shape"),
    [("phone", "+49 30 901820", "D phone number", "+99 99 999999"), ("mrn", "QB-1", "H medical record number", "AA-9"), ("age", "90", "C date", "99"),
     ("zip", "90210-0000x", "B address", "99999-9999a"), ("surname", "\u00c5s\u00e9n \u674e\u20ac", "A name", "Aa a?"), ("email", "ann at home", "F e-mail address", "a a a")],
)  # fmt: skip
def test_other_values_do_not(tmp_path: Path, name: str, value: str, kind: str, shape: str) -> None:
    report = scan(written(tmp_path, f"id,{name}\n1,{value}\n2,\n"))
    columns = unproven(report)
    assert columns.get(name) == (kind, 1, (shape,)) or [one.count for one in report.findings] == [1]


def test_findings_do_not_count_twice(tmp_path: Path) -> None:
    report = scan(written(tmp_path, "id,phone\n1,212-736-5000\n2,212-736-5001\n3,none of these\n"))
    assert [(one.kind, one.count) for one in report.findings] == [("phone", 2)]
    assert unproven(report)["phone"][:2] == ("D phone number", 1)


def test_typed_nested_and_numeric_columns(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"dob": [date(1980, 2, 3), None], "age": [91, 40], "person": [{"last_name": "Roe"}, {"last_name": "Doe"}],
         "seen_at": [date(2024, 1, 1)] * 2, "amount": [1, 2], "text": ["Ann called her mother about the new job today", "short"]}
    )  # fmt: skip
    frame.write_parquet(tmp_path / "t.parquet")
    assert {where: columns[:2] for where, columns in unproven(scan(tmp_path / "t.parquet")).items()} == {
        "dob": ("C date", 1),
        "age": ("C date", 1),
        "last_name": ("A name", 2),
        "text": ("free text", 1),
    }
    with sqlite3.connect(tmp_path / "t.sqlite") as connection:
        connection.execute("create table p (age integer, city text)")
        connection.execute("insert into p values (91, 'Ames'), (40, null)")
    assert unproven(scan(tmp_path / "t.sqlite")) == {"age": ("C date", 1, ("99",)), "city": ("B address", 1, ("Aa",))}


def test_our_own_snapshots_are_proven_where_a_predicate_is(minimal: Snapshot) -> None:
    report = scan(minimal)
    assert report.exit_code == 0
    proven = {
        f"{entity.name}.{column.name}"
        for entity in minimal.manifest.model.entities
        for column in entity.columns
        if column.safe
    }
    assert len(proven) > 30
    assert proven.isdisjoint(one.where for one in report.unproven)
    assert "client.dob" in {one.where for one in report.unproven}


def test_a_sample_proves_nothing(tmp_path: Path) -> None:
    report = scan(written(tmp_path, "a\nx\n"), sample=1)
    assert (report.ok, report.judged, report.proof_exit_code) == (True, False, 7)


def test_a_baseline_leaves_what_is_new(tmp_path: Path) -> None:
    path, baseline = written(tmp_path, PEOPLE + "Al,Roe,,,,call 212-736-5000\n"), tmp_path / "baseline.json"
    baseline.write_text(qaseed("scan", str(path), "--json").stdout)
    again = scan(path, baseline=baseline)
    assert (again.findings, again.unproven, again.exit_code, again.proof_exit_code) == ((), (), 0, 0)
    assert (len(again.known), len(again.known_unproven), again.judged) == (1, 6, False)
    written(tmp_path, PEOPLE + "Al,Roe,,,,call 212-736-5000\nJo,Poe,,,,call 212-736-5001\n")
    later = scan(path, baseline=baseline)
    assert [one.kind for one in later.findings] == ["phone"]
    assert set(unproven(later)) == {"first_name", "last_name"}
    done = qaseed("scan", str(path), "--baseline", str(baseline), "--json")
    chained = tmp_path / "chained.json"
    chained.write_text(done.stdout)
    assert done.returncode == 1
    assert scan(path, baseline=chained).exit_code == 0


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"findings": {}}', '{"findings": [{"id": 1, "count": 1}]}', '{"findings": [{"id": "a"}]}', '{"findings": [], "unproven": [1]}', "\x00", None]
)  # fmt: skip
def test_a_baseline_that_is_none(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "baseline.json").write_text(text)
    with pytest.raises(UsageError, match=r"baseline\.json: is no report of a scan; give what"):
        scan(written(tmp_path, "a\nx\n"), baseline=tmp_path / "baseline.json")
    done = qaseed("scan", str(tmp_path / "people.csv"), "--baseline", str(tmp_path / "baseline.json"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
