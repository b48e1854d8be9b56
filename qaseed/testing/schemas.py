"""Schemas instead of databases, for a role that may create none: one for each worker, created anew for each test."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.sql import SQL, Identifier, Literal

from qaseed.postgres.connection import connected
from qaseed.postgres.urls import settings_of, whole_url
from qaseed.snapshot import Snapshot
from qaseed.testing.owner import Owner
from qaseed.testing.preparation import Preparation


@dataclass(frozen=True)
class TestSchema:
    """A schema of a worker, with the tables of a snapshot and what a project prepares."""

    __test__ = False  # pytest takes classes of this name for tests

    server_url: str
    name: str
    owner: Owner
    preparation: Preparation | None

    @property
    def url(self) -> str:
        """The URL whose search path leads to the schema."""
        settings = settings_of(self.server_url)
        options = " ".join(filter(None, (settings.get("options"), f"-csearch_path={self.name}")))
        return whole_url(settings | {"options": options})

    def create(self, snapshot: Snapshot) -> None:
        """Create it anew, whatever a test did to it before; `PostgresError` if a session still uses its tables."""
        from qaseed.loading import load

        with connected(self.server_url) as connection, connection.transaction():
            connection.execute("set local lock_timeout = '10s'")
            connection.execute(SQL("drop schema if exists {} cascade").format(Identifier(self.name)))
            connection.execute(SQL("create schema {}").format(Identifier(self.name)))
            row = connection.execute("select oid from pg_catalog.pg_namespace where nspname = %s", (self.name,))
            (oid,) = row.fetchone() or (0,)
            comment = SQL("comment on schema {} is {}")
            connection.execute(comment.format(Identifier(self.name), Literal(self.owner.comment(oid))))

        def load_snapshot() -> None:
            load(snapshot, self.server_url, schema=self.name, confirm=str(settings_of(self.server_url).get("dbname")))

        if self.preparation:
            self.preparation.run(self.url, load_snapshot)
        else:
            load_snapshot()

    def drop(self) -> None:
        """Drop it and all that is in it."""
        with connected(self.server_url) as connection:
            connection.execute(SQL("drop schema if exists {} cascade").format(Identifier(self.name)))
