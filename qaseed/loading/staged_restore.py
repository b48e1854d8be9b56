"""A staged restore from end to end: stage or take up a kept stage, wait, lock, swap; and the way back."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from qaseed.errors import PostgresError, QaseedError
from qaseed.loading.dependents import Dependent, find_dependents, orphaned_rows_error, statistics
from qaseed.loading.lock_retry import BusyError, wait_for_snapshots, with_exclusive_locks
from qaseed.loading.options import LoadOptions
from qaseed.loading.plan import Plan, plan_rollback
from qaseed.loading.result import LoadResult
from qaseed.loading.settings import use_stage_settings
from qaseed.loading.staging import discard, reusable, stage
from qaseed.loading.swap import drop_schema, read_schema_comment, swap_tables, tables_in
from qaseed.loading.table_definition import fingerprint, table_definitions
from qaseed.model import Model
from qaseed.postgres.advisory_lock import acquire_restore_lock
from qaseed.postgres.connection import connected, describe_error
from qaseed.postgres.isolation import isolate
from qaseed.postgres.target import LOAD_REGISTRY, NEXT, OLD, Target, guard, record_load, survey
from qaseed.snapshot import Snapshot

Connection = psycopg.Connection[Any]


def restore(
    connection: Connection,
    workers: Sequence[Connection],
    snapshot: Snapshot,
    target: Target,
    plan: Plan,
    options: LoadOptions,
    result: LoadResult,
    record: Callable[[], None],
    **guards: Any,
) -> None:
    """Stage the snapshot over the workers, and swap it in within the caller's transaction.

    `record` writes down what else is to be written down in that transaction.
    """
    manifest = snapshot.manifest
    created = {name: name not in target.existing or target.is_created(name) for name in manifest.tables}
    acquire_restore_lock(connection, NEXT)
    read_schema_comment(connection, OLD)  # somebody else's is told before anything is done
    _stage_or_resume(
        connection, workers, snapshot, target, plan, options, result, fingerprint(list(plan.table_definitions), created)
    )
    if options.how == "insert" and plan.strategy == "staged":
        with result.phase("wait"):
            wait_for_snapshots(connection, options.max_snapshot_wait)

    def recheck() -> None:
        found = survey(connection, target.schema, manifest.model)
        guard(connection, found, manifest.model, **guards | {"confirmed": target.database})
        if tuple(table_definitions(connection, found, manifest.model)) != plan.table_definitions:
            raise _changed_error(target)

    def write_down() -> None:
        held = {name: (table.rows, table.digest) for name, table in manifest.tables.items()}
        isolate(connection, target.schema, manifest.model, created, wanted=options.rls)
        record_load(connection, target, created, held, (manifest.name, manifest.id))
        record()

    with result.phase("swap"):
        _drop(connection, OLD)
        _swap(connection, target, list(manifest.tables), plan.dependents, options, recheck, write_down)


def _stage_or_resume(
    connection: Connection,
    workers: Sequence[Connection],
    snapshot: Snapshot,
    target: Target,
    plan: Plan,
    options: LoadOptions,
    result: LoadResult,
    structure: str,
) -> None:
    manifest = snapshot.manifest
    purpose = {
        "of": options.schema,
        "snapshot": hashlib.sha256(manifest.to_bytes()).hexdigest(),
        "structure": structure,
        "verify": options.verify,
    }
    oids = [target.existing[name].oid for name in manifest.tables if name in target.existing]
    extended = [statement for _, _, statement, *_ in statistics(connection, oids)]
    if reusable(workers[0], purpose):
        result.rows, result.digests = manifest.rows, manifest.digests if options.verify == "digest" else {}
    else:
        discard(workers[0])
        options.step("discarded")
        stage(workers, snapshot, plan.table_definitions, extended, purpose, options, result)
    options.step("staged")
    _refuse_orphaned_rows(workers[0], options.schema, plan)


def _refuse_orphaned_rows(connection: Connection, schema: str, plan: Plan) -> None:
    for one in plan.dependents:
        if one.orphans_query is not None:
            with connection.transaction():
                use_stage_settings(connection, schema)
                found = connection.execute(one.orphans_query).fetchone()
            if found and found[0]:
                raise orphaned_rows_error(one)


def _swap(
    connection: Connection,
    target: Target,
    new: list[str],
    dependents: tuple[Dependent, ...],
    options: LoadOptions,
    recheck: Callable[[], None],
    write_down: Callable[[], None],
) -> None:
    existing = {target.existing[name].oid: name for name in new if name in target.existing}
    connection.execute("set local synchronous_commit = on")

    def body() -> None:
        options.step("locked")
        recheck()
        if existing and tuple(find_dependents(connection, target.schema, list(existing))) != dependents:
            raise _changed_error(target)
        swap_tables(connection, target.schema, list(existing.values()), new, dependents, options, write_down)

    if existing:
        named = {oid: Identifier(target.schema, name) for oid, name in existing.items()}
        with_exclusive_locks(connection, named, [one.lock for one in dependents if one.lock is not None], options, body)
    else:
        with connection.transaction():
            body()


def _changed_error(target: Target) -> PostgresError:
    return PostgresError(f"{target.database}: the tables were changed while new ones were made; run it again")


def _drop(connection: Connection, space: str) -> None:
    """Remove a schema of ours, if it is there, with its tables."""
    if read_schema_comment(connection, space) is not None:
        for statement in drop_schema(space, tables_in(connection, space)):
            connection.execute(statement)


def swap_back(connection: Connection, options: LoadOptions, result: LoadResult) -> Plan:
    """Swap the kept old tables in again, within the caller's transaction; those that stood until now are kept instead."""
    acquire_restore_lock(connection, NEXT)
    kept_of = read_schema_comment(connection, OLD)
    if kept_of is None or kept_of.get("of") != options.schema:
        raise PostgresError(
            f"{connection.info.dbname}: keeps no old tables of schema {options.schema!r}; load with --keep-old to keep them"
        )
    target = survey(connection, options.schema, Model("none", "No entities of its own.", ()))
    kept = [name for name in tables_in(connection, OLD) if name != LOAD_REGISTRY]
    plan = plan_rollback(connection, target)
    _drop(connection, NEXT)
    connection.execute(SQL("alter schema {} rename to {}").format(Identifier(OLD), Identifier(NEXT)))
    _refuse_orphaned_rows(connection, options.schema, plan)

    def write_down() -> None:
        mark, was = Identifier(options.schema, LOAD_REGISTRY), Identifier(NEXT, LOAD_REGISTRY)
        connection.execute(SQL("truncate {}").format(mark))
        if LOAD_REGISTRY in tables_in(connection, NEXT):
            insert = SQL("insert into {} table {} returning table_name, rows").format(mark, was)
            result.rows = dict(connection.execute(insert).fetchall())
            connection.execute(SQL("drop table {} restrict").format(was))

    with result.phase("swap"):
        _swap(connection, target, kept, plan.dependents, replace(options, keep_old=True), lambda: None, write_down)
    return plan


@contextlib.contextmanager
def discard_stage_on_failure(connection: Connection, url: str, result: LoadResult) -> Iterator[None]:
    """Remove what was staged, if it came to that, when the block fails, except when only somebody's use of the live tables was in the way.

    The block's transaction must be within it: its locks are gone by then. Where removing fails the next run does it.
    """
    try:
        yield
    except BusyError:
        raise
    except BaseException:
        if result.strategy in ("direct", "staged"):
            with contextlib.suppress(QaseedError, psycopg.Error), contextlib.ExitStack() as opened:
                usable = opened.enter_context(connected(url)) if connection.broken else connection
                with usable.transaction():
                    acquire_restore_lock(usable, NEXT)
                    discard(usable)
        raise


def validate_dependents(connection: Connection, plan: Plan) -> None:
    """Check what was bound in the swap without being checked: foreign keys of other tables."""
    for one in plan.dependents:
        for statement in one.validate_later:
            try:
                with connection.transaction():
                    use_stage_settings(connection, "public")
                    connection.execute(statement)
            except psycopg.Error as error:
                raise PostgresError(
                    f"{one.what}: the new rows stand, but it could not be validated ({describe_error(error)}); "
                    "mend its rows and validate it"
                ) from None
