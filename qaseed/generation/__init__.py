"""Plan to files: worker processes generate units of rows, which become a snapshot once everything is checked."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qaseed import audit, digest, evidence, validation, words
from qaseed.config import find_profile
from qaseed.errors import FindingsError, SnapshotError, UsageError, nearest
from qaseed.generation.building import build_folder, publish
from qaseed.generation.units import UNIT_ROWS, split_units, write_unit
from qaseed.generation.workers import worker_map
from qaseed.plan import GENERATOR, Plan, Tenant, plan, resolve
from qaseed.practice.tables import model_of
from qaseed.profiles import PROFILES, Profile
from qaseed.snapshot import (
    FOLDERS,
    FORMATS,
    MANIFEST,
    File,
    Manifest,
    Snapshot,
    Table,
    finish,
    identity,
    open_catalog,
    open_snapshot,
    output_folder,
)

if TYPE_CHECKING:
    import duckdb

LIBRARIES = ("qaseed", "duckdb", "polars", "pyarrow", "tzdata")
LOCALE_LIBRARIES = ("Faker", "mimesis")
"""Where the names of a locale come from."""

Progress = Callable[[str, int, int], None]
"""Called with a phase, and with records done and in all: 0 in all if they cannot be counted, 1 and 1 at the end."""


@dataclass(frozen=True)
class Generated:
    """The result of `generate`."""

    snapshot: Snapshot
    """The finished snapshot."""
    reused: bool
    """Whether it existed before."""
    report: validation.Report | None
    """The result of validation; None if the snapshot was reused or not validated."""
    seconds: float
    """Wall time in all."""
    phases: Mapping[str, float]
    """Seconds of wall time by phase (generate, digest, validate, finish); empty if the snapshot was reused."""


NAME_LIBRARIES = ("Faker", "anyascii", "mimesis")
"""Whose names, and spelling of them, a locale has."""


def recipe_of(planned: Plan) -> dict[str, Any]:
    """Everything that determines the rows besides the model, as plain JSON."""
    first = planned.tenants[0]
    return {
        "generator": GENERATOR,
        "profile": planned.profile,
        "seed": first.seed,
        "as_of": first.as_of.isoformat(),
        "tenants": {tenant.slug: dict(tenant.counts) for tenant in planned.tenants},
        "scenarios": {tenant.slug: list(tenant.scenario_names) for tenant in planned.tenants},
        "shares": {name: dict(parts) for name, parts in first.settings_by_name.get("shares", ())},
        "modes": dict(first.settings_by_name.get("modes", ())),
        "locale": first.settings_by_name.get("locale", ""),
        "adversarial": first.settings_by_name.get("adversarial", False),
        "words": words.digest(first.settings_by_name.get("locale", "")),
        "tzdata": version("tzdata"),
    } | _optional_parts(first)


def _optional_parts(tenant: Tenant) -> dict[str, Any]:
    """Parts of the recipe that only some profiles have."""
    parts: dict[str, Any] = {}
    if "locale" in tenant.settings_by_name:
        parts["libraries"] = {name: version(name) for name in NAME_LIBRARIES}
    if "tables" in tenant.settings_by_name:
        parts["tables"] = tenant.settings_by_name["tables"]
    return parts


def generate(
    profile: Profile | str,
    out: str | os.PathLike[str] = "artifacts",
    *,
    format: str = "parquet",  # noqa: A002  # the word on the command line
    workers: int | None = None,
    replace_other: bool = False,
    validated: bool = True,
    sample_size: int | None = None,
    strict: bool = False,
    progress: Progress | None = None,
) -> Generated:
    """Generate the snapshot of a profile in `out/<profile>`, or reuse it; the result is checked and complete.

    - `profile`: a name (`minimal`, `standard`, `load_test`, `integration`, or one of `qaseed.toml`) or a
      `QADataProfile`. A variant (another seed, date, size or number of tenants) goes to `out/<profile>-<first 8 of
      its id>`.
    - `out`: the folder of snapshots, created if missing.
    - `format`: `parquet`, `csv` or `both`.
    - `workers`: processes that generate rows, 1 to 1024, by default one for each core; never changes the data.
    - `replace_other`: replace another snapshot in the same folder, which is refused otherwise.
    - `validated`: check every rule before the snapshot is finished; `sample_size` limits the rows of free text that are
      read (all by default), `strict` fails on warnings too.
    - `progress`: called with the phase, the records done in it, and in all (0 where they cannot be counted).

    Raises `UsageError` (exit code 2) for impossible arguments, another snapshot in the folder, or a folder that
    cannot be written; `ResourceError` (2) for lack of memory or disk; `FindingsError` (1) if the rows break a rule.
    After an error or an interrupt, `out` is unchanged.
    """
    started = time.perf_counter()
    shape = find_profile(profile) if isinstance(profile, str) else profile
    if not isinstance(shape, Profile):
        raise UsageError(f"profile: {type(shape).__name__} is no profile; give a name or a QADataProfile")
    planned, recipe, id_, folder = check(shape, out, format, workers)
    existing = _existing_snapshot(folder, id_, recipe, format, replace_other=replace_other)
    facts = _audit_facts(shape, planned, id_, folder)
    if existing:
        audit.record("generate", **facts, reused=True)
        return Generated(existing, True, None, time.perf_counter() - started, {})
    phases = {}
    _record_overrides(facts, replaced=replace_other and folder.exists(), unchecked=not validated)
    with audit.recorded("generate", **facts) as event, build_folder(folder) as building:
        files = _generate_files(planned, building, FORMATS[format], workers, progress)
        phases["generate"] = time.perf_counter() - started
        read = FOLDERS[FORMATS[format][0]]
        paths = {
            name: [file.path for file in group if file.path.startswith(f"{read}/")] for name, group in files.items()
        }
        if progress:
            progress("check", 0, 0)
        with open_catalog(building, planned.model, paths, where=folder) as connection:
            tables = _tables(connection, planned, files)
            expected = {name: table.rows for name, table in tables.items()} | planned.rows
            phases["digest"] = time.perf_counter() - started - sum(phases.values())
            report = None
            if validated:
                report = validation.validate(
                    connection, planned.model, shape.as_of, expected, sample_size, recipe["shares"]
                )
                event.facts |= report.summary
                phases["validate"] = time.perf_counter() - started - sum(phases.values())
        if progress:
            progress("check", 1, 1)
        if report and not report.ok(strict=strict):
            raise FindingsError(f"{folder}: {report.headline()}; nothing was written")
        summary = report.to_json() if report and report.whole else None
        libraries = {name: version(name) for name in LIBRARIES + (LOCALE_LIBRARIES if recipe["locale"] else ())}
        manifest = Manifest(id_, folder.name, recipe, planned.model, tables, libraries, summary)
        if report and report.whole:
            evidence.write(building, manifest, report)
        finish(building, manifest)
        publish(building, folder, id_, replace_other=replace_other)
        phases["finish"] = time.perf_counter() - started - sum(phases.values())
    return Generated(Snapshot(folder, manifest), False, report, time.perf_counter() - started, phases)


def _audit_facts(shape: Profile, planned: Plan, id_: str, folder: Path) -> dict[str, Any]:
    """The audit log's facts about a snapshot before it is generated; `Manifest.summary` has the same."""
    named = {"snapshot": {"name": folder.name, "id": id_}, "counts": planned.rows}
    return named | {"profile": shape.slug, "seed": shape.seed, "as_of": shape.as_of.isoformat()}


