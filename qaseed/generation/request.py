"""What is asked for, checked before anything is started: the plan of a snapshot, its recipe, its id and its folder."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from qaseed import words
from qaseed.config import find_profile
from qaseed.errors import SnapshotError, UsageError, nearest
from qaseed.generation.engines import check_workers
from qaseed.plan import GENERATOR, Plan, Tenant, plan, resolve
from qaseed.practice.tables import model_for
from qaseed.profiles import PROFILES, Profile
from qaseed.snapshot import FOLDERS, FORMATS, MANIFEST, Snapshot, identity, open_snapshot, output_folder

LIBRARIES = ("qaseed", "duckdb", "polars", "pyarrow", "tzdata")
NAME_LIBRARIES = ("Faker", "anyascii", "mimesis")
"""Whose names, and spelling of them, a locale has."""


def as_profile(profile: Profile | str) -> Profile:
    """A profile by its name, or as it is; `UsageError` for anything else."""
    shape = find_profile(profile) if isinstance(profile, str) else profile
    if not isinstance(shape, Profile):
        raise UsageError(f"profile: {type(shape).__name__} is no profile; give a name or a QADataProfile")
    return shape


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
    if "additions" in tenant.settings_by_name:
        parts["additions"] = json.loads(tenant.settings_by_name["additions"])
    return parts


def versions() -> dict[str, str]:
    """The versions of the libraries that every snapshot is made with."""
    return {name: version(name) for name in LIBRARIES}


def libraries_of(recipe: Mapping[str, Any]) -> dict[str, str]:
    """The versions of the libraries that write the files of such a snapshot."""
    return {name: version(name) for name in LIBRARIES + (NAME_LIBRARIES if recipe["locale"] else ())}


def _address(shape: Profile, out: str | os.PathLike[str]) -> tuple[Plan, dict[str, Any], str, Path]:
    """The plan, recipe, id and folder of a snapshot, all known before anything is generated."""
    parent = output_folder(out)
    model = model_for(shape)
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
    workers: int | None = None,
) -> tuple[Plan, dict[str, Any], str, Path]:
    """Check the arguments of `generate` before anything is started or written: `UsageError` if they are impossible."""
    if format not in FORMATS:
        raise UsageError(f"--format: {format!r} is not a format; {nearest(format, FORMATS)}")
    check_workers(workers)
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


def existing_snapshot(
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
