"""`qaseed.lock`: which snapshots an application uses, by digest, and all that is needed to generate them again."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qaseed.disk import replacing
from qaseed.errors import UsageError, nearest
from qaseed.stores.reference import Reference, parse_reference

LOCK = "qaseed.lock"
VERSION = 1
"""Raised when older versions of qaseed could not read what is written."""
HEADER = """\
# Written by `qaseed lock`; commit it. `qaseed pull --frozen` gives exactly these snapshots, wherever it runs.
"""
FORMATS = ("parquet", "csv", "both")


@dataclass(frozen=True)
class LockedSnapshot:
    """A snapshot that an application uses."""

    reference: Reference
    """Where it is, and its digest; the tag is what `qaseed lock --update` looks up."""
    id: str
    """The sha256, in hex, of all that determines its rows."""
    format: str
    """`parquet`, `csv` or `both`."""
    digests: Mapping[str, str]
    """The logical digest of each table."""
    made_with: Mapping[str, str]
    """The libraries that wrote it, with their versions, and those that its words come from."""
    recipe: Mapping[str, Any]
    """All that determines its rows besides the model."""

    @property
    def name(self) -> str:
        """Its name in the store, by which the application asks for it."""
        return self.reference.name


@dataclass(frozen=True)
class Lock:
    """A lock file."""

    path: Path
    snapshots: tuple[LockedSnapshot, ...] = ()

    def location(self, snapshot: LockedSnapshot) -> Reference:
        """Where a snapshot is: a relative folder of the file is relative to the file."""
        store = snapshot.reference.store
        if is_relative(store):
            store = os.path.normpath(self.path.parent / store)
        return replace(snapshot.reference, store=store)

    def find(self, name: str) -> LockedSnapshot:
        """The snapshot of that name, or of its name with the locked tag or digest; `UsageError` with those that are
        locked.
        """
        for snapshot in self.snapshots:
            reference = replace(snapshot.reference, store="")
            forms = (reference, replace(reference, tag=None), replace(reference, digest=None))
            if name in (snapshot.name, *(str(form).lstrip("/") for form in forms)):
                return snapshot
        known = nearest(name, [snapshot.name for snapshot in self.snapshots])
        raise UsageError(f"{self.path}: locks no {name!r}; {known}; `qaseed lock REF` adds it")

    def with_snapshot(self, added: LockedSnapshot) -> Lock:
        """The lock with a snapshot more, or another one of its name."""
        others = [snapshot for snapshot in self.snapshots if snapshot.name != added.name]
        return replace(self, snapshots=tuple(sorted([*others, added], key=lambda snapshot: snapshot.name)))


def is_relative(store: str) -> bool:
    """Whether a store is a folder that depends on another one."""
    return "://" not in store and not Path(store).is_absolute()


def find_lock_file() -> Path | None:
    """The nearest lock file, in the working folder or one above it; None if there is none."""
    try:
        folder = Path.cwd()
    except OSError:
        raise UsageError("the current folder is gone; change to another one") from None
    return next((path / LOCK for path in (folder, *folder.parents) if _is_file(path / LOCK)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def read_lock(path: Path) -> Lock:
    """The lock of a file; `UsageError` (exit code 2) names the line, or the snapshot and key, that is not in order."""
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8; restore it from version control") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); `qaseed lock REF` writes one") from None
    except ValueError as error:
        raise UsageError(f"{path}: cannot be read as TOML ({str(error).splitlines()[0]}); correct it") from None
    version = data.pop("version", None)
    if version != VERSION:
        raise UsageError(f"{path}: its version is {version!r}, this qaseed reads {VERSION}; upgrade qaseed")
    tables = data.pop("snapshot", [])
    if data or not isinstance(tables, list):
        unknown = next(iter(data), "snapshot")
        raise UsageError(f"{path}: {unknown!r} does not belong there; it has a version and tables [[snapshot]]")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == "[[snapshot]]"]
    snapshots: list[LockedSnapshot] = []
    for number, table in enumerate(tables):
        where = f"{path}, line {lines[number]}" if len(lines) == len(tables) else f"{path}, snapshot {number + 1}"
        try:
            snapshot = _snapshot(table)
        except (ValueError, KeyError, TypeError) as error:
            what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise UsageError(f"{where}: {what}; write it anew with `qaseed lock --update`") from None
        if snapshot.name in {other.name for other in snapshots}:
            raise UsageError(f"{where}: {snapshot.name!r} is locked twice; remove one of them")
        snapshots.append(snapshot)
    return Lock(path, tuple(snapshots))


_TEXTS = ("name", "store", "reference", "id", "format", "digest_version")
_TABLES = ("digests", "made_with", "recipe")


def _check_types(table: Any) -> None:
    """Exactly the keys that are known, each a text or a table."""
    if not isinstance(table, dict):
        raise TypeError("is no table")
    for name, value in table.items():
        if name not in (*_TEXTS, *_TABLES):
            raise ValueError(f"has the key {name!r}, which is not known")
        if not isinstance(value, str if name in _TEXTS else dict):
            raise TypeError(f"{name} is {value!r}, which is no {'text' if name in _TEXTS else 'table'}")
    for name, version in table["made_with"].items():
        if not isinstance(version, str):
            raise TypeError(f"made_with.{name} is {version!r}, which is no version")


def _snapshot(table: Any) -> LockedSnapshot:
    _check_types(table)
    texts, tables = ({name: table[name] for name in names} for names in (_TEXTS, _TABLES))
    reference = parse_reference(f"{texts['store'].rstrip('/')}/{texts['reference']}")
    if reference.name != texts["name"] or "/" in texts["reference"] or reference.digest is None:
        raise ValueError(f"reference is {texts['reference']!r}, not {texts['name']}:TAG@sha256:DIGEST")
    if not re.fullmatch("[0-9a-f]{64}", texts["id"]):
        raise ValueError(f"id is {texts['id']!r}, which is no sha256 in hex")
    if texts["format"] not in FORMATS:
        raise ValueError(f"format is {texts['format']!r}; {nearest(texts['format'], FORMATS)}")
    _check_digests(tables["digests"], texts["digest_version"])
    return LockedSnapshot(
        reference,
        texts["id"],
        texts["format"],
        tables["digests"],
        tables["made_with"],
        tables["recipe"],
    )


def _check_digests(digests: Mapping[str, Any], version: str) -> None:
    if not digests:
        raise ValueError("digests has no table")
    for name, value in digests.items():
        if not isinstance(value, str) or not re.fullmatch(rf"{re.escape(version)}-[0-9a-f]{{32}}", value):
            raise ValueError(f"digests.{name} is {value!r}, which is no digest of version {version}")


def write_lock(lock: Lock) -> None:
    """Write a lock file, whole or not at all; equal locks are equal files."""
    import tomli_w

    tables = [_table(snapshot) for snapshot in lock.snapshots]
    content = HEADER + tomli_w.dumps({"version": VERSION, "snapshot": tables})
    try:
        with replacing(lock.path) as file:
            file.write(content.encode())
    except OSError as error:
        raise UsageError(f"{lock.path}: cannot be written ({error.strerror}); check the folder") from None


def _table(snapshot: LockedSnapshot) -> dict[str, Any]:
    reference = snapshot.reference
    tag = f":{reference.tag}" if reference.tag else ""
    return {
        "name": reference.name,
        "store": reference.store,
        "reference": f"{reference.name}{tag}@{reference.digest}",
        "id": snapshot.id,
        "format": snapshot.format,
        "digest_version": next(iter(snapshot.digests.values())).partition("-")[0],
        "digests": dict(snapshot.digests),
        "made_with": dict(sorted(snapshot.made_with.items())),
        "recipe": dict(snapshot.recipe),
    }
