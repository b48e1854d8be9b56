"""Units of work: ranges of providers with all rows that depend on them; one process generates and writes a unit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from qaseed.addresses import FIRST_ORDINARY_SLOT
from qaseed.integers import Slots
from qaseed.logical_types import CSV_OPTIONS
from qaseed.model import Entity
from qaseed.plan import Plan, Tenant, resolve
from qaseed.rows import Rows
from qaseed.snapshot import FOLDERS, File, sha256_of

UNIT_ROWS = 250_000
"""About the rows that a worker generates at a time. It decides how rows are split into files, and a worker's memory."""
ROW_GROUP = 65_536
"""Rows in a row group of Parquet."""


@dataclass(frozen=True)
class UnitPart:
    """A part of a unit: the providers `first` to `stop` (excluded) of a tenant, and all rows that depend on them.

    The part with the first provider also has the rows without a provider, and those at reserved slots.
    """

    tenant: Tenant
    first: int
    stop: int


def split_units(planned: Plan, unit_rows: int) -> list[tuple[UnitPart, ...]]:
    """The plan's units of work, in order: ranges of providers with about `unit_rows` dependent rows."""
    units: list[tuple[UnitPart, ...]] = []
    unit: list[UnitPart] = []
    rows = 0
    for tenant in planned.tenants:
        blocks = [resolve(entity.blocks.function)(tenant) for entity in planned.model.entities if entity.blocks]
        cumulative = np.sum(blocks, axis=0)
        first, last = 0, len(cumulative) - 1
        while True:
            stop = int(np.searchsorted(cumulative, cumulative[first] + max(unit_rows - rows, 1), side="right")) - 1
            stop = min(max(stop, first + 1), last)
            unit.append(UnitPart(tenant, first, stop))
            rows += int(cumulative[stop] - cumulative[first])
            if rows >= unit_rows or stop < last:
                units.append(tuple(unit))
                unit, rows = [], 0
            if stop == last:
                break
            first = stop
    return [*units, tuple(unit)] if unit else units


def rows_in(part: UnitPart, planned: Plan, entity: Entity) -> Rows:
    """The rows of an entity that belong to a part of a unit."""
    if entity.derived:
        slots = resolve(entity.derived.function)(planned.model, part.tenant, part.first, part.stop)
    elif entity.blocks:
        blocks = resolve(entity.blocks.function)(part.tenant)
        slots = FIRST_ORDINARY_SLOT + np.arange(blocks[part.first], blocks[part.stop], dtype=np.int64)
        if part.first == 0:
            slots = np.concatenate((part.tenant.reserved_slots(entity.name), slots))
    else:
        slots = part.tenant.slots(entity.name) if part.first == 0 else np.zeros(0, dtype=np.int64)
    return Rows(planned.model, part.tenant, entity, Slots(slots))


def write_unit(
    planned: Plan, folder: Path, formats: Sequence[str], number: int, unit: Sequence[UnitPart]
) -> list[tuple[str, File]]:
    """Generate the rows of one unit and write them, a file for each entity and format; returns the files by entity."""
    frames: dict[str, list[pl.DataFrame]] = {entity.name: [] for entity in planned.model.entities}
    for part in unit:
        for entity in planned.model.entities:
            frames[entity.name].append(rows_in(part, planned, entity).frame())
    written: list[tuple[str, File]] = []
    for name, parts in frames.items():
        frame = pl.concat(parts)
        if len(frame) or number == 0:
            written += [(name, _write(folder, name, kind, number, frame)) for kind in formats]
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
