"""Snapshots made to do harm are refused before anything of them is used, in bounded memory, with exit code 3."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from qaseed import validate_snapshot
from qaseed.errors import SnapshotError
from qaseed.snapshot import MANIFEST, SUMS, Snapshot, open_snapshot
from qaseed.snapshot.limits import EXPANSION, MAX_FILES, MAX_JSON_DEPTH, MAX_MANIFEST_BYTES
from support.command_line import qaseed
from support.errors import ALTERED, message
from support.snapshot_files import edit_manifest, rewrite_sums
from support.tiny_snapshot import PATH, finish_tiny, tiny_snapshot

CSV = "csv/thing/part-00000.csv"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return tiny_snapshot(tmp_path / "tiny")


def refused(folder: Path, what: str) -> None:
    """Opening it, or reading its rows, is refused."""
    with pytest.raises(SnapshotError, match=what) as raised:
        open_snapshot(folder).check_contents()
    assert str(raised.value).startswith(f"{folder}: ")


def caught(folder: Path, path: str, content: bytes) -> bool:
    (folder / path).write_bytes(content)
    try:
        open_snapshot(folder)
    except SnapshotError:
        return True
    return False


def contents_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def smallest(tmp_path: Path) -> Path:
    """A snapshot of a thousand bytes, in five files."""
    for path, content in {CSV: "id,label\n1,a\n", "reports/a": "a", "reports/b": "b"}.items():
        (tmp_path / "smallest" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "smallest" / path).write_text(content)
    return finish_tiny(tmp_path / "smallest", 1, CSV)


def test_every_flipped_bit_is_caught(smallest: Path) -> None:
    for path, content in contents_of(smallest).items():
        for place in range(len(content)):
            for bit in range(8):
                flipped = content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]
                assert caught(smallest, path, flipped), (path, place, bit)
        assert not caught(smallest, path, content)


def test_every_truncation_is_caught(smallest: Path) -> None:
    for path, content in contents_of(smallest).items():
        assert [size for size in range(len(content)) if not caught(smallest, path, content[:size])] == []
        assert caught(smallest, path, content + b"\n")
        assert not caught(smallest, path, content)


def test_every_swapped_missing_and_extra_file_is_caught(smallest: Path) -> None:
    files = contents_of(smallest)
    assert len(files) == 5
    for path, content in files.items():
        (smallest / path).unlink()
        with pytest.raises(SnapshotError):
            open_snapshot(smallest)
        for other, swapped in files.items():
            if other != path:
                (smallest / other).write_bytes(content)
                assert caught(smallest, path, swapped)
                (smallest / other).write_bytes(swapped)
        assert not caught(smallest, path, content)
    for folder in {Path(path).parent for path in files} | {Path("new")}:
        (smallest / folder).mkdir(exist_ok=True)
        for name in ("x", SUMS, MANIFEST, ".x", "x.parquet"):
            if not (smallest / folder / name).exists():
                (smallest / folder / name).touch()
                refused(smallest, "does not belong to it")
                (smallest / folder / name).unlink()
    open_snapshot(smallest)


def test_the_sums_of_the_manifest_are_compared(tiny: Path) -> None:
    manifest = json.loads((tiny / MANIFEST).read_bytes())
    manifest["tables"]["thing"]["files"][0]["sha256"] = "0" * 64
    edit_manifest(tiny, tables=manifest["tables"])
    refused(tiny, f"{PATH} is not what manifest.json says")


def test_rows_that_the_manifest_does_not_list(tiny: Path) -> None:
    shutil.copy(tiny / PATH, tiny / PATH.replace("0.", "1."))
    rewrite_sums(tiny)
    refused(tiny, "manifest.json does not list data/thing/part-00001.parquet")


def replaced(folder: Path, path: str, make: Callable[[Path], object]) -> None:
    """Something else in the place of a file, which is kept beside the snapshot."""
    shutil.move(folder / path, folder.parent / "kept")
    make(folder / path)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def linked(path: Path) -> None:
    path.symlink_to(next(parent for parent in path.parents if (parent / "kept").exists()) / "kept")


def unix_socket(path: Path) -> None:
    os.chdir(path.parent)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path.name)


@pytest.mark.parametrize("make", [linked, pipe, unix_socket, Path.mkdir])
@pytest.mark.parametrize("path", [MANIFEST, SUMS, PATH])
def test_what_is_no_regular_file_is_never_opened(path: str, make: Callable[[Path], object], tiny: Path) -> None:
    replaced(tiny, path, make)
    for check in (True, False) if path != SUMS else (True,):
        with pytest.raises(SnapshotError, match=r"is (not a regular file|missing|not what manifest)"):
            open_snapshot(tiny, check=check)


@pytest.mark.parametrize("make", [linked, pipe])
def test_a_link_or_pipe_beside_the_files(make: Callable[[Path], object], tiny: Path) -> None:
    (tiny.parent / "kept").mkdir()
    make(tiny / "x.sig")
    refused(tiny, r"x\.sig is not a regular file")


def test_a_linked_folder_of_files(tiny: Path) -> None:
    replaced(tiny, "data", linked)
    refused(tiny, "data is not a regular file")


def test_a_snapshot_may_be_reached_through_a_link(tiny: Path) -> None:
    (tiny.parent / "latest").symlink_to(tiny)
    assert open_snapshot(tiny.parent / "latest").manifest.rows == {"thing": 2}


PATHS = ("../tiny/{}", "./{}", "data//thing/part-00000.parquet", "data/../{}", "{}\0", "data%2fthing/part-00000.parquet",
         "C:\\{}", "DATA/thing/part-00000.parquet", "data/thing/pаrt-00000.parquet", "data/thing/*.parquet")  # fmt: skip


@pytest.mark.parametrize("path", [*PATHS, "absolute"], ids=range(len(PATHS) + 1))
def test_paths_that_leave_the_folder_or_look_alike(path: str, tiny: Path) -> None:
    """Where they lead to a file, it has the right bytes."""
    manifest = json.loads((tiny / MANIFEST).read_bytes())
    manifest["tables"]["thing"]["files"][0]["path"] = str(tiny / PATH) if path == "absolute" else path.format(PATH)
    edit_manifest(tiny, tables=manifest["tables"])
    refused(tiny, r"is not (the path of a file in a snapshot|a file of rows of thing|in order)")


def test_one_file_is_not_listed_twice(tiny: Path) -> None:
    manifest = json.loads((tiny / MANIFEST).read_bytes())
    thing = manifest["tables"]["thing"]
    thing["files"] *= 2
    thing["rows"] *= 2
    edit_manifest(tiny, tables=manifest["tables"])
    refused(tiny, "are one file")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"format": 1, "format": 2}', "has a key twice"),
        ('{"format": 1, "recipe": {"seed": 1, "seed": 2}}', "has a key twice"),
        ('{"format": 1, "recipe": ' + "[" * (MAX_JSON_DEPTH + 1) + "]" * (MAX_JSON_DEPTH + 1) + "}", "is not a manifest"),
        ('{"format": 1, "recipe": {"seed": NaN}}', "is not a manifest"),
        ('{"format": 1, "recipe": {"seed": 1e999}}', "is not a manifest"),
        ('{"format": 1, "name": "\\ud800"}', "is not a manifest"),
        ('{"format": 1, "\\ud800": 1}', "is not a manifest"),
        ('{"format": ' + "9" * 5000 + "}", "is not a manifest"),
        ('{"format": "' + "x" * 5000 + '"}', "upgrade qaseed"),
        ("{}" + " " * MAX_MANIFEST_BYTES, f"has more than {MAX_MANIFEST_BYTES:,} bytes"),
    ],
    ids=[
        "key twice", "key twice inside", "too deep", "no number", "infinity", "lone surrogate", "key with lone surrogate",
        "number of 5000 digits", "format of 5000 letters", "too long",
    ],
)  # fmt: skip
def test_json_that_is_no_manifest(text: str, what: str, tiny: Path) -> None:
    (tiny / MANIFEST).write_text(text)
    rewrite_sums(tiny)
    refused(tiny, what)
    assert len(message(lambda: open_snapshot(tiny))) < 300
    with pytest.raises(SnapshotError, match=what):
        open_snapshot(tiny, check=False)


LONG = "x" * 41


@pytest.mark.parametrize(
    ("recipe", "what"),
    [
        ([], "'list' object has no attribute 'get'"), (3, "'int' object has"), (None, "'NoneType' object has"),
        ({"tenants": 3}, "'int' object has"), ({"tenants": {"a": 3}}, "'int' object has"),
        ({"tenants": {LONG: {"b": "c"}}}, f"the counts of '{LONG[1:]}' are not numbers"),
        ({"scenarios": {LONG: [3]}}, f"the scenarios of '{LONG[1:]}' are not names"),
        ({"scenarios": {"a": "bc"}}, "the scenarios of 'a' are not names"),
    ],
)  # fmt: skip
def test_a_recipe_of_another_shape(recipe: Any, what: str, tiny: Path) -> None:
    edit_manifest(tiny, recipe=recipe)
    refused(tiny, rf"manifest\.json is not in order \({what}")


def test_a_report_may_have_a_figure_that_is_no_number(tiny: Path) -> None:
    edit_manifest(tiny, validation={"share": float("nan")})
    open_snapshot(tiny)


def test_a_manifest_has_the_sum_that_is_listed(tiny: Path) -> None:
    (tiny / MANIFEST).write_bytes((tiny / MANIFEST).read_bytes() + b" ")
    refused(tiny, r"manifest\.json is not what SHA256SUMS says")


@pytest.mark.parametrize("rows", [-1, 0, 1, 3, 10**7, 10**7 + 1, 10**30])
def test_rows_that_files_do_not_have(rows: int, tiny: Path) -> None:
    manifest = json.loads((tiny / MANIFEST).read_bytes())
    manifest["tables"]["thing"]["rows"] = rows
    edit_manifest(tiny, tables=manifest["tables"])
    refused(tiny, "has files of thing with other rows")
    manifest["tables"]["thing"]["files"][0]["rows"] = rows
    edit_manifest(tiny, tables=manifest["tables"])
    refused(tiny, f"has other rows than the {rows:,}" if 0 <= rows <= 10**7 else "is not a file of rows of thing")


def test_a_folder_of_too_many_files(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qaseed.snapshot.regular_files.MAX_FILES", 5)
    open_snapshot(tiny)
    (tiny / "x").touch()
    refused(tiny, "more than 5 files")
    assert MAX_FILES < 10**6


OTHER_COLUMNS: dict[str, Any] = {
    "another name": {"id": [1], "name": ["a"]},
    "another order": {"label": ["a"], "id": [1]},
    "one less": {"id": [1]},
    "one more": {"id": [1], "label": ["a"], "more": [1]},
    "text for a number": {"id": ["1"], "label": ["a"]},
    "number for a text": {"id": [1], "label": [1]},
    "bytes for a text": {"id": [1], "label": [b"a"]},
    "small numbers": {"id": pa.array([1], pa.int32()), "label": ["a"]},
    "unsigned numbers": {"id": pa.array([1], pa.uint64()), "label": ["a"]},
    "list": {"id": [1], "label": [["a"]]},
    "table": {"id": [1], "label": [{"a": "b"}]},
}


@pytest.mark.parametrize("rows", OTHER_COLUMNS.values(), ids=OTHER_COLUMNS)
def test_files_with_other_columns_than_the_model(rows: Any, tmp_path: Path) -> None:
    refused(tiny_snapshot(tmp_path / "tiny", rows), "has other columns than its model")


def test_csv_with_other_columns_than_the_model(tmp_path: Path) -> None:
    for name, header in (("good", "id,label"), ("other", "label,id"), ("long", "id,label2"), ("none", "")):
        (tmp_path / name / CSV).parent.mkdir(parents=True)
        (tmp_path / name / CSV).write_text(f"{header}\n1,a\n")
        finish_tiny(tmp_path / name, 1, CSV)
    with open_snapshot(tmp_path / "good").catalog() as connection:
        assert connection.sql("from thing").fetchall() == [(1, "a")]
    for name in ("other", "long", "none"):
        refused(tmp_path / name, "has other columns than its model")


def thrift_bomb() -> bytes:
    """A file of 45 bytes whose footer says that it describes 20 million columns."""
    footer = b"\x15\x04\x19\xfc" + b"\x80\xda\xc4\x09" + b"\x48\x01a" * 4 + b"\0"
    return b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1"


NOT_PARQUET = {
    "nothing": b"", "text": b"hello", "magic alone": b"PAR1PAR1", "footer larger than the file": b"PAR1\xff\xff\0\0PAR1",
    "footer of gigabytes": b"PAR1\xff\xff\xff\xffPAR1", "zeros": b"PAR1" + bytes(50) + b"\x10\0\0\0PAR1", "lists of millions": thrift_bomb(),
}  # fmt: skip


@pytest.mark.parametrize("content", NOT_PARQUET.values(), ids=NOT_PARQUET)
def test_files_that_are_not_parquet(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "tiny" / PATH).parent.mkdir(parents=True)
    (tmp_path / "tiny" / PATH).write_bytes(content)
    refused(finish_tiny(tmp_path / "tiny", 2), "is not a Parquet file")


def test_pages_that_are_not_what_the_footer_says(tmp_path: Path) -> None:
    folder = tiny_snapshot(tmp_path / "tiny")
    content = bytearray((folder / PATH).read_bytes())
    content[4:40] = bytes(36)
    (folder / PATH).write_bytes(content)
    finish_tiny(folder, 2)
    found = message(lambda: open_snapshot(folder).check_contents())
    assert re.fullmatch(r"tiny: its files of thing cannot be read \(.+\); get a fresh copy", found)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_all_files_of_a_table_are_read(kind: str, tmp_path: Path) -> None:
    folder = tiny_snapshot(tmp_path / "tiny")
    first = PATH if kind == "parquet" else CSV
    if kind == "csv":
        (folder / CSV).parent.mkdir(parents=True)
        (folder / CSV).write_text("id,label\n1,a\n2,b\n")
        (folder / PATH).unlink()
    second = first.replace("00.", "01.")
    shutil.copy(folder / first, folder / second)
    with open_snapshot(finish_tiny(folder, 2, first, second)).catalog() as connection:
        assert sorted(connection.sql("from thing").fetchall()) == [(1, "a"), (1, "a"), (2, "b"), (2, "b")]


@pytest.mark.parametrize(
    ("minimum", "expansion", "accepted"), [(0, 0, False), (1, 0, False), (2, 0, True), (0, 1, True)]
)
def test_text_may_have_so_many_bytes_for_each_byte_of_its_file(
    minimum: int, expansion: int, accepted: bool, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qaseed.snapshot.contents.MIN_EXPANSION_BYTES", minimum)
    monkeypatch.setattr("qaseed.snapshot.contents.EXPANSION", expansion)
    if accepted:
        open_snapshot(tiny).check_contents()
    else:
        found = message(lambda: open_snapshot(tiny).check_contents())
        assert found == f"tiny: its files of thing expand to 2 rows, 2 bytes of text; {ALTERED}"


@pytest.mark.parametrize("rows", [([1] * 20_000, ["x" * 100] * 20_000), (range(200_000), [None] * 200_000)])
def test_columns_that_need_more_memory_than_their_bound_are_refused(
    rows: tuple[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qaseed.snapshot.contents.SCAN_MEMORY", "1MB")
    table = pa.table({"id": rows[0], "label": pa.array(rows[1], pa.string())})
    folder = tiny_snapshot(tmp_path / "tiny", table, use_dictionary=False, **ONE_PAGE)
    found = message(lambda: open_snapshot(folder).check_contents())
    assert found == f"tiny: its files of thing need more than 1MB of memory; {ALTERED}"


ONE_PAGE = dict.fromkeys(("data_page_size", "max_rows_per_page", "write_batch_size", "row_group_size"), 1 << 30)


def write_bombs(out: Path) -> dict[str, Path]:
    count = 20_000
    repeated = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), ["x" * 100_000])
    huge = pa.table({"id": [1], "label": ["x" * 600_000_000]})
    wide = pa.table({"id": pa.array([7]).take(pa.array([0] * 9_000_000)), "label": pa.nulls(9_000_000, pa.string())})
    bombs = {
        "one text for all rows": tiny_snapshot(out / "a", pa.table({"id": range(count), "label": repeated})),
        "one huge text": tiny_snapshot(out / "b", huge, use_dictionary=False),
        "one huge page of numbers": tiny_snapshot(out / "c", wide, use_dictionary=False, **ONE_PAGE),
    }  # fmt: skip
    for name, path in (("manifest", MANIFEST), ("sums", SUMS)):
        bombs[f"{name} of gigabytes"] = tiny_snapshot(out / name)
        os.truncate(out / name / path, 4 << 30)
    (out / "d" / PATH).parent.mkdir(parents=True)
    (out / "d" / PATH).write_bytes(thrift_bomb())
    return bombs | {"footer of millions": finish_tiny(out / "d", 2)}


READ = """
import re, sys
from qaseed import validate_snapshot
from qaseed.errors import SnapshotError
from qaseed.snapshot import open_snapshot
for folder in sys.argv[1:]:
    try:
        open_snapshot(folder).check_contents()
        print("accepted")
    except SnapshotError as error:
        print(error)
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


