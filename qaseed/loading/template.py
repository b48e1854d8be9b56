"""A database by cloning: a snapshot is loaded once into a template database, and copied from there as files."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Composed, Identifier, Literal

from qaseed import audit
from qaseed.errors import PostgresError, UnsafeError, UsageError
from qaseed.loading.options import LoadOptions
from qaseed.loading.plan import plan_template
from qaseed.loading.result import LoadResult
from qaseed.loading.swap import COMMENT_PREFIX
from qaseed.loading.verifying import verify
from qaseed.postgres import permit, tables
from qaseed.postgres.advisory_lock import acquire_restore_lock
from qaseed.postgres.connection import connected
from qaseed.postgres.target import LOAD_REGISTRY, templates
from qaseed.postgres.urls import build, settings_of
from qaseed.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Connection = psycopg.Connection[Any]

FILE_COPY_BYTES = 64 << 20
"""Bytes from which copying files, which takes two checkpoints, is faster than writing every page to the log."""


def clone(
    snapshot: Snapshot,
    url: str,
    database: str,
    options: LoadOptions,
    result: LoadResult,
    load_with_options: Callable[[Snapshot, str, LoadOptions], LoadResult],
) -> None:
    """Create a database of that name with the snapshot, by way of a template on the same server, created if there is
    none.

    A database of that name is replaced if it is a clone that qaseed created and no session uses. Each is created under
    another name, and renamed when it is complete, so that the name always has its database.
    """
    if not 0 < len(database.encode("utf-8", "replace")) <= tables.LONGEST_NAME:
        raise UsageError(f"--database: {database!r} cannot be; give a name of at most {tables.LONGEST_NAME} bytes")
    name = template_name(snapshot)
    with connected(url) as lock_connection, connected(url) as connection:
        info = connection.info
        result.target = build(info.user, info.host or info.hostaddr, str(info.port), database)
        _check_may_clone(connection, database)
        exists = _comment(connection, name) is not None
        result.use_plan(plan_template(snapshot, name, exists=exists), snapshot)
        if options.dry_run:
            return
        with lock_connection.transaction():
            acquire_restore_lock(lock_connection, name)  # so that only one makes it
            if _comment(connection, name) is None:
                with result.phase("template"):
                    _make_template(connection, url, name, snapshot, options, load_with_options)
            with result.phase("clone"):
                aside = _copy_template(connection, name, database)
            with result.phase("verify"):
                _adopt_copy(_with_database(url, aside), database, snapshot, result)
            with result.phase("swap"):
                _rename_into_place(connection, aside, database)
    result.verified = options.verify == "digest"
    if result.verified:
        result.digests = snapshot.manifest.digests


def template_name(snapshot: Snapshot) -> str:
    """The name of a snapshot's template: by its manifest, which has the digests of all rows, and the tables' DDL."""
    schema = "\n".join(tables.ddl("public", snapshot.manifest.model))
    parts = (snapshot.manifest.to_bytes(), schema.encode())
    return "_".join(("qaseed_template", *(hashlib.sha256(part).hexdigest()[:12] for part in parts)))


def _check_may_clone(connection: Connection, database: str) -> None:
    """`UnsafeError` if the database exists and is no clone; `PostgresError` if the role may not create any."""
    comment = _comment(connection, database)
    if comment is not None and not comment.startswith(COMMENT_PREFIX):
        raise UnsafeError(f"{database}: exists and is no clone that qaseed created; choose another --database")
    may = connection.execute("select rolcreatedb or rolsuper from pg_catalog.pg_roles where rolname = current_user")
    if may.fetchone() != (True,):
        raise PostgresError(f"{database}: {connection.info.user} may not create databases; grant CREATEDB")


def _comment(connection: Connection, database: str) -> str | None:
    """The comment of a database; empty if it has none, None if there is no such database."""
    row = connection.execute(
        "select coalesce(shobj_description(oid, 'pg_database'), '') from pg_catalog.pg_database where datname = %s",
        (database,),
    ).fetchone()
    return str(row[0]) if row else None


def _make_template(
    connection: Connection,
    url: str,
    name: str,
    snapshot: Snapshot,
    options: LoadOptions,
    load_with_options: Callable[[Snapshot, str, LoadOptions], LoadResult],
) -> None:
    making, final = Identifier(f"{name}_making"), Identifier(name)
    _drop(connection, f"{name}_making")
    connection.execute(SQL("create database {}").format(making) + _utf8_clause(connection))
    load_with_options(snapshot, _with_database(url, f"{name}_making"), options)
    connection.execute(_write_comment(making, {"template": snapshot.manifest.id}))
    connection.execute(SQL("alter database {} with is_template true allow_connections false").format(making))
    connection.execute(SQL("alter database {} rename to {}").format(making, final))


def _utf8_clause(connection: Connection) -> SQL:
    """What a new database needs to hold all letters, on a server whose own template cannot."""
    row = connection.execute(
        "select pg_encoding_to_char(encoding) from pg_catalog.pg_database where datname = 'template1'"
    ).fetchone()
    return SQL("" if row == ("UTF8",) else " template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'")


def _copy_template(connection: Connection, name: str, database: str) -> str:
    """Copy the template; returns the name of the copy."""
    aside = _auxiliary_name(database, "clone")
    _drop(connection, aside)
    _create(connection, name, aside)
    connection.execute(_write_comment(Identifier(aside), {"clone": name}))
    return aside


def _adopt_copy(url: str, database: str, snapshot: Snapshot, result: LoadResult) -> None:
    """Write the name that the copy will have into its load registry and permit, and count its rows.

    Their digests were compared in the template, of which it is a copy of files.
    """
    with connected(url) as inside, inside.transaction():
        inside.execute(
            SQL("update {} set database = {}").format(Identifier("public", LOAD_REGISTRY), Literal(database))
        )
        permit.write(inside, "public", replace(permit.read_identity(inside), database=database), None)
        for entity in snapshot.manifest.model.entities:
            verify(inside, "public", entity, snapshot.manifest.tables[entity.name], result, "counts")


def _rename_into_place(connection: Connection, aside: str, database: str) -> None:
    """Give the copy its name in one step, and then drop what had it."""
    old = _auxiliary_name(database, "old")
    _drop(connection, old)
    rename = SQL("alter database {} rename to {}")
    with _unused(database), connection.transaction():
        if _comment(connection, database) is not None:
            connection.execute(rename.format(Identifier(database), Identifier(old)))
        connection.execute(rename.format(Identifier(aside), Identifier(database)))
    _drop(connection, old)


def _auxiliary_name(database: str, role: str) -> str:
    """A name that belongs to the making of this database alone."""
    return f"qaseed_{role}_{hashlib.sha256(database.encode()).hexdigest()[:16]}"


def _create(connection: Connection, name: str, database: str) -> None:
    """Copy a database in the fastest way that the server knows for its size."""
    statement = SQL("create database {} template {}").format(Identifier(database), Identifier(name))
    if connection.info.server_version < 150_000:
        connection.execute(statement)
        return
    size = connection.execute("select pg_database_size(%s)", (name,)).fetchone()
    if size and size[0] < FILE_COPY_BYTES:
        connection.execute(statement + SQL(" strategy wal_log"))
        return
    if connection.info.server_version >= 180_000 and _is_default(connection, "file_copy_method"):
        # milliseconds where the file system shares blocks; where not, copied in the kernel, measured 15 % slower
        with contextlib.suppress(psycopg.errors.InvalidParameterValue):
            connection.execute("set file_copy_method = clone")
    connection.execute(statement + SQL(" strategy file_copy"))


def _is_default(connection: Connection, setting: str) -> bool:
    """Whether this setting of the server has its default."""
    row = connection.execute("select source from pg_catalog.pg_settings where name = %s", (setting,)).fetchone()
    return row == ("default",)


def _drop(connection: Connection, database: str) -> None:
    with _unused(database):
        connection.execute(SQL("drop database if exists {}").format(Identifier(database)))


@contextlib.contextmanager
def _unused(database: str) -> Iterator[None]:
    """Around what Postgres does only to databases without sessions."""
    try:
        yield
    except psycopg.errors.ObjectInUse:
        raise PostgresError(f"{database}: a session uses it; end that first, nothing was changed") from None


def drop_templates(url: str) -> dict[str, int]:
    """Drop all templates on a server; returns how many bytes each took. The next clone creates its template again.

    A database of such a name with another comment stays. Clones that run are waited for, for some seconds.
    """
    dropped: dict[str, int] = {}
    with (
        audit.recorded("purge") as event,
        connected(url) as lock_connection,
        connected(url) as connection,
        lock_connection.transaction(),
    ):
        event.facts["templates"] = dropped
        existing = templates(connection)
        for name in sorted({name.removesuffix("_making") for name in existing}):
            acquire_restore_lock(lock_connection, name)  # whose clones under way are among them
        for name, size in existing.items():
            comment = _comment(connection, name)
            if comment is not None and (not comment or comment.startswith(COMMENT_PREFIX)):
                connection.execute(SQL("alter database {} is_template false").format(Identifier(name)))
                _drop(connection, name)
                dropped[name] = size
    return dropped


def _write_comment(database: Identifier, purpose: dict[str, str]) -> Composed:
    return SQL("comment on database {} is {}").format(database, Literal(COMMENT_PREFIX + json.dumps(purpose)))


def _with_database(url: str, database: str) -> str:
    return make_conninfo(**settings_of(url) | {"dbname": database})
