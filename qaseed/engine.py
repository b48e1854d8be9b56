"""duckdb as qaseed uses it: what does not fit in memory spills into a folder of the run, and errors get a remedy."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from qaseed.disk import FULL
from qaseed.errors import ResourceError, SnapshotError, UsageError
from qaseed.scratch import spill_folder
from qaseed.sql import literal

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MAX_SPILL = "16GB"
AT_ONCE = 2
"""Queries of small data that run at the same time: to plan one takes most of its time, and only one core."""

Result = TypeVar("Result")


@contextmanager
def engine(
    path: str | Path = ":memory:",
    *,
    read_only: bool = False,
    threads: int | None = None,
    memory: int | None = None,
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A duckdb that never downloads extensions, and a scratch folder; both are removed afterwards.

    It has a thread for each core, or `threads`, and `memory` MiB, or most of the machine's if that is less.
    """
    import duckdb

    with spill_folder() as scratch, duckdb.connect(path, read_only=read_only) as connection:
        # in a notebook or `python -c` duckdb would print a progress bar on standard output
        connection.execute("set autoinstall_known_extensions = false; set enable_progress_bar = false")
        connection.execute(f"set temp_directory = {literal(str(scratch / 'spill'))}")
        connection.execute(f"set max_temp_directory_size = '{MAX_SPILL}'")
        if threads:
            connection.execute(f"set threads = {threads}")
        if memory and _memory_mib(connection) > memory:
            connection.execute(f"set memory_limit = '{memory}MiB'")
        yield connection, scratch


def _memory_mib(connection: duckdb.DuckDBPyConnection) -> float:
    """The memory that duckdb may use, of which it says `18.8 GiB`."""
    (text,) = connection.execute("select current_setting('memory_limit')").fetchall()[0]
    number, unit = text.split()
    return float(number) * 1024.0 ** (("KiB", "MiB", "GiB", "TiB").index(unit) - 1)


