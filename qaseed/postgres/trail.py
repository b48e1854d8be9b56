"""The audit trail in a target: a table in the loaded schema, with the same chained events as the user's log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
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
from qaseed.postgres.tables import existing_tables, parameterized_identifier, refuse_unexpected_table

if TYPE_CHECKING:
    Connection = psycopg.Connection[Any]

TRAIL = "qaseed_audit"
_LOCK_SECONDS = 1


def check(connection: Connection, schema: str) -> bool:
    """Whether there is a trail; `PostgresError` if another table has its name."""
    there = existing_tables(connection, schema, [TRAIL]).get(TRAIL)
    refuse_unexpected_table(there, f"{schema}.{TRAIL}", {"number": "bigint", "event": "json"})
    return there is not None


@dataclass(frozen=True)
class Trail:
    """The trail of one schema as it was read: where it is, and its lines in order."""

    target: dict[str, Any]
    lines: tuple[bytes, ...]


def fingerprint(connection: Connection, schema: str) -> dict[str, Any]:
    """What tells a target from every other: server, database and schema; no credentials."""
    here, info = read_identity(connection), connection.info
    system = None if here.system is None else str(here.system)
    named = {"database": here.database, "database_oid": here.oid, "system_identifier": system}
    return {"host": info.host, "port": info.port, "role": info.user, "schema": schema} | named


def append(connection: Connection, schema: str, event: Event, **outcome: Any) -> str:
    """Write an event at the end of the trail, in the transaction that is open; its hash is the trail's new head."""
    if not existing_tables(connection, schema, [TRAIL]):
        at = Identifier(schema, TRAIL)
        connection.execute(SQL("create table {} (number bigint primary key, event json not null)").format(at))
        doc = "What qaseed did in this schema, each event chained to the one before; only ever appended to."
        connection.execute(SQL("comment on table {} is {}").format(at, doc))
    connection.execute(SQL("lock table {} in exclusive mode").format(Identifier(schema, TRAIL)))
    query = SQL("select number, event::text from {} order by number desc limit 1").format(Identifier(schema, TRAIL))
    number, last = connection.execute(query).fetchone() or (0, "{}")
    told = event.serialize(**outcome) | {"log_head": audit.head()}
    line, digest = audit.chained(told, str(json.loads(last).get("hash", audit.GENESIS)))
    at = parameterized_identifier(schema, TRAIL)
    connection.execute(SQL("insert into {} values (%s, %s)").format(at), (number + 1, line))
    return digest


@contextmanager
def record_failure(connection: Connection, schema: str, event: Event) -> Iterator[None]:
    """Write the event into the trail, in a transaction of its own, if the block fails after its own was rolled back.

    Only where there is a trail already: what was refused leaves nothing behind.
    """
    try:
        yield
    except BaseException as error:
        event.facts.pop("target_head", None)
        told = postgres_error(error, "") if isinstance(error, psycopg.Error) else error
        if connection.info.transaction_status == TransactionStatus.IDLE:
            with suppress(psycopg.Error, QaseedError), connection.transaction():
                connection.execute(SQL("set local lock_timeout = {}").format(f"{_LOCK_SECONDS}s"))
                if check(connection, schema):
                    event.facts["target_head"] = append(connection, schema, event, **audit.failure(told))
        raise


def read(connection: Connection, schema: str) -> Trail:
    """The trail of a schema; without any lines where there is none."""
    with connection.transaction():
        target = fingerprint(connection, schema)
        if not check(connection, schema):
            return Trail(target, ())
        rows = connection.execute(SQL("select event::text from {} order by number").format(Identifier(schema, TRAIL)))
        return Trail(target, tuple(line.encode() for (line,) in rows))


def flaw(trail: Trail, log: Sequence[dict[str, Any]]) -> str | None:
    """The first thing that is wrong with a trail: in its chain, or between it and the events of the user's log.

    The log names the trail's head after each event that it wrote there, and the trail the log's head before it.
    """
    found = audit.flaw_of_chain(trail.lines)
    if found:
        return found
    events = audit.events_in(trail.lines)
    here = {event["hash"] for event in events} | {""}
    for event in log:
        there = event.get("target")
        if isinstance(there, dict) and _same(there, trail.target) and event.get("target_head", "") not in here:
            return f"the {event.get('action')} of {event.get('ts')} is missing, which the log says was written here"
    known = {event["hash"] for event in log} | {audit.GENESIS, ""}
    ours = {event.get("event_id") for event in log}
    for number, event in enumerate(events, 1):
        if event.get("event_id") in ours and event.get("log_head") not in known:
            return f"line {number}: was written by a log of other events than the one on this machine"
    return None


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one.get(name) == other[name] for name in ("system_identifier", "database_oid", "schema"))
