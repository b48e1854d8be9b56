"""A snapshot's folder: finding it, checking and removing its files, its catalog, and each error's very words."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import pytest

from qaseed import assemble, pack, pull, push, scratch
from qaseed.disk import sha256_of, sync
from qaseed.errors import SnapshotError, UsageError
from qaseed.pinning import locked_names
from qaseed.snapshot import Manifest, Snapshot, open_snapshot
from qaseed.snapshot.catalog import open_catalog, resources_to_check
from qaseed.snapshot.integrity import are_whole, check_files, check_sums, files_in, is_whole, sums_of
from qaseed.snapshot.locating import locate, names_in, not_found, not_openable, output_folder
from qaseed.snapshot.manifest import MANIFEST, SUMS, File, read_manifest
from qaseed.snapshot.opening import open_folder
from qaseed.snapshot.resolving import as_snapshot
from qaseed.snapshot.writing import finish, remove
from support.errors import ALTERED, message
from support.snapshot_files import rewrite_sums


def finished(out: Path, *names: str) -> None:
    """Folders that count as finished snapshots by their manifest."""
    for name in names:
        (out / name).mkdir(parents=True)
        (out / name / MANIFEST).touch()


def first_file(folder: Path, pattern: str = "data/client/*") -> Path:
    return min(folder.glob(pattern))


@pytest.mark.parametrize(
    "url",
    [
        "s3://bucket/x", "s3:/bucket/x", "S3:/bucket", "postgresql://h/d", "postgres:/h/d", "file:/x", "https:/x", "hdfs:/x",
        "gs:/x", "gcs:/x", "az:/x", "abfs:/x", "abfss:/x", "http:/x", "x+y-z.1://h", "a1://b",
    ],
)  # fmt: skip
def test_a_url_is_no_folder(url: str) -> None:
    expected = f"--out: {url} is a URL; give a folder of this machine"
    assert message(lambda: output_folder(url), UsageError) == expected
    if re.match("[a-z0-9]{2,}:/", url) and "://b" not in url:
        assert "is a URL" in message(lambda: output_folder(Path(url)), UsageError)  # which has one slash left


@pytest.mark.parametrize("path", ["s3", "a:/b", "file:x", "1://x", "my s3:/x", "./s3:/x"])
def test_a_folder_may_look_like_a_url(path: str) -> None:
    assert output_folder(path) == Path(path)


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert output_folder("~/x") == tmp_path / "x"
    expected = "--out: ~nobody-of-that-name/x: this user has no home folder; give the full path"
    assert message(lambda: output_folder("~nobody-of-that-name/x"), UsageError) == expected
    assert message(lambda: output_folder(" "), UsageError).startswith("--out: ")


def test_a_home_that_is_not_there_is_named(minimal: Snapshot, tmp_path: Path) -> None:
    path = "~nobody-of-that-name/x.tar"
    calls: dict[str, Callable[[], object]] = {
        "part": lambda: assemble([path], tmp_path),
        "file": lambda: pack(minimal, path),
        "sign": lambda: push(minimal, str(tmp_path / "store"), sign=path),
        "out": lambda: pull(f"{tmp_path}/store/a:b", out=path),
        "path": lambda: locked_names(path),
    }
    for name, call in calls.items():
        assert message(call, UsageError) == f"{name}: {path}: this user has no home folder; give the full path"


def test_finished_snapshots_are_listed_in_order(tmp_path: Path) -> None:
    finished(tmp_path, "b", "a", ".hidden")
    (tmp_path / "unfinished").mkdir()
    assert names_in(tmp_path) == ["a", "b"]
    assert names_in(tmp_path / "none") == []


def test_what_is_not_found_has_the_nearest_name_and_the_others(tmp_path: Path) -> None:
    out = Path("out")
    expected = (
        "Snapshot not found: standart. Did you mean 'standard'? No snapshots in out/; generate one with "
        "`qaseed generate -e standard`"
    )
    assert str(not_found("standart", out)) == expected
    none = "No snapshots in out/; generate one with `qaseed generate"
    assert str(not_found("zzz", out)) == f"Snapshot not found: zzz. {none}`"
    assert str(not_found("minimal", out)) == f"Snapshot not found: minimal. {none} -e minimal`"
    finished(out, "standard", "minimal", "standards")
    expected = "Snapshot not found: standart. Did you mean 'standard'? Snapshots in out/: minimal, standard, standards."
    assert str(not_found("standart", out)) == expected
    assert str(not_found("in/standart", out)) == expected.replace("standart", "in/standart", 1)
    expected = "Snapshot not found: load_test. Generate it with `qaseed generate -e load_test`. Snapshots in out/: "
    assert str(not_found("load_test", out)).startswith(expected)
    assert " A tag needs its store: STORE/minimal:t. Snapshots in out/: " in str(not_found("minimal:t", out))
    expected = "Snapshot not found: zzz. Snapshots in out/: minimal, standard, standards."
    assert str(not_found("zzz", out)) == expected
    finished(out, *(f"n{number:02}" for number in range(9)))
    twelve = ["minimal", *(f"n{number:02}" for number in range(9)), "standard", "standards"]
    assert str(not_found("zzz", out)).endswith(f"in out/: {', '.join(twelve)}.")
    finished(out, "y", "z")
    assert str(not_found("qqq", out)).endswith(f"in out/: {', '.join(twelve)} and 2 more.")


def test_a_folder_that_is_no_snapshot_says_what_it_is(tmp_path: Path) -> None:
    Path("file").touch()
    Path("empty").mkdir()
    finished(Path("several"), "b", "a")
    finished(Path("many"), *(f"n{number:02}" for number in range(14)))
    assert str(not_openable(Path("file"))) == "file: is a file; give the folder of a snapshot"
    expected = (
        "empty: has no manifest.json, so it is no snapshot or was never finished; generate one with `qaseed generate`"
    )
    assert str(not_openable(Path("empty"))) == expected
    Path("empty/part.json").touch()
    assert str(not_openable(Path("empty"))).startswith("empty: is a part of a snapshot; join all parts with")
    expected = "several: is a folder of snapshots; name one of them: a, b"
    assert str(not_openable(Path("several"))) == expected
    assert str(not_openable(Path("many"))).endswith("n10, n11")
    expected = "Snapshot not found: several/c. Snapshots in several/: a, b."
    assert str(not_openable(Path("several/c"))) == expected


def test_a_name_is_looked_up_in_the_folder_of_snapshots(tmp_path: Path) -> None:
    finished(Path("artifacts"), "a", "here")
    finished(Path(), "here")
    assert locate(Path("a")) == Path("artifacts/a")
    assert locate(Path("here")) == Path("here")
    assert locate(Path("./x/y")) == Path("x/y")
    Path("dangling").symlink_to("nowhere")
    assert locate(Path("dangling")) == Path("dangling")
    assert message(lambda: locate(Path("b"))) == "Snapshot not found: b. Snapshots in artifacts/: a, here."
    Path("artifacts/file").touch()
    assert message(lambda: locate(Path("file"))).startswith("Snapshot not found: file.")


def test_sums_cover_every_file_in_order(copied: Path) -> None:
    check_sums(copied)
    assert is_whole(copied)
    lines = (copied / SUMS).read_text().splitlines()
    paths = [line[66:] for line in lines]
    assert paths == sorted(paths)
    assert set(paths) == {path.relative_to(copied).as_posix() for path in files_in(copied)}
    assert sums_of(copied, paths) == {line[66:]: line[:64] for line in lines}
    assert sha256_of(copied / MANIFEST) == hashlib.sha256((copied / MANIFEST).read_bytes()).hexdigest()


def drop_line(text: str) -> str:
    return "".join(text.splitlines(keepends=True)[1:])


SUMS_EDITS: dict[str, tuple[Callable[[str], str], str]] = {
    "one space": (lambda text: text.replace("  ", " ", 1), "SHA256SUMS is not in order"),
    "binary mark": (lambda text: text.replace("  ", " *", 1), "SHA256SUMS is not in order"),
    "no last line end": (lambda text: text[:-1], "SHA256SUMS is not in order"),
    "capitals": (lambda text: f"{'A' * 64}{text[64:]}", "SHA256SUMS is not in order"),
    "no path": (lambda text: text + f"{'0' * 64}  \n", "SHA256SUMS is not in order"),
    "absent file": (lambda text: text + f"{'0' * 64}  zz\n" + f"{'0' * 64}  yy\n", "yy is missing"),
    "unlisted file": (drop_line, "csv/appointment/0000.csv does not belong to it"),
    "other digest": (lambda text: f"{'0' * 64}{text[64:]}", "csv/appointment/0000.csv is not what SHA256SUMS says"),
}


@pytest.mark.parametrize(("edit", "what"), SUMS_EDITS.values(), ids=SUMS_EDITS)
def test_sums_that_are_not_in_order(edit: Callable[[str], str], what: str, copied: Path) -> None:
    first = (copied / SUMS).read_text().split("  ", 1)[1].split("\n", 1)[0]
    (copied / SUMS).write_text(edit((copied / SUMS).read_text()))
    what = what.replace("csv/appointment/0000.csv", first)
    assert message(lambda: check_sums(copied)) == f"{copied.relative_to(Path.cwd())}: {what}; {ALTERED}"
    assert not is_whole(copied)


@pytest.mark.parametrize("path", ["../x", "/x", "a\\b", "a*", "a?", "a[b]", "manifest.json", "MANIFEST.json"])
def test_sums_of_paths_that_are_none(path: str, copied: Path) -> None:
    (copied / SUMS).write_text((copied / SUMS).read_text() + f"{'0' * 64}  {path}\n")
    what = "are one file" if "manifest" in path.lower() else "is not the path of a file in a snapshot"
    found = message(lambda: check_sums(copied))
    assert found.startswith(f"{copied.name}: ")
    assert f"{path!r} {what}" in found


def test_files_that_are_not_what_the_sums_say(copied: Path) -> None:
    name = copied.name
    (copied / "x.sig").touch()
    (copied / "manifest.json.asc").touch()
    check_sums(copied)
    (copied / "b").touch()
    (copied / "a").touch()
    assert message(lambda: check_sums(copied)) == f"{name}: a does not belong to it; {ALTERED}"
    (copied / "a").unlink()
    (copied / "b").unlink()
    (copied / "data/x.sig").touch()
    assert message(lambda: check_sums(copied)) == f"{name}: data/x.sig does not belong to it; {ALTERED}"
    (copied / "data/x.sig").unlink()
    changed = first_file(copied)
    changed.write_bytes(changed.read_bytes() + b"x")
    relative = changed.relative_to(copied)
    assert message(lambda: check_sums(copied)) == f"{name}: {relative} is not what SHA256SUMS says; {ALTERED}"
    changed.rename(copied.parent / "outside")
    changed.symlink_to(copied.parent / "outside")
    rewrite_sums(copied)
    assert message(lambda: check_sums(copied)) == f"{name}: {relative} is not a regular file; {ALTERED}"
    (copied / SUMS).unlink()
    assert message(lambda: check_sums(copied)) == f"{name}: SHA256SUMS is missing; {ALTERED}"
    assert not is_whole(copied)


@pytest.mark.parametrize(
    "change",
    [{"bytes": 1}, {"path": "data/none"}, {"path": "data/client"}],
)
def test_files_that_are_not_what_the_manifest_says(change: dict[str, Any], copied: Path) -> None:
    manifest = read_manifest(copied)
    check_files(copied, manifest)
    client = manifest.tables["client"]
    file = replace(client.files[0], **change)
    tables = {**manifest.tables, "client": replace(client, files=(file,))}
    text = message(lambda: check_files(copied, replace(manifest, tables=tables)))
    assert text == f"{copied.name}: {file.path} is not what manifest.json says; {ALTERED}"


def test_files_are_whole_if_each_byte_is_what_the_manifest_says(copied: Path) -> None:
    files = [file for table in read_manifest(copied).tables.values() for file in table.files]
    assert are_whole(copied, files)
    altered = copied / files[-1].path
    content = altered.read_bytes()
    altered.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert not are_whole(copied, files)
    assert are_whole(copied, files[:-1])


def test_a_table_without_rows_may_have_a_file(copied: Path) -> None:
    manifest = read_manifest(copied)
    table = manifest.tables["note"]
    files = tuple(replace(file, rows=0) for file in table.files)
    changed = replace(manifest, tables={**manifest.tables, "note": replace(table, rows=0, files=files)})
    (copied / MANIFEST).write_bytes(changed.to_bytes())
    assert read_manifest(copied).tables["note"].rows == 0


def test_a_file_of_the_manifest_is_the_very_file(copied: Path) -> None:
    """Its size alone is not enough, nor is its path."""
    manifest = read_manifest(copied)
    client = manifest.tables["client"]
    outside = replace(client.files[0], path=f"../{copied.name}/{client.files[0].path}")
    tables = {**manifest.tables, "client": replace(client, files=(outside,))}
    assert "is not the path" in message(lambda: check_files(copied, replace(manifest, tables=tables)))


@pytest.mark.parametrize("given", [None, 3, b"x", ["minimal"]])
def test_what_is_no_snapshot_has_its_type_named(given: Any) -> None:
    kind = type(given).__name__
    expected = f"snapshot: {kind} is no snapshot; give its folder, its name, or what open_snapshot returns"
    assert message(lambda: as_snapshot(given), UsageError) == expected


def test_an_open_snapshot_is_itself_and_a_folder_is_opened(copied: Path) -> None:
    snapshot = open_snapshot(copied)
    assert as_snapshot(snapshot) is snapshot
    assert as_snapshot(copied) == as_snapshot(str(copied)) == snapshot
    first_file(copied).write_bytes(b"x")
    with pytest.raises(SnapshotError):
        as_snapshot(copied)
    (copied / SUMS).unlink()
    assert message(lambda: open_snapshot(copied, check=False)).endswith(f"is not what manifest.json says; {ALTERED}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_closed_folder_is_named(copied: Path) -> None:
    copied.chmod(0)
    try:
        expected = f"{copied.name}: cannot be read (permission denied); check its permissions"
        assert message(lambda: open_snapshot(copied)) == expected
    finally:
        copied.chmod(0o755)


def test_a_folder_that_the_system_cannot_read_is_named() -> None:
    long = "x" * 300
    expected = f"{long}: cannot be read (File name too long); check the path and its disk"
    assert message(lambda: open_folder(Path(long))) == expected


def test_files_whose_sums_are_known_are_not_read_again(copied: Path) -> None:
    path = first_file(copied).relative_to(copied).as_posix()
    sums = sums_of(copied, [path])
    assert open_folder(copied, known=sums).manifest == open_folder(copied).manifest
    expected = f"{copied.name}: {path} is not what SHA256SUMS says; {ALTERED}"
    assert message(lambda: open_folder(copied, known={path: "0" * 64})) == expected
    first_file(copied).write_bytes(bytes(first_file(copied).stat().st_size))
    open_folder(copied, known=sums)
    assert message(lambda: open_folder(copied)) == expected


def test_files_by_format(copied: Path) -> None:
    snapshot = open_snapshot(copied)
    assert [file.path for file in snapshot.files("client", "parquet")] == [str(first_file(copied).relative_to(copied))]
    sizes = [path.stat().st_size for kind in ("data", "csv") for path in (copied / kind).rglob("*.*")]
    assert snapshot.bytes == sum(sizes)
    assert snapshot.kind == ("parquet" if (copied / "data").is_dir() else "csv")


def test_a_snapshot_is_removed_as_a_whole_or_not_at_all(copied: Path) -> None:
    expected = f"{copied.name}: is not a snapshot; nothing was removed"
    for name in (MANIFEST, SUMS):
        (copied / name).rename(copied.parent / name)
        assert message(lambda: remove(copied)) == expected
        assert first_file(copied).exists()
        (copied.parent / name).rename(copied / name)
    remove(copied)
    assert not copied.exists()


def test_the_manifest_is_removed_first(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.rmtree", lambda folder: None)
    remove(copied)
    assert not (copied / MANIFEST).exists()
    assert (copied / SUMS).exists()


def test_finishing_writes_sums_and_then_the_manifest(
    minimal: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "s/data").mkdir(parents=True)
    (tmp_path / "s/data/x").write_bytes(b"rows")
    steps: list[object] = []
    rename = Path.rename
    monkeypatch.setattr("os.fsync", lambda handle: steps.append("flushed"))
    monkeypatch.setattr(Path, "rename", lambda path, to: (steps.append(path.name), rename(path, to)))
    finish(tmp_path / "s", minimal.manifest)
    content = minimal.manifest.to_bytes()
    assert steps == ["flushed", "flushed", ".manifest.json", "flushed"]
    assert (tmp_path / "s" / MANIFEST).read_bytes() == content
    assert (tmp_path / "s" / SUMS).read_text() == (
        f"{hashlib.sha256(b'rows').hexdigest()}  data/x\n{hashlib.sha256(content).hexdigest()}  manifest.json\n"
    )
    check_sums(tmp_path / "s")


def test_a_folders_names_are_flushed_and_its_handle_is_closed(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    sync(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "none")


def paths_of(manifest: Manifest, folder: str) -> dict[str, list[str]]:
    def chosen(files: tuple[File, ...]) -> list[str]:
        return [file.path for file in files if file.path.startswith(folder)]

    return {name: chosen(table.files) for name, table in manifest.tables.items()}


def settings_of(connection: duckdb.DuckDBPyConnection) -> Mapping[str, Any]:
    return dict(connection.execute("select name, value from duckdb_settings()").fetchall())


def test_the_catalog_is_locked_in_its_folder(minimal: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n")
    with minimal.catalog(threads=1, memory=100) as connection:
        settings = settings_of(connection)
        assert settings["memory_limit"] == "100.0 MiB"
        assert settings["TimeZone"] == "UTC"
        assert settings_of(connection.cursor())["TimeZone"] == "UTC"
        assert settings["threads"] == "1"
        assert settings["enable_external_access"] == "false"
        assert settings["lock_configuration"] == "true"
        for sql in (
            "set threads = 2",
            f"from '{tmp_path}/x.csv'",
            f"copy (select 1) to '{tmp_path}/y'",
            "set TimeZone = 'CET'",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(sql)
        for name, rows in minimal.manifest.rows.items():
            assert connection.execute(f"select count(*) from {name}").fetchone() == (rows,)
    with minimal.catalog() as connection:
        assert settings_of(connection)["threads"] == str(os.cpu_count())


def test_csv_and_parquet_have_the_same_rows_and_types(copied: Path) -> None:
    manifest = open_snapshot(copied).manifest
    contents = []
    for folder in ("data/", "csv/"):
        with open_catalog(copied, manifest.model, paths_of(manifest, folder)) as connection:
            table = connection.sql("select * from note order by all")
            contents.append((table.columns, table.types, table.pl().rows()))
    assert contents[0] == contents[1]
    assert contents[0][2]


def test_an_entity_without_files_has_no_rows_and_its_columns(minimal: Snapshot) -> None:
    paths: dict[str, list[str]] = {name: [] for name in minimal.manifest.tables}
    with open_catalog(minimal.folder, minimal.manifest.model, paths) as connection:
        assert connection.execute("select count(*) from client").fetchone() == (0,)
        columns = connection.sql("select * from client").columns
    assert columns == [column.name for column in minimal.manifest.model.entity("client").columns]


def test_what_cannot_be_read_is_named(copied: Path) -> None:
    manifest = open_snapshot(copied).manifest
    first_file(copied).write_bytes(b"no parquet")

    def read(where: Path | None = None) -> None:
        with open_catalog(copied, manifest.model, paths_of(manifest, "data/"), where=where):
            pass

    assert message(read).startswith(f"{copied.name}: its files of client cannot be read")
    assert message(lambda: read(Path("there"))).startswith("there: its files of client cannot be read")


def test_leftovers_beside_a_snapshot_are_swept(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(folder: Path) -> NoReturn:
        raise PermissionError(folder)

    swept: list[Path] = []
    monkeypatch.setattr(scratch, "sweep_partial", swept.append)
    snapshot = open_snapshot(copied)
    with snapshot.catalog():
        pass
    assert swept == [copied.parent]
    monkeypatch.setattr(scratch, "exclusive", raising)
    with snapshot.catalog():  # a folder that cannot be locked is no reason to fail
        pass
    assert swept == [copied.parent]


def test_a_spill_folder_that_another_run_sweeps_before_it_is_locked_is_created_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    locked: list[Path] = []

    def sweep_first(folder: Path) -> int:
        locked.append(folder)
        if len(locked) == 1:
            folder.rmdir()
        return lock(folder)

    lock = scratch.lock
    monkeypatch.setattr(scratch, "lock", sweep_first)
    with scratch.spill_folder() as folder:
        assert folder.is_dir()
    assert len(locked) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 2), (16, 4), (None, 1)])
def test_many_rows_are_checked_by_a_thread_for_each_core_up_to_four(
    cores: int | None, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert resources_to_check(50_000) == {"threads": 1, "memory": 640}
    assert resources_to_check(50_001) == {"threads": threads, "memory": 640}
