"""A staged restore from end to end: stage or resume, wait, lock, swap; and the swap back to the kept tables."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.sql import SQL, Identifier

from qaseed.errors import PostgresError, QaseedError
from qaseed.loading.after import run_after
from qaseed.loading.coordinating import is_resumable
from qaseed.loading.dependent import orphaned_rows_error
from qaseed.loading.dependents import find_dependents
from qaseed.loading.dependents_elsewhere import unvalidated
from qaseed.loading.dependents_of_tables import statistics
from qaseed.loading.event_triggers import refuse_changes
from qaseed.loading.job import Load
from qaseed.loading.keys import loaded_tables
from qaseed.loading.lock_gates import Gates
from qaseed.loading.lock_holders import BusyError
from qaseed.loading.lock_retry import wait_for_snapshots, with_exclusive_locks
from qaseed.loading.options import LoadOptions
from qaseed.loading.plan import Plan, carried_dependents, plan_rollback
from qaseed.loading.result import LoadResult
from qaseed.loading.settings import stage_transaction
from qaseed.loading.staging import discard, refuse_changed_stage, reusable, stage
from qaseed.loading.swap import (
    Swap,
    drop_schema,
    others_error,
    read_schema_comment,
    refuse_others,
    swap_tables,
    tables_in,
)
from qaseed.loading.table_definition import fingerprint, model_definitions, table_definitions
from qaseed.loading.work_list import drop_list, is_listed, listed_tables
from qaseed.model import Model
from qaseed.postgres.advisory_lock import acquire_restore_lock
from qaseed.postgres.connection import connected, describe_error
from qaseed.postgres.guard import guard
from qaseed.postgres.isolation import isolate
from qaseed.postgres.registry import LoadedTable, record_load
from qaseed.postgres.session import release_snapshot
from qaseed.postgres.structures import record_structure, record_unvalidated
from qaseed.postgres.tables import existing_tables
from qaseed.postgres.target import LOAD_REGISTRY, NEXT, OLD, Target, survey

if TYPE_CHECKING:
    from qaseed.loading.lock_gates import Connect

Connection = psycopg.Connection[Any]


def restore(job: Load, workers: Sequence[Connection], target: Target, plan: Plan) -> None:
    """Stage the snapshot over the workers, and swap it in within the transaction of the job's connection."""
    connection, manifest, options = job.connection, job.manifest, job.options
    created = {name: name not in target.existing or target.is_created(name) for name in manifest.tables}
    acquire_restore_lock(connection, NEXT)
    read_schema_comment(connection, OLD)  # refuses a schema of that name that qaseed did not create
    contents = _stage_or_resume(job, workers, target, plan, fingerprint(list(plan.definitions), created))
    if plan.strategy == "staged" and (options.how == "insert" or is_listed(workers[0])):
        # rows of one COPY a table are frozen; others are invisible to transactions that began before them
        with job.result.phase("wait"):
            wait_for_snapshots(connection, options.max_snapshot_wait)

    def is_as_planned(current: Target) -> bool:
        return tuple(table_definitions(connection, current, manifest.model)) == plan.definitions

    def check_unchanged() -> None:
        current = survey(connection, target.schema, manifest.model)
        job.guard(current, locked=True)
        if not is_as_planned(current):
            raise _changed_error(target)

    def keeps_structure() -> bool:
        return bool(plan.changed_structure) or is_as_planned(survey(connection, target.schema, manifest.model))

    def record() -> None:
        drop_list(connection)
        isolate(connection, target.schema, manifest.model, created, target.existing, wanted=options.rls)
        record_load(connection, target, created, contents, (manifest.name, manifest.id))
        later = unvalidated(connection, plan.dependents)
        record_structure(connection, target.schema, model_definitions(manifest.model), later)
        job.record()

    with job.result.phase("swap"):
        if target.existing:
            job.guard(survey(connection, target.schema, manifest.model), again=True)
        _drop(connection, OLD)
        with _noticed_changes(target):
            refuse_changed_stage(connection, manifest)
        swap = _swap_of(target, list(manifest.tables), plan, options, record)
        with Gates(workers, job.connect) as gates:
            _lock_and_swap(connection, gates, target, swap, check_unchanged, keeps_structure)


