"""A scan of a Postgres database reads every type and names what it does not read."""

from __future__ import annotations

import json

import psycopg
import psycopg.conninfo
import pytest

from qaseed import scan
from qaseed.safety.checks import NPI
from support.command_line import qaseed

pytestmark = pytest.mark.integration

SSN = "219-44-3456"
TYPES = {
    "raw": ("bytea", f"'{SSN}'::bytea"),
    "raws": ("bytea[]", f"array['{SSN}'::bytea]"),
    "dom": ("octets", f"'{SSN}'::bytea"),
    "doc": ("jsonb", rf"""'{{"note": "line\n{SSN}"}}'"""),
    "doc_escaped": ("json", r"""'{"note": "219\u002d44\u002d3456"}'"""),
    "doc_twice": ("jsonb", rf"""to_jsonb('{{"a": "x\n{SSN}"}}'::text)"""),
    "texts": ("text[]", f"""array['a"b', '{SSN}']"""),
    "rec": ("pair", f"""row('x "y"', '{SSN}')::pair"""),
    "label": ("colour", f"'{SSN}'"),
    "words": ("tsvector", "'''jane.roe@gmail.com'':1'"),
    "npi": ("float8", "1497758544"),
    "mobile": ("numeric(14, 2)", "2127365000"),
    "phones": ("int8range", "'[2127365000, 2127365001)'"),
    "contact_phones": ("bigint[]", "'{5, 2127365000}'"),
    "spaced": ("text", "E'(212)\\u00a0736\\u20115000'"),
}


def test_every_type_is_read(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            f"create type pair as (a text, ssn text); create domain inner_octets as bytea; create domain octets as inner_octets; create type colour as enum ('{SSN}', 'red')"
        )
        columns = ", ".join(f"{name} {kind}" for name, (kind, _) in TYPES.items())
        connection.execute(f"create table t ({columns})")
        connection.execute(f"insert into t values ({', '.join(value for _, value in TYPES.values())})")
    report = scan(database)
    where = {finding.where for finding in report.findings}
    assert where == {f"public.t.{name}" for name in TYPES} | {"public.t.rec.ssn", "public.colour.(labels)"}
    assert (report.exit_code, report.skipped) == (1, ())
    assert SSN not in json.dumps(report.to_json())


def test_views_comments_and_defaults_are_read(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qaseed.postgres.reading.PAGE", 2)
    monkeypatch.setattr("qaseed.scanning.limits.LONGEST", 100)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            f"create table t (a text default '{SSN}'); comment on column t.a is 'as jane.roe@gmail.com says'"
        )
        connection.execute(f"create view v as select '{SSN}' as a; create materialized view m as select '{SSN}' as a")
        connection.execute(
            f"create table long (a text, raw bytea); insert into long select v, v::bytea from (select '{SSN}' || repeat('é', 200) v)"
        )
    report = scan(database)
    where = {finding.where for finding in report.findings}
    tables = {"public.v.a", "public.m.a", "public.long.a", "public.long.raw"}
    assert where == {"public.t.(defaults)", "public.t.(comments)"} | tables
    assert [skipped.where for skipped in report.skipped] == ["public.long.a", "public.long.raw"]


def test_what_is_not_read_is_named(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("create table t (raw bytea); insert into t values ('\\xffd8'), (null)")
        connection.execute(
            f"create view broken as select ('{SSN}' || a::text)::int::text as a from generate_series(1, 2) a"
        )
        connection.execute("create extension file_fdw; create server files foreign data wrapper file_fdw")
        connection.execute("create foreign table far (a text) server files options (filename '/etc/hostname')")
        connection.execute("select lo_from_bytea(0, 'x')")
    done = qaseed("scan", database, "--json")
    told = json.loads(done.stdout)
    assert {skipped["where"] for skipped in told["skipped"]} == {
        "public.t.raw",
        "public.broken",
        "public.far",
        "large objects",
    }
    assert (done.returncode, told["scanned"]["unread"], told["ok"]) == (5, 4, False)
    assert SSN not in done.stdout + done.stderr


def test_a_database_without_tables_is_not_clean(database: str) -> None:
    done = qaseed("scan", database, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(": has no tables; give another database\n")


def test_names_are_data_and_are_escaped(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            f'create table "{SSN}" (a text); create schema "jane.roe@gmail.com"; create table "jane.roe@gmail.com"."t\x1b[31m\nx" (ssn text)'
        )
    done = qaseed("scan", database)
    assert done.returncode == 1
    assert not any(part in done.stdout + done.stderr for part in (SSN, "jane", "\x1b"))
    assert len(done.stdout.splitlines()) == 4
    assert r"t\x1b[31m\nx.ssn" in done.stdout


def test_a_database_without_encoding_is_read_as_far_as_it_is_sure(database: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            f"create database {name}_a encoding 'SQL_ASCII' template template0 locale_provider libc locale 'C'"
        )
    url = database.replace(f"/{name}", f"/{name}_a")
    with psycopg.connect(url, autocommit=True, client_encoding="SQL_ASCII") as connection:
        connection.execute(b"create table t (a text); insert into t values ('caf\xe9')")
    assert [skipped.where for skipped in scan(url).skipped] == ["public.t"]
    assert scan(url).exit_code == 5
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"drop database {name}_a with (force)")


@pytest.mark.parametrize("kind", ["int4", "int8", "numeric"])
def test_whole_numbers_that_are_provider_numbers_are_seen(database: str, kind: str) -> None:
    real = [number for number in range(1_932_000_000, 1_932_000_200) if NPI.holds(str(number))]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"create table t (a {kind}, b {kind}, c numeric)")
        connection.cursor().executemany(
            "insert into t values (%s, %s, %s)",
            [(number, 1_932_000_000 + 7 * at, number + 0.5) for at, number in enumerate(real)],
        )
    assert [(one.where, one.kind, one.count) for one in scan(database).findings] == [("public.t.a", "npi", len(real))]


def test_what_qaseed_loads_is_clean(
    loaded: str,
) -> None:
    report = scan(loaded)
    assert (report.exit_code, report.skipped) == (0, ())
