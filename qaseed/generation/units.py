"""Units of work: ranges of providers with all rows that depend on them; one process generates and writes a unit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from qaseed.disk import make_parents
from qaseed.integers import Ids
from qaseed.logical_types import CSV_OPTIONS
from qaseed.model import Entity, Model
from qaseed.plan import Plan, Tenant, Tenants, batches, resolve
from qaseed.rows import Rows
from qaseed.snapshot import FOLDERS, File, sha256_of

if TYPE_CHECKING:
    import pyarrow as pa

UNIT_ROWS = 250_000
"""About the rows that a worker generates at a time. It decides how rows are split into files, and a worker's memory."""
PROVIDER = "provider"
"""The entity whose rows partition those of all others."""
ROW_GROUP = 65_536
"""Rows in a row group of Parquet."""
DATED = ("date", "timestamptz")
"""Types by whose least and greatest values a reader skips row groups; keys and references have these too."""
PACKED = ("bigint", *DATED)
"""Types that are written as packed differences: 9 % fewer bytes than plain values, and cheaper to read."""


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
    units: list[Unit] = []
    members: list[Tenant] = []
    first = stop = rows = 0
    for batch in batches(planned.tenants):
        offsets = [resolve(entity.blocks.function)(batch) for entity in planned.model.entities if entity.blocks]
        cumulative = np.sum(offsets, axis=0)
        for tenant, start, providers in zip(batch.all, batch.starts(PROVIDER), batch.counts(PROVIDER), strict=False):
            heights = cumulative[start : start + providers + 1]
            stop = 0
            while True:
                lo = stop
                room = heights[lo] + unit_rows - rows
                stop = min(max(int(np.searchsorted(heights, room, side="right")) - 1, lo + 1), int(providers))
                first = first if members else lo
                members.append(tenant)
                rows += int(heights[stop] - heights[lo])
                if rows >= unit_rows or stop < providers:
                    units.append(Unit(tuple(members), first, stop))
                    members, rows = [], 0
                if stop == providers:
                    break
    return [*units, Unit(tuple(members), first, stop)] if members else units


def rows_of(unit: Unit, model: Model) -> dict[str, Rows]:
    """The rows of a unit, by entity: rows that refer to each other look each other up."""
    tenants = Tenants(unit.tenants)
    rows: dict[str, Rows] = tenants.rows_of_unit
    for entity in model.entities:
        if entity.derived:
            ids = resolve(entity.derived.function)(model, tenants, rows.__getitem__)
        else:
            ids = _ids_of(unit, tenants, entity)
        rows[entity.name] = Rows(model, tenants, entity, ids)
    return rows


def _ids_of(unit: Unit, tenants: Tenants, entity: Entity) -> Ids:
    """The ids of the rows of an entity that belong to a unit, ascending."""
    reserved = tenants.reserved_ids(entity.name)
    if unit.first:
        reserved = Ids(reserved[tenants.owners(reserved) > 0])
    if entity.blocks:
        offsets = resolve(entity.blocks.function)(tenants)
        ordinals = np.arange(offsets[unit.first], offsets[int(tenants.starts(PROVIDER)[-2]) + unit.stop])
    else:
        starts = tenants.starts(entity.name)
        ordinals = np.arange(starts[1 if unit.first else 0], starts[-1])
    ordinary = tenants.ids(entity.name, ordinals)
    return Ids(np.sort(np.concatenate((reserved, ordinary)))) if len(reserved) else ordinary


def write_unit(planned: Plan, folder: Path, formats: Sequence[str], number: int, unit: Unit) -> list[tuple[str, File]]:
    """Generate the rows of one unit and write them, a file for each entity and format; returns the files by entity."""
    rows = rows_of(unit, planned.model)
    written: list[tuple[str, File]] = []
    for name in reversed([*rows]):  # what is written is not referenced by what is not yet written
        if len(rows[name]) or number == 0:
            written += [(name, _write(folder, kind, number, rows[name])) for kind in formats]
        rows[name].release_texts()
    for of_entity in [*rows.values()]:
        of_entity.release()
        of_entity.tenants.release()
    return written


def _write(folder: Path, kind: str, number: int, rows: Rows) -> File:
    path = f"{FOLDERS[kind]}/{rows.entity.name}/part-{number:05d}.{kind}"
    target = folder / path
    make_parents(folder, target)
    if kind == "csv":
        target.write_text(rows.frame().write_csv(**CSV_OPTIONS), encoding="utf-8", newline="")
    else:
        _write_parquet(rows, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return File(path, len(rows), target.stat().st_size, sha256_of(target))


def _write_parquet(rows: Rows, target: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = rows.entity.columns
    table = pa.table([_to_arrow(rows.column(name)) for name in rows.entity.by_name], names=list(rows.entity.by_name))
    # an open file, because pyarrow takes some names for URIs. Page checksums, because duckdb checks them by itself:
    # a query of an analyst detects a flipped bit
    with target.open("wb") as file:
        pq.write_table(
            table,
            file,
            compression="zstd",
            compression_level=1,
            row_group_size=ROW_GROUP,
            write_page_checksum=True,
            use_dictionary=[c.name for c in columns if c.type == "text" and not (c.unique or c.free_text)],
            column_encoding={c.name: "DELTA_BINARY_PACKED" for c in columns if c.type in PACKED},
            write_statistics=[c.name for c in columns if c.name in rows.entity.key or c.refers or c.type in DATED],
            store_schema=False,  # choices are written from codes, and are plain texts for every reader
        )


def _to_arrow(values: pl.Series) -> pa.Array:
    """Texts as they are in memory, without a copy; codes as a dictionary of plain texts, which alone can be written."""
    is_coded = values.dtype == pl.Enum
    return values.to_arrow(compat_level=pl.CompatLevel.oldest() if is_coded else pl.CompatLevel.newest())
