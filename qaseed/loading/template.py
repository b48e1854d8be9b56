"""Cloning: a snapshot is loaded once into a template database, whose files are then copied into each clone."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from qaseed.errors import PostgresError, QaseedError, UnsafeError
from qaseed.loading import clone_properties, clone_record
from qaseed.loading.after import run_after
from qaseed.loading.clone_changes import clone_changes
from qaseed.loading.clone_checks import Replaced, check_name, check_privileges, confirm, replaced_clone
from qaseed.loading.clone_leftovers import copy_name, discard, replaced_name, sweep
from qaseed.loading.options import LoadOptions
from qaseed.loading.plan import plan_template
from qaseed.loading.preflight import refuse_bad_after
from qaseed.loading.result import LoadResult
from qaseed.loading.template_names import TemplateNames, locked
from qaseed.loading.verifying import verify
from qaseed.postgres import databases, permit
from qaseed.postgres.connection import connected, display_url
from qaseed.postgres.databases import UNFINISHED, refused_while_used
from qaseed.postgres.one_server import pinned_url, refuse_other_servers
from qaseed.postgres.target import LOAD_REGISTRY, refuse_unwritable
from qaseed.postgres.urls import build, with_database
from qaseed.snapshot import Snapshot, with_defaults

if TYPE_CHECKING:
    Connection = psycopg.Connection[Any]

_LOG = logging.getLogger(__name__)
FILE_COPY_BYTES = 64 << 20
"""Bytes from which copying files, which takes two checkpoints, is faster than writing every page to the log."""


@dataclass(frozen=True, kw_only=True)
class Clone:
    """A clone as it is created: of which snapshot, on which server, and under which name."""

    snapshot: Snapshot
    url: str
    database: str
    names: TemplateNames
    connection: Connection
    result: LoadResult

    @property
    def copy(self) -> str:
        """Its name until it is complete."""
        return copy_name(self.database)


@dataclass(frozen=True)
class Replacement:
    """The owner of the new clone, and the clone that it replaces."""

    owner: str
    replaced: Replaced | None

    def is_outdated(self, connection: Connection, name: str) -> bool:
        """Whether the database of that name is another than the one that was looked at."""
        existing = databases.find(connection, name)
        return (existing and existing.oid) != (self.replaced and self.replaced.database.oid)


def clone(
    snapshot: Snapshot,
    url: str,
    database: str,
    options: LoadOptions,
    result: LoadResult,
    *,
    owner: str | None,
    load_template: Callable[[str], object],
) -> None:
    """Copy the snapshot's template on the server of `url` into a database; create the template first if there is none.

    `load_template` loads the snapshot into the new, empty database whose URL it gets. A database of that name is
    replaced if it is a clone that qaseed recorded and no session uses it. Template and clone are created under other
    names, and renamed when they are complete, so that a name never has half a database.
    """
    with connected(url) as lock_connection, connected(url := pinned_url(url, lock_connection)) as connection:
        refuse_other_servers(lock_connection, [connection])
        refuse_unwritable(connection)
        check_name(connection, database)
        names = TemplateNames.of(snapshot, connection.info.user)
        job = Clone(snapshot=snapshot, url=url, database=database, names=names, connection=connection, result=result)
        replacement = _prepare(job, options, owner)
        if options.dry_run:
            return
        sweep(connection, lock_connection, url)
        template = _template(job, lock_connection, options, load_template)
        with locked(lock_connection, job.copy), locked(lock_connection, template, shared=True):
            if replacement.is_outdated(connection, database):
                replacement = _prepare(job, options, owner)
            _create(job, template, replacement, options)
    result.verified = options.verify == "digest"
    if result.verified:
        result.digests = snapshot.manifest.digests


def find_or_create_template(
    snapshot: Snapshot, url: str, options: LoadOptions, preparation: str, fill: Callable[[str], object]
) -> str:
    """The name of the complete template of a snapshot and of what prepares it, which `fill` fills if there is none.

    `preparation` is the digest of what `fill` does besides loading the snapshot; it may create whatever it likes.
    """
    snapshot = with_defaults(snapshot)
    with connected(url) as lock_connection, connected(url := pinned_url(url, lock_connection)) as connection:
        refuse_other_servers(lock_connection, [connection])
        names = TemplateNames.of(snapshot, connection.info.user, preparation)
        result = LoadResult(display_url(connection))
        job = Clone(snapshot=snapshot, url=url, database="", names=names, connection=connection, result=result)

        def fill_recorded(template_url: str) -> None:
            if preparation:  # whatever it creates, the template is qaseed's
                with connected(template_url) as inside, inside.transaction():
                    clone_record.write(inside, permit.read_identity(inside), names.shared, names.manifest_digest)
            fill(template_url)

        sweep(connection, lock_connection, url)
        return _template(job, lock_connection, options, fill_recorded)


def _prepare(job: Clone, options: LoadOptions, owner: str | None) -> Replacement:
    """Ask all that could refuse the clone, and plan it; nothing is changed."""
    connection, result, database = job.connection, job.result, job.database
    databases.refuse_pooler(connection)
    info = connection.info
    result.target = build(info.user, info.host or info.hostaddr, str(info.port), database)
    replaced = replaced_clone(connection, job.url, database, list(job.snapshot.manifest.tables))
    owner = owner or (replaced.properties.owner if replaced else info.user)
    check_privileges(connection, database, owner, replaced)
    result.overridden = confirm(connection, database, options.confirm, is_replaced=replaced is not None)
    refuse_bad_after(connection, options)
    name = job.names.usable(connection)
    if replaced and options.dry_run:
        result.changes = clone_changes(job.url, database, database)
    exists = _sealed(connection, name) is not None
    plan = plan_template(job.snapshot, name, exists=exists, changes=result.changes)
    result.use_plan(replace(plan, after=options.after_name), job.snapshot)
    return Replacement(owner, replaced)


def _template(
    job: Clone, lock_connection: Connection, options: LoadOptions, load_template: Callable[[str], object]
) -> str:
    """The name of the complete template, which is created by one session while the others wait."""
    connection = job.connection
    name = job.names.usable(connection)
    if _sealed(connection, name):
        return name
    with locked(lock_connection, name):
        if job.names.usable(connection) == name:
            if _sealed(connection, name) is None:
                with job.result.phase("template"):
                    _create_template(job, name, options, load_template)
            return name
    return _template(job, lock_connection, options, load_template)  # another role has created the one of that name


def _create(job: Clone, template: str, replacement: Replacement, options: LoadOptions) -> None:
    """Copy the template, and give the copy its name; after any failure no copy is left."""
    connection, result, replaced = job.connection, job.result, replacement.replaced
    with _dropped_on_failure(connection, job.copy):
        with result.phase("clone"):
            template_oid = _copy_template(job, template, replacement)
        options.step("copied")
        with result.phase("verify"):
            _adopt_copy(job, template, template_oid, replacement, options)
        options.step("adopted")
        with result.phase("swap"):
            _rename_into_place(job, template, replaced)
    options.step("renamed")
    if replaced:
        with result.phase("drop"):
            _drop_replaced(job)


def _drop_replaced(job: Clone) -> None:
    """Count what was changed in the replaced clone, and drop it; if that fails the next run does it."""
    name = replaced_name(job.database)
    # no session knows this name, so nothing can be changed between counting and dropping
    job.result.changes = clone_changes(job.url, name, job.database)
    try:
        databases.drop(job.connection, name)
    except (QaseedError, psycopg.Error) as error:
        _LOG.warning("%s: is cloned, but the database that it replaced is left (%s)", job.database, error)


def _sealed(connection: Connection, name: str) -> databases.Database | None:
    """The template of that name, if it exists and is complete."""
    database = databases.find(connection, name)
    return database if database and database.is_sealed else None


def _create_template(job: Clone, template: str, options: LoadOptions, load_template: Callable[[str], object]) -> None:
    connection, unfinished = job.connection, template + UNFINISHED
    discard(connection, job.url, template)
    discard(connection, job.url, unfinished)
    name = Identifier(unfinished)
    with refused_while_used("template1"):
        connection.execute(SQL("create database {}").format(name) + _utf8_clause(connection))
    with _dropped_on_failure(connection, unfinished):
        options.step("created")
        connection.execute(SQL("revoke connect on database {} from public").format(name))
        load_template(with_database(job.url, unfinished))
        options.step("filled")
        database = databases.find(connection, unfinished)
        if database is None:
            raise PostgresError(f"{unfinished}: was dropped while it was loaded; run it again")
        databases.close_to_sessions(connection, database)
        options.step("closed")
        with refused_while_used(unfinished), connection.transaction():
            connection.execute(clone_record.comment(unfinished, "template", job.snapshot.manifest.id))
            connection.execute(SQL("alter database {} with is_template true allow_connections false").format(name))
            connection.execute(SQL("alter database {} rename to {}").format(name, Identifier(template)))
    options.step("sealed")


def _utf8_clause(connection: Connection) -> SQL:
    """The clause that gives a new database the encoding UTF8, on a server whose `template1` has another."""
    row = connection.execute(
        "select pg_encoding_to_char(encoding) from pg_catalog.pg_database where datname = 'template1'"
    ).fetchone()
    return SQL("" if row == ("UTF8",) else " template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'")


@contextlib.contextmanager
def _dropped_on_failure(connection: Connection, name: str) -> Iterator[None]:
    """Drop an auxiliary database when the block fails; where that fails too, the next run does it."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(QaseedError, psycopg.Error):
            databases.drop(connection, name)
        raise


