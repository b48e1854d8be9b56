"""Plan to files: worker processes generate units of rows, which become a snapshot once everything is checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from qaseed import audit
from qaseed.generation.assembling import assemble
from qaseed.generation.building import build_folder, publish
from qaseed.generation.completing import Checks, Draft, Generated, Phases, Progress, complete
from qaseed.generation.engines import Engine
from qaseed.generation.invalid_rows import publish_invalid
from qaseed.generation.making import joined, make_units, units_of
from qaseed.generation.parts import Part, PartResult, generate_part
from qaseed.generation.request import as_profile, check, existing_snapshot, libraries_of, planned, recipe_of
from qaseed.generation.storing import Stored, generate_to_store
from qaseed.generation.unit_folder import UnitFolder
from qaseed.generation.unit_store import is_store
from qaseed.plan import Plan
from qaseed.profiles import Profile
from qaseed.snapshot import FORMATS, Snapshot

__all__ = [
    "Engine",
    "Generated",
    "Part",
    "PartResult",
    "Progress",
    "Stored",
    "assemble",
    "check",
    "generate",
    "generate_part",
    "generate_to_store",
    "is_store",
    "planned",
    "recipe_of",
]


def generate(
    profile: Profile | str,
    out: str | os.PathLike[str] = "artifacts",
    *,
    format: str = "parquet",  # noqa: A002  # the word on the command line
    workers: int | None = None,
    engine: str = "processes",
    scheduler: str | None = None,
    executor: Executor | None = None,
    replace_other: bool = False,
    validated: bool = True,
    sample_size: int | None = None,
    strict: bool = False,
    invalid: bool = False,
    progress: Progress | None = None,
) -> Generated:
    """Generate the snapshot of a profile in `out/<profile>`, or reuse it; the result is checked and complete.

    - `profile`: a name (`minimal`, `standard`, `load_test`, `integration`, or one of `qaseed.toml`) or a
      `QADataProfile`. A variant (another seed, date, size or number of tenants) goes to `out/<profile>-<first 8 of
      its id>`.
    - `out`: the folder of snapshots, created if missing.
    - `format`: `parquet`, `csv` or `both`.
    - `workers`: processes or threads that generate rows, 1 to 1024, by default one for each core. In a daemonic
      process, such as one of `multiprocessing.Pool`, it starts none and does without.
    - `engine`: where rows are generated: `processes`, `threads`, or `dask`, the cluster of `scheduler`
      (`tcp://HOST:PORT`), whose workers share `out`.
    - `executor`: any `concurrent.futures.Executor` instead of an engine. None of these ever changes the data.
    - `replace_other`: replace another snapshot in the same folder, which is refused otherwise.
    - `validated`: check every rule before the snapshot is finished; `sample_size` limits the rows of free text that are
      read (all by default), `strict` fails on warnings too.
    - `invalid`: write rows that an importer must refuse too, beside the snapshot in `out/<its name>.invalid`.
    - `progress`: called with the phase, the records done in it, and in all (0 where they cannot be counted).

    Raises `UsageError` (exit code 2) for impossible arguments, another snapshot in the folder, or a folder that
    cannot be written; `ResourceError` (2) for lack of memory or disk; `FindingsError` (1) if the rows break a rule.
    After an error or an interrupt, `out` is unchanged.
    """
    phases = Phases()
    where = Engine(workers, engine, scheduler, executor)
    shape = as_profile(profile)
    planned, recipe, id_, folder = check(shape, out, format)
    invalid_folder = folder.with_name(f"{folder.name}.invalid")
    existing = existing_snapshot(folder, id_, recipe, format, replace_other=replace_other)
    facts = _audit_facts(shape, planned, id_, folder)
    if existing:
        audit.record("generate", **facts, reused=True)
        refused = publish_invalid(existing, invalid_folder, replace_other=replace_other) if invalid else None
        return Generated(existing, True, None, phases.total, {}, refused)
    _record_overrides(facts, replaced=replace_other and folder.exists(), unchecked=not validated)
    with audit.recorded("generate", **facts) as event, build_folder(folder) as building:
        to, formats = UnitFolder(building.absolute()), FORMATS[format]
        units = units_of(planned, formats)
        by_unit = make_units(planned, to, formats, dict(enumerate(units)), len(units), where, progress)
        to.forget()
        phases.end("generate")
        draft = Draft(
            id_, folder.name, recipe, planned.model, libraries_of(recipe), formats, joined(planned.model, by_unit)
        )
        checks = Checks(validated, sample_size, strict)
        manifest, report = complete(draft, building, folder, checks, phases, event, progress)
        refused = (
            publish_invalid(Snapshot(building, manifest), invalid_folder, replace_other=replace_other)
            if invalid
            else None
        )
        publish(building, folder, id_, replace_other=replace_other)
        phases.end("finish")
    return Generated(Snapshot(folder, manifest), False, report, phases.total, phases.seconds, refused)


def _audit_facts(shape: Profile, planned: Plan, id_: str, folder: Path) -> dict[str, Any]:
    """The audit log's facts about a snapshot before it is generated; `Manifest.summary` has the same."""
    named = {"snapshot": {"name": folder.name, "id": id_}, "counts": planned.rows}
    return named | {"profile": shape.slug, "seed": shape.seed, "as_of": shape.as_of.isoformat()}


def _record_overrides(named: Mapping[str, Any], *, replaced: bool, unchecked: bool) -> None:
    if replaced:
        audit.record("override", **named, reason="another snapshot in its folder is replaced")
    if unchecked:
        audit.record("override", **named, reason="its rules are not checked")
