"""The audit trail in a target: in the transaction that it tells of, chained, and vouched for by the log on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from qaseed import audit
from qaseed.errors import PostgresError, UnsafeError
from qaseed.loading import load, load_within, purge, staging
from qaseed.postgres import trail
from qaseed.snapshot import Snapshot
from support.audit_log import events, flaw, log
from support.command_line import qaseed
from support.databases import database_name

pytestmark = pytest.mark.integration


def ask(url: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


def told(url: str) -> list[tuple[str, str]]:
    query = "select event ->> 'action', event ->> 'outcome' from qaseed_audit order by number"
    return [(action, outcome) for action, outcome in ask(url, query)]


def flaw_of(url: str) -> str | None:
    with psycopg.connect(url) as connection:
        return trail.flaw(trail.read(connection, "public"), events())


def test_load_and_purge_are_in_it_and_in_the_log(minimal: Snapshot, database: str) -> None:
    load(minimal, database)
    load(minimal, database)
    purge(database)
    assert told(database) == [("load", "ok"), ("load", "ok"), ("purge", "ok")]
    here = [event for (event,) in ask(database, "select event from qaseed_audit order by number")]
    assert [event["event_id"] for event in here] == [event["event_id"] for event in events()]
    assert [event["hash"] for event in here] == [event["target_head"] for event in events()]
    assert here[2]["log_head"] == events()[1]["hash"]
    assert (flaw(), flaw_of(database)) == (None, None)
    done = json.loads(qaseed("audit", "verify", "--to", database, "--json").stdout)
    assert [chain["events"] for chain in done["chains"]] == [3, 3]


def test_it_is_written_in_the_transaction_of_the_load(minimal: Snapshot, database: str) -> None:
    load(minimal, database)
    assert ask(database, "select distinct a.xmin = t.xmin from qaseed_audit a, qaseed_target t") == [(True,)]


@pytest.mark.parametrize("before", [False, True])
def test_a_load_that_is_rolled_back_leaves_no_success(
    before: bool, minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if before:
        load(minimal, database)
    real = trail.append

    def broken(*arguments: Any, **options: Any) -> str:
        real(*arguments, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(trail, "append", broken)
        with pytest.raises(KeyboardInterrupt):
            load(minimal, database)
    if before:
        assert told(database) == [("load", "ok")], "the trail itself was broken"
    else:
        assert ask(database, "select to_regclass('qaseed_audit')") == [(None,)], "what failed leaves nothing"
    assert events()[-1]["outcome"] == "failed"
    assert "target_head" not in events()[-1]
    assert flaw_of(database) is None


@pytest.mark.parametrize("phase", ["send", "verify"])
def test_a_failed_load_is_written_into_the_trail_that_is_there(
    phase: str, minimal: Snapshot, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(minimal, database)

    def broken(*arguments: Any, **options: Any) -> Any:
        raise psycopg.errors.DiskFull

    with monkeypatch.context() as patch:
        patch.setattr(staging, phase, broken)
        with pytest.raises(PostgresError):
            load(minimal, database)
    assert told(database) == [("load", "ok"), ("load", "failed")]
    assert (events()[-1]["error"], events()[-1]["exit_code"]) == ("PostgresError", 5)
    assert flaw_of(database) is None


def test_a_refused_purge_is_written_down(minimal: Snapshot, database: str) -> None:
    load(minimal, database)
    with psycopg.connect(database) as connection:
        connection.execute("create temp table mine as select * from tenant limit 1")
        connection.execute("update mine set tenant_id = 'mine', external_ref = 'x', is_synthetic = false")
        connection.execute("insert into tenant select * from mine")
    with pytest.raises(UnsafeError):
        purge(database)
    assert told(database)[-1] == ("purge", "refused")
    assert "has 1 row that was inserted since the load and would be lost (tenant 1)" in str(events()[-1]["reason"])


def test_a_confirmed_load_is_an_override(minimal: Snapshot, database: str) -> None:
    ask(database, "create schema app; create table app.users (name text); insert into app.users values ('real')")
    name = database_name(database)
    load(minimal, database, confirm=name)
    load(minimal, database, confirm=name)
    assert told(database) == [("override", "ok"), ("load", "ok"), ("load", "ok")]
    assert [event["action"] for event in events()] == ["override", "load", "load"]
    assert flaw_of(database) is None


def test_after_a_purge_the_trail_is_nobodys_rows(minimal: Snapshot, database: str) -> None:
    load(minimal, database)
    purge(database)
    load(minimal, database)
    assert told(database) == [("load", "ok"), ("purge", "ok"), ("load", "ok")]


@pytest.mark.parametrize("commits", [False, True])
def test_in_the_callers_transaction_it_is_the_callers(commits: bool, minimal: Snapshot, database: str) -> None:
    with psycopg.connect(database) as connection:
        load_within(minimal, connection)
        if not commits:
            connection.rollback()
    assert (ask(database, "select to_regclass('qaseed_audit')") == [(None,)]) is not commits
    assert events()[-1]["transaction"] == "the caller's"
    assert flaw_of(database) is None


def test_loads_at_once_make_one_chain(minimal: Snapshot, database: str) -> None:
    threads = [threading.Thread(target=load, args=(minimal, database)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told(database) == [("load", "ok")] * 3
    assert (flaw(), flaw_of(database)) == (None, None)


def note(url: str, number: int) -> None:
    """Write events as a load does, without loading anything."""
    for _ in range(number):
        with audit.recorded("load") as event, psycopg.connect(url) as connection:
            event.facts["target"] = trail.fingerprint(connection, "public")
            event.facts["target_head"] = trail.append(connection, "public", event)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            "update qaseed_audit set event = replace(event::text, '\"ok\"', '\"no\"')::json where number = 2",
            "line 2: was altered",
        ),
        ("update qaseed_audit set event = (event::text || ' ')::json where number = 1", "line 1: was altered"),
        ("delete from qaseed_audit where number = 1", "line 1: does not follow"),
        ("delete from qaseed_audit where number = 3", "the load of"),
        ("update qaseed_audit set number = 9 where number = 1", "line 1: does not follow"),
        ("insert into qaseed_audit select 4, event from qaseed_audit where number = 3", "line 4: does not follow"),
        ("drop table qaseed_audit", "the load of"),
    ],
)
def test_changes_of_the_trail_are_found(change: str, found: str, database: str) -> None:
    note(database, 3)
    assert flaw_of(database) is None
    ask(database, change)
    assert str(flaw_of(database)).startswith(found)


def test_verify_tells_what_is_wrong_with_the_trail(database: str) -> None:
    note(database, 2)
    assert qaseed("audit", "verify", "--to", database).stdout.count("2 events, the chain is intact") == 2
    ask(database, "delete from qaseed_audit where number = 1")
    done = qaseed("audit", "verify", "--to", database)
    assert done.returncode == 1
    assert "qaseed_audit: line 1: does not follow the one before" in done.stderr


def _rewritten(change: Callable[[dict[str, Any]], Any]) -> None:
    """The log as somebody rewrites it who knows how: every hash made anew."""
    lines, previous = [], audit.GENESIS
    for event in events():
        change(event)
        body = {name: value for name, value in event.items() if name not in ("hash", "prev_hash")}
        line, previous = audit.chained(body, previous)
        lines.append(f"{line}\n")
    log().write_text("".join(lines))
    (log().parent / audit.HEAD).write_text(previous)


def test_the_trail_vouches_for_the_log(database: str) -> None:
    note(database, 2)
    _rewritten(lambda event: event.update(actor="somebody"))
    assert flaw() is None, "a chain alone cannot tell"
    assert "line 2: was written by a log of other events" in str(flaw_of(database))


def test_a_trail_is_verified_without_a_log(database: str) -> None:
    note(database, 1)
    log().unlink()
    (log().parent / audit.HEAD).unlink()
    assert flaw_of(database) is None
