"""The logical digest under attack: equal rows have equal digests in every engine, and unequal ones never collide by form."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from qaseed import digest
from qaseed.generation.units import _write
from qaseed.integers import Ids
from qaseed.model import Column, Entity
from qaseed.postgres.server import Server
from qaseed.rows import Rows
from qaseed.snapshot import open_catalog
from support.digest_definition import ALL_TYPES, EXTREMES, MODEL, Row, reference_digest, rows, to_frame


class FrameRows(Rows):
    """Rows whose columns are those of a frame, not computed."""

    def __init__(self, entity: Entity, frame: pl.DataFrame) -> None:
        self.entity = entity
        self.ids = Ids(np.arange(len(frame)))
        self._columns = {name: frame[name] for name in frame.columns}


def in_duckdb(folder: Path, found: list[Row], kind: str) -> str:
    path = _write(folder, kind, 0, FrameRows(ALL_TYPES, to_frame(found))).path
    with open_catalog(folder, MODEL, {ALL_TYPES.name: [path]}) as connection:
        _, left, right = connection.execute(digest.duckdb_sql(ALL_TYPES, f'"{ALL_TYPES.name}"')).fetchall()[0]
    return digest.digest(left, right)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=rows)
def test_duckdb_follows_the_definition(kind: str, found: list[Row], tmp_path: Path) -> None:
    assert in_duckdb(tmp_path, found, kind) == reference_digest(found)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_extremes(kind: str, tmp_path: Path) -> None:
    assert in_duckdb(tmp_path, EXTREMES, kind) == reference_digest(EXTREMES)


@given(rows, rows)
def test_unequal_rows_have_unequal_digests(one: list[Row], other: list[Row]) -> None:
    assert (reference_digest(one) == reference_digest(other)) == (sorted(map(repr, one)) == sorted(map(repr, other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", None), (None, "a")),
        (("", None), (None, "")),
        (("a;1:b", ""), ("a", "b")),
        (("1:a", None), ("a", None)),
        (("", ""), (None, None)),
    ],
)
def test_separators_and_nulls_forge_nothing(one: Row, other: Row) -> None:
    assert reference_digest([(1, *one, None, None, None)]) != reference_digest([(1, *other, None, None, None)])


def test_rows_twice_are_not_rows_gone() -> None:
    assert reference_digest([EXTREMES[0], EXTREMES[0]]) != reference_digest([])


def test_order_and_layout_do_not_matter(tmp_path: Path) -> None:
    paths = [
        _write(tmp_path, "parquet", n, FrameRows(ALL_TYPES, to_frame([row]))).path
        for n, row in enumerate(reversed(EXTREMES))
    ]
    with open_catalog(tmp_path, MODEL, {ALL_TYPES.name: paths}) as connection:
        _, left, right = connection.execute(digest.duckdb_sql(ALL_TYPES, ALL_TYPES.name)).fetchall()[0]
    assert digest.digest(left, right) == reference_digest(EXTREMES)


SETTINGS = [
    "set timezone = 'Asia/Kathmandu'", "set datestyle = 'german, dmy'", "set extra_float_digits = -15", "set intervalstyle = 'iso_8601'",
    "set bytea_output = 'escape'", "set standard_conforming_strings = on", "set lc_numeric = 'C'",
]  # fmt: skip


@pytest.mark.integration
@settings(max_examples=20)
@given(found=rows)
def test_postgres_follows_the_definition_whatever_its_session(server: Server, found: list[Row]) -> None:
    assert in_postgres(server.url, [*found, *EXTREMES]) == reference_digest([*found, *EXTREMES])


def in_postgres(url: str, found: list[Row]) -> str:
    from qaseed.postgres.tables import create

    with psycopg.connect(url) as connection:
        for setting in SETTINGS:
            connection.execute(setting)
        connection.execute(create("pg_temp", ALL_TYPES))
        for row in found:
            # written by value of the type, not by text that a setting could read another way
            connection.execute("insert into all_types values (%s, %s, %s, %s, %s, %s)", row, binary=True)
        version = connection.info.server_version
        # the query of an older server holds on every newer one
        queries = {digest.postgres_sql(ALL_TYPES, "all_types", output) for output in (version, min(version, 130000))}
        output = {(connection.execute(query.encode()).fetchone() or (0, 0, 0))[1:] for query in queries}
        connection.rollback()
    assert len(output) == 1
    return digest.digest(*output.pop())


@pytest.mark.integration
def test_rows_wider_than_a_function_of_postgres_takes(server: Server) -> None:
    from qaseed.postgres.tables import create

    columns = tuple(Column(f"n{place}", "bigint", "", nullable=place % 3 == 0) for place in range(250))
    wide = Entity("wide", "", columns, key=("n0",))
    row = [None if place % 6 == 0 else place for place in range(250)]
    output = hashlib.md5("".join(f"{'' if value is None else value};" for value in row).encode()).hexdigest()
    with psycopg.connect(server.url) as connection:
        connection.execute(create("pg_temp", wide))
        connection.execute(f"insert into wide values ({', '.join(['%s'] * 250)})".encode(), row)
        query = digest.postgres_sql(wide, "wide", connection.info.server_version)
        _, left, right = connection.execute(query.encode()).fetchone() or (0, 0, 0)
        connection.rollback()
    assert digest.digest(left, right) == f"q1-{output}"


def test_the_definition_does_not_change(tmp_path: Path) -> None:
    assert reference_digest(EXTREMES) == in_duckdb(tmp_path, EXTREMES, "parquet")
    assert reference_digest([(1, "a", None, True, None, None)]) == "q1-" + hashlib.md5(b"1;1:a;;1;;;").hexdigest()


def test_duckdb_is_asked_nothing_that_depends_on_its_session() -> None:
    query = digest.duckdb_sql(
        ALL_TYPES,
        "(select 1::bigint n, 'a' a, null b, true yes, date '2026-01-02' as day, timestamptz '2026-01-02 03:04:05+00' moment)",
    )
    output = set()
    for zone in ("UTC", "America/New_York"):
        with duckdb.connect() as connection:
            connection.execute(f"set TimeZone = '{zone}'")
            output.add(connection.execute(query).fetchall()[0])
    assert len(output) == 1


SMALL = Entity(
    "t",
    "",
    (
        Column("n", "bigint", ""),
        Column("at", "timestamptz", "", nullable=True),
        Column("x", "text", "", nullable=True),
        Column("b", "bool", ""),
        Column("d", "date", ""),
    ),
    key=("n",),
)


@pytest.mark.parametrize(
    ("version", "moment", "hashed", "left", "right"),
    [
        (
            179_999,
            "('x' || encode(timestamptz_send(\"at\"), 'hex'))::bit(64)::bigint",
            "('x' || {md5})::bit(128)",
            "h::bit(64)::bigint",
            "(h << 64)::bit(64)::bigint",
        ),
        (
            180_000,
            'timestamptz_send("at")::bigint',
            "decode({md5}, 'hex')",
            "substr(h, 1, 8)::bigint",
            "substr(h, 9)::bigint",
        ),
    ],
)
def test_each_version_of_postgres_has_its_query(version: int, moment: str, hashed: str, left: str, right: str) -> None:
    """The text itself: a query that is slower, or that only some versions accept, would give the same digests."""
    values = (
        f"\"n\", coalesce(({moment} + 946684800000000)::text, ''), "
        'coalesce((octet_length("x") || \':\' || "x")::text, \'\'), "b"::int, ("d" - date \'1970-01-01\')'
    )
    whole = hashed.format(md5=f"md5(concat_ws(';', {values}) || ';')")
    assert digest.postgres_sql(SMALL, '"s"."t"', version) == (
        f'select count(*), sum({left}), sum({right}) from (select {whole} h from "s"."t" offset 0) rows'
    )


def test_sums_of_no_rows_are_zero() -> None:
    assert digest.digest(None, None) == f"q1-{0:032x}"
    assert digest.digest(-1, 1) == f"q1-{2**64 - 1:016x}{1:016x}"
