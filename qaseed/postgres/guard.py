"""The guard of every command that changes a target: whether it may, and which rows of others it would replace."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qaseed import audit
from qaseed.audit import Event
from qaseed.errors import ConfirmationError
from qaseed.postgres import trail
from qaseed.postgres.changes import Changes, count_changes, recount_changes
from qaseed.postgres.connection import is_local, looks_like_production
from qaseed.postgres.target import Target, confirmation_reasons

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Permission:
    """What the guard allowed: the reasons that the confirmation overrode, and what was changed since the last load."""

    overridden: tuple[str, ...] = ()
    changes: Mapping[str, Changes] = field(default_factory=dict)


def guard(
    connection: Connection,
    target: Target,
    replaced: Collection[str],
    *,
    confirmed: str | None,
    only_rows: bool = False,
    counted: Mapping[str, Changes] | None = None,
) -> Permission:
    """Whether a command may replace or remove these tables; nothing has been changed when this raises.

    `ConfirmationError`, unless `confirmed` is the database's name, for each reason of `confirmation_reasons` and
    for rows that were inserted since the load. With `only_rows` the other reasons are not asked: the caller opened
    the connection, or they were confirmed before. `counted` is what the guard counted before the tables were
    locked. In a database that a person gave a permit, inserted rows are reset without a question.
    """
    if counted is None:
        with connection.transaction(force_rollback=True):  # which releases the locks of reading
            changes = count_changes(connection, target, replaced)
    else:
        changes = recount_changes(connection, target, replaced, counted)
    reasons = [] if only_rows else list(_reasons(connection, target))
    inserted = {name: change.inserted for name, change in changes.items() if change.inserted}
    if inserted and not is_permitted(target):
        reasons.append(_inserted(inserted))
    require_confirmation(target.database, reasons, confirmed)
    return Permission(tuple(reasons), changes)


def record(connection: Connection, schema: str, event: Event, permission: Permission) -> None:
    """Write a change of the target into its trail, with the rows of others that it replaced; what was overridden has
    an event of its own.
    """
    if permission.changes:
        event.facts["changed_since_load"] = {name: vars(change) for name, change in permission.changes.items()}
    if permission.overridden:
        override = Event("override", event.facts | {"reason": "; ".join(permission.overridden)})
        audit.append(override.serialize())
        trail.append(connection, schema, override)
    event.facts["target_head"] = trail.append(connection, schema, event)


def require_confirmation(database: str, reasons: Collection[str], confirmed: str | None) -> None:
    """`ConfirmationError` with all reasons, if there are any and `confirmed` is not the database's name."""
    if reasons and confirmed != database:
        wrong = f", and not {confirmed!r}" if confirmed else ""
        raise ConfirmationError(
            f"{database}: {'; it '.join(reasons)}; if you mean it, add --confirm {database}{wrong}", database
        )


def guard_server(connection: Connection, *, confirmed: str | None) -> None:
    """Whether a command may change what belongs to the whole server: `ConfirmationError` if it is named like
    production.
    """
    reasons = ["is named like a production system"] if looks_like_production(connection) else []
    require_confirmation(connection.info.dbname, reasons, confirmed)


def is_permitted(target: Target) -> bool:
    """Whether a person gave this very database the permit (`target init`), and not a load."""
    permit = target.permit
    return permit is not None and permit.environment is not None and permit.is_for(target.identity)


def _reasons(connection: Connection, target: Target) -> Iterator[str]:
    return confirmation_reasons(
        connection, target, local=is_local(connection), production=looks_like_production(connection)
    )


def _inserted(inserted: Mapping[str, int]) -> str:
    tables = ", ".join(f"{name} {rows:,}" for name, rows in inserted.items())
    rows = sum(inserted.values())
    noun, verb = ("row", "was") if rows == 1 else ("rows", "were")
    return f"has {rows:,} {noun} that {verb} inserted since the load and would be lost ({tables})"
