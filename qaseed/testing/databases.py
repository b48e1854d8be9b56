"""A server as a test run uses it: databases that are copied from a template, and dropped after their test."""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from qaseed.errors import PostgresError
from qaseed.folders import cache_folder
from qaseed.loading.options import LoadOptions
from qaseed.loading.template import copy_strategy, find_or_create_template
from qaseed.postgres import databases, permit
from qaseed.postgres.connection import (
    connected,
    connections_left,
    is_local,
    looks_like_production,
    postgres_error,
    while_full,
)
from qaseed.postgres.guard import require_confirmation
from qaseed.postgres.urls import redact_url, settings_of, whole_url
from qaseed.scratch import exclusive
from qaseed.snapshot import Snapshot
from qaseed.testing.owner import Owner
from qaseed.testing.preparation import Preparation
from qaseed.testing.schemas import TestSchema
from qaseed.testing.sweeping import creating, sweep_databases

if TYPE_CHECKING:
    Connection = psycopg.Connection[Any]

NAME = "qaseed_test_"
"""Begins the names of test databases and schemas."""
KEPT_OPEN = 4
"""Free connections for each worker from which a worker keeps one open; with fewer it opens one when it needs it."""


RESTART_SECONDS = 10.0
"""How long a server that was reached before is waited for: a restart takes a second or a few."""
PATIENT_TRIES = 600
"""How often a connection is tried while the server is full of other workers' connections: for a minute."""


