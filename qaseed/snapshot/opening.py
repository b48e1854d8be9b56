"""Snapshots that are open: found, checked, and readable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from qaseed.engine import unreadable
from qaseed.model import NOW, Column, Entity
from qaseed.model_json import from_json
from qaseed.snapshot.catalog import open_catalog
from qaseed.snapshot.contents import check_contents
from qaseed.snapshot.integrity import check_bytes, check_files, read_sums
from qaseed.snapshot.locating import not_openable
from qaseed.snapshot.manifest import FOLDERS, MANIFEST, File, Manifest, read_manifest
from qaseed.snapshot.regular_files import is_there

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Snapshot:
    """A finished snapshot in a folder of this machine; `open_snapshot` and `generate` return them."""

    folder: Path
    """Where its files are."""
    manifest: Manifest
    """Its tables, files and recipe, and the model that describes them."""

    def files(self, entity: str, kind: str) -> tuple[File, ...]:
        """The entity's files of a format, `parquet` or `csv`; empty if the snapshot has none of it."""
        return tuple(file for file in self.manifest.tables[entity].files if file.path.startswith(f"{FOLDERS[kind]}/"))

    @cached_property
    def kind(self) -> str:
        """The format to read: Parquet where it has both."""
        return "parquet" if any(self.files(name, "parquet") for name in self.manifest.tables) else "csv"

    def catalog(
        self, threads: int | None = None, memory: int | None = None
    ) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A duckdb with a view of each entity's rows, which can be queried and not reconfigured; close it by `with`.

        The first one checks that the files of rows are what the manifest says, and expand within bounds. Raises
        `SnapshotError` (3) where they cannot be read, `UsageError` (2) for a query of tables or columns it lacks.
        """
        self.check_contents()
        paths = {name: [file.path for file in self.files(name, self.kind)] for name in self.manifest.tables}
        return open_catalog(self.folder, self.manifest.model, paths, threads, memory=memory)

    def check_contents(self) -> None:
        """Check once that files of rows have the columns, types and rows of the manifest, and expand within bounds."""
        _ = self._checked

    @cached_property
    def _checked(self) -> bool:
        try:
            check_contents(self.folder, self.manifest, self.kind)
        except OSError as error:
            raise unreadable(error, self.folder) from None
        return True

    @property
    def bytes(self) -> int:
        """Bytes of all files of rows."""
        return sum(file.bytes for table in self.manifest.tables.values() for file in table.files)


def open_folder(folder: Path, *, check: bool = True, known: Mapping[str, str] | None = None) -> Snapshot:
    """Open the snapshot in a folder, with every byte compared with SHA256SUMS unless `check` is false.

    `known` has the sha256 of files that the caller has just written and hashed; these are not read again.
    """
    try:
        if not is_there(folder / MANIFEST):
            raise not_openable(folder)
        sums = read_sums(folder) if check else {}
        manifest = read_manifest(folder, sums.pop(MANIFEST) if check else None)
        check_files(folder, manifest, sums if check else None)
        check_bytes(folder, sums, known)
    except OSError as error:
        raise unreadable(error, folder) from None
    return Snapshot(folder, manifest)


def with_defaults(snapshot: Snapshot) -> Snapshot:
    """The snapshot with the defaults that its tables are created with.

    A snapshot of a version without defaults for applications gets the first ones that there were, for columns that
    accept them and are equal in type and bounds."""
    model = snapshot.manifest.model
    if any(column.default == NOW for entity in model.entities for column in entity.columns):
        return snapshot
    if model.name != "practice":
        return snapshot
    known = _first_defaults()

    def with_default(entity: Entity, column: Column) -> Column:
        first = known.get((entity.name, column.name))
        if first is None or (column.choices and first.default not in column.choices):
            return column
        # equal in type and bounds
        if replace(column, default=first.default) != replace(
            first, doc=column.doc, recipe=column.recipe, choices=column.choices
        ):
            return column
        return replace(column, default=first.default) if column.default is None else column

    entities = tuple(
        replace(entity, columns=tuple(with_default(entity, column) for column in entity.columns))
        for entity in model.entities
    )
    return replace(snapshot, manifest=replace(snapshot.manifest, model=replace(model, entities=entities)))


def _first_defaults() -> dict[tuple[str, str], Column]:
    """The columns with a default of the first version that had them; later columns are in no older snapshot."""
    content = Path(__file__).with_name("first_defaults.json").read_text(encoding="utf-8")
    return {
        (entity, column["name"]): from_json(Column, {**column, "doc": ""})
        for entity, columns in json.loads(content).items()
        for column in columns
    }
