"""No part of a password is ever told, however hostile, however misspelt the URL, by any command or function that takes one."""

from __future__ import annotations

import logging
import socket
import traceback
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from qaseed import QASeedManager
from qaseed.cli import app
from qaseed.config import get_qa_seed_config
from qaseed.doctor import run_checks
from qaseed.errors import PostgresError, UsageError, redact_passwords
from qaseed.loading import load, purge
from qaseed.postgres import connection as connections
from qaseed.postgres.connection import connected
from qaseed.postgres.server import Server
from qaseed.postgres.urls import redact_url, settings_of
from qaseed.seeding import seed
from qaseed.snapshot import Snapshot
from qaseed.targets import forget, init, status

pytestmark = pytest.mark.integration
PART = "Zq7xK"
"""Stands in a password wherever it may be cut."""

junk = st.one_of(
    st.text("@:/?#%&= '\"\\\n\t[]{}()<>|,;+$~é☃\x01\x7f", max_size=4),
    st.sampled_from(["%zz", "%", "%20", "%00", "%ff", "@127.0.0.1:1/d", "?host=", "&dbname=", " host=", "://", "/1?", "'", "\\'", "${HOME}", "\udcff"]),
    st.text(max_size=3),
)  # fmt: skip
passwords = st.lists(junk, min_size=1, max_size=3).map(lambda found: PART + PART.join(found) + PART)
FORMS: dict[str, Callable[[str], str]] = {
    "quoted": lambda secret: f"postgresql://u:{quote(secret, safe='', errors='surrogateescape')}@127.0.0.1:1/d",
    "raw": lambda secret: f"postgresql://u:{secret}@127.0.0.1:1/d",
    "short": lambda secret: f"postgres://u:{secret}@127.0.0.1:1/d",
    "sqlalchemy": lambda secret: f"postgresql+psycopg://u:{secret}@127.0.0.1:1/d",
    "odd port": lambda secret: f"postgresql://u:{quote(secret, safe='', errors='surrogateescape')}@127.0.0.1:x/d",
    "parameter": lambda secret: f"postgresql://u@127.0.0.1:1/d?password={secret}",
    "quoted parameter": lambda secret: f"postgresql://127.0.0.1:1/d?user=u&password={quote(secret, safe='', errors='surrogateescape')}",
    "keys": lambda secret: f"host=127.0.0.1 port=1 dbname=d user=u password={secret}",
    "quoted keys": lambda secret: f"host=127.0.0.1 port=1 dbname=d user=u password='{secret}'",
    "escaped keys": lambda secret: "password='{}' host=127.0.0.1 port=1 dbname=d".format(secret.replace("\\", "\\\\").replace("'", "\\'")),
    "no scheme": lambda secret: f"u:{secret}@127.0.0.1:1/d",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that a torn URL names is not looked up, as names are that no test should ask anybody about."""

    def refuse(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(8, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def calls(url: str, snapshot: Snapshot) -> Iterator[Callable[[], Any]]:
    yield lambda: load(snapshot, url)
    yield lambda: load(snapshot, url, dry_run=True)
    yield lambda: purge(url)
    yield lambda: init(url, confirm="d")
    yield lambda: status(url)
    yield lambda: forget(url, confirm="d")
    yield lambda: settings_of(url)
    yield lambda: redact_url(url)
    yield lambda: [vars(check) for check in run_checks(url)]
    yield lambda: seed(get_qa_seed_config("minimal"), url=url).metrics
    yield lambda: seed(get_qa_seed_config("minimal"), url=url).error


def outcome(call: Callable[[], Any]) -> Any:
    """What a call gives, or the failure that it may end with."""
    try:
        return call()
    except (UsageError, PostgresError) as error:
        return error


def words(error: BaseException | None) -> Iterator[str]:
    """All that an exception says, and all that hangs on it."""
    if error is not None:
        yield from (str(error), repr(error), repr(error.args), *traceback.format_exception(error))
        yield from words(error.__cause__)
        yield from words(error.__context__)


def test_no_function_tells_it(minimal: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    @settings(max_examples=30)
    @given(form=st.sampled_from(sorted(FORMS)), secret=passwords)
    @example(form="raw", secret=f"{PART}/1?sslmode={PART}")
    @example(form="raw", secret=f"1/{PART}?sslmode={PART}")
    @example(form="parameter", secret=f"{PART}&dbname={PART}")
    @example(form="keys", secret=f"{PART} host={PART}")
    @example(form="quoted", secret=f"{PART}\udcff{PART}")
    @example(form="quoted", secret=f"{PART}\n{PART}")
    def each(form: str, secret: str) -> None:
        url = FORMS[form](secret)
        for call in calls(url, minimal):
            told = outcome(call)
            if isinstance(told, BaseException):
                assert not any(PART in word for word in words(told)), "\n".join(words(told))
            elif not (isinstance(told, dict) and "password" in told):  # what settings_of is there for
                assert PART not in repr(told)
        if "\0" not in url and "\udcff" not in url:
            monkeypatch.setenv("DATABASE_URL", url)
            assert PART not in repr(QASeedManager("minimal").generate_seed_data())

    each()


def arguments(url: str, snapshot: Snapshot) -> Iterator[tuple[list[str], dict[str, str]]]:
    folder = str(snapshot.folder)
    commands = [["load", folder], ["load", folder, "-n"], ["seed", "-e", "minimal", "--json"], ["seed", "-e", "minimal", "-v"], ["purge", "--yes"],
                ["purge"], ["doctor"], ["doctor", "--json"], ["target", "init", "--confirm", "d"], ["target", "status", "--json"],
                ["target", "forget", "--no-input"]]  # fmt: skip
    for command in commands:
        yield [*command, "--to", url], {}
        if command[0] != "purge" and "\0" not in url and "\udcff" not in url:
            yield command, {"DATABASE_URL": url}
    yield ["doctor", "--to", *url.split(" ")], {}
    yield ["doctor", url], {}
    yield ["load", url], {}
    yield ["target", "status", url], {}
    yield ["target", url], {}
    yield [url], {}
    yield ["seed", "--seed", url], {}


def test_no_command_tells_it(minimal: Snapshot) -> None:
    @settings(max_examples=30)
    @given(form=st.sampled_from(sorted(FORMS)), secret=passwords, data=st.data())
    def each(form: str, secret: str, data: st.DataObject) -> None:
        url = FORMS[form](secret)
        words_given, environment = data.draw(st.sampled_from(list(arguments(url, minimal))))
        # no program can be given a NUL; nothing says that a bare text is a URL
        assume("\0" not in "".join(words_given) and (form != "no scheme" or "--to" in words_given or environment))
        ran = CliRunner().invoke(app, words_given, env=environment)
        assert ran.exit_code in {1, 2, 3, 5}, (ran.output, ran.exception)
        assert isinstance(ran.exception, SystemExit), ran.exception
        assert PART not in ran.output, ran.output

    each()


def test_a_connection_that_is_not_encrypted_is_warned_about(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connections, "is_local", lambda _: False)
    with caplog.at_level(logging.WARNING), connected(f"{server.url}&password={PART}"):
        pass
    assert [record.getMessage() for record in caplog.records] == [
        f"{server.url}: the connection is not encrypted; add sslmode=require to the URL"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("postgresql://me@h:5432/d: is down", "postgresql://me@h:5432/d: is down"),
        ("write postgresql://USER@HOST:PORT/DATABASE", "write postgresql://USER@HOST:PORT/DATABASE"),
        ("postgresql://me:a@b:c/d@h/d: is down", "postgresql://me:***@h/d: is down"),
        ("postgres:/me:a b@h/d", "postgres:/me:***@h/d"),
        ("host=h password = 'a b' user=u", "host=h password =***"),
        ("a ratio of 3:4 for me@example.com", "a ratio of 3:4 for me@example.com"),
    ],
)
def test_masking(text: str, told: str) -> None:
    assert redact_passwords(text) == told
    assert str(UsageError(text)) == told
