"""Cloning: a snapshot is loaded once into a template database, whose files are then copied into each clone."""

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
_UNFINISHED = "_making"
"""Ends the name of a template until it is complete; `qaseed.postgres.target.templates` lists such names too."""


def clone(
    snapshot: Snapshot,
    url: str,
    database: str,
    options: LoadOptions,
    result: LoadResult,
    *,
    load_template: Callable[[str], object],
) -> None:
    """Copy the snapshot's template on the server of `url` into a database; create the template first if there is none.

    `load_template` loads the snapshot into the new, empty database whose URL it gets. A database of that name is
    replaced if it is a clone that qaseed created and no session uses it. Template and clone are created under other
    names, and renamed when they are complete, so that a name never has half a database.
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
            acquire_restore_lock(lock_connection, name)  # so that only one session creates it
            if _comment(connection, name) is None:
                with result.phase("template"):
                    _create_template(connection, url, snapshot, load_template)
            with result.phase("clone"):
                copy_name = _copy_template(connection, name, database)
            with result.phase("verify"):
                _adopt_copy(_with_database(url, copy_name), database, snapshot, result)
            with result.phase("swap"):
                _rename_into_place(connection, copy_name, database)
    result.verified = options.verify == "digest"
    if result.verified:
        result.digests = snapshot.manifest.digests


def template_name(snapshot: Snapshot) -> str:
    """The name of a snapshot's template: by its manifest, which has the digests of all rows, and the tables' DDL."""
    schema = "\n".join(tables.ddl("public", snapshot.manifest.model))
    parts = (snapshot.manifest.to_bytes(), schema.encode())
    return "_".join(("qaseed_template", *(hashlib.sha256(part).hexdigest()[:12] for part in parts)))


def unfinished_name(snapshot: Snapshot) -> str:
    """The name of a snapshot's template until it is complete."""
    return template_name(snapshot) + _UNFINISHED


def _check_may_clone(connection: Connection, database: str) -> None:
    """`UnsafeError` if the database exists and is no clone; `PostgresError` if the role may not create any."""
    comment = _comment(connection, database)
    if comment is not None and not comment.startswith(COMMENT_PREFIX):
        raise UnsafeError(f"{database}: exists and is no clone that qaseed created; choose another --database")
    row = connection.execute("select rolcreatedb or rolsuper from pg_catalog.pg_roles where rolname = current_user")
    if row.fetchone() != (True,):
        raise PostgresError(f"{database}: {connection.info.user} may not create databases; grant CREATEDB")


def _comment(connection: Connection, database: str) -> str | None:
    """The comment of a database; empty if it has none, None if there is no such database."""
    row = connection.execute(
        "select coalesce(shobj_description(oid, 'pg_database'), '') from pg_catalog.pg_database where datname = %s",
        (database,),
    ).fetchone()
    return str(row[0]) if row else None


def _create_template(
    connection: Connection, url: str, snapshot: Snapshot, load_template: Callable[[str], object]
) -> None:
    unfinished, final = Identifier(unfinished_name(snapshot)), Identifier(template_name(snapshot))
    _drop(connection, unfinished_name(snapshot))
    connection.execute(SQL("create database {}").format(unfinished) + _utf8_clause(connection))
    load_template(_with_database(url, unfinished_name(snapshot)))
    connection.execute(_write_comment(unfinished, {"template": snapshot.manifest.id}))
    connection.execute(SQL("alter database {} with is_template true allow_connections false").format(unfinished))
    connection.execute(SQL("alter database {} rename to {}").format(unfinished, final))


def _utf8_clause(connection: Connection) -> SQL:
    """The clause that gives a new database the encoding UTF8, on a server whose `template1` has another."""
    row = connection.execute(
        "select pg_encoding_to_char(encoding) from pg_catalog.pg_database where datname = 'template1'"
    ).fetchone()
    return SQL("" if row == ("UTF8",) else " template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'")


def _copy_template(connection: Connection, name: str, database: str) -> str:
    """Copy the template; returns the name of the copy."""
    copy_name = _auxiliary_name(database, "clone")
    _drop(connection, copy_name)
    _create(connection, name, copy_name)
    connection.execute(_write_comment(Identifier(copy_name), {"clone": name}))
    return copy_name


def _adopt_copy(url: str, database: str, snapshot: Snapshot, result: LoadResult) -> None:
    """Write the name that the copy will have into its load registry and permit, and count its rows.

    Their digests were compared in the template, of which it is a copy of files.
    """
    with connected(url) as copy, copy.transaction():
        copy.execute(SQL("update {} set database = {}").format(Identifier("public", LOAD_REGISTRY), Literal(database)))
        permit.write(copy, "public", replace(permit.read_identity(copy), database=database), None)
        for entity in snapshot.manifest.model.entities:
            verify(copy, "public", entity, snapshot.manifest.tables[entity.name], result, "counts")


def _rename_into_place(connection: Connection, copy_name: str, database: str) -> None:
    """Rename the copy to its final name, and drop the database that had the name before."""
    old = _auxiliary_name(database, "old")
    _drop(connection, old)
    rename = SQL("alter database {} rename to {}")
    with _unused(database), connection.transaction():
        if _comment(connection, database) is not None:
            connection.execute(rename.format(Identifier(database), Identifier(old)))
        connection.execute(rename.format(Identifier(copy_name), Identifier(database)))
    _drop(connection, old)


def _auxiliary_name(database: str, role: str) -> str:
    """The name of an auxiliary database that only clones to this database use."""
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
    """Turn the error of a statement that Postgres refuses while sessions use the database into a `PostgresError`."""
    try:
        yield
    except psycopg.errors.ObjectInUse:
        raise PostgresError(f"{database}: a session uses it; end that first, nothing was changed") from None


def drop_templates(url: str) -> dict[str, int]:
    """Drop all templates on a server; returns how many bytes each took. The next clone creates its template again.

    A database of such a name with another comment stays. Waits some seconds for clones that are still running.
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
        for name in sorted({name.removesuffix(_UNFINISHED) for name in existing}):
            acquire_restore_lock(lock_connection, name)  # running clones have it too
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
