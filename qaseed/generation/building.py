"""The locked folder in which a snapshot is built: renamed when the snapshot is finished, removed otherwise."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qaseed import scratch
from qaseed.disk import FULL
from qaseed.errors import ResourceError, UsageError
from qaseed.snapshot import discard_attachments, open_snapshot


@contextmanager
def build_folder(folder: Path) -> Iterator[Path]:
    """A new folder in the parent of `folder`, always removed afterwards; those of killed runs are removed too."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        building, handle = _create(folder)
    except OSError as error:
        raise UsageError(f"{folder.parent}: cannot be written ({error.strerror}); choose another --out") from None
    try:
        with explained(folder, "nothing was left behind"):
            yield building
    finally:
        _remove(building)
        os.close(handle)


def _remove(building: Path) -> None:
    """Remove what is left of a build, under another name: a task that still runs elsewhere can add nothing to it."""
    left = building
    with suppress(OSError):  # it was published, or its parent may not be written any more
        left = building.rename(building.with_name(f"{building.stem}_{building.suffix}"))
    shutil.rmtree(left, ignore_errors=True)


@contextmanager
def explained(folder: Path, left: str) -> Iterator[None]:
    """Say what to do where a folder cannot be written or memory ends, and what is left of the run."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise ResourceError(f"{folder}: the disk is full; free some space, {left}") from None
        raise UsageError(f"{folder}: cannot be written ({error.strerror}); choose another --out") from None
    except MemoryError:
        raise ResourceError(f"{folder}: not enough memory; give fewer --workers, {left}") from None


def _create(folder: Path) -> tuple[Path, int]:
    """Create a folder to build in, locked as long as the handle is open."""
    with scratch.exclusive(folder.parent):
        scratch.sweep_partial(folder.parent)
        building = scratch.partial(folder)
        building.chmod(0o755)
        return building, scratch.lock(building)


def publish(building: Path, folder: Path, id_: str, *, replace_other: bool) -> None:
    """Rename the finished snapshot to its final name; if another run published the same one first, keep that."""
    if replace_other and folder.exists():
        with scratch.exclusive(folder.parent):
            aside = scratch.partial(folder)
            folder.rename(aside / scratch.OLD)
            try:
                building.rename(folder)
                discard_attachments(folder, replaced=aside / scratch.OLD)
            except BaseException:
                scratch.put_back(aside / scratch.OLD, folder)
                raise
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        return
    try:
        building.rename(folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        if open_snapshot(folder).manifest.id != id_:
            raise UsageError(
                f"{folder}: another run published another snapshot; use --replace, or choose another --out"
            ) from None
