"""The coordinator of a load by several programs: it publishes the files, loads some, and waits for the others."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Literal

from qaseed import __version__
from qaseed.loading.job import Load
from qaseed.loading.settings import stage_transaction
from qaseed.loading.swap import create_schema, default_grants, read_schema_comment, write_schema_comment
from qaseed.loading.table_definition import TableDefinition
from qaseed.loading.task_graph import Task
from qaseed.loading.work_list import WORK, listed_tables, lists, load_next, publish, rows_loaded
from qaseed.postgres.registry import LoadedTable
from qaseed.postgres.target import NEXT

if TYPE_CHECKING:
    import psycopg

    from qaseed.snapshot.by_file import FileSource

    Connection = psycopg.Connection[Any]

COPYING = "copying"
"""The key of the stage's comment that has the version of a coordinator as long as files are loaded."""
MAX_SILENCE_SECONDS = 60.0
"""A program that sends nothing for so long is ended once all other files are loaded: what it claimed is free again."""
_PAUSE = 0.2
_SILENT = """select a.pid, {progress} from pg_catalog.pg_stat_activity a
    where a.application_name = 'qaseed' and a.wait_event = 'ClientRead' and a.pid <> all({own})
    and exists (select from pg_catalog.pg_locks l where l.pid = a.pid and l.relation = {list}::regclass)"""
_PROGRESS = "(select bytes_processed from pg_catalog.pg_stat_progress_copy p where p.pid = a.pid)"


def is_resumable(connection: Connection, purpose: dict[str, Any], files: FileSource) -> bool:
    """Whether a coordinator of this version that was killed left a stage in which some of these files are loaded."""
    begun = purpose | {"whole": False, COPYING: __version__}
    return read_schema_comment(connection, NEXT) == begun and lists(connection, files)


def begin_stage(
    connection: Connection,
    schema: str,
    definitions: Sequence[TableDefinition],
    purpose: dict[str, Any],
    files: FileSource,
) -> None:
    """Create the stage with empty tables and the list of files, unless a killed coordinator left it."""
    with stage_transaction(connection, schema):
        if read_schema_comment(connection, NEXT) is None:
            statements = create_schema(NEXT, purpose | {"whole": False, COPYING: __version__})
            statements += default_grants(connection, schema)
            statements += [statement for definition in definitions for statement in definition.create]
            connection.execute(SQL("; ").join(statements))
            publish(connection, files)


def shared_copy_tasks(
    job: Load,
    files: FileSource,
    connections: Sequence[Connection],
    purpose: dict[str, Any],
    contents: dict[str, LoadedTable],
) -> Iterator[Task]:
    """Load files over each connection until all are loaded, whoever loads them; `contents` then has the tables."""
    total, own = sum(job.manifest.rows.values()), [each.info.backend_pid for each in connections]

    def share(connection: Connection) -> None:
        silent = SilentPrograms(connection, own)
        left = 1
        while left:
            claimed = load_next(connection, files, job.schema, job.options)
            rows, left = rows_loaded(connection)
            job.result.report("copy", rows, total)
            if left and not claimed:
                silent.end()
                time.sleep(_PAUSE)

    def end(connection: Connection) -> None:
        with stage_transaction(connection, job.schema):
            connection.execute(write_schema_comment(NEXT, purpose | {"whole": False}))
        contents.update(listed_tables(connection, job.manifest))
        job.result.rows = job.manifest.rows
        job.options.step("shared")

    names = [f"share {number}" for number in range(len(connections))]
    yield from (Task(name, "copy", share) for name in names)
    yield Task("shared", "copy", end, frozenset(names))
    for name in job.manifest.tables:
        yield Task(f"copy {name}", "copy", lambda _: None, frozenset({"shared"}))


class SilentPrograms:
    """The programs that have claimed a file and send nothing, and since when."""

    def __init__(self, connection: Connection, own: Sequence[int]) -> None:
        self.connection, self.since = connection, dict[tuple[int, int | None], float]()
        # PostgreSQL 13 does not report how far a COPY is
        progress = _PROGRESS if connection.info.server_version >= 140_000 else "null::bigint"
        self.query = SQL(_SILENT).format(progress=SQL(progress), own=Literal(list(own)), list=Literal(WORK))

    def end(self) -> None:
        """End the sessions that were silent whenever this was called, for too long."""
        now = time.monotonic()
        rows = self.connection.execute(self.query).fetchall()
        self.since = {row: self.since.get(row, now) for row in rows}
        for (pid, _), since in self.since.items():
            if now - since > MAX_SILENCE_SECONDS:
                self.connection.execute("select pg_terminate_backend(%s)", (pid,))
