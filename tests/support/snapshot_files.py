"""The files of a snapshot folder: their checksums, and a manifest changed so that the checksums still agree."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from qaseed.snapshot import MANIFEST, SUMS, sha256_of


def checksums(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def forge_record(folder: Path) -> None:
    """Write the record that a cached snapshot was checked as it is now."""
    stats = {path.relative_to(folder).as_posix(): path.lstat() for path in folder.rglob("*")}
    record = {
        path: [stat.st_mode, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
        for path, stat in stats.items()
    }
    folder.with_name(f"{folder.name}.json").write_text(json.dumps(record))


def rewrite_sums(folder: Path) -> None:
    """Make the sums right again after a change by hand."""
    lines = [f"{digest}  {path}\n" for path, digest in checksums(folder).items() if path != SUMS]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def edit_manifest(folder: Path, **changes: object) -> None:
    """Change the manifest, and the sums with it."""
    manifest = json.loads((folder / MANIFEST).read_bytes()) | changes
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    rewrite_sums(folder)


def keep_table(folder: Path, name: str) -> None:
    """Leave one table of a Parquet snapshot, with no rules and references: a changed model is scanned word by word."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    entity = next(entity for entity in manifest["model"]["entities"] if entity["name"] == name)
    entity["rules"] = []
    for column in entity["columns"]:
        column.pop("refers", None)
    for other in manifest["tables"].keys() - {name}:
        shutil.rmtree(folder / "data" / other)
    model = manifest["model"] | {"entities": [entity], "scenarios": [], "figures": []}
    edit_manifest(folder, model=model, tables={name: manifest["tables"][name]})