def _copy_template(job: Clone, name: str, replacement: Replacement) -> int:
    """Copy the template in the fastest way that the server knows for its size; returns the template's oid."""
    connection, replaced = job.connection, replacement.replaced
    discard(connection, job.url, replaced_name(job.database))
    discard(connection, job.url, job.copy)
    template = _sealed(connection, name)
    if template is None:
        raise PostgresError(f"{name}: was dropped before it was copied; run it again")
    statement = SQL("create database {} template {} owner {}").format(
        Identifier(job.copy), Identifier(name), Identifier(replacement.owner)
    )
    if replaced and replaced.properties.tablespace != template.tablespace:
        statement += SQL(" tablespace {}").format(Identifier(replaced.properties.tablespace))
    connection.execute(statement + copy_strategy(connection, template))
    return template.oid


def copy_strategy(connection: Connection, template: databases.Database) -> SQL:
    """The end of the statement that copies a template in the fastest way that the server knows for its size."""
    if connection.info.server_version < 150_000:
        return SQL("")
    if databases.size(connection, template) < FILE_COPY_BYTES:
        return SQL(" strategy wal_log")
    if connection.info.server_version >= 180_000 and _is_default(connection, "file_copy_method"):
        # milliseconds where the file system shares blocks; where not, copied in the kernel, measured 15 % slower
        with contextlib.suppress(psycopg.errors.InvalidParameterValue):
            connection.execute("set file_copy_method = clone")
    return SQL(" strategy file_copy")


