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
from qaseed.loading.advisory_lock import wait_for_turn
from qaseed.loading.dependents import Dependent, dependents, statistics, strays_of
from qaseed.loading.lock_retry import BusyError, hold_all, wait_for_snapshots
from qaseed.loading.options import Loaded, Options
from qaseed.loading.plan import Plan, plan_back
from qaseed.loading.staging import discard, quiet, reusable, stage
from qaseed.loading.structure import fingerprint, structures
from qaseed.loading.swap import exchange, remove, tables_in, told_by
from qaseed.model import Model
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
    options: Options,
    loaded: Loaded,
    note: Callable[[], None],
    **guards: Any,
) -> None:
    """Stage the snapshot over the workers, and swap it in within the caller's transaction.

    `note` writes down what else is to be written down in that transaction.
    """
    manifest = snapshot.manifest
    created = {name: name not in target.existing or target.is_created(name) for name in manifest.tables}
    wait_for_turn(connection, NEXT)
    told_by(connection, OLD)  # somebody else's is told before anything is done
    _stage(connection, workers, snapshot, target, plan, options, loaded, fingerprint(list(plan.structures), created))
    if options.how == "insert" and plan.strategy == "staged":
        with loaded.phase("wait"):
            wait_for_snapshots(connection, options.max_snapshot_wait)

    def recheck() -> None:
        found = survey(connection, target.schema, manifest.model)
        guard(connection, found, manifest.model, **guards | {"confirmed": target.database})
        if tuple(structures(connection, found, manifest.model)) != plan.structures:
            raise _changed(target)

    def write_down() -> None:
        held = {name: (table.rows, table.digest) for name, table in manifest.tables.items()}
        isolate(connection, target.schema, manifest.model, created, wanted=options.rls)
        record_load(connection, target, created, held, (manifest.name, manifest.id))
        note()

    with loaded.phase("swap"):
        _drop(connection, OLD)
        _swap(connection, target, list(manifest.tables), plan.hanging, options, recheck, write_down)


def _stage(
    connection: Connection,
    workers: Sequence[Connection],
    snapshot: Snapshot,
    target: Target,
    plan: Plan,
    options: Options,
    loaded: Loaded,
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
        loaded.rows, loaded.digests = manifest.rows, manifest.digests if options.verify == "digest" else {}
    else:
        discard(workers[0])
        options.step("discarded")
        stage(workers, snapshot, plan.structures, extended, purpose, options, loaded)
    options.step("staged")
    _refuse_strays(workers[0], options.schema, plan)


def _refuse_strays(connection: Connection, schema: str, plan: Plan) -> None:
    for one in plan.hanging:
        if one.strays is not None:
            with connection.transaction():
                quiet(connection, schema)
                found = connection.execute(one.strays).fetchone()
            if found and found[0]:
                raise strays_of(one)


def _swap(
    connection: Connection,
    target: Target,
    new: list[str],
    hanging: tuple[Dependent, ...],
    options: Options,
    recheck: Callable[[], None],
    write_down: Callable[[], None],
) -> None:
    standing = {target.existing[name].oid: name for name in new if name in target.existing}
    connection.execute("set local synchronous_commit = on")

    def body() -> None:
        options.step("locked")
        recheck()
        if standing and tuple(dependents(connection, target.schema, list(standing))) != hanging:
            raise _changed(target)
        exchange(connection, target.schema, list(standing.values()), new, hanging, options, write_down)

    if standing:
        named = {oid: Identifier(target.schema, name) for oid, name in standing.items()}
        hold_all(connection, named, [one.lock for one in hanging if one.lock is not None], options, body)
    else:
        with connection.transaction():
            body()


def _changed(target: Target) -> PostgresError:
    return PostgresError(f"{target.database}: the tables were changed while new ones were made; run it again")


def _drop(connection: Connection, space: str) -> None:
    """Remove a schema of ours, if it is there, with its tables."""
    if told_by(connection, space) is not None:
        for statement in remove(space, tables_in(connection, space)):
            connection.execute(statement)


def bring_back(connection: Connection, options: Options, loaded: Loaded) -> Plan:
    """Swap the kept old tables in again, within the caller's transaction; those that stood until now are kept instead."""
    wait_for_turn(connection, NEXT)
    kept_of = told_by(connection, OLD)
    if kept_of is None or kept_of.get("of") != options.schema:
        raise PostgresError(
            f"{connection.info.dbname}: keeps no old tables of schema {options.schema!r}; load with --keep-old to keep them"
        )
    target = survey(connection, options.schema, Model("none", "No entities of its own.", ()))
    kept = [name for name in tables_in(connection, OLD) if name != LOAD_REGISTRY]
    plan = plan_back(connection, target)
    _drop(connection, NEXT)
    connection.execute(SQL("alter schema {} rename to {}").format(Identifier(OLD), Identifier(NEXT)))
    _refuse_strays(connection, options.schema, plan)

    def write_down() -> None:
        mark, was = Identifier(options.schema, LOAD_REGISTRY), Identifier(NEXT, LOAD_REGISTRY)
        connection.execute(SQL("truncate {}").format(mark))
        if LOAD_REGISTRY in tables_in(connection, NEXT):
            insert = SQL("insert into {} table {} returning table_name, rows").format(mark, was)
            loaded.rows = dict(connection.execute(insert).fetchall())
            connection.execute(SQL("drop table {} restrict").format(was))

    with loaded.phase("swap"):
        _swap(connection, target, kept, plan.hanging, replace(options, keep_old=True), lambda: None, write_down)
    return plan


@contextlib.contextmanager
def cleaned_up(connection: Connection, url: str, loaded: Loaded) -> Iterator[None]:
    """Remove what was staged, if it came to that, when the block fails, except when only somebody's use of the live tables was in the way.

    The block's transaction must be within it: its locks are gone by then. Where removing fails the next run does it.
    """
    try:
        yield
    except BusyError:
        raise
    except BaseException:
        if loaded.strategy in ("direct", "staged"):
            with contextlib.suppress(QaseedError, psycopg.Error), contextlib.ExitStack() as opened:
                usable = opened.enter_context(connected(url)) if connection.broken else connection
                with usable.transaction():
                    wait_for_turn(usable, NEXT)
                    discard(usable)
        raise


def settle(connection: Connection, plan: Plan) -> None:
    """Check what was bound in the swap without being checked: foreign keys of other tables."""
    for one in plan.hanging:
        for statement in one.settle:
            try:
                with connection.transaction():
                    quiet(connection, "public")
                    connection.execute(statement)
            except psycopg.Error as error:
                raise PostgresError(
                    f"{one.what}: the new rows stand, but it could not be validated ({describe_error(error)}); "
                    "mend its rows and validate it"
                ) from None
