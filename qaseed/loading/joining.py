"""A program that joins a load which another one coordinates: it loads files of the list until none is left."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from psycopg import errors

from qaseed import __version__, audit
from qaseed.arguments import as_url
from qaseed.errors import PostgresError
from qaseed.loading.coordinating import COPYING
from qaseed.loading.options import BATCH_ROWS, WORKERS, CopyMethod, LoadOptions
from qaseed.loading.result import LoadResult, Progress
from qaseed.loading.swap import read_schema_comment
from qaseed.loading.task_graph import Task, run_tasks
from qaseed.loading.work_list import is_listed, load_next
from qaseed.postgres.advisory_lock import is_restoring
from qaseed.postgres.connection import connected, display_url, spare_connections
from qaseed.postgres.one_server import pinned_url, refuse_other_servers
from qaseed.postgres.target import NEXT
from qaseed.snapshot import Manifest, Snapshot
from qaseed.sql import identifier

if TYPE_CHECKING:
    import psycopg

    from qaseed.snapshot.by_file import FileSource

    Connection = psycopg.Connection[Any]

MAX_WAIT_SECONDS = 60.0
"""For a coordinator: machines are started in any order."""
_PAUSE = 0.2
_SEE = "see what its coordinator says, and join again when it does"


def join(
    snapshot: Snapshot | str | os.PathLike[str],
    url: str,
    *,
    batch_rows: int = BATCH_ROWS,
    how: CopyMethod | None = None,
    workers: int = WORKERS,
    progress: Progress | None = None,
) -> LoadResult:
    """Help to load a snapshot: fill the tables of a `load` with `coordinate` until no file is left that nobody loads.

    The other program asks what a load asks, and checks and swaps in the tables; if it fails, so does this one. Of a
    reference to a store, only files that this program loads are read. `rows` in the result are those it has loaded.
    `snapshot`, `url`, `batch_rows`, `how`, `workers` and `progress` are those of `load`.

    Raises `PostgresError` (exit code 5) if nobody coordinates a load of this snapshot for a minute.
    """
    as_url("url", url)
    options = LoadOptions(batch_rows=batch_rows, how=how, workers=workers)
    from qaseed.snapshot.by_file import open_files

    with open_files(snapshot) as files:
        return join_with_options(files, url, options, progress)


def join_with_options(
    files: FileSource, url: str, options: LoadOptions, progress: Progress | None = None
) -> LoadResult:
    """Load files of the list of a coordinator, until none is left; its tables are checked and swapped in by it.

    `PostgresError` if nobody coordinates a load of this snapshot, or the load failed.
    """
    manifest = files.manifest
    with audit.recorded("join", **manifest.summary), connected(url) as connection:
        url = pinned_url(url, connection)
        result = LoadResult(display_url(connection), "join", progress=progress)
        with result.phase("wait"):
            load = _Joined(connection, manifest)
        with spare_connections(url, options.workers - 1) as spare, result.phase("copy", reported=False):
            refuse_other_servers(connection, spare)
            _share(load, files, [connection, *spare], options, result)
    result.total_records = sum(rows for name, rows in result.rows.items() if manifest.model.entity(name).counted)
    return result


class _Joined:
    """The load that this program works for."""

    def __init__(self, connection: Connection, manifest: Manifest) -> None:
        self.connection, self.manifest = connection, manifest
        self.database = connection.info.dbname
        self.schema = self._wait()
        self.table = next(iter(manifest.tables))
        row = connection.execute(
            "select to_regclass(%s)::oid", (f"{identifier(NEXT)}.{identifier(self.table)}",)
        ).fetchone()
        self.oid = row and row[0]

    def _wait(self) -> str:
        """The schema of the target, as soon as somebody coordinates a load of this snapshot into it."""
        end = time.monotonic() + MAX_WAIT_SECONDS
        while (purpose := self._purpose()) is None:
            if time.monotonic() > end:
                raise PostgresError(
                    f"{self.database}: nobody coordinates a load of {self.manifest.name}, or it is over; begin one by "
                    "`qaseed load --coordinate`"
                )
            time.sleep(_PAUSE)
        if purpose["snapshot"] != [self.manifest.id, self.manifest.digests]:
            raise PostgresError(f"{self.database}: the load under way is of another snapshot; join with that one")
        version = purpose.get(COPYING, __version__)
        if version != __version__:
            raise PostgresError(
                f"{self.database}: the load under way is by version {version} of qaseed, and this is {__version__}; "
                "install the same on all machines"
            )
        return str(purpose["of"])

    def _purpose(self) -> dict[str, Any] | None:
        listed = is_restoring(self.connection, NEXT) and is_listed(self.connection)
        return read_schema_comment(self.connection, NEXT) if listed else None

    def check_success(self) -> None:
        """`PostgresError` unless the tables that this program helped to fill have been swapped in."""
        row = self.connection.execute(
            """select n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where c.oid = %s""",
            (self.oid,),
        ).fetchone()
        if row != (self.schema,):
            raise PostgresError(f"{self.database}: the load ended before its files were loaded; {_SEE}")

    @contextmanager
    def over(self) -> Iterator[None]:
        """Distinguish success of the load from failure where the stage is gone."""
        try:
            yield
        except (errors.UndefinedTable, errors.InvalidSchemaName):
            self.check_success()
        except errors.AdminShutdown:
            raise PostgresError(
                f"{self.database}: this program was ended, as the load failed, or as it sent nothing for a minute; "
                f"{_SEE}"
            ) from None


def _share(
    load: _Joined, files: FileSource, connections: list[Connection], options: LoadOptions, result: LoadResult
) -> None:
    counting, total = threading.Lock(), sum(load.manifest.rows.values())
    result.rows = dict.fromkeys(load.manifest.rows, 0)

    def share(connection: Connection) -> None:
        with load.over():
            while is_restoring(connection, NEXT):
                claimed = load_next(connection, files, load.schema, options)
                if claimed is None:
                    return
                with counting:
                    result.rows[claimed[0]] += claimed[1]
                result.report("copy", sum(result.rows.values()), total)
            load.check_success()

    tasks = [Task(f"share {number}", "copy", share) for number in range(len(connections))]
    run_tasks(tasks, connections, lambda _: None)