@dataclass(frozen=True)
class TestDatabase:
    """A database of a test, or a schema of one where the role may not create databases."""

    __test__ = False  # pytest takes classes of this name for tests

    url: str = field(repr=False)
    """Its URL, with the password; what to give to an application."""
    schema: str = "public"
    """Where its tables are; a search path in `url` leads there if it is not `public`."""

    def __str__(self) -> str:
        return self.shown_url

    @property
    def is_own(self) -> bool:
        """Whether it is a database of its own, and not a schema that the next test creates anew."""
        return self.schema == "public"

    @property
    def parameters(self) -> dict[str, Any]:
        """What `psycopg.connect` takes: `host`, `port`, `user`, `password`, `dbname`, ..."""
        return settings_of(self.url)

    def url_for(self, driver: str) -> str:
        """Its URL for SQLAlchemy: `url_for("psycopg")` begins with `postgresql+psycopg://`."""
        return self.url.replace("postgresql://", f"postgresql+{driver}://", 1)

    @property
    def django(self) -> dict[str, Any]:
        """What Django's `DATABASES` needs of it: `NAME`, `HOST`, `PORT`, `USER`, `PASSWORD` and `OPTIONS`."""
        settings = self.parameters
        names = {"dbname": "NAME", "host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
        return {name: str(settings.pop(key, "") or "") for key, name in names.items()} | {"OPTIONS": settings}

    @contextmanager
    def in_django(self, alias: str = "default") -> Iterator[None]:
        """Django's connection of that alias leads to it within the block, and where it led before after that."""
        from django.db import connections

        connection = connections[alias]
        before = dict(connection.settings_dict)
        connection.close()
        connection.settings_dict.update(self.django)
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(before)

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which libpq and programs that use it find it: `PGHOST`, `PGPORT`, `PGDATABASE`, ..."""
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
        return {name: str(self.parameters[key]) for key, name in names.items() if self.parameters.get(key)}

    @property
    def shown_url(self) -> str:
        """Its URL without the password, for messages."""
        return redact_url(self.url)

    @contextmanager
    def connect(self, **options: Any) -> Iterator[Connection]:
        """A psycopg connection for the duration of a block, which commits at its end."""
        with while_full(lambda: psycopg.connect(**self.parameters | options), PATIENT_TRIES) as connection:
            yield connection


@dataclass
class TestServer:
    """The databases of one process of a test run on the server of a URL; close it by `with`.

    Databases that processes left which have ended are dropped first. Raises `PostgresError` (exit code 5) through a
    pooler, and `ConfirmationError` (4) where the server is named like production, or is elsewhere and its database has
    no permit (`qaseed target init`).
    """

    __test__ = False

    url: str
    run: str = field(default_factory=lambda: uuid.uuid4().hex)
    worker: str = "main"
    workers: int = 1
    """Processes of the run, which share the server's connections."""
    dropped: list[str] = field(default_factory=list)
    """The databases and schemas of ended processes that were dropped at the beginning."""
    _created: int = 0
    _templates: dict[tuple[str, str], str] = field(default_factory=dict)
    _schemas: dict[str, TestSchema] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)
    _connection: Connection | None = None
    _reached: bool = False

    def __enter__(self) -> Self:
        with self._administration() as connection:
            self._check(connection)
            self.dropped += sweep_databases(connection, self.url)
        return self

    def __exit__(self, *_: object) -> None:
        for schema in self._schemas.values():
            schema.drop()
        self._open.close()
        self._connection = None

    @cached_property
    def owner(self) -> Owner:
        """This process, as the comments of its databases describe it."""
        return Owner(self.run, self.worker)

    @cached_property
    def may_create(self) -> bool:
        """Whether the role may create databases."""
        with self._administration() as connection:
            query = "select rolcreatedb or rolsuper from pg_catalog.pg_roles where rolname = current_user"
            return connection.execute(query.encode()).fetchone() == (True,)

    @contextmanager
    def database(
        self, snapshot: Snapshot, preparation: Preparation | None = None, *, read_only: bool = False
    ) -> Iterator[TestDatabase]:
        """A database with the snapshot for the duration of a block."""
        created = self.create(snapshot, preparation, read_only=read_only)
        try:
            yield created
        finally:
            self.drop(created)

    def create(
        self, snapshot: Snapshot, preparation: Preparation | None = None, *, read_only: bool = False
    ) -> TestDatabase:
        """A new database with the snapshot; where the role may not create one, a schema."""
        if not self.may_create:
            return self._schema(snapshot, preparation)
        template = self._template(snapshot, preparation)
        self._created += 1
        name = self._name(str(self._created))
        with self._administration() as connection:
            source = databases.find(connection, template)
            if source is None:  # another run has dropped it since
                self._templates.clear()
                source = databases.find(connection, self._template(snapshot, preparation))
            if source is None:
                raise PostgresError(f"{template}: is dropped again and again by another run; try again later")
            self._copy(connection, source, name, read_only=read_only)
        return TestDatabase(whole_url(settings_of(self.url) | {"dbname": name}))

    def drop(self, database: TestDatabase) -> None:
        """Drop a database whoever still uses it; a schema stays for the next test, which creates it anew."""
        if not database.is_own:
            return
        with self._administration() as connection:
            statement = SQL("drop database if exists {} with (force)").format(Identifier(database.parameters["dbname"]))
            connection.execute(statement)

    def _name(self, suffix: str) -> str:
        digest = hashlib.sha256(f"{self.run} {self.worker} {os.getpid()}".encode()).hexdigest()[:16]
        return f"{NAME}{digest}_{suffix}"

    def _template(self, snapshot: Snapshot, preparation: Preparation | None) -> str:
        """The template of a snapshot and a preparation; asked for once by each process."""
        from qaseed.loading import load

        key = (snapshot.manifest.id, preparation.key if preparation else "")
        if key not in self._templates:

            def fill(url: str) -> None:
                def load_snapshot() -> None:
                    load(snapshot, url, confirm=settings_of(url)["dbname"])

                if preparation:
                    preparation.run(url, load_snapshot)
                else:
                    load_snapshot()

            with self._alone():  # waiting for the server's own lock takes two connections
                self._templates[key] = find_or_create_template(snapshot, self.url, LoadOptions(), key[1], fill)
        return self._templates[key]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let no other process of this user create a template on the server."""
        folder = cache_folder() / "tests" / hashlib.sha256(redact_url(self.url).encode()).hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True)
        with exclusive(folder):
            yield

    def _copy(self, connection: Connection, source: databases.Database, name: str, *, read_only: bool) -> None:
        statement = SQL("create database {} template {}").format(Identifier(name), Identifier(source.name))
        statement += copy_strategy(connection, source)
        with creating(connection):
            connection.execute(statement)
            created = databases.find(connection, name)
            if created:
                connection.execute(self._marked(created, read_only=read_only))

    def _marked(self, database: databases.Database, *, read_only: bool) -> Composed:
        """The statements that say whose database it is, and that it is only read."""
        name = Identifier(database.name)
        statement = SQL("comment on database {} is {}").format(name, Literal(self.owner.comment(database.oid)))
        if read_only:
            statement += SQL("; alter database {} set default_transaction_read_only = on").format(name)
        return statement

    def _schema(self, snapshot: Snapshot, preparation: Preparation | None) -> TestDatabase:
        key = preparation.key if preparation else ""
        name = self._name(hashlib.sha256(f"{snapshot.manifest.id} {key}".encode()).hexdigest()[:8])
        schema = self._schemas.setdefault(name, TestSchema(self.url, name, self.owner, preparation))
        schema.create(snapshot)
        return TestDatabase(schema.url, name)

    @contextmanager
    def _administration(self) -> Iterator[Connection]:
        """A connection for creating and dropping: stays open where the server has enough."""
        if self._connection is not None and self._connection.closed:
            self._connection = None
            self._open.close()
        if self._connection is not None:
            with _translated(self.url):
                yield self._connection
            return
        with ExitStack() as opened:
            connection = self._connect(opened)
            if self._may_keep(connection):
                self._open, self._connection = opened.pop_all(), connection
            yield connection

    def _connect(self, opened: ExitStack) -> Connection:
        """A connection; a server that was reached before may restart just now, and is waited for once."""
        end = time.monotonic() + (RESTART_SECONDS if self._reached else 0)
        while True:
            try:
                connection = opened.enter_context(connected(self.url, full_tries=PATIENT_TRIES))
            except PostgresError:
                if time.monotonic() >= end:
                    self._reached = False
                    raise
                time.sleep(0.1)
            else:
                self._reached = True
                return connection

    def _may_keep(self, connection: Connection) -> bool:
        return connections_left(connection) >= KEPT_OPEN * self.workers

    def _check(self, connection: Connection) -> None:
        """Refuse a pooler, and a server that is another's."""
        databases.refuse_pooler(connection)
        reasons = ["is named like a production system"] if looks_like_production(connection) else []
        if not is_local(connection) and not reasons:
            given, identity = permit.read(connection, "public"), permit.read_identity(connection)
            if given is None or not given.is_for(identity):
                reasons.append("is not on this machine, and has no permit for tests, which `qaseed target init` gives")
        require_confirmation(connection.info.dbname, reasons, None)


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise postgres_error(error, redact_url(url), url) from None
