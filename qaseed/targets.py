"""Saying that a database may be loaded into, asking what was said, and taking it back."""

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
from qaseed.postgres.target import LOAD_REGISTRY, Target, confirmation_reasons, inspect_target, survey

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

ENVIRONMENT = "staging"
_NOTHING = Model("none", "No entities of its own.", ())


@dataclass(frozen=True)
class LoadedTable:
    """A table that the mark says was loaded, from what and when; not trusted if another stands there, or it was copied."""

    table: str
    rows: int
    snapshot: str
    snapshot_id: str
    loaded_at: str
    trusted: bool


@dataclass(frozen=True)
class TargetStatus:
    """What the mark of a target says, why a load would ask for the database's name nevertheless, and what is loaded."""

    target: str
    schema: str
    permit: Permit | None
    confirmation_reasons: tuple[str, ...]
    loaded: tuple[LoadedTable, ...]

    @property
    def trusted(self) -> bool:
        """Whether a load would need no name."""
        return self.permit is not None and not self.confirmation_reasons


def init(url: str, *, schema: str = "public", environment: str = ENVIRONMENT, confirm: str | None = None) -> Permit:
    """Mark the database at `url` as one that may be loaded into; its name has to be typed (`confirm`).

    The mark holds for this database of this server alone, and says what the environment is called, who marked it and when.
    `UnsafeError` if the database bears the mark of another, or the environment is called production.
    """
    check_environment(environment)
    with connected(url) as connection, connection.transaction():
        acquire_restore_lock(connection, schema)
        target = survey(connection, schema, _NOTHING)
        _confirm(target, confirm, "to mark it as one that may be loaded into")
        if target.permit and not target.permit.is_for(target.identity):
            raise UnsafeError(
                f"{target.database}: bears a mark that was made for {target.permit.identity.database!r} or before it was "
                "copied; see `qaseed target status`, then `qaseed target forget`"
            )
        if target.permit and target.permit.identity == target.identity and target.permit.environment == environment:
            return target.permit
        return permit.write(connection, schema, target.identity, environment)


def check_environment(environment: str) -> None:
    """`UnsafeError` for an environment that is never loaded into."""
    if not environment.strip() or is_called_production(environment):
        raise UnsafeError(f"environment {environment!r}: is never loaded into; name one for tests")


def status(url: str, *, schema: str = "public") -> TargetStatus:
    """What the mark says, whether it is trusted here, and what is loaded; changes nothing."""
    with connected(url) as connection, connection.transaction():
        target = inspect_target(connection, schema, _NOTHING)
        found = confirmation_reasons(
            connection, target, local=is_local(connection), production=looks_like_production(connection)
        )
        return TargetStatus(display_url(connection), schema, target.permit, tuple(found), _loaded(connection, target))


def forget(url: str, *, schema: str = "public", confirm: str | None = None) -> bool:
    """Remove the mark and all that is recorded of loads, not the data; its name has to be typed. False if there was none.

    What was loaded is nobody's from then on: no load replaces it, and no purge removes it.
    """
    with connected(url) as connection, connection.transaction():
        acquire_restore_lock(connection, schema)
        target = survey(connection, schema, _NOTHING)
        _confirm(target, confirm, "to forget what was loaded into it")
        there = sorted(existing_tables(connection, schema, [LOAD_REGISTRY, PERMIT]))
        if there:
            permit.drop(connection, schema, *there)
        return bool(there)


def _confirm(target: Target, confirm: str | None, why: str) -> None:
    if confirm != target.database:
        raise ConfirmationError(f"{target.database}: {why}, add --confirm {target.database}", target.database)


def _loaded(connection: Connection, target: Target) -> tuple[LoadedTable, ...]:
    if LOAD_REGISTRY not in existing_tables(connection, target.schema, [LOAD_REGISTRY]):
        return ()
    found = connection.execute(
        SQL("select table_name, rows, snapshot, snapshot_id, loaded_at from {} order by 1").format(
            Identifier(target.schema, LOAD_REGISTRY)
        )
    )
    return tuple(
        LoadedTable(name, rows, snapshot, id_, at.isoformat(), target.is_managed(name))
        for name, rows, snapshot, id_, at in found
    )
