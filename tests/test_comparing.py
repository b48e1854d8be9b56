"""Verify and diff: whether a snapshot is what was written, and what two of them have in common."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import qaseed as package
from qaseed.errors import SnapshotError
from qaseed.snapshot import MANIFEST, SUMS, Snapshot
from qaseed.snapshot.pushing import push
from support.command_line import qaseed
from support.snapshot_files import edit_manifest
from support.tiny_snapshot import tiny_snapshot


def test_verify_has_the_digest_that_coreutils_have(minimal: Snapshot) -> None:
    done = qaseed("verify", str(minimal.folder), "--json")
    output = json.loads(done.stdout)
    assert done.returncode == 0
    files = [path for path in minimal.folder.rglob("*") if path.is_file() and path.name != SUMS]
    digest = hashlib.sha256((minimal.folder / MANIFEST).read_bytes()).hexdigest()
    assert output.pop("seconds") > 0
    assert output == {
        "ref": f"minimal@sha256:{digest}",
        "digest": f"sha256:{digest}",
        "id": minimal.manifest.id,
        "path": str(minimal.folder),
        "cached": True,
        "source": "folder",
        "files": len(files),
        "bytes": sum(path.stat().st_size for path in files),
        "signed_by": None,
        "provenance": None,
        "problem": None,
    }
    summed = subprocess.run(["sha256sum", MANIFEST], cwd=minimal.folder, capture_output=True, text=True, check=True)
    assert summed.stdout.split()[0] == digest
    text = qaseed("verify", str(minimal.folder))
    assert text.stdout == f"id: {minimal.manifest.id}\ndigest: sha256:{digest}\n"
    assert f"{len(files)} files" in text.stderr
    assert qaseed("verify", str(minimal.folder), "--quiet").stderr == ""


def test_verify_and_coreutils_refuse_the_same_bytes(copied: Path) -> None:
    path = next(copied.glob("data/client/*"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    done = qaseed("verify", str(copied))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1)
    assert (
        subprocess.run(
            ["sha256sum", "--check", "--quiet", SUMS], cwd=copied, capture_output=True, check=False
        ).returncode
        == 1
    )


def test_verify_compares_again_what_is_open(copied: Path) -> None:
    opened = package.open_snapshot(copied)
    assert package.verify(opened).snapshot == opened
    (copied / "x").touch()
    with pytest.raises(SnapshotError, match="x does not belong to it"):
        package.verify(opened)


def test_verify_reads_rows(tmp_path: Path) -> None:
    folder = tiny_snapshot(tmp_path / "tiny", {"id": [1], "label": [5]})
    with pytest.raises(SnapshotError, match="has other columns than its model"):
        package.verify(folder)


def test_verify_of_a_reference(minimal: Snapshot, tmp_path: Path) -> None:
    pushed = push(minimal, str(tmp_path / "store"), tag="t")
    first, again = (package.verify(f"{tmp_path}/store/minimal:t") for _ in range(2))
    assert (first.source, first.cached, again.source, again.cached) == ("store", False, "cache", True)
    assert first.reference == again.reference == str(pushed.reference)
    assert first.digest == package.verify(minimal).digest
    cached = next(again.snapshot.folder.glob("data/client/*"))
    cached.chmod(0o644)
    cached.write_bytes(cached.read_bytes()[:-1] + b"x")
    assert package.verify(f"{tmp_path}/store/minimal:t").source == "store"


def test_equal_snapshots(minimal: Snapshot, copied: Path) -> None:
    edit_manifest(copied, name="other", made_with={})
    difference = package.diff(minimal, copied)
    assert difference.is_equal
    document = difference.to_json()
    assert document["recipe"] == {}
    rows = minimal.manifest.rows
    assert document["tables"] == {
        name: {"added": 0, "removed": 0, "changed": 0, "columns": {}, "rows": [rows[name]] * 2, "digests_equal": True, "model": {}}
        for name in rows
    }  # fmt: skip
    done = qaseed("diff", str(minimal.folder), str(copied))
    assert (done.returncode, done.stdout) == (0, "equal: recipe, columns and rows\n")


def test_other_recipes_and_rows(minimal: Snapshot, changed: Snapshot) -> None:
    done = qaseed("diff", str(minimal.folder), str(changed.folder), "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert document["equal"] is False
    assert [side["id"] for side in document["snapshots"]] == [minimal.manifest.id, changed.manifest.id]
    assert document["recipe"]["seed"] == [42, 4]
    assert (
        document["recipe"]["tenants.tenant-qa-001.client"][0]
        == minimal.manifest.recipe["tenants"]["tenant-qa-001"]["client"]
    )
    assert "profile" not in document["recipe"]
    client = document["tables"]["client"]
    assert client == {
        "added": None,
        "removed": None,
        "changed": None,
        "columns": None,
        "rows": [25, 40],
        "digests_equal": False,
        "model": {},
    }
    digests = minimal.manifest.digests, changed.manifest.digests
    equal = {name for name in digests[0] if digests[0][name] == digests[1][name]}
    assert {name for name, table in document["tables"].items() if table["digests_equal"]} == equal
    text = qaseed("diff", str(minimal.folder), str(changed.folder), COLUMNS="80")
    assert text.returncode == 1
    assert max(map(len, text.stdout.splitlines())) <= 80
    assert [line.split() for line in text.stdout.splitlines() if line.startswith(("seed ", "client ", "tenant "))] == [
        ["seed", "42", "4"], ["tenant", "3", "3", "different"], ["client", "25", "40", "different"]
    ]  # fmt: skip


def with_model(folder: Path, change: Any) -> Path:
    manifest = json.loads((folder / MANIFEST).read_bytes())
    change(manifest["model"]["entities"][0])
    edit_manifest(folder, model=manifest["model"])
    return folder


def test_other_columns(tmp_path: Path) -> None:
    one, other = tiny_snapshot(tmp_path / "one"), tiny_snapshot(tmp_path / "other")
    assert package.diff(one, other).is_equal

    def reword(entity: Any) -> None:
        entity["columns"][1]["doc"] = "Other words."

    assert package.diff(one, with_model(other, reword)).is_equal

    def change(entity: Any) -> None:
        entity["columns"][1]["nullable"] = True
        entity["columns"].append({"name": "more", "type": "date", "doc": ""})
        entity["key"] = ["id", "label"]

    difference = package.diff(one, with_model(other, change))
    assert not difference.is_equal
    thing = difference.tables["thing"]
    assert not thing.digests_equal, "equal sums of other columns are no equal rows"
    assert thing.model == {
        "label": ({"type": "text"}, {"type": "text", "nullable": True}),
        "(key)": (["id"], ["id", "label"]),
        "more": (None, {"type": "date"}),
    }
    lines = qaseed("diff", str(one), str(other)).stdout.splitlines()
    assert [line.split() for line in lines[1:4]] == [
        ["thing.label", "nullable", "none", "nullable", "True"], ["thing.(key)", "label"], ["thing.more", "type", "date"]
    ]  # fmt: skip


def test_other_defaults_are_a_difference_of_equal_rows(tmp_path: Path) -> None:
    def add(entity: Any) -> None:
        entity["columns"][1]["default"] = "a"

    one, other = tiny_snapshot(tmp_path / "one"), with_model(tiny_snapshot(tmp_path / "other"), add)
    difference = package.diff(one, other)
    assert not difference.is_equal
    assert difference.tables["thing"].digests_equal
    assert list(difference.tables["thing"].model) == ["label"]


def test_a_snapshot_of_a_version_without_defaults_is_equal(minimal: Snapshot, copied: Path) -> None:
    model = json.loads((copied / MANIFEST).read_bytes())["model"]
    for entity in model["entities"]:
        for column in entity["columns"]:
            column.pop("default", None)
    edit_manifest(copied, model=model)
    assert package.diff(minimal, copied).is_equal


def test_tables_that_only_one_has(minimal: Snapshot, tmp_path: Path) -> None:
    tiny = package.open_snapshot(tiny_snapshot(tmp_path / "tiny"))
    tables = package.diff(minimal, tiny).to_json()["tables"]
    assert (tables["client"]["removed"], tables["client"]["added"], tables["client"]["rows"]) == (25, 0, [25, None])
    assert (tables["thing"]["removed"], tables["thing"]["added"], tables["thing"]["rows"]) == (0, 2, [None, 2])
    assert qaseed("diff", str(minimal.folder), str(tiny.folder)).returncode == 1


def test_equal_digests_of_other_counts_are_a_difference(minimal: Snapshot) -> None:
    tables = dict(minimal.manifest.tables)
    tables["client"] = replace(tables["client"], rows=24)
    other = replace(minimal, manifest=replace(minimal.manifest, tables=tables))
    assert [name for name, table in package.diff(minimal, other).tables.items() if not table.is_equal] == ["client"]


def test_an_altered_snapshot_is_not_compared(minimal: Snapshot, copied: Path) -> None:
    shutil.rmtree(copied / "reports")
    done = qaseed("diff", str(minimal.folder), str(copied))
    assert (done.returncode, done.stdout) == (3, "")
