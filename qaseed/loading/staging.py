"""New tables beside the live ones: copied, keyed, checked and verified over several connections, and not seen by anybody."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from qaseed.loading.copying import batches, copy_format, send
from qaseed.loading.options import Loaded, Options
from qaseed.loading.sequences import advance
from qaseed.loading.structure import Structure
from qaseed.loading.swap import comment, make, remove, tables_in, told_by
from qaseed.loading.task_graph import Task, work
from qaseed.loading.verifying import verify
from qaseed.postgres.target import NEXT
from qaseed.snapshot import Snapshot

if TYPE_CHECKING:
    import duckdb

    Connection = psycopg.Connection[Any]

PHASES = ("copy", "index", "verify", "check")


def quiet(connection: Connection, schema: str) -> None:
    """Settings of one transaction of our own: room to sort, and names found in the stage first, then where they always are."""
    settings = """set local maintenance_work_mem = '256MB'; set local jit = off;
        set local max_parallel_maintenance_workers = 0; set local max_parallel_workers_per_gather = 0;
        set local client_min_messages = 'warning'; set local synchronous_commit = off;
        select set_config('search_path', concat_ws(', ', {}, {}, nullif(current_setting('search_path'), '')), true)"""
    first = [Literal(Identifier(name).as_string(connection)) for name in (NEXT, schema)]
    connection.execute(SQL(settings).format(*first))


def run(connection: Connection, schema: str, statements: Sequence[Composed]) -> None:
    """Do statements on the stage in one transaction of their own."""
    with connection.transaction():
        quiet(connection, schema)
        for statement in statements:
            connection.execute(statement)


def stage(
    workers: Sequence[Connection],
    snapshot: Snapshot,
    structures: Sequence[Structure],
    statistics: Sequence[Composed],
    told: dict[str, Any],
    options: Options,
    loaded: Loaded,
) -> None:
    """Make all tables of a snapshot in the schema `NEXT`, complete; `told` stands in its comment, and that it is whole at the end.

    A table is made and filled in one transaction by one connection, so that its rows can be frozen: they are visible to
    transactions that began before, and cost no second visit. Largest tables come first.
    """
    schema, clock = options.schema, _Clock(loaded)
    run(workers[0], schema, make(NEXT, told | {"whole": False}))
    with snapshot.catalogue(threads=1) as source:
        tasks = [
            *_copies(source, snapshot, structures, options, loaded),
            *_builds(structures, schema),
            *_checks(snapshot, structures, options, loaded),
            *_ends(structures, statistics, schema),
        ]
        work(tasks, workers, clock.ended)
    clock.stop()
    run(workers[0], schema, [comment(NEXT, told | {"whole": True})])


class _Clock:
    """Tells phases as their tasks end, and how much later than the phase before each one ended."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self.last = time.perf_counter()
        self.ends: dict[str, float] = {}

    def ended(self, task: Task) -> None:
        if task.phase not in self.ends:
            self.loaded.tell(task.phase, 0, 0)
        self.ends[task.phase] = time.perf_counter()

    def stop(self) -> None:
        for phase in PHASES:
            if phase in self.ends:
                self.loaded.phases[phase] = max(0.0, self.ends[phase] - self.last)
                self.last = max(self.last, self.ends[phase])
                self.loaded.tell(phase, 1, 1)


def _copies(
    source: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    structures: Sequence[Structure],
    options: Options,
    loaded: Loaded,
) -> Iterator[Task]:
    rows, done = snapshot.manifest.rows, dict.fromkeys(snapshot.manifest.rows, 0)

    def copy(structure: Structure, connection: Connection) -> None:
        entity = structure.entity
        how = options.how or copy_format(entity)
        with connection.transaction():
            quiet(connection, options.schema)
            for statement in structure.create:
                connection.execute(statement)
            found = batches(source.cursor(), entity, options.batch_rows)
            for sent in send(connection, NEXT, entity, found, how, freeze=True):
                done[entity.name] += sent
                loaded.tell("copy", sum(done.values()), sum(rows.values()))
        loaded.rows[entity.name] = done[entity.name]

    def size(structure: Structure) -> int:
        return sum(file.bytes for file in snapshot.manifest.tables[structure.entity.name].files)

    for structure in sorted(structures, key=size, reverse=True):
        yield Task(f"copy {structure.entity.name}", "copy", _of(copy, structure))


