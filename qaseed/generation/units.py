"""Units of work: ranges of providers with all rows that depend on them; one process generates and writes a unit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from qaseed.integers import Ids
from qaseed.logical_types import CSV_OPTIONS
from qaseed.model import Entity, Model
from qaseed.plan import Plan, Tenant, Tenants, resolve
from qaseed.rows import Rows
from qaseed.snapshot import FOLDERS, File, sha256_of

UNIT_ROWS = 250_000
"""About the rows that a worker generates at a time. It decides how rows are split into files, and a worker's memory."""
PROVIDER = "provider"
"""The entity whose rows partition those of all others."""
ROW_GROUP = 65_536
"""Rows in a row group of Parquet."""


@dataclass(frozen=True)
class Unit:
    """The providers `first` (of the first tenant) to `stop` (of the last, excluded), and all rows that depend on them.

    The unit with the first provider of a tenant also has its rows without a provider, and those at reserved slots.
    """

    tenants: tuple[Tenant, ...]
    first: int
    stop: int


def split_units(planned: Plan, unit_rows: int) -> list[Unit]:
    """The plan's units of work, in order: ranges of providers with about `unit_rows` dependent rows."""
    group = Tenants(planned.tenants)
    offsets = [resolve(entity.blocks.function)(group) for entity in planned.model.entities if entity.blocks]
    cumulative = np.sum(offsets, axis=0)
    starts = group.starts(PROVIDER).tolist()
    units: list[Unit] = []
    members: list[Tenant] = []
    first = rows = 0
    for n, tenant in enumerate(planned.tenants):
        lo, end = starts[n : n + 2]
        while True:
            room = cumulative[lo] + unit_rows - rows
            stop = min(max(int(np.searchsorted(cumulative, room, side="right")) - 1, lo + 1), end)
            first = first if members else lo - starts[n]
            members.append(tenant)
            rows += int(cumulative[stop] - cumulative[lo])
            if rows >= unit_rows or stop < end:
                units.append(Unit(tuple(members), first, stop - starts[n]))
                members, rows = [], 0
            if stop == end:
                break
            lo = stop
    return [*units, Unit(tuple(members), first, end - starts[-2])] if members else units


def ids_in(unit: Unit, model: Model, tenants: Tenants, entity: Entity) -> Ids:
    """The ids of the rows of an entity that belong to a unit of these tenants, ascending."""
    if entity.derived:
        ids: Ids = resolve(entity.derived.function)(
            model, tenants, lambda name: ids_in(unit, model, tenants, model.entity(name))
        )
        return ids
    begun = tenants.reserved_ids(entity.name)
    if entity.blocks:
        offsets = resolve(entity.blocks.function)(tenants)
        last = int(tenants.starts(PROVIDER)[-2]) + unit.stop
        ordinals = np.arange(offsets[unit.first], offsets[last])
    else:
        starts = tenants.starts(entity.name)
        ordinals = np.arange(starts[1 if unit.first else 0], starts[-1])
    if unit.first:
        begun = Ids(begun[tenants.owners(begun) > 0])
    return Ids(np.sort(np.concatenate((begun, tenants.ids(entity.name, ordinals)))))


def rows_in(unit: Unit, model: Model, tenants: Tenants, entity: Entity) -> Rows:
    """The rows of an entity that belong to a unit of these tenants."""
    return Rows(model, tenants, entity, ids_in(unit, model, tenants, entity))


def write_unit(planned: Plan, folder: Path, formats: Sequence[str], number: int, unit: Unit) -> list[tuple[str, File]]:
    """Generate the rows of one unit and write them, a file for each entity and format; returns the files by entity."""
    tenants = Tenants(unit.tenants)
    written: list[tuple[str, File]] = []
    for entity in planned.model.entities:
        frame = rows_in(unit, planned.model, tenants, entity).frame()
        if len(frame) or number == 0:
            written += [(entity.name, _write(folder, entity.name, kind, number, frame)) for kind in formats]
    return written


def _write(folder: Path, entity: str, kind: str, number: int, frame: pl.DataFrame) -> File:
    path = f"{FOLDERS[kind]}/{entity}/part-{number:05d}.{kind}"
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if kind == "csv":
        target.write_text(frame.write_csv(**CSV_OPTIONS), encoding="utf-8", newline="")
    else:
        _write_parquet(frame, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return File(path, len(frame), target.stat().st_size, sha256_of(target))


def _write_parquet(frame: pl.DataFrame, target: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    plain = [
        pa.field(field.name, pa.string() if pa.types.is_large_string(field.type) else field.type)
        for field in table.schema
    ]
    # an open file, because pyarrow takes some names for URIs. Page checksums, because duckdb checks them by itself:
    # a query of an analyst detects a flipped bit
    with target.open("wb") as file:
        pq.write_table(
            table.cast(pa.schema(plain)),
            file,
            compression="zstd",
            compression_level=1,
            row_group_size=ROW_GROUP,
            write_page_checksum=True,
        )
