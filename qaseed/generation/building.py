"""Where a snapshot is built: a locked folder beside its place, renamed into it when it is finished, gone otherwise."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qaseed.errors import SnapshotError, UsageError
from qaseed.snapshot import open_snapshot

OLD = "old"
"""What is being replaced stands aside under this name, until the new one is in its place."""


@contextmanager
def built_beside(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` to build in, gone afterwards whatever happens; those of killed runs are removed too."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        building, handle = _begin(folder)
    except OSError as error:
        raise UsageError(f"{folder.parent}: cannot be written ({error.strerror}); choose another --out") from None
    try:
        yield building
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise SnapshotError(f"{folder}: the disk is full; free some space, nothing was left behind") from None
        raise UsageError(f"{folder}: cannot be written ({error.strerror}); choose another --out") from None
    finally:
        os.close(handle)
        shutil.rmtree(building, ignore_errors=True)


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """While no other run makes, sweeps or swaps folders in `parent`."""
    handle = os.open(parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _begin(folder: Path) -> tuple[Path, int]:
    """A new folder to build in, locked for as long as the handle is open; unlocked ones are of killed runs, and go."""
    with _alone(folder.parent):
        for left in folder.parent.glob(f".{folder.name}.*.partial"):
            _put_back(left / OLD, folder)
            _remove_unlocked(left)
        building = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
        building.chmod(0o755)
        handle = os.open(building, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        return building, handle


def _put_back(old: Path, folder: Path) -> None:
    """Undo the half of a replacement that a killed run had done."""
    if old.is_dir() and not folder.exists():
        old.rename(folder)


def _remove_unlocked(left: Path) -> None:
    handle = os.open(left, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(left, ignore_errors=True)
    except BlockingIOError:
        pass  # another run is building there
    finally:
        os.close(handle)


def publish(building: Path, folder: Path, id_: str, *, replace_other: bool) -> None:
    """Put the finished snapshot in its place by rename; if another run was faster with the same one, leave that."""
    if replace_other and folder.exists():
        with _alone(folder.parent):
            aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
            folder.rename(aside / OLD)
            building.rename(folder)
            shutil.rmtree(aside, ignore_errors=True)
        return
    try:
        building.rename(folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        if open_snapshot(folder).manifest.id != id_:
            raise UsageError(
                f"{folder}: another run has put another snapshot there; use --replace, or choose another --out"
            ) from None
