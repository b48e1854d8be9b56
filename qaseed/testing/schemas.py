"""Schemas instead of databases, for a role that may not create databases: one for each worker, loaded for each test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Identifier, Literal

from qaseed.postgres.connection import connected
from qaseed.postgres.urls import settings_of, whole_url
from qaseed.snapshot import Snapshot
from qaseed.testing.owner import Owner
from qaseed.testing.preparation import Preparation

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


@dataclass
class SchemaPool:
    """A schema of a worker, with the tables of a snapshot."""

    url: str
    name: str
    owner: Owner
    preparation: Preparation | None
    exists: bool = False

    def load(self, snapshot: Snapshot) -> str:
        """Make the tables what the snapshot has, whatever a test did to them; returns the URL that leads to them."""
        from qaseed.loading import load

        url = whole_url(settings_of(self.url) | {"options": f"-csearch_path={self.name}"})
        confirm = str(settings_of(self.url).get("dbname") or "")

        def load_snapshot() -> None:
            # the schema is this worker's own, so that rows which tests inserted are to be lost
            load(snapshot, self.url, schema=self.name, confirm=confirm)

        if self.exists:
            load_snapshot()
            return url
        self._create()
        if self.preparation:
            self.preparation.run(url, load_snapshot)
        else:
            load_snapshot()
        self.exists = True
        return url

    def _create(self) -> None:
        with connected(self.url) as connection, connection.transaction():
            connection.execute(SQL("create schema {}").format(Identifier(self.name)))
            row = connection.execute(
                "select oid from pg_catalog.pg_namespace where nspname = %s", (self.name,)
            ).fetchone()
            comment = Literal(self.owner.comment(row[0] if row else 0))
            connection.execute(SQL("comment on schema {} is {}").format(Identifier(self.name), comment))

    def close(self) -> None:
        """Drop the schema and all that is in it."""
        if self.exists:
            with connected(self.url) as connection:
                connection.execute(SQL("drop schema if exists {} cascade").format(Identifier(self.name)))
            self.exists = False
