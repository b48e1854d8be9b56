"""The snapshot of a test run: a profile, a folder, a name, or a reference."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import qaseed
from qaseed.disk import replacing
from qaseed.errors import SnapshotError
from qaseed.folders import cache_folder
from qaseed.profiles import PROFILES, Profile
from qaseed.snapshot import Snapshot, open_snapshot


def snapshot_for_tests(name: str) -> Snapshot:
    """The snapshot of a profile, which is generated once in the user's cache, or the one that `open_snapshot` opens.

    Processes that ask for the same profile at the same time get the same snapshot: one generates, the others wait.
    """
    from qaseed.config import profiles

    if Path(name).name != name or name not in {*PROFILES, *profiles()}:
        return open_snapshot(name)
    from qaseed.config import find_profile

    profile, folder = find_profile(name), cache_folder() / "tests"
    known = folder / f"known-{_request(profile)}"
    with suppress(OSError, ValueError, SnapshotError):
        return open_snapshot(os.fsdecode(known.read_bytes()))
    return _generated(profile, folder, known)


def _generated(profile: Profile, folder: Path, known: Path) -> Snapshot:
    """The snapshot of a profile by its id, which only the generators know; `known` then names its folder."""
    from qaseed.generation import generate, planned

    _, id_, _, _ = planned(profile, folder)
    snapshot = generate(profile, folder / id_[:16]).snapshot  # a profile of qaseed.toml that was edited is another
    if not profile.locale:  # whose names are those of installed libraries
        with replacing(known) as file:
            file.write(os.fsencode(snapshot.folder))
    return snapshot


def _request(profile: Profile) -> str:
    """A hash of all that the id of a profile's snapshot follows from: the profile, and the files of this version.

    To import the generators, and to compute the id, takes longer than all else that a first test needs.
    """
    files = sorted(_files(os.path.dirname(qaseed.__file__)))  # noqa: PTH120  # pathlib takes three times as long
    return hashlib.sha256(repr((profile, version("tzdata"), files)).encode()).hexdigest()[:32]


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    """The files of the package: path, size, and when it was written."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path) if entry.name != "__pycache__" else ()
            else:
                status = entry.stat()
                yield entry.path, status.st_size, status.st_mtime_ns
