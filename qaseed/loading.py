"""Snapshot to Postgres: bare tables, COPY ... FROM STDIN, then keys and indexes, then read back and compare; all or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from psycopg import errors
from psycopg.sql import SQL, Composed, Identifier, Placeholder

from qaseed import audit, digest
from qaseed.audit import Event
from qaseed.errors import PostgresError, UnsafeError, UsageError
from qaseed.model import Entity, Model
from qaseed.postgres import tables, trail
from qaseed.postgres.connection import connected, is_local, looks_like_production, reached, refused
from qaseed.postgres.isolation import isolate
from qaseed.postgres.target import Target, forget_loads, guard, hold, record, survey
from qaseed.snapshot import Snapshot

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

    Connection = psycopg.Connection[Any]

How = Literal["binary", "text", "insert"]
BATCH_ROWS = 10_000
MOST_BATCH_ROWS = 10_000_000
LOCK_SECONDS = 10
PROVEN = frozenset({"bool", "bigint", "text", "date", "timestamptz"})
"""Types whose binary form is proven by a round trip through a real server (tests/integration)."""
SYNTHETIC = "is_synthetic"

Progress = Callable[[str, int, int], None]
"""Called with a phase, and with rows done in it and in all; 0 in all where they cannot be counted, 1 and 1 at its end."""


@dataclass
class Loaded:
    """What was loaded where and how, whether Postgres was read back and agrees, how long each phase took, and what doubts
    about the target the typed name overrode."""

    target: str
    strategy: str
    rows: dict[str, int] = field(default_factory=dict)
    total_records: int = 0
    digests: dict[str, str] = field(default_factory=dict)
    verified: bool = False
    phases: dict[str, float] = field(default_factory=dict)
    overridden: tuple[str, ...] = ()
    progress: Progress | None = None

    @property
    def seconds(self) -> float:
        return sum(self.phases.values())

    @property
    def rows_per_second(self) -> float:
        return sum(self.rows.values()) / max(self.seconds, 1e-9)

    @contextmanager
    def phase(self, name: str, *, told: bool = True) -> Iterator[None]:
        """Time a phase of the load, and tell that it goes on."""
        begun = time.perf_counter()
        if self.progress and told:
            self.progress(name, 0, 0)
        try:
            yield
        finally:
            self.phases[name] = self.phases.get(name, 0.0) + time.perf_counter() - begun
        if self.progress and told:
            self.progress(name, 1, 1)


def load(
    snapshot: Snapshot,
    url: str,
    *,
    schema: str = "public",
    confirm: str | None = None,
    batch_rows: int = BATCH_ROWS,
    how: How | None = None,
    rls: bool | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Loaded:
    """Restore a snapshot into the database at `url`, in one transaction: after any failure everything is as it was.

    Tables that qaseed loaded before are filled anew, and missing ones created; tables with anybody else's rows are
    refused (`UnsafeError`). `how` is binary COPY where every type is proven and text where not, unless it is given;
    `insert` is for poolers that refuse COPY. Afterwards Postgres is read back: counts and logical digests must be those
    of the manifest. With `rls` each tenant's rows are shown to that tenant alone, without it (False) to all; None leaves
    tables as they stand. `PostgresError` names what Postgres refused, never a password. With `dry_run` the target is only
    looked at: what would be refused is refused, nothing is changed.
    """
    begun = time.perf_counter()
    action = "dry_run" if dry_run else "load"
    told = snapshot.manifest.named | ({"confirmed": True} if confirm else {})
    with audit.recorded(action, **told) as event, connected(url) as connection:
        loaded = Loaded(reached(connection), "direct", progress=progress)
        loaded.phases["connect"] = time.perf_counter() - begun
        guards: dict[str, Any] = {
            "confirmed": confirm,
            "local": is_local(connection),
            "production": looks_like_production(connection),
        }
        if dry_run:
            with connection.transaction():
                event.facts["target"] = trail.fingerprint(connection, schema)
                model = snapshot.manifest.model
                loaded.overridden = guard(connection, survey(connection, schema, model), model, **guards)
            loaded.rows, loaded.total_records = snapshot.manifest.rows, snapshot.manifest.total_records
            return loaded
        with trail.watched(connection, schema, event), connection.transaction():
            _load(connection, snapshot, schema, loaded, batch_rows, how, event, rls, freeze=True, **guards)
            begun = time.perf_counter()
        loaded.phases["commit"] = time.perf_counter() - begun
    return loaded


def load_within(
    snapshot: Snapshot,
    connection: Connection,
    *,
    schema: str = "public",
    batch_rows: int = BATCH_ROWS,
    how: How | None = None,
    rls: bool | None = None,
) -> Loaded:
    """The same through a connection of the caller's, within the caller's transaction, which is never committed here.

    After a failure the transaction is as it was before the call. A connection in autocommit mode has no transaction: the
    load is then one of its own.
    """
    import psycopg
    from psycopg.rows import tuple_row

    loaded = Loaded(reached(connection), "direct")
    guards = {"confirmed": connection.info.dbname, "local": True, "production": False}
    rows_before, connection.row_factory = connection.row_factory, tuple_row
    try:
        if not connection.autocommit:
            connection.execute("select 1")  # so that the block below is a savepoint, and not a transaction to commit
        told = snapshot.manifest.named | {"transaction": "the caller's"}
        with audit.recorded("load", **told) as event, connection.transaction():
            names = ["lock_timeout", "maintenance_work_mem", "client_min_messages", "row_security"]
            kept = [(name, connection.execute("select current_setting(%s)", (name,)).fetchone()) for name in names]
            # no FREEZE: the caller's transaction may have cursors open
            _load(connection, snapshot, schema, loaded, batch_rows, how, event, rls, freeze=False, **guards)
            event.facts.pop("target_head")  # whether it stays is the caller's to decide
            for name, value in kept:
                connection.execute("select set_config(%s, %s, true)", (name, (value or [""])[0]))
    except psycopg.Error as error:
        raise refused(error, loaded.target) from None
    finally:
        connection.row_factory = rows_before
    return loaded


def _load(
    connection: Connection,
    snapshot: Snapshot,
    schema: str,
    loaded: Loaded,
    batch_rows: int,
    how: How | None,
    event: Event,
    rls: bool | None,
    *,
    freeze: bool,
    **guards: Any,
) -> None:
    if not 1 <= batch_rows <= MOST_BATCH_ROWS:
        raise UsageError(f"batch size is {batch_rows}; give a number of rows from 1 to {MOST_BATCH_ROWS:,}")
    model, manifest = snapshot.manifest.model, snapshot.manifest
    with loaded.phase("prepare", told=False):
        event.facts["target"] = trail.fingerprint(connection, schema)
        _wait_for_turn(connection, schema)
        hold(connection, survey(connection, schema, model), model)
        target = survey(connection, schema, model)
        loaded.overridden = guard(connection, target, model, **guards)
        if loaded.overridden:
            _record_override(connection, schema, event, loaded.overridden)
        created = _make_bare(connection, target, model)
    with loaded.phase("copy"), snapshot.catalogue() as source:
        done, total = 0, sum(manifest.rows.values())
        for entity in model.entities:
            batches = source.sql(f'select * from "{entity.name}"').to_arrow_reader(batch_rows)
            for rows in _send(connection, schema, entity, batches, how or _copy_format(entity), freeze=freeze):
                done += rows
                if loaded.progress:
                    loaded.progress("copy", done, total)
    with loaded.phase("index"):
        _build(connection, schema, model, [entity for entity in model.entities if created[entity.name]])
        isolate(connection, schema, model, created, wanted=rls)
    with loaded.phase("analyze"):
        for entity in model.entities:
            connection.execute(SQL("analyze {}").format(Identifier(schema, entity.name)))
    with loaded.phase("verify"):
        _verify(connection, schema, snapshot, loaded)
        told = {name: (loaded.rows[name], loaded.digests[name]) for name in loaded.rows}
        record(connection, target, created, told, (manifest.name, manifest.id))
        event.facts["target_head"] = trail.append(connection, schema, event)
    loaded.total_records = manifest.total_records
    loaded.verified = True


def _wait_for_turn(connection: Connection, schema: str) -> None:
    """One restore at a time into a schema; the lock ends with the transaction, also behind a pooler."""
    connection.execute(SQL("set local lock_timeout = {}").format(f"{LOCK_SECONDS}s"))
    try:
        connection.execute("select pg_advisory_xact_lock(hashtextextended('qaseed ' || %s, 0))", (schema,))
    except errors.LockNotAvailable:
        raise PostgresError(
            f"schema {schema!r}: another qaseed restore is running; wait for it and try again"
        ) from None
    connection.execute("set local maintenance_work_mem = '256MB'")
    connection.execute("set local client_min_messages = 'warning'")


def _record_override(connection: Connection, schema: str, event: Event, overridden: tuple[str, ...]) -> None:
    """Write down, here and in the target, which doubts were overridden by typing its name."""
    override = Event("override", event.facts | {"reason": "; ".join(overridden)})
    audit.append(override.told())
    trail.append(connection, schema, override)


def _make_bare(connection: Connection, target: Target, model: Model) -> dict[str, bool]:
    """Empty tables ready for COPY; says of each whether qaseed created it.

    Those lose their keys and indexes until the rows are in. Tables that somebody else made keep theirs, and get no others.
    """
    there = [entity for entity in model.entities if entity.name in target.standing]
    made = [entity for entity in there if target.is_ours(entity.name) and target.recorded[entity.name].created]
    for statement in tables.strip(target.schema, model, made):
        connection.execute(statement)
    if there:
        connection.execute(SQL("truncate {} restrict").format(_listed(target.schema, there)))
    for entity in model.entities:
        if entity not in there:
            connection.execute(tables.create(target.schema, entity))
    return {entity.name: entity in made or entity not in there for entity in model.entities}


def _listed(schema: str, entities: Iterable[Entity]) -> Composed:
    return SQL(", ").join(Identifier(schema, entity.name) for entity in entities)


def _copy_format(entity: Entity) -> How:
    return "binary" if PROVEN.issuperset(column.type for column in entity.columns) else "text"


def _send(
    connection: Connection,
    schema: str,
    entity: Entity,
    batches: pa.RecordBatchReader,
    how: How,
    *,
    freeze: bool = False,
) -> Iterator[int]:
    """Stream batches into a table; yields the rows of each batch when it is sent.

    With `freeze`, which needs a table made or emptied in this transaction, its rows need no second visit by VACUUM.
    """
    columns = [column.name for column in entity.columns]
    if how == "insert":
        names = SQL(", ").join(map(tables.beside_parameters, columns))
        values = SQL(", ").join(Placeholder() * len(columns))
        at = tables.beside_parameters(schema, entity.name)
        statement = SQL("insert into {} ({}) values ({})").format(at, names, values)
        with connection.cursor() as cursor:
            for batch in batches:
                cursor.executemany(statement, list(zip(*(column.to_pylist() for column in batch.columns), strict=True)))
                yield len(batch)
        return
    options = SQL("format {}, freeze {}").format(
        SQL("binary" if how == "binary" else "csv"), SQL("true" if freeze else "false")
    )
    names = SQL(", ").join(map(Identifier, columns))
    statement = SQL("copy {} ({}) from stdin with ({})").format(Identifier(schema, entity.name), names, options)
    encoded = _binary(batches) if how == "binary" else _csv(batches)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for content, rows in encoded:
            copy.write(content)
            yield rows


def _binary(batches: pa.RecordBatchReader) -> Iterator[tuple[bytes, int]]:
    from pgpq import ArrowToPostgresBinaryEncoder

    encoder = ArrowToPostgresBinaryEncoder(batches.schema)
    yield encoder.write_header(), 0
    for batch in batches:
        yield encoder.write_batch(batch), len(batch)
    yield encoder.finish(), 0  # holds back small batches until here


def _csv(batches: pa.RecordBatchReader) -> Iterator[tuple[bytes, int]]:
    import polars as pl

    for batch in batches:
        text = pl.DataFrame(batch).write_csv(
            include_header=False, quote_style="necessary", null_value="", datetime_format="%Y-%m-%d %H:%M:%S%.6f+00"
        )
        yield text.encode(), len(batch)


def _build(connection: Connection, schema: str, model: Model, entities: list[Entity]) -> None:
    """Keys, checks and indexes of tables that qaseed created, then their foreign keys, then comments."""
    for entity in entities:
        keys = tables.add(schema, entity, tables.constraints(entity))
        if keys:
            connection.execute(keys)
        for _, index in tables.indexes(schema, entity):
            connection.execute(index)
    for entity in entities:
        references = tables.add(schema, entity, tables.references(schema, model, entity))
        if references:
            connection.execute(references)
        for comment in tables.comments(schema, entity):
            connection.execute(comment)


def _verify(connection: Connection, schema: str, snapshot: Snapshot, loaded: Loaded) -> None:
    """Read every table back: what Postgres holds is what the manifest says, row for row."""
    for entity in snapshot.manifest.model.entities:
        promised = snapshot.manifest.tables[entity.name]
        query = digest.postgres_sql(entity, Identifier(schema, entity.name).as_string())
        rows, left, right = connection.execute(query.encode()).fetchone() or (0, 0, 0)
        loaded.rows[entity.name], loaded.digests[entity.name] = rows, digest.digest(left, right)
        if (rows, loaded.digests[entity.name]) != (promised.rows, promised.digest):
            raise PostgresError(
                f"{schema}.{entity.name}: Postgres holds {rows:,} rows that differ from the {promised.rows:,} of the manifest; "
                "nothing was changed, please report it"
            )


def purge(url: str, *, schema: str = "public") -> dict[str, int]:
    """Remove exactly what qaseed loaded into a schema: tables that it created, its rows in others, and its mark.

    The audit trail stays. Says how many rows were removed of each table. `UnsafeError`, and nothing is changed, if a table that qaseed created
    holds rows that it did not load.
    """
    empty = Model("none", "No entities of its own.", ())
    removed: dict[str, int] = {}
    with (
        audit.recorded("purge", counts=removed) as event,
        connected(url) as connection,
        trail.watched(connection, schema, event),
        connection.transaction(),
    ):
        event.facts["target"] = trail.fingerprint(connection, schema)
        _wait_for_turn(connection, schema)
        target = survey(connection, schema, empty)
        ours = sorted(name for name in target.recorded if target.is_ours(name))
        for name in ours:
            removed[name] = _count(connection, schema, name, "{}")
            strange = max(_count(connection, schema, name, "not {}"), removed[name] - target.recorded[name].rows)
            if strange and target.recorded[name].created:
                raise UnsafeError(
                    f"{schema}.{name}: holds {strange:,} rows that qaseed did not load; move or delete them first"
                )
        made = [name for name in ours if target.recorded[name].created]
        if made:
            connection.execute(
                SQL("drop table {} restrict").format(SQL(", ").join(Identifier(schema, name) for name in made))
            )
        others = sorted(set(ours) - set(made))
        if others:
            # in one statement, at whose end foreign keys are checked: the order among the tables does not matter
            deletes = SQL(", ").join(
                SQL("{} as (delete from {} where {})").format(
                    Identifier(name), Identifier(schema, name), Identifier(SYNTHETIC)
                )
                for name in others
            )
            connection.execute(SQL("with {} select").format(deletes))
        forget_loads(connection, target)
        if target.recorded:
            event.facts["target_head"] = trail.append(connection, schema, event)
    return removed


def _count(connection: Connection, schema: str, name: str, condition: str) -> int:
    where = SQL(condition).format(Identifier(SYNTHETIC))
    found = connection.execute(
        SQL("select count(*) from {} where ").format(Identifier(schema, name)) + where
    ).fetchone()
    return int(found[0]) if found else 0
