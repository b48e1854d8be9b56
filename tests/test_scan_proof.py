"""What a scan cannot prove is listed with class, count and shapes, and never read as clean."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from qaseed import scan
from qaseed.errors import UsageError
from qaseed.practice import MODEL
from qaseed.safety.names import CLASSES
from qaseed.scanning import ScanReport, proof
from qaseed.snapshot import Snapshot
from support.command_line import qaseed
from support.snapshot_files import edit_manifest, keep_table

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


def test_names_in_other_scripts_are_judged(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_text("姓名,身份证号,城市,价格\n某某,y,z,3\n", encoding="utf-8")
    done = qaseed("scan", str(path))
    assert (done.returncode, "named like a social security or tax number" in done.stdout) == (1, True)
    assert "clients.csv: 1 finding; 4 columns" in done.stderr
    assert set(unproven(scan(path))) == {"姓名", "身份证号", "城市"}


def test_columns_are_judged_beside_the_others(tmp_path: Path) -> None:
    path = tmp_path / "adherents.csv"
    path.write_text("nom,prenom,dt_nais,tel_adh,license,montant\nRoe,Ann,1980,poste 7,7,12\n", encoding="utf-8")
    report = scan(path)
    assert [(one.where.rpartition(".")[2], one.reason) for one in report.findings] == [
        ("license", "named like a license or travel document in a table of 'adherents'")
    ]
    assert set(unproven(report)) == {"nom", "prenom", "tel_adh", "license"}
    base = sqlite3.connect(tmp_path / "people.sqlite")
    base.execute("create table adherents (nom text, prenom text, tel_adh text, license text)")
    base.execute("create table songs (title text, artist text, license text)")
    base.close()
    duckdb.connect(str(tmp_path / "people.duckdb")).execute(
        "create table adherents (nom text, prenom text, tel_adh text, license text); create table songs (license text)"
    ).close()
    for name in ("people.sqlite", "people.duckdb"):
        assert [one.where.split(".")[-2:] for one in scan(tmp_path / name).findings] == [["adherents", "license"]]


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
    [("phone", "ask her mother", "D phone number", "a a a"), ("mrn", "QB-1", "H medical record number", "AA-9"), ("age", "90", "C date", "99"),
     ("zip", "90210-0000x", "B address", "99999-9999a"), ("surname", "\u00c5s\u00e9n \u674e\u20ac", "A name", "Aa a?"), ("email", "ann at home", "F e-mail address", "a a a")],
)  # fmt: skip
def test_other_values_do_not(tmp_path: Path, name: str, value: str, kind: str, shape: str) -> None:
    report = scan(written(tmp_path, f"id,{name}\n1,{value}\n2,\n"))
    assert unproven(report) == {name: (kind, 1, (shape,))}
    assert report.findings == ()


def test_findings_do_not_count_twice(tmp_path: Path) -> None:
    report = scan(written(tmp_path, "id,phone\n1,212-736-5000\n2,212-736-5001\n3,none of these\n"))
    assert [(one.kind, one.count) for one in report.findings] == [("phone", 2)]
    assert unproven(report)["phone"][:2] == ("D phone number", 1)


def test_findings_hide_no_other_values(tmp_path: Path) -> None:
    long = "she called about the new job and her mother again"
    values = ["ann@gmail.com"] * 3 + [long] * 2 + [f"{long} ann@gmail.com"] + [f"{long}, 12345 times"]
    report = scan(written(tmp_path, "id,memo\n" + "".join(f'1,"{value}"\n' for value in values)))
    assert [(one.kind, one.count) for one in report.findings] == [("email", 4)]
    assert unproven(report) == {"memo": ("free text", 3, ())}


@pytest.mark.parametrize(
    ("text", "counts"),
    [("Mary,Okafor,1980-02-03\n", [1, 1, 1]), ("Mary,212-736-5000,x\nAnn,212-736-5001,-\n", [2, 1]),
     (",city,2019\n7,Ames,3\n", [1, 1, 1]), ("id,kind\n1,x,far\n", [1])],
)  # fmt: skip
def test_columns_without_titles_are_not_judged(tmp_path: Path, text: str, counts: list[int]) -> None:
    report = scan(written(tmp_path, text))
    assert not report.judged
    assert [one.count for one in report.unproven] == counts
    assert {one.kind for one in report.unproven} <= {"no title", "B address"}
    assert not any(value in str(report.to_json()) for value in ("1980", "212-736", "Mary"))


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [("people.txt", "first_name,last_name\nAnn,Roe\n", 2), ("people", "Ann Roe\n\n---\nJo Poe\n", 2), ("people.txt", "219443456\n", 1),
     ("people.json", '[\n  {"first_name": "Ann", "last_name": "Roe"}\n]\n', 1), ("people.yaml", "first_name: Ann\nlast_name: Roe\n", 2),
     ("people.xml", "<p>\n<first_name>Ann</first_name>\n</p>\n", 3), ("people.txt", "NAME     BORN\nANN ROE  19800203\n", 2), ("people.txt", "\u674e\n", 1)],
)  # fmt: skip
def test_nothing_says_what_the_lines_of_a_text_are(tmp_path: Path, name: str, text: str, lines: int) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    report = scan(tmp_path / name)
    assert (report.findings, report.judged, report.proof_exit_code) == ((), False, 7)
    assert unproven(report) == {"text": ("free text", lines, ())}


DOCUMENTS = (
    ['{"first_name": "Ann"}', '[{"id": 1, "patient": {"middle_name":"Ann"}}]', "{'lastName' : 'Roe'}", '"first_name"=>"Ann", "id"=>"1"', "<p><surname>Roe</surname></p>",
     '"{\\"first_name\\": \\"Ann\\"}"', '{"\u59d3\u540d": "x"}', 'x {"city": ["Ames"]} y']
)  # fmt: skip
OTHER_DOCUMENTS = (
    ['{"color": "red", "size": 3}', '{"first_name":null, "last_name": "", "city":[], "street": {}}', "{'first_name': None}", '"color"=>"red"', "<p><size>3</size></p>",
     "<first_name></first_name>", 'say "x": first_name']
)  # fmt: skip


def test_fields_of_documents_in_a_column_are_judged_by_their_names(tmp_path: Path) -> None:
    rows = [{"id": 1, "payload": text} for text in DOCUMENTS + OTHER_DOCUMENTS]
    frame = pl.DataFrame(rows)
    frame.write_csv(tmp_path / "t.csv")
    frame.write_parquet(tmp_path / "t.parquet")
    for name in ("t.csv", "t.parquet"):
        report = scan(tmp_path / name)
        assert report.findings == ()
        assert unproven(report) == {"payload": ("free text", len(DOCUMENTS), ())}
    frame.filter(pl.col("payload").is_in(OTHER_DOCUMENTS)).write_csv(tmp_path / "t.csv")
    assert scan(tmp_path / "t.csv").judged


@pytest.mark.parametrize(("name", "text"), [
    ("notes", "\u60a3\u8005\u306f\u6bcd\u3068\u96fb\u8a71\u3067\u8a71\u3057\u305f"),
    ("entry", "\u60a3\u8005\u306f\u6bcd\u3068\u96fb\u8a71\u3067\u8a71\u3057\u305f" * 3),
])  # fmt: skip
def test_text_without_spaces_is_free_text(tmp_path: Path, name: str, text: str) -> None:
    assert unproven(scan(written(tmp_path, f"id,{name}\n1,{text}\n"))) == {name: ("free text", 1, ())}
    assert scan(written(tmp_path, f"id,{name}\n1,{text[:5]}\n2,{'x' * 80}\n")).judged


@pytest.mark.parametrize("names", [("219-44-3456", "219-44-3457"), ("ann@gmail.com", "bob@gmail.com")])
def test_a_baseline_knows_no_other_hidden_name(tmp_path: Path, names: tuple[str, str]) -> None:
    baseline = tmp_path / "baseline.json"
    for kind in ("column", "file"):
        for name in names:
            folder = tmp_path / kind / name[:3] / name[-5:]
            folder.mkdir(parents=True)
            (folder / (f"{name}.csv" if kind == "file" else "a.csv")).write_text(
                f"id,{name if kind == 'column' else 'memo'}\n1,see 219-44-3458\n"
            )
        first, second = (tmp_path / kind / name[:3] / name[-5:] for name in names)
        baseline.write_text(json.dumps(scan(first).to_json()))
        assert scan(first, baseline=baseline).exit_code == 0
        assert {one.id for one in scan(second).findings}.isdisjoint(one.id for one in scan(first).findings)
        assert scan(second, baseline=baseline).exit_code == 1


def test_ids_of_hidden_columns_do_not_depend_on_their_place(tmp_path: Path) -> None:
    first = {one.id for one in scan(written(tmp_path, "id,219-44-3456\n1,x\n")).findings}
    assert first
    assert first == {one.id for one in scan(written(tmp_path, "id,more,219-44-3456\n1,y,x\n")).findings}


def test_the_id_of_a_column_stays_when_its_class_is_called_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, PEOPLE)
    before = [one.id for one in scan(path).unproven]
    monkeypatch.setitem(CLASSES, "A", "a name")
    assert next(one.kind for one in scan(path).unproven) == "A a name"
    assert [one.id for one in scan(path).unproven] == before


def test_what_a_sender_declares_proves_no_name(minimal_parquet: Snapshot, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(minimal_parquet.folder, tmp_path / "minimal"))
    keep_table(copied, "note")
    model = json.loads((copied / "manifest.json").read_bytes())["model"]
    (entity,) = model["entities"]
    texts = [column for column in entity["columns"] if column["type"] == "text" and not column.get("safe")]
    before = {one.where: one.count for one in scan(copied).unproven}
    for column in texts:
        column["safe"] = "name"
    edit_manifest(copied, model=model)
    report = scan(copied)
    assert {one.where for one in report.unproven} | {one.where for one in report.findings} >= before.keys()


def test_shipped_proofs_are_those_of_the_model() -> None:
    assert {
        f"{entity.name}.{column.name}": column.safe
        for entity in MODEL.entities
        for column in entity.columns
        if column.safe in proof.BY_ORIGIN
    } == proof.SHIPPED


def test_names_of_files_in_a_snapshot_are_searched(minimal_parquet: Snapshot, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(minimal_parquet.folder, tmp_path / "minimal"))
    (copied / "219-44-3456").mkdir()
    report = scan(copied)
    assert [(one.kind, one.where[:1]) for one in report.findings] == [("ssn", "\u2026")]
    assert report.exit_code == 1


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


def test_our_own_snapshots_are_proven_where_a_predicate_is(minimal_parquet: Snapshot) -> None:
    report = scan(minimal_parquet)
    assert report.exit_code == 0
    proven = {
        f"{entity.name}.{column.name}"
        for entity in minimal_parquet.manifest.model.entities
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