def _record_overrides(named: Mapping[str, Any], *, replaced: bool, unchecked: bool) -> None:
    if replaced:
        audit.record("override", **named, reason="another snapshot in its folder is replaced")
    if unchecked:
        audit.record("override", **named, reason="its rules are not checked")


def _address(shape: Profile, out: str | os.PathLike[str]) -> tuple[Plan, dict[str, Any], str, Path]:
    """The plan, recipe, id and folder of a snapshot, all known before anything is generated."""
    parent = output_folder(out)
    model = model_of(shape.tables)
    planned = plan(model, shape)
    if model.limits:
        resolve(model.limits.function)(planned.tenants)
    recipe = recipe_of(planned)
    id_ = identity(recipe, model)
    varied = shape.variant or shape != PROFILES.get(shape.slug, shape)
    return planned, recipe, id_, parent / (f"{shape.slug}-{id_[:8]}" if varied else shape.slug)


def check(
    shape: Profile,
    out: str | os.PathLike[str],
    format: str,  # noqa: A002  # the word on the command line
    workers: int | None,
) -> tuple[Plan, dict[str, Any], str, Path]:
    """Check the arguments of `generate` before anything is started or written: `UsageError` if they are impossible."""
    if format not in FORMATS:
        raise UsageError(f"--format: {format!r} is not a format; {nearest(format, FORMATS)}")
    if workers is not None and not 1 <= workers <= 1024:
        raise UsageError(f"--workers: {workers}; give a number from 1 to 1024")
    addressed = _address(shape, out)
    folder = addressed[-1].parent
    nearest_path = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not nearest_path.is_dir():
        raise UsageError(f"{folder}: cannot be written ({nearest_path} is not a folder); choose another --out")
    return addressed


