"""Files that are whole or not there at all, after a failure and a power cut too."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where a disk, the user's share of it, or `ulimit -f` allows no more."""


@contextmanager
def replacing(path: Path, mode: int | None = None) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` once the block ends; if anything fails, what was there stays.

    Its permissions are `mode`, by default those of the file that it replaces, else those of any new file.
    """
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with new.open("xb") as file:
            yield file
            file.flush()
            if mode is None and path.is_file():
                mode = path.stat().st_mode & 0o777
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise


def make_parents(folder: Path, target: Path) -> None:
    """Create the folders of `target` in `folder`; `FileNotFoundError` if that was removed meanwhile."""
    for inside in list(reversed(target.relative_to(folder).parents))[1:]:
        (folder / inside).mkdir(exist_ok=True)


def copy_folder(folder: Path, target: Path, copy: Callable[[Path, Path], object] = shutil.copyfile) -> None:
    """Copy the files of a folder. The first failure is raised as it is; `shutil.copytree` gathers texts of them."""
    target.mkdir(exist_ok=True)
    for path in sorted(folder.rglob("*")):
        copied = target / path.relative_to(folder)
        if path.is_dir():
            copied.mkdir(exist_ok=True)
        else:
            copy(path, copied)


def sync(path: Path) -> None:
    """Make the bytes of a file, or the names in a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, in hex."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
