"""Snapshot to Postgres: COPY ... FROM STDIN into new tables that take the old ones' place; read back and compared; all or nothing."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from qaseed import audit
from qaseed.arguments import as_url
from qaseed.audit import Event
from qaseed.loading.advisory_lock import wait_for_turn
from qaseed.loading.inplace import fill
from qaseed.loading.options import BATCH_ROWS, WORKERS, How, Loaded, Options, Progress, Strategy, Verify
from qaseed.loading.plan import make_plan
from qaseed.loading.purging import purge
from qaseed.loading.staged_restore import bring_back, cleaned_up, restore, settle
from qaseed.loading.watchdog import watched
from qaseed.postgres import trail
from qaseed.postgres.connection import (
    connected,
    display_url,
    is_local,
    looks_like_production,
    postgres_error,
    spare_connections,
)
from qaseed.postgres.session import temporary_settings
from qaseed.postgres.target import guard, survey
from qaseed.snapshot import Snapshot, as_snapshot, with_defaults

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


def load(
    snapshot: Snapshot | str | os.PathLike[str],
    url: str,
    *,
    schema: str = "public",
    confirm: str | None = None,
    batch_rows: int = BATCH_ROWS,
    how: How | None = None,
    strategy: Strategy | None = None,
    verify: Verify = "digest",
    keep_old: bool = False,
    max_snapshot_wait: float = 60.0,
    max_lock_wait: float = 0.8,
    terminate_blockers: bool = False,
    workers: int = WORKERS,
    rls: bool | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Loaded:
    """Restore a snapshot into the database at `url`: after any failure everything is as it was.

    New tables are made aside over `workers` connections, and then take the place of those that qaseed loaded before, with
    all that hangs on them; whoever reads sees the old rows or the new ones. Tables with anybody else's rows are refused
    (`UnsafeError`). `strategy` is chosen by what stands in the target unless given. `how` is binary COPY where every type is
    proven and text where not, unless given; `insert` is for poolers that refuse COPY. Postgres is read back: counts, and by
    default logical digests, must be those of the manifest. With `rls` each tenant's rows are shown to that tenant alone,
    without it (False) to all; None leaves tables as they stand. `PostgresError` names what Postgres refused, never a password.
    With `dry_run` the target is only looked at: what would be refused is refused, `plan` says what would be done.

    - `snapshot`: its folder, its name in the folder of snapshots, or what `open_snapshot` returns.
    - `batch_rows`: rows a buffer, 1 to 10,000,000; `workers`: connections, 1 to 64.
    - `max_snapshot_wait` (0 to 86,400) and `max_lock_wait` (0.01 to 60) are seconds.
    - `confirm`: the database's name, where a `ConfirmationError` asks for it.

    Raises `UsageError` (exit code 2), `SnapshotError` (3), `UnsafeError` (4) or `PostgresError` (5).
    """
    as_url("url", url)
    options = Options(
        schema, confirm, batch_rows, how, strategy, verify, keep_old, max_snapshot_wait, max_lock_wait, terminate_blockers,
        workers, dry_run, rls,
    )  # fmt: skip
    return load_by(as_snapshot(snapshot), url, options, progress)


def load_by(snapshot: Snapshot, url: str, options: Options, progress: Progress | None = None) -> Loaded:
    """The same, by options that were made before."""
    snapshot = with_defaults(snapshot)
    begun, model = time.perf_counter(), snapshot.manifest.model
    told = snapshot.manifest.named | ({"confirmed": True} if options.confirm else {})
    action = "dry_run" if options.dry_run else "load"
    with audit.recorded(action, **told) as event, connected(url) as connection:
        loaded = Loaded(display_url(connection), progress=progress)
        loaded.phases["connect"] = time.perf_counter() - begun
        guards: dict[str, Any] = {
            "confirmed": options.confirm,
            "local": is_local(connection),
            "production": looks_like_production(connection),
        }
        trailed = nullcontext() if options.dry_run else trail.record_failure(connection, options.schema, event)
        with cleaned_up(connection, url, loaded), trailed, connection.transaction(), ExitStack() as opened:
            event.facts["target"] = trail.fingerprint(connection, options.schema)
            with loaded.phase("prepare", told=False):
                if not options.dry_run:
                    wait_for_turn(connection, options.schema)
                target = survey(connection, options.schema, model)
                loaded.overridden = guard(connection, target, model, **guards)
                alone = options.dry_run or options.strategy in ("in-place", "insert")
                wanted = 1 if alone else options.workers
                spare = opened.enter_context(spare_connections(url, wanted))
                plan = make_plan(connection, snapshot, target, options, spare=len(spare))
            loaded.follow(plan, snapshot)
            if options.dry_run:
                return loaded
            note = partial(_note, connection, options.schema, event, loaded)
            if plan.strategy in ("direct", "staged"):
                restore(connection, spare, snapshot, target, plan, options, loaded, note, **guards)
            else:
                with watched(spare, connection):
                    fill(connection, snapshot, options, loaded, note, freeze=True, **guards)
            begun = time.perf_counter()
        loaded.phases["commit"] = time.perf_counter() - begun
        options.step("committed")
        settle(connection, plan)
    loaded.verified = options.verify == "digest"
    return loaded


def _note(connection: Connection, schema: str, event: Event, loaded: Loaded) -> None:
    """Write the load, and the doubts that it overrode, into the target's trail, in the transaction that is open."""
    if loaded.overridden:
        override = Event("override", event.facts | {"reason": "; ".join(loaded.overridden)})
        audit.append(override.serialize())
        trail.append(connection, schema, override)
    event.facts["target_head"] = trail.append(connection, schema, event)