def _is_default(connection: Connection, setting: str) -> bool:
    """Whether this setting of the server has its default."""
    row = connection.execute("select source from pg_catalog.pg_settings where name = %s", (setting,)).fetchone()
    return row == ("default",)


def _adopt_copy(job: Clone, template: str, template_oid: int, replacement: Replacement, options: LoadOptions) -> None:
    """Make the copy a target of its own and a recorded clone, give it to its owner, and count its rows.

    Their digests were compared in the template, of which it is a copy of files.
    """
    manifest = job.snapshot.manifest
    with connected(with_database(job.url, job.copy)) as copy, copy.transaction():
        copy.execute("set local synchronous_commit = off")  # the renaming commits after this, and is waited for
        if not clone_record.is_complete_template(copy, template_oid, template + UNFINISHED, manifest):
            raise UnsafeError(
                f"{template}: is not the template that qaseed created on this server; "
                f'drop it: alter database "{template}" is_template false, then drop database'
            )
        identity = replace(permit.read_identity(copy), database=job.database)
        registry = Identifier("public", LOAD_REGISTRY)
        copy.execute(SQL("update {} set database = {}").format(registry, Literal(job.database)))
        permit.write(copy, "public", identity, None)
        clone_record.write(copy, identity, template, job.names.manifest_digest)
        for statement in replacement.replaced.table_grants if replacement.replaced else ():
            copy.execute(statement)
        for entity in manifest.model.entities:
            verify(copy, "public", entity, manifest.tables[entity.name], job.result, "counts")
        run_after(copy, "public", list(manifest.tables), options.after)
        clone_properties.change_owner(copy, replacement.owner)


def _rename_into_place(job: Clone, template: str, replaced: Replaced | None) -> None:
    """Rename the copy to its final name, and the clone that had the name before to one that only this run knows."""
    connection, old, rename = job.connection, replaced_name(job.database), SQL("alter database {} rename to {}")
    copy = databases.find(connection, job.copy)
    if copy and databases.sessions(connection, copy):
        databases.close_to_sessions(connection, copy)
    with refused_while_used(job.database), connection.transaction():
        connection.execute(clone_record.comment(job.copy, "clone", template))
        for statement in clone_properties.statements(replaced.properties, job.copy) if replaced else ():
            connection.execute(statement)
        connection.execute(SQL("alter database {} allow_connections true").format(Identifier(job.copy)))
        if replaced:
            connection.execute(rename.format(Identifier(job.database), Identifier(old)))
            renamed = databases.find(connection, old)
            if renamed is None or renamed.oid != replaced.database.oid:
                raise UnsafeError(f"{job.database}: was replaced while it was cloned; nothing was changed")
        connection.execute(rename.format(Identifier(job.copy), Identifier(job.database)))
