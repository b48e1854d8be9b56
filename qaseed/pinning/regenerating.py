"""From the recipe of a lock file to the same rows, without a store: what was locked replaces itself."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qaseed.errors import QaseedError, SnapshotError, StoreError, UsageError
from qaseed.folders import cache_folder
from qaseed.installation import explain
from qaseed.lockfile import LockedSnapshot
from qaseed.profiles import PROFILES, RECORDS, Profile
from qaseed.snapshot import Snapshot, open_snapshot

if TYPE_CHECKING:
    from qaseed.generation import Progress

IRRELEVANT = {"tzdata"}
"""Parts of a recipe that may differ where the rows do not: whether they do is decided by the digests."""


def generated_before(locked: LockedSnapshot) -> Snapshot | None:
    """The snapshot that was generated for a locked one before, if recipe, bytes and digests are as locked."""
    for folder in sorted(_parent(locked).glob("*/")):
        if not folder.name.startswith("."):
            try:
                snapshot = open_snapshot(folder)
            except SnapshotError:
                shutil.rmtree(folder, ignore_errors=True)
                continue
            same_recipe = _relevant(snapshot.manifest.recipe) == _relevant(locked.recipe)
            if same_recipe and snapshot.manifest.digests == locked.digests:
                return snapshot
    return None


def _relevant(recipe: Any) -> dict[str, Any]:
    return {name: value for name, value in dict(recipe).items() if name not in IRRELEVANT}


def regenerate(locked: LockedSnapshot, progress: Progress | None = None) -> Snapshot:
    """Generate a locked snapshot from its recipe; its rows are equal, by the logical digest of each table.

    Raises `StoreError` (exit code 6) that says why this installation cannot.
    """
    try:
        from qaseed.generation import generate
    except ModuleNotFoundError as error:
        raise StoreError(f"this installation only restores: {explain(error)}") from None
    try:
        snapshot = generate(
            _checked_profile(locked), _parent(locked), format=locked.format, replace_other=True, progress=progress
        ).snapshot
    except StoreError:
        raise
    except QaseedError as error:
        raise StoreError(f"generating it failed ({error})") from None
    tables = different_tables(locked.digests, snapshot.manifest.digests)
    if tables:
        shutil.rmtree(_parent(locked), ignore_errors=True)
        raise StoreError(f"generated rows of {', '.join(tables)} are not the locked ones{_versions(locked)}")
    return snapshot


def _checked_profile(locked: LockedSnapshot) -> Profile:
    """The profile of the locked recipe; `StoreError` where this installation would generate other rows."""
    from qaseed.plan import GENERATOR

    generator = locked.recipe.get("generator")
    if generator != GENERATOR:
        wrote, installed = locked.made_with.get("qaseed"), _installed("qaseed")
        other = f"install qaseed {wrote}, or " if wrote and wrote != installed else ""
        raise StoreError(
            f"its recipe is for version {generator} of the generator, and qaseed {installed} has version {GENERATOR}; "
            f"{other}lock it anew"
        )
    profile = profile_of(locked.recipe, locked.name)
    built_in = PROFILES.get(profile.slug)
    if built_in and not _differences(built_in, locked.recipe):
        return built_in
    if different := _differences(profile, locked.recipe):
        raise StoreError(f"its recipe has other {' and '.join(different)} than this installation{_versions(locked)}")
    return profile


def _differences(profile: Profile, recipe: Mapping[str, Any]) -> list[str]:
    """In what the recipe of a profile differs from another one that gives other rows."""
    from qaseed.generation import recipe_of
    from qaseed.plan import plan
    from qaseed.practice.tables import model_for

    current = recipe_of(plan(model_for(profile), profile))
    return [name for name in {**current, **recipe} if current.get(name) != recipe.get(name) and name not in IRRELEVANT]


def different_tables(locked: Mapping[str, str], actual: Mapping[str, str]) -> list[str]:
    """The tables that only one of them has, or whose rows differ."""
    return [name for name in {**locked, **actual} if locked.get(name) != actual.get(name)]


def profile_of(recipe: Mapping[str, Any], name: str) -> Profile:
    """The profile whose recipe this is, for a snapshot of that name; `UsageError` if it is no recipe."""
    try:
        counts = list(recipe["tenants"].values())
        scenarios = {scenario for tenant in recipe["scenarios"].values() for scenario in tenant}
        return Profile(
            name=recipe["profile"],
            description="",
            target_seed_time_seconds=1,
            record_counts={entity: sum(tenant[entity] for tenant in counts) for entity in RECORDS.values()},
            slug=recipe["profile"],
            seed=recipe["seed"],
            as_of=dt.date.fromisoformat(recipe["as_of"]),
            tenants=len(counts),
            shares=recipe["shares"],
            modes=recipe["modes"],
            locale=recipe["locale"],
            scenarios=tuple(sorted(scenarios)) or ("none",),
            adversarial=recipe["adversarial"],
            tables=recipe.get("tables", "core"),
            **recipe.get("additions", {}),
            variant=name != recipe["profile"],
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UsageError(f"the recipe in the lock file is not in order ({error!r}); `qaseed lock --update`") from None


def _versions(locked: LockedSnapshot) -> str:
    """The libraries whose versions differ from those that the lock names, as the end of a sentence."""
    different = [
        f"{name} {locked.made_with[name]} wrote it, this is {_installed(name)}"
        for name in sorted(locked.made_with)
        if locked.made_with[name] != _installed(name)
    ]
    return f" ({'; '.join(different)}); install those versions, or lock it anew" if different else "; lock it anew"


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _parent(locked: LockedSnapshot) -> Path:
    digest = locked.reference.digest or ""
    return cache_folder() / "generated" / digest.removeprefix("sha256:")