def test_bombs_are_refused_in_bounded_memory(tmp_path: Path) -> None:
    bombs = write_bombs(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", READ, *map(str, bombs.values())], capture_output=True, text=True, check=True
    )
    *lines, peak = done.stdout.splitlines()
    wanted = ("expand to 20,000 rows, 2,000,000,000 bytes of text", "need more than 512MB of memory", "cepted",
              "manifest.json has more than", "SHA256SUMS has more than", "is not a Parquet file")  # fmt: skip
    assert [want in line for want, line in zip(wanted, lines, strict=True)] == [True] * len(bombs), lines
    assert int(peak) < 900


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"fails": "nothing = 1"}, "cannot be run .*nothing"),
        ({"fails": "1 = 1); drop view client; select (1"}, "cannot be run .*syntax error"),
        ({"fails": "getenv('HOME') is not null"}, "cannot be run .*getenv"),
        ({"select": "select tenant_id, id from client; select 1"}, "cannot be run .*syntax error"),
        ({"select": "select 1)); drop view client; select count(*) from ((select 1"}, "not a single SELECT"),
    ],
)
def test_rules_that_do_more_than_to_count_rows(rule: dict[str, str], message: str, minimal: Snapshot) -> None:
    model = minimal.manifest.model
    hostile = replace(model.entity("client").rules[0], id="hostile", **{"fails": None, "select": None} | rule)
    entities = tuple(
        replace(entity, rules=(*entity.rules, hostile)) if entity.name == "client" else entity
        for entity in model.entities
    )
    read = replace(model, entities=entities, is_declared=False)  # as that of a manifest
    manifest = replace(minimal.manifest, model=read)
    with pytest.raises(SnapshotError, match=f"{message}.*do not trust this snapshot"):
        validate_snapshot(replace(minimal, manifest=manifest))


def test_commands_end_with_one_line_and_3(tmp_path: Path) -> None:
    folder = tiny_snapshot(tmp_path / "tiny", {"id": [1], "label": [5]})
    for command in (["validate"], ["load", "--to", "postgresql://nobody@127.0.0.1:9/none"], ["scan"]):
        done = qaseed(command[0], str(folder), *command[1:])
        assert (done.returncode, len(done.stderr.splitlines())) == (3, 1), (command, done.stderr)
        assert "has other columns than its model" in done.stderr


def test_rows_that_qaseed_writes_are_far_below_the_bounds(standard: Snapshot) -> None:
    """A byte of its Parquet stands for at most a tenth of the text that it may stand for."""
    with standard.catalog() as connection:
        for entity in standard.manifest.model.entities:
            texts = " + ".join(f"coalesce(sum(strlen({c.name})), 0)" for c in entity.columns if c.type == "text")
            (size,) = connection.execute(f"select {texts} from {entity.name}").fetchone() or (0,)
            assert size < EXPANSION / 10 * sum(file.bytes for file in standard.files(entity.name, "parquet"))