def run_jobs(
    connection: duckdb.DuckDBPyConnection,
    jobs: Sequence[Callable[[duckdb.DuckDBPyConnection], Result]],
    at_once: int = AT_ONCE,
) -> list[Result]:
    """The results of jobs, in their order; each has a connection of its own to the same data if some run at once.

    The first failure is raised after those that run have ended; the others do not begin.
    """
    if at_once == 1:
        return [job(connection) for job in jobs]

    def run(job: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        with connection.cursor() as cursor:
            return job(cursor)

    pool = ThreadPoolExecutor(at_once)
    try:
        return list(pool.map(run, jobs))
    finally:
        pool.shutdown(cancel_futures=True)


def rows_of(connection: duckdb.DuckDBPyConnection, query: str | duckdb.Statement) -> list[Any]:
    """The rows of a query; where duckdb lacks memory for it, those that it finds with half as much.

    Joins that each nearly fit leave no room for each other and fail; with less memory all of them spill
    (measured with a rule at 25 million rows: it failed with 640 MiB, not with 560, 400, 200 or 100).
    """
    import duckdb

    try:
        return connection.execute(query).fetchall()
    except duckdb.OutOfMemoryException as error:
        memory = _memory_mib(connection)
        try:
            connection.execute(f"set memory_limit = '{memory / 2:.0f}MiB'")
        except duckdb.Error:  # the configuration is locked
            raise error from None
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.execute(f"set memory_limit = '{memory:.0f}MiB'")


def arrow_batches(relation: duckdb.DuckDBPyRelation, rows: int) -> pa.RecordBatchReader:
    """The rows of a relation, so many at a time."""
    read = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader  # the name before duckdb 1.5
    return read(rows)


@contextmanager
def translated_errors(
    where: Path, problem: str, files: Iterable[Path] = (), whole: Callable[[], bool] = bool
) -> Iterator[None]:
    """Turn errors of the block, which reads `files` of the snapshot at `where`, into errors with a remedy.

    A lack of memory or disk, missing permission, removed files and an interrupt get errors of their own. Any other
    error is a `SnapshotError`: `where: problem (duckdb's message); get a fresh copy`. If duckdb reports broken data
    although the checksums of the files hold (`whole`), the reason is a lack of memory.
    """
    import duckdb

    try:
        yield
    except (duckdb.Error, RuntimeError, MemoryError, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise  # the system's own; duckdb's errors within an Arrow stream are `OSError`s without a number
        failure = remedy(error, where)
        if failure is None and not isinstance(error, duckdb.Error | OSError):
            raise
        raise failure or _failure(error, where, problem, files, whole) from None


def errors_of_queries() -> tuple[type[duckdb.Error], ...]:
    """duckdb's errors that are about a query, and not about the files that it reads."""
    import duckdb

    return (
        duckdb.BinderException,
        duckdb.CatalogException,
        duckdb.ParserException,
        duckdb.SyntaxException,
    )


@contextmanager
def translated_query_errors(where: Path) -> Iterator[None]:
    """Turn errors of queries that the caller of a snapshot runs into `UsageError`."""
    try:
        yield
    except errors_of_queries() as error:
        message = _first_line(error, where)
        raise UsageError(f"{where}: a query fails ({message}); `qaseed schema` lists tables and columns") from None


def _failure(
    error: Exception, where: Path, problem: str, files: Iterable[Path], whole: Callable[[], bool]
) -> ResourceError | SnapshotError:
    """The error for a failure to read, by the state of the files."""
    if not all(file.exists() for file in files):
        return _removed(where)
    message = _first_line(error, where)
    # duckdb reports a decompressor's lack of memory like broken data, and like a value that a function refuses
    if message.startswith(("IO Error", "Invalid Input Error", "Invalid Error")) and whole():
        return ResourceError(
            f"{where}: could not be read ({message}), although its files are whole; "
            "check the query, or free some memory, and try again"
        )
    if message.startswith(("Conversion Error", "Permission Error")) and whole():
        return SnapshotError(f"{where}: {problem} ({message}), although its files are whole; check the query")
    return SnapshotError(f"{where}: {problem} ({message}); get a fresh copy")


def _first_line(error: Exception, where: Path) -> str:
    """The first line of duckdb's message, with the snapshot's own folder instead of the link that is read."""
    return re.sub(r"/\S*/qaseed-spill-\w+/snapshot", str(where), str(error).splitlines()[0])


def unreadable(error: OSError, where: Path) -> BaseException:
    """The error for a failure of the system to read the snapshot at `where`."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return _removed(where)
    return remedy(error, where) or SnapshotError(
        f"{where}: cannot be read ({error.strerror}); check the path and its disk"
    )


def _removed(where: Path) -> SnapshotError:
    return SnapshotError(f"{where}: was removed or moved while it was read; generate it again, or give its new path")


def remedy(error: BaseException, where: str | Path) -> BaseException | None:
    """The error to raise in place of one that says nothing about the files; None for other errors."""
    message = str(error).lower()
    # duckdb turns SIGINT into one of these
    if (isinstance(error, RuntimeError) and "interrupted" in message) or message.startswith("interrupt error"):
        return KeyboardInterrupt()
    if (message.startswith("out of memory") and "max_temp_directory_size" in message) or _is(error, *FULL):
        return ResourceError(
            f"{where}: the temporary folder {tempfile.gettempdir()} has no room for what does not fit in memory; "
            f"free some space, or set TMPDIR to a folder of another disk ({MAX_SPILL} are used at most)"
        )
    if isinstance(error, MemoryError) or message.startswith("out of memory") or _is(error, errno.ENOMEM):
        return ResourceError(f"{where}: not enough memory; end other programs, or use a machine or container with more")
    if _is(error, errno.EMFILE, errno.ENFILE):
        return ResourceError(f"{where}: too many open files; raise the limit (`ulimit -n`)")
    if _is(error, errno.EACCES, errno.EPERM):
        return SnapshotError(f"{where}: cannot be read (permission denied); check its permissions")
    return None


def _is(error: BaseException, *numbers: int) -> bool:
    """Whether an error is one of the system with one of these numbers; duckdb only keeps the system's text."""
    if isinstance(error, OSError) and error.errno:
        return error.errno in numbers
    message = str(error).lower()
    return message.startswith("io error") and any(os.strerror(number).lower() in message for number in numbers)
