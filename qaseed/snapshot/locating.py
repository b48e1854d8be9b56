"""Folders of snapshots: where they are, which snapshots they have, and what to say when one is not found."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from pathlib import Path

from qaseed.arguments import as_home_path
from qaseed.errors import SnapshotError, UsageError
from qaseed.snapshot.manifest import MANIFEST


def output_folder(out: str | os.PathLike[str]) -> Path:
    """A folder of snapshots as the user gives it, with `~` expanded; `UsageError` if it is blank or a URL."""
    path = as_home_path("--out", out)
    if _URL.match(os.fspath(out)):
        raise UsageError(f"--out: {os.fspath(out)} is a URL; give a folder of this machine")
    return path


_URL = re.compile(r"[A-Za-z][\w+.-]+://|(?:s3|gs|gcs|az|abfss?|https?|file|hdfs|postgres(?:ql)?):/", re.IGNORECASE)
"""A path object has one slash left of a URL's two."""


def names_in(out: Path) -> list[str]:
    """The names of the finished snapshots in a folder of snapshots; none where it cannot be read."""
    try:
        return sorted(path.parent.name for path in out.glob(f"*/{MANIFEST}") if not path.parent.name.startswith("."))
    except OSError:
        return []


def not_found(name: str, out: Path) -> SnapshotError:
    """The error that there is no snapshot of that name, with those that exist."""
    from qaseed.config import profiles

    existing, last, known = names_in(out), Path(name).name, profiles()
    near = [] if last in known else get_close_matches(last, [*existing, *known], 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    hint = f" A tag needs its store: STORE/{last}." if ":" in last else hint
    profile = next((f" -e {one}" for one in (last, *near) if one in known), "")
    generate = f"`qaseed generate{profile}`"
    if not existing:
        return SnapshotError(f"Snapshot not found: {name}.{hint} No snapshots in {out}/; generate one with {generate}")
    if last in known:
        hint = f" Generate it with {generate}."
    listed = ", ".join(existing[:MAX_LISTED]) + (
        f" and {len(existing) - MAX_LISTED} more" if len(existing) > MAX_LISTED else ""
    )
    return SnapshotError(f"Snapshot not found: {name}.{hint} Snapshots in {out}/: {listed}.")


MAX_LISTED = 12
HEADER = "part.json"
"""What a part of a snapshot says of itself, written before its first unit."""


def not_openable(folder: Path) -> SnapshotError:
    """The error that a folder is not a finished snapshot, with what it is."""
    if folder.is_file():
        return SnapshotError(f"{folder}: is a file; give the folder of a snapshot")
    if not folder.is_dir():
        return not_found(str(folder), folder.parent)
    inside = names_in(folder)
    if inside:
        return SnapshotError(f"{folder}: is a folder of snapshots; name one of them: {', '.join(inside[:MAX_LISTED])}")
    if (folder / HEADER).is_file():
        return SnapshotError(f"{folder}: is a part of a snapshot; join all parts with `qaseed assemble`")
    return SnapshotError(
        f"{folder}: has no {MANIFEST}, so it is no snapshot or was never finished; generate one with `qaseed generate`"
    )


def locate(folder: Path) -> Path:
    """The folder of that path, or of that name in the folder of snapshots."""
    from qaseed.config import settings

    if len(folder.parts) != 1 or os.path.lexists(folder):
        return folder
    out = output_folder(settings().out)
    if not (out / folder).is_dir():
        raise not_found(str(folder), out)
    return out / folder
