"""A snapshot as users give it: its folder, its name, a reference to a store, or an open one."""

from __future__ import annotations

import os

from qaseed.arguments import as_path
from qaseed.engine import unreadable
from qaseed.errors import UsageError
from qaseed.snapshot.locating import locate
from qaseed.snapshot.opening import Snapshot, open_folder
from qaseed.snapshot.referring import as_reference


def open_snapshot(snapshot: str | os.PathLike[str], *, check: bool = True) -> Snapshot:
    """Open a finished snapshot: the `Snapshot` that every other function takes.

    `snapshot` is its folder, or a name without a slash that is looked up in the folder of snapshots (`artifacts`, or
    `out` of `qaseed.toml`) where no folder has that name, or a reference to a store, such as
    `s3://bucket/qa/minimal:nightly`, which is pulled unless it is cached. Every byte is compared with SHA256SUMS,
    which takes about a second for a gigabyte on two cores, unless `check` is false.

    Raises `SnapshotError` (exit code 3) if it is missing, unfinished, altered, unreadable or of a newer format,
    `StoreError` (6) if its store fails, and `UsageError` (2) if `snapshot` is neither a path nor a reference.
    """
    folder = as_path("snapshot", snapshot)
    reference = as_reference(snapshot)
    if reference:
        from qaseed.snapshot.pulling import pull

        return pull(reference, check=check).snapshot
    try:
        return open_folder(locate(folder), check=check)
    except OSError as error:
        raise unreadable(error, folder) from None


def as_snapshot(snapshot: Snapshot | str | os.PathLike[str]) -> Snapshot:
    """A snapshot as it is given: an open one, or the folder, name or reference of one, which is opened and checked."""
    if isinstance(snapshot, Snapshot):
        return snapshot
    if not isinstance(snapshot, str | os.PathLike):
        raise UsageError(
            f"snapshot: {type(snapshot).__name__} is no snapshot; give its folder, its name, "
            "or what open_snapshot returns"
        )
    return open_snapshot(snapshot)