def _stage_or_resume(
    job: Load, workers: Sequence[Connection], target: Target, plan: Plan, definitions_hash: str
) -> dict[str, LoadedTable]:
    """Stage the snapshot, or find it staged; what the load registry says of its tables."""
    manifest, options, result = job.manifest, job.options, job.result
    purpose = {
        "of": options.schema,
        "snapshot": [manifest.id, manifest.digests],
        "structure": definitions_hash,
        "verify": options.verify,
        "tables": list(manifest.tables),
    }
    oids = [target.existing[name].oid for name in manifest.tables if name in target.existing]
    extended = [statement for _, _, statement, *_ in statistics(job.connection, oids)]
    if reusable(workers[0], purpose):
        result.rows, result.digests = manifest.rows, manifest.digests if options.verify == "digest" else {}
        if is_listed(workers[0]):
            contents = listed_tables(workers[0], manifest)
        else:
            with job.snapshot.catalog(threads=1) as source:
                contents = loaded_tables(source, manifest)
    else:
        if not (job.files and is_resumable(workers[0], purpose, job.files)):
            refuse_others(discard(workers[0]))
        release_snapshot(job.connection)
        options.step("discarded")
        contents = stage(job, workers, plan.definitions, extended, purpose)
    options.step("staged")
    _refuse_orphaned_rows(workers[0], options.schema, plan)
    return contents


def _refuse_orphaned_rows(connection: Connection, schema: str, plan: Plan) -> None:
    for dependent in plan.dependents:
        if dependent.orphans_query is not None:
            with stage_transaction(connection, schema):
                orphans = connection.execute(dependent.orphans_query).fetchone()
            if orphans and orphans[0]:
                raise orphaned_rows_error(dependent)


def _swap_of(target: Target, new: list[str], plan: Plan, options: LoadOptions, record: Callable[[], None]) -> Swap:
    old = {target.existing[name].oid: name for name in new if name in target.existing}
    return Swap(schema=target.schema, old=old, new=new, dependents=plan.dependents, options=options, record=record)


def _lock_and_swap(
    connection: Connection,
    gates: Gates,
    target: Target,
    swap: Swap,
    check_unchanged: Callable[[], None],
    keeps_structure: Callable[[], bool] = lambda: True,
) -> None:
    connection.execute(
        "select set_config('synchronous_commit', 'local', true) where current_setting('synchronous_commit') = 'off'"
    )

    def body() -> None:
        swap.options.step("locked")
        check_unchanged()
        if swap.old and carried_dependents(connection, target, list(swap.old)) != swap.dependents:
            raise _changed_error(target)
        swap_tables(connection, swap)
        if swap.old:
            refuse_changes(connection, lambda: _has_same_dependents(connection, swap) and keeps_structure())
        seconds = swap.options.max_lock_wait if swap.old else None
        run_after(connection, target.schema, swap.new, swap.options.after, seconds)

    with _noticed_changes(target):
        if swap.old:
            tables = {oid: Identifier(swap.schema, name) for oid, name in swap.old.items()}
            locks = [dependent.lock for dependent in swap.dependents if dependent.lock is not None]
            with_exclusive_locks(connection, tables, locks, swap.options, body, gates)
        else:
            with connection.transaction():
                body()


def _has_same_dependents(connection: Connection, swap: Swap) -> bool:
    """Whether the new tables have what the old ones had."""
    existing = existing_tables(connection, swap.schema, list(swap.old.values()))
    oids = [existing[name].oid for name in swap.old.values()]
    return tuple(find_dependents(connection, swap.schema, oids)) == swap.dependents


@contextlib.contextmanager
def _noticed_changes(target: Target) -> Iterator[None]:
    """Say that tables were changed where others have dropped or renamed one."""
    try:
        yield
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        raise _changed_error(target) from None


def _changed_error(target: Target) -> PostgresError:
    return PostgresError(f"{target.database}: the tables were changed while new ones were staged; run it again")


