"""The logical digest under attack: equal rows have equal digests in every engine, and unequal ones never collide by form."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qaseed import digest
from qaseed.generation.units import _write
from qaseed.model import Column, Entity, Model
from qaseed.postgres.server import Server
from qaseed.rows import TYPES
from qaseed.snapshot import catalogue

ALL = Entity(
    "all_types",
    "Every type there is.",
    (
        Column("n", "bigint", "", nullable=True),
        Column("a", "text", "", nullable=True),
        Column("b", "text", "", nullable=True),
        Column("yes", "bool", "", nullable=True),
        Column("day", "date", "", nullable=True),
        Column("moment", "timestamptz", "", nullable=True),
    ),
    key=("n",),
)
MODEL = Model("digests", "", (ALL,))
Row = tuple[Any, ...]

UTC = dt.UTC
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12) | st.sampled_from(
    [
        "",
        ";",
        "1:",
        ";;",
        "1:;1:",
        '"',
        '""',
        ",",
        "\n",
        "\r",
        "\r\n",
        " ",
        "😀",
        "e\u0301",
        "NULL",
        "\\N",
        "null",
        "٣",
        "\u200f",
    ]
)
rows = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | texts,
        st.none() | texts,
        st.none() | st.booleans(),
        st.none() | st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)),
        st.none() | st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30), timezones=st.just(UTC)),
    ),
    max_size=6,
)  # fmt: skip
EXTREMES: list[Row] = [
    (-(2**63), "", None, True, dt.date(1, 1, 1), dt.datetime(1, 1, 1, tzinfo=UTC)),
    (2**63 - 1, None, "", False, dt.date(9999, 12, 31), dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    (0, ";1:", "1:;", None, dt.date(1969, 12, 31), dt.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    (None, None, None, None, None, None),
]


def pure(found: list[Row]) -> str:
    """The definition, row by row, in plain Python."""
    left = right = 0
    epoch = dt.datetime(1970, 1, 1, tzinfo=UTC)
    for n, a, b, yes, day, moment in found:
        parts = ["" if n is None else str(n)]
        parts += ["" if text is None else f"{len(text.encode())}:{text}" for text in (a, b)]
        parts += ["" if yes is None else str(int(yes)), "" if day is None else str((day - dt.date(1970, 1, 1)).days)]
        parts += ["" if moment is None else str((moment - epoch) // dt.timedelta(microseconds=1))]
        told = hashlib.md5("".join(f"{part};" for part in parts).encode()).hexdigest()
        left, right = left + int(told[:16], 16), right + int(told[16:], 16)
    return digest.digest(left, right)


def framed(found: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(found, schema={c.name: TYPES[c.type] for c in ALL.columns}, orient="row")


def in_duckdb(folder: Path, found: list[Row], kind: str) -> str:
    path = _write(folder, ALL.name, kind, 0, framed(found)).path
    with catalogue(folder, MODEL, {ALL.name: [path]}) as connection:
        _, left, right = connection.execute(digest.duckdb_sql(ALL, f'"{ALL.name}"')).fetchall()[0]
    return digest.digest(left, right)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=rows)
def test_duckdb_follows_the_definition(kind: str, found: list[Row], tmp_path: Path) -> None:
    assert in_duckdb(tmp_path, found, kind) == pure(found)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_extremes(kind: str, tmp_path: Path) -> None:
    assert in_duckdb(tmp_path, EXTREMES, kind) == pure(EXTREMES)


@given(rows, rows)
def test_unequal_rows_have_unequal_digests(one: list[Row], other: list[Row]) -> None:
    assert (pure(one) == pure(other)) == (sorted(map(repr, one)) == sorted(map(repr, other)))


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
    assert pure([(1, *one, None, None, None)]) != pure([(1, *other, None, None, None)])


def test_rows_twice_are_not_rows_gone() -> None:
    assert pure([EXTREMES[0], EXTREMES[0]]) != pure([])


def test_order_and_layout_do_not_matter(tmp_path: Path) -> None:
    paths = [_write(tmp_path, ALL.name, "parquet", n, framed([row])).path for n, row in enumerate(reversed(EXTREMES))]
    with catalogue(tmp_path, MODEL, {ALL.name: paths}) as connection:
        _, left, right = connection.execute(digest.duckdb_sql(ALL, ALL.name)).fetchall()[0]
    assert digest.digest(left, right) == pure(EXTREMES)


SETTINGS = [
    "set timezone = 'Asia/Kathmandu'", "set datestyle = 'german, dmy'", "set extra_float_digits = -15", "set intervalstyle = 'iso_8601'",
    "set bytea_output = 'escape'", "set standard_conforming_strings = on", "set lc_numeric = 'C'",
]  # fmt: skip


@pytest.mark.integration
@settings(max_examples=40)
@given(found=rows)
def test_postgres_follows_the_definition_whatever_its_session(server: Server, found: list[Row]) -> None:
    assert in_postgres(server.url, [*found, *EXTREMES]) == pure([*found, *EXTREMES])


def in_postgres(url: str, found: list[Row]) -> str:
    from qaseed.postgres.tables import create

    with psycopg.connect(url) as connection:
        for setting in SETTINGS:
            connection.execute(setting)
        connection.execute(create("pg_temp", ALL))
        for row in found:
            # written by value of the type, not by text that a setting could read another way
            connection.execute("insert into all_types values (%s, %s, %s, %s, %s, %s)", row, binary=True)
        version = connection.info.server_version
        # the query of an older server holds on every newer one
        queries = {digest.postgres_sql(ALL, "all_types", told) for told in (version, min(version, 130000))}
        told = {(connection.execute(query.encode()).fetchone() or (0, 0, 0))[1:] for query in queries}
        connection.rollback()
    assert len(told) == 1
    return digest.digest(*told.pop())


@pytest.mark.integration
def test_rows_wider_than_a_function_of_postgres_takes(server: Server) -> None:
    from qaseed.postgres.tables import create

    columns = tuple(Column(f"n{place}", "bigint", "", nullable=place % 3 == 0) for place in range(250))
    wide = Entity("wide", "", columns, key=("n0",))
    row = [None if place % 6 == 0 else place for place in range(250)]
    told = hashlib.md5("".join(f"{'' if value is None else value};" for value in row).encode()).hexdigest()
    with psycopg.connect(server.url) as connection:
        connection.execute(create("pg_temp", wide))
        connection.execute(f"insert into wide values ({', '.join(['%s'] * 250)})".encode(), row)
        query = digest.postgres_sql(wide, "wide", connection.info.server_version)
        _, left, right = connection.execute(query.encode()).fetchone() or (0, 0, 0)
        connection.rollback()
    assert digest.digest(left, right) == f"q1-{told}"


def test_the_definition_does_not_change(tmp_path: Path) -> None:
    assert pure(EXTREMES) == in_duckdb(tmp_path, EXTREMES, "parquet")
    assert pure([(1, "a", None, True, None, None)]) == "q1-" + hashlib.md5(b"1;1:a;;1;;;").hexdigest()


def test_duckdb_is_asked_nothing_that_depends_on_its_session() -> None:
    query = digest.duckdb_sql(
        ALL,
        "(select 1::bigint n, 'a' a, null b, true yes, date '2026-01-02' as day, timestamptz '2026-01-02 03:04:05+00' moment)",
    )
    told = set()
    for zone in ("UTC", "America/New_York"):
        with duckdb.connect() as connection:
            connection.execute(f"set TimeZone = '{zone}'")
            told.add(connection.execute(query).fetchall()[0])
    assert len(told) == 1