def clone(
    snapshot: Snapshot | str | os.PathLike[str],
    url: str,
    database: str,
    *,
    verify: Verify = "digest",
    workers: int = WORKERS,
    dry_run: bool = False,
) -> Loaded:
    """Make a database that holds the snapshot on the server of `url`, by copying a template that is made the first time.

    The template is named by the snapshot's digests and its tables' shape; a clone takes milliseconds to seconds, whatever the
    number of rows. `database` is the new database's name, at most 63 bytes; a clone of that name that nobody uses is replaced.
    `snapshot`, `verify`, `workers` and `dry_run` are those of `load`.

    Raises `UnsafeError` (exit code 4) if a database of that name exists that qaseed did not clone, `PostgresError` (5) if it
    is in use or the role may not create databases.
    """
    from qaseed.loading.template import clone as clone_by
    from qaseed.loading.template import template_name

    as_url("url", url)
    snapshot = with_defaults(as_snapshot(snapshot))
    # the template is a database of our own making
    options = Options(confirm=f"{template_name(snapshot)}_making", verify=verify, workers=workers, dry_run=dry_run)
    loaded = Loaded("")
    with audit.recorded("clone", **snapshot.manifest.named, database=database):
        clone_by(snapshot, url, database, options, loaded, load_by)
    return loaded


def rollback(
    url: str, *, schema: str = "public", max_lock_wait: float = 0.8, terminate_blockers: bool = False
) -> Loaded:
    """Swap the tables that the last load kept (`keep_old`) in again; those that stood until now are kept in their place.

    `url` is the database's, `schema` that of the tables. `max_lock_wait`, 0.01 to 60, is the seconds that readers may wait
    for one try; with `terminate_blockers` the sessions that use the tables are ended after some tries.

    Raises `UnsafeError` (exit code 4) if nothing was kept or somebody changed it, `PostgresError` (5) if Postgres refuses.
    """
    as_url("url", url)
    options = Options(schema, max_lock_wait=max_lock_wait, terminate_blockers=terminate_blockers)
    with audit.recorded("rollback") as event, connected(url) as connection:
        loaded = Loaded(display_url(connection), "rollback")
        with trail.record_failure(connection, schema, event), connection.transaction():
            event.facts["target"] = trail.fingerprint(connection, schema)
            wait_for_turn(connection, schema)
            loaded.plan = bring_back(connection, options, loaded)
            _note(connection, schema, event, loaded)
        settle(connection, loaded.plan)
    loaded.total_records = sum(loaded.rows.values())
    return loaded


def load_within(
    snapshot: Snapshot | str | os.PathLike[str],
    connection: Connection,
    *,
    schema: str = "public",
    batch_rows: int = BATCH_ROWS,
    how: How | None = None,
    rls: bool | None = None,
) -> Loaded:
    """The same through a connection of the caller's, within the caller's transaction, which is never committed here.

    Tables are emptied and filled in place. After a failure the transaction is as it was before the call. A connection in
    autocommit mode has no transaction: the load is then one of its own.
    """
    import psycopg
    from psycopg.rows import tuple_row

    snapshot = with_defaults(as_snapshot(snapshot))
    options, loaded = (
        Options(schema, batch_rows=batch_rows, how=how, rls=rls),
        Loaded(display_url(connection), "in-place"),
    )
    guards = {"confirmed": connection.info.dbname, "local": True, "production": False}
    before = connection.row_factory, connection.cursor_factory
    connection.row_factory, connection.cursor_factory = tuple_row, psycopg.Cursor
    try:
        if not connection.autocommit:
            connection.execute("select 1")  # so that the block below is a savepoint, and not a transaction to commit
        told = snapshot.manifest.named | {"transaction": "the caller's"}
        with audit.recorded("load", **told) as event, connection.transaction(), temporary_settings(connection):
            event.facts["target"] = trail.fingerprint(connection, schema)
            wait_for_turn(connection, schema)
            # no FREEZE: the caller's transaction may have cursors open
            note = partial(_note, connection, schema, event, loaded)
            fill(connection, snapshot, options, loaded, note, freeze=False, **guards)
            event.facts.pop("target_head")  # whether it stays is the caller's to decide
    except psycopg.Error as error:
        raise postgres_error(error, loaded.target) from None
    finally:
        connection.row_factory, connection.cursor_factory = before
    loaded.total_records, loaded.verified = snapshot.manifest.total_records, True
    return loaded


__all__ = ["How", "Loaded", "Options", "Progress", "clone", "load", "load_by", "load_within", "purge", "rollback"]
