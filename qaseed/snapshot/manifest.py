"""What a snapshot says of itself: the types of its manifest, how it is written and read, and its id."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from qaseed.errors import SnapshotError, UsageError
from qaseed.model import Entity, Model
from qaseed.model_json import from_json, to_json
from qaseed.snapshot.limits import MAX_FILE_ROWS, MAX_JSON_DEPTH, MAX_MANIFEST_BYTES, MAX_PATH_LENGTH
from qaseed.snapshot.regular_files import altered, read_bounded

FORMAT = 1
"""Raised when older versions of qaseed could not read what is written."""
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
FOLDERS = {"parquet": "data", "csv": "csv"}
"""Where the files of each kind are."""
FORMATS = {"parquet": ("parquet",), "csv": ("csv",), "both": ("parquet", "csv")}
"""The kinds of files of each `--format`."""


@dataclass(frozen=True)
class File:
    """One file of rows: its path within the snapshot, its rows and bytes, and the sha256 of its bytes in hex."""

    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Table:
    """The rows of one entity: how many, their logical digest, and the files that contain them, once for each format."""

    rows: int
    digest: str
    files: tuple[File, ...]


@dataclass(frozen=True)
class Manifest:
    """What a snapshot says of itself: all that is needed to read, validate and load it without the declaration.

    It has no time, host, path or duration, so that equal recipes have equal manifests.
    """

    id: str
    """The sha256, in hex, of all that determines its rows; equal for equal recipes, whatever the file format."""
    name: str
    """The name of its folder when it was generated."""
    recipe: Mapping[str, Any]
    """All that determines its rows besides the model, as plain JSON: profile, seed, as_of, counts by tenant, ..."""
    model: Model
    """Its entities, columns and rules."""
    tables: Mapping[str, Table]
    """Its rows, by entity: how many, their logical digest, and their files."""
    made_with: Mapping[str, str]
    """The libraries that wrote it, with their versions; they do not determine its rows."""
    validation: Mapping[str, Any] | None
    """The report of the validation before it was finished; None if there was none, or only of a sample."""

    @property
    def rows(self) -> dict[str, int]:
        """Rows by entity, over all tenants; `tenant` and `scenario` too."""
        return {name: table.rows for name, table in self.tables.items()}

    @property
    def total_records(self) -> int:
        """Rows of all entities that count as records."""
        return sum(rows for name, rows in self.rows.items() if self.model.entity(name).counted)

    @property
    def digests(self) -> dict[str, str]:
        """The logical digest of each entity: equal for equal rows, in files and in Postgres."""
        return {name: table.digest for name, table in self.tables.items()}

    @property
    def summary(self) -> dict[str, Any]:
        """What identifies the snapshot in logs and reports: name, id, counts, and the main settings of its recipe."""
        recipe = self.recipe if isinstance(self.recipe, Mapping) else {}
        settings = {name: recipe.get(name) for name in ("profile", "seed", "as_of")}
        plain = {name: value for name, value in settings.items() if isinstance(value, str | int)}
        return {"snapshot": {"name": self.name, "id": self.id}, "counts": self.rows} | plain

    def to_bytes(self) -> bytes:
        """The manifest as canonical JSON."""
        return self._bytes

    @cached_property
    def _bytes(self) -> bytes:
        tables = {
            name: {"rows": table.rows, "digest": table.digest, "files": [asdict(file) for file in table.files]}
            for name, table in self.tables.items()
        }
        document = {
            "format": FORMAT,
            "id": self.id,
            "name": self.name,
            "recipe": self.recipe,
            "tables": tables,
            "validation": self.validation,
            "made_with": self.made_with,
            "model": to_json(self.model),
        }
        return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"


def identity(recipe: Mapping[str, Any], model: Model) -> str:
    """The snapshot's id, known before generating: the sha256 of all that determines the rows.

    Of the model these are its shape, the settings of its recipes and the scenarios that are included; not its wording
    and rules, nor the names of functions: what functions do follows from the generator's version in `recipe`.
    """
    included = frozenset(name for names in recipe.get("scenarios", {}).values() for name in names)
    determines = f'{{"model":{_shape(model, included)},"recipe":{_canonical(recipe)}}}'
    return hashlib.sha256(determines.encode()).hexdigest()


@lru_cache(maxsize=8)
def _shape(model: Model, included: frozenset[str]) -> str:
    """Of a model what determines rows, with those scenarios, as canonical JSON."""
    scenarios = tuple(case for case in model.scenarios if case.name in included)
    entities = tuple(map(_without_defaults, model.entities))
    shape = to_json(replace(model, scenarios=scenarios, entities=entities, is_declared=False))
    return _canonical(_drop_keys(shape, _WORDING_KEYS))


def _canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def _without_defaults(entity: Entity) -> Entity:
    """The entity with only those defaults that ids have always included: generated rows depend on none."""
    columns = tuple(
        column if column.name in ("is_synthetic", "is_active") else replace(column, default=None)
        for column in entity.columns
    )
    return replace(entity, columns=columns)


_WORDING_KEYS = {"doc", "promise", "rules", "function", "figures", "holds", "source"}
"""Keys of a model's JSON that can change without changing a row."""


