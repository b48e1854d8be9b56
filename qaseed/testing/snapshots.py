"""The snapshot of a test run: a profile, a folder, a name, or a reference."""

from __future__ import annotations

from pathlib import Path

from qaseed.folders import cache_folder
from qaseed.profiles import PROFILES
from qaseed.snapshot import Snapshot, open_snapshot


def snapshot_for_tests(name: str) -> Snapshot:
    """The snapshot of a profile, which is generated once in the user's cache, or the one that `open_snapshot` opens.

    Processes that ask for the same profile at the same time get the same snapshot: one generates, the others wait.
    """
    from qaseed.config import profiles

    if Path(name).name != name or name not in {*PROFILES, *profiles()}:
        return open_snapshot(name)
    from qaseed.config import find_profile
    from qaseed.generation import generate, planned

    profile, folder = find_profile(name), cache_folder() / "tests"
    _, id_, _, _ = planned(profile, folder)
    return generate(profile, folder / id_[:16]).snapshot  # a profile of qaseed.toml that was edited is another
