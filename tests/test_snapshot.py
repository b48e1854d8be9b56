"""A snapshot is complete and correct, or there is none: generation's failures, and everything that spoils a folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from qaseed.errors import FindingsError, ResourceError, SnapshotError, UsageError
from qaseed.generation import generate
from qaseed.generation.building import build_folder, publish
from qaseed.kinds import weighted
from qaseed.practice import MODEL
from qaseed.profiles import PROFILES, Profile
from qaseed.seeding import validate_snapshot
from qaseed.snapshot import FORMAT, MANIFEST, SUMS, Snapshot, identity, open_snapshot, remove
from support.snapshot_files import checksums, edit_manifest

MINIMAL = PROFILES["minimal"]


def test_a_snapshot_describes_itself(minimal: Snapshot) -> None:
    again = open_snapshot(minimal.folder)
    assert again.manifest == minimal.manifest
    assert again.manifest.total_records == 145
    assert set(again.manifest.rows) == {
        "tenant",
        "location",
        "provider",
        "client",
        "appointment",
        "note",
        "ledger_entry",
        "scenario",
    }
    assert subprocess.run(["sha256sum", "-c", "--quiet", SUMS], cwd=minimal.folder, check=False).returncode == 0


def test_the_manifest_holds_nothing_volatile(minimal: Snapshot, tmp_path: Path) -> None:
    time.sleep(0.01)
    other = generate("minimal", tmp_path / "elsewhere", format="both").snapshot
    assert checksums(other.folder) == checksums(minimal.folder)
    text = (minimal.folder / MANIFEST).read_text(encoding="utf-8")
    assert str(minimal.folder.parent) not in text


def test_asking_again_finds_it(tmp_path: Path) -> None:
    assert not generate("minimal", tmp_path, validated=False).reused
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert generate("minimal", tmp_path).reused
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("change", [{"seed": 7}, {"tenants": 2}, {"as_of": MINIMAL.as_of.replace(year=2025)}])
def test_variants_have_their_id_in_their_name(change: dict[str, object], tmp_path: Path) -> None:
    made = generate(MINIMAL.vary(**change), tmp_path, validated=False).snapshot
    assert made.folder.name == f"minimal-{made.manifest.id[:8]}"
    assert made.manifest.rows["client"] == 25


def test_the_profiles_own_settings_are_no_variant(tmp_path: Path) -> None:
    made = generate(MINIMAL.vary(seed=MINIMAL.seed).scaled(1.0), tmp_path, validated=False).snapshot
    assert made.folder.name == "minimal"


def test_keys_and_dates_have_statistics_and_texts_are_plain_strings(minimal: Snapshot) -> None:
    file = pq.ParquetFile(minimal.folder / minimal.files("appointment", "parquet")[0].path)
    columns = [file.metadata.row_group(0).column(n) for n in range(file.metadata.num_columns)]
    with_statistics = {column.path_in_schema for column in columns if column.statistics is not None}
    appointment = MODEL.entity("appointment")
    assert {"id", "tenant_id", "client_id", "start_at"} <= with_statistics
    assert not {"status", "duration_min", "external_ref"} & with_statistics
    assert {str(file.schema_arrow.field(c.name).type) for c in appointment.columns if c.type == "text"} == {"string"}
    status = next(column for column in columns if column.path_in_schema == "status")
    assert "RLE_DICTIONARY" in status.encodings


def test_parquet_is_readable_by_anybody(minimal: Snapshot) -> None:
    rows = duckdb.sql(
        f"select count(*), count(distinct tenant_id) from '{minimal.folder}/data/client/*.parquet'"
    ).fetchall()
    assert rows == [(25, 3)]


@pytest.mark.parametrize("path", ["manifest.json", "SHA256SUMS", "reports/validation.json"])
def test_one_flipped_bit_anywhere_is_seen(path: str, copied: Path) -> None:
    content = (copied / path).read_bytes()
    for position in range(0, len(content), max(1, len(content) // 40)):
        for bit in (1, 128):
            spoiled = bytearray(content)
            spoiled[position] ^= bit
            (copied / path).write_bytes(spoiled)
            with pytest.raises(SnapshotError):
                open_snapshot(copied)


@pytest.mark.parametrize("kind", ["data", "csv"])
def test_one_flipped_bit_in_rows_is_seen(kind: str, copied: Path) -> None:
    for path in sorted((copied / kind).rglob("part-*")):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 16
        path.write_bytes(content)
        with pytest.raises(SnapshotError, match=path.name):
            open_snapshot(copied)
        content[len(content) // 2] ^= 16
        path.write_bytes(content)
    open_snapshot(copied)


def test_missing_extra_swapped_and_cut_files_are_seen(copied: Path) -> None:
    client, note = copied / "data/client/part-00000.parquet", copied / "data/note/part-00000.parquet"
    shutil.copy(client, copied / "data/client/part-00001.parquet")
    with pytest.raises(SnapshotError, match="does not belong"):
        open_snapshot(copied)
    (copied / "data/client/part-00001.parquet").unlink()
    held = client.read_bytes()
    client.write_bytes(note.read_bytes())
    with pytest.raises(SnapshotError, match="is not what"):
        open_snapshot(copied)
    client.write_bytes(held[:-1])
    with pytest.raises(SnapshotError, match="is not what"):
        open_snapshot(copied)
    client.unlink()
    with pytest.raises(SnapshotError, match="missing"):
        open_snapshot(copied)


def test_half_a_snapshot_is_none(copied: Path) -> None:
    (copied / MANIFEST).unlink()
    with pytest.raises(SnapshotError, match="never finished"):
        open_snapshot(copied)
    with pytest.raises(UsageError, match="not a snapshot"):
        generate("minimal", copied.parent)
    with pytest.raises(SnapshotError, match=r"Snapshot not found: .*/nowhere.*qaseed generate"):
        open_snapshot(copied.parent / "nowhere")


@pytest.mark.parametrize("path", ["data/client/../client/{}", "data/../data/client/{}", "data/client/{}\\0"])
def test_a_path_with_dots_is_refused_even_where_it_leads_to_the_file(path: str, copied: Path) -> None:
    manifest = json.loads((copied / MANIFEST).read_bytes())
    file = next(file for file in manifest["tables"]["client"]["files"] if file["path"].startswith("data/"))
    file["path"] = path.format(Path(file["path"]).name)
    edit_manifest(copied, tables=manifest["tables"])
    with pytest.raises(SnapshotError, match=r"is not (the path of a file|a file of rows)"):
        open_snapshot(copied)


def test_a_newer_format_says_so(copied: Path) -> None:
    edit_manifest(copied, format=FORMAT + 1)
    with pytest.raises(SnapshotError, match=r"format is 2.*upgrade"):
        open_snapshot(copied)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "1"}, {"tables": {}}, {"tables": []}, {"tables": None}, {"model": {}}, {"model": None}, {"recipe": None},
        {"model": {"name": "x", "doc": "", "entities": [{"name": "a b", "doc": "", "columns": []}]}},
    ],
)  # fmt: skip
def test_a_manifest_of_another_shape_is_refused(changes: dict[str, object], copied: Path) -> None:
    edit_manifest(copied, **changes)
    with pytest.raises((SnapshotError, UsageError)):
        validate_snapshot(open_snapshot(copied))


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "data/../../x", "a\\..\\b", "data/client/\0"])
def test_paths_stay_inside(path: str, copied: Path) -> None:
    manifest = json.loads((copied / MANIFEST).read_bytes())
    manifest["tables"]["client"]["files"][0]["path"] = path
    edit_manifest(copied, tables=manifest["tables"])
    with pytest.raises(SnapshotError):
        open_snapshot(copied)


@pytest.mark.parametrize(
    "rule",
    [
        "exists (select * from read_text('/etc/passwd'))",
        "true); attach '/tmp/x.duckdb' as x; select (1",
        "(select 1 from read_csv('/etc/*'))",
    ],
)
def test_rules_of_a_manifest_reach_nothing_outside(rule: str, copied: Path) -> None:
    manifest = json.loads((copied / MANIFEST).read_bytes())
    for entity in manifest["model"]["entities"]:
        entity["rules"] = [{"id": "X", "promise": "evil", "fails": rule}]
    edit_manifest(copied, model=manifest["model"])
    with pytest.raises(SnapshotError):
        validate_snapshot(open_snapshot(copied))


def test_another_snapshot_in_the_place_is_kept_unless_replaced(tmp_path: Path) -> None:
    mine = Profile("Mine", "", 60, {"client": 6, "provider": 3, "location": 3}, slug="mine")
    other = replace(mine, record_counts={"client": 9, "provider": 3, "location": 3})
    kept = checksums(generate(mine, tmp_path, validated=False).snapshot.folder)
    with pytest.raises(UsageError, match="--replace"):
        generate(other, tmp_path)
    assert checksums(tmp_path / "mine") == kept
    assert generate(other, tmp_path, replace_other=True, validated=False).snapshot.manifest.rows["client"] == 9
    with pytest.raises(UsageError, match="another format"):
        generate(other, tmp_path, format="csv")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "minimal").mkdir()
    (tmp_path / "minimal" / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="not a snapshot"):
        generate("minimal", tmp_path, replace_other=True)
    assert (tmp_path / "minimal" / "thesis.txt").read_text() == "mine"
    with pytest.raises(SnapshotError, match="nothing was removed"):
        remove(tmp_path / "minimal")


def test_an_altered_snapshot_is_not_reused_but_replaced(copied: Path) -> None:
    path = copied / "data/client/part-00000.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(SnapshotError):
        generate("minimal", copied.parent)
    assert not generate("minimal", copied.parent, replace_other=True, validated=False).reused
    open_snapshot(copied)


def test_a_folder_that_cannot_be_is_a_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="choose another --out"):
        generate("minimal", tmp_path / "file" / "below")
    with pytest.raises(UsageError, match="choose another --out"):
        generate("minimal", Path("/proc/nothing"))


def test_broken_rules_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qaseed.derived_rules.UNSAFE_TEXT", "opened")
    with pytest.raises(FindingsError, match=r"PHI.*X1 note\.subjective"):
        generate("minimal", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    # Python replaces a cached module by what a full disk has room for
    script = f"import resource, sys; sys.dont_write_bytecode = True; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\nfrom qaseed import generate\ngenerate('minimal', __import__('pathlib').Path({str(tmp_path)!r}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "minimal: the disk is full" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_one_unit_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("qaseed.generation.units._write", broken)
    with pytest.raises(ResourceError, match="disk is full"):
        generate("minimal", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_renamed_is_removed_and_hides_no_error(tmp_path: Path) -> None:
    def fail() -> None:
        with build_folder(tmp_path / "s") as building:
            (building / "a").mkdir()
            in_the_way = tmp_path / f"{building.stem}_{building.suffix}"
            (in_the_way / "a").mkdir(parents=True)
            raise KeyError(in_the_way)

    with pytest.raises(KeyError) as raised:
        fail()
    assert list(tmp_path.iterdir()) == list(raised.value.args), "what is in the way is not its own"


SMALL_UNITS = "from qaseed import __main__, generation; generation.making.UNIT_ROWS = 10_000; __main__.main()"


def _start(out: Path, *options: str) -> subprocess.Popen[str]:
    """Start a run of many units of work: it writes its first files long before it ends."""
    command = [sys.executable, "-c", SMALL_UNITS, "generate", "-e", "load_test", "--out", str(out), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _wait_for_partial(out: Path) -> None:
    for _ in range(2000):
        if list(out.glob(".*.partial/data/*/*")):
            return
        time.sleep(0.01)
    raise AssertionError("nothing was begun")


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.usefixtures("unvalidated")
def test_an_interrupt_leaves_nothing(workers: str, tmp_path: Path) -> None:
    running = _start(tmp_path, "--workers", workers)
    _wait_for_partial(tmp_path)
    running.send_signal(signal.SIGINT)
    _, expected = running.communicate(timeout=60)
    assert running.returncode == 130, expected
    assert "Traceback" not in expected
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("unvalidated")
def test_a_killed_run_is_swept_up_by_the_next(tmp_path: Path) -> None:
    running = _start(tmp_path, "--workers", "1")
    _wait_for_partial(tmp_path)
    running.kill()
    running.communicate()
    left = [path.name for path in tmp_path.iterdir()]
    assert len(left) == 1
    assert left[0].endswith(".partial")
    done = _start(tmp_path, "--workers", "1")
    _, expected = done.communicate(timeout=120)
    assert done.returncode == 0, expected
    assert [path.name for path in tmp_path.iterdir()] == [left[0].split(".")[1]]


def test_two_runs_at_once_end_with_one_snapshot(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda _: generate("minimal", tmp_path, validated=False), range(3)))
    assert len({one.snapshot.manifest.id for one in made}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["minimal"]
    open_snapshot(tmp_path / "minimal")


def test_links_in_place_of_files_are_refused(copied: Path, tmp_path: Path) -> None:
    path = copied / "data/client/part-00000.parquet"
    path.rename(tmp_path / "elsewhere.parquet")
    path.symlink_to(tmp_path / "elsewhere.parquet")
    with pytest.raises(SnapshotError, match="is not a regular file"):
        open_snapshot(copied)


def test_a_detached_signature_may_stand_beside(copied: Path) -> None:
    (copied / "manifest.json.sig").write_text("signed")
    open_snapshot(copied)
    (copied / "notes.txt").write_text("strange")
    with pytest.raises(SnapshotError, match=r"notes\.txt does not belong"):
        open_snapshot(copied)


def test_folders_that_look_like_patterns(changed: Snapshot, tmp_path: Path) -> None:
    shutil.copytree(changed.folder, tmp_path / "gx" / "minimal")
    made = generate("minimal", tmp_path / "g*[x]?", format="both", validated=False).snapshot
    assert validate_snapshot(made).ok()


def test_an_interrupt_in_duckdb_is_an_interrupt(minimal: Snapshot) -> None:
    with pytest.raises(KeyboardInterrupt), minimal.catalog():
        raise RuntimeError("Query interrupted")
    with pytest.raises(RuntimeError, match="else"), minimal.catalog():
        raise RuntimeError("something else")


@pytest.mark.parametrize(
    ("entity", "changes"),
    [
        (0, {"key": []}), (0, {"name": 5}), (3, {"doc": None}), (3, {"doc": "\ud800"}), (3, {"counted": "no"}), (3, {"columns": 5}),
        (3, {"rules": [{"id": None, "promise": "", "fails": "true"}]}), (3, {"rules": [{"id": "x", "promise": ""}]}),
        (3, {"columns": [{"name": "id", "type": "money", "doc": ""}]}), (3, {"columns": [{"name": "id", "type": "text", "doc": "", "choices": [5]}]}),
        (3, {"columns": [{"name": "id", "type": "bigint", "doc": "", "minimum": "0 or 1"}], "key": ["id"]}),
        (3, {"columns": [{"name": "id", "type": "text", "doc": "", "nullable": "false"}], "key": ["id"]}),
        (3, {"columns": [{"name": "id", "type": "text", "doc": "", "safe": "nope"}], "key": ["id"]}),
    ],
)  # fmt: skip
def test_a_model_of_another_shape_is_refused(entity: int, changes: dict[str, object], copied: Path) -> None:
    manifest = json.loads((copied / MANIFEST).read_bytes())
    manifest["model"]["entities"][entity] |= changes
    edit_manifest(copied, model=manifest["model"])
    with pytest.raises(SnapshotError):
        validate_snapshot(open_snapshot(copied))


@pytest.mark.parametrize(
    "table", [{"rows": "5"}, {"rows": None}, {"files": [{"path": 5}]}, {"digest": 5}, {"files": 5}]
)
def test_a_table_of_another_shape_is_refused(table: dict[str, object], copied: Path) -> None:
    manifest = json.loads((copied / MANIFEST).read_bytes())
    manifest["tables"]["client"] |= table
    edit_manifest(copied, tables=manifest["tables"])
    with pytest.raises(SnapshotError):
        open_snapshot(copied)


@pytest.mark.slow
def test_a_plain_script_may_use_workers(tmp_path: Path) -> None:
    script = tmp_path / "seed_it.py"
    script.write_text(
        "print('once')\nfrom pathlib import Path\nfrom qaseed import generate, generation\n"
        "generation.making.UNIT_ROWS = 1000\n"  # cuts a small data set into several units of work
        "made = generate('standard', Path('out'), workers=2, validated=False)\n"
        "print(len(made.snapshot.files('client', 'parquet')))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout.split() == ["once", "2"], done.stderr


@pytest.mark.slow
def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    running = _start(tmp_path, "--workers", "2")
    _wait_for_partial(tmp_path)
    workers = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    assert len(workers) >= 2
    running.kill()
    running.communicate()
    for _ in range(100):
        if not any(Path(f"/proc/{worker}").exists() for worker in workers):
            return
        time.sleep(0.1)
    raise AssertionError(f"{workers} still run")


def test_the_id_follows_the_rows_and_not_the_words() -> None:
    recipe = {"generator": 1, "seed": 1}
    reworded = replace(MODEL, entities=tuple(replace(entity, doc="other", rules=()) for entity in MODEL.entities))
    assert identity(recipe, MODEL) == identity(recipe, reworded)
    fewer = replace(
        MODEL,
        is_declared=False,
        entities=(*MODEL.entities[:-1], replace(MODEL.entities[-1], columns=MODEL.entities[-1].columns[:-1])),
    )
    other_shares = replace(MODEL.entities[3].columns[4], recipe=weighted({"F": 0.5, "M": 0.5}))
    client = replace(
        MODEL.entities[3], columns=(*MODEL.entities[3].columns[:4], other_shares, *MODEL.entities[3].columns[5:])
    )
    shifted = replace(MODEL, entities=(*MODEL.entities[:3], client, *MODEL.entities[4:]))
    ids = [
        identity(recipe, MODEL),
        identity(recipe, fewer),
        identity(recipe, shifted),
        identity({**recipe, "seed": 2}, MODEL),
    ]
    assert len(set(ids)) == 4


def test_a_replacement_killed_half_way_loses_nothing(copied: Path) -> None:
    kept = checksums(copied)
    aside = copied.parent / ".minimal.x.partial"
    aside.mkdir()
    os.utime(copied / "manifest.json", (0, 0))
    copied.rename(aside / "old")
    generate("minimal", copied.parent, format="both")
    assert (copied / "manifest.json").stat().st_mtime == 0, "put back, not generated again"
    assert checksums(copied) == kept
    assert [path.name for path in copied.parent.iterdir()] == ["minimal"]


def test_a_replacement_that_fails_half_way_loses_nothing(copied: Path) -> None:
    kept = checksums(copied)
    with pytest.raises(FileNotFoundError):
        publish(copied.parent / "nowhere", copied, "other", replace_other=True)
    assert checksums(copied) == kept
    assert [path.name for path in copied.parent.iterdir()] == ["minimal"]


def test_no_progress_is_printed_where_duckdb_would() -> None:
    code = """
from qaseed.engine import engine
with engine() as (connection, _), connection.cursor() as cursor:
    for each in (connection, cursor):
        print(each.execute("select current_setting('enable_progress_bar')").fetchone())
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines() == ["(False,)", "(False,)"]
