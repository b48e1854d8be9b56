"""Staging: new tables, which no reader uses yet, are copied, indexed, checked and verified over several connections."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from qaseed.errors import PostgresError
from qaseed.loading.coordinating import begin_stage, shared_copy_tasks
from qaseed.loading.copying import copy_format, send
from qaseed.loading.job import Load
from qaseed.loading.keys import loaded_table
from qaseed.loading.result import LoadResult
from qaseed.loading.sequences import advance
from qaseed.loading.settings import stage_transaction
from qaseed.loading.swap import (
    create_schema,
    default_grants,
    drop_schema,
    own_and_others,
    read_schema_comment,
    write_schema_comment,
)
from qaseed.loading.table_definition import TableDefinition
from qaseed.loading.task_graph import Task, run_tasks
from qaseed.loading.verifying import verify
from qaseed.model import Entity
from qaseed.postgres.changes import changed_tables, current_transaction
from qaseed.postgres.registry import LoadedTable
from qaseed.postgres.target import NEXT
from qaseed.snapshot import Manifest
from qaseed.snapshot.integrity import are_whole

if TYPE_CHECKING:
    import duckdb

    Connection = psycopg.Connection[Any]

PHASES = ("copy", "index", "verify", "check")
SMALL_ROWS = 10_000
_TRANSACTIONS = "transactions"
"""The key of a whole stage's comment that has by table the ids of the transactions that loaded its rows."""


def is_small(manifest: Manifest) -> bool:
    """Whether further connections and transactions would take longer to set up than they save."""
    return sum(manifest.rows.values()) <= SMALL_ROWS


def run_statements(connection: Connection, schema: str, statements: Sequence[Composed]) -> None:
    """Execute statements on the stage in one transaction of their own."""
    with stage_transaction(connection, schema):
        if statements:
            connection.execute(SQL("; ").join(statements))


def stage(
    job: Load,
    workers: Sequence[Connection],
    definitions: Sequence[TableDefinition],
    statistics: Sequence[Composed],
    purpose: dict[str, Any],
) -> dict[str, LoadedTable]:
    """Create all tables of the job's snapshot in the schema `NEXT`, and return what the load registry says of them.

    The schema's comment has `purpose`, and says at the end that the stage is whole and who loaded its rows.

    One connection creates and fills a table in one transaction, so that its rows can be frozen: they are visible to
    transactions that began before, and need no visit by VACUUM. The largest tables come first.
    A small snapshot takes one connection, one transaction, and one message for the same step of all tables.
    With `job.files` other programs help to fill tables that were created before, so that nothing is frozen.
    """
    schema, clock = job.schema, _Clock(job.result)
    small = is_small(job.manifest) and not job.files
    sent: dict[str, bytes] = {}
    transactions: dict[str, Sequence[int]] = {}
    contents: dict[str, LoadedTable] = {}
    with stage_transaction(workers[0], schema) if small else nullcontext(), ExitStack() as opened:
        if job.files:
            begin_stage(workers[0], schema, definitions, purpose, job.files)
            first, last = list(shared_copy_tasks(job, job.files, workers, purpose, contents)), []
        else:
            source = opened.enter_context(job.snapshot.catalog(threads=1))
            created = [statement for definition in definitions for statement in definition.create] if small else []
            aside = [*create_schema(NEXT, purpose | {"whole": False}), *default_grants(workers[0], schema)]
            run_statements(workers[0], schema, [*aside, *created])
            if small:
                transactions |= dict.fromkeys(job.manifest.tables, (current_transaction(workers[0]),))
            first, last = (
                list(_copy_tasks(job, source, definitions, sent, transactions, small=small)),
                list(_contents_tasks(job, source, contents)),
            )
        groups = [tuple(definitions)] if small else [(definition,) for definition in definitions]
        tasks = [
            *first,
            *_verify_tasks(job, groups, sent),
            *_key_and_index_tasks(groups, schema),
            *_final_checks(groups, statistics, schema),
            *last,
        ]
        run_tasks(tasks, workers[:1] if small else workers, clock.ended)
        clock.stop()
        transactions |= {name: table.transactions for name, table in contents.items() if table.transactions}
        ended = purpose | {"whole": True, _TRANSACTIONS: transactions}
        run_statements(workers[0], schema, [write_schema_comment(NEXT, ended)])
    return contents


