"""A scan holds little of a source at a time, whatever it has, and names what it does not read."""

from __future__ import annotations

import lzma
import sqlite3
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qaseed import scan
from qaseed.scanning import ScanReport, limits
from qaseed.scanning.delimited import layout_of, readings_of
from qaseed.scanning.texts import TextFile, lines_of

SSN = "219-44-3456"
SMALL = {
    "LONGEST": limits.LONGEST >> 12, "BATCH_BYTES": 8192, "ROW_BYTES": 512, "LINES_BYTES": limits.LINES_BYTES >> 12, "OVERLAP_BYTES": 128,
    "MOST_BLOCK_BYTES": 16384,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SMALL.items():
        monkeypatch.setattr(limits, name, value)


def counted(report: ScanReport) -> set[tuple[str, str, int]]:
    return {(finding.where, finding.kind, finding.count) for finding in report.findings}


def skipped(report: ScanReport) -> list[str]:
    return [one.message.split(";")[0] for one in report.skipped]


def text_of(path: Path, text: str) -> TextFile:
    path.write_text(text, encoding="utf-8", newline="")
    return TextFile(path, path.read_bytes()[:1000])


@pytest.mark.parametrize("filler", ["lorem ipsum, ", "x", "\u660e", '{"a":1},'])
def test_pieces_of_a_long_line_lose_nothing(tmp_path: Path, filler: str) -> None:
    for before in range(900, 1200, 13):
        text = (
            "a line\n" * (before % 50)
            + filler * (before // len(filler))
            + f" SSN {SSN}. "
            + filler * (3000 // len(filler))
        )
        pieces = [line for batch in lines_of(text_of(tmp_path / "a", text)) for line in batch["c0"].to_pylist()]
        assert any(f"SSN {SSN}." in piece for piece in pieces)
        assert max(len(piece.encode()) for piece in pieces) <= limits.LONGEST
        assert (text.startswith(pieces[0]), text.endswith(pieces[-1])) == (True, True)


def test_lines_end_where_any_system_ends_them(tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(500)]
    for end in ("\n", "\r\n", "\r"):
        read = [
            line for batch in lines_of(text_of(tmp_path / "a", end.join(lines))) for line in batch["c0"].to_pylist()
        ]
        assert read == lines


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    rows = "".join(f"{number},2127365{number % 1000:03},x\n" for number in range(2000))
    text = f'id,phone,remark\n1,"2127365000,a\n{rows}'
    file = text_of(tmp_path / "a.csv", text)
    batches = [batch for _, batch in readings_of(file, layout_of(file, tabs=False))[0]()]
    assert len(batches) > 3
    assert max(batch.nbytes for batch in batches) < 4 * limits.MOST_BLOCK_BYTES
    assert counted(scan(tmp_path / "a.csv")) == {("a.csv.phone", "phone", 2000)}


def test_cells_that_never_end(tmp_path: Path) -> None:
    lines = "".join(f"note {number}\n" for number in range(2000))
    text_of(tmp_path / "a.csv", f'id,remark\n1,"{lines}"\n2,{SSN}\n3,b\n')
    report = scan(tmp_path / "a.csv")
    assert ("a.csv.remark", "ssn", 1) in counted(report)
    assert skipped(report) == ["a.csv.remark: 1 values were only read up to 0 MB"]


@pytest.fixture
def long_rows() -> pa.Table:
    """Rows some of which are long, each with a number of its own length."""
    notes = [f"{'x ' * (number % 7 * 100)}SSN {SSN}" for number in range(24)]
    nested = pa.array([[{"a": note}] for note in notes])
    return pa.table({"id": list(range(24)), "note": pa.array(notes).dictionary_encode(), "parts": nested})


EXPECTED = {("note", "ssn", 24), ("parts", "ssn", 24)}


def test_long_rows_of_parquet(tmp_path: Path, long_rows: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(long_rows, tmp_path / "a.parquet", row_group_size=10)
    assert counted(scan(tmp_path / "a.parquet")) == {(f"a.parquet.{name}", *rest) for name, *rest in EXPECTED}
    monkeypatch.setattr(limits, "MIN_EXPANSION_BYTES", 0)
    monkeypatch.setattr(limits, "EXPANSION", 2)
    report = scan(tmp_path / "a.parquet", sample=20)
    assert {0 < count < 20 for *_, count in counted(report)} == {True}
    assert len(report.skipped) == 1


def test_long_rows_of_arrow(tmp_path: Path, long_rows: pa.Table) -> None:
    options = pa.ipc.IpcWriteOptions(compression="zstd", unify_dictionaries=True)
    with pa.ipc.new_file(tmp_path / "a.arrow", long_rows.schema, options=options) as file:
        file.write_table(long_rows, max_chunksize=10)
    report = scan(tmp_path / "a.arrow", sample=18)
    assert counted(report) == {(f"a.arrow.{name}", kind, 18) for name, kind, _ in EXPECTED}


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
def test_a_batch_of_arrow_that_expands_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str
) -> None:
    words = pa.array(["word " * 20] * 200)
    table = pa.table({"word": words, "coded": words.dictionary_encode()})
    for name, options in {"a": pa.ipc.IpcWriteOptions(compression=compression), "b": None}.items():
        with pa.ipc.new_file(tmp_path / f"{name}.arrow", table.schema, options=options) as file:
            file.write_table(table)
    assert skipped(scan(tmp_path)) == []
    monkeypatch.setattr(limits, "MOST_ARROW_BYTES", 20_000)
    assert [one.split(":")[0] for one in skipped(scan(tmp_path))] == ["a.arrow"], "what is not compressed stays on disk"
    monkeypatch.setattr(limits, "MOST_ARROW_BYTES", 23_000)
    assert skipped(scan(tmp_path)) == []
    data = (tmp_path / "a.arrow").read_bytes()
    (tmp_path / "a.arrow").write_bytes(data[:200] + bytes(200) + data[400:])
    assert ["damaged" in one for one in skipped(scan(tmp_path))] == [True]


def test_long_rows_of_duckdb(tmp_path: Path, long_rows: pa.Table) -> None:
    with duckdb.connect(tmp_path / "a.duckdb") as connection:
        connection.execute("create table t as from long_rows; create view v as from t")
    report = scan(tmp_path / "a.duckdb")
    assert counted(report) == {(f"t.{name}", kind, count) for name, kind, count in EXPECTED}
    assert [one.split(":")[0] for one in skipped(report)] == ["v"]


def test_long_values_of_sqlite(tmp_path: Path) -> None:
    long = "é" * 3000
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("create table t (memo text, raw blob, n int)")
        rows = [(f"{SSN} {long}", f"{SSN} x{long}".encode(), 1), *[(SSN, SSN.encode(), 2)] * 600]
        connection.executemany("insert into t values (?, ?, ?)", rows)
    connection.close()
    report = scan(tmp_path / "a.db")
    assert counted(report) == {("t.memo", "ssn", 601), ("t.raw", "ssn", 601)}
    assert [one.split(":")[0] for one in skipped(report)] == ["t.memo", "t.raw"]


def test_xz_that_refers_too_far_back_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt.xz").write_bytes(lzma.compress(f"SSN {SSN}\n".encode(), preset=6))  # 8 MB
    assert scan(tmp_path).findings
    monkeypatch.setattr(limits, "XZ_BYTES", 4 << 20)
    report = scan(tmp_path)
    assert (skipped(report), report.findings) == (["a.txt.xz: takes too much memory to decompress"], ())


def test_xz_of_several_streams_is_read_to_its_end(tmp_path: Path) -> None:
    lines = lzma.compress(b"nothing here\n" * 3000)
    (tmp_path / "a.txt.xz").write_bytes(lines + bytes(8) + lines + lzma.compress(f"SSN {SSN}\n".encode()))
    assert {(finding.kind, finding.count) for finding in scan(tmp_path).findings} == {("ssn", 1)}
    (tmp_path / "a.txt.xz").write_bytes(lines[:-9])
    assert skipped(scan(tmp_path)) == ["a.txt.xz: is empty or cut short"]
