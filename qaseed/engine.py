"""duckdb as it is used here: what does not fit in memory goes into a folder that goes with it, and a failure is told by its remedy."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from qaseed.errors import ResourceError, SnapshotError
from qaseed.scratch import spill_folder

if TYPE_CHECKING:
    import duckdb

MOST_SPILT = "16GB"


@contextmanager
def engine(
    path: str | Path = ":memory:", *, read_only: bool = False
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A duckdb that fetches no extension, and a scratch folder; both are gone afterwards."""
    import duckdb

    with spill_folder() as scratch, duckdb.connect(path, read_only=read_only) as connection:
        connection.execute("set autoinstall_known_extensions = false")
        connection.execute(f"set temp_directory = '{str(scratch / 'spill').replace(chr(39), chr(39) * 2)}'")
        connection.execute(f"set max_temp_directory_size = '{MOST_SPILT}'")
        yield connection, scratch


@contextmanager
def explained(where: Path, wrong: str, files: Iterable[Path] = (), whole: Callable[[], bool] = bool) -> Iterator[None]:
    """While `files` of the snapshot at `where` are read: a failure is told by its remedy.

    What fails for want of memory or disk, by permission, by removal or by an interrupt is told as that; what is left is
    `SnapshotError`, `where: wrong (what duckdb says); get a fresh copy`, unless the files are `whole`.
    """
    import duckdb

    try:
        yield
    except (duckdb.Error, RuntimeError, MemoryError, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise  # not of reading: in the middle of an Arrow stream duckdb's errors are such without a number
        failure = remedy(error, where)
        if failure is None and not isinstance(error, duckdb.Error | OSError):
            raise
        raise failure or _failure(error, where, wrong, files, whole) from None


def _failure(
    error: Exception, where: Path, wrong: str, files: Iterable[Path], whole: Callable[[], bool]
) -> ResourceError | SnapshotError:
    """What a failure to read comes to, by the state of the files."""
    if not all(file.exists() for file in files):
        return _removed(where)
    said = re.sub(r"/\S*/qaseed-spill-\w+/snapshot", str(where), str(error).splitlines()[0])
    # duckdb tells want of memory so too, when it is a decompressor's
    if said.startswith(("IO Error", "Invalid Input Error", "Invalid Error")) and whole():
        return ResourceError(
            f"{where}: could not be read ({said}), although its files are whole; free some memory, and try again"
        )
    return SnapshotError(f"{where}: {wrong} ({said}); get a fresh copy")


def unreadable(error: OSError, where: Path) -> BaseException:
    """What a failure to read the snapshot at `where` comes to."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return _removed(where)
    return remedy(error, where) or SnapshotError(
        f"{where}: cannot be read ({error.strerror}); check the path and its disk"
    )


def _removed(where: Path) -> SnapshotError:
    return SnapshotError(f"{where}: was removed or moved while it was read; generate it again, or give its new place")


def remedy(error: BaseException, where: str | Path) -> BaseException | None:
    """What an error of duckdb or of the system comes to if the files that it read may be sound; None if they may not."""
    said = str(error).lower()
    # how duckdb tells a signal
    if (isinstance(error, RuntimeError) and "interrupted" in said) or said.startswith("interrupt error"):
        return KeyboardInterrupt()
    if (said.startswith("out of memory") and "max_temp_directory_size" in said) or _is(
        error, errno.ENOSPC, errno.EDQUOT, errno.EFBIG
    ):
        return ResourceError(
            f"{where}: the temporary folder {tempfile.gettempdir()} has no room for what does not fit in memory; "
            f"free some space, or set TMPDIR to a folder of another disk ({MOST_SPILT} are used at most)"
        )
    if isinstance(error, MemoryError) or said.startswith("out of memory") or _is(error, errno.ENOMEM):
        return ResourceError(f"{where}: not enough memory; end other programs, or use a machine or container with more")
    if _is(error, errno.EMFILE, errno.ENFILE):
        return ResourceError(f"{where}: too many open files; raise the limit (`ulimit -n`)")
    if _is(error, errno.EACCES, errno.EPERM):
        return SnapshotError(f"{where}: cannot be read (permission denied); check its permissions")
    return None


def _is(error: BaseException, *numbers: int) -> bool:
    """Whether an error is one of the system's of these numbers; duckdb tells their words."""
    if isinstance(error, OSError) and error.errno:
        return error.errno in numbers
    said = str(error).lower()
    return said.startswith("io error") and any(os.strerror(number).lower() in said for number in numbers)