def refuse_changed_stage(connection: Connection, manifest: Manifest) -> None:
    """`PostgresError` for staged rows that another session has written since they were loaded.

    From here to the end of the transaction no other session can write any.
    """
    tables = SQL(", ").join(Identifier(NEXT, name) for name in manifest.tables)
    connection.execute(SQL("lock table {} in share mode").format(tables))
    transactions = (read_schema_comment(connection, NEXT) or {}).get(_TRANSACTIONS, {})
    loaded = {name: (rows, transactions.get(name, ())) for name, rows in manifest.rows.items()}
    if changed := changed_tables(connection, NEXT, loaded):
        raise PostgresError(
            f"{connection.info.dbname}: another session has changed rows of {', '.join(changed)} in {NEXT}, where this "
            "load prepared them; nothing was loaded: run it again"
        )


class _Clock:
    """Reports phases as their tasks end; the time of a phase is how much later than the phase before it ended."""

    def __init__(self, result: LoadResult) -> None:
        self.result = result
        self.last = time.perf_counter()
        self.ends: dict[str, float] = {}

    def ended(self, task: Task) -> None:
        if task.phase not in self.ends:
            self.result.report(task.phase, 0, 0)
        self.ends[task.phase] = time.perf_counter()

    def stop(self) -> None:
        for phase in PHASES:
            if phase in self.ends:
                self.result.phases[phase] = max(0.0, self.ends[phase] - self.last)
                self.last = max(self.last, self.ends[phase])
                self.result.report(phase, 1, 1)


def _copy_tasks(
    job: Load,
    source: duckdb.DuckDBPyConnection,
    definitions: Sequence[TableDefinition],
    sent: dict[str, bytes],
    transactions: dict[str, Sequence[int]],
    *,
    small: bool,
) -> Iterator[Task]:
    """Copy each table; `sent` gets the SHA-256 of binary streams whose rows are of files with the manifest's hashes,
    and `transactions` the id of the one that fills it.

    The tables of a small snapshot exist already.
    """
    options, result, manifest = job.options, job.result, job.manifest
    done, total = dict.fromkeys(manifest.rows, 0), sum(manifest.rows.values())

    def copy(definition: TableDefinition, connection: Connection) -> None:
        entity = definition.entity
        how = options.how or ("rows" if small else copy_format(entity))
        stream = hashlib.sha256() if how == "binary" and options.verify == "digest" else None
        with stage_transaction(connection, options.schema):
            if not small:
                connection.execute(SQL("; ").join(definition.create))
                transactions[entity.name] = (current_transaction(connection),)
            batches = send(connection, NEXT, entity, source.cursor(), how, options.batch_rows, freeze=True, sent=stream)
            for rows in batches:
                done[entity.name] += rows
                result.report("copy", sum(done.values()), total)
        result.rows[entity.name] = done[entity.name]
        if stream and are_whole(job.snapshot.folder, job.snapshot.files(entity.name, job.snapshot.kind)):
            sent[entity.name] = stream.digest()

    def size(definition: TableDefinition) -> int:
        return sum(file.bytes for file in manifest.tables[definition.entity.name].files)

    for definition in sorted(definitions, key=size, reverse=True):
        yield Task(f"copy {definition.entity.name}", "copy", _for_table(copy, definition))


Group = tuple[TableDefinition, ...]
"""The definitions of tables whose statements are sent together."""


def _for_table(
    step: Callable[[TableDefinition, Connection], None], definition: TableDefinition
) -> Callable[[Connection], None]:
    return lambda connection: step(definition, connection)


def _names(group: Group, step: str) -> Iterator[str]:
    return (f"{step} {definition.entity.name}" for definition in group)


def _key_and_index_tasks(groups: Sequence[Group], schema: str) -> Iterator[Task]:
    def keys(group: Group) -> Callable[[Connection], None]:
        def run(connection: Connection) -> None:
            run_statements(connection, schema, [statement for definition in group for statement in definition.keys])
            with stage_transaction(connection, schema):
                advance(connection, NEXT, [definition.entity.name for definition in group])

        return run

    def index(statements: Sequence[Composed]) -> Callable[[Connection], None]:
        return lambda connection: run_statements(connection, schema, statements)

    for group in groups:
        yield Task(f"keys {_name(group)}", "index", keys(group), frozenset(_names(group, "copy")))
    for group in groups:
        for number, statements in enumerate(_indexes(group)):
            name = f"index {_name(group)} {number}"
            yield Task(name, "index", index(statements), frozenset({f"keys {_name(group)}"}))


