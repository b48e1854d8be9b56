"""A dump of pg_dump is read as its tables: each by the names of its columns, and the statements around them."""

from __future__ import annotations

import bz2
import gzip
import subprocess
from pathlib import Path

import pytest

from qaseed import scan
from qaseed.postgres.wheel import programs
from qaseed.scanning import ScanReport, limits

COPIED = r'''--
-- PostgreSQL database dump
--

CREATE TABLE public.patient (id bigint, mrn text, dob date, "Free; Text" text);

COPY public.patient (id, mrn, dob, "Free; Text") FROM stdin;
1	7001234	1961-03-04	\N
2	7001235	\N	seen at\t45 Main St.\nagain
3	7001236	1961-03-05
\.


COPY "odd ""schema""".empty (id) FROM stdin;
\.

INSERT INTO visit (id, account_no, day)
VALUES (1, '61234567', '2026-01-02'),
       (2, '61234568', '2026-01-03');
'''


def found(report: ScanReport) -> dict[str, str]:
    return {finding.where: finding.kind for finding in report.findings}


EXPECTED = {
    "d.sql.public.patient.mrn": "record",
    "d.sql.public.patient.Free; Text": "address",
    "d.sql.visit.account_no": "account",
}


def test_tables_are_judged_by_their_columns_and_statements_by_what_they_insert(tmp_path: Path) -> None:
    (tmp_path / "d.sql").write_text(COPIED)
    report = scan(tmp_path)
    assert found(report) == EXPECTED
    assert {finding.where: finding.count for finding in report.findings}["d.sql.public.patient.mrn"] == 2
    unproven = {each.where: each.count for each in report.unproven}
    assert unproven["d.sql.public.patient.dob"] == 1, "the row with a cell too few is no row"
    assert report.columns == 1 + 4 + 1 + 3
    assert found(scan(tmp_path / "d.sql")).keys() == {
        "visit.account_no",
        "public.patient.mrn",
        "public.patient.Free; Text",
    }


def test_a_dump_is_known_by_its_text_compressed_or_not(tmp_path: Path) -> None:
    for name, data in {
        "a.gz": gzip.compress(COPIED.encode()),
        "b.sql.bz2": bz2.compress(COPIED.replace("\n", "\r\n").encode()),
        "c": COPIED[COPIED.index("COPY") :].encode(),
        "e.txt": COPIED.encode("utf-16"),
    }.items():
        (tmp_path / name).write_bytes(data)
    kinds = found(scan(tmp_path))
    assert {where: kind for where, kind in kinds.items() if where.endswith("mrn")} == {
        f"{name}.public.patient.mrn": "record" for name in ("a.gz", "b.sql.bz2", "c", "e.txt")
    }


def test_a_dump_in_another_encoding_or_cut_short_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "latin.sql").write_bytes(COPIED.replace("seen", "s\u00e9en").encode("latin-1"))
    (tmp_path / "cut.sql").write_text(COPIED[: COPIED.index("3\t7001236")])
    report = scan(tmp_path)
    assert [skipped.where for skipped in report.skipped] == ["latin.sql"]
    assert found(report)["cut.sql.public.patient.mrn"] == "record"


def test_a_table_longer_than_what_is_read_at_a_time_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LINES_BYTES", 1000)
    rows = "".join(f"{number}\t700{number:04}\n" for number in range(2000))
    inserts = "".join(
        f"insert into v (id, mrn)\nvalues ({number}, '700{number:04}'),\n({number}, null);\n" for number in range(300)
    )
    text = f"copy t (id, mrn) from stdin;\n{rows}\\.\nselect 1;\ncopy u (mrn) from stdin;\n7009999\n\\.\n"
    (tmp_path / "d.sql").write_text(text + inserts)
    assert {(finding.where, finding.count) for finding in scan(tmp_path).findings} == {
        ("d.sql.t.mrn", 2000),
        ("d.sql.u.mrn", 1),
        ("d.sql.v.mrn", 300),
    }


def test_what_pg_dump_itself_writes(database: str, tmp_path: Path) -> None:
    import psycopg

    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("create table patient (id int, mrn text, note text)")
        connection.execute("insert into patient values (1, '7001234', E'a\\tb'), (2, null, E'line\\none')")
    for options in ((), ("--column-inserts",), ("--inserts",), ("--rows-per-insert=5",)):
        dump = subprocess.run(
            [programs() / "pg_dump", database, *options], capture_output=True, check=True, text=True
        ).stdout
        (tmp_path / "d.sql").write_text(dump)
        kinds = found(scan(tmp_path / "d.sql"))
        assert kinds == {"public.patient.mrn": "record"}


BY_MYSQL = r"""-- MySQL dump 10.13
CREATE TABLE `patient` (
  `id` int NOT NULL DEFAULT '0',
  `mrn` varchar(20) COMMENT 'a (b), c',
  `seen` decimal(5,2),
  PRIMARY KEY (`id`), KEY `x` (`mrn`)
);
INSERT INTO `patient` VALUES (1,'7001234',5.0),(2,NULL,6.1),(3,'it\\'s',0);
INSERT INTO `patient` VALUES (4,'7001235');
INSERT INTO other VALUES (1,'7001236');
"""


def test_rows_to_insert_have_the_columns_of_their_table(tmp_path: Path) -> None:
    (tmp_path / "d.sql").write_text(BY_MYSQL.replace("\\\\", "\\"))
    report = scan(tmp_path)
    assert {(finding.where, finding.kind, finding.count) for finding in report.findings} == {
        ("d.sql.patient.mrn", "record", 1),
        ("d.sql.text", "number", 1),  # of `patient`, in a statement without names of columns
    }
    assert report.values == 8 + 7 + 2, "cells of rows, lines, and two statements whose columns are not known"


def test_what_is_around_rows_to_insert_is_read(tmp_path: Path) -> None:
    text = (
        "-- asked by 219-44-3456\ninsert into t (id, x) values (1, 'a') on conflict (id) do nothing -- 219-44-3457\n;\n"
    )
    (tmp_path / "d.sql").write_text(text)
    [finding] = scan(tmp_path).findings
    assert (finding.where, finding.kind) == ("d.sql.text", "ssn")
    (tmp_path / "d.sql").write_text("insert into t (id, x) values (1, '" + "a" * 70_000 + " 219-44-3456');\n")
    assert [finding.kind for finding in scan(tmp_path).findings] == ["ssn"]


@pytest.mark.parametrize(
    "form", ["copy t (id, x) from stdin;\n1\t{} 219-44-3456\n\\.\n", "insert into t values ('{} 219-44-3456');\n"]
)
def test_a_cell_longer_than_what_is_read_at_a_time_is_read_to_its_end(form: str, tmp_path: Path) -> None:
    (tmp_path / "d.sql").write_text(form.format("seen for follow up " * 2_000_000))
    report = scan(tmp_path)
    assert not report.skipped
    assert [(finding.where, finding.kind) for finding in report.findings] == [("d.sql.text", "ssn")]


def test_other_text_is_read_by_lines(tmp_path: Path) -> None:
    (tmp_path / "d.sql").write_text("select '219-44-3456'\ngo\n" * 3)
    [finding] = scan(tmp_path).findings
    assert (finding.where, finding.kind, finding.count) == ("d.sql.text", "ssn", 3)