def planned(shape: Profile, out: str | os.PathLike[str]) -> tuple[Path, str, dict[str, int], bool]:
    """What `generate` would do: the folder of the snapshot, its id, its rows, and whether it exists."""
    plan_, _, id_, folder = _address(shape, out)
    exists = (folder / MANIFEST).is_file() and open_snapshot(folder, check=False).manifest.id == id_
    return folder, id_, plan_.rows, exists


def _existing_snapshot(
    folder: Path, id_: str, recipe: Mapping[str, Any], format_: str, *, replace_other: bool
) -> Snapshot | None:
    """The snapshot in `folder`, if it is the one asked for; `UsageError` if the folder contains something else."""
    if folder.is_symlink() and not folder.exists():
        raise UsageError(f"{folder}: is a link to nothing; remove it")
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    if not (folder / MANIFEST).is_file():
        raise UsageError(f"{folder}: exists and is not a snapshot; move it away or choose another --out")
    try:
        existing = open_snapshot(folder)
    except SnapshotError:
        if replace_other:
            return None
        raise
    folders = {FOLDERS[kind] for kind in FORMATS[format_]}
    if existing.manifest.id == id_ and all((folder / name).is_dir() for name in folders):
        return existing
    if replace_other:
        return None
    what = (
        "the same rows in another format"
        if existing.manifest.id == id_
        else f"another snapshot (id {existing.manifest.id[:8]}{_difference(existing.manifest.recipe, recipe)})"
    )
    raise UsageError(f"{folder}: contains {what}; use --replace, or choose another --out")


def _difference(existing: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """The parts of the recipe in which two snapshots differ, as words to add."""
    names = [name for name, value in wanted.items() if existing.get(name) != value]
    return f", other {', '.join(names)}" if names else ""


def _generate_files(
    planned: Plan, folder: Path, formats: Sequence[str], workers: int | None, progress: Progress | None
) -> dict[str, list[File]]:
    units = split_units(planned, UNIT_ROWS)
    files: dict[str, list[File]] = {entity.name: [] for entity in planned.model.entities}
    counted = {entity.name for entity in planned.model.entities if entity.counted}
    done, total = 0, planned.total_records
    if progress:
        progress("generate", 0, total)
    with worker_map(min(workers or os.cpu_count() or 1, len(units))) as mapped:
        for written in mapped(partial(write_unit, planned, folder, formats), range(len(units)), units):
            for name, file in written:
                files[name].append(file)
                if name in counted and file.path.startswith(f"{FOLDERS[formats[0]]}/"):
                    done += file.rows
            if progress:
                progress("generate", done, total)
    return files


def _tables(connection: duckdb.DuckDBPyConnection, planned: Plan, files: Mapping[str, list[File]]) -> dict[str, Table]:
    """Read the files back for the logical digest of each entity."""
    tables = {}
    for entity in planned.model.entities:
        rows, left, right = connection.execute(digest.duckdb_sql(entity, f'"{entity.name}"')).fetchall()[0]
        tables[entity.name] = Table(rows, digest.digest(left, right), tuple(files[entity.name]))
    return tables