def _name(group: Group) -> str:
    return " ".join(definition.entity.name for definition in group)


def _indexes(group: Group) -> list[list[Composed]]:
    """The indexes of a table, each alone, so that several connections can share them; those of several together."""
    statements = [statement for definition in group for statement in definition.indexes]
    return [[statement] for statement in statements] if len(group) == 1 else [statements]


def _verify_tasks(job: Load, groups: Sequence[Group], sent: dict[str, bytes]) -> Iterator[Task]:
    """Verify each table once its keys are built, which need its lock alone, and before indexes are, which do not.

    Binary streams are read back one after the other: it takes this process as long as the server, and several of its
    threads would wait for each other.
    """

    def check(definition: TableDefinition, connection: Connection) -> None:
        entity = definition.entity
        expected, stream = job.manifest.tables[entity.name], sent.get(entity.name)
        with stage_transaction(connection, job.schema):
            verify(connection, NEXT, entity, expected, job.result, job.options.verify, stream)

    read_before: set[str] = set()
    for group in groups:
        for definition in group:
            name = f"verify {definition.entity.name}"
            yield Task(name, "verify", _for_table(check, definition), frozenset({f"keys {_name(group)}", *read_before}))
            if job.options.how in (None, "binary") and copy_format(definition.entity) == "binary":
                read_before = {name}


def _final_checks(groups: Sequence[Group], statistics: Sequence[Composed], schema: str) -> Iterator[Task]:
    """Foreign keys in one task, as each locks two tables; then one task for each group validates and analyzes it."""
    definitions = [definition for group in groups for definition in group]
    built = frozenset(
        name
        for group in groups
        for name in (
            f"keys {_name(group)}",
            *(f"index {_name(group)} {number}" for number in range(len(_indexes(group)))),
        )
    )
    references = [
        *(statement for definition in definitions for statement in definition.references),
        *(statement for definition in definitions for statement in definition.comments),
        *statistics,
    ]
    yield Task("references", "check", lambda connection: run_statements(connection, schema, references), built)

    def end(group: Group) -> Callable[[Connection], None]:
        validated = [statement for definition in group for statement in definition.validate]
        tables = SQL(", ").join(Identifier(NEXT, definition.entity.name) for definition in group)
        return lambda connection: run_statements(connection, schema, [*validated, SQL("analyze {}").format(tables)])

    for group in groups:
        yield Task(f"end {_name(group)}", "check", end(group), frozenset({"references"}))


def _contents_tasks(job: Load, source: duckdb.DuckDBPyConnection, contents: dict[str, LoadedTable]) -> Iterator[Task]:
    """Read the keys of the rows where a connection has to wait for others."""

    def read(entity: Entity) -> Callable[[Connection], None]:
        def run(_: Connection) -> None:
            contents[entity.name] = loaded_table(source.cursor(), job.manifest, entity)

        return run

    for entity in job.model.entities:
        yield Task(f"contents {entity.name}", "check", read(entity))


def reusable(connection: Connection, purpose: dict[str, Any]) -> bool:
    """Whether a run that could not swap left a whole stage with this purpose."""
    recorded = read_schema_comment(connection, NEXT) or {}
    return recorded.pop(_TRANSACTIONS, None) is not None and recorded == purpose | {"whole": True}


def discard(connection: Connection) -> list[str]:
    """Remove the stage of an earlier run, and end its sessions.

    The caller has the restore lock, so that run is over. What others put there stays, and with it the schema: it is
    returned.
    """
    purpose = read_schema_comment(connection, NEXT)
    if purpose is None:
        return []
    with stage_transaction(connection, NEXT):
        connection.execute(
            """select pg_terminate_backend(l.pid) from pg_catalog.pg_locks l
                join pg_catalog.pg_class c on c.oid = l.relation
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_stat_activity a on a.pid = l.pid
            where n.nspname = %s and l.pid <> pg_backend_pid() and a.application_name = 'qaseed'
            and a.usename = current_user and l.database = (select oid from pg_catalog.pg_database
                where datname = current_database())""",
            (NEXT,),
        )
        own, others = own_and_others(connection, NEXT)
        statements = drop_schema(NEXT, own)
        if others:
            statements[-1] = write_schema_comment(NEXT, purpose | {"whole": False})
        for statement in statements:
            connection.execute(statement)
    return others
