"""Permits for loads: give one to a database, show it with the load registry, and remove both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.sql import SQL, Identifier

from qaseed.errors import ConfirmationError, UnsafeError
from qaseed.model import Model
from qaseed.postgres import permit
from qaseed.postgres.advisory_lock import acquire_restore_lock
from qaseed.postgres.connection import connected, display_url, is_called_production, is_local, looks_like_production
from qaseed.postgres.permit import PERMIT, Permit
from qaseed.postgres.tables import existing_tables
from qaseed.postgres.target import CLONE, LOAD_REGISTRY, Target, confirmation_reasons, inspect_target, survey

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

ENVIRONMENT = "staging"
_NO_ENTITIES = Model("none", "No entities of its own.", ())


@dataclass(frozen=True)
class LoadedTable:
    """An entry of the load registry: a table, the snapshot it was loaded from, and when.

    Not `trusted` if the table was replaced since, or if the entry came with a copy of the database.
    """

    table: str
    rows: int
    snapshot: str
    snapshot_id: str
    loaded_at: str
    trusted: bool


@dataclass(frozen=True)
class TargetStatus:
    """The permit of a target, why a load would need confirmation nevertheless, and the load registry."""

    target: str
    schema: str
    permit: Permit | None
    confirmation_reasons: tuple[str, ...]
    loaded: tuple[LoadedTable, ...]

    @property
    def trusted(self) -> bool:
        """Whether a load needs no confirmation."""
        return self.permit is not None and not self.confirmation_reasons


def init(url: str, *, schema: str = "public", environment: str = ENVIRONMENT, confirm: str | None = None) -> Permit:
    """Give the database at `url` a permit for loads into `schema`; `confirm` must be the name of the database.

    The permit is valid for this database of this server only, and records the environment, the role and the time.
    `ConfirmationError` if the name is not confirmed; `UnsafeError` if the schema has the permit of another database, or
    if the environment is called production.
    """
    check_environment(environment)
    with connected(url) as connection, connection.transaction():
        acquire_restore_lock(connection, schema)
        target = survey(connection, schema, _NO_ENTITIES)
        _confirm(target, confirm, "to permit loads into it")
        if target.permit and not target.permit.is_for(target.identity):
            raise UnsafeError(
                f"{target.database}: has a permit that was given for {target.permit.identity.database!r} "
                "or before it was copied; see `qaseed target status`, then `qaseed target forget`"
            )
        if target.permit and target.permit.identity == target.identity and target.permit.environment == environment:
            return target.permit
        return permit.write(connection, schema, target.identity, environment)


def check_environment(environment: str) -> None:
    """`UnsafeError` for a blank name, and for one that says production."""
    if not environment.strip() or is_called_production(environment):
        raise UnsafeError(f"environment {environment!r}: is never loaded into; name one that is for tests")


def status(url: str, *, schema: str = "public") -> TargetStatus:
    """The permit of a schema, whether it is trusted, and the load registry; changes nothing."""
    with connected(url) as connection, connection.transaction():
        target = inspect_target(connection, schema, _NO_ENTITIES)
        reasons = confirmation_reasons(
            connection, target, local=is_local(connection), production=looks_like_production(connection)
        )
        return TargetStatus(display_url(connection), schema, target.permit, tuple(reasons), _loaded(connection, target))


def forget(url: str, *, schema: str = "public", confirm: str | None = None) -> bool:
    """Remove the permit and the load registry, but not the data; False if there was neither.

    `confirm` must be the name of the database. The loaded tables are unmanaged from then on: no load replaces their
    rows, no purge removes them, and a clone is no longer replaced.
    """
    with connected(url) as connection, connection.transaction():
        acquire_restore_lock(connection, schema)
        target = survey(connection, schema, _NO_ENTITIES)
        _confirm(target, confirm, "to forget what was loaded into it")
        own_tables = sorted(existing_tables(connection, schema, [LOAD_REGISTRY, PERMIT, CLONE]))
        if own_tables:
            permit.drop(connection, schema, *own_tables)
        return bool(own_tables)


def _confirm(target: Target, confirm: str | None, why: str) -> None:
    if confirm != target.database:
        raise ConfirmationError(f"{target.database}: {why}, add --confirm {target.database}", target.database)


def _loaded(connection: Connection, target: Target) -> tuple[LoadedTable, ...]:
    if LOAD_REGISTRY not in existing_tables(connection, target.schema, [LOAD_REGISTRY]):
        return ()
    entries = connection.execute(
        SQL("select table_name, rows, snapshot, snapshot_id, loaded_at from {} order by 1").format(
            Identifier(target.schema, LOAD_REGISTRY)
        )
    )
    return tuple(
        LoadedTable(name, rows, snapshot, id_, loaded_at.isoformat(), target.is_managed(name))
        for name, rows, snapshot, id_, loaded_at in entries
    )
