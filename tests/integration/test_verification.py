"""Rows are read back: every type, every road, and what differs from the snapshot is seen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from psycopg import errors

from qaseed import digest
from qaseed.errors import PostgresError, SnapshotError
from qaseed.loading import copying, load, staging
from qaseed.loading.options import CopyMethod
from qaseed.logical_types import CSV_OPTIONS, TYPES
from qaseed.model import Entity
from qaseed.postgres import tables
from qaseed.postgres.server import Server
from qaseed.snapshot import Snapshot, open_snapshot
from support.databases import ask, state
from support.digest_definition import ALL_TYPES, EXTREMES, Row, reference_digest, rows, to_frame

pytestmark = pytest.mark.integration

HOW = ("binary", "text", "insert")


@pytest.mark.parametrize("how", [*HOW, "rows"])
@settings(max_examples=25)
@given(found=rows)
def test_every_type_survives_the_round_trip(how: CopyMethod, server: Server, found: list[Row]) -> None:
    assert {column.type for column in ALL_TYPES.columns} == {
        name for name, logical in TYPES.items() if logical.binary_copy
    }
    found = [*found, *EXTREMES]
    with psycopg.connect(server.url) as connection, duckdb.connect() as source:
        source.register("frame", to_frame(found)).execute("create table all_types as from frame")
        connection.execute("create schema trip")
        connection.execute(tables.create("trip", ALL_TYPES))
        assert sum(copying.send(connection, "trip", ALL_TYPES, source, how, 3)) == len(found)
        query = digest.postgres_sql(ALL_TYPES, "trip.all_types", connection.info.server_version)
        count, left, right = connection.execute(query.encode()).fetchone() or (0, 0, 0)
        connection.rollback()
    assert (count, digest.digest(left, right)) == (len(found), reference_digest(found))


@settings(max_examples=25)
@given(found=rows)
def test_text_copy_has_the_bytes_of_the_csv_of_snapshots(found: list[Row]) -> None:
    frame = to_frame([*found, *EXTREMES])
    with duckdb.connect() as source:
        source.register("frame", frame).execute("create table all_types as from frame")
        sent = b"".join(content for content, _ in copying.csv_lines(source, ALL_TYPES, 3))
    assert sent == frame.write_csv(include_header=False, **CSV_OPTIONS).encode()


@pytest.mark.parametrize("how", [None, *HOW])
def test_what_is_loaded_is_what_the_manifest_says(how: CopyMethod | None, minimal: Snapshot, database: str) -> None:
    loaded = load(minimal, database, how=how, batch_rows=7)
    assert loaded.verified
    assert loaded.digests == minimal.manifest.digests
    assert loaded.rows == minimal.manifest.rows
    assert loaded.total_records == 145
    assert ask(database, "select count(*) from client") == [(25,)]


def test_rows_that_do_not_arrive_are_seen(minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(source: duckdb.DuckDBPyConnection, entity: Entity, batch_rows: int) -> Iterator[tuple[bytes, int]]:
        sent = list(real(source, entity, batch_rows))
        return iter(sent[1:] if entity.name == "note" else sent)

    real = copying.csv_lines
    monkeypatch.setattr(copying, "csv_lines", lossy)
    with pytest.raises(PostgresError, match=r"note: Postgres holds 20 rows that differ from the 25"):
        load(minimal, database, how="text", batch_rows=5)
    assert state(database) == []


def _meddle(monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    """Update a staged row between COPY and reading back."""
    real = staging.verify

    def verify(connection: psycopg.Connection[Any], schema: str, entity: Entity, *arguments: Any) -> None:
        if entity.name == "client":
            row = f"update {schema}.client set {change} where id = (select min(id) from {schema}.client)"
            assert connection.execute(row.encode()).rowcount == 1
        real(connection, schema, entity, *arguments)

    monkeypatch.setattr(staging, "verify", verify)


def test_rows_that_come_back_byte_for_byte_need_no_digest(
    minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(digest, "postgres_sql")
    loaded = load(minimal, database, how="binary", workers=1)
    assert (loaded.verified, loaded.digests) == (True, minimal.manifest.digests)


def test_a_table_is_read_back_to_its_end_or_its_error(minimal: Snapshot, database: str) -> None:
    load(minimal, database, how="binary", workers=1)
    entity = minimal.manifest.model.by_name["client"]
    with psycopg.connect(database, autocommit=True) as connection:
        with (
            connection.cursor() as cursor,
            cursor.copy(f"copy client ({_names(entity)}) to stdout (format binary)") as sent,
        ):
            whole = b"".join(bytes(message) for message in sent)
        assert copying.read_back(connection, "public", entity) == (25, hashlib.sha256(whole).digest())
        with pytest.raises(errors.InvalidSchemaName):
            copying.read_back(connection, "elsewhere", entity)
        assert connection.execute("select count(*) from client").fetchone() == (25,), "the connection can be used"


def _names(entity: Entity) -> str:
    return ", ".join(column.name for column in entity.columns)


@pytest.mark.parametrize(
    ("how", "change"),
    [
        ("binary", "middle_name = case when middle_name is null then '' end"),
        (None, "middle_name = case when middle_name is null then '' end"),
        ("binary", "updated_at = updated_at + interval '1 microsecond'"),
        (None, "balance_cents = balance_cents + 1"),
    ],
)
def test_a_row_that_was_altered_on_the_server_is_seen(
    how: CopyMethod | None, change: str, minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _meddle(monkeypatch, change)
    with pytest.raises(PostgresError, match=r"client: Postgres holds 25 rows that differ from the 25"):
        load(minimal, database, how=how, workers=1)
    assert state(database) == []


def test_rows_in_another_order_are_the_same_rows(
    minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _meddle(monkeypatch, "id = id")
    loaded = load(minimal, database, how="binary", workers=1)
    assert (loaded.verified, loaded.digests) == (True, minimal.manifest.digests)


def test_files_that_are_replaced_while_they_are_loaded_are_seen(copied: Path, database: str) -> None:
    snapshot, path = open_snapshot(copied), copied / "data/client/part-00000.parquet"
    rows = pq.read_table(path)
    at, others = rows.schema.get_field_index("first_name"), pa.array(["Other"] * rows.num_rows)
    pq.write_table(rows.set_column(at, rows.schema.field(at), others.cast(rows.schema.field(at).type)), path)
    with pytest.raises(PostgresError, match=r"client: Postgres holds 25 rows that differ from the 25"):
        load(snapshot, database)
    assert state(database) == []


def test_an_altered_snapshot_never_reaches_postgres(copied: Path, database: str) -> None:
    path = copied / "data/client/part-00000.parquet"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(SnapshotError):
        load(open_snapshot(copied), database)
    assert state(database) == []
