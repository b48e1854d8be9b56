"""A snapshot with few of another one's columns, to load: each column takes time in the client and in the server."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from qaseed import digest
from qaseed.disk import sha256_of
from qaseed.logical_types import CSV_OPTIONS
from qaseed.model import Entity, Model
from qaseed.snapshot import FOLDERS, File, Snapshot, Table, finish, open_catalog, open_snapshot
from support.applications import REQUIRED_COLUMNS

FURTHER = {
    "tenant": {"status", "timezone", "currency", "external_ref", "created_at"},
    "location": {"code", "city", "state"},
    "provider": {"supervisor_id", "npi", "phone", "hire_date"},
    "client": {
        *("guardian_id", "mrn", "middle_name", "last_name", "preferred_name", "email", "phone_mobile", "city", "state"),
        *("status", "further_dx", "copay_cents", "balance_cents"),
        *("external_ref", "created_by", "created_at", "updated_at"),
    },
    "appointment": {"status", "group_id", "created_at"},
    "note": {"appointment_id", "amends_id", "signed_by", "note_type", "plan", "phq9"},
    "ledger_entry": {"appointment_id", "currency", "reference"},
    "scenario": {"external_ref"},
}
"""Columns besides the keys and those that an INSERT cannot leave out."""


def narrowed(snapshot: Snapshot, folder: Path) -> Snapshot:
    """A snapshot in both formats with all rows of another one, few of its columns, and no rules and scenarios."""
    manifest = snapshot.manifest
    entities = tuple(map(_narrow, manifest.model.entities))
    model = Model(manifest.model.name, manifest.model.doc, entities, is_declared=False)
    files = {entity.name: tuple(_write(snapshot, folder, entity)) for entity in entities}
    with open_catalog(folder, model, {name: [of_entity[0].path] for name, of_entity in files.items()}) as rows:
        tables = {}
        for entity in entities:
            count, left, right = rows.execute(digest.duckdb_sql(entity, entity.name)).fetchall()[0]
            tables[entity.name] = Table(count, digest.digest(left, right), files[entity.name])
    number = hashlib.sha256(manifest.id.encode()).hexdigest()
    finish(folder, replace(manifest, id=number, model=model, tables=tables, validation=None))
    return open_snapshot(folder)


def _narrow(entity: Entity) -> Entity:
    kept = {*entity.key, *REQUIRED_COLUMNS[entity.name], *FURTHER[entity.name], "is_synthetic", "is_active"}
    columns = tuple(column for column in entity.columns if column.name in kept)
    return replace(entity, columns=columns, rules=())


def _write(snapshot: Snapshot, folder: Path, entity: Entity) -> list[File]:
    """The files of one entity, Parquet first."""
    files = []
    (read,) = (snapshot.folder / file.path for file in snapshot.files(entity.name, "parquet"))
    table = pq.read_table(read, columns=list(entity.by_name))
    for kind, parent in FOLDERS.items():
        path = f"{parent}/{entity.name}/part-00000.{kind}"
        (folder / path).parent.mkdir(parents=True)
        if kind == "csv":
            frame = pl.DataFrame(pl.from_arrow(table))
            (folder / path).write_text(frame.write_csv(**CSV_OPTIONS), encoding="utf-8", newline="")
        else:
            pq.write_table(table, folder / path, compression="zstd", store_schema=False)
        size = (folder / path).stat().st_size
        files.append(File(path, len(table), size, sha256_of(folder / path)))
    return files
