"""The names of template databases: by what they have, and by role where one may not use another's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import errors

from qaseed.errors import PostgresError
from qaseed.postgres import databases, tables
from qaseed.postgres.databases import UNFINISHED
from qaseed.snapshot import Snapshot

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

LOCK_SECONDS = 600
"""How long a clone waits for other runs that create the same template or clone."""


@dataclass(frozen=True)
class TemplateNames:
    """The name of a snapshot's template: by its manifest, which has the digests of all rows, and the tables' DDL.

    `own` is that of a role that may not act as the owner of the one that all share; `manifest_digest` is a SHA-256.
    """

    shared: str
    own: str
    manifest_digest: str

    @classmethod
    def of(cls, snapshot: Snapshot, role: str, preparation: str = "") -> TemplateNames:
        """The names for a role, and for the digest of what prepares the template besides the load."""
        manifest_digest = hashlib.sha256(snapshot.manifest.to_bytes()).hexdigest()
        schema = "\n".join(tables.ddl("public", snapshot.manifest.model)) + preparation
        shared, own = (
            f"qaseed_template_{manifest_digest[:12]}_{hashlib.sha256(text.encode()).hexdigest()[:12]}"
            for text in (schema, f"{schema}\n{role}")
        )
        return cls(shared, own, manifest_digest)

    def usable(self, connection: Connection) -> str:
        """The name of the template that the role has or may create; the shared one unless another role created it."""
        existing = [databases.find(connection, name) for name in (self.shared, self.shared + UNFINISHED)]
        return self.shared if all(database.manageable for database in existing if database) else self.own


def template_name(snapshot: Snapshot) -> str:
    """The name of a snapshot's template, unless another role has created it."""
    return TemplateNames.of(snapshot, "").shared


@contextmanager
def locked(connection: Connection, name: str, *, shared: bool = False) -> Iterator[None]:
    """Lock a template or a clone, in a transaction of the connection; earlier versions lock templates too.

    Many sessions copy a template at the same time (`shared`), while none creates or drops it. Creating one takes as
    long as a load, so the others wait for minutes; `PostgresError` after that.
    """
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.transaction():
        connection.execute(f"set local lock_timeout = '{LOCK_SECONDS}s'".encode())
        try:
            connection.execute(f"select {function}(hashtextextended('qaseed ' || %s, 0))".encode(), (name,))
        except errors.LockNotAvailable:
            raise PostgresError(f"{name}: another qaseed run still creates or copies it; try again later") from None
        yield
