"""What is read in the URL of a database or a store, what is refused and how, and how it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from qaseed.errors import UsageError, redact_passwords
from qaseed.postgres.urls import redact_url, settings_of, whole_url
from qaseed.stores.connecting import open_store
from support.cases import for_each


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:pw@h:5432/d",
        "postgresql://u:pw@h:5432/d\n",
        " \tpostgresql://u:pw@h:5432/d\r\n ",
        "postgres://u:pw@h:5432/d",
        "POSTGRESQL://u:pw@h:5432/d",
        "Postgres://u:pw@h:5432/d",
        "postgresql+psycopg://u:pw@h:5432/d",
        "postgresql+asyncpg://u:pw@h:5432/d",
        "postgresql+psycopg2://u:pw@h:5432/d?sslmode=prefer",
        "jdbc:postgresql://h:5432/d?user=u&password=pw",
        "host=h port=5432 dbname=d user=u password=pw\n",
    ],
)
def test_forms_of_one_url(url: str) -> None:
    found = settings_of(url)
    assert {name: str(found[name]) for name in ("user", "password", "host", "port", "dbname")} == {
        "user": "u", "password": "pw", "host": "h", "port": "5432", "dbname": "d",
    }  # fmt: skip
    assert redact_url(url) == "postgresql://u@h:5432/d"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u@[::1]:5433/d", "postgresql://u@[::1]:5433/d"),
        ("postgresql://[2001:db8::7]/d", "postgresql://[2001:db8::7]/d"),
        ("host=::1 dbname=d", "postgresql://[::1]/d"),
        ("hostaddr=::1 port=1 dbname=d", "postgresql://[::1]:1/d"),
        ("postgresql://a:1,b:2/d", "postgresql://a:1,b:2/d"),
        ("postgresql://[::1]:1,[::2]:2/d", "postgresql://[::1]:1,[::2]:2/d"),
        ("host=a,b port=5432 dbname=d", "postgresql://a:5432,b:5432/d"),
        ("postgresql:///d?host=/run/my%20sockets", "postgresql:///d?host=/run/my%20sockets"),
        ("postgresql://u%40x:p%40%2Fw@h/d%20e", "postgresql://u%40x@h/d%20e"),
        ("postgresql://h/d?options=-c%20geqo%3Doff&ssl=true", "postgresql://h/d"),
    ],
)
def test_a_url_that_is_shown_can_be_used(url: str, expected: str) -> None:
    assert redact_url(url) == expected
    assert redact_url(expected) == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("schema=public", "'schema', which is not one of Postgres'; leave it out, and give --schema NAME"),
        ("sslmode=require&currentSchema=app", "'currentSchema', .* --schema NAME"),
        ("pgbouncer=true&connection_limit=1", "'pgbouncer', .*; leave it out"),
        ("connection_limit=1", "'connection_limit'"),
        ("sslaccept=strict", "'sslaccept', .*; write sslmode=require instead"),
        ("statement_cache_size=0", "'statement_cache_size'"),
        ("charset=utf8&serverVersion=16", "'charset'"),
        ("something_new=1", "'something_new', .*; leave it out"),
        ("password=a&schema=public", "'schema'"),
        ("password=a&s3cret", "has a parameter that is not one of Postgres'; leave it out"),
    ],
)
def test_parameters_of_other_programs_are_named(parameters: str, expected: str) -> None:
    with pytest.raises(UsageError, match=expected) as error:
        settings_of(f"postgresql://u@h:1/d?{parameters}")
    assert "s3cret" not in str(error.value)


@for_each(
    ("url", "expected"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("mysql://u:s3cret@h/d", "malformed"),
        ("pgsql://u:s3cret@h/d", "malformed"),
        ("postgresql://u:s3cret%zz@h/d", "malformed"),
        ("postgresql://u:s3cret@h/d\ne", "malformed"),
        ("postgresql://u:s3cret@h:port/d", "malformed"),
        ("postgresql://u:s3?schema=cret@h/d", "malformed"),
        ("postgresql://u:s3cret@[::1/d", "malformed"),
        ("postgresql://h:1/d;password=s3cret", "malformed"),
        ("postgresql://h:1/d&password=s3cret", "malformed"),
        ("postgresql://h:1/d,password=s3cret", "malformed"),
        ("postgresql://h:1/d%20password=s3cret", "malformed"),
        ("postgresql://h:1/d:s3cret", "malformed"),
        ("postgresql://h:1/d/me/s3cret", "malformed"),
        ("postgresql://me;password=s3cret@h/d", "malformed"),
        ("postgresql://me,s3cret@h/d", "malformed"),
        ("postgresql://me%3As3cret@h/d", "malformed"),
        ("postgresql://h/d?user=me:s3cret", "malformed"),
        ("postgresql://h/d?s3cret", "has a parameter that is not one of Postgres'"),
        ("host=h dbname=d;password=s3cret", "malformed"),
        ("host=h user=me/s3cret", "malformed"),
        ("host=h,port=1,password=s3cret", "malformed"),
        ("postgresql://h/d?sslmode=s3cret", "unknown sslmode"),
        ("postgresql://h/d?connect_timeout=s3cret", "not a number"),
    ],
)
def test_what_is_no_url(url: str, expected: str) -> None:
    with pytest.raises(UsageError, match=expected) as error:
        settings_of(url)
    assert "cret" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "blank"),
        ("s3://", "write s3:// and then its bucket"),
        ("s3:/bucket/qa", "write s3:// and then its bucket"),
        ("s4://bucket", "no kind of store"),
        ("s3:///qa", "has no bucket"),
        ("s3://key:s3cret@bucket/qa", "no user, password or query"),
    ],
)
def test_what_is_no_store(url: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=expected) as error:
        open_store(url, create=True)
    assert "cret" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["POSTGRESQL://u:s3cret@h/d", "Postgres://u:s3cret@h/d", "jdbc:postgresql://h/d?PASSWORD=s3cret"]
)
def test_masking_of_any_case(url: str) -> None:
    assert "s3cret" not in redact_passwords(f"{url}: is down")


@pytest.mark.parametrize(
    "settings",
    [
        {"user": "a", "password": "s@c:r/t", "host": "db.example", "port": "5433", "dbname": "x"},
        {"user": "a b", "host": "/run/my sockets", "port": "5432", "dbname": "ü"},
        {"user": "a", "host": "::1", "dbname": "x", "sslmode": "require", "options": "-csearch_path=a"},
        {"password": "only", "host": "h", "dbname": "x"},
    ],
)
def test_a_whole_url_has_all_settings(settings: dict[str, str]) -> None:
    assert settings_of(whole_url(settings)) == settings
