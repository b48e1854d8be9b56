"""Units that are made by tasks, wherever those run: each is whole in its place, with a record of it, or not there."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from functools import partial

from qaseed.errors import UsageError
from qaseed.generation.completing import Progress
from qaseed.generation.engines import Engine, engine_map
from qaseed.generation.request import versions
from qaseed.generation.unit_folder import UnitFolder
from qaseed.generation.unit_records import Files, by_entity
from qaseed.generation.unit_store import UnitStore
from qaseed.generation.units import UNIT_ROWS, Unit, split_units, write_unit
from qaseed.model import Model
from qaseed.plan import Plan
from qaseed.snapshot import File
from qaseed.snapshot.limits import MAX_FILES

Place = UnitFolder | UnitStore
"""Where units are kept."""


def make_unit(to: Place, planned: Plan, formats: Sequence[str], number: int, unit: Unit) -> tuple[int, Files]:
    """Generate a unit and keep it; returns its number and files."""
    with to.aside() as aside:
        files = by_entity(write_unit(planned, aside, formats, number, unit))
        to.keep(number, aside, files)
    return number, files


def _make_alike(
    expected: Mapping[str, str], to: Place, planned: Plan, formats: Sequence[str], number: int, unit: Unit
) -> tuple[int, Files]:
    """Make a unit, wherever this runs; `UsageError` where other versions would write other bytes."""
    actual = versions()
    other = [
        f"{name} {actual[name]} and not {version}" for name, version in expected.items() if actual[name] != version
    ]
    if other:
        raise UsageError(f"worker on {platform.node()}: has {', '.join(other)}; install the same versions on all")
    return make_unit(to, planned, formats, number, unit)


def units_of(planned: Plan, formats: Sequence[str]) -> list[Unit]:
    """The units of a snapshot, whoever makes them; `UsageError` if their files are more than a snapshot may have."""
    units = split_units(planned, UNIT_ROWS)
    files = len(units) * len(planned.model.entities) * len(formats)
    if files > MAX_FILES:
        raise UsageError(
            f"profile {planned.profile!r}: {planned.total_records:,} records are about {files:,} files, and a snapshot "
            f"has at most {MAX_FILES:,}; ask for fewer rows, or for one format"
        )
    return units


def make_units(
    planned: Plan,
    to: Place,
    formats: Sequence[str],
    units: Mapping[int, Unit],
    of: int,
    engine: Engine,
    progress: Progress | None,
) -> dict[int, Files]:
    """Make units, by number, of so many in all, where the engine says; returns the files of each.

    `progress` gets the records of each unit that is there.
    """
    counted = {entity.name for entity in planned.model.entities if entity.counted}
    done, total = 0, planned.total_records * len(units) // of
    by_unit: dict[int, Files] = {}
    if progress:
        progress("generate", 0, total)
    task = partial(_make_alike, versions(), to, planned, formats)
    with engine_map(engine, len(units)) as mapped:
        for number, files in mapped(task, units.keys(), units.values()):
            if engine.is_elsewhere:
                to.check(files)
            by_unit[number] = files
            done += sum(file.rows for name in counted for file in files.get(name, ())) // len(formats)
            if progress:
                progress("generate", done, max(done, total) if len(by_unit) < len(units) else done)
    return by_unit


def joined(model: Model, by_unit: Mapping[int, Files]) -> dict[str, list[File]]:
    """The files of units in the order of their numbers, by entity."""
    return {
        entity.name: [file for number in sorted(by_unit) for file in by_unit[number].get(entity.name, ())]
        for entity in model.entities
    }
