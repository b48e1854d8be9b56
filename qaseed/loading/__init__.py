"""Snapshot to Postgres: COPY into new tables that replace the old ones; read back and compared; all or nothing."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from qaseed import audit
from qaseed.arguments import as_url
from qaseed.audit import Event
from qaseed.errors import PostgresError
from qaseed.loading import preflight
from qaseed.loading.after import read_after
from qaseed.loading.event_triggers import named_event_triggers
from qaseed.loading.inplace import load_in_place
from qaseed.loading.job import Load
from qaseed.loading.joining import join, join_with_options
from qaseed.loading.options import BATCH_ROWS, WORKERS, CopyMethod, LoadOptions, Publications, Strategy, Verify
from qaseed.loading.plan import make_plan
from qaseed.loading.purging import purge, purge_with_changes
from qaseed.loading.result import NO_RECORDS, LoadResult, Progress
from qaseed.loading.settings import use_restore_settings
from qaseed.loading.staged_restore import discard_stage_on_failure, restore, swap_back, validate_dependents
from qaseed.loading.staging import is_small
from qaseed.loading.watchdog import end_if_silent
from qaseed.postgres import trail
from qaseed.postgres.advisory_lock import acquire_restore_lock
from qaseed.postgres.connection import (
    connected,
    describe_error,
    display_url,
    postgres_error,
    spare_connections,
)
from qaseed.postgres.guard import Permission, record
from qaseed.postgres.one_server import pinned_url, refuse_other_servers
from qaseed.postgres.session import temporary_settings
from qaseed.postgres.target import survey
from qaseed.postgres.urls import settings_of
from qaseed.snapshot import Snapshot, as_snapshot, with_defaults

if TYPE_CHECKING:
    import psycopg

    from qaseed.snapshot.by_file import FileSource

    Connection = psycopg.Connection[Any]


def load(
    snapshot: Snapshot | str | os.PathLike[str],
    url: str,
    *,
    schema: str = "public",
    confirm: str | None = None,
    batch_rows: int = BATCH_ROWS,
    how: CopyMethod | None = None,
    strategy: Strategy | None = None,
    verify: Verify = "digest",
    keep_old: bool = False,
    max_snapshot_wait: float = 60.0,
    max_lock_wait: float = 0.8,
    terminate_blockers: bool = False,
    publications: Publications = "refuse",
    workers: int = WORKERS,
    after: str | os.PathLike[str] | None = None,
    rls: bool | None = None,
    coordinate: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> LoadResult:
    """Restore a snapshot into the database at `url`: after any failure everything is as it was.

    New tables are created in a schema of their own over `workers` connections, and then replace those that qaseed
    loaded before, dependents included; readers see the old rows or the new ones. Tables with rows that qaseed did not
    load are refused (`UnsafeError`). `strategy` is chosen by the tables that exist unless given. `how` is binary COPY
    where every type is proven and text where not, unless given; `insert` is for poolers that refuse COPY. Postgres is
    read back: counts, and by default logical digests, must be those of the manifest. With `rls` each tenant's rows are
    shown to that tenant alone, without it (False) to all; None changes no policy. `PostgresError` names what Postgres
    refused, never a password. With `dry_run` the target is only read: it raises the errors that the load
    would raise, and `plan` in the result describes the load.

    - `snapshot`: its folder, its name in the folder of snapshots, or what `open_snapshot` returns.
    - `batch_rows`: rows a buffer, 1 to 10,000,000; `workers`: connections for more than 10,000 rows, 1 to 64.
    - `max_snapshot_wait` (0 to 86,400) and `max_lock_wait` (0.01 to 60) are seconds.
    - `confirm`: the database's name, where a `ConfirmationError` asks for it.
    - `publications`: where subscribers have the tables, `refuse` the load, send them all rows by filling the tables in
      place (`refresh`), or let them `keep` the old rows.
    - `after`: a file of SQL that runs in the transaction of the load, once the new rows are in place.
    - `coordinate`: let programs that `join` it load files too. Of a reference to a store, only files that this program
      loads are then read.

    Raises `UsageError` (exit code 2), `SnapshotError` (3), `UnsafeError` (4) or `PostgresError` (5).
    """
    as_url("url", url)
    options = LoadOptions(
        schema=schema,
        confirm=confirm,
        batch_rows=batch_rows,
        how=how,
        strategy=strategy,
        verify=verify,
        keep_old=keep_old,
        max_snapshot_wait=max_snapshot_wait,
        max_lock_wait=max_lock_wait,
        terminate_blockers=terminate_blockers,
        publications=publications,
        workers=workers,
        after=read_after(after),
        dry_run=dry_run,
        rls=rls,
        coordinate=coordinate,
    )
    if coordinate:
        from qaseed.snapshot.by_file import open_files

        with open_files(snapshot) as files:
            return load_with_options(files.snapshot, url, options, progress, files)
    return load_with_options(as_snapshot(snapshot), url, options, progress)


def load_with_options(
    snapshot: Snapshot,
    url: str,
    options: LoadOptions,
    progress: Progress | None = None,
    files: FileSource | None = None,
) -> LoadResult:
    """Load as `load` does, with options that are already checked; `progress` is called as the load proceeds.

    With `files`, which are those of the snapshot, others may join.
    """
    snapshot = with_defaults(snapshot)
    begun, model = time.perf_counter(), snapshot.manifest.model
    facts = snapshot.manifest.summary | _facts(options)
    action = "dry_run" if options.dry_run else "load"
    with audit.record_failure(audit.Event(action, facts)):
        if not files:  # else each file is checked by who loads it
            snapshot.check_contents()
    checked = time.perf_counter()
    with audit.recorded(action, **facts) as event, connected(url) as connection:
        url = pinned_url(url, connection)
        result = LoadResult(display_url(connection), progress=progress)
        result.phases |= {"check": checked - begun, "connect": time.perf_counter() - checked}
        job = Load(
            connection=connection,
            connect=partial(spare_connections, url),
            snapshot=snapshot,
            options=options,
            result=result,
            record=partial(_record, connection, options.schema, event, result),
            files=files,
        )
        trailed = nullcontext() if options.dry_run else trail.record_failure(connection, options.schema, event)
        with (
            named_event_triggers(connection),
            discard_stage_on_failure(connection, url, result),
            trailed,
            connection.transaction(),
            ExitStack() as opened,
        ):
            event.facts["target"] = trail.fingerprint(connection, options.schema)
            with result.phase("prepare", reported=False):
                if not options.dry_run:
                    acquire_restore_lock(connection, options.schema)
                    use_restore_settings(connection)
                target = survey(connection, options.schema, model)
                job.guard(target)
                # a dry run and a load in place need one more connection, if only to know that the server has one
                one = options.dry_run or options.in_place or (is_small(snapshot.manifest) and not files)
                wanted = 1 if one else options.workers
                spare = opened.enter_context(spare_connections(url, wanted))
                refuse_other_servers(connection, spare)
                plan = make_plan(connection, snapshot, target, options, spare=len(spare))
                if files and plan.strategy not in ("direct", "staged"):
                    raise PostgresError(f"{target.database}: several programs need new tables to fill, but {plan.why}")
                preflight.refuse_bad_after(connection, options)
                plan = replace(plan, changes=result.changes, after=options.after_name)
            result.use_plan(plan, snapshot)
            if options.dry_run:
                return result
            if plan.strategy in ("direct", "staged"):
                restore(job, spare, target, plan)
            else:
                with end_if_silent(spare, connection):
                    load_in_place(job, freeze=True)
            begun = time.perf_counter()
        result.phases["commit"] = time.perf_counter() - begun
        options.step("committed")
        validate_dependents(connection, plan)
    result.verified = options.verify == "digest"
    return result


def _facts(options: LoadOptions) -> dict[str, Any]:
    """What the audit trail says of how a load was asked for."""
    after = {"after": options.after.digest} if options.after else {}
    return after | ({"confirmed": True} if options.confirm else {})


def _record(connection: Connection, schema: str, event: Event, result: LoadResult) -> None:
    record(connection, schema, event, Permission(result.overridden, result.changes))


def clone(
    snapshot: Snapshot | str | os.PathLike[str],
    url: str,
    database: str,
    *,
    owner: str | None = None,
    confirm: str | None = None,
    verify: Verify = "digest",
    workers: int = WORKERS,
    after: str | os.PathLike[str] | None = None,
    dry_run: bool = False,
) -> LoadResult:
    """Create a database with the snapshot on the server of `url`, by copying a template, which the first clone creates.

    The template is named by the snapshot's digests and its tables' shape; a clone takes milliseconds to seconds,
    whatever the number of rows. `database` is the new database's name, at most 63 bytes; a clone of that name that
    qaseed recorded on this server is replaced unless a session uses it, and keeps its owner, grants, settings and
    connection limit. `owner` is the role that gets the database and its tables. `confirm` is the new database's name,
    where a `ConfirmationError` asks for it. `snapshot`, `verify`, `workers`, `after` and `dry_run` are those of `load`.

    Raises `UnsafeError` (exit code 4) if a database of that name exists that qaseed did not clone, `PostgresError` (5)
    if it is in use or the role may not create databases.
    """
    as_url("url", url)
    options = LoadOptions(confirm=confirm, verify=verify, workers=workers, after=read_after(after), dry_run=dry_run)
    return clone_with_options(as_snapshot(snapshot), url, database, options, owner=owner)


def clone_with_options(
    snapshot: Snapshot,
    url: str,
    database: str,
    options: LoadOptions,
    *,
    owner: str | None = None,
    progress: Progress | None = None,
) -> LoadResult:
    """Clone as `clone` does, with options that are already checked; the tables of a clone are in `public`.

    `progress` is called as the template is loaded.
    """
    from qaseed.loading import template
    from qaseed.loading.clone_checks import record_override

    snapshot, result = with_defaults(snapshot), LoadResult("")

    def load_template(template_url: str) -> None:
        # the guard of the clone allowed it, and nothing else can be in a database that was created just now
        name = settings_of(template_url)["dbname"]
        load_with_options(snapshot, template_url, replace(options, confirm=name, schema="public", after=None), progress)

    facts = snapshot.manifest.summary | {"database": database} | _facts(options)
    with audit.recorded("clone", **facts) as event:
        try:
            template.clone(snapshot, url, database, options, result, owner=owner, load_template=load_template)
        finally:
            if result.changes:
                event.facts["changed_since_load"] = {name: vars(change) for name, change in result.changes.items()}
        record_override(result, facts)
    return result


def rollback(
    url: str,
    *,
    schema: str = "public",
    confirm: str | None = None,
    max_lock_wait: float = 0.8,
    terminate_blockers: bool = False,
    publications: Publications = "refuse",
) -> LoadResult:
    """Swap the tables that the last load kept (`keep_old`) in again; the present tables are kept instead.

    `url` is the database's, `schema` that of the tables, `confirm` the database's name, where a `ConfirmationError`
    asks for it. `max_lock_wait`, 0.01 to 60, is the seconds that readers may wait for one try; with
    `terminate_blockers` the sessions that use the tables are ended after some tries. `publications` says `keep` where
    subscribers may keep the present rows.

    Raises `UnsafeError` (exit code 4) if nothing was kept or it was changed, `PostgresError` (5) if Postgres refuses.
    """
    as_url("url", url)
    options = LoadOptions(
        schema=schema,
        confirm=confirm,
        max_lock_wait=max_lock_wait,
        terminate_blockers=terminate_blockers,
        publications=publications,
    )
    facts = {"confirmed": True} if confirm else {}
    with audit.recorded("rollback", **facts) as event, connected(url) as connection:
        result = LoadResult(display_url(connection), "rollback")
        with (
            named_event_triggers(connection, "rollback"),
            trail.record_failure(connection, schema, event),
            connection.transaction(),
        ):
            event.facts["target"] = trail.fingerprint(connection, schema)
            acquire_restore_lock(connection, schema)
            use_restore_settings(connection)
            result.plan = swap_back(connection, partial(spare_connections, url), options, result)
            _record(connection, schema, event, result)
        validate_dependents(connection, result.plan)
    result.total_records = sum(rows for name, rows in result.rows.items() if name not in NO_RECORDS)
    return result


def load_within(
    snapshot: Snapshot | str | os.PathLike[str],
    connection: Connection,
    *,
    schema: str = "public",
    batch_rows: int = BATCH_ROWS,
    how: CopyMethod | None = None,
    rls: bool | None = None,
    confirm: str | None = None,
) -> LoadResult:
    """Load over the caller's connection, within its transaction, which is never committed here.

    Who opened the connection has chosen the database, so that its name is asked for in `confirm` only if rows were
    inserted since the last load (`ConfirmationError`). Tables are emptied and filled in place. After a failure the
    transaction is as it was before the call. A connection in autocommit mode has no transaction: the load is then one
    of its own.
    """
    import psycopg
    from psycopg.rows import tuple_row

    snapshot = with_defaults(as_snapshot(snapshot))
    options = LoadOptions(schema=schema, confirm=confirm, batch_rows=batch_rows, how=how, rls=rls)
    result = LoadResult(display_url(connection), "in-place")
    isolation, before = "read committed", (connection.row_factory, connection.cursor_factory)
    connection.row_factory, connection.cursor_factory = tuple_row, psycopg.Cursor
    try:
        # without autocommit this begins a transaction, so that the block below is a savepoint and commits nothing
        ((isolation,),) = connection.execute("show transaction_isolation").fetchall()
        facts = snapshot.manifest.summary | {"transaction": "the caller's"} | ({"confirmed": True} if confirm else {})
        with (
            audit.recorded("load", **facts) as event,
            named_event_triggers(connection),
            connection.transaction(),
            temporary_settings(connection),
        ):
            event.facts["target"] = trail.fingerprint(connection, schema)
            acquire_restore_lock(connection, schema)
            use_restore_settings(connection)
            job = Load(
                connection=connection,
                connect=lambda _: nullcontext([]),
                snapshot=snapshot,
                options=options,
                result=result,
                record=partial(_record, connection, schema, event, result),
                chosen=True,
            )
            load_in_place(job, freeze=False)  # no FREEZE: the caller's transaction may have cursors open
            event.facts.pop("target_head")  # the caller may still roll back
    except psycopg.Error as error:
        raise (_stale_snapshot_error(error, result.target, isolation) or postgres_error(error, result.target)) from None
    finally:
        connection.row_factory, connection.cursor_factory = before
    result.total_records, result.verified = snapshot.manifest.total_records, True
    return result


def _stale_snapshot_error(error: psycopg.Error, target: str, isolation: str) -> PostgresError | None:
    """The error of a caller's transaction that sees the tables as they were before another load."""
    from psycopg import errors

    stale = (errors.SerializationFailure, errors.InternalError_, errors.UniqueViolation, errors.DuplicateTable)
    if isolation == "read committed" or not isinstance(error, stale):
        return None
    return PostgresError(
        f"{target}: another load has changed the tables since this {isolation} transaction began "
        f"({describe_error(error)}); roll it back, and try again in a new one"
    )


__all__ = [
    "CopyMethod",
    "LoadOptions",
    "LoadResult",
    "Progress",
    "clone",
    "clone_with_options",
    "join",
    "join_with_options",
    "load",
    "load_with_options",
    "load_within",
    "purge",
    "purge_with_changes",
    "rollback",
]