def _of(run: Callable[[Structure, Connection], None], structure: Structure) -> Callable[[Connection], None]:
    return lambda connection: run(structure, connection)


def _builds(structures: Sequence[Structure], schema: str) -> Iterator[Task]:
    def keys(structure: Structure, connection: Connection) -> None:
        run(connection, schema, structure.keys)
        with connection.transaction():
            quiet(connection, schema)
            advance(connection, NEXT, [structure.entity.name])

    def index(statement: Composed) -> Callable[[Connection], None]:
        return lambda connection: run(connection, schema, [statement])

    for structure in structures:
        name = structure.entity.name
        yield Task(f"keys {name}", "index", _of(keys, structure), frozenset({f"copy {name}"}))
    for structure in structures:
        name = structure.entity.name
        for number, statement in enumerate(structure.indexes):
            yield Task(f"index {name} {number}", "index", index(statement), frozenset({f"keys {name}"}))


def _checks(snapshot: Snapshot, structures: Sequence[Structure], options: Options, loaded: Loaded) -> Iterator[Task]:
    def check(structure: Structure, connection: Connection) -> None:
        entity = structure.entity
        with connection.transaction():
            quiet(connection, options.schema)
            verify(connection, NEXT, entity, snapshot.manifest.tables[entity.name], loaded, options.verify)

    for structure in structures:
        name = structure.entity.name
        yield Task(f"verify {name}", "verify", _of(check, structure), frozenset({f"copy {name}"}))


def _ends(structures: Sequence[Structure], statistics: Sequence[Composed], schema: str) -> Iterator[Task]:
    """Foreign keys all at once, as each locks two tables; then each table is checked by them and analysed."""
    built = frozenset(
        name
        for structure in structures
        for name in (
            f"keys {structure.entity.name}",
            *(f"index {structure.entity.name} {number}" for number in range(len(structure.indexes))),
        )
    )
    references = [
        *(statement for structure in structures for statement in structure.references),
        *(statement for structure in structures for statement in structure.comments),
        *statistics,
    ]
    yield Task("references", "check", lambda connection: run(connection, schema, references), built)

    def end(structure: Structure, connection: Connection) -> None:
        analyze = SQL("analyze {}").format(Identifier(NEXT, structure.entity.name))
        run(connection, schema, [*structure.validate, analyze])

    for structure in structures:
        yield Task(f"end {structure.entity.name}", "check", _of(end, structure), frozenset({"references"}))


def reusable(connection: Connection, told: dict[str, Any]) -> bool:
    """Whether a whole stage of the same was kept by a run that could not swap."""
    return told_by(connection, NEXT) == told | {"whole": True}


def discard(connection: Connection) -> None:
    """Remove what an earlier run left of a stage, and end what still works on it: the caller has its turn, so it is dead."""
    if told_by(connection, NEXT) is None:
        return
    with connection.transaction():
        quiet(connection, NEXT)
        connection.execute(
            """select pg_terminate_backend(l.pid) from pg_catalog.pg_locks l join pg_catalog.pg_class c on c.oid = l.relation
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_stat_activity a on a.pid = l.pid
            where n.nspname = %s and l.pid <> pg_backend_pid() and a.application_name = 'qaseed'
            and a.usename = current_user and l.database = (select oid from pg_catalog.pg_database
                where datname = current_database())""",
            (NEXT,),
        )
        for statement in remove(NEXT, tables_in(connection, NEXT)):
            connection.execute(statement)
