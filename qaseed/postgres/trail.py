"""The audit trail in a target: a table in the loaded schema, with chained events as in the user's log.

Log and trail are linked: an event in the log has the trail's head after it, one in the trail has the log's head before
it. So neither can be rewritten without the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL, Identifier

from qaseed import audit
from qaseed.audit import Event
from qaseed.errors import QaseedError
from qaseed.postgres.connection import postgres_error
from qaseed.postgres.permit import read_identity
from qaseed.postgres.tables import (
    ExistingTable,
    existing_tables,
    parameterized_identifier,
    refuse_unexpected_table,
)

if TYPE_CHECKING:
    Connection = psycopg.Connection[Any]

TRAIL = "qaseed_audit"
_LOCK_SECONDS = 1


def check(connection: Connection, schema: str) -> bool:
    """Whether there is a trail; `PostgresError` if another table has its name."""
    return check_table(existing_tables(connection, schema, [TRAIL]), schema)


def check_table(existing: Mapping[str, ExistingTable], schema: str) -> bool:
    """Whether there is a trail among the tables of a schema; `PostgresError` if another table has its name."""
    refuse_unexpected_table(existing.get(TRAIL), f"{schema}.{TRAIL}", {"number": "bigint", "event": "json"})
    return TRAIL in existing


def summary(connection: Connection) -> str:
    """What `qaseed doctor` prints about the trails in `public` and the schemas of the search path."""
    schemas = connection.execute(
        """select nspname from pg_catalog.pg_namespace
        where nspname = any(array['public']::name[] || current_schemas(false)) order by nspname <> 'public', 1"""
    ).fetchall()
    present = []
    for (schema,) in schemas:
        try:
            exists = check(connection, schema)
        except QaseedError as error:
            return f"no place for it: {error}"
        if exists and (owner := _owner_unless_writable(connection, schema)):
            return (
                f"no right to write {schema}.{TRAIL} of {owner}; grant select, insert, update on it, or connect as a "
                "member of that role"
            )
        present += [f"{schema}.{TRAIL}"] if exists else []
    return ", ".join(present) or "none yet"


def _owner_unless_writable(connection: Connection, schema: str) -> str | None:
    """The owner of a trail that this role may not append to; None if it may."""
    row = connection.execute(
        """select pg_get_userbyid(c.relowner) from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = %s and c.relname = %s
        and not (has_table_privilege(c.oid, 'SELECT') and has_table_privilege(c.oid, 'INSERT')
            and has_table_privilege(c.oid, 'UPDATE'))""",
        (schema, TRAIL),
    ).fetchone()
    return row[0] if row else None


@dataclass(frozen=True)
class Trail:
    """The trail of one schema: its target, as `fingerprint` describes it, and its lines in order."""

    target: dict[str, Any]
    lines: tuple[bytes, ...]


def fingerprint(connection: Connection, schema: str) -> dict[str, Any]:
    """What distinguishes a target from every other: server, database and schema; no credentials."""
    identity, info = read_identity(connection), connection.info
    system = None if identity.system is None else str(identity.system)  # 64 bits: too many for a number in JSON
    database = {"database": identity.database, "database_oid": identity.oid, "system_identifier": system}
    return {"host": info.host, "port": info.port, "role": info.user, "schema": schema} | database


def append(connection: Connection, schema: str, event: Event, **outcome: Any) -> str:
    """Append an event to the trail, in the open transaction, and return its hash, which is the trail's new head.

    Creates the trail if there is none. The table is locked, so that two sessions never append to the same event.
    """
    if not existing_tables(connection, schema, [TRAIL]):
        relation = Identifier(schema, TRAIL)
        connection.execute(SQL("create table {} (number bigint primary key, event json not null)").format(relation))
        doc = "What qaseed did in this schema, each event chained to the one before; only ever appended to."
        connection.execute(SQL("comment on table {} is {}").format(relation, doc))
    connection.execute(SQL("lock table {} in exclusive mode").format(Identifier(schema, TRAIL)))
    query = SQL("select number, event::text from {} order by number desc limit 1").format(Identifier(schema, TRAIL))
    number, last = connection.execute(query).fetchone() or (0, "{}")
    serialized = event.serialize(**outcome) | {"log_head": audit.head()}
    line, digest = audit.chained(serialized, str(json.loads(last).get("hash", audit.GENESIS)))
    relation = parameterized_identifier(schema, TRAIL)
    connection.execute(SQL("insert into {} values (%s, %s)").format(relation), (number + 1, line))
    return digest


@contextmanager
def record_failure(connection: Connection, schema: str, event: Event) -> Iterator[None]:
    """Append the event to the trail if the block fails, in a transaction of its own, after the block's was rolled back.

    Only if the trail exists: what is refused leaves nothing behind in a target.
    """
    try:
        yield
    except BaseException as error:
        event.facts.pop("target_head", None)
        failure = postgres_error(error, "") if isinstance(error, psycopg.Error) else error
        if connection.info.transaction_status == TransactionStatus.IDLE:
            with suppress(psycopg.Error, QaseedError), connection.transaction():
                # a commit that waits for a standby may be what failed
                settings = SQL("set local synchronous_commit = local; set local lock_timeout = {}")
                connection.execute(settings.format(f"{_LOCK_SECONDS}s"))
                if check(connection, schema):
                    event.facts["target_head"] = append(connection, schema, event, **audit.failure(failure))
        raise


def read(connection: Connection, schema: str) -> Trail:
    """The trail of a schema; without lines if there is none."""
    with connection.transaction():
        target = fingerprint(connection, schema)
        if not check(connection, schema):
            return Trail(target, ())
        rows = connection.execute(SQL("select event::text from {} order by number").format(Identifier(schema, TRAIL)))
        return Trail(target, tuple(line.encode() for (line,) in rows))


def flaw(trail: Trail, log: Sequence[dict[str, Any]]) -> str | None:
    """The first flaw of a trail, in its chain or between it and the events of the user's log; None if there is none.

    An event that the log says was written to this target must be in the trail, and the log's head that an event of this
    log names must be in the log. Events of other machines' logs are only checked by the chain.
    """
    flaw_of_chain = audit.flaw_of_chain(trail.lines)
    if flaw_of_chain:
        return flaw_of_chain
    events = audit.events_in(trail.lines)
    hashes = {event["hash"] for event in events} | {""}
    for event in log:
        target = event.get("target")
        if isinstance(target, dict) and _is_same(target, trail.target) and event.get("target_head", "") not in hashes:
            return f"the {event.get('action')} of {event.get('ts')} is missing, which the log says was written here"
    heads = {event["hash"] for event in log} | {audit.GENESIS, ""}
    ids = {event.get("event_id") for event in log}
    for number, event in enumerate(events, 1):
        if event.get("event_id") in ids and event.get("log_head") not in heads:
            return f"line {number}: was written by a log of other events than the one on this machine"
    return None


def _is_same(event_target: dict[str, Any], target: dict[str, Any]) -> bool:
    return all(event_target.get(name) == target[name] for name in ("system_identifier", "database_oid", "schema"))
