"""Subscribers of the tables: a load refuses to leave them the old rows, sends them all, or says what they must do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from qaseed.errors import PostgresError
from qaseed.loading import clone, load, purge, rollback
from qaseed.postgres.server import Server
from qaseed.practice import MODEL
from qaseed.snapshot import Snapshot
from support.command_line import qaseed
from support.databases import ask, loaded_snapshot
from support.own_server import own_server

pytestmark = pytest.mark.integration
TABLES = ", ".join(MODEL.by_name)


@pytest.fixture(scope="module")
def logical() -> Iterator[Server]:
    """A server that publishes."""
    with own_server() as running:
        for setting in ("wal_level = logical", "max_wal_senders = 4"):
            ask(running.url, f"alter system set {setting}")
        ((data,),) = ask(running.url, "show data_directory")
        rules = Path(str(data)) / "pg_hba.conf"
        rules.write_text(f"local all all trust\n{rules.read_text()}")  # the subscriber connects as the server's account
        running.stop()
        running.start()
        yield running


@pytest.fixture
def subscribed(logical: Server, minimal: Snapshot) -> Iterator[tuple[str, str]]:
    """The URLs of two databases with the same rows: one publishes them, the other has subscribed."""
    urls = []
    for name in ("publisher", "subscriber"):
        ask(logical.url, f"create database {name}")
        urls.append(logical.url.replace("/qaseed?", f"/{name}?"))
        load(minimal, urls[-1])
    folder = conninfo_to_dict(urls[0])["host"]
    ask(urls[0], f"create publication feed for table {TABLES}")
    ask(urls[0], "select pg_create_logical_replication_slot('feed', 'pgoutput')")
    ask(urls[1], f"create subscription feed connection 'host={folder} dbname=publisher user=postgres' publication feed "
                 "with (create_slot = false, copy_data = false)")  # fmt: skip
    yield urls[0], urls[1]
    ask(urls[1], "alter subscription feed disable")
    ask(urls[1], "alter subscription feed set (slot_name = none)")
    ask(urls[1], "drop subscription feed")
    ask(urls[0], "select pg_drop_replication_slot('feed')")
    for name in ("subscriber", "publisher"):
        ask(logical.url, f"drop database {name} with (force)")


@pytest.fixture
def awaited(logical: Server, minimal: Snapshot) -> Iterator[str]:
    """A loaded database of a server whose commits wait for a standby, and none is connected."""
    ask(logical.url, "create database awaited")
    url = logical.url.replace("/qaseed?", "/awaited?")
    load(minimal, url)
    ask(url, "alter system set synchronous_standby_names = 'FIRST 1 (elsewhere)'")
    ask(url, "select pg_reload_conf()")
    while ask(url, "show synchronous_standby_names") == [("",)]:
        time.sleep(0.05)
    yield url
    ask(url, "alter system reset synchronous_standby_names")
    ask(url, "select pg_reload_conf()")
    ask(logical.url, "drop database awaited with (force)")


@pytest.mark.timeout(60)
def test_a_server_whose_commits_wait_for_a_standby_is_named(awaited: str, minimal: Snapshot, changed: Snapshot) -> None:
    told = (
        r"^awaited: commits wait for a synchronous standby that is not connected "
        r"\(synchronous_standby_names = 'FIRST 1 \(elsewhere\)'\); start it, or change that setting and reload it$"
    )
    for attempt in (
        partial(load, changed, awaited, dry_run=True),
        partial(load, changed, awaited),
        partial(load, changed, awaited, strategy="in-place"),
        partial(purge, awaited),
    ):
        with pytest.raises(PostgresError, match=told):
            attempt()
    with pytest.raises(PostgresError, match="commits wait for a synchronous standby"):
        clone(changed, awaited, "another")
    assert loaded_snapshot(awaited, minimal)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("setting", ["local", "off"])
def test_where_the_application_waits_for_no_standby_a_load_does_not_either(
    setting: str, awaited: str, changed: Snapshot
) -> None:
    assert load(changed, f"{awaited}&options=-csynchronous_commit%3D{setting}").verified


def rows(url: str) -> list[tuple[object, ...]]:
    return [
        *ask(url, "select to_jsonb(c) from client c order by id"),
        *ask(url, "select to_jsonb(n) from note n order by id"),
    ]


def have_soon_equal_rows(publisher: str, subscriber: str) -> bool:
    """Whether the subscriber gets the publisher's rows within half a minute."""
    end = time.monotonic() + 30
    while not (equal := rows(publisher) == rows(subscriber)) and time.monotonic() < end:
        time.sleep(0.2)
    return equal


def test_subscribers_are_never_left_with_the_old_rows_without_a_word(
    subscribed: tuple[str, str], minimal: Snapshot, changed: Snapshot
) -> None:
    publisher, subscriber = subscribed
    refusal = (
        "subscribers of the publication feed would keep the old rows of appointment, client, .*; add --publications "
        "refresh to send them all rows, or --publications keep"
    )
    for dry_run in (True, False):
        with pytest.raises(PostgresError, match=refusal):
            load(changed, publisher, dry_run=dry_run)
    with pytest.raises(PostgresError, match="; add --publications keep"):
        load(changed, publisher, strategy="staged", publications="refresh")
    before = rows(publisher)
    assert before == rows(subscriber)

    sent = load(changed, publisher, publications="refresh")
    assert sent.plan is not None
    assert (sent.strategy, sent.plan.why) == ("in-place", "subscribers get all rows")
    assert have_soon_equal_rows(publisher, subscriber)
    sent_rows = rows(subscriber)
    assert sent_rows != before

    kept = load(minimal, publisher, publications="keep", keep_old=True)
    assert kept.plan is not None
    assert kept.strategy == "staged"
    assert "alter subscription ... refresh publication" in kept.plan.warnings[-1]
    assert rows(publisher) == before
    assert rows(subscriber) == sent_rows
    with pytest.raises(PostgresError, match="; add --publications keep"):
        rollback(publisher)
    assert rollback(publisher, publications="keep").rows == changed.manifest.rows


def test_what_subscribers_must_do_gives_them_the_rows(subscribed: tuple[str, str], changed: Snapshot) -> None:
    publisher, subscriber = subscribed
    load(changed, publisher, publications="keep")
    ask(publisher, f"alter publication feed drop table {TABLES}")
    ask(subscriber, "alter subscription feed refresh publication")
    ask(subscriber, f"truncate {TABLES}")
    ask(publisher, f"alter publication feed add table {TABLES}")
    ask(subscriber, "alter subscription feed refresh publication")
    assert have_soon_equal_rows(publisher, subscriber)


def test_a_publication_that_nobody_subscribed_to_is_carried_over(loaded: str, changed: Snapshot) -> None:
    ask(loaded, "set client_min_messages = error; create publication alone for table client")
    assert load(changed, loaded).strategy == "staged"


def test_on_the_command_line(database: str, minimal: Snapshot) -> None:
    done = qaseed("load", str(minimal.folder), "--to", database, "--publications", "refreshed")
    assert done.returncode == 2
    assert "--publications" in done.stderr
    assert "refresh" in done.stderr
    assert qaseed("load", str(minimal.folder), "--to", database, "--publications", "keep", "-q").returncode == 0
