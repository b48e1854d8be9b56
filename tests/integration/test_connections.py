"""Connections and schemas that cannot be used: the error says what to do, and shows no password."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from qaseed.errors import PostgresError, UsageError
from qaseed.loading import load, purge
from qaseed.postgres.connection import describe_error
from qaseed.postgres.server import Server
from qaseed.postgres.urls import redact_url
from qaseed.snapshot import Snapshot
from support.databases import ask, state

pytestmark = pytest.mark.integration


def test_without_privilege(minimal: Snapshot, database: str, server: Server) -> None:
    ask(database, "drop role if exists weak; create role weak login; revoke create on schema public from public")
    with pytest.raises(PostgresError, match=r"may not create tables in public; grant it, or connect as"):
        load(minimal, database.replace("postgres@", "weak@"))
    assert state(database) == []


def test_a_server_that_is_down(minimal: Snapshot) -> None:
    with pytest.raises(PostgresError, match="check that the server runs"):
        load(minimal, "postgresql://u:hidden@127.0.0.1:1/d")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:s3cr%20et@h:xx/d",
        "postgresql://u:s3cret PW@localhost/d",
        "postgresql://u:s3cr%zzet@h/d",
        "host='s3cret",
        "s3cret",
    ],
)
def test_no_part_of_a_password_is_told(url: str, minimal: Snapshot) -> None:
    with pytest.raises((UsageError, PostgresError)) as told_:
        load(minimal, url)
    assert "s3cr" not in str(told_.value)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=3, max_size=12))
def test_a_password_is_not_shown(secret: str) -> None:
    secret = f"~{secret}~"
    from urllib.parse import quote

    url = f"postgresql://me:{quote(secret, safe='')}@example.com:5433/db"
    assert redact_url(url) == "postgresql://me@example.com:5433/db"
    assert secret not in describe_error(RuntimeError(f"bad {secret} and {quote(secret, safe='')}"), url)


def test_a_wrong_password(minimal: Snapshot, server: Server, database: str) -> None:
    ask(database, "drop role if exists locked; create role locked login password 'right'")
    hba = server.data / "pg_hba.conf"
    kept = hba.read_text()
    hba.write_text("local all locked scram-sha-256\n" + kept)
    ask(database, "select pg_reload_conf(), pg_sleep(0.2)")
    try:
        with pytest.raises(PostgresError, match="password authentication failed") as error:
            load(minimal, database.replace("postgres@", "locked:s3cretPW@"))
        assert "s3cretPW" not in str(error.value)
    finally:
        hba.write_text(kept)
        ask(database, "select pg_reload_conf()")


@pytest.mark.parametrize("schema", ['a"; drop table x; --', "Ünï code", "%s", "UPPER", "select", "x" * 63])
def test_hostile_schema_names(schema: str, minimal: Snapshot, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(SQL("create schema {}").format(Identifier(schema)))
    assert load(minimal, database, schema=schema).verified
    assert load(minimal, database, schema=schema).verified
    assert purge(database, schema=schema)["client"] == 25


def test_a_schema_that_is_missing(minimal: Snapshot, database: str) -> None:
    with pytest.raises(PostgresError, match="no schema 'nowhere'"):
        load(minimal, database, schema="nowhere")


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"dbname": "nowhere"}, 'database "nowhere" does not exist; create it'),
        ({"user": "nobody here"}, 'role "nobody here" does not exist; create it'),
        ({"service": "nothing"}, 'definition of service "nothing" not found; correct its name'),
    ],
)
def test_what_a_url_names_and_the_server_lacks(
    part: dict[str, str], message: str, minimal: Snapshot, database: str
) -> None:
    with pytest.raises(PostgresError, match=f": {message}"):
        load(minimal, make_conninfo(database, **part), dry_run=True)


@pytest.mark.parametrize("schema", ["", "pg_catalog", "information_schema", "x" * 64])
def test_schemas_that_cannot_be(schema: str, minimal: Snapshot, database: str) -> None:
    with pytest.raises(UsageError, match="--schema"):
        load(minimal, database, schema=schema)


@pytest.mark.parametrize(
    "url", ["postgresql://u:s3cr/et@localhost:1/d", "postgresql://u:s3cr@et@localhost:1/d", "", " "]
)
def test_urls_that_say_something_else_than_meant(url: str, minimal: Snapshot) -> None:
    with pytest.raises(UsageError, match=r"malformed|is empty") as error:
        load(minimal, url)
    assert "s3cr" not in str(error.value)
    assert "et@" not in str(error.value)
