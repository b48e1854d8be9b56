"""What differs between two snapshots: settings of the recipe, columns of the model, rows by count and digest."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qaseed.model import Model
from qaseed.model_json import to_json
from qaseed.snapshot.manifest import Table
from qaseed.snapshot.opening import Snapshot, with_defaults
from qaseed.snapshot.resolving import as_snapshot

Pair = tuple[Any, Any]


@dataclass(frozen=True)
class TableDifference:
    """A table of two snapshots; what only one of them has is None in place of the other's."""

    rows: Pair
    """How many rows each has."""
    digests_equal: bool
    """Whether the rows are equal: of the same columns, with the same logical digest."""
    model: Mapping[str, Pair]
    """By column, its definitions where they differ, as plain JSON; `(key)` is the table's key."""

    @property
    def is_equal(self) -> bool:
        """Whether nothing of the table differs."""
        return self.digests_equal and not self.model

    def to_json(self) -> dict[str, Any]:
        """The difference as plain JSON: numbers of rows are null where only a comparison row by row would give them."""
        before, after = self.rows
        is_known = self.digests_equal or before is None or after is None
        return {
            "added": (after or 0) if is_known and not self.digests_equal else 0 if is_known else None,
            "removed": (before or 0) if is_known and not self.digests_equal else 0 if is_known else None,
            "changed": 0 if is_known else None,
            "columns": {} if is_known else None,
            "rows": list(self.rows),
            "digests_equal": self.digests_equal,
            "model": {name: list(pair) for name, pair in self.model.items()},
        }


@dataclass(frozen=True)
class Difference:
    """What differs between two snapshots, by their manifests."""

    snapshots: tuple[Snapshot, Snapshot]
    recipe: Mapping[str, Pair]
    """By setting, such as `tenants.tenant-qa-001.client`, both values where they differ; None where one has none."""
    tables: Mapping[str, TableDifference]
    """All tables of both."""

    @property
    def is_equal(self) -> bool:
        """Whether recipe, columns and rows are equal; names, formats of files and versions of libraries may differ."""
        return not self.recipe and all(table.is_equal for table in self.tables.values())

    def to_json(self) -> dict[str, Any]:
        """What `qaseed diff --json` prints."""
        return {
            "equal": self.is_equal,
            "snapshots": [
                {"snapshot": str(side.folder), "name": side.manifest.name, "id": side.manifest.id}
                for side in self.snapshots
            ],
            "recipe": {name: list(pair) for name, pair in self.recipe.items()},
            "tables": {name: table.to_json() for name, table in self.tables.items()},
        }


def diff(a: Snapshot | str | os.PathLike[str], b: Snapshot | str | os.PathLike[str]) -> Difference:
    """Compare two snapshots by their recipes, the columns of their models, and counts and digests of their tables.

    Each is a folder, a name, a reference to a store, or what `open_snapshot` returns. Rows are not read: equal digests
    of equal columns are equal rows. Wording, rules and recipes of columns are not compared.

    Raises `SnapshotError` (exit code 3) if one is missing, unfinished or altered.
    """
    first, second = (with_defaults(as_snapshot(side)) for side in (a, b))
    recipes = [dict(_settings(side.manifest.recipe)) for side in (first, second)]
    models = [_definitions(side.manifest.model) for side in (first, second)]
    names = dict.fromkeys([*first.manifest.tables, *second.manifest.tables])
    tables = {
        name: _compare(
            first.manifest.tables.get(name),
            second.manifest.tables.get(name),
            _differing(models[0].get(name, {}), models[1].get(name, {})),
        )
        for name in names
    }
    return Difference((first, second), _differing(*recipes), tables)


def _compare(before: Table | None, after: Table | None, model: Mapping[str, Pair]) -> TableDifference:
    if before is None or after is None:
        return TableDifference((before and before.rows, after and after.rows), False, model)
    of_other_columns = any(_type(one) != _type(other) for one, other in model.values())
    are_equal = (before.rows, before.digest) == (after.rows, after.digest) and not of_other_columns
    return TableDifference((before.rows, after.rows), are_equal, model)


def _type(definition: Any) -> Any:
    return definition.get("type") if isinstance(definition, Mapping) else definition and "key"


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Pair]:
    names = dict.fromkeys([*before, *after])
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _settings(recipe: Mapping[str, Any], parent: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in recipe.items():
        if isinstance(value, Mapping) and value:
            yield from _settings(value, f"{parent}{name}.")
        else:
            yield f"{parent}{name}", value


def _definitions(model: Model) -> dict[str, dict[str, Any]]:
    """By table and column, what the column accepts: all of its definition but wording and recipe."""
    return {
        entity.name: {
            column.name: {key: value for key, value in to_json(column).items() if key not in ("name", "doc", "recipe")}
            for column in entity.columns
        }
        | {"(key)": list(entity.key)}
        for entity in model.entities
    }
