"""The files of a folder from elsewhere: regular files only, never through a link, and never more than is expected."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from qaseed.errors import SnapshotError
from qaseed.snapshot.limits import MAX_FILES


def altered(folder: Path, what: str) -> SnapshotError:
    """The error that a snapshot is not what was written."""
    return SnapshotError(f"{folder}: {what}; the snapshot was altered or cut short, get a fresh copy")


def is_there(path: Path) -> bool:
    """Whether there is anything of that name, also a link to nothing; `OSError` where the folder cannot be searched."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def is_regular(path: Path) -> bool:
    """Whether there is a file of that name, and no link, folder, pipe or device; `OSError` as for `is_there`."""
    return is_there(path) and stat.S_ISREG(path.lstat().st_mode)


def read_bounded(folder: Path, name: str, limit: int) -> bytes:
    """The bytes of a file of the snapshot; `SnapshotError` if it is not regular, or has more than `limit` bytes."""
    if not is_regular(folder / name):
        raise altered(folder, f"{name} is not a regular file")
    with (folder / name).open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise altered(folder, f"{name} has more than {limit:,} bytes")
    return content


def walk(folder: Path) -> Iterator[str]:
    """The path in the folder of each of its files; `SnapshotError` if anything is neither a file nor a folder."""
    pending, entries = [""], 0
    while pending:
        parent = pending.pop()
        with os.scandir(folder / parent) as listing:
            for entry in listing:
                path, entries = f"{parent}{entry.name}", entries + 1
                if entries > MAX_FILES:
                    raise altered(folder, f"it has more than {MAX_FILES:,} files")
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{path}/")
                elif entry.is_file(follow_symlinks=False):
                    yield path
                else:
                    raise altered(folder, f"{path} is not a regular file")
