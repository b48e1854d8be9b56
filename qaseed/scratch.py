"""Folders that exist as long as the run that uses them.

A run locks its folders with `flock`, and the kernel releases the locks of a killed run. So whatever is unlocked was
left behind, and the next run removes it. The folders themselves are locked, not files beside them: nothing else is left
in a user's folder, and a lock ends with what it protects.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qaseed.disk import FULL
from qaseed.errors import ResourceError, UsageError

OLD = "old"
"""The name under which a replaced snapshot is kept in a partial folder, until the new one is in its place."""
UNITS = "units"
"""The folder in which units of rows are written, with a record of each; no finished snapshot has it."""
_SPILL = "qaseed-spill-"
_PARTIAL = re.compile(r"\.(?P<name>.+)\.[a-z0-9_]+\.partial")
_PARTS = {
    OLD,
    UNITS,
    "data",
    "csv",
    "reports",
    "reasons.csv",
    "SHA256SUMS",
    "manifest.json",
    ".manifest.json",
    "DATASHEET.md",
    "ATTESTATION.md",
}
"""What a partial snapshot may contain; a folder with anything else was not created by qaseed and stays."""


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Let no other run create, sweep or swap folders in `folder` while the block runs."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def partial(folder: Path) -> Path:
    """A new folder beside `folder`, for a snapshot that is built or replaced; the caller has `exclusive` access."""
    return Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))


def lock(folder: Path, waiting: Callable[[], object] = lambda: None) -> int:
    """Lock a folder as long as the returned handle is open; `waiting` is called if another run has locked it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def sweep_partial(folder: Path) -> None:
    """Remove what killed runs were building in a folder of snapshots; the caller has `exclusive` access.

    A snapshot that was being replaced is put back. What cannot be removed stays.
    """
    for left in folder.glob(".*.partial"):
        partial_name = _PARTIAL.fullmatch(left.name)
        with suppress(OSError):
            if partial_name and not left.is_symlink() and {path.name for path in left.iterdir()} <= _PARTS:
                put_back(left / OLD, folder / partial_name["name"])
                _remove_unlocked(left)


def put_back(old: Path, path: Path) -> None:
    """Move a replaced snapshot back to its path, unless the new one is already there."""
    if old.is_dir() and not path.exists():
        old.rename(path)


def _remove_unlocked(left: Path) -> None:
    """Remove a folder of this user unless a run has locked it, which is `BlockingIOError`."""
    handle = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(handle).st_uid == os.geteuid():
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
    finally:
        os.close(handle)


@contextmanager
def spill_folder() -> Iterator[Path]:
    """A folder in `TMPDIR` for what is needed until the block ends; removes those of killed runs first."""
    # the name is known before the folder exists, so that an interrupt at any moment finds what to remove
    folder = Path(tempfile.gettempdir()) / f"{_SPILL}{secrets.token_hex(8)}"
    handles: list[int] = []
    try:
        try:
            for left in Path(tempfile.gettempdir()).glob(f"{_SPILL}*"):
                with suppress(OSError):
                    _remove_unlocked(left)
            while not (handles and folder.is_dir()):
                folder.mkdir(mode=0o700, exist_ok=True)
                with suppress(FileNotFoundError):  # another run may sweep it before it is locked
                    handles.append(lock(folder))
        except OSError as error:
            message = f"{folder.parent}: cannot be written ({error.strerror}); set TMPDIR to another folder"
            raise UsageError(message) from None
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for handle in handles:
            os.close(handle)


@contextmanager
def spilling() -> Iterator[None]:
    """Name the temporary folder if it is full; the block writes to no other disk."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        message = f"{tempfile.gettempdir()}: the disk is full; free some space, or set TMPDIR to another folder"
        raise ResourceError(message) from None
