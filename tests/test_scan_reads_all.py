"""What a scan did not read is named and counted: nothing unclean is called clean, whatever its format, encoding or place."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import re
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from typer.testing import CliRunner, Result

from qaseed import scan
from qaseed.cli import app
from qaseed.errors import UsageError
from qaseed.scanning import ScanReport

SSN = "219-44-3456"
NO_BREAK, SOFT, HYPHEN = "\u00a0", "\u00ad", "\u2011"


def kinds(report: ScanReport) -> set[str]:
    return {finding.kind for finding in report.findings}


def qaseed(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def written(path: Path, data: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


RAGGED = {
    "extra cell far down": "id,remark\n" + "1,a\n" * 30_000 + f"2,b,{SSN}\n" + "1,a\n" * 10,
    "hundreds of cells wider": "id,remark\n" + "1,a\n" * 3000 + "2,b" + ",x" * 500 + f",{SSN}\n",
    "fewer cells": f"id,remark,more\n1,a,b\n{SSN}\n",
    "semicolons": f"id;remark\n1;a\n2;b;{SSN}\n",
    "pipes": f"id|remark\n1|{SSN}\n",
    "tabs": f"id\tremark\n1\t{SSN}\n",
    "never closed quote": f'id,remark\n1,"a\n2,{SSN}\n',
    "stray quote": f'id,remark\n1,5" pipe\n2,"a"b,{SSN}\n3,"\n',
    "carriage returns": f"id,remark\r1,a\r2,b,{SSN}\r",
    "blank lines first": f"\n\n\nid,remark\n\n1,a,{SSN}\n",
    "NUL bytes": "id,remark\n" + "1,a\n" * 100 + f"2,\0{SSN}\0\n",
    "no header": f"1,{SSN}\n2,x\n",
    "no end of line": f"id,remark\n1,{SSN}",
    "one column": f"remark\na\n{SSN}\n",
    "a long line": "id,remark\n1,a\n2," + "x" * 1_000_000 + f" {SSN}\n",
    "phone under its header in a short row": "id,phone,remark\n1,2127365000\n",
    "phone under its header within a quote": 'id,phone\n1,"x\n2,2127365000\n3,"y\n',
}


@pytest.mark.parametrize("text", RAGGED.values(), ids=RAGGED)
def test_every_cell_of_delimited_text_is_read(tmp_path: Path, text: str) -> None:
    report = scan(written(tmp_path / "a.csv", text))
    assert kinds(report) in ({"ssn"}, {"phone"})
    assert report.exit_code == 1
    assert report.skipped == ()


def test_rows_of_uneven_length_count_under_their_headers(tmp_path: Path) -> None:
    report = scan(written(tmp_path / "a.csv", f"id,npi,npi\n1\n1,1497758544,1497758544,{SSN},x\n"))
    assert {finding.where for finding in report.findings} == {"a.csv.npi", "a.csv.npi_1", "a.csv.(extra cells)"}
    assert (report.columns, report.values) == (4, 6)


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_encodings_that_are_known_for_sure(tmp_path: Path, encoding: str, name: str) -> None:
    report = scan(written(tmp_path / name, f"id,remark,phone\n1,é {SSN},2127365000\n".encode(encoding)))
    assert "ssn" in kinds(report)
    assert report.skipped == ()


TABLE = "name,ssn,phone\nx,219443456,2127365001\n"
LAYOUTS = {
    **{name: (name, TABLE) for name in ("a.txt", "a.csv.bak", "a.dat", "a")},
    "tabs": ("a.txt", TABLE.replace(",", "\t")),
    "sep line": ("a.csv", "sep=;\n" + TABLE.replace(",", ";")),
    "comments": ("a.csv", "# by x, for y\n# z\n" + TABLE),
    "title": ("a.csv", "Patients\n\n" + TABLE),
    "title in a text": ("a.txt", "Patients\n\n" + TABLE),
    "colons": ("a.csv", TABLE.replace(",", ":")),
}


@pytest.mark.parametrize(("name", "text"), LAYOUTS.values(), ids=LAYOUTS)
def test_tables_are_known_by_their_layout(tmp_path: Path, name: str, text: str) -> None:
    report = scan(written(tmp_path / name, text))
    assert {f"{name}.ssn", f"{name}.phone"} <= {finding.where for finding in report.findings}
    assert {"ssn", "phone"} <= kinds(report)


@pytest.mark.parametrize(
    "above",
    ["Report of March,,,\nprinted in 2024,,,\n", "Client,,,Provider\n", " ,Client,,\n\n"],
)
def test_headings_below_rows_of_merged_cells(tmp_path: Path, above: str) -> None:
    path = written(tmp_path / "export.csv", f"{above}first_name,last_name,SSN,npi\nAnn,Roe,219443456,2000000002\n")
    report = scan(path)
    assert {(one.where, one.kind) for one in report.findings} == {("export.csv.SSN", "name"), ("export.csv.SSN", "ssn")}
    assert {one.where for one in report.unproven} >= {"export.csv.first_name", "export.csv.last_name"}


def test_a_row_of_data_below_an_empty_heading_is_no_heading(tmp_path: Path) -> None:
    path = written(tmp_path / "export.csv", ",kind,ssn\n1,a,219443456\n")
    assert "export.csv.ssn" in {one.where for one in scan(path).findings}


@pytest.mark.parametrize("first", ["ssn: 219443457", "name: x"])
def test_numbers_beside_their_labels_stay_lines(tmp_path: Path, first: str) -> None:
    report = scan(written(tmp_path / "a.txt", f"{first}\nssn: 219443456\n"))
    assert {finding.where for finding in report.findings} == {"a.txt.text"}


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "cp1251", "shift-jis"])
@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_other_encodings_are_named(tmp_path: Path, encoding: str, name: str) -> None:
    letter = {"cp1251": "ж", "shift-jis": "ア"}.get(encoding, "é")
    clean = scan(written(tmp_path / name, f"id,remark\n1,{letter}\n".encode(encoding)))
    assert (clean.exit_code, len(clean.skipped), clean.values) == (2, 1, 0)
    report = scan(written(tmp_path / name, f"id,remark\n1,{letter} {SSN},x\n".encode(encoding)))
    assert (report.exit_code, kinds(report), len(report.skipped)) == (1, {"ssn"}, 1)


ARROW = {
    "binary": pa.array([SSN.encode()]),
    "fixed binary": pa.array([SSN.encode().ljust(16, b"\0")], pa.binary(16)),
    "large binary": pa.array([SSN.encode()], pa.large_binary()),
    "binary in UTF-16": pa.array([SSN.encode("utf-16-le")]),
    "dictionary": pa.array([SSN]).dictionary_encode(),
    "list": pa.array([["x", SSN]]),
    "list of binary": pa.array([[SSN.encode()]]),
    "struct": pa.array([{"a": {"b": SSN}}]),
    "map": pa.array([[("k", SSN)]], pa.map_(pa.string(), pa.string())),
    "map key": pa.array([[(SSN, "v")]], pa.map_(pa.string(), pa.string())),
}


@pytest.mark.parametrize("column", ARROW.values(), ids=ARROW)
def test_every_type_of_columns_is_read(tmp_path: Path, column: pa.Array) -> None:
    table = pa.table({"remark": column})
    pa.parquet.write_table(table, tmp_path / "a.parquet")
    pa.feather.write_feather(table, tmp_path / "a.arrow")
    with duckdb.connect(tmp_path / "a.duckdb") as connection:
        connection.register("rows", table)
        connection.execute("create table t as from rows")
    for name in ("a.parquet", "a.arrow", "a.duckdb"):
        report = scan(tmp_path / name)
        assert (kinds(report), report.skipped) == ({"ssn"}, ()), name


NUMBERS = {
    "double": pa.array([1497758544.0, None]),
    "float of text": pa.array(["1497758544.0"]),
    "scientific": pa.array(["1.497758544E9"]),
    "decimal": pa.array([Decimal("1497758544.00")]),
    "integer": pa.array([1497758544]),
    "list": pa.array([[1, 1497758544]]),
    "list of doubles": pa.array([[1497758544.0]]),
}


@pytest.mark.parametrize("column", NUMBERS.values(), ids=NUMBERS)
def test_whole_numbers_of_any_type(tmp_path: Path, column: pa.Array) -> None:
    pa.parquet.write_table(pa.table({"npi": column, "total": column}), tmp_path / "a.parquet")
    assert "a.parquet.npi" in {finding.where for finding in scan(tmp_path / "a.parquet").findings}


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"thumb": [b"\xff\xd8\xff", b"plain", None]}), tmp_path / "a.parquet")
    report = scan(tmp_path / "a.parquet")
    assert (report.exit_code, [skipped.where for skipped in report.skipped]) == (2, ["a.parquet.thumb"])
    assert report.to_json()["scanned"]["unread"] == 1


def test_a_value_that_is_too_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qaseed.scanning.limits.LONGEST", 1000)
    written(tmp_path / "a.csv", f"id,remark,more\n1,{SSN} {'x' * 1000} a@gmail.com,{'y' * 1000}\n2,z,z\n")
    done = qaseed("scan", str(tmp_path / "a.csv"))
    assert (done.exit_code, done.stderr.count("only read up to")) == (1, 1)
    report = scan(tmp_path / "a.csv")
    assert ([one.where for one in report.skipped], kinds(report)) == (["a.csv.remark"], {"ssn"})
    assert not report.judged


def test_parquet_that_is_whole_damaged_or_encrypted(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({}), tmp_path / "bare.parquet")
    assert scan(tmp_path / "bare.parquet").exit_code == 0
    written(tmp_path / "encrypted.parquet", b"PARE" + b"x" * 100 + b"PARE")
    written(tmp_path / "damaged.parquet", b"PAR1" + b"x" * 100 + b"PAR1")
    written(tmp_path / "empty.parquet", b"")
    report = scan(tmp_path)
    reasons = {skipped.where: skipped.reason.split(";")[0] for skipped in report.skipped}
    assert reasons == {
        "encrypted.parquet": "is encrypted", "damaged.parquet": "is damaged or of another format", "empty.parquet": "is empty or cut short",
    }  # fmt: skip
    assert report.exit_code == 2


def test_duckdb_files(tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "a.duckdb") as connection:
        connection.execute(f"""create view seen as select '{SSN}' as memo; create view outside as select * from read_csv('/etc/hostname');
            create table e (a enum('{SSN}', 'b')); insert into e values ('{SSN}'); create table j as select '{{"a": "x\\n{SSN}"}}'::json as a;
            create table p (first_name text, last_name text, more text); insert into p values ('Ann', 'Quux', 'x'), ('Jo', 'Poe', 'Quux, Ann');
            create table u (a union(n int, t varchar)); insert into u values ('{SSN}')""")
    report = scan(tmp_path)
    assert {finding.where for finding in report.findings} == {
        f"a.duckdb.{name}" for name in ("seen.memo", "e.a", "j.a", "u.a", "p.more")
    }
    assert [skipped.where for skipped in report.skipped] == ["a.duckdb.outside"]


def test_sqlite_files(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("create table t (memo text, npi real, total integer, raw blob)")
        connection.execute("insert into t values (?, ?, ?, ?)", (f"x {SSN}", 1497758544.0, 1497758544, b"\xff"))
        connection.execute("create table p as select 'Ann' as first_name, 'Quux' as last_name, 'Mr. Quux' as more")
        connection.execute("insert into t values (null, null, ?, ?)", (SSN, SSN.encode()))
    connection.close()
    report = scan(tmp_path)
    assert {(finding.where, finding.kind) for finding in report.findings} == {
        ("a.db.t.memo", "ssn"), ("a.db.t.npi", "npi"), ("a.db.t.total", "ssn"), ("a.db.t.raw", "ssn"), ("a.db.p.more", "person"),
    }  # fmt: skip
    assert [skipped.where for skipped in report.skipped] == ["a.db.t.raw"]


COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda data: pa.compress(data, "zstd", asbytes=True),
}


@pytest.mark.parametrize("ending", COMPRESSED)
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_compressed_text(tmp_path: Path, ending: str, name: str) -> None:
    whole = COMPRESSED[ending](f"id,remark\n1,a,{SSN}\n".encode())
    report = scan(written(tmp_path / f"{name}.{ending}", whole))
    assert (kinds(report), report.skipped) == ({"ssn"}, ())
    cut = scan(written(tmp_path / f"{name}.{ending}", COMPRESSED[ending](os.urandom(200_000).hex().encode())[:-20_000]))
    assert (cut.exit_code, len(cut.skipped)) == (2, 1)


def test_every_file_of_a_folder_is_read_or_named(tmp_path: Path) -> None:
    for name in (
        "a.txt",
        "a.log",
        "a.json",
        "a.jsonl",
        "a.ndjson",
        "a.sql",
        "a.md",
        ".hidden",
        "no_ending",
        "deep/er/a.yaml",
        ".h/a.txt",
    ):
        written(tmp_path / "f" / name, f"x\n  note: {SSN}\n")
    written(tmp_path / "f" / "empty.csv", "")
    written(tmp_path / "f" / "nothing", "")
    assert {finding.where for finding in scan(tmp_path / "f").findings} == {
        f"{path.relative_to(tmp_path / 'f').as_posix()}.text" for path in (tmp_path / "f").rglob("*") if path.is_file() and path.stat().st_size
    }  # fmt: skip
    folder = tmp_path / "g"
    written(folder / "a.txt", "x")
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("a.csv", SSN)
    with zipfile.ZipFile(folder / "a.xlsx", "w") as archive:
        archive.writestr("a.xml", SSN)
    for mode, name in (("w", "a.tar"), ("w:gz", "a.tar.gz"), ("w:bz2", "a.tbz2")):
        with tarfile.open(folder / name, mode) as tar:  # type: ignore[call-overload]  # one of its modes
            tar.add(folder / "a.txt")
    for name, data in {
        "a.7z": b"7z\xbc\xaf\x27\x1c",
        "a.pdf": b"%PDF-1.7",
        "a.avro": b"Obj\1",
        "a.bin": bytes(range(256)),
        "a.png": b"\x89PNG",
    }.items():
        written(folder / name, data)
    os.mkfifo(folder / "pipe")
    (folder / "dangling").symlink_to("nowhere")
    (folder / "itself").symlink_to("itself")
    report = scan(folder)
    assert {skipped.where for skipped in report.skipped} == {path.name for path in folder.iterdir()} - {"a.txt"}
    assert (report.exit_code, report.to_json()["scanned"]["unread"]) == (2, 13)


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.parquet", "a.arrow", "a.sqlite"])
@pytest.mark.parametrize("how", ["removed", "replaced", "altered"])
def test_a_file_that_changes_meanwhile_is_named(tmp_path: Path, name: str, how: str) -> None:
    path, table = tmp_path / name, pa.table({"kind": ["a", "b"]})
    writers: dict[str, Callable[[], object]] = {
        ".parquet": lambda: pyarrow.parquet.write_table(table, path),
        ".arrow": lambda: pyarrow.feather.write_feather(table, path),
        ".sqlite": lambda: sqlite3.connect(path).executescript(
            "create table t (kind text); insert into t values ('a')"
        ),
    }
    writers.get(path.suffix, lambda: path.write_text("kind,id\na,b\n"))()

    def change(_: str, done: int, total: int) -> None:
        if done < total and how == "altered":
            os.utime(path, (1, 1))
        elif done < total:
            path.rename(tmp_path / "before")
            if how == "replaced":
                (tmp_path / "other").write_bytes((tmp_path / "before").read_bytes())
                (tmp_path / "other").rename(path)

    report = scan(path, progress=change)
    assert (report.exit_code, report.judged, len(report.skipped)) == (2, False, 1)
    shown = "t" if path.suffix == ".sqlite" else name
    reason = f"{shown}: changed while it was read; scan it again, or a copy of it"
    assert how == "removed" or report.skipped[0].message == reason


@pytest.mark.parametrize(
    ("source", "reason"),
    [("", "the source is empty; give a snapshot, file, folder"), (" ", "the source is empty; give a snapshot, file, folder"),
     ("-", "standard input cannot be scanned; save it as a file, and scan that")],
)  # fmt: skip
def test_a_source_that_is_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, reason: str) -> None:
    """A variable of the shell that is not set is not the current folder."""
    monkeypatch.chdir(written(tmp_path / "a.csv", "kind\na\n").parent)
    done = qaseed("scan", source)
    assert (done.exit_code, done.stderr.startswith(f"qaseed: {reason}"), done.stdout) == (2, True, "")


def test_several_sources_are_given_as_a_folder(tmp_path: Path) -> None:
    paths = [str(written(tmp_path / name, "kind\na\n")) for name in ("a.csv", "b.csv")]
    done = qaseed("scan", *paths)
    assert (done.exit_code, "; give the folder of several files, quote values" in done.stderr) == (2, True)


def test_a_sample_is_not_called_ok(tmp_path: Path) -> None:
    path = str(written(tmp_path / "a.csv", f"kind,id\na,1\nb,{SSN}\n"))
    done = qaseed("scan", path, "--sample", "1")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "nothing found in the sample; it proves nothing of the other rows; 2 columns, 2 values read" in done.stderr
    assert qaseed("scan", path, "--sample", "1", "--require-proof").exit_code == 7


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    written(tmp_path / "elsewhere" / "a.csv", f"remark\n{SSN}\n")
    written(tmp_path / "f" / "b.csv", "remark\nx\n")
    (tmp_path / "f" / "up").symlink_to("..")
    (tmp_path / "f" / "loop").symlink_to(".")
    report = scan(tmp_path / "f")
    assert {finding.where for finding in report.findings} == {"up/elsewhere/a.csv.remark"}
    assert (report.values, report.skipped) == (2, ())


def test_what_is_closed_says_permission(tmp_path: Path) -> None:
    written(tmp_path / "f" / "sub" / "a.csv", SSN)
    written(tmp_path / "f" / "b.csv", SSN).chmod(0)
    (tmp_path / "f" / "sub").chmod(0)
    if os.access(tmp_path / "f" / "sub", os.R_OK):
        pytest.skip("root reads everything")
    report = scan(tmp_path / "f")
    (tmp_path / "f" / "sub").chmod(0o700)
    assert {skipped.where for skipped in report.skipped} == {"sub/", "b.csv"}
    assert all("permission" in skipped.reason for skipped in report.skipped)


@pytest.mark.parametrize(
    ("path", "shown"),
    [(f"h/ssn={SSN}/p.csv", "h/ssn=…/p.csv"), ("jane.roe@gmail.com.csv", "….csv"), ("phone=2127365000/p.csv", "phone=…/p.csv"),
     ("email=jane.roe%40gmail.com/p.csv", "email=…/p.csv"), (f"x/{SSN}.parquet.csv", "x/….csv"), (f"{SSN}", "…")],
)  # fmt: skip
def test_names_of_files_and_folders_are_data(tmp_path: Path, path: str, shown: str) -> None:
    written(tmp_path / "top" / path, "id,remark\n1,jane.roe@yahoo.com\n")
    for source in (tmp_path / "top", tmp_path / "top" / path):
        done = qaseed("scan", str(source), "--json")
        report = json.loads(done.stdout)
        assert done.exit_code == 1
        assert len(report["findings"]) >= 2 if source.name == "top" else report["findings"]
        assert not any(part in done.stdout + done.stderr for part in (SSN, "jane", "2127365000"))
    where = {re.sub("\u2026[0-9a-f]{3}", "\u2026", finding.where) for finding in scan(tmp_path / "top").findings}
    assert where & {f"{shown}.remark", f"{shown}.text"}
    log = "".join(file.read_text() for file in Path(os.environ["XDG_STATE_HOME"]).rglob("*") if file.is_file())
    assert "scan" in log
    assert not any(part in log for part in (SSN, "jane", "2127365000"))


def test_ordinary_names_are_shown(tmp_path: Path) -> None:
    for name in ("year=2024/month=01/part-00000.parquet.txt", "logo@2x.png.txt", "export-20240101.txt"):
        written(tmp_path / "top" / name, "")
        assert scan(tmp_path / "top").ok
    written(tmp_path / "top" / "a=b" / "20240101120000.bin", bytes(100))
    assert [skipped.where for skipped in scan(tmp_path / "top").skipped] == ["a=b/20240101120000.bin"]


@pytest.mark.parametrize(
    "source",
    ["POSTGRESQL://u:hunter2x@127.0.0.1:1/db", "postgres//u:hunter2x@h/db", "postgresql:/u:hunter2x@h/db", "jdbc:postgresql://u:hunter2x@h/db",
     "jdbc:postgresql://h/db?user=u&password=hunter2x", "mysql://u:hunter2x@h/db", "MySQL://u:hunter2x@h", "postgresl://u:hunter2x@h/db", "u:hunter2x@h/db",
     "postgres:u:hunter2x@h", "host=127.0.0.1 port=1 user=u password=hunter2x", "host = 127.0.0.1 port=1 password = 'hunter2x y'", "password=hunter2x host=127.0.0.1 port=1",
     "PASSWORD=hunter2x", "postgresql://u:hunter2x@h:port/db", "postgresql ://u:hunter2x@h/db", "postgresql://u:hunter2x@" + "h" * 300,
     "host=127.0.0.1 password=hunter2x " + "x" * 300, "postgresql://127.0.0.1:1/db?password=hunter2x", "x" * 5000, "a\0b"],
)  # fmt: skip
def test_no_source_shows_a_password(source: str) -> None:
    if "\0" not in source:
        done = qaseed("scan", source)
        assert done.exit_code in (2, 5)
        assert done.stderr.count("\n") == 1
        assert "hunter2x" not in done.stdout + done.stderr
    with pytest.raises((UsageError, Exception)) as raised:
        scan(source)
    assert "hunter2x" not in str(raised.value)
    log = "".join(file.read_text() for file in Path(os.environ["XDG_STATE_HOME"]).rglob("*") if file.is_file())
    assert "hunter2x" not in log


def test_control_characters_of_names_are_escaped(tmp_path: Path) -> None:
    written(tmp_path / "top" / "a\n\x1b[2J\u202e.csv", f'id,"\x1b]0;owned\x07re\nmark"\n1,{SSN}\n')
    done = qaseed("scan", str(tmp_path / "top"))
    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) == 2
    assert not any(letter in done.stdout + done.stderr for letter in "\x1b\x07\u202e")
    assert r"a\n\x1b[2J\u202e.csv.\x1b]0;owned\x07re\nmark" in done.stdout


@pytest.mark.parametrize(
    "form", ["\ufeff{id} # ours\r\n", "{upper}\n", "  {id}\t\r\n\r\n# why\r\n", "{id}"],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_file_of_accepted_findings_as_any_editor_saves_it(tmp_path: Path, form: str, encoding: str) -> None:
    source = written(tmp_path / "a.csv", f"id,remark\n1,{SSN}\n")
    [finding] = scan(source).findings
    accepted = written(tmp_path / "acc", form.format(id=finding.id, upper=finding.id.upper()).encode(encoding))
    assert scan(source, accepted=accepted).ok
    assert scan(source, accepted=[finding.id.upper()]).ok


def test_thousands_of_unread_files_are_summed_up(tmp_path: Path) -> None:
    for place in range(100):
        written(tmp_path / "f" / f"{place}.bin", bytes(50))
    written(tmp_path / "f" / "a.zip", b"PK\3\4")
    written(tmp_path / "f" / "a.txt", "x")
    done = qaseed("scan", str(tmp_path / "f"))
    assert done.exit_code == 2
    assert "100" not in done.stdout
    assert len(done.stderr.splitlines()) < 10
    assert "101 not read" in done.stderr
    assert "nothing found that may identify" not in done.stderr
    whole = json.loads(qaseed("scan", str(tmp_path / "f"), "--json").stdout)
    assert (len(whole["skipped"]), whole["scanned"]["unread"], whole["ok"]) == (101, 101, False)