def _drop_keys(data: Any, names: set[str]) -> Any:
    if isinstance(data, dict):
        return {name: _drop_keys(value, names) for name, value in data.items() if name not in names}
    return [_drop_keys(value, names) for value in data] if isinstance(data, list) else data


def read_manifest(folder: Path, sha256: str | None = None) -> Manifest:
    """The manifest of the snapshot in `folder`, whose bytes have that `sha256`, if one is given.

    Raises `SnapshotError` if it is not one that qaseed writes, before anything in it is used.
    """
    content = read_bounded(folder, MANIFEST, MAX_MANIFEST_BYTES)
    if sha256 not in (None, hashlib.sha256(content).hexdigest()):
        raise altered(folder, f"{MANIFEST} is not what {SUMS} says")
    read = _read(folder, content)
    recipe, made_with, validation = deepcopy((read.recipe, read.made_with, read.validation))
    return replace(read, recipe=recipe, made_with=made_with, validation=validation, tables=dict(read.tables))


@lru_cache(maxsize=4)
def _read(folder: Path, content: bytes) -> Manifest:
    """What the bytes of a manifest say; a process that opens a snapshot often reads each content once."""
    try:
        data = _parsed(folder, content)
        number = data.pop("format")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise altered(folder, f"{MANIFEST} is not a manifest") from None
    if number != FORMAT:
        raise SnapshotError(f"{folder}: its format is {str(number)[:40]}, this version reads {FORMAT}; upgrade qaseed")
    try:
        tables = {name: from_json(Table, table) for name, table in data.pop("tables").items()}
        model: Model = from_json(Model, data.pop("model"))
        manifest = Manifest(model=model, tables=tables, **data)
        if tables.keys() != model.by_name.keys():
            raise altered(folder, f"{MANIFEST} has other tables than its model")
        if not re.fullmatch("[0-9a-f]{64}", manifest.id) or not manifest.name.isprintable():
            raise altered(folder, f"{MANIFEST} has no id or name")
        _check_recipe(manifest.recipe)
    except (KeyError, TypeError, AttributeError, UsageError) as error:
        raise altered(folder, f"{MANIFEST} is not in order ({str(error)[:200]})") from None
    for name, table in tables.items():
        _check_table(folder, name, table)
    return manifest


def _parsed(folder: Path, content: bytes) -> dict[str, Any]:
    """The JSON of a manifest: every key once, no level too deep, and values that other programs can store."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            raise altered(folder, f"{MANIFEST} has a key twice")
        return fields

    document: dict[str, Any] = json.loads(content.decode(), object_pairs_hook=unique)
    for name, value in document.items():
        # a report of an earlier version may contain a figure that is not a number
        _check_values([name, value], finite=name != "validation")
    return document


def _check_values(level: list[Any], *, finite: bool) -> None:
    for _ in range(MAX_JSON_DEPTH):
        inner: list[Any] = []
        for value in level:
            kind = type(value)
            if kind is str:
                if not value.isascii():
                    value.encode()  # half of a surrogate pair is an error
            elif kind is dict:
                inner += value
                inner += value.values()
            elif kind is list:
                inner += value
            elif kind is float and finite and not math.isfinite(value):
                raise ValueError(value)
        if not inner:
            return
        level = inner
    raise ValueError(MAX_JSON_DEPTH)


def _check_recipe(recipe: Any) -> None:
    """The parts of a recipe that descriptions of a snapshot read have their types."""
    for tenant, counts in recipe.get("tenants", {}).items():
        if not all(type(rows) is int for rows in counts.values()):
            raise TypeError(f"the counts of {tenant[:40]!r} are not numbers")
    for tenant, names in recipe.get("scenarios", {}).items():
        if type(names) is not list or not all(type(name) is str for name in names):
            raise TypeError(f"the scenarios of {tenant[:40]!r} are not names")


def _check_table(folder: Path, name: str, table: Table) -> None:
    """The files of a table are of a known format, and have its rows, once for each format."""
    rows = dict.fromkeys(FOLDERS, 0)
    for file in table.files:
        kind = next((kind for kind, parent in FOLDERS.items() if file.path.startswith(f"{parent}/{name}/")), "")
        if not file.path.endswith(f".{kind}") or not 0 <= file.rows <= MAX_FILE_ROWS:
            raise altered(folder, f"{file.path[:MAX_PATH_LENGTH]!r} is not a file of rows of {name}")
        rows[kind] += file.rows
    formats = {kind for kind in FOLDERS for file in table.files if file.path.endswith(f".{kind}")}
    if any(rows[kind] != table.rows for kind in formats) or (table.rows and not formats):
        raise altered(folder, f"{MANIFEST} has files of {name} with other rows than {table.rows:,}")
