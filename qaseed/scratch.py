"""Folders that go with the run that uses them: locked while it lasts; what a killed run left is unlocked, and swept by the next."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qaseed.errors import UsageError

OLD = "old"
"""What is being replaced is kept aside under this name, until the new one is in its place."""
_SPILL = "qaseed-spill-"
_PARTIAL = re.compile(r"\.(?P<name>.+)\.[a-z0-9_]+\.partial")
_PARTS = {
    OLD,
    "data",
    "csv",
    "reports",
    "SHA256SUMS",
    "manifest.json",
    ".manifest.json",
    "DATASHEET.md",
    "ATTESTATION.md",
}
"""What a partial snapshot may hold; a folder with anything else is not qaseed's."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While no other run makes, sweeps or swaps folders in `folder`."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def partial(folder: Path) -> Path:
    """A new folder beside `folder`, to build in or to keep aside in; the caller is `alone` there."""
    return Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))


def lock(folder: Path) -> int:
    """Lock a folder for as long as the handle is open."""
    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def sweep_partial(folder: Path) -> None:
    """Remove what killed runs were building in a folder of snapshots; the caller is `alone` there.

    The half of a replacement that one had done is undone. What may not be removed stays.
    """
    for left in folder.glob(".*.partial"):
        found = _PARTIAL.fullmatch(left.name)
        with suppress(OSError):
            if found and not left.is_symlink() and {path.name for path in left.iterdir()} <= _PARTS:
                put_back(left / OLD, folder / found["name"])
                _remove_unlocked(left)


def put_back(old: Path, place: Path) -> None:
    """Undo the half of a replacement that a killed run had done."""
    if old.is_dir() and not place.exists():
        old.rename(place)


def _remove_unlocked(left: Path) -> None:
    """Remove a folder of this user's that no run holds."""
    handle = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(handle).st_uid == os.geteuid():
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
    finally:
        os.close(handle)


@contextmanager
def spill_folder() -> Iterator[Path]:
    """A folder in the temporary folder (`TMPDIR`) for what does not fit in memory; those of killed runs are removed."""
    # the name is known before the folder exists, so that an interrupt at any moment finds what to remove
    folder = Path(tempfile.gettempdir()) / f"{_SPILL}{secrets.token_hex(8)}"
    handles: list[int] = []
    try:
        try:
            for left in Path(tempfile.gettempdir()).glob(f"{_SPILL}*"):
                with suppress(OSError):
                    _remove_unlocked(left)
            while not (handles and folder.is_dir()):  # another run may sweep it before it is locked
                folder.mkdir(mode=0o700, exist_ok=True)
                handles.append(lock(folder))
        except OSError as error:
            message = f"{folder.parent}: cannot be written ({error.strerror}); set TMPDIR to another folder"
            raise UsageError(message) from None
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for handle in handles:
            os.close(handle)
