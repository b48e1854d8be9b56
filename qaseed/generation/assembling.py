"""Parts to one snapshot: what was made on many machines, checked and joined, is what one run would have made."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from qaseed import audit
from qaseed.errors import SnapshotError, UsageError
from qaseed.generation.building import build_folder, publish
from qaseed.generation.completing import Checks, Draft, Generated, Phases, Progress, complete
from qaseed.generation.making import Place, joined
from qaseed.generation.parts import PartHeader, differences, model_digest, place_of, read_header
from qaseed.generation.request import existing_snapshot
from qaseed.generation.unit_folder import UnitFolder
from qaseed.generation.unit_records import Files, all_files
from qaseed.model import Model
from qaseed.practice.tables import model_of
from qaseed.snapshot import FORMATS, Snapshot, identity, output_folder
from qaseed.stores.transfer import parallel


def assemble(
    parts: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str] = "artifacts",
    *,
    replace_other: bool = False,
    validated: bool = True,
    sample_size: int | None = None,
    strict: bool = False,
    progress: Progress | None = None,
) -> Generated:
    """Join parts into the snapshot that one run would have made: the same files, digests and manifest.

    - `parts`: folders that `generate_part` made, or references to stores, in any order; they stay. On one file system
      files are linked, not copied.
    - `out`, `replace_other`, `validated`, `sample_size`, `strict`, `progress`: as those of `generate`.

    Raises `UsageError` (2) if parts are of different snapshots, models or versions, or two have the same unit;
    `SnapshotError` (3) if a unit is missing, or a file is not what its part says; `FindingsError` (1) if the rows break
    a rule. After an error `out` is unchanged.
    """
    phases = Phases()
    headers = _read_headers(parts)
    owners = _owners(headers)
    header = next(iter(headers.values()))
    formats = FORMATS[header.format]
    units = parallel(lambda owner: _read(owner[1], owner[0], formats), owners.items())
    by_unit = dict(zip(owners, units, strict=True))
    folder = output_folder(out) / header.name
    existing = existing_snapshot(folder, header.id, header.recipe, header.format, replace_other=replace_other)
    model = _model_of(header.recipe)
    files = joined(model, by_unit)
    draft = Draft(header.id, header.name, header.recipe, model, header.made_with, formats, files)
    facts = {"snapshot": {"name": header.name, "id": header.id}, "counts": draft.rows, "parts": len(headers)}
    if existing:
        audit.record("assemble", **facts, reused=True)
        return Generated(existing, True, None, phases.total, {})
    with audit.recorded("assemble", **facts) as event, build_folder(folder) as building:
        parallel(lambda owner: _join(owner[1], building, by_unit[owner[0]]), owners.items(), os.cpu_count() or 1)
        phases.end("assemble")
        checks = Checks(validated, sample_size, strict)
        manifest, report = complete(draft, building, folder, checks, phases, event, progress)
        publish(building, folder, header.id, replace_other=replace_other)
        phases.end("finish")
    return Generated(Snapshot(folder, manifest), False, report, phases.total, phases.seconds)


def _read_headers(parts: Sequence[str | os.PathLike[str]]) -> dict[Place, PartHeader]:
    """The parts by their places, all of one snapshot and of this version's model."""
    places = [place_of(part) for part in parts]
    if not places:
        raise UsageError("PART: none is given; give what `qaseed generate --part` printed")
    headers = {place: read_header(place) for place in places}
    (first, header), *others = headers.items()
    for path, other in others:
        different = differences(header, other, ignored=("first", "stop"))
        if different:
            raise UsageError(f"{path}: has another {different} than {first}; make all parts alike")
    model = _model_of(header.recipe)
    if header.model != model_digest(model) or header.id != identity(header.recipe, model):
        theirs = str(header.made_with.get("qaseed"))
        raise UsageError(f"{first}: its model is another than this version's; assemble it with qaseed {theirs}")
    return headers


def _model_of(recipe: Mapping[str, Any]) -> Model:
    tables, locale, modes = recipe.get("tables", "core"), recipe.get("locale", ""), recipe.get("modes", {})
    return model_of(tables, locale, modes, recipe.get("additions"))


def _owners(headers: Mapping[Place, PartHeader]) -> dict[int, Place]:
    """Which part each unit is taken from: every unit is in exactly one."""
    owners: dict[int, Place] = {}
    for path, header in headers.items():
        for number in range(header.first, header.stop):
            if number in owners:
                raise UsageError(f"{path}: unit {number} is in {owners[number]} too; give one of them")
            owners[number] = path
    units = next(iter(headers.values())).units
    missing = [number for number in range(units) if number not in owners]
    if missing:
        raise SnapshotError(
            f"parts: none of them has unit {_named(missing)}, of {units} from 0 on; give the parts that have them"
        )
    return dict(sorted(owners.items()))


def _named(numbers: Sequence[int]) -> str:
    """Ascending numbers as ranges, the first three of them."""
    groups = groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    runs = [[number for _, number in run] for _, run in groups]
    named = ", ".join(f"{run[0]} to {run[-1]}" if run[1:] else f"{run[0]}" for run in runs[:3])
    return named + (", ..." if runs[3:] else "")


def _read(place: Place, number: int, formats: Sequence[str]) -> Files:
    try:
        return place.read(number, formats)
    except ValueError:
        raise SnapshotError(f"{place}: unit {number} is not finished; run its `qaseed generate --part` again") from None


def _join(place: Place, building: Path, files: Files) -> None:
    """Put the files of a unit in their places, and compare each byte with its record."""
    for file in all_files(files):
        target = building / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            place.fetch(file, target)
        except FileNotFoundError:
            raise SnapshotError(f"{place}: {file.path} is missing; generate the part again") from None
        if not UnitFolder(building).is_whole(file):
            raise SnapshotError(f"{place}: {file.path} is not what its unit says; generate the part again")