def _drop(connection: Connection, schema: str) -> None:
    """Drop a schema that qaseed created, if it exists, with its tables."""
    if read_schema_comment(connection, schema) is not None:
        for statement in drop_schema(schema, tables_in(connection, schema)):
            connection.execute(statement)


def swap_back(connection: Connection, connect: Connect, options: LoadOptions, result: LoadResult) -> Plan:
    """Swap the kept old tables in again, within the caller's transaction; the present ones are kept instead."""
    acquire_restore_lock(connection, NEXT)
    purpose = read_schema_comment(connection, OLD)
    if purpose is None or purpose.get("of") != options.schema:
        raise PostgresError(
            f"{connection.info.dbname}: keeps no old tables of schema {options.schema!r}; load with "
            "--keep-old to keep them"
        )
    target = _survey_managed(connection, options.schema)
    permission = guard(connection, target, target.registry, confirmed=options.confirm)
    result.overridden, result.changes = permission.overridden, permission.changes
    old_tables = [name for name in tables_in(connection, OLD) if name != LOAD_REGISTRY]
    plan = plan_rollback(connection, target, options)
    _drop(connection, NEXT)
    connection.execute(SQL("alter schema {} rename to {}").format(Identifier(OLD), Identifier(NEXT)))
    _refuse_orphaned_rows(connection, options.schema, plan)

    def record() -> None:
        registry, restored_registry = Identifier(options.schema, LOAD_REGISTRY), Identifier(NEXT, LOAD_REGISTRY)
        connection.execute(SQL("truncate {}").format(registry))
        if LOAD_REGISTRY in tables_in(connection, NEXT):
            insert = SQL("insert into {} table {} returning table_name, rows").format(registry, restored_registry)
            result.rows = dict(connection.execute(insert).fetchall())
            connection.execute(SQL("drop table {} restrict").format(restored_registry))
        record_unvalidated(connection, options.schema, unvalidated(connection, plan.dependents))

    def check_rows() -> None:
        guard(connection, target, target.registry, confirmed=options.confirm, only_rows=True, counted=result.changes)

    with result.phase("swap"):
        swap = _swap_of(target, old_tables, plan, replace(options, keep_old=True), record)
        with Gates((), connect) as gates:
            _lock_and_swap(connection, gates, target, swap, check_rows)
    return plan


def _survey_managed(connection: Connection, schema: str) -> Target:
    """The target with the tables of its load registry alone."""
    return survey(connection, schema, Model("none", "No entities of its own.", ()))


@contextlib.contextmanager
def discard_stage_on_failure(connection: Connection, url: str, result: LoadResult) -> Iterator[None]:
    """Remove the stage when the block fails, except on `BusyError`: the next run then resumes with the stage.

    The block's transaction must be within it, so that its locks are released by then. Where removing fails the next run
    does it. `UnsafeError` names what somebody else put into the stage, if it made the block fail.
    """
    try:
        yield
    except BusyError:
        raise
    except BaseException as failure:
        others: list[str] = []
        if result.strategy in ("direct", "staged"):
            with contextlib.suppress(QaseedError, psycopg.Error), contextlib.ExitStack() as opened:
                usable = opened.enter_context(connected(url)) if connection.broken else connection
                with usable.transaction():
                    usable.execute("set local synchronous_commit = off")
                    acquire_restore_lock(usable, NEXT)
                    others = discard(usable)
        if isinstance(failure, psycopg.errors.DependentObjectsStillExist) and others:
            raise others_error(others) from None
        raise


def validate_dependents(connection: Connection, plan: Plan) -> None:
    """Validate the foreign keys of large other tables, which the swap added as NOT VALID to stay short."""
    for dependent in plan.dependents:
        if dependent.validate_later is None:
            continue
        try:
            with stage_transaction(connection, "public"):
                connection.execute(dependent.validate_later)
        except psycopg.Error as error:
            raise PostgresError(
                f"{dependent.description}: the new rows are loaded, but it could not be validated "
                f"({describe_error(error)}); fix its rows and load again, or validate it yourself"
            ) from None
