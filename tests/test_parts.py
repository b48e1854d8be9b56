"""Parts made alone, on any machine and in any order, join to what one run makes; what does not fit is refused."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qaseed import assemble, generate_part, pull, push, scratch
from qaseed.cli import app
from qaseed.errors import FindingsError, ResourceError, SnapshotError, UsageError
from qaseed.generation import Part, generate, generate_to_store
from qaseed.generation.making import make_unit, units_of
from qaseed.generation.unit_folder import UnitFolder
from qaseed.generation.units import UNIT_ROWS
from qaseed.plan import plan, plan_of_counts
from qaseed.practice import MODEL
from qaseed.profiles import PROFILES
from qaseed.snapshot import Snapshot
from qaseed.snapshot.locating import HEADER
from support.command_line import qaseed
from support.snapshot_files import checksums
from support.stores import StoreUnderTest, moto_server, s3_store

STANDARD = PROFILES["standard"]


@pytest.fixture(scope="module", autouse=True)
def _small_units() -> None:
    """Units of about 200 rows, so that a small snapshot has several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qaseed.generation.making.UNIT_ROWS", 200)
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return generate("standard", tmp_path_factory.mktemp("whole"), workers=1).snapshot


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four parts, each made in a folder of its own; never changed by a test."""
    return [
        Path(generate_part("standard", Part(number, 4), tmp_path_factory.mktemp("machine"), workers=1).place)
        for number in (3, 1, 4, 2)
    ]


@pytest.fixture
def copied(parts: list[Path], tmp_path: Path) -> list[Path]:
    return [shutil.copytree(part, tmp_path / "parts" / part.name) for part in parts]


def part_of(parts: list[Path], number: int) -> Path:
    return next(part for part in parts if f".part-{number}-of-" in part.name)


def test_parts_join_to_what_one_run_makes(whole: Snapshot, parts: list[Path], tmp_path: Path) -> None:
    joined = assemble(parts, tmp_path)
    assert len(whole.files("client", "parquet")) > 4
    assert checksums(joined.snapshot.folder) == checksums(whole.folder), "every file, the manifest and the evidence too"
    assert joined.report is not None
    assert assemble(parts, tmp_path).reused
    assert [path.name for path in tmp_path.iterdir()] == ["standard"]


def test_parts_of_other_cuts_and_formats_join(whole: Snapshot, tmp_path: Path) -> None:
    made = [generate_part("standard", text, tmp_path, format="both", workers=1) for text in ("1/2", "3/4", "4/4")]
    joined = assemble([one.place for one in made], tmp_path, validated=False).snapshot
    assert joined.manifest.digests == whole.manifest.digests
    assert {file.path.partition("/")[0] for file in joined.manifest.tables["client"].files} == {"data", "csv"}
    rows = {name: sum(one.rows[name] for one in made) for name in whole.manifest.rows}
    assert rows == whole.manifest.rows


def test_a_part_without_units_is_one(tmp_path: Path) -> None:
    made = [generate_part("minimal", Part(number, 9), tmp_path, workers=1) for number in range(1, 10)]
    assert 0 in [one.generated for one in made]
    assert assemble([one.place for one in made], tmp_path, validated=False).snapshot.manifest.total_records == 145


def test_what_is_whole_is_kept(copied: list[Path]) -> None:
    part = part_of(copied, 2)
    files = sorted(part.glob("data/client/*.parquet"))
    assert len(files) > 1
    before = {path: path.stat().st_mtime_ns for path in part.glob("data/*/*")}
    files[0].write_bytes(files[0].read_bytes()[:-1])
    again = generate_part("standard", "2/4", part.parent, workers=1)
    assert (again.generated, again.existing) == (1, len(files) - 1)
    remade = {path for path, moment in before.items() if path.stat().st_mtime_ns != moment}
    assert {path.stem for path in remade} == {files[0].stem}
    (part / "units" / f"{files[1].stem.removeprefix('part-')}.json").write_text('{"files": [}')
    assert generate_part("standard", "2/4", part.parent, workers=1).generated == 1
    assert generate_part("standard", "2/4", part.parent, workers=1).generated == 0


def test_a_unit_made_several_times_at_once_changes_nothing(parts: list[Path], tmp_path: Path) -> None:
    """As schedulers do it with a worker that they take for dead."""
    planned = plan(MODEL, STANDARD)
    unit = units_of(planned, ("parquet",))[0]
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda _: make_unit(UnitFolder(tmp_path), planned, ("parquet",), 0, unit), range(3)))
    assert made[0] == made[1] == made[2]
    expected = checksums(part_of(parts, 1))
    actual = checksums(tmp_path)
    assert actual
    assert {path: expected[path] for path in actual} == actual


@pytest.mark.slow
def test_a_killed_part_is_continued(tmp_path: Path) -> None:
    small = "from qaseed import __main__, generation; generation.making.UNIT_ROWS = 10_000; __main__.main()"
    asked = "generate -e load_test --part 1/1 --workers 1"  # of several units
    command = [sys.executable, "-c", small, *asked.split()]
    running = subprocess.Popen([*command, "--out", str(tmp_path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not list(tmp_path.glob("*/units/*.json")):
        time.sleep(0.01)
        assert running.poll() is None
    running.send_signal(signal.SIGKILL)
    running.wait()
    done = subprocess.run([*command, "--out", str(tmp_path), "--json"], capture_output=True, text=True, check=True)
    again = json.loads(done.stdout)
    assert again["existing"] >= 1
    assert again["generated"] >= 1
    assert not [path for path in Path(again["path"]).glob("units/*") if path.suffix != ".json"]


def test_parts_that_do_not_fit_are_refused(copied: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(SnapshotError, match=r"parts: none of them has unit 0( to \d+)?, of \d+ from 0 on"):
        assemble([part for part in copied if part != part_of(copied, 1)], out)
    with pytest.raises(UsageError, match=r"part-1-of-4: unit 0 is in .*part-1-of-2 too"):
        assemble([generate_part("standard", "1/2", tmp_path, workers=1).place, part_of(copied, 1)], out)
    other = generate_part(STANDARD.vary(seed=5), "1/4", tmp_path, workers=1).place
    with pytest.raises(UsageError, match="has another seed than"):
        assemble([part_of(copied, 2), other], out)
    csv = generate_part("standard", "1/4", tmp_path, format="csv", workers=1).place
    with pytest.raises(UsageError, match="has another format than"):
        assemble([part_of(copied, 2), csv], out)
    with pytest.raises(UsageError, match="none is given"):
        assemble([], out)
    with pytest.raises(SnapshotError, match="is no part"):
        assemble([tmp_path], out)
    assert not out.exists()


@pytest.mark.parametrize("key", ["made_with", "model", "recipe"])
def test_parts_of_other_versions_are_refused(key: str, copied: list[Path], tmp_path: Path) -> None:
    for number, part in enumerate(copied):
        header = json.loads((part / "part.json").read_text())
        header[key] = {**header[key], "tzdata": "0"} if isinstance(header[key], dict) else "0" * 64
        (part / "part.json").write_text(json.dumps(header))
        if not number:
            with pytest.raises(UsageError, match=rf"has another {'tzdata' if key == 'recipe' else key} than"):
                assemble(copied, tmp_path / "out")
    if key != "made_with":
        with pytest.raises(UsageError, match="its model is another than this version's; assemble it with qaseed 0"):
            assemble(copied, tmp_path / "out")


def test_a_part_that_was_cut_short_or_altered_is_refused(copied: list[Path], tmp_path: Path) -> None:
    part = part_of(copied, 3)
    file = next(part.glob("data/note/*.parquet"))
    content = file.read_bytes()
    for spoiled in (content[:-1], bytes([content[0] ^ 1]) + content[1:]):
        file.unlink()
        file.write_bytes(spoiled)
        with pytest.raises(SnapshotError, match="is not what its unit says; generate the part again"):
            assemble(copied, tmp_path / "out")
    file.unlink()
    with pytest.raises(SnapshotError, match="is missing; generate the part again"):
        assemble(copied, tmp_path / "out")
    file.symlink_to(part_of(copied, 1) / "part.json")
    with pytest.raises(SnapshotError, match="is not what its unit says"):
        assemble(copied, tmp_path / "out")
    record = next(part.glob("units/*.json"))
    text = record.read_text()
    for wrong in (text.replace("data/", "../data/"), text.replace("data/note/", "data/client/"), "[]", ""):
        record.write_text(wrong)
        with pytest.raises(SnapshotError, match=r"unit \d+ is not finished"):
            assemble(copied, tmp_path / "out")
    (part / "part.json").write_text('{"name": "../x"}')
    with pytest.raises(SnapshotError, match=r"its part\.json cannot be read"):
        assemble(copied, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_broken_rules_of_parts_leave_nothing(
    parts: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qaseed.derived_rules.UNSAFE_TEXT", "opened")
    with pytest.raises(FindingsError, match="nothing was written"):
        assemble(parts, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_was_killed_before_its_header_is_continued(tmp_path: Path) -> None:
    folder = tmp_path / "minimal.part-1-of-1"
    folder.mkdir()
    (folder / f".{HEADER}.1a2b3c4d").touch()
    assert generate_part("minimal", "1/1", tmp_path, workers=1).generated == 1
    assert {path.name for path in folder.iterdir()} == {"part.json", "units", "data"}


def test_a_run_says_that_it_waits_for_another_of_its_part(tmp_path: Path) -> None:
    (tmp_path / "minimal.part-1-of-1").mkdir()
    handle = scratch.lock(tmp_path / "minimal.part-1-of-1")
    phases: list[str] = []

    def progress(phase: str, done: int, total: int) -> None:
        if phase == "wait":
            os.close(handle)
        phases.append(phase)

    generate_part("minimal", "1/1", tmp_path, workers=1, progress=progress)
    assert phases[:2] == ["wait", "generate"]


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "minimal.part-1-of-2"
    folder.mkdir()
    (folder / "mine").touch()
    with pytest.raises(UsageError, match="exists and is not a part"):
        generate_part("minimal", "1/2", tmp_path)
    assert [path.name for path in folder.iterdir()] == ["mine"]
    generate_part("minimal", "2/2", tmp_path, workers=1)
    with pytest.raises(UsageError, match="is a part with another format; remove it"):
        generate_part("minimal", "2/2", tmp_path, format="csv", workers=1)


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "a/b", "1/4/2", "-1/4", "1/1000000"])
def test_impossible_parts_are_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give I/N"):
        generate_part("minimal", text, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("of", [1, 2, 3, 7, 50])
def test_every_unit_is_in_one_part(of: int) -> None:
    assert [unit for number in range(1, of + 1) for unit in Part(number, of).of_units(13)] == list(range(13))


def test_the_commands(tmp_path: Path) -> None:
    made = json.loads(qaseed("generate", "-e", "minimal", "--part", "1/2", "--out", str(tmp_path), "--json").stdout)
    assert made.keys() == {"part", "path", "id", "units", "existing", "generated", "rows", "bytes", "seconds"}
    other = qaseed("generate", "-e", "minimal", "--part", "2/2", "--out", str(tmp_path))
    assert other.stdout == f"{tmp_path}/minimal.part-2-of-2\n"
    done = qaseed("assemble", made["path"], other.stdout.strip(), "--out", str(tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    output = json.loads(done.stdout)
    assert (output["snapshot"], output["id"], output["total_records"]) == (str(tmp_path / "minimal"), made["id"], 145)
    assert qaseed("assemble", made["path"], "--out", str(tmp_path / "x")).returncode == 3
    assert qaseed("generate", "-e", "minimal", "--part", "3/2").returncode == 2
    replacing = qaseed("generate", "-e", "minimal", "--part", "1/2", "--replace", "--out", str(tmp_path))
    assert (replacing.returncode, "--replace: is of a whole snapshot" in replacing.stderr) == (2, True)


@pytest.fixture(scope="module")
def s3() -> Iterator[StoreUnderTest]:
    with moto_server() as endpoint, pytest.MonkeyPatch.context() as patch:
        store = s3_store(endpoint, "parts")
        for name, value in store.environment.items():
            patch.setenv(name, value)
        yield store


def test_parts_in_a_store_join_and_are_pushed_without_another_byte(
    whole: Snapshot, s3: StoreUnderTest, tmp_path: Path
) -> None:
    made = [generate_part("standard", text, s3.url, workers=1) for text in ("2/2", "1/2")]
    assert [one.place for one in made] == [f"{s3.url}/standard.part-{number}-of-2" for number in (2, 1)]
    joined = assemble([one.place for one in made], tmp_path).snapshot
    assert checksums(joined.folder) == checksums(whole.folder)
    pushed = push(joined, s3.url, tag="nightly")
    assert pushed.uploaded == len(checksums(joined.folder)) - sum(len(t.files) for t in joined.manifest.tables.values())
    assert push(joined, s3.url).uploaded == 0


def test_a_part_in_a_store_is_continued(s3: StoreUnderTest, tmp_path: Path) -> None:
    first = generate_part("standard", "1/3", s3.url, workers=1)
    assert generate_part("standard", "1/3", s3.url, workers=1).generated == 0
    record = next(key for key in s3.list() if key.startswith("parts/standard.part-1-of-3/units/"))
    sha256 = json.loads(s3.read(record))["files"]["client"][0]["sha256"]
    s3.remove(f"blobs/sha256/{sha256}")
    others = [generate_part("standard", text, s3.url, workers=1).place for text in ("2/3", "3/3")]
    with pytest.raises(SnapshotError, match=r"part-1-of-3: data/client/.* is missing; generate the part again"):
        assemble([first.place, *others], tmp_path)
    again = generate_part("standard", "1/3", s3.url, workers=1)
    assert (again.generated, again.existing) == (1, first.generated - 1)
    s3.write(record, b"[]")
    with pytest.raises(SnapshotError, match=r"unit \d+ is not finished"):
        assemble([first.place, *others], tmp_path)
    with pytest.raises(SnapshotError, match="is no part of a snapshot"):
        assemble([f"{s3.url}/nothing"], tmp_path)
    with pytest.raises(UsageError, match="is a part with another format"):
        generate_part("standard", "1/3", s3.url, format="csv")


def test_a_snapshot_is_generated_in_a_store(minimal: Snapshot, s3: StoreUnderTest) -> None:
    stored = generate_to_store("minimal", s3.url, tag="nightly", format="both", workers=1)
    assert str(stored.pushed.reference).startswith(f"{s3.url}/minimal:nightly@sha256:")
    assert checksums(pull(f"{s3.url}/minimal:nightly").snapshot.folder) == checksums(minimal.folder)
    assert stored.pushed.uploaded == len(checksums(minimal.folder)) - sum(
        len(table.files) for table in minimal.manifest.tables.values()
    ), "rows are there since they were made"


def test_the_command_generates_in_a_store(s3: StoreUnderTest) -> None:
    asked = ["generate", "-e", "minimal", "--out", s3.url]
    done = CliRunner().invoke(app, [*asked, "--tag", "demo", "--json", "-q"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["snapshot"].startswith(f"{s3.url}/minimal:demo@sha256:")
    for others, message in (
        (["--replace"], "--replace: is for folders"), (["--invalid"], "--invalid: is written beside a folder"),
        (["--part", "1/2", "--tag", "demo"], "--tag: names a whole snapshot"), (["--tag", "a/b"], "a/b"),
    ):  # fmt: skip
        refused = CliRunner().invoke(app, [*asked, *others])
        assert (refused.exit_code, message in refused.stderr) == (2, True), refused.output


def test_a_store_that_has_no_place_for_parts_is_refused() -> None:
    with pytest.raises(UsageError, match="has no place for parts"):
        generate_part("minimal", "1/1", "oci://localhost/qa")


@pytest.mark.parametrize(
    ("writes", "out", "workers"),
    [("qaseed.generation.making.write_unit", "file://{}/store", 1), ("pathlib.Path.write_bytes", "{}/out", 2)],
)
def test_a_full_temporary_folder_is_named(
    writes: str, out: str, workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(writes, is_full)
    expected = re.escape(f"{tmp_path}: the disk is full; free some space, or set TMPDIR to another folder")
    with pytest.raises(ResourceError, match=f"^{expected}$"):
        generate_part("standard", "1/1", out.format(tmp_path), workers=workers)


def test_a_tenant_of_a_large_plan_is_that_of_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows of one entity than one tenant may have: each tenant is divided as it would be alone."""
    monkeypatch.setattr("qaseed.generation.making.UNIT_ROWS", UNIT_ROWS)
    counts = {
        "client": 2_000_000,
        "provider": 100_000,
        "appointment": 10_000_000,
        "note": 5_000_000,
        "ledger_entry": 8_000_000,
    }
    whole = units_of(plan_of_counts(MODEL, "large", 42, STANDARD.as_of, [counts] * 6), ("parquet",))
    alone = units_of(plan_of_counts(MODEL, "large", 42, STANDARD.as_of, [counts]), ("parquet",))
    assert alone[0].tenants == whole[0].tenants
    assert [(unit.first, unit.stop) for unit in whole if {tenant.number for tenant in unit.tenants} == {1}] == [
        (unit.first, unit.stop) for unit in alone[:-1]
    ]


def test_more_files_than_a_snapshot_may_have_are_refused_before_the_first(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qaseed.generation.making.UNIT_ROWS", 20)
        patch.setattr("qaseed.generation.making.MAX_FILES", 100)
        with pytest.raises(UsageError, match=r"1,435 records are about \d+ files, and a snapshot has at most 100"):
            generate_part("standard", "1/2", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_around_a_part_names_it(tmp_path: Path) -> None:
    part = tmp_path / "standard.part-1-of-3"
    part.mkdir()
    (part / HEADER).write_text("{}")
    with pytest.raises(SnapshotError, match=rf"is no part of a snapshot; give {re.escape(str(part))}, which is one"):
        assemble([tmp_path], tmp_path / "out")
    assert not (tmp_path / "out").exists()
