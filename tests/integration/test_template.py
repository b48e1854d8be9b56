"""Databases cloned from a template: the same rows, at once, and never over somebody's database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from qaseed.errors import PostgresError, UnsafeError, UsageError
from qaseed.loading import clone, load, purge, template
from qaseed.loading.template import drop_templates, template_name
from qaseed.postgres.server import Server
from qaseed.postgres.target import diagnostics
from qaseed.snapshot import Snapshot
from support.databases import ask

pytestmark = pytest.mark.integration


@pytest.fixture
def fresh(server: Server, minimal: Snapshot) -> Iterator[str]:
    """The server without the template, and without what the test clones."""
    yield server.url
    with psycopg.connect(server.url, autocommit=True) as connection:
        names = connection.execute(
            "select datname, datistemplate from pg_database where datname like 'clone%' or datname like 'qaseed_%'"
        ).fetchall()
        for name, template in names:
            if template:
                connection.execute(f'alter database "{name}" is_template false'.encode())
            connection.execute(f'drop database "{name}" with (force)'.encode())


def test_clones_hold_the_snapshot(fresh: str, minimal: Snapshot) -> None:
    drop_templates(fresh)  # other tests share the server
    first = clone(minimal, fresh, "clone one")
    assert first.verified
    assert "template" in first.phases
    assert "/clone%20one?" in first.target
    second = clone(minimal, fresh, "clone one")
    assert "template" not in second.phases
    assert second.rows == minimal.manifest.rows
    assert clone(minimal, fresh, "clone2", dry_run=True).plan.why == f"the template {template_name(minimal)} exists"  # type: ignore[union-attr]
    assert clone(minimal, fresh, "clone2", verify="counts").strategy == "template"
    inside = fresh.replace("/qaseed?", "/clone2?")
    ask(inside, "update client set first_name = 'Changed'")
    assert load(minimal, inside).strategy == "staged", "the clone is marked as a target of its own"
    assert sum(purge(inside).values()) == sum(minimal.manifest.rows.values())


def test_somebodys_database_is_never_replaced(fresh: str, minimal: Snapshot) -> None:
    ask(fresh, "create database clone")
    with pytest.raises(UnsafeError, match="clone: exists and is no clone that qaseed created"):
        clone(minimal, fresh, "clone")


def test_a_clone_in_use_is_told(fresh: str, minimal: Snapshot) -> None:
    clone(minimal, fresh, "clone")
    with (
        psycopg.connect(fresh.replace("/qaseed?", "/clone?")),
        pytest.raises(PostgresError, match="a session uses it"),
    ):
        clone(minimal, fresh, "clone")
    assert clone(minimal, fresh, "clone").verified


def test_a_clone_is_replaced_in_one_step(fresh: str, minimal: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    clone(minimal, fresh, "clone")
    inside = fresh.replace("/qaseed?", "/clone?")
    ask(inside, "update client set first_name = 'Before'")
    monkeypatch.setattr(template, "_comment", _killed(template._comment))
    with pytest.raises(KeyboardInterrupt):
        clone(minimal, fresh, "clone")
    monkeypatch.undo()
    assert ask(inside, "select distinct first_name from client") == [("Before",)], "killed between the two names"
    assert clone(minimal, fresh, "clone").verified
    assert ask(inside, "select count(*) from client where first_name = 'Before'") == [(0,)]
    assert ask(fresh, "select datname from pg_database where datname ~ '^qaseed_(clone|old)_'") == []


def _killed(comment: Any) -> Any:
    """Ends the run where the clone is renamed: in the transaction, when the clone is the only one that has no name."""

    def asked(connection: Any, database: str) -> str | None:
        if connection.info.transaction_status == TransactionStatus.INTRANS:
            connection.execute("alter database clone rename to qaseed_old_0123456789abcdef")
            raise KeyboardInterrupt
        told: str | None = comment(connection, database)
        return told

    return asked


def test_templates_are_dropped_when_asked(fresh: str, minimal: Snapshot) -> None:
    clone(minimal, fresh, "clone")
    for name in ("qaseed_clone_0123456789abcdef", "qaseed_template_mine", "qaseed_old_0123456789abcdef"):
        ask(fresh, f"create database {name}")
    ask(fresh, "comment on database qaseed_old_0123456789abcdef is 'mine'")
    with psycopg.connect(fresh) as connection:
        assert "purge --templates" in diagnostics(connection, single_connection=False)["templates"]
    dropped = drop_templates(fresh)
    assert set(dropped) == {template_name(minimal), "qaseed_clone_0123456789abcdef"}
    assert dropped[template_name(minimal)] > 1 << 20
    assert ask(fresh.replace("/qaseed?", "/clone?"), "select count(*) from client") == [(25,)]
    assert drop_templates(fresh) == {}
    assert "template" in clone(minimal, fresh, "clone").phases, "made again"


def test_many_at_once_share_one_template(fresh: str, minimal: Snapshot) -> None:
    done: list[object] = []

    def run(name: str) -> None:
        try:
            done.append(clone(minimal, fresh, name).verified)
        except BaseException as error:  # noqa: BLE001  # whatever it is, the test shows it
            done.append(error)

    threads = [threading.Thread(target=run, args=(f"clone{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [True] * 3


def test_a_role_that_may_not(fresh: str, minimal: Snapshot) -> None:
    ask(fresh, "drop role if exists weak; create role weak login")
    with pytest.raises(PostgresError, match="weak may not create databases"):
        clone(minimal, fresh.replace("postgres@", "weak@"), "clone")


@pytest.mark.parametrize("name", ["", "x" * 64])
def test_names_that_cannot_be(name: str, fresh: str, minimal: Snapshot) -> None:
    with pytest.raises(UsageError, match="--database"):
        clone(minimal, fresh, name)
